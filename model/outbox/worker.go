package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"gorm.io/gorm"

	"guike/internal/id"
	"guike/model/db"
)

// Handler delivers one event. It runs outside any transaction, may run more than once for the same
// event, and must make its own effects happen once (by the event's id).
type Handler func(ctx context.Context, e Event) error

// MaxAttempts is how often an event is tried before it is dead; with the backoff below this takes
// about an hour.
const MaxAttempts = 8

// LeaseTime is how long one delivery may take before another worker takes the event over; leaseSlack
// is what is left of it when a delivery that uses all its time ends.
const (
	LeaseTime  = 30 * time.Second
	leaseSlack = 5 * time.Second
)

// Postpone asks for another try at an instant without counting the attempt, for limits of the other
// side (a minute or day limit of WeChat's).
type Postpone struct {
	Until time.Time
	Why   error
}

// Error tells until when and why.
func (p Postpone) Error() string { return fmt.Sprintf("postponed until %s: %v", p.Until, p.Why) }

// Unwrap returns why.
func (p Postpone) Unwrap() error { return p.Why }

// GiveUp marks an error that no repetition cures: the event is dead at once.
type GiveUp struct{ Why error }

// Error tells why.
func (g GiveUp) Error() string { return "given up: " + g.Why.Error() }

// Unwrap returns why.
func (g GiveUp) Unwrap() error { return g.Why }

// Worker delivers events. Any number of workers may run in any number of processes.
type Worker struct {
	db       *db.DB
	handlers map[string]Handler
	log      *slog.Logger
}

// NewWorker returns a worker that knows the handlers by topic. An event of a topic that nobody handles
// goes to the dead letters.
func NewWorker(d *db.DB, handlers map[string]Handler, log *slog.Logger) *Worker {
	return &Worker{db: d, handlers: handlers, log: log}
}

// Run claims up to n due events and delivers them one after another. It returns how many it claimed.
func (w *Worker) Run(ctx context.Context, n int) (int, error) {
	events, err := w.claim(ctx, n)
	if err != nil {
		return 0, err
	}
	for rest := events; len(rest) > 0; rest = rest[1:] {
		if ctx.Err() != nil {
			return len(events), w.release(context.WithoutCancel(ctx), rest)
		}
		if rest, err = w.hold(ctx, rest); err != nil || len(rest) == 0 {
			return len(events), err
		}
		if err := w.deliver(ctx, rest[0]); err != nil {
			return len(events), err
		}
	}
	return len(events), nil
}

// hold keeps the lease on what is left of a batch for as long as its next delivery may take, so that
// events behind a slow one are neither taken over nor charged with attempts that nobody made. It
// returns what is still ours.
func (w *Worker) hold(ctx context.Context, rest []Event) ([]Event, error) {
	now := w.db.Now()
	if rest[0].RunAt >= now.Add(LeaseTime-leaseSlack).UnixMilli() {
		return rest, nil
	}
	lease := rest[0].Lease
	err := w.db.Tx(ctx, func(tx *db.Tx) error {
		rest = nil
		kept := tx.Conn(ctx).Model(&Event{}).Where("lease = ? AND state = ?", lease, Due).
			UpdateColumn("run_at", now.Add(LeaseTime).UnixMilli())
		if kept.Error != nil || kept.RowsAffected == 0 {
			return kept.Error
		}
		return leased(tx.Conn(ctx), lease).Find(&rest).Error
	})
	return rest, err
}

// leased reads what a lease holds, in the order of delivery.
func leased(q *gorm.DB, lease id.ID) *gorm.DB {
	return q.Where("lease = ? AND state = ?", lease, Due).Order("created_at, id")
}

// Drain delivers until nothing is due and returns how many events that took.
func (w *Worker) Drain(ctx context.Context) (int, error) {
	total := 0
	for {
		n, err := w.Run(ctx, 50)
		total += n
		if err != nil || n == 0 {
			return total, err
		}
	}
}

// claim takes a random window of what is due, so that workers seldom reach for the same rows; the
// update's own condition decides who gets each (dependencies.md 4; never SKIP LOCKED).
func (w *Worker) claim(ctx context.Context, n int) ([]Event, error) {
	var candidates []id.ID
	now := w.db.Now()
	err := due(w.db.Conn(ctx).Model(&Event{}), now).Order("run_at, id").Limit(4*n).Pluck("id", &candidates).Error
	if err != nil || len(candidates) == 0 {
		return nil, err
	}
	if spare := len(candidates) - n; spare > 0 {
		start := rand.IntN(spare + 1)
		candidates = candidates[start : start+n]
	}
	lease := id.New()
	var mine []Event
	err = w.db.Tx(ctx, func(tx *db.Tx) error {
		mine = nil
		// Attempts count at the claim: an event that kills its worker must not come back for ever.
		taken := due(tx.Conn(ctx).Model(&Event{}), now).Where("id IN ?", candidates).UpdateColumns(map[string]any{
			"lease": lease, "run_at": now.Add(LeaseTime).UnixMilli(), "attempts": gorm.Expr("attempts + 1"),
		})
		if taken.Error != nil || taken.RowsAffected == 0 {
			return taken.Error
		}
		return leased(tx.Conn(ctx), lease).Find(&mine).Error
	})
	return mine, err
}

func (w *Worker) deliver(ctx context.Context, e Event) error {
	failure := w.handle(ctx, e)
	if failure != nil && ctx.Err() != nil {
		return w.release(context.WithoutCancel(ctx), []Event{e})
	}
	now := w.db.Now()
	set := map[string]any{"lease": nil, "last_error": ""}
	var later Postpone
	var never GiveUp
	switch {
	case failure == nil:
		set["state"], set["ended_at"], set["run_at"] = Done, now, now.UnixMilli()
	case errors.As(failure, &later):
		set["run_at"], set["attempts"], set["last_error"] = later.Until.UnixMilli(), e.Attempts-1, cut(later.Error())
	case errors.As(failure, &never), e.Attempts >= MaxAttempts:
		set["state"], set["ended_at"], set["last_error"] = Dead, now, cut(failure.Error())
		w.log.ErrorContext(ctx, "outbox event is dead", "event", e.ID, "topic", e.Topic, "attempts", e.Attempts, "error", failure)
	default:
		set["run_at"], set["last_error"] = now.Add(Backoff(e.Attempts)).UnixMilli(), cut(failure.Error())
		w.log.WarnContext(ctx, "outbox event failed", "event", e.ID, "topic", e.Topic, "attempts", e.Attempts, "error", failure)
	}
	return w.finish(ctx, e, set)
}

// handle survives a handler that panics: one poisonous event must not stop its neighbours.
func (w *Worker) handle(ctx context.Context, e Event) (err error) {
	h, ok := w.handlers[e.Topic]
	if !ok {
		return GiveUp{fmt.Errorf("nobody handles topic %q", e.Topic)}
	}
	if e.Attempts > MaxAttempts { // its deliveries ended without an outcome: it takes its workers down
		return GiveUp{fmt.Errorf("no outcome after %d attempts", MaxAttempts)}
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("handler panicked: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, LeaseTime-leaseSlack)
	defer cancel()
	return h(ctx, e)
}

// finish writes the outcome only while the lease is still ours: a worker that slept through its lease
// must not undo what its successor did.
func (w *Worker) finish(ctx context.Context, e Event, set map[string]any) error {
	return w.db.Tx(ctx, func(tx *db.Tx) error {
		return tx.Conn(ctx).Model(&Event{}).Where("id = ? AND lease = ?", e.ID, e.Lease).UpdateColumns(set).Error
	})
}

// release gives claimed events back unharmed, when the process is asked to stop.
func (w *Worker) release(ctx context.Context, events []Event) error {
	for _, e := range events {
		set := map[string]any{"lease": nil, "run_at": w.db.Now().UnixMilli(), "attempts": e.Attempts - 1}
		if err := w.finish(ctx, e, set); err != nil {
			return err
		}
	}
	return nil
}

// Backoff is the wait after the n-th failed attempt: it doubles from two seconds up to half an hour,
// with a quarter of jitter.
func Backoff(n int) time.Duration {
	wait := min(2*time.Second<<min(n, 20), 30*time.Minute)
	return wait - wait/8 + rand.N(wait/4)
}

func cut(s string) string {
	r := []rune(s)
	return string(r[:min(len(r), 500)])
}
