package router

// planOperations are the site calendar, pauses, delays and their notices, phases, expediting, on-time rates.
func planOperations(_ *surface, _ APIs) {}
