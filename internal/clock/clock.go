// Package clock tells the time. Everything that needs the time is given a Clock, so that tests and
// the demo can move it; nothing else in the house calls time.Now.
package clock

import (
	"sync"
	"time"
)

// Clock tells the current instant in UTC, cut to the millisecond that the stores keep.
type Clock interface {
	Now() time.Time
}

// System is the machine's clock.
type System struct{}

// Now is the machine's time in UTC, cut to the millisecond.
func (System) Now() time.Time { return Cut(time.Now()) }

// Cut brings an instant to the form in which the house keeps instants: UTC, milliseconds, no
// monotonic reading.
func Cut(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond).Round(0) }

// Keepable tells that every store can keep and compare the instant: its year lies within 1900 and 2200.
func Keepable(t time.Time) bool { return t.UTC().Year() >= 1900 && t.UTC().Year() <= 2200 }

// Manual stands still until it is moved. It is safe for concurrent use.
type Manual struct {
	mu  sync.Mutex
	now time.Time
}

// NewManual returns a clock that stands at t.
func NewManual(t time.Time) *Manual { return &Manual{now: Cut(t)} }

// Now is the instant at which the clock stands.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Set moves the clock to t, backwards too.
func (m *Manual) Set(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = Cut(t)
}

// Advance moves the clock by d and returns where it stands then.
func (m *Manual) Advance(d time.Duration) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = Cut(m.now.Add(d))
	return m.now
}

// Offset runs beside another clock, shifted. The demo moves its time with it.
type Offset struct {
	base Clock
	mu   sync.RWMutex
	by   time.Duration
}

// NewOffset returns a clock that runs beside base, shifted by d.
func NewOffset(base Clock, d time.Duration) *Offset { return &Offset{base: base, by: d} }

// Now is the base clock's time, shifted.
func (o *Offset) Now() time.Time {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return Cut(o.base.Now().Add(o.by))
}

// Forward moves the clock to a distance from the base clock, and says by how much that was. It never moves
// back: a distance that is behind is one that was read before somebody moved on.
func (o *Offset) Forward(to time.Duration) (by time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	by = max(to-o.by, 0)
	o.by += by
	return by
}

// Shifted is the distance from the base clock.
func (o *Offset) Shifted() time.Duration {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.by
}
