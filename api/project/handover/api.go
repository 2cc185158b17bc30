// Package handover is the API of promises, acceptance with the customer's signature, the installer's
// scan, live cameras and craft explained.
package handover

import "guike/service/project/handover"

// API holds the operations.
type API struct{ handover *handover.Service }

// New returns the operations over the use cases.
func New(s *handover.Service) *API { return &API{s} }
