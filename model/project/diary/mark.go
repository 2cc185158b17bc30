package diary

import (
	"context"
	"fmt"
	"time"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// Mark says that an alert about a silent feed was raised for a project and period, once. Round is the
// day of the look that raised it; ClearedAt is when the feed was heard of again.
type Mark struct {
	ProjectID id.ID     `gorm:"primaryKey"`
	What      string    `gorm:"primaryKey"` // kind of the alert
	Period    clock.Day `gorm:"primaryKey"` // what is missing: the log of this day, the inspection of the week that ends on it, the visit that was due on it
	Round     clock.Day
	At        time.Time
	ClearedAt *time.Time
}

// TableName is the marks' table.
func (Mark) TableName() string { return "diary_marks" }

// Cause names the alert for the engine of alarms.
func (m Mark) Cause() string { return m.What + ":" + m.ProjectID.String() + ":" + string(m.Period) }

// ToldAt is when the store manager is told of what a round found missing: at 09:00 of the next day.
func ToldAt(round clock.Day, zone *time.Location) time.Time {
	return round.Plus(1).Start(zone).Add(9 * time.Hour)
}

// MarkTx keeps a mark and tells whether it is the first of its kind, project and period.
func MarkTx(ctx context.Context, tx *db.Tx, m Mark) (first bool, err error) {
	m.At = tx.Now
	err = db.Insert(ctx, tx, &m)
	if db.Duplicate(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("mark silence: %w", err)
	}
	return true, nil
}

// OpenMarks reads a project's marks of some kinds that stand, by the primary key of the project.
func OpenMarks(ctx context.Context, r db.Reader, project id.ID, kinds ...string) ([]Mark, error) {
	var rows []Mark
	err := r.Conn(ctx).Where("project_id = ? AND what IN ? AND cleared_at IS NULL", project, kinds).Order("what, period").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read marks of silence: %w", err)
	}
	return rows, nil
}

// OpenMarksOfRound reads the next projects' marks of a kind that a round raised and that stand.
func OpenMarksOfRound(ctx context.Context, r db.Reader, what string, round clock.Day, after id.ID, n int) ([]Mark, error) {
	q := r.Conn(ctx).Where("what = ? AND round = ? AND cleared_at IS NULL", what, round)
	if !after.IsZero() {
		q = q.Where("project_id > ?", after)
	}
	var rows []Mark
	err := q.Order("project_id").Limit(n).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read marks of round: %w", err)
	}
	return rows, nil
}

// ClearMarkTx tells that the feed was heard of.
func ClearMarkTx(ctx context.Context, tx *db.Tx, m Mark) error {
	err := tx.Conn(ctx).Model(&Mark{}).Where("project_id = ? AND what = ? AND period = ? AND cleared_at IS NULL", m.ProjectID, m.What, m.Period).
		UpdateColumn("cleared_at", tx.Now).Error
	if err != nil {
		return fmt.Errorf("clear mark of silence: %w", err)
	}
	return nil
}
