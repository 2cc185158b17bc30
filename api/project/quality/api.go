// Package quality is the API of inspections and their hazards, the three checks, defects, third-party
// supervisors.
package quality

import (
	"guike/service/flow"
	"guike/service/project/quality"
)

// API holds the operations.
type API struct {
	quality     *quality.Service
	supervisors *flow.Supervisors
}

// New returns the operations over the use cases.
func New(s *quality.Service, supervisors *flow.Supervisors) *API { return &API{s, supervisors} }
