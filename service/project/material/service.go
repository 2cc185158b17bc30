// Package material holds the use cases of the catalogue, batches and their documents, specifications, what was installed, recalls. Its README says the rules in sentences.
package material

import "guike/service/project"

// Service holds the use cases.
type Service struct{ j *project.Journal }

// New returns the use cases over the domain's journal.
func New(j *project.Journal) *Service { return &Service{j} }
