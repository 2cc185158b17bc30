// Package outbox carries side effects: a row written in the transaction of the change, delivered
// afterwards at least once. Nothing is sent from inside a transaction.
package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
)

// State is where an event stands.
type State int

// The states of an event.
const (
	Due  State = 0 // to be delivered at RunAt, or being delivered until RunAt
	Done State = 1
	Dead State = 2 // given up; an operator may requeue it
)

// Event is one side effect that is owed.
type Event struct {
	ID        id.ID `gorm:"primaryKey"`
	Topic     string
	Payload   string
	State     State
	RunAt     int64 // Unix milliseconds; the due time, and while leased the end of the lease
	Attempts  int
	Lease     id.ID
	LastError string
	CreatedAt time.Time
	EndedAt   *time.Time
}

// TableName is the events' table.
func (Event) TableName() string { return "outbox" }

// Tables lists the structs of this package for the schema check.
func Tables() []any { return []any{Event{}} }

// Decode reads the payload into v.
func (e Event) Decode(v any) error { return json.Unmarshal([]byte(e.Payload), v) }

// AddTx owes an event from now on. If the transaction rolls back, so does the debt. The payload holds
// ids and numbers, not personal data.
func AddTx(ctx context.Context, tx *db.Tx, topic string, payload any) error {
	return AddAtTx(ctx, tx, topic, payload, tx.Now)
}

// AddAtTx owes an event from the instant at on.
func AddAtTx(ctx context.Context, tx *db.Tx, topic string, payload any, at time.Time) error {
	text, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("payload of %s: %w", topic, err)
	}
	e := Event{ID: id.New(), Topic: topic, Payload: string(text), RunAt: at.UnixMilli(), CreatedAt: tx.Now}
	if err := db.Insert(ctx, tx, &e); err != nil {
		return fmt.Errorf("owe %s: %w", topic, err)
	}
	return nil
}

// Depth tells how much is owed: events due or under way, the age of the oldest due one, and the dead.
type Depth struct {
	Due    int64
	Oldest time.Duration
	Dead   int64
}

// Measure reads the depth at now.
func Measure(ctx context.Context, r db.Reader, now time.Time) (Depth, error) {
	var d Depth
	if err := r.Conn(ctx).Model(&Event{}).Where("state = ? AND run_at <= ?", Due, now.UnixMilli()).Count(&d.Due).Error; err != nil {
		return d, err
	}
	if err := r.Conn(ctx).Model(&Event{}).Where("state = ?", Dead).Count(&d.Dead).Error; err != nil {
		return d, err
	}
	var first Event
	err := r.Conn(ctx).Where("state = ? AND run_at <= ?", Due, now.UnixMilli()).Order("run_at, id").Take(&first).Error
	if db.Missing(err) {
		return d, nil
	}
	d.Oldest = now.Sub(time.UnixMilli(first.RunAt))
	return d, err
}

// DeadLetters lists events that were given up, newest first.
func DeadLetters(ctx context.Context, r db.Reader, p db.Page) ([]Event, db.Cursor, error) {
	var rows []Event
	if err := p.Newest(r.Conn(ctx).Where("state = ?", Dead), "created_at", "id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, err
	}
	rows, next := db.Cut(p, rows, func(e Event) db.Cursor { return db.Cursor{At: e.CreatedAt, ID: e.ID} })
	return rows, next, nil
}

// RequeueTx owes a dead event anew. Errors: not_found when there is no such dead event.
func RequeueTx(ctx context.Context, tx *db.Tx, event id.ID) error {
	changed := tx.Conn(ctx).Model(&Event{}).Where("id = ? AND state = ?", event, Dead).
		UpdateColumns(map[string]any{"state": Due, "run_at": tx.Now.UnixMilli(), "attempts": 0, "lease": nil, "ended_at": nil})
	if changed.Error == nil && changed.RowsAffected == 0 {
		return fault.Missing()
	}
	return changed.Error
}

// Prune forgets delivered events that ended before the instant, at most n of them.
func Prune(ctx context.Context, tx *db.Tx, before time.Time, n int) (int64, error) {
	var old []id.ID
	err := tx.Conn(ctx).Model(&Event{}).Where("state = ? AND run_at < ?", Done, before.UnixMilli()).Order("run_at, id").Limit(n).Pluck("id", &old).Error
	if err != nil || len(old) == 0 {
		return 0, err
	}
	gone := tx.Conn(ctx).Where("id IN ?", old).Delete(&Event{})
	return gone.RowsAffected, gone.Error
}

func due(q *gorm.DB, now time.Time) *gorm.DB {
	return q.Where("state = ? AND run_at <= ?", Due, now.UnixMilli())
}
