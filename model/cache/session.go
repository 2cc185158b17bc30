package cache

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"guike/internal/id"
)

const (
	// sessionFor is the longest that a session is believed without asking the store. A revocation
	// that could not reach Redis is obeyed everywhere after it, within the 5 s of design.md 5.
	sessionFor = 4 * time.Second
	// droppedFor outlives every answer that was read before the drop.
	droppedFor = sessionFor + time.Second
	// dropped stands where a revoked session was.
	dropped = "-"
)

// Entry is a session as the store showed it.
type Entry struct {
	SID id.ID
	// Data is what the session's owner wants to remember, opaque here.
	Data []byte
	// Until is the instant from which the entry is no longer true, at most 4 s after Seen.
	Until time.Time
	// Seen is an instant before the store was read; zero means now.
	Seen time.Time
}

// putSession keeps an entry unless the session was dropped meanwhile: a slow reader must not bring
// a revoked session back.
var putSession = redis.NewScript(`
if redis.call("GET", KEYS[1]) == ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[2], "PX", ARGV[3])
return 1`)

// Session finds a session that was put within the last 4 s and not dropped since. False means: ask
// the store. So does an error, which is always ErrAway.
func (c *Cache) Session(ctx context.Context, sid id.ID) (Entry, bool, error) {
	var value string
	err := c.do(ctx, "reading a session", func(ctx context.Context) (err error) {
		value, err = c.rdb.Get(ctx, c.key("session", sid.String())).Result()
		return err
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return Entry{}, false, err
	}
	entry, ok := c.entry(sid, value)
	if ok {
		c.tally.sessionHits.Add(1)
	} else {
		c.tally.sessionMisses.Add(1)
	}
	return entry, ok, nil
}

// entry refuses what is over, and what claims to last longer than anything may: it was written by
// an instance whose clock runs ahead.
func (c *Cache) entry(sid id.ID, value string) (Entry, bool) {
	until, data, ok := unstamp(value)
	now := c.clock.Now()
	if !ok || !now.Before(until) || until.After(now.Add(sessionFor)) {
		return Entry{}, false
	}
	return Entry{SID: sid, Data: []byte(data), Until: until}, true
}

// PutSession remembers a session as the store shows it, until its deadline or for 4 s, whichever
// comes first, and not at all when it was dropped in the last 5 s. The error is always ErrAway and
// can be ignored.
func (c *Cache) PutSession(ctx context.Context, e Entry) error {
	now := c.clock.Now()
	until := now
	if !e.Seen.IsZero() && e.Seen.Before(now) {
		until = e.Seen
	}
	until = until.Add(sessionFor)
	if e.Until.Before(until) {
		until = e.Until
	}
	left := until.Sub(now).Milliseconds()
	if left <= 0 {
		return nil
	}
	return c.do(ctx, "remembering a session", func(ctx context.Context) error {
		keys := []string{c.key("session", e.SID.String())}
		return putSession.Run(ctx, c.rdb, keys, dropped, stamp(until, string(e.Data)), left).Err()
	})
}

// DropSessions forgets sessions that were revoked or changed, after the store knows it. On ErrAway
// nothing is lost: what is remembered anywhere ends by itself within 4 s.
func (c *Cache) DropSessions(ctx context.Context, sids ...id.ID) error {
	if len(sids) == 0 {
		return nil
	}
	return c.do(ctx, "dropping sessions", func(ctx context.Context) error {
		_, err := c.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, sid := range sids {
				p.Set(ctx, c.key("session", sid.String()), dropped, droppedFor)
			}
			return nil
		})
		return err
	})
}
