package membership

import (
	"context"
	"fmt"

	"guike/internal/id"
	"guike/model/db"
)

// MergeTx brings the membership of one record of a customer into another, since both are one person. Who has
// no card yet keeps the one of the former record; of two cards the one of the record that stays remains.
// Titles come along, each with its history. The level is looked at again at once (LookAt).
func MergeTx(ctx context.Context, tx *db.Tx, from, to id.ID) error {
	old, err := lock(ctx, tx, from)
	if db.Missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("lock former member: %w", err)
	}
	kept, err := lock(ctx, tx, to)
	if err != nil && !db.Missing(err) {
		return fmt.Errorf("lock member: %w", err)
	}
	now, row := tx.Now.UnixMilli(), tx.Conn(ctx).Model(&Member{})
	if db.Missing(err) {
		err = row.Where("customer_id = ?", from).UpdateColumns(map[string]any{"customer_id": to, "look_at": now, "version": old.Version + 1}).Error
	} else {
		if kept.AdviserID.IsZero() {
			kept.AdviserID = old.AdviserID
		}
		err = row.Where("customer_id = ?", to).UpdateColumns(map[string]any{"adviser_id": kept.AdviserID, "look_at": now, "version": kept.Version + 1}).Error
		if err == nil {
			err = tx.Conn(ctx).Where("customer_id = ?", from).Delete(&Member{}).Error
		}
	}
	if err != nil {
		return fmt.Errorf("merge members: %w", err)
	}
	if err := tx.Conn(ctx).Model(&Title{}).Where("customer_id = ?", from).UpdateColumn("customer_id", to).Error; err != nil {
		return fmt.Errorf("move titles: %w", err)
	}
	if err := tx.Conn(ctx).Model(&Deed{}).Where("customer_id = ?", from).UpdateColumn("customer_id", to).Error; err != nil {
		return fmt.Errorf("move deeds: %w", err)
	}
	return nil
}
