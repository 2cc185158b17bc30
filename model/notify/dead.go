package notify

import (
	"context"
	"fmt"

	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/outbox"
)

// OutboxEvent reads an outbox event, for an operator who requeues it. Errors: not_found.
func OutboxEvent(ctx context.Context, r db.Reader, event id.ID) (outbox.Event, error) {
	var e outbox.Event
	err := r.Conn(ctx).Where("id = ?", event).Take(&e).Error
	if db.Missing(err) {
		return e, fault.Missing()
	}
	if err != nil {
		return e, fmt.Errorf("read outbox event: %w", err)
	}
	return e, nil
}
