// Package intake keeps the imports of a company that starts with customers: runs over a file, what was
// said of its lines, and which external number became what. The file itself is kept sealed, until it has
// been applied or given up.
package intake

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
)

// State is where a run stands.
type State string

// The states of a run. A run is checked before anything is written; the last three are for good.
const (
	Checking  State = "checking"
	Checked   State = "checked"
	Applying  State = "applying"
	Applied   State = "applied"
	Abandoned State = "abandoned" // given up by hand, or nobody applied it in time
	Failed    State = "failed"    // the house could not do it, try after try
)

// Ended tells that nothing more becomes of the run.
func (s State) Ended() bool { return s == Applied || s == Abandoned || s == Failed }

// Tally counts lines by what became of them, or would become of them. Done counts those that were worked
// off, whatever became of them.
type Tally struct {
	Total     int64
	Done      int64
	Created   int64 // something new was entered
	Linked    int64 // a customer who was known by phone got the external number
	Already   int64 // the same line was imported before
	Differing int64 // imported before with another content, and left as it is
	Faulty    int64
}

// Run is one import of a file. DueAt is Unix milliseconds: when it wants to be worked on next, which while
// it is worked on is when its lease ends.
type Run struct {
	ID         id.ID `gorm:"primaryKey"`
	Kind       Kind  // of the lines of a CSV file; empty when the file tells
	FileName   string
	Bytes      int64
	State      State
	SkipFaulty bool
	Unreadable bool // a sheet or the file as a whole is faulty: it cannot be applied in part
	Tally      `gorm:"embedded"`
	Attempts   int // since the last progress
	DueAt      *int64
	Lease      id.ID
	AuthorKind actor.Kind
	AuthorID   id.ID
	AuthorName string
	Version    int64
	CreatedAt  time.Time
	UpdatedAt  time.Time
	EndedAt    *time.Time
}

// TableName is the runs' table.
func (Run) TableName() string { return "import_runs" }

// Tables lists the structs of this package for the schema check.
func Tables() []any { return []any{Run{}, part{}, Line{}, Remark{}} }

// AddRunTx keeps a new run.
func AddRunTx(ctx context.Context, tx *db.Tx, r *Run) error {
	r.Version, r.CreatedAt, r.UpdatedAt = 1, tx.Now, tx.Now
	if err := db.Insert(ctx, tx, r); err != nil {
		return fmt.Errorf("add import run: %w", err)
	}
	return nil
}

// SaveRunTx writes where a locked run stands. A state that is for good takes its file and its lease away.
func SaveRunTx(ctx context.Context, tx *db.Tx, r *Run) error {
	r.Version, r.UpdatedAt = r.Version+1, tx.Now
	if r.State.Ended() {
		r.DueAt, r.Lease, r.EndedAt = nil, id.ID{}, &tx.Now
		if err := dropFileTx(ctx, tx, r.ID); err != nil {
			return err
		}
	}
	err := tx.Conn(ctx).Model(&Run{}).Where("id = ?", r.ID).UpdateColumns(map[string]any{
		"state": r.State, "skip_faulty": r.SkipFaulty, "unreadable": r.Unreadable, "total": r.Total, "done": r.Done, "created": r.Created, "linked": r.Linked,
		"already": r.Already, "differing": r.Differing, "faulty": r.Faulty, "attempts": r.Attempts, "due_at": r.DueAt, "lease": r.Lease,
		"ended_at": r.EndedAt, "version": r.Version, "updated_at": r.UpdatedAt,
	}).Error
	if err != nil {
		return fmt.Errorf("save import run: %w", err)
	}
	return nil
}

// RunByID reads a run. Errors: not_found.
func RunByID(ctx context.Context, r db.Reader, run id.ID) (Run, error) {
	var row Run
	err := r.Conn(ctx).Where("id = ?", run).Take(&row).Error
	return row, db.OrMissing(err, "read import run")
}

// LockRunTx locks a run until the transaction ends. Errors: not_found.
func LockRunTx(ctx context.Context, tx *db.Tx, run id.ID) (Run, error) {
	var row Run
	err := tx.Lock(ctx).Where("id = ?", run).Take(&row).Error
	return row, db.OrMissing(err, "lock import run")
}

// ListRuns lists the runs, newest first.
func ListRuns(ctx context.Context, r db.Reader, p db.Page) ([]Run, db.Cursor, error) {
	var rows []Run
	if err := p.Newest(r.Conn(ctx), "created_at", "id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list import runs: %w", err)
	}
	rows, next := db.Cut(p, rows, func(r Run) db.Cursor { return db.Cursor{At: r.CreatedAt, ID: r.ID} })
	return rows, next, nil
}

// CountOpenTx counts the runs that wait or are under way.
func CountOpenTx(ctx context.Context, tx *db.Tx) (n int64, err error) {
	if err := tx.Conn(ctx).Model(&Run{}).Where("due_at IS NOT NULL").Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count import runs: %w", err)
	}
	return n, nil
}

// LockDueTx locks the run that has waited longest for being worked on; ok is false when none does.
func LockDueTx(ctx context.Context, tx *db.Tx) (row Run, ok bool, err error) {
	now := tx.Now.UnixMilli()
	var due []id.ID
	err = tx.Conn(ctx).Model(&Run{}).Where("due_at <= ?", now).Order("due_at, id").Limit(1).Pluck("id", &due).Error
	if err != nil || len(due) == 0 {
		return row, false, err
	}
	row, err = LockRunTx(ctx, tx, due[0])
	return row, err == nil && row.DueAt != nil && *row.DueAt <= now, err // a rival may have taken it meanwhile
}
