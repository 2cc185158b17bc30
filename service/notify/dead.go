package notify

import (
	"context"
	"errors"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/notify"
	"guike/model/outbox"
)

// DeadLetters lists the outbox events that were given up, newest first. The actor holds outbox.operate.
func (s *Service) DeadLetters(ctx context.Context, p db.Page) ([]outbox.Event, db.Cursor, error) {
	return outbox.DeadLetters(ctx, s.d.DB, p)
}

// Requeue owes a dead event anew, audited. A message that failed is planned once more with it: what
// failed was surely not sent. Errors: not_found when there is no such dead event.
func (s *Service) Requeue(ctx context.Context, who actor.Actor, event id.ID) error {
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := outbox.RequeueTx(ctx, tx, event); err != nil {
			return err
		}
		if err := replanTx(ctx, tx, event); err != nil {
			return err
		}
		return audit.RecordTx(ctx, tx, who, audit.Entry{Action: "outbox.requeued", Kind: "outbox_event", Subject: event})
	})
}

func replanTx(ctx context.Context, tx *db.Tx, event id.ID) error {
	e, err := notify.OutboxEvent(ctx, tx, event)
	if err != nil || e.Topic != TopicSend {
		return err
	}
	var in SendRequested
	if e.Decode(&in) != nil {
		return nil //nolint:nilerr // it will die again, of the same cause
	}
	row, err := lock(ctx, tx, in.SendID)
	if errors.Is(err, fault.Missing()) {
		return nil
	}
	if err != nil || row.State != notify.Failed || row.MsgID != "" {
		return err
	}
	_, err = notify.ChangeSendTx(ctx, tx, row, map[string]any{"state": notify.Planned, "reason": reasonRequeued, "settled_at": nil})
	return err
}
