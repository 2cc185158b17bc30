package cache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/sony/gobreaker/v2"
)

const (
	// budget is the longest that anybody waits for Redis.
	budget = 200 * time.Millisecond
	// probeEvery is how often an absent Redis is looked for.
	probeEvery = 250 * time.Millisecond
)

// circuit remembers whether Redis answers. One unanswered call opens it, since the caller has
// waited the whole budget already; only the probe closes it, so that no request is ever spent on
// finding out.
type circuit struct {
	breaker *gobreaker.CircuitBreaker[struct{}]
	opened  chan struct{}
	cause   atomic.Pointer[error]
}

// excused marks failures that say nothing about Redis.
type excused struct{ error }

// Unwrap returns the failure itself.
func (e excused) Unwrap() error { return e.error }

func newCircuit(log *slog.Logger) *circuit {
	s := &circuit{opened: make(chan struct{}, 1)}
	s.breaker = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:      probeEvery / 2,
		ReadyToTrip:  func(gobreaker.Counts) bool { return true },
		IsSuccessful: answered,
		IsExcluded:   func(err error) bool { return errors.As(err, new(excused)) },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			s.changed(log, from, to)
		},
	})
	return s
}

func (s *circuit) changed(log *slog.Logger, from, to gobreaker.State) {
	switch {
	case from == gobreaker.StateClosed && to == gobreaker.StateOpen:
		log.Warn("redis does not answer; going on without it until it does", "error", s.lastCause())
		select {
		case s.opened <- struct{}{}:
		default:
		}
	case to == gobreaker.StateClosed:
		log.Info("redis answers again")
	}
}

func (s *circuit) lastCause() error {
	if p := s.cause.Load(); p != nil {
		return *p
	}
	return nil
}

func (s *circuit) closed() bool { return s.breaker.State() == gobreaker.StateClosed }

// run lets one call through; wait is what it was given, and less than the whole budget proves
// nothing when it was not enough.
func (s *circuit) run(ctx context.Context, wait time.Duration, f func(ctx context.Context) error) error {
	_, err := s.breaker.Execute(func() (struct{}, error) {
		inner, cancel := context.WithTimeout(ctx, wait)
		defer cancel()
		err := f(inner)
		if answered(err) {
			return struct{}{}, err
		}
		if ctx.Err() != nil || wait < budget || ours(err) {
			return struct{}{}, excused{err}
		}
		s.cause.Store(&err)
		return struct{}{}, err
	})
	return err
}

// ours tells that the call did not come as far as Redis.
func ours(err error) bool {
	return errors.Is(err, redis.ErrPoolTimeout) || errors.Is(err, redis.ErrClosed)
}

// answered tells that Redis is there, even if it said no.
func answered(err error) bool {
	if err == nil || errors.Is(err, redis.Nil) {
		return true
	}
	if _, ok := errors.AsType[redis.Error](err); !ok {
		return false
	}
	for _, useless := range []string{
		"LOADING", "CLUSTERDOWN", "MASTERDOWN", "NOAUTH", "WRONGPASS", "BUSY ", "max number of clients",
	} {
		if redis.HasErrorPrefix(err, useless) {
			return false
		}
	}
	return true
}

// do runs one exchange with Redis within the budget. It returns nil, redis.Nil as it is, or an
// error that is ErrAway and says what was being done.
func (c *Cache) do(ctx context.Context, what string, f func(ctx context.Context) error) error {
	c.tally.calls.Add(1)
	if !c.circuit.closed() {
		c.tally.refused.Add(1)
		return fmt.Errorf("%w: %s: not asked since it did not answer before", ErrAway, what)
	}
	p := purseOf(ctx)
	wait := p.left()
	if wait <= 0 {
		c.tally.refused.Add(1)
		return fmt.Errorf("%w: %s: this request has waited for it long enough", ErrAway, what)
	}
	err := p.spend(ctx, func() error { return c.circuit.run(ctx, wait, f) })
	if err == nil || errors.Is(err, redis.Nil) {
		return err
	}
	c.tally.away.Add(1)
	return fmt.Errorf("%w: %s: %w", ErrAway, what, err)
}

// probe waits for the circuit to open and looks for Redis until it closes.
func (c *Cache) probe(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.circuit.opened:
			c.lookFor(ctx)
		}
	}
}

func (c *Cache) lookFor(ctx context.Context) {
	ticker := time.NewTicker(probeEvery)
	defer ticker.Stop()
	for !c.circuit.closed() {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			_ = c.circuit.run(ctx, budget, c.lookAlive)
		}
	}
}

// lookAlive reads a key that nobody writes, because a ping is answered by servers that serve
// nothing. In a cluster every master must be there: one that hangs would cost every third call the
// whole budget.
func (c *Cache) lookAlive(ctx context.Context) error {
	if cluster, ok := c.rdb.(*redis.ClusterClient); ok {
		err := cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
			return node.Ping(ctx).Err()
		})
		if err != nil {
			return err
		}
	}
	err := c.rdb.Get(ctx, c.key("probe", "")).Err()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	return err
}
