// Package handover holds the use cases of promises, acceptance with the customer's signature, the installer's scan, cameras. Its README says the rules in sentences.
package handover

import "guike/service/project"

// Service holds the use cases.
type Service struct{ j *project.Journal }

// New returns the use cases over the domain's journal.
func New(j *project.Journal) *Service { return &Service{j} }
