package wechat

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"

	"guike/internal/clock"
)

// operatorPause is how long an API stays shut after an answer that needs a person. It is short, so
// that a repaired allow-list is noticed soon, and long enough to ask the platform little.
const operatorPause = time.Minute

// gates stops calls that cannot succeed now: pauses that the platform's answers ask for (by the
// injected clock) and a circuit breaker against an upstream that does not answer (by the machine's
// clock), one of each per API.
type gates struct {
	clock    clock.Clock
	breakers map[Call]*gobreaker.CircuitBreaker[struct{}]
	mu       sync.Mutex
	pauses   map[Call]*APIError
}

func newGates(clk clock.Clock) *gates {
	g := &gates{
		clock: clk, pauses: map[Call]*APIError{},
		breakers: map[Call]*gobreaker.CircuitBreaker[struct{}]{},
	}
	for _, call := range []Call{
		CallStableToken, CallCode2Session, CallPhoneNumber, CallSend, CallQR, CallCheckText, CallCheckMedia,
	} {
		g.breakers[call] = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
			Name: string(call), Timeout: 2 * time.Second, MaxRequests: 3,
			ReadyToTrip:  func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= 10 },
			IsSuccessful: func(err error) bool { c := ClassOf(err); return c != ClassTransient && c != ClassUnknown },
			IsExcluded:   func(err error) bool { return errors.Is(err, context.Canceled) },
		})
	}
	return g
}

// pause is the error that a call now gets without being made, nil when the way is free.
func (g *gates) pause(call Call) *APIError {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.pauses[call]
	if p == nil || !g.clock.Now().Before(p.RetryAt) {
		delete(g.pauses, call)
		return nil
	}
	return p
}

func (g *gates) through(call Call, fn func() error) error {
	_, err := g.breakers[call].Execute(func() (struct{}, error) { return struct{}{}, fn() })
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return &APIError{
			Call: call, Class: ClassTransient, RetryAt: g.clock.Now().Add(2 * time.Second), cause: err,
		}
	}
	return err
}

// learn sets RetryAt on the error and shuts the API if the answer concerns all of its calls.
func (g *gates) learn(err error) {
	var e *APIError
	if !errors.As(err, &e) || !e.RetryAt.IsZero() {
		return
	}
	now := g.clock.Now()
	switch e.Class {
	case ClassSerialise:
		e.RetryAt = now.Add(time.Second + rand.N(2*time.Second))
	case ClassTransient:
		e.RetryAt = now.Add(time.Second + rand.N(4*time.Second))
	case ClassMinuteLimit, ClassDayLimit, ClassOperator:
		wait := pauseFor(e, now)
		e.RetryAt = now.Add(wait)
		if concernsAll(e) {
			g.shut(e, wait)
		}
	default:
	}
}

func (g *gates) shut(err error, wait time.Duration) {
	var e *APIError
	if !errors.As(err, &e) {
		return
	}
	shut := &APIError{
		Call: e.Call, Errcode: e.Errcode, Class: e.Class, RID: e.RID,
		RetryAt: g.clock.Now().Add(wait), cause: errors.New("paused after an earlier answer"),
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pauses[e.Call] = shut
}

func pauseFor(e *APIError, now time.Time) time.Duration {
	switch {
	case e.Class == ClassOperator:
		return operatorPause
	case e.Errcode == 44990:
		return time.Second
	case e.Class == ClassMinuteLimit:
		return time.Minute
	}
	// The platform counts its days in Shanghai, wherever the company is.
	local := now.In(time.FixedZone("CST", 8*3600))
	midnight := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, local.Location())
	return midnight.Sub(now)
}

// concernsAll keeps one user or one template from shutting an API for everybody: 45011 counts per
// user at login and phone, 43107 may be about a single template.
func concernsAll(e *APIError) bool {
	perUser := e.Call == CallCode2Session || e.Call == CallPhoneNumber
	return e.Errcode != 43107 && (!perUser || e.Class != ClassMinuteLimit)
}

// queues lets one caller per name pass at a time.
type queues struct {
	mu    sync.Mutex
	lines map[string]*line
}

type line struct {
	turn  chan struct{}
	users int
}

func newQueues() *queues { return &queues{lines: map[string]*line{}} }

// enter waits for the caller's turn; leave must be called after it unless it failed.
func (q *queues) enter(ctx context.Context, name string) (leave func(), err error) {
	q.mu.Lock()
	l := q.lines[name]
	if l == nil {
		l = &line{turn: make(chan struct{}, 1)}
		q.lines[name] = l
	}
	l.users++
	q.mu.Unlock()
	done := func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if l.users--; l.users == 0 {
			delete(q.lines, name)
		}
	}
	select {
	case l.turn <- struct{}{}:
		return func() { <-l.turn; done() }, nil
	case <-ctx.Done():
		done()
		return nil, ctx.Err()
	}
}
