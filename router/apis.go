package router

// APIs holds the owners of the operations, one per domain.
type APIs struct {
}

func authOperations(s *surface, a APIs)     {}
func customerOperations(s *surface, d Deps) {}
func staffOperations(s *surface, d Deps)    {}
func publicOperations(s *surface, a APIs)   {}
