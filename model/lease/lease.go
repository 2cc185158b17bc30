// Package lease shares work among instances: named leases with a fencing number, and periods of which
// each is worked once.
package lease

import (
	"context"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/db"
)

// Lease is the right to do the named work until an instant. Fence grows with every change of holder.
type Lease struct {
	Name   string `gorm:"primaryKey"`
	Holder id.ID
	Fence  int64
	Until  int64 // Unix milliseconds
}

// TableName is the leases' table.
func (Lease) TableName() string { return "leases" }

// period records that a job's work for a period has been done.
type period struct {
	Job    string `gorm:"primaryKey"`
	Period string `gorm:"primaryKey"`
	DoneAt time.Time
}

func (period) TableName() string { return "job_periods" }

// Tables lists the structs of this package for the schema check.
func Tables() []any { return []any{Lease{}, period{}} }

// Acquire takes or prolongs the named lease for holder. It returns false while another holds it.
func Acquire(ctx context.Context, d *db.DB, name string, holder id.ID, length time.Duration) (l Lease, ok bool, err error) {
	err = d.Tx(ctx, func(tx *db.Tx) error {
		ok = false
		now, until := tx.Now.UnixMilli(), tx.Now.Add(length).UnixMilli()
		err := tx.Lock(ctx).Where("name = ?", name).Take(&l).Error
		if db.Missing(err) {
			l, ok = Lease{Name: name, Holder: holder, Fence: 1, Until: until}, true
			return db.Insert(ctx, tx, &l)
		}
		if err != nil || (l.Holder != holder && l.Until > now) {
			return err
		}
		if l.Holder != holder {
			l.Fence++
		}
		l.Holder, l.Until, ok = holder, until, true
		return tx.Conn(ctx).Model(&Lease{}).Where("name = ?", name).
			UpdateColumns(map[string]any{"holder": l.Holder, "fence": l.Fence, "until": l.Until}).Error
	})
	if db.Duplicate(err) { // a rival opened the lease at the same moment
		return Lease{}, false, nil
	}
	if err != nil {
		return Lease{}, false, fmt.Errorf("lease %s: %w", name, err)
	}
	return l, ok, nil
}

// Release gives the lease back before its time, if holder still has it.
func Release(ctx context.Context, d *db.DB, name string, holder id.ID) error {
	return d.Tx(ctx, func(tx *db.Tx) error {
		return tx.Conn(ctx).Model(&Lease{}).Where("name = ? AND holder = ?", name, holder).UpdateColumn("until", 0).Error
	})
}

// FirstTx marks a job's period as done and tells whether this transaction is the first to do so. The
// work belongs into the same transaction: if it rolls back, so does the mark.
func FirstTx(ctx context.Context, tx *db.Tx, job, of string) (bool, error) {
	err := db.Insert(ctx, tx, &period{Job: job, Period: of, DoneAt: tx.Now})
	if db.Duplicate(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("period %s of %s: %w", of, job, err)
	}
	return true, nil
}

// Done tells whether a job's work for a period has been marked as done.
func Done(ctx context.Context, r db.Reader, job, of string) (bool, error) {
	var n int64
	err := r.Conn(ctx).Model(&period{}).Where("job = ? AND period = ?", job, of).Count(&n).Error
	return n > 0, err
}
