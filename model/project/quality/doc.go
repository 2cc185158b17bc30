// Package quality keeps inspections and their hazards, the three checks, defects, third-party
// supervisors. Every change locks the project's row first, as all children of a project do.
package quality

import (
	"fmt"

	"guike/internal/fault"
	"guike/model/db"
	"guike/model/project"
)

// The kinds of timeline entry that this room writes.
const (
	EntryInspection project.EntryKind = "inspection"
	EntryHazard     project.EntryKind = "hazard"
	EntryCheck      project.EntryKind = "check"
	EntryDefect     project.EntryKind = "defect"
	EntrySupervisor project.EntryKind = "supervisor"
)

// Tables lists the structs of this package for the schema check.
func Tables() []any {
	return []any{Inspection{}, Hazard{}, Check{}, Defect{}, Step{}, Photo{}, Supervisor{}, SupervisorCity{}, Choice{}}
}

// missing turns "no such row" into the one answer for it, and says what was being done otherwise.
func missing(err error, doing string) error {
	switch {
	case err == nil:
		return nil
	case db.Missing(err):
		return fault.Missing()
	}
	return fmt.Errorf("%s: %w", doing, err)
}
