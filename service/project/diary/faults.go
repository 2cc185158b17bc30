package diary

import "guike/internal/fault"

var errCancelled = fault.New(fault.Conflict, "project.cancelled", "项目已取消。", "The project has been cancelled.")
