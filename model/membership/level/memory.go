package level

import (
	"context"
	"sync/atomic"

	"guike/model/db"
)

// Memory reads the ladder and the titles as they stand, and what they say once for each state of them. Its zero
// value remembers nothing; each service has one of its own.
type Memory struct{ last atomic.Pointer[Rules] }

// Now reads the rules as they stand: the number of their changes with every call, what they say when that is
// another. A transaction that changes the rules asks RulesNow, since it may be undone.
func (m *Memory) Now(ctx context.Context, r db.Reader) (Rules, error) {
	n, err := Newest(ctx, r)
	if err != nil {
		return Rules{}, err
	}
	known := m.last.Load()
	if known != nil && known.N == n {
		return *known, nil
	}
	fresh, err := RulesNow(ctx, r)
	if err == nil && (known == nil || known.N < fresh.N) { // a snapshot may see less than is known
		m.last.CompareAndSwap(known, &fresh)
	}
	return fresh, err
}

// Last is what was read last; the zero Rules before anything was.
func (m *Memory) Last() Rules {
	if known := m.last.Load(); known != nil {
		return *known
	}
	return Rules{}
}
