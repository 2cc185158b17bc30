// Package quality keeps inspections and their hazards, the three checks, and defects. Every change locks the
// project's row first, as all children of a project do.
package quality

import "guike/model/project"

// The kinds of timeline entry that this room writes.
const (
	EntryInspection project.EntryKind = "inspection"
	EntryHazard     project.EntryKind = "hazard"
	EntryCheck      project.EntryKind = "check"
	EntryDefect     project.EntryKind = "defect"
)

// Tables lists the structs of this package for the schema check.
func Tables() []any {
	return []any{Inspection{}, Hazard{}, Check{}, Defect{}, Step{}, Photo{}}
}
