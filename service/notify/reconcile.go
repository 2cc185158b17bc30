package notify

import (
	"context"
	"fmt"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/notify"
	"guike/model/outbox"
)

// batch is how many rows a job takes at a time.
const batch = 200

// ReconcileUnknown looks after messages whose outcome nobody wrote down: those that are sending beyond
// their lease become unknown; an unknown one of which the platform said nothing for ten minutes goes
// out once more if its template allows it and the platform's events reach us, and stays unknown for
// good otherwise. Any number of instances may run it, every minute.
func (s *Service) ReconcileUnknown(ctx context.Context) error {
	for _, state := range []notify.SendState{notify.Sending, notify.Unknown} {
		rows, err := notify.ToCheck(ctx, s.d.DB, state, s.d.DB.Now(), batch)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := s.reconcile(ctx, row.ID); err != nil {
				return fmt.Errorf("reconcile send: %w", err)
			}
		}
	}
	return nil
}

func (s *Service) reconcile(ctx context.Context, send id.ID) error {
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		row, err := lock(ctx, tx, send)
		if err != nil {
			return err
		}
		switch {
		case row.CheckAt == 0 || row.CheckAt > tx.Now.UnixMilli():
			return nil // settled meanwhile
		case row.State == notify.Sending:
			return unknownTx(ctx, tx, row, reasonInterrupted)
		case row.State == notify.Unknown:
			return s.resendTx(ctx, tx, row)
		}
		return nil
	})
}

// resendTx plans an unknown message once more, or leaves it unknown for good. The accept is given back
// and taken again by the new attempt; had the platform used it up, it refuses with 43101.
func (s *Service) resendTx(ctx context.Context, tx *db.Tx, row notify.Send) error {
	t, err := notify.TemplateByKey(ctx, tx, row.TemplateKey)
	if err != nil {
		return err
	}
	if !s.d.PushConfigured || !t.Resendable || !t.Active || row.Resends >= maxResends {
		_, err := notify.ChangeSendTx(ctx, tx, row, map[string]any{"reason": reasonUnreconciled, "check_at": 0})
		return err
	}
	if err := notify.AcceptTx(ctx, tx, row.OpenID, row.TemplateID); err != nil {
		return err
	}
	_, err = notify.ChangeSendTx(ctx, tx, row, map[string]any{
		"state": notify.Planned, "reason": reasonResend, "resends": row.Resends + 1, "check_at": 0,
	})
	if err != nil {
		return err
	}
	return outbox.AddTx(ctx, tx, TopicSend, SendRequested{SendID: row.ID})
}

// Prune forgets grant events and messages that are too old to be asked about. Any number of instances
// may run it, daily.
func (s *Service) Prune(ctx context.Context) error {
	for {
		var gone int64
		err := s.d.DB.Tx(ctx, func(tx *db.Tx) error {
			events, err := notify.PruneGrantEvents(ctx, tx, tx.Now.Add(-grantEventsKept), batch)
			if err != nil {
				return err
			}
			sends, err := notify.PruneSends(ctx, tx, tx.Now.Add(-sendsKept), batch)
			gone = events + sends
			return err
		})
		if err != nil || gone == 0 {
			return err
		}
	}
}
