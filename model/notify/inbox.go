package notify

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
)

// Message is one line in the inbox of a customer or a member of staff. Owners' ids are unique over
// both kinds, so one table serves both. An event reaches an owner once, however often it is delivered
// (reliability.md I32).
type Message struct {
	OwnerID   id.ID `gorm:"primaryKey"`
	ID        id.ID `gorm:"primaryKey"`
	OwnerKind actor.Kind
	EventID   id.ID  // the outbox event that it tells of
	Kind      string // "daily_log", "stage_started"
	Title     string
	Body      string
	RefKind   string // what RefID is: "timeline_entry", "customer"
	RefID     id.ID
	ProjectID id.ID
	At        time.Time
	ReadAt    *time.Time
	Version   int64
}

// TableName is the inbox's table.
func (Message) TableName() string { return "inbox_messages" }

// AddMessageTx puts a message into its owner's inbox. It returns false, and changes nothing, when the
// owner has one of the same event already.
func AddMessageTx(ctx context.Context, tx *db.Tx, m *Message) (bool, error) {
	m.ID, m.At, m.Version = id.New(), tx.Now, 1
	err := db.Insert(ctx, tx, m)
	if db.Duplicate(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("put into inbox: %w", err)
	}
	return true, nil
}

// Inbox lists the actor's own messages, newest first; unread leaves out those that were read.
func Inbox(ctx context.Context, r db.Reader, who actor.Actor, unread bool, p db.Page) ([]Message, db.Cursor, error) {
	q := own(r.Conn(ctx), who)
	if unread {
		q = q.Where("read_at IS NULL")
	}
	if !p.After.IsZero() {
		q = q.Where("id < ?", p.After.ID)
	}
	var rows []Message
	if err := q.Order("id DESC").Limit(p.Limit + 1).Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("read inbox: %w", err)
	}
	rows, next := db.Cut(p, rows, func(m Message) db.Cursor { return db.Cursor{At: m.At, ID: m.ID} })
	return rows, next, nil
}

// Unread counts the actor's messages that were not read.
func Unread(ctx context.Context, r db.Reader, who actor.Actor) (int64, error) {
	var n int64
	if err := own(r.Conn(ctx).Model(&Message{}), who).Where("read_at IS NULL").Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count unread messages: %w", err)
	}
	return n, nil
}

// ReadTx marks one of the actor's messages as read; one that was read keeps its instant. Errors:
// not_found.
func ReadTx(ctx context.Context, tx *db.Tx, who actor.Actor, message id.ID) error {
	var m Message
	err := own(tx.Lock(ctx), who).Where("id = ?", message).Take(&m).Error
	switch {
	case db.Missing(err):
		return fault.Missing()
	case err != nil:
		return fmt.Errorf("read message: %w", err)
	case m.ReadAt != nil:
		return nil
	}
	return markRead(own(tx.Conn(ctx).Model(&Message{}), who).Where("id = ?", message), tx.Now)
}

// ReadAllTx marks every message of the actor as read.
func ReadAllTx(ctx context.Context, tx *db.Tx, who actor.Actor) error {
	return markRead(own(tx.Conn(ctx).Model(&Message{}), who).Where("read_at IS NULL"), tx.Now)
}

func markRead(q *gorm.DB, now time.Time) error {
	err := q.UpdateColumns(map[string]any{"read_at": now, "version": gorm.Expr("version + 1")}).Error
	if err != nil {
		return fmt.Errorf("mark as read: %w", err)
	}
	return nil
}

func own(q *gorm.DB, who actor.Actor) *gorm.DB {
	return q.Where("owner_id = ? AND owner_kind = ?", who.ID, who.Kind)
}

// MoveInboxTx gives the messages of one customer to another, when two records turn out to be one
// person. What the other was told of the same event stays the only one.
func MoveInboxTx(ctx context.Context, tx *db.Tx, from, to id.ID) error {
	var rows []Message
	err := tx.Conn(ctx).Where("owner_id = ?", from).Order("id").Find(&rows).Error
	if err != nil {
		return fmt.Errorf("read inbox of merged customer: %w", err)
	}
	for _, m := range rows {
		var n int64
		err := tx.Conn(ctx).Model(&Message{}).Where("owner_id = ? AND event_id = ?", to, m.EventID).Count(&n).Error
		if err != nil {
			return fmt.Errorf("look for message: %w", err)
		}
		q := tx.Conn(ctx).Model(&Message{}).Where("owner_id = ? AND id = ?", from, m.ID)
		if n > 0 {
			err = q.Delete(&Message{}).Error
		} else {
			err = q.UpdateColumn("owner_id", to).Error
		}
		if err != nil {
			return fmt.Errorf("move message: %w", err)
		}
	}
	return nil
}
