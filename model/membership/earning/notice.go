package earning

import (
	"context"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
)

// Notice says that an owner was told that something expires at an instant, so many days before (G5).
// ExpiresAt is Unix milliseconds.
type Notice struct {
	AccountID  id.ID `gorm:"primaryKey"`
	ExpiresAt  int64 `gorm:"primaryKey;autoIncrement:false"`
	DaysBefore int   `gorm:"primaryKey;autoIncrement:false"`
	Amount     int64
	CreatedAt  time.Time
}

// TableName is the notices' table.
func (Notice) TableName() string { return "expiry_notices" }

// AddNoticeTx keeps a notice and tells whether it is the first of its kind.
func AddNoticeTx(ctx context.Context, tx *db.Tx, n Notice) (bool, error) {
	n.CreatedAt = tx.Now
	err := db.Insert(ctx, tx, &n)
	if db.Duplicate(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("keep expiry notice: %w", err)
	}
	return true, nil
}

// PruneNotices forgets notices of what expired before an instant, at most n, and tells how many.
func PruneNotices(ctx context.Context, tx *db.Tx, before time.Time, n int) (int64, error) {
	var old []Notice
	err := tx.Conn(ctx).Where("expires_at < ?", before.UnixMilli()).Order("expires_at").Limit(n).Find(&old).Error
	if err != nil {
		return 0, fmt.Errorf("find old notices: %w", err)
	}
	for _, o := range old {
		err := tx.Conn(ctx).Where("account_id = ? AND expires_at = ? AND days_before = ?", o.AccountID, o.ExpiresAt, o.DaysBefore).Delete(&Notice{}).Error
		if err != nil {
			return 0, fmt.Errorf("forget notice: %w", err)
		}
	}
	return int64(len(old)), nil
}

// Expiring is what a customer's account loses at an instant (Unix milliseconds), unless it is spent before.
type Expiring struct {
	DueAt      int64
	AccountID  id.ID
	CustomerID id.ID
	Book       ledger.Book
	Amount     int64
}

// Window is the span of what is to be told of: everything that expires up to Until, by the notice of Early
// days, and from Last on back to now by that of Late days.
type Window struct {
	Until, Last time.Time
	Early, Late int
}

// Due reads up to n of what customers' points and fund lose after one place of the list and within a
// window, in the order of the instants; what was told by its notice is left out.
func Due(ctx context.Context, r db.Reader, after Expiring, w Window, n int) ([]Expiring, error) {
	var rows []Expiring
	err := r.Conn(ctx).Table("ledger_lots l").Joins("JOIN ledger_accounts a ON a.id = l.account_id").
		Joins("LEFT JOIN expiry_notices n ON n.account_id = l.account_id AND n.expires_at = l.due_at AND n.days_before = CASE WHEN l.due_at <= ? THEN ? ELSE ? END",
			w.Last.UnixMilli(), w.Late, w.Early).
		Select("l.due_at, l.account_id, a.owner_id AS customer_id, a.book, SUM(l.remaining) AS amount").
		Where("l.due_at >= ? AND l.due_at <= ? AND (l.due_at > ? OR l.account_id > ?)", after.DueAt, w.Until.UnixMilli(), after.DueAt, after.AccountID[:]).
		Where("a.owner_kind = ? AND a.book IN ? AND n.account_id IS NULL", ledger.Customer, []ledger.Book{ledger.Points, ledger.Fund}).
		Group("l.due_at, l.account_id, a.owner_id, a.book").Order("l.due_at, l.account_id").Limit(n).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what expires: %w", err)
	}
	return rows, nil
}
