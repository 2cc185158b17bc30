// Package quality is the API of inspections and their hazards, the three checks, and defects.
package quality

import "guike/service/project/quality"

// API holds the operations.
type API struct{ quality *quality.Service }

// New returns the operations over the use cases.
func New(s *quality.Service) *API { return &API{s} }
