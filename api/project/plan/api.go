// Package plan is the API of the site calendar, pauses, delays and their notices, phases, expediting, on-time rates.
package plan

import "guike/service/project/plan"

// API holds the operations.
type API struct{ plan *plan.Service }

// New returns the operations over the use cases.
func New(s *plan.Service) *API { return &API{s} }
