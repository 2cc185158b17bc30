package plan

import (
	"context"
	"fmt"
	"time"

	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
)

// site is the one row that counts the calendar's revisions.
type site struct {
	ID       int `gorm:"primaryKey;autoIncrement:false"`
	Revision int64
}

func (site) TableName() string { return "site_calendar" }

// Revision is the newest revision of the calendar; 0 before the first change.
func Revision(ctx context.Context, r db.Reader) (int64, error) {
	var s site
	err := r.Conn(ctx).Where("id = 1").Take(&s).Error
	if err != nil && !db.Missing(err) {
		return 0, fmt.Errorf("read revision of site calendar: %w", err)
	}
	return s.Revision, nil
}

// nextRevisionTx begins the next revision; rivals wait for the transaction to end.
func nextRevisionTx(ctx context.Context, tx *db.Tx) (int64, error) {
	s := site{ID: 1, Revision: 1}
	err := tx.Lock(ctx).Where("id = 1").Take(&s).Error
	if db.Missing(err) {
		if err = db.Insert(ctx, tx, &s); err == nil {
			return s.Revision, nil
		}
		if db.Duplicate(err) { // a rival was first, and has committed
			err = tx.Lock(ctx).Where("id = 1").Take(&s).Error
		}
	}
	if err != nil {
		return 0, fmt.Errorf("lock site calendar: %w", err)
	}
	s.Revision++
	if err := tx.Conn(ctx).Model(&site{}).Where("id = 1").UpdateColumn("revision", s.Revision).Error; err != nil {
		return 0, fmt.Errorf("move revision of site calendar: %w", err)
	}
	return s.Revision, nil
}

// AddClosureTx closes sites; the calendar has a new revision then.
func AddClosureTx(ctx context.Context, tx *db.Tx, c *Closure) (err error) {
	if c.ToDay.IsZero() {
		c.ToDay = lastDay
	}
	if c.AddedIn, err = nextRevisionTx(ctx, tx); err != nil {
		return err
	}
	c.CreatedAt = tx.Now
	if err := db.Insert(ctx, tx, c); err != nil {
		return fmt.Errorf("keep closure: %w", err)
	}
	return nil
}

// LockClosureTx reads a closure that stands, for a change. Errors: not_found.
func LockClosureTx(ctx context.Context, tx *db.Tx, closure id.ID) (Closure, error) {
	var c Closure
	err := tx.Lock(ctx).Where("id = ? AND removed_in = 0", closure).Take(&c).Error
	if db.Missing(err) {
		return c, fault.Missing()
	}
	if err != nil {
		return c, fmt.Errorf("lock closure: %w", err)
	}
	return c, nil
}

// RemoveClosureTx takes a closure back; the calendar has a new revision then.
func RemoveClosureTx(ctx context.Context, tx *db.Tx, c *Closure, by id.ID) (err error) {
	if c.RemovedIn, err = nextRevisionTx(ctx, tx); err != nil {
		return err
	}
	c.RemovedBy, c.RemovedAt = by, &tx.Now
	err = tx.Conn(ctx).Model(&Closure{}).Where("id = ?", c.ID).UpdateColumns(map[string]any{
		"removed_in": c.RemovedIn, "removed_by": c.RemovedBy, "removed_at": c.RemovedAt,
	}).Error
	if err != nil {
		return fmt.Errorf("remove closure: %w", err)
	}
	return nil
}

// Closures lists what stands and ends on the day or later, first ones first, at most n.
func Closures(ctx context.Context, r db.Reader, from clock.Day, n int) ([]Closure, error) {
	var rows []Closure
	err := r.Conn(ctx).Where("removed_in = 0 AND to_day >= ?", from).Order("to_day, id").Limit(n).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list closures: %w", err)
	}
	return rows, nil
}

// History is the calendar at each of its revisions, as far as they judge the days from a first one on.
type History struct {
	Revision int64 // the newest
	closures []Closure
}

// LoadHistory reads the closures that stand or stood and reach to the day or beyond. Two statements.
// What is added meanwhile belongs to a later revision and is left out.
func LoadHistory(ctx context.Context, r db.Reader, from clock.Day) (History, error) {
	revision, err := Revision(ctx, r)
	if err != nil || revision == 0 {
		return History{}, err
	}
	h := History{Revision: revision}
	err = r.Conn(ctx).Where("to_day >= ? AND added_in <= ?", from, revision).Order("added_in").Limit(maxClosures).Find(&h.closures).Error
	if err != nil {
		return History{}, fmt.Errorf("read history of site calendar: %w", err)
	}
	return h, nil
}

func (c Closure) at(revision int64) bool {
	return c.AddedIn <= revision && (c.RemovedIn == 0 || c.RemovedIn > revision)
}

// RevisionAt is the newest revision that stood at an instant, as far as the history tells.
func (h History) RevisionAt(at time.Time) (revision int64) {
	for _, c := range h.closures {
		if !c.CreatedAt.After(at) {
			revision = max(revision, c.AddedIn)
		}
		if c.RemovedAt != nil && !c.RemovedAt.After(at) {
			revision = max(revision, c.RemovedIn)
		}
	}
	return revision
}

// At is the calendar at a revision.
func (h History) At(revision int64) Calendar {
	var standing []Closure
	for _, c := range h.closures {
		if c.at(revision) {
			standing = append(standing, c)
		}
	}
	return NewCalendar(standing)
}

// Newest is the calendar as it stands.
func (h History) Newest() Calendar { return h.At(h.Revision) }

// Move carries planned days from one revision of the calendar to the newest: the days before Anchor
// stay, the n-th working day from Anchor on stays the n-th. So what is planned within or after a closure
// is pushed by it, and comes back when the closure is taken back.
type Move struct {
	Old, New Calendar
	Anchor   clock.Day // none when nothing differs
	Why      []string  // names of the closures that came or went
}

// Since is the move from a revision to the newest.
func (h History) Since(revision int64) Move {
	m := Move{Old: h.At(revision), New: h.Newest()}
	for _, c := range h.closures {
		if c.at(revision) == c.at(h.Revision) {
			continue
		}
		if m.Anchor.IsZero() || c.FromDay < m.Anchor {
			m.Anchor = c.FromDay
		}
		m.Why = append(m.Why, c.Name)
	}
	return m
}

// Day is where a planned day goes.
func (m Move) Day(d clock.Day) clock.Day {
	if m.Anchor.IsZero() || d.IsZero() || d < m.Anchor {
		return d
	}
	n := m.Old.Workdays(m.Anchor, d)
	if m.Old.Off(d) { // nobody worked then: the next working day is meant
		n++
	}
	return m.New.Plus(m.Anchor, n-1)
}

// ClosureByID reads a closure, whether it stands or not. Errors: not_found.
func ClosureByID(ctx context.Context, r db.Reader, closure id.ID) (Closure, error) {
	var c Closure
	err := r.Conn(ctx).Where("id = ?", closure).Take(&c).Error
	if db.Missing(err) {
		return c, fault.Missing()
	}
	if err != nil {
		return c, fmt.Errorf("read closure: %w", err)
	}
	return c, nil
}
