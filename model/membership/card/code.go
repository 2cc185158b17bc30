// Package card keeps what members show at the till: codes that live for a minute, and who their adviser is.
package card

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"guike/internal/id"
	"guike/model/db"
)

// CodeKind is the first letter of a code for the till: 卡 is kǎ.
const CodeKind = 'K'

// TillCode is a code that a customer shows at the till (F11). The code itself is nowhere kept: Hash finds it.
// Of a customer's codes one at most is live: neither ended by a newer one, nor used, nor expired. ExpiresAt is
// Unix milliseconds.
type TillCode struct {
	CustomerID id.ID  `gorm:"primaryKey"`
	ID         id.ID  `gorm:"primaryKey"`
	Hash       []byte `gorm:"column:code_hash"`
	ExpiresAt  int64
	EndedAt    *time.Time // when a newer code took its place
	UsedAt     *time.Time
	UsedBy     id.ID
	StoreID    id.ID // at which it was used
	Version    int64
	CreatedAt  time.Time
}

// TableName is the codes' table.
func (TillCode) TableName() string { return "till_codes" }

// Tables lists the structs of this package for the schema check.
func Tables() []any { return []any{TillCode{}} }

// Used tells that somebody has scanned the code.
func (c TillCode) Used() bool { return c.UsedAt != nil }

// LiveAt tells whether the code opens something at an instant.
func (c TillCode) LiveAt(now time.Time) bool {
	return !c.Used() && c.EndedAt == nil && now.UnixMilli() < c.ExpiresAt
}

// AddCodeTx keeps a fresh code of a member whom the caller has locked, and ends the one before.
func AddCodeTx(ctx context.Context, tx *db.Tx, c *TillCode) error {
	err := tx.Conn(ctx).Model(&TillCode{}).
		Where("customer_id = ? AND ended_at IS NULL AND used_at IS NULL AND expires_at > ?", c.CustomerID, tx.Now.UnixMilli()).
		UpdateColumns(map[string]any{"ended_at": tx.Now, "version": gorm.Expr("version + 1")}).Error
	if err != nil {
		return fmt.Errorf("end code: %w", err)
	}
	c.CreatedAt, c.Version = tx.Now, 1
	if err := db.Insert(ctx, tx, c); err != nil {
		return fmt.Errorf("add code: %w", err)
	}
	return nil
}

// Recent lists the last n codes of a customer, newest first.
func Recent(ctx context.Context, r db.Reader, customer id.ID, n int) ([]TillCode, error) {
	var rows []TillCode
	if err := r.Conn(ctx).Where("customer_id = ?", customer).Order("id DESC").Limit(n).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read codes: %w", err)
	}
	return rows, nil
}

// CodeOf reads a code of a customer. Errors: not_found.
func CodeOf(ctx context.Context, r db.Reader, customer, code id.ID) (TillCode, error) {
	var c TillCode
	err := r.Conn(ctx).Where("customer_id = ? AND id = ?", customer, code).Take(&c).Error
	return c, db.OrMissing(err, "read code")
}

// LockCodeTx locks the code with a hash until the transaction ends: of all who scan it one is first. Errors:
// not_found.
func LockCodeTx(ctx context.Context, tx *db.Tx, hash []byte) (TillCode, error) {
	var c TillCode
	err := tx.Lock(ctx).Where("code_hash = ?", hash).Take(&c).Error
	return c, db.OrMissing(err, "lock code")
}

// UseCodeTx keeps who scanned a locked code, and where.
func UseCodeTx(ctx context.Context, tx *db.Tx, c *TillCode, by, store id.ID) error {
	c.UsedAt, c.UsedBy, c.StoreID, c.Version = &tx.Now, by, store, c.Version+1
	err := tx.Conn(ctx).Model(&TillCode{}).Where("customer_id = ? AND id = ?", c.CustomerID, c.ID).
		UpdateColumns(map[string]any{"used_at": c.UsedAt, "used_by": c.UsedBy, "store_id": c.StoreID, "version": c.Version}).Error
	if err != nil {
		return fmt.Errorf("use code: %w", err)
	}
	return nil
}

// CodesKept is how long codes are kept after they expired, so that a late scan can be told why.
const CodesKept = 24 * time.Hour

// PruneCodesTx forgets at most n codes that expired longer than CodesKept ago, and tells how many.
func PruneCodesTx(ctx context.Context, tx *db.Tx, n int) (int64, error) {
	var old [][]byte
	err := tx.Conn(ctx).Model(&TillCode{}).Where("expires_at < ?", tx.Now.Add(-CodesKept).UnixMilli()).
		Order("expires_at").Limit(n).Pluck("code_hash", &old).Error
	if err != nil || len(old) == 0 {
		return 0, err
	}
	gone := tx.Conn(ctx).Where("code_hash IN ?", old).Delete(&TillCode{})
	return gone.RowsAffected, gone.Error
}
