// Package delivery keeps delivery batches, carriers' events, what the ERP reports.
package delivery
