package care

import (
	"context"
	"fmt"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/outbox"
)

// batch is how many tasks one run escalates at most.
const batch = 100

// Escalate climbs one step with every open task whose time for it has come, and owes the notice to the
// next in line. Any number of instances may run it: each step is taken once. After a long silence a
// task climbs step by step within one run, so that every step is recorded.
func (s *Service) Escalate(ctx context.Context) error {
	for {
		due, err := care.DueSteps(ctx, s.db, s.db.Now(), batch)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, task := range due {
			if err := s.climb(ctx, task); err != nil {
				return fmt.Errorf("escalate task %s: %w", task, err)
			}
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
