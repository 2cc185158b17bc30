package membership

import (
	"context"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/db"
)

// Deed is something that a member did, whether it gave them anything or not; titles count them (F4). Event
// is a word of the earning rules, Source names the deed for ever. At is Unix milliseconds.
type Deed struct {
	CustomerID id.ID  `gorm:"primaryKey"`
	Event      string `gorm:"primaryKey"`
	Source     string `gorm:"primaryKey"`
	At         int64
}

// TableName is the deeds' table.
func (Deed) TableName() string { return "member_deeds" }

// AddDeedTx keeps a deed, once.
func AddDeedTx(ctx context.Context, tx *db.Tx, d Deed) error {
	if err := db.Insert(ctx, tx, &d); err != nil && !db.Duplicate(err) {
		return fmt.Errorf("keep deed: %w", err)
	}
	return nil
}

// DropDeedTx forgets a deed that was undone as a whole: an order cancelled, a payment refunded.
func DropDeedTx(ctx context.Context, tx *db.Tx, customer id.ID, source string) error {
	if err := tx.Conn(ctx).Where("customer_id = ? AND source = ?", customer, source).Delete(&Deed{}).Error; err != nil {
		return fmt.Errorf("forget deed: %w", err)
	}
	return nil
}

// DeedCount is how often a member did something: in all, and since an instant; Oldest is the first of these,
// zero for none, in Unix milliseconds.
type DeedCount struct {
	CustomerID id.ID
	Event      string
	InAll      int64
	Lately     int64
	Oldest     int64
}

// DeedsOf counts the deeds of members by event, and those since an instant apart.
func DeedsOf(ctx context.Context, r db.Reader, customers []id.ID, since time.Time) ([]DeedCount, error) {
	var counts []DeedCount
	ms := since.UnixMilli()
	err := r.Conn(ctx).Model(&Deed{}).Where("customer_id IN ?", customers).Group("customer_id, event").
		Select("customer_id, event, COUNT(*) AS in_all, SUM(CASE WHEN at > ? THEN 1 ELSE 0 END) AS lately, COALESCE(MIN(CASE WHEN at > ? THEN at END), 0) AS oldest", ms, ms).
		Scan(&counts).Error
	if err != nil {
		return nil, fmt.Errorf("count deeds: %w", err)
	}
	return counts, nil
}
