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

// runner runs jobs when they fall due by the injected clock.
type runner struct {
	clock   clock.Clock
	log     *slog.Logger
	metrics *obs.Metrics
	jobs    []Job

	mu  sync.Mutex // one tick at a time
	due map[string]time.Time
}

func newRunner(c clock.Clock, log *slog.Logger, metrics *obs.Metrics, jobs []Job) *runner {
	return &runner{clock: c, log: log, metrics: metrics, jobs: jobs, due: map[string]time.Time{}}
}

// loop ticks until ctx ends. Real time paces it; the injected clock decides what is due.
func (r *runner) loop(ctx context.Context) {
	pace := time.NewTicker(250 * time.Millisecond)
	defer pace.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pace.C:
			r.tick(ctx)
		}
	}
}

// tick runs every job that is due, one after another, and returns when they have run.
func (r *runner) tick(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, j := range r.jobs {
		now := r.clock.Now()
		next, known := r.due[j.Name]
		if known && now.Before(next) && !next.After(now.Add(j.Every)) { // a due time too far ahead: the clock was set back
			continue
		}
		if ctx.Err() != nil {
			return
		}
		r.due[j.Name] = now.Add(j.Every)
		r.run(ctx, j)
	}
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
