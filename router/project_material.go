package router

// materialOperations are the catalogue, batches and their documents, specifications, what was installed, recalls.
func materialOperations(_ *surface, _ APIs) {}
