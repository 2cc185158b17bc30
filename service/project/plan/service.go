// Package plan holds the use cases of the site calendar, pauses, delays and their notices, phases, expediting, on-time rates. Its README says the rules in sentences.
package plan

import "guike/service/project"

// Service holds the use cases.
type Service struct{ j *project.Journal }

// New returns the use cases over the domain's journal.
func New(j *project.Journal) *Service { return &Service{j} }
