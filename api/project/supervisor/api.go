// Package supervisor is the API of third-party supervisors: their directory, the customer's choice, and
// how the fee is shared.
package supervisor

import (
	"guike/service/flow"
	"guike/service/project/supervisor"
)

// API holds the operations.
type API struct {
	directory   *supervisor.Service
	supervisors *flow.Supervisors
}

// New returns the operations over the use cases.
func New(directory *supervisor.Service, supervisors *flow.Supervisors) *API {
	return &API{directory, supervisors}
}
