package notify

import (
	"context"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/notify"
)

// InboxPage is a page of somebody's inbox and how many messages in it were not read.
type InboxPage struct {
	Messages []notify.Message
	Next     db.Cursor
	Unread   int64
}

// Inbox lists the actor's own messages, newest first.
func (s *Service) Inbox(ctx context.Context, who actor.Actor, unread bool, p db.Page) (page InboxPage, err error) {
	if page.Messages, page.Next, err = notify.Inbox(ctx, s.d.DB, who, unread, p); err != nil {
		return page, err
	}
	page.Unread, err = notify.Unread(ctx, s.d.DB, who)
	return page, err
}

// Read marks one of the actor's messages as read. Errors: not_found.
func (s *Service) Read(ctx context.Context, who actor.Actor, message id.ID) error {
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error { return notify.ReadTx(ctx, tx, who, message) })
}

// ReadAll marks every message of the actor as read.
func (s *Service) ReadAll(ctx context.Context, who actor.Actor) error {
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error { return notify.ReadAllTx(ctx, tx, who) })
}
