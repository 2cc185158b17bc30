package cache

import "sync/atomic"

type tally struct {
	calls, away, refused       atomic.Uint64
	sessionHits, sessionMisses atomic.Uint64
	localLimits                atomic.Uint64
	liveSent, liveReceived     atomic.Uint64
	liveDropped                atomic.Uint64
	liveJoined                 atomic.Bool
}

// Stats are counts since Open and the state of this moment, for metrics and readiness.
type Stats struct {
	Embedded bool // Redis runs inside the process
	Up       bool // Redis answered the last time that it was asked

	Calls   uint64 // exchanges wanted
	Away    uint64 // of them, asked without a usable answer
	Refused uint64 // of them, not asked because Redis was away or the budget spent

	SessionHits   uint64
	SessionMisses uint64
	LocalLimits   uint64 // limits decided by this instance alone

	LiveJoined   bool   // what other instances publish arrives here
	LiveSent     uint64 // messages published here
	LiveReceived uint64 // messages that other instances published
	LiveDropped  uint64 // messages that a slow handler missed

	Conns        uint32 // connections of the pool, idle ones included
	IdleConns    uint32
	PoolTimeouts uint64 // calls that found no free connection in time
}

// Stats returns the counts; it asks Redis nothing.
func (c *Cache) Stats() Stats {
	pool := c.rdb.PoolStats()
	return Stats{
		Embedded: c.Embedded(), Up: c.circuit.closed(),
		Calls: c.tally.calls.Load(), Away: c.tally.away.Load(), Refused: c.tally.refused.Load(),
		SessionHits: c.tally.sessionHits.Load(), SessionMisses: c.tally.sessionMisses.Load(),
		LocalLimits: c.tally.localLimits.Load(),
		LiveJoined:  c.tally.liveJoined.Load(), LiveSent: c.tally.liveSent.Load(),
		LiveReceived: c.tally.liveReceived.Load(), LiveDropped: c.tally.liveDropped.Load(),
		Conns: pool.TotalConns, IdleConns: pool.IdleConns, PoolTimeouts: uint64(pool.Timeouts),
	}
}
