// Package delivery is the API of delivery batches, carriers' events, what the ERP reports.
package delivery

import "guike/service/project/delivery"

// API holds the operations.
type API struct{ delivery *delivery.Service }

// New returns the operations over the use cases.
func New(s *delivery.Service) *API { return &API{s} }
