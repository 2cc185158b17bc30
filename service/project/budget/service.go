// Package budget holds the use cases of change orders, payments, and the budget that follows from them. Its README says the rules in sentences.
package budget

import "guike/service/project"

// Service holds the use cases.
type Service struct{ j *project.Journal }

// New returns the use cases over the domain's journal.
func New(j *project.Journal) *Service { return &Service{j} }
