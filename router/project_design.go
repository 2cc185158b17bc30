package router

// designOperations are designs and their versions, the case library.
func designOperations(_ *surface, _ APIs) {}
