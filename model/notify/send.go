package notify

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

// SendState is where a subscription message stands.
type SendState string

// The states. WeChat knows no idempotency key, so a message whose answer was lost is unknown and is
// never repeated by itself (wechat.md 1.5).
const (
	Planned   SendState = "planned"
	Sending   SendState = "sending"   // the accept is taken, the call may be under way
	Sent      SendState = "sent"      // the platform took it
	Unknown   SendState = "unknown"   // written, answer lost
	Failed    SendState = "failed"    // refused; see Reason
	Skipped   SendState = "skipped"   // not allowed to send; see Reason
	Delivered SendState = "delivered" // the platform's sent event said so
)

// Send is one subscription message to one person about one event: there is never a second one.
// AttemptID fences the outcome of an attempt. CheckAt is when an unknown one is to be looked at, in
// Unix milliseconds, 0 for never.
type Send struct {
	ID          id.ID `gorm:"primaryKey"`
	EventID     id.ID
	CustomerID  id.ID
	TemplateKey string
	TemplateID  string
	OpenID      string `gorm:"column:openid"`
	ProjectID   id.ID
	Facts       string // JSON: the facts of the event that a template may name
	State       SendState
	Reason      string
	MsgID       string `gorm:"column:msgid"`
	Attempts    int
	Resends     int
	AttemptID   id.ID
	CreatedAt   time.Time
	StartedAt   *time.Time
	SettledAt   *time.Time
	CheckAt     int64
	Version     int64
}

// TableName is the messages' table.
func (Send) TableName() string { return "sends" }

// ReadFacts reads Facts.
func (s Send) ReadFacts() (map[string]string, error) {
	facts := map[string]string{}
	if err := json.Unmarshal([]byte(s.Facts), &facts); err != nil {
		return nil, fmt.Errorf("facts of send: %w", err)
	}
	return facts, nil
}

// AddSendTx keeps a message that is planned or skipped. It returns false when the person has one of
// the same event already.
func AddSendTx(ctx context.Context, tx *db.Tx, s *Send) (bool, error) {
	s.ID, s.CreatedAt, s.Version = id.New(), tx.Now, 1
	err := db.Insert(ctx, tx, s)
	if db.Duplicate(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("plan send: %w", err)
	}
	return true, nil
}

// SendByID reads a message. Errors: not_found.
func SendByID(ctx context.Context, r db.Reader, send id.ID) (Send, error) {
	return oneSend(r.Conn(ctx).Where("id = ?", send))
}

// LockSend is SendByID for a change; the grants of the person are locked before. Errors: not_found.
func LockSend(ctx context.Context, tx *db.Tx, send id.ID) (Send, error) {
	return oneSend(tx.Lock(ctx).Where("id = ?", send))
}

func oneSend(q *gorm.DB) (Send, error) {
	var s Send
	err := q.Take(&s).Error
	if db.Missing(err) {
		return s, fault.Missing()
	}
	if err != nil {
		return s, fmt.Errorf("read send: %w", err)
	}
	return s, nil
}

// ChangeSendTx sets the named columns of a message that is still what s says, and tells whether it was.
func ChangeSendTx(ctx context.Context, tx *db.Tx, s Send, columns map[string]any) (bool, error) {
	columns["version"] = gorm.Expr("version + 1")
	changed := tx.Conn(ctx).Model(&Send{}).Where("id = ? AND version = ?", s.ID, s.Version).UpdateColumns(columns)
	if changed.Error != nil {
		return false, fmt.Errorf("change send: %w", changed.Error)
	}
	return changed.RowsAffected > 0, nil
}

// InFlight reads the other messages to a person whose fate is open: under way, or unknown and begun
// after an instant.
func InFlight(ctx context.Context, r db.Reader, s Send, since time.Time) ([]Send, error) {
	var rows []Send
	err := r.Conn(ctx).Where("openid = ? AND state IN ? AND started_at > ? AND id <> ?",
		s.OpenID, []SendState{Sending, Unknown}, since, s.ID).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read sends in flight: %w", err)
	}
	return rows, nil
}

// SendByMsgID reads the message that the platform knows by an id; ok is false when we do not.
func SendByMsgID(ctx context.Context, r db.Reader, openid, msgid string) (s Send, ok bool, err error) {
	return maybeSend(r.Conn(ctx).Where("msgid = ? AND openid = ?", msgid, openid))
}

// OpenSend reads the message to a person whose fate is open and of which a sent event of an instant
// tells: the last one begun until then, else, since clocks differ, the first one begun at all. One that
// is planned once more after an unknown outcome is open too.
func OpenSend(ctx context.Context, r db.Reader, openid, template string, at time.Time) (s Send, ok bool, err error) {
	open := func() *gorm.DB {
		return r.Conn(ctx).Where("openid = ? AND template_id = ? AND msgid = ?", openid, template, "").
			Where("(state IN ? OR (state = ? AND resends > 0))", []SendState{Sending, Unknown}, Planned)
	}
	s, ok, err = maybeSend(open().Where("started_at <= ?", at).Order("started_at DESC, id DESC"))
	if ok || err != nil {
		return s, ok, err
	}
	return maybeSend(open().Where("started_at > ?", at).Order("started_at, id"))
}

func maybeSend(q *gorm.DB) (s Send, ok bool, err error) {
	err = q.Take(&s).Error
	if db.Missing(err) {
		return s, false, nil
	}
	if err != nil {
		return s, false, fmt.Errorf("read send: %w", err)
	}
	return s, true, nil
}

// SendsOf lists the messages about one event, for tests and the people who look into a case.
func SendsOf(ctx context.Context, r db.Reader, event id.ID) ([]Send, error) {
	var rows []Send
	if err := r.Conn(ctx).Where("event_id = ?", event).Order("customer_id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read sends of event: %w", err)
	}
	return rows, nil
}

// ToCheck lists messages in a state whose CheckAt has come, oldest first, at most n.
func ToCheck(ctx context.Context, r db.Reader, state SendState, now time.Time, n int) ([]Send, error) {
	var rows []Send
	err := r.Conn(ctx).Where("state = ? AND check_at > 0 AND check_at <= ?", state, now.UnixMilli()).
		Order("check_at, id").Limit(n).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read sends to check: %w", err)
	}
	return rows, nil
}

// PruneSends forgets messages planned before an instant, at most n of them.
func PruneSends(ctx context.Context, tx *db.Tx, before time.Time, n int) (int64, error) {
	var old []id.ID
	err := tx.Conn(ctx).Model(&Send{}).Where("created_at < ?", before).Order("created_at").Limit(n).Pluck("id", &old).Error
	if err != nil || len(old) == 0 {
		return 0, err
	}
	gone := tx.Conn(ctx).Where("id IN ?", old).Delete(&Send{})
	return gone.RowsAffected, gone.Error
}
