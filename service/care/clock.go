package care

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/model/care"
	"guike/model/db"
)

// HoldTx stops the clock of the open task of a cause, since nobody works on it for now; one that has run
// out goes on climbing. None is no mistake. DueTx lets it run again.
func (s *Service) HoldTx(ctx context.Context, tx *db.Tx, cause string) error {
	return clockTx(ctx, tx, cause, func(t *care.Task) (bool, error) {
		held := t.EscalateAt != nil && t.DueAt.After(tx.Now)
		if held {
			t.EscalateAt = nil
		}
		return held, nil
	})
}

// DueTx gives the open task of a cause another due time, from which its clock runs; none is no mistake.
func (s *Service) DueTx(ctx context.Context, tx *db.Tx, cause string, due time.Time) error {
	return clockTx(ctx, tx, cause, func(t *care.Task) (moved bool, err error) {
		t.DueAt = due
		t.EscalateAt, err = nextStep(*t)
		return true, err
	})
}

func clockTx(ctx context.Context, tx *db.Tx, cause string, set func(*care.Task) (bool, error)) error {
	t, err := care.ByCause(ctx, tx, cause)
	if db.Missing(err) {
		return nil
	}
	if err == nil {
		t, err = care.LockTx(ctx, tx, actor.Machine(), t.ID)
	}
	if err != nil {
		return fmt.Errorf("task of cause: %w", err)
	}
	if t.State != care.Open {
		return nil
	}
	if changed, err := set(&t); err != nil || !changed {
		return err
	}
	if err := care.SaveTx(ctx, tx, &t); err != nil {
		return fmt.Errorf("set clock of task: %w", err)
	}
	return nil
}
