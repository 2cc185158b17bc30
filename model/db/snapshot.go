package db

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"
)

// snapshot is a Reader for which the store stands still.
type snapshot struct{ conn *gorm.DB }

func (s snapshot) Conn(ctx context.Context) *gorm.DB { return s.conn.WithContext(ctx) }

// Snapshot runs fn on a state of the store that does not change while it reads, without keeping anybody
// from writing.
func (d *DB) Snapshot(ctx context.Context, fn func(r Reader) error) error {
	opts := &sql.TxOptions{ReadOnly: true}
	if d.dialect == MySQL {
		opts.Isolation = sql.LevelRepeatableRead
	}
	conn := d.read.WithContext(ctx).Begin(opts)
	if conn.Error != nil {
		return fmt.Errorf("begin snapshot: %w", d.translate(conn.Error))
	}
	defer conn.Rollback()
	return fn(snapshot{conn})
}
