// Package settings keeps the few facts that a running house remembers about itself: where a bulk load
// stands, how far the demo's clock is shifted.
package settings

import (
	"context"
	"fmt"
	"time"

	"guike/model/db"
)

// setting is a fact under a name. Names are words of ours with dots: "demo.plan".
type setting struct {
	Name      string `gorm:"primaryKey"`
	Value     string
	UpdatedAt time.Time
}

func (setting) TableName() string { return "settings" }

// Tables lists the structs of this package for the schema check.
func Tables() []any { return []any{setting{}} }

// Get reads what is kept under a name; ok is false when nothing is.
func Get(ctx context.Context, r db.Reader, name string) (value string, ok bool, err error) {
	var s setting
	err = r.Conn(ctx).Where("name = ?", name).Take(&s).Error
	return found(s, err)
}

// LockTx is Get for a change: while something is kept under the name, rivals wait until the
// transaction ends.
func LockTx(ctx context.Context, tx *db.Tx, name string) (value string, ok bool, err error) {
	var s setting
	err = tx.Lock(ctx).Where("name = ?", name).Take(&s).Error
	return found(s, err)
}

func found(s setting, err error) (string, bool, error) {
	if db.Missing(err) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("read setting: %w", err)
	}
	return s.Value, true, nil
}

// PutTx keeps a value of at most 65,535 bytes under a name of at most 64, in place of what was there.
// Of two rivals that put the first value of a name, one fails with db.Duplicate.
func PutTx(ctx context.Context, tx *db.Tx, name, value string) error {
	changed := tx.Conn(ctx).Model(&setting{}).Where("name = ?", name).
		UpdateColumns(map[string]any{"value": value, "updated_at": tx.Now})
	if changed.Error != nil {
		return fmt.Errorf("put setting %s: %w", name, changed.Error)
	}
	if changed.RowsAffected > 0 {
		return nil
	}
	return AddTx(ctx, tx, name, value)
}

// AddTx is PutTx for the first value of a name: when there is one, also of a rival who was faster in this
// moment, it fails with db.Duplicate.
func AddTx(ctx context.Context, tx *db.Tx, name, value string) error {
	if err := db.Insert(ctx, tx, &setting{Name: name, Value: value, UpdatedAt: tx.Now}); err != nil {
		return fmt.Errorf("put setting %s: %w", name, err)
	}
	return nil
}
