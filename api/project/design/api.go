// Package design is the API of designs and their versions, the case library.
package design

import "guike/service/project/design"

// API holds the operations.
type API struct{ design *design.Service }

// New returns the operations over the use cases.
func New(s *design.Service) *API { return &API{s} }
