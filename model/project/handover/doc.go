// Package handover keeps promises, acceptance with the customer's signature, the installer's scan, cameras.
package handover
