package notify

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"guike/model/db"
)

// Grant counts the messages that a person still accepts of a template: one accept is one message
// (wechat.md 1.5, "Quota law").
type Grant struct {
	OpenID     string `gorm:"primaryKey;column:openid"`
	TemplateID string `gorm:"primaryKey"`
	Remaining  int64
	RefusedAt  *time.Time // accepts given until then count no more
	UpdatedAt  time.Time
	Version    int64
}

// TableName is the grants' table.
func (Grant) TableName() string { return "subscription_grants" }

// Source says where we know an answer from.
type Source string

// The sources of grant events.
const (
	FromPush   Source = "push"   // the platform's event: it counts
	FromReport Source = "report" // the mini-program's word: a hint when pushes are configured
)

// GrantEvent is one line of what was pushed or reported. Rows are inserted and read, never changed.
// EventKey is equal for repeated deliveries of one push, so that the first alone has an effect (I34).
type GrantEvent struct {
	EventKey   string `gorm:"primaryKey"`
	Seq        int    `gorm:"primaryKey;autoIncrement:false"`
	Source     Source
	OpenID     string `gorm:"column:openid"`
	TemplateID string
	Result     string // accept, reject, ban, filter; what else a push said
	Counted    bool   // it raised Remaining
	At         time.Time
	CreatedAt  time.Time
}

// TableName is the events' table.
func (GrantEvent) TableName() string { return "subscription_grant_events" }

// AddGrantEventTx keeps an event; false says that its key and seq are known, and nothing changed.
func AddGrantEventTx(ctx context.Context, tx *db.Tx, e GrantEvent) (bool, error) {
	e.CreatedAt = tx.Now
	err := db.Insert(ctx, tx, &e)
	if db.Duplicate(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("keep grant event: %w", err)
	}
	return true, nil
}

// GrantsOf reads what a person accepts, by template id.
func GrantsOf(ctx context.Context, r db.Reader, openid string) (map[string]Grant, error) {
	var rows []Grant
	if err := r.Conn(ctx).Where("openid = ?", openid).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read grants: %w", err)
	}
	found := make(map[string]Grant, len(rows))
	for _, g := range rows {
		found[g.TemplateID] = g
	}
	return found, nil
}

// LockGrants keeps rivals from counting and sending to a person until the transaction ends: whoever
// touches grants or sends of an openid begins here.
func LockGrants(ctx context.Context, tx *db.Tx, openid string) error {
	var rows []Grant
	if err := tx.Lock(ctx).Where("openid = ?", openid).Order("template_id").Find(&rows).Error; err != nil {
		return fmt.Errorf("lock grants: %w", err)
	}
	return nil
}

// OpenGrantTx makes sure that there is a row to count in, locks it and returns it.
func OpenGrantTx(ctx context.Context, tx *db.Tx, openid, template string) (Grant, error) {
	var g Grant
	err := tx.Lock(ctx).Where("openid = ? AND template_id = ?", openid, template).Take(&g).Error
	if !db.Missing(err) {
		return g, wrap(err, "read grant")
	}
	g = Grant{OpenID: openid, TemplateID: template, UpdatedAt: tx.Now, Version: 1}
	if err = db.Insert(ctx, tx, &g); db.Duplicate(err) { // a rival opened it at the same moment
		err = tx.Lock(ctx).Where("openid = ? AND template_id = ?", openid, template).Take(&g).Error
	}
	return g, wrap(err, "open grant")
}

func wrap(err error, doing string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// AcceptTx counts one accept, or gives one back that was taken in vain.
func AcceptTx(ctx context.Context, tx *db.Tx, openid, template string) error {
	if _, err := OpenGrantTx(ctx, tx, openid, template); err != nil {
		return err
	}
	_, err := changeGrant(grant(ctx, tx, openid, template), tx.Now, map[string]any{"remaining": gorm.Expr("remaining + 1")})
	return err
}

// TakeAcceptTx uses up one accept; false when none is left.
func TakeAcceptTx(ctx context.Context, tx *db.Tx, openid, template string) (bool, error) {
	q := grant(ctx, tx, openid, template).Where("remaining > 0")
	return changeGrant(q, tx.Now, map[string]any{"remaining": gorm.Expr("remaining - 1")})
}

// RefuseTx ends the accepts that a person gave until an instant. Those given later stay: events come
// in any order.
func RefuseTx(ctx context.Context, tx *db.Tx, openid, template string, at time.Time) error {
	g, err := OpenGrantTx(ctx, tx, openid, template)
	if err != nil {
		return err
	}
	if g.RefusedAt != nil && g.RefusedAt.After(at) {
		return nil
	}
	var later int64
	err = tx.Conn(ctx).Model(&GrantEvent{}).
		Where("openid = ? AND template_id = ? AND at > ? AND counted = ?", openid, template, at, true).Count(&later).Error
	if err != nil {
		return fmt.Errorf("count later accepts: %w", err)
	}
	_, err = changeGrant(grant(ctx, tx, openid, template), tx.Now,
		map[string]any{"remaining": min(g.Remaining, later), "refused_at": at})
	return err
}

func grant(ctx context.Context, tx *db.Tx, openid, template string) *gorm.DB {
	return tx.Conn(ctx).Model(&Grant{}).Where("openid = ? AND template_id = ?", openid, template)
}

func changeGrant(q *gorm.DB, now time.Time, columns map[string]any) (bool, error) {
	columns["updated_at"], columns["version"] = now, gorm.Expr("version + 1")
	changed := q.UpdateColumns(columns)
	if changed.Error != nil {
		return false, fmt.Errorf("count grant: %w", changed.Error)
	}
	return changed.RowsAffected > 0, nil
}

// PruneGrantEvents forgets events older than an instant, at most n of them. A key that is forgotten
// would count again, so the instant lies days behind the platform's three deliveries.
func PruneGrantEvents(ctx context.Context, tx *db.Tx, before time.Time, n int) (int64, error) {
	var old []GrantEvent
	err := tx.Conn(ctx).Select("event_key", "seq").Where("created_at < ?", before).Order("created_at").Limit(n).Find(&old).Error
	if err != nil {
		return 0, fmt.Errorf("read old grant events: %w", err)
	}
	var gone int64
	for _, e := range old {
		d := tx.Conn(ctx).Where("event_key = ? AND seq = ?", e.EventKey, e.Seq).Delete(&GrantEvent{})
		if d.Error != nil {
			return gone, fmt.Errorf("forget grant event: %w", d.Error)
		}
		gone += d.RowsAffected
	}
	return gone, nil
}
