// Package material is the API of the catalogue, batches and their documents, specifications, what was installed, recalls.
package material

import "guike/service/project/material"

// API holds the operations.
type API struct{ material *material.Service }

// New returns the operations over the use cases.
func New(s *material.Service) *API { return &API{s} }
