// Package budget is the API of change orders, payments, and the budget that follows from them.
package budget

import "guike/service/project/budget"

// API holds the operations.
type API struct{ budget *budget.Service }

// New returns the operations over the use cases.
func New(s *budget.Service) *API { return &API{s} }
