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

// InspectionKind tells the weekly duty from what is looked at beside it.
type InspectionKind string

// The kinds of inspection.
const (
	Weekly       InspectionKind = "weekly"  // the supervisor's report of the week (C2)
	SpecialVisit InspectionKind = "special" // a visit for a cause
)

// Valid tells whether the kind is one of the house's.
func (k InspectionKind) Valid() bool { return k == Weekly || k == SpecialVisit }

// Inspection is a supervisor's report of a visit (C2). Day is the calendar day of the visit in the
// company's zone. The author is kept as he was called then.
type Inspection struct {
	ProjectID  id.ID `gorm:"primaryKey"`
	ID         id.ID `gorm:"primaryKey"`
	Kind       InspectionKind
	StageKey   string
	Day        clock.Day
	Summary    string
	Findings   string
	AuthorID   id.ID
	AuthorName string
	AuthorRole actor.Role
	CreatedAt  time.Time
}

// TableName is the inspections' table.
func (Inspection) TableName() string { return "inspections" }

// AddInspectionTx keeps a report.
func AddInspectionTx(ctx context.Context, tx *db.Tx, i *Inspection) error {
	i.CreatedAt = tx.Now
	if err := db.Insert(ctx, tx, i); err != nil {
		return fmt.Errorf("keep inspection: %w", err)
	}
	return nil
}

// InspectionByID reads a report of a project. Errors: not_found.
func InspectionByID(ctx context.Context, r db.Reader, project, inspection id.ID) (Inspection, error) {
	var i Inspection
	err := r.Conn(ctx).Where("project_id = ? AND id = ?", project, inspection).Take(&i).Error
	return i, db.OrMissing(err, "read inspection")
}

// Inspections reads a page of a project's reports, newest first. Access is checked by the caller.
func Inspections(ctx context.Context, r db.Reader, project id.ID, p db.Page) ([]Inspection, db.Cursor, error) {
	rows, err := newest[Inspection](ctx, r, project, p)
	if err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list inspections: %w", err)
	}
	rows, next := db.Cut(p, rows, func(i Inspection) db.Cursor { return db.Cursor{At: i.CreatedAt, ID: i.ID} })
	return rows, next, nil
}

// InspectedBetween tells which of the projects have a weekly report of a visit from one calendar day to
// another, both included: whose duty of the week is met (C11). Special visits do not count. Projects
// without one are left out of the map.
func InspectedBetween(ctx context.Context, r db.Reader, projects []id.ID, from, to clock.Day) (map[id.ID]bool, error) {
	met := make(map[id.ID]bool, len(projects))
	if len(projects) == 0 {
		return met, nil
	}
	var found []id.ID
	err := r.Conn(ctx).Model(&Inspection{}).
		Where("project_id IN ? AND kind = ? AND day >= ? AND day <= ?", projects, Weekly, from, to).
		Distinct().Pluck("project_id", &found).Error
	if err != nil {
		return nil, fmt.Errorf("look for inspections of days: %w", err)
	}
	for _, p := range found {
		met[p] = true
	}
	return met, nil
}

// InspectionsBetween reads a project's reports of visits from one calendar day to another, both
// included, oldest first, at most 100: what reports of a period tell of.
func InspectionsBetween(ctx context.Context, r db.Reader, project id.ID, from, to clock.Day) ([]Inspection, error) {
	var rows []Inspection
	err := r.Conn(ctx).Where("project_id = ? AND day >= ? AND day <= ?", project, from, to).Order("id").Limit(db.MaxLimit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read inspections of days: %w", err)
	}
	return rows, nil
}

// newest reads a page of a project's rows of a kind, by id, which grows with time: the clustered key
// serves the order.
func newest[T any](ctx context.Context, r db.Reader, project id.ID, p db.Page, more ...any) ([]T, error) {
	q := r.Conn(ctx).Where("project_id = ?", project)
	if len(more) > 0 {
		q = q.Where(more[0], more[1:]...)
	}
	if !p.After.IsZero() {
		q = q.Where("id < ?", p.After.ID)
	}
	rows := make([]T, 0, p.Limit+1)
	return rows, q.Order("id DESC").Limit(p.Limit + 1).Find(&rows).Error
}
