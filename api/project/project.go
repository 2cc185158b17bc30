// Package project is the API of orders in the making, for staff, for customers, and for whoever scans
// a service code.
package project

import (
	"guike/service/flow"
	"guike/service/project"
	"guike/service/project/overview"
)

// API holds the operations.
type API struct {
	projects *project.Service
	flow     *flow.Flow
	overview *overview.Service
}

// New returns the operations over the use cases.
func New(projects *project.Service, flow *flow.Flow, screen *overview.Service) *API {
	return &API{projects, flow, screen}
}
