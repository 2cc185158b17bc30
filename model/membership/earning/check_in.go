package earning

import (
	"context"
	"fmt"
	"time"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// CheckIn is a day on which a member checked in (G4). Streak counts the days in a row up to it; Points is
// what it gave at once.
type CheckIn struct {
	CustomerID id.ID     `gorm:"primaryKey"`
	Day        clock.Day `gorm:"primaryKey"`
	Streak     int64
	Points     int64
	CreatedAt  time.Time
}

// TableName is the check-ins' table.
func (CheckIn) TableName() string { return "check_ins" }

// AddCheckInTx keeps a check-in. A second one of the day is db.Duplicate.
func AddCheckInTx(ctx context.Context, tx *db.Tx, c *CheckIn) error {
	c.CreatedAt = tx.Now
	return db.Insert(ctx, tx, c)
}

// CheckIns reads a customer's check-ins from one day up to another, both counted, oldest first.
func CheckIns(ctx context.Context, r db.Reader, customer id.ID, from, to clock.Day) ([]CheckIn, error) {
	var rows []CheckIn
	err := r.Conn(ctx).Where("customer_id = ? AND day >= ? AND day <= ?", customer, from, to).Order("day").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read check-ins: %w", err)
	}
	return rows, nil
}
