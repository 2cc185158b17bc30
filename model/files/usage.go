package files

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"guike/internal/id"
	"guike/model/db"
)

// usage counts the bytes of all files of one customer, thumbnails included, withdrawn ones excluded.
type usage struct {
	OwnerID id.ID `gorm:"primaryKey"`
	Bytes   int64
	Version int64
}

func (usage) TableName() string { return "file_usage" }

// Usage reads how many bytes a customer's files have together.
func Usage(ctx context.Context, r db.Reader, owner id.ID) (int64, error) {
	var u usage
	err := r.Conn(ctx).Where("owner_id = ?", owner).Take(&u).Error
	if db.Missing(err) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read usage of files: %w", err)
	}
	return u.Bytes, nil
}

// UseTx counts more bytes (fewer, when negative) unless the sum would pass quota, in which case ok is
// false and nothing is changed.
func UseTx(ctx context.Context, tx *db.Tx, owner id.ID, bytes, quota int64) (ok bool, err error) {
	ok, err = use(ctx, tx, owner, bytes, quota)
	if ok || err != nil {
		return ok, err
	}
	err = db.Insert(ctx, tx, &usage{OwnerID: owner})
	if err != nil && !db.Duplicate(err) {
		return false, fmt.Errorf("open usage of files: %w", err)
	}
	return use(ctx, tx, owner, bytes, quota) // a duplicate is the quota, or a rival's first file at the same moment
}

func use(ctx context.Context, tx *db.Tx, owner id.ID, bytes, quota int64) (bool, error) {
	changed := tx.Conn(ctx).Model(&usage{}).Where("owner_id = ? AND (bytes + ? <= ? OR ? <= 0)", owner, bytes, quota, bytes).
		UpdateColumns(map[string]any{"bytes": gorm.Expr("bytes + ?", bytes), "version": gorm.Expr("version + 1")})
	if changed.Error != nil {
		return false, fmt.Errorf("count usage of files: %w", changed.Error)
	}
	return changed.RowsAffected > 0, nil
}
