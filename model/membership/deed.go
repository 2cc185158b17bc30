package membership

import (
	"context"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
)

// Deed is something that a member did, whether it gave them anything or not; titles count them (F4). Event
// is a word of the earning rules, Source names the deed for ever. At is Unix milliseconds. AmountFen is, of a
// payment, the money that was received and did not go back (F2).
type Deed struct {
	CustomerID id.ID  `gorm:"primaryKey"`
	Event      string `gorm:"primaryKey"`
	Source     string `gorm:"primaryKey"`
	At         int64
	AmountFen  int64
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

// LowerDeedTx writes how much of a payment is left after some of it went back; it never raises it.
func LowerDeedTx(ctx context.Context, tx *db.Tx, customer id.ID, source string, left int64) error {
	err := tx.Conn(ctx).Model(&Deed{}).Where("customer_id = ? AND source = ? AND amount_fen > ?", customer, source, left).UpdateColumn("amount_fen", left).Error
	if err != nil {
		return fmt.Errorf("lower deed: %w", err)
	}
	return nil
}

// Gain is an amount that somebody came to at an instant, Unix milliseconds.
type Gain struct {
	CustomerID id.ID
	Amount     int64
	At         int64
}

// PaidAfter lists what members paid after an instant and did not get back.
func PaidAfter(ctx context.Context, r db.Reader, customers []id.ID, since time.Time) ([]Gain, error) {
	var rows []Gain
	err := r.Conn(ctx).Model(&Deed{}).Where("customer_id IN ? AND event = ? AND at > ? AND amount_fen > 0", customers, "payment", since.UnixMilli()).
		Select("customer_id, amount_fen AS amount, at").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what members paid: %w", err)
	}
	return rows, nil
}

// Earnings is the table in which the room of earning keeps what rules gave; ladders of levels count it (F2).
const Earnings = "earning_grants"

// PointsAfter lists the points that rules gave members after an instant, usable or not yet, less what went back.
func PointsAfter(ctx context.Context, r db.Reader, customers []id.ID, since time.Time) ([]Gain, error) {
	var rows []struct {
		CustomerID id.ID
		Amount     int64
		CreatedAt  time.Time
	}
	err := r.Conn(ctx).Table(Earnings).Select("customer_id, amount - taken AS amount, created_at").
		Where("customer_id IN ? AND book = ? AND created_at > ? AND taken < amount", customers, ledger.Points, since.UTC()).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read points that were earned: %w", err)
	}
	gains := make([]Gain, 0, len(rows))
	for _, g := range rows {
		gains = append(gains, Gain{g.CustomerID, g.Amount, g.CreatedAt.UnixMilli()})
	}
	return gains, nil
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
