package diary

import (
	"context"
	"fmt"
	"time"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// Round is a recurring look at all projects for one day: AfterID is the last project that it has looked
// at. Several instances may work one; what it does to a project happens once by rows of its own.
type Round struct {
	Name    string    `gorm:"primaryKey"`
	Period  clock.Day `gorm:"primaryKey"`
	AfterID id.ID
	DoneAt  *time.Time
}

// TableName is the rounds' table.
func (Round) TableName() string { return "diary_rounds" }

// LastRound is the newest period that a look was opened for; none when there was no such look.
func LastRound(ctx context.Context, r db.Reader, name string) (clock.Day, error) {
	var row Round
	err := r.Conn(ctx).Where("name = ?", name).Order("period DESC").Take(&row).Error
	if err != nil && !db.Missing(err) {
		return "", fmt.Errorf("read last round: %w", err)
	}
	return row.Period, nil
}

// OpenRoundTx opens the look of a period; one that is there stays as it is.
func OpenRoundTx(ctx context.Context, tx *db.Tx, name string, period clock.Day) error {
	err := db.Insert(ctx, tx, &Round{Name: name, Period: period})
	if err != nil && !db.Duplicate(err) {
		return fmt.Errorf("open round: %w", err)
	}
	return nil
}

// OpenRounds reads the looks that are not through, oldest period first.
func OpenRounds(ctx context.Context, r db.Reader, name string) ([]Round, error) {
	var rows []Round
	err := r.Conn(ctx).Where("name = ? AND done_at IS NULL", name).Order("period").Limit(400).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read open rounds: %w", err)
	}
	return rows, nil
}

// MoveRoundTx tells how far a look has come; a rival that is further is not put back.
func MoveRoundTx(ctx context.Context, tx *db.Tx, r Round, after id.ID) error {
	err := tx.Conn(ctx).Model(&Round{}).Where("name = ? AND period = ? AND (after_id IS NULL OR after_id < ?)", r.Name, r.Period, after).
		UpdateColumn("after_id", after).Error
	if err != nil {
		return fmt.Errorf("move round: %w", err)
	}
	return nil
}

// EndRoundTx tells that a look is through.
func EndRoundTx(ctx context.Context, tx *db.Tx, r Round) error {
	err := tx.Conn(ctx).Model(&Round{}).Where("name = ? AND period = ? AND done_at IS NULL", r.Name, r.Period).UpdateColumn("done_at", tx.Now).Error
	if err != nil {
		return fmt.Errorf("end round: %w", err)
	}
	return nil
}

// PruneRoundsTx forgets looks that were through before the instant, n at most, and tells how many. The
// newest of each name is younger than that as long as jobs run.
func PruneRoundsTx(ctx context.Context, tx *db.Tx, before time.Time, n int) (int64, error) {
	var old []Round
	if err := tx.Conn(ctx).Where("done_at < ?", before).Limit(n).Find(&old).Error; err != nil {
		return 0, fmt.Errorf("read old rounds: %w", err)
	}
	for _, r := range old {
		if err := tx.Conn(ctx).Where("name = ? AND period = ?", r.Name, r.Period).Delete(&Round{}).Error; err != nil {
			return 0, fmt.Errorf("forget round: %w", err)
		}
	}
	return int64(len(old)), nil
}
