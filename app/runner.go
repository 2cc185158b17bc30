package app

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"guike/internal/clock"
	"guike/internal/obs"
)

// Job is work that recurs. Every instance runs every job: a job claims its work in the store, so that
// any number of instances may do so.
type Job struct {
	Name  string
	Every time.Duration // of the injected clock
	Run   func(ctx context.Context) error
}

// runner runs jobs when they fall due by the injected clock, each for itself: a long one holds up no
// other.
type runner struct {
	clock   clock.Clock
	log     *slog.Logger
	metrics *obs.Metrics
	slots   []*slot
}

// slot is one job's place: when it is due, and that it runs once at a time in this process.
type slot struct {
	Job
	mu  sync.Mutex
	due time.Time
}

func newRunner(c clock.Clock, log *slog.Logger, metrics *obs.Metrics, jobs []Job) *runner {
	r := &runner{clock: c, log: log, metrics: metrics}
	for _, j := range jobs {
		r.slots = append(r.slots, &slot{Job: j})
	}
	return r
}

// loop runs every job whenever it is due, until ctx ends. Real time paces it; the injected clock
// decides what is due.
func (r *runner) loop(ctx context.Context) {
	var all sync.WaitGroup
	for _, s := range r.slots {
		all.Go(func() { paced(ctx, 250*time.Millisecond, func() { r.tick(ctx, s) }) })
	}
	all.Wait()
}

// paced calls fn at every beat until ctx ends.
func paced(ctx context.Context, beat time.Duration, fn func()) {
	pace := time.NewTicker(beat)
	defer pace.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pace.C:
			fn()
		}
	}
}

// catchUp runs every job that is due, one after another, and returns when they have run.
func (r *runner) catchUp(ctx context.Context) {
	for _, s := range r.slots {
		r.tick(ctx, s)
	}
}

// tick runs a job if it is due.
func (r *runner) tick(ctx context.Context, s *slot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := r.clock.Now()
	tooFar := s.due.After(now.Add(s.Every)) // the clock was set back
	if ctx.Err() != nil || (now.Before(s.due) && !tooFar) {
		return
	}
	s.due = now.Add(s.Every)
	r.run(ctx, s.Job)
}

func (r *runner) run(ctx context.Context, j Job) {
	took := obs.Stopwatch()
	err := guarded(ctx, j)
	r.metrics.JobRan(j.Name, r.clock.Now(), took(), err)
	if err != nil && ctx.Err() == nil {
		r.log.ErrorContext(ctx, "job failed", "job", j.Name, "error", err)
	}
}

// guarded keeps a job that panics from taking the server down.
func guarded(ctx context.Context, j Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return j.Run(ctx)
}
