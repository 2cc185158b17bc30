// Package project is the API of orders in the making, for staff, for customers, and for whoever scans
// a service code.
package project

import (
	"net/http"
	"strings"

	"guike/api/contract"
	"guike/service/flow"
	"guike/service/project"
)

// API holds the operations.
type API struct {
	projects *project.Service
	flow     *flow.Flow
}

// New returns the operations over the use cases.
func New(projects *project.Service, flow *flow.Flow) *API { return &API{projects, flow} }

// tagged answers with the body, or with 304 when the reader has it already.
func tagged[T any](tag, ifNoneMatch string, body func() T) *contract.Tagged[T] {
	answer := &contract.Tagged[T]{Status: http.StatusOK, ETag: `"` + tag + `"`}
	if matches(ifNoneMatch, answer.ETag) {
		answer.Status = http.StatusNotModified
		return answer
	}
	answer.Body = body()
	return answer
}

// matches compares weakly, as RFC 9110 13.1.2 asks for reads.
func matches(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
		if part == tag || part == "*" {
			return true
		}
	}
	return false
}
