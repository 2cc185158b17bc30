package router

// qualityOperations are inspections and their hazards, the three checks, defects, third-party supervisors.
func qualityOperations(_ *surface, _ APIs) {}
