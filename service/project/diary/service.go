// Package diary holds the use cases of the discipline of daily logs, the feeds and their alarms, home reports. Its README says the rules in sentences.
package diary

import "guike/service/project"

// Service holds the use cases.
type Service struct{ j *project.Journal }

// New returns the use cases over the domain's journal.
func New(j *project.Journal) *Service { return &Service{j} }
