package router

// handoverOperations are promises, acceptance with the customer's signature, the installer's scan, cameras.
func handoverOperations(_ *surface, _ APIs) {}
