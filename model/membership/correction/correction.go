// Package correction keeps what staff correct in members' books by hand, and who agreed to it.
package correction

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
)

// State is where a correction stands.
type State string

// The states. Lapsed is never stored: an asked correction whose time is over has lapsed.
const (
	Asked     State = "asked"
	Posted    State = "posted"
	Refused   State = "refused"
	Withdrawn State = "withdrawn"
	Lapsed    State = "lapsed"
)

// Correction is an amount that a member of staff adds to or takes from what a member can use, with a reason
// that the member reads. AboutID is the transfer that it corrects, if it is one. DecidedBy is the second
// person; none when it was small enough to be posted at once.
type Correction struct {
	CustomerID  id.ID `gorm:"primaryKey"`
	ID          id.ID `gorm:"primaryKey"`
	StoreID     id.ID
	Book        ledger.Book
	Amount      int64 // signed, in the book's unit
	Reason      string
	AboutID     id.ID
	State       State
	Day         clock.Day // on which it was asked for, in the company's zone
	AskedBy     id.ID
	AskedName   string
	AskedAt     time.Time
	LapsesAt    int64 // Unix milliseconds
	DecidedBy   id.ID
	DecidedName string
	DecidedAt   *time.Time
	DecidedWhy  string
	TransferID  id.ID
	Version     int64
}

// TableName is the corrections' table.
func (Correction) TableName() string { return "value_corrections" }

// Tables lists the structs of this package for the schema check.
func Tables() []any { return []any{Correction{}} }

// StateAt is where the correction stands at an instant.
func (c Correction) StateAt(now time.Time) State {
	if c.State == Asked && now.UnixMilli() >= c.LapsesAt {
		return Lapsed
	}
	return c.State
}

// AddTx keeps a new correction.
func AddTx(ctx context.Context, tx *db.Tx, c *Correction) error {
	c.Version = 1
	if err := db.Insert(ctx, tx, c); err != nil {
		return fmt.Errorf("add correction: %w", err)
	}
	return nil
}

// DecideTx keeps how a locked correction was decided.
func DecideTx(ctx context.Context, tx *db.Tx, c *Correction) error {
	c.Version++
	err := tx.Conn(ctx).Model(&Correction{}).Where("customer_id = ? AND id = ?", c.CustomerID, c.ID).UpdateColumns(map[string]any{
		"state": c.State, "decided_by": c.DecidedBy, "decided_name": c.DecidedName, "decided_at": c.DecidedAt, "decided_why": c.DecidedWhy,
		"transfer_id": c.TransferID, "version": c.Version,
	}).Error
	if err != nil {
		return fmt.Errorf("decide correction: %w", err)
	}
	return nil
}

// Find reads a correction within the actor's reach. Errors: not_found.
func Find(ctx context.Context, r db.Reader, who actor.Actor, of id.ID) (Correction, error) {
	var c Correction
	reach := within(who)
	err := r.Conn(ctx).Where("id = ?", of).Where(reach.SQL, reach.Args...).Take(&c).Error
	return c, db.OrMissing(err, "read correction")
}

// LockTx locks a correction that was read, until the transaction ends. A record of a customer that was
// merged meanwhile took it along.
func LockTx(ctx context.Context, tx *db.Tx, of id.ID) (Correction, error) {
	var c Correction
	err := tx.Lock(ctx).Where("id = ?", of).Take(&c).Error
	return c, db.OrMissing(err, "lock correction")
}

// Filter narrows a list of corrections; what is zero does not.
type Filter struct {
	CustomerID id.ID
	State      State
}

// List lists corrections within the actor's reach, newest first. Asked ones that lapsed are found as such.
func List(ctx context.Context, r db.Reader, who actor.Actor, f Filter, now time.Time, p db.Page) ([]Correction, db.Cursor, error) {
	reach := within(who)
	q := r.Conn(ctx).Where(reach.SQL, reach.Args...)
	if !f.CustomerID.IsZero() {
		q = q.Where("customer_id = ?", f.CustomerID)
	}
	switch f.State {
	case "":
	case Asked:
		q = q.Where("state = ? AND lapses_at > ?", Asked, now.UnixMilli())
	case Lapsed:
		q = q.Where("state = ? AND lapses_at <= ?", Asked, now.UnixMilli())
	default:
		q = q.Where("state = ?", f.State)
	}
	var rows []Correction
	if err := p.Newest(q, "asked_at", "id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list corrections: %w", err)
	}
	rows, next := db.Cut(p, rows, func(c Correction) db.Cursor { return db.Cursor{At: c.AskedAt, ID: c.ID} })
	return rows, next, nil
}

// within is what the actor reaches: by the store that the customer belonged to. What belongs to no store is
// everybody's (design.md 5).
func within(who actor.Actor) db.Cond {
	switch {
	case who.Kind == actor.System, who.Kind == actor.Staff && who.Scope == actor.All:
		return db.Cond{SQL: "1 = 1"}
	case who.Kind != actor.Staff:
		return db.AnyOf(nil)
	}
	switch who.Scope {
	case actor.Region:
		return db.Cond{SQL: "(store_id IS NULL OR store_id IN (SELECT id FROM stores WHERE region_id = ?))", Args: []any{who.RegionID}}
	case actor.Store:
		return db.Cond{SQL: "(store_id IS NULL OR store_id = ?)", Args: []any{who.StoreID}}
	}
	return db.AnyOf(nil)
}

// AloneOn sums what a member of staff corrected on a day in a book without a second person, additions and
// deductions alike.
func AloneOn(ctx context.Context, r db.Reader, staff id.ID, day clock.Day, book ledger.Book) (int64, error) {
	var sum int64
	err := r.Conn(ctx).Model(&Correction{}).Select("COALESCE(SUM(ABS(amount)), 0)").
		Where("asked_by = ? AND day = ? AND book = ? AND state = ? AND decided_by IS NULL", staff, day, book, Posted).Scan(&sum).Error
	if err != nil {
		return 0, fmt.Errorf("sum corrections: %w", err)
	}
	return sum, nil
}

// MergeTx brings the corrections of one record of a customer into another.
func MergeTx(ctx context.Context, tx *db.Tx, from, to id.ID) error {
	err := tx.Conn(ctx).Model(&Correction{}).Where("customer_id = ?", from).UpdateColumn("customer_id", to).Error
	if err != nil {
		return fmt.Errorf("move corrections: %w", err)
	}
	return nil
}
