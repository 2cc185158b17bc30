// Package material keeps the catalogue, batches and their documents, specifications, what was installed, recalls.
package material
