package care

import (
	"context"
	"fmt"

	"guike/internal/actor"
	"guike/model/care"
	"guike/model/db"
)

// settleTx ends the open task that a cause opened without an alert, since what it asked for is over;
// none is no mistake.
func settleTx(ctx context.Context, tx *db.Tx, who actor.Actor, cause, note string) error {
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
	return endTaskTx(ctx, tx, who, &t, ending{care.Done, outcomeCleared, note})
}
