package care

import (
	"context"
	"errors"
	"fmt"

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
	var stuck []error
	for {
		due, err := care.DueSteps(ctx, s.db, s.db.Now(), batch+len(stuck))
		if err != nil {
			return errors.Join(append(stuck, err)...)
		}
		stuck = nil
		for _, task := range due {
			err := s.climb(ctx, task)
			if fault.Code(err) == "store.unavailable" {
				return err
			}
			if err != nil {
				stuck = append(stuck, fmt.Errorf("escalate task %s: %w", task, err))
			}
		}
		if len(stuck) == len(due) {
			return errors.Join(stuck...)
		}
	}
}

func (s *Service) climb(ctx context.Context, task id.ID) error {
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		t, err := care.LockTx(ctx, tx, actor.Machine(), task)
		if err != nil || t.EscalateAt == nil || *t.EscalateAt > tx.Now.UnixMilli() {
			return err // a rival took the step, or the task has ended
		}
		ladder, err := t.Ladder()
		if err != nil {
			return err
		}
		step := ladder[t.Level]
		t.Level++
		if t.EscalateAt, err = nextStep(t); err != nil {
			return err
		}
		if err := care.SaveTx(ctx, tx, &t); err != nil {
			return err
		}
		if err := care.RecordTx(ctx, tx, care.Event{TaskID: t.ID, What: "escalated", Level: t.Level, ToRole: step.Role}); err != nil {
			return err
		}
		return outbox.AddTx(ctx, tx, care.TopicTaskEscalated, care.TaskEscalated{TaskID: t.ID, Level: t.Level, At: tx.Now})
	})
}
