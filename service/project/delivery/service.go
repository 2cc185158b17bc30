// Package delivery holds the use cases of delivery batches, carriers' events, what the ERP reports. Its README says the rules in sentences.
package delivery

import "guike/service/project"

// Service holds the use cases.
type Service struct{ j *project.Journal }

// New returns the use cases over the domain's journal.
func New(j *project.Journal) *Service { return &Service{j} }
