package quality

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// DefectState is where a defect stands.
type DefectState string

// The states, in their order; none goes back. A defect that needs no part is fixed at once.
const (
	DefectReported DefectState = "reported"
	DefectOrdered  DefectState = "ordered" // the replacement part is on order
	DefectArrived  DefectState = "arrived" // the part is there
	DefectFixed    DefectState = "fixed"
)

// Rank is the place of the state in their order, from 1; 0 for what is none.
func (s DefectState) Rank() int {
	for i, state := range []DefectState{DefectReported, DefectOrdered, DefectArrived, DefectFixed} {
		if s == state {
			return i + 1
		}
	}
	return 0
}

// Defect is something that was found broken on site, with its two-hour clock (E8). The stage that it
// belongs to does not complete before it is fixed.
type Defect struct {
	ProjectID         id.ID `gorm:"primaryKey"`
	ID                id.ID `gorm:"primaryKey"`
	StageKey          string
	Part              string
	Detail            string
	ReplacementNeeded bool
	State             DefectState
	OrderNo           string    // of the replacement part
	ExpectedOn        clock.Day // when the part is expected
	DueAt             time.Time
	FixedAt           *time.Time
	ReporterID        id.ID
	ReporterName      string
	ReporterRole      actor.Role
	Version           int64
	CreatedAt         time.Time
	UpdatedAt         time.Time
}

// TableName is the defects' table.
func (Defect) TableName() string { return "defects" }

// Late tells that the clock ran out before the defect was fixed.
func (d Defect) Late(now time.Time) bool {
	if d.FixedAt != nil {
		now = *d.FixedAt
	}
	return now.After(d.DueAt)
}

// AddDefectTx keeps a defect.
func AddDefectTx(ctx context.Context, tx *db.Tx, d *Defect) error {
	d.Version, d.CreatedAt, d.UpdatedAt = 1, tx.Now, tx.Now
	if err := db.Insert(ctx, tx, d); err != nil {
		return fmt.Errorf("keep defect: %w", err)
	}
	return nil
}

// SaveDefectTx writes what can change about a defect; its version grows by one.
func SaveDefectTx(ctx context.Context, tx *db.Tx, d *Defect) error {
	d.Version++
	d.UpdatedAt = tx.Now
	err := tx.Conn(ctx).Model(&Defect{}).Where("project_id = ? AND id = ?", d.ProjectID, d.ID).UpdateColumns(map[string]any{
		"replacement_needed": d.ReplacementNeeded, "state": d.State, "order_no": d.OrderNo, "expected_on": d.ExpectedOn,
		"fixed_at": d.FixedAt, "version": d.Version, "updated_at": d.UpdatedAt,
	}).Error
	if err != nil {
		return fmt.Errorf("save defect: %w", err)
	}
	return nil
}

// DefectByID reads a defect, whichever project it belongs to; access is checked by the caller. Errors:
// not_found.
func DefectByID(ctx context.Context, r db.Reader, defect id.ID) (Defect, error) {
	var d Defect
	err := r.Conn(ctx).Where("id = ?", defect).Take(&d).Error
	return d, db.OrMissing(err, "read defect")
}

// Defects reads a page of a project's defects, newest first.
func Defects(ctx context.Context, r db.Reader, project id.ID, p db.Page) ([]Defect, db.Cursor, error) {
	rows, err := newest[Defect](ctx, r, project, p)
	if err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list defects: %w", err)
	}
	rows, next := db.Cut(p, rows, func(d Defect) db.Cursor { return db.Cursor{At: d.CreatedAt, ID: d.ID} })
	return rows, next, nil
}

// StandingDefects reads the defects of a stage that are not fixed, oldest first, at most n.
func StandingDefects(ctx context.Context, r db.Reader, project id.ID, stage string, n int) ([]Defect, error) {
	var rows []Defect
	err := r.Conn(ctx).Where("project_id = ? AND stage_key = ? AND state <> ?", project, stage, DefectFixed).Order("id").Limit(n).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read defects of stage: %w", err)
	}
	return rows, nil
}
