// Package design holds the use cases of designs and their versions, the case library. Its README says the rules in sentences.
package design

import "guike/service/project"

// Service holds the use cases.
type Service struct{ j *project.Journal }

// New returns the use cases over the domain's journal.
func New(j *project.Journal) *Service { return &Service{j} }
