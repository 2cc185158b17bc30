// Package quality holds the use cases of inspections and their hazards, the three checks, defects, third-party supervisors. Its README says the rules in sentences.
package quality

import "guike/service/project"

// Service holds the use cases.
type Service struct{ j *project.Journal }

// New returns the use cases over the domain's journal.
func New(j *project.Journal) *Service { return &Service{j} }
