// Package supervisor keeps the directory of third-party supervisors and whom customers chose of them for
// their projects (C12). Every change of a choice locks the project's row first, as all children of a
// project do.
package supervisor

import "guike/model/project"

// Entry is the kind of timeline entry that this room writes.
const Entry project.EntryKind = "supervisor"

// Tables lists the structs of this package for the schema check.
func Tables() []any { return []any{Supervisor{}, City{}, Choice{}} }
