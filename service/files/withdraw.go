package files

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/files"
	"guike/model/outbox"
)

// Withdraw takes a file out of everybody's sight, for good: it is in no batch of links any more, and
// links given out before end as soon as the objects are removed, which is tried at once and promised
// by the outbox. The row stays, the reason is in the audit log. Withdrawing twice is no mistake.
// Errors: not_found for what is not there and for what is out of the actor's scope; input.invalid for a
// reason that says nothing.
func (s *Service) Withdraw(ctx context.Context, who actor.Actor, file id.ID, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return fault.Broken("body.reason", "required", "请说明原因。", "Say why.")
	}
	var f files.File
	err := s.d.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		f, err = files.LockScopedTx(ctx, tx, who, file)
		if err != nil || f.State == files.Withdrawn {
			return err
		}
		return s.withdrawTx(ctx, tx, who, f, reason)
	})
	if err != nil {
		return err
	}
	if err := s.remove(ctx, f.ID, f.ContentType); err != nil { // the outbox will
		s.d.Log.WarnContext(ctx, "withdrawn file not removed yet", slog.String("file", f.ID.String()), slog.Any("error", err))
	}
	return nil
}

func (s *Service) withdrawTx(ctx context.Context, tx *db.Tx, who actor.Actor, f files.File, reason string) error {
	err := files.ChangeTx(ctx, tx, f.ID, map[string]any{"state": files.Withdrawn, "withdrawn_at": tx.Now})
	if err != nil {
		return err
	}
	if err := s.freeTx(ctx, tx, f); err != nil {
		return err
	}
	err = audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: "file.withdrawn", Kind: "file", Subject: f.ID, Reason: reason,
		Detail: map[string]any{"owner": f.OwnerID, "attached_kind": f.AttachedKind, "attached_ref": f.AttachedRef},
	})
	if err != nil {
		return err
	}
	return outbox.AddTx(ctx, tx, files.TopicWithdrawn, files.Event{FileID: f.ID})
}

// freeTx gives a customer the room of a file back.
func (s *Service) freeTx(ctx context.Context, tx *db.Tx, f files.File) error {
	if f.OwnerKind != actor.Customer {
		return nil
	}
	_, err := files.UseTx(ctx, tx, f.OwnerID, -(f.Bytes + f.ThumbBytes), s.d.CustomerQuota)
	return err
}

// OnWithdrawn handles files.withdrawn: it removes the objects, whose links then end.
func (s *Service) OnWithdrawn(ctx context.Context, e outbox.Event) error {
	var of files.Event
	if err := e.Decode(&of); err != nil {
		return outbox.GiveUp{Why: fmt.Errorf("payload: %w", err)}
	}
	f, err := files.ByID(ctx, s.d.DB, of.FileID)
	if db.Missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read file: %w", err)
	}
	if f.State != files.Withdrawn {
		return nil
	}
	return s.remove(ctx, f.ID, f.ContentType)
}

// remove deletes the objects of a file; those that are gone are no error.
func (s *Service) remove(ctx context.Context, file id.ID, contentType string) error {
	body, thumb := files.Keys(file, contentType)
	for _, key := range []string{body, thumb} {
		if key == "" {
			continue
		}
		if err := s.d.Blobs.Delete(ctx, key); err != nil {
			return fmt.Errorf("remove object: %w", err)
		}
	}
	return nil
}
