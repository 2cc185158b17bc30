package care

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/outbox"
)

// batch is how many tasks one run escalates at most.
const batch = 100

// Escalate climbs one step with every open task whose time for it has come, and owes the notice to the
// next in line. Any number of instances may run it: each step is taken once. After a long silence a
// task climbs step by step within one run, so that every step is recorded. A task that cannot climb
// holds up no other; its error is returned in the end.
func (s *Service) Escalate(ctx context.Context) error {
	return s.drain(ctx, care.DueSteps, s.climb)
}

// EscalateSilent climbs one step with the task of every alert that nobody acknowledged in time, and
// gives those who are told next as long. Any number of instances may run it, as Escalate.
func (s *Service) EscalateSilent(ctx context.Context) error {
	return s.drain(ctx, care.SilentAlerts, s.climbSilent)
}

// drain works what is due until nothing is, or nothing but what fails.
func (s *Service) drain(ctx context.Context, find func(context.Context, db.Reader, time.Time, int) ([]id.ID, error), work func(context.Context, id.ID) error) error {
	var stuck []error
	for {
		due, err := find(ctx, s.db, s.db.Now(), batch+len(stuck))
		if err != nil {
			return errors.Join(append(stuck, err)...)
		}
		stuck = nil
		for _, one := range due {
			err := work(ctx, one)
			if fault.Code(err) == "store.unavailable" {
				return err
			}
			if err != nil {
				stuck = append(stuck, fmt.Errorf("escalate %s: %w", one, err))
			}
		}
		if len(stuck) == len(due) {
			return errors.Join(stuck...)
		}
	}
}

func (s *Service) climb(ctx context.Context, task id.ID) error {
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		t, err := care.Find(ctx, tx, actor.Machine(), task)
		if err != nil {
			return err
		}
		a, err := alertOfTx(ctx, tx, t)
		if err != nil {
			return err
		}
		t, err = care.LockTx(ctx, tx, actor.Machine(), task)
		if err != nil || t.EscalateAt == nil || *t.EscalateAt > tx.Now.UnixMilli() {
			return err // a rival took the step, or the task has ended
		}
		return stepTx(ctx, tx, a, &t, "overdue")
	})
}

func (s *Service) climbSilent(ctx context.Context, alert id.ID) error {
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		a, err := care.LockAlertTx(ctx, tx, actor.Machine(), alert)
		if err != nil || a.ClockAt == nil || *a.ClockAt > tx.Now.UnixMilli() {
			return err // a rival took the step, or somebody acknowledged
		}
		t, err := care.LockTx(ctx, tx, actor.Machine(), a.TaskID)
		if err != nil {
			return err
		}
		a.ClockAt = nil
		if t.EscalateAt != nil { // there is somebody left to tell
			if err := stepTx(ctx, tx, &a, &t, "unacknowledged"); err != nil {
				return err
			}
			next := tx.Now.Add(time.Duration(a.AcknowledgeMinutes) * time.Minute).UnixMilli()
			a.ClockAt = &next
		}
		return care.SaveAlertTx(ctx, tx, &a)
	})
}

// stepTx takes the next step of a task's ladder and owes the notice of it.
func stepTx(ctx context.Context, tx *db.Tx, a *care.Alert, t *care.Task, why string) error {
	ladder, err := t.Ladder()
	if err != nil {
		return err
	}
	step := ladder[t.Level]
	t.Level++
	t.EscalateAt = after(*t.EscalateAt, step, ladder[t.Level:])
	if err := care.SaveTx(ctx, tx, t); err != nil {
		return err
	}
	if err := care.RecordTx(ctx, tx, care.Event{TaskID: t.ID, What: "escalated", Level: t.Level, ToRole: step.Role}); err != nil {
		return err
	}
	if a != nil {
		e := care.AlertEvent{AlertID: a.ID, What: "escalated", Level: a.Level, TaskID: t.ID, ToRole: step.Role, Note: why}
		if err := care.RecordAlertTx(ctx, tx, e); err != nil {
			return err
		}
	}
	return outbox.AddTx(ctx, tx, care.TopicTaskEscalated, care.TaskEscalated{TaskID: t.ID, Level: t.Level, At: tx.Now})
}

// after is when the step that follows one is taken: as much later as the ladder says, whatever became of the
// due time since. Nil at the top.
func after(at int64, step care.Step, rest []care.Step) *int64 {
	if len(rest) == 0 {
		return nil
	}
	next := at + (rest[0].AfterMinutes-step.AfterMinutes)*time.Minute.Milliseconds()
	return &next
}
