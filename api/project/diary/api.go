// Package diary is the API of the discipline of daily logs, the feeds and their alarms, home reports.
package diary

import "guike/service/project/diary"

// API holds the operations.
type API struct{ diary *diary.Service }

// New returns the operations over the use cases.
func New(s *diary.Service) *API { return &API{s} }
