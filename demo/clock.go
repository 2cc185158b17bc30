package demo

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"guike/app"
	"guike/internal/clock"
	"guike/internal/wechat/sim"
	"guike/model/db"
	"guike/model/settings"
)

const (
	offsetName = "demo.clock_offset_ms"
	// period is the step in which time is moved: no job has a shorter cadence than it can catch up with.
	period = time.Hour
	// followEvery is how often an instance looks where the shared clock stands.
	followEvery = 100 * time.Millisecond
)

// Clock is the demo's time: the machine's, shifted by an offset that is kept in the store, so that
// every instance on it agrees.
type Clock struct {
	*clock.Offset
	mu sync.Mutex // one journey at a time
}

// NewClock returns a clock that is not shifted yet.
func NewClock() *Clock { return &Clock{Offset: clock.NewOffset(clock.System{}, 0)} }

// Follow reads where the shared clock stands, now and until ctx ends.
func (c *Clock) Follow(ctx context.Context, a *app.App) error {
	if err := c.read(ctx, a); err != nil {
		return err
	}
	go func() {
		look := time.NewTicker(followEvery)
		defer look.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-look.C:
				if err := c.read(ctx, a); err != nil && ctx.Err() == nil {
					a.Log().WarnContext(ctx, "demo clock", "error", err)
				}
			}
		}
	}()
	return nil
}

func (c *Clock) read(ctx context.Context, a *app.App) error {
	text, ok, err := settings.Get(ctx, a.DB, offsetName)
	if err != nil || !ok {
		return err
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("the stored clock offset is no number: %w", err)
	}
	c.set(a, time.Duration(ms)*time.Millisecond)
	return nil
}

// set moves this process's clock and the expiry times of an embedded Redis with it, forward only.
func (c *Clock) set(a *app.App, offset time.Duration) {
	if by := c.Forward(offset); by > 0 {
		a.Cache.Advance(by)
	}
}

// Advance moves the shared clock forward, period by period, and lets everything that fell due happen
// in between: jobs, the outbox, and what the platform pushes in answer.
func (c *Clock) Advance(ctx context.Context, a *app.App, platform *sim.Server, by time.Duration) error {
	if by <= 0 || by > 366*24*time.Hour {
		return fmt.Errorf("the clock moves forward by at most a year, not by %s", by)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for by > 0 {
		step := min(by, period)
		by -= step
		offset := c.Shifted() + step
		err := a.DB.Tx(ctx, func(tx *db.Tx) error {
			return settings.PutTx(ctx, tx, offsetName, strconv.FormatInt(offset.Milliseconds(), 10))
		})
		if err != nil {
			return fmt.Errorf("keep the clock's offset: %w", err)
		}
		c.set(a, offset)
		if err := settle(ctx, a, platform); err != nil {
			return err
		}
	}
	return nil
}

// settle runs what is due, then what the platform's answers made due.
func settle(ctx context.Context, a *app.App, platform *sim.Server) error {
	for range 2 {
		if err := a.CatchUp(ctx); err != nil {
			return err
		}
		if err := platform.Drain(ctx); err != nil {
			return err
		}
	}
	return nil
}
