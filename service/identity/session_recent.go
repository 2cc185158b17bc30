package identity

import (
	"sync"
	"time"

	"guike/internal/clock"
	"guike/internal/id"
)

// recentFor is how long this process believes a session without asking the cache; recentMost bounds
// what it remembers.
const (
	recentFor  = time.Second
	recentMost = 8192
)

// recent remembers the sessions of the last second, so that a client that asks five things at once
// costs one look into the cache. It never outlives what the cache would say.
type recent struct {
	mu    sync.RWMutex
	clock clock.Clock
	seen  map[id.ID]sighting
}

type sighting struct {
	standing standing
	until    time.Time
}

func newRecent(c clock.Clock) *recent {
	return &recent{clock: c, seen: map[id.ID]sighting{}}
}

func (r *recent) get(session id.ID) (standing, bool) {
	r.mu.RLock()
	found, ok := r.seen[session]
	r.mu.RUnlock()
	if !ok {
		return standing{}, false
	}
	now := r.clock.Now()
	if !now.Before(found.until) || found.until.Sub(now) > recentFor { // the second: the clock was set back
		return standing{}, false
	}
	return found.standing, true
}

func (r *recent) put(session id.ID, st standing, until time.Time) {
	if latest := r.clock.Now().Add(recentFor); latest.Before(until) {
		until = latest
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.seen) >= recentMost {
		clear(r.seen)
	}
	r.seen[session] = sighting{st, until}
}

func (r *recent) drop(sessions ...id.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, sid := range sessions {
		delete(r.seen, sid)
	}
}
