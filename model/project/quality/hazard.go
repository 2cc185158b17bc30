package quality

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// Severity is how much harm a hazard may do.
type Severity string

// The severities; a high one that stands keeps its stage from completing.
const (
	Low    Severity = "low"
	Medium Severity = "medium"
	High   Severity = "high"
)

// Valid tells whether the severity is one of the house's.
func (s Severity) Valid() bool { return s == Low || s == Medium || s == High }

// HazardState is where a hazard stands.
type HazardState string

// The states: open until its owner says that it is fixed, then passed on the recheck by somebody else,
// or reopened with a new due day.
const (
	HazardOpen     HazardState = "open"
	HazardFixed    HazardState = "fixed"
	HazardPassed   HazardState = "passed"
	HazardReopened HazardState = "reopened"
)

// Hazard is something that an inspection found wrong, with who owes its mending by when (C2). Round
// counts how often a recheck failed. OverdueAt is the instant, in Unix milliseconds, from which the
// alarm for it is due; absent when nothing is owed or the alarm has been given.
type Hazard struct {
	ProjectID    id.ID `gorm:"primaryKey"`
	ID           id.ID `gorm:"primaryKey"`
	InspectionID id.ID
	StageKey     string
	Title        string
	Detail       string
	Severity     Severity
	OwnerID      id.ID
	OwnerName    string
	OwnerRole    actor.Role
	DueOn        clock.Day
	State        HazardState
	Round        int
	FixedBy      id.ID // who said so last
	OverdueAt    *int64
	Version      int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// TableName is the hazards' table.
func (Hazard) TableName() string { return "hazards" }

// Owed tells that the owner has still to mend it.
func (h Hazard) Owed() bool { return h.State == HazardOpen || h.State == HazardReopened }

// AddHazardTx keeps a hazard that was found.
func AddHazardTx(ctx context.Context, tx *db.Tx, h *Hazard) error {
	h.Version, h.CreatedAt, h.UpdatedAt = 1, tx.Now, tx.Now
	if err := db.Insert(ctx, tx, h); err != nil {
		return fmt.Errorf("keep hazard: %w", err)
	}
	return nil
}

// SaveHazardTx writes what can change about a hazard; its version grows by one.
func SaveHazardTx(ctx context.Context, tx *db.Tx, h *Hazard) error {
	h.Version++
	h.UpdatedAt = tx.Now
	err := tx.Conn(ctx).Model(&Hazard{}).Where("project_id = ? AND id = ?", h.ProjectID, h.ID).UpdateColumns(map[string]any{
		"due_on": h.DueOn, "state": h.State, "round": h.Round, "fixed_by": h.FixedBy, "overdue_at": h.OverdueAt,
		"version": h.Version, "updated_at": h.UpdatedAt,
	}).Error
	if err != nil {
		return fmt.Errorf("save hazard: %w", err)
	}
	return nil
}

// HoldHazardTx takes the instant of the alarm from a hazard; nothing that people read changes.
func HoldHazardTx(ctx context.Context, tx *db.Tx, h Hazard) error {
	err := tx.Conn(ctx).Model(&Hazard{}).Where("project_id = ? AND id = ?", h.ProjectID, h.ID).UpdateColumn("overdue_at", nil).Error
	if err != nil {
		return fmt.Errorf("hold hazard: %w", err)
	}
	return nil
}

// maxStanding bounds what is read of a project's hazards at once.
const maxStanding = 1000

// StandingOf reads the hazards of a project that have not passed, oldest first.
func StandingOf(ctx context.Context, r db.Reader, project id.ID) ([]Hazard, error) {
	var rows []Hazard
	err := r.Conn(ctx).Where("project_id = ? AND state <> ?", project, HazardPassed).Order("id").Limit(maxStanding).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read standing hazards: %w", err)
	}
	return rows, nil
}

// HazardByID reads a hazard, whichever project it belongs to; access is checked by the caller. Errors:
// not_found.
func HazardByID(ctx context.Context, r db.Reader, hazard id.ID) (Hazard, error) {
	var h Hazard
	err := r.Conn(ctx).Where("id = ?", hazard).Take(&h).Error
	return h, db.OrMissing(err, "read hazard")
}

// Hazards reads a page of a project's hazards, newest first; those that have not passed when only is
// set.
func Hazards(ctx context.Context, r db.Reader, project id.ID, standing bool, p db.Page) ([]Hazard, db.Cursor, error) {
	var more []any
	if standing {
		more = []any{"state <> ?", HazardPassed}
	}
	rows, err := newest[Hazard](ctx, r, project, p, more...)
	if err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list hazards: %w", err)
	}
	rows, next := db.Cut(p, rows, func(h Hazard) db.Cursor { return db.Cursor{At: h.CreatedAt, ID: h.ID} })
	return rows, next, nil
}

// HazardsOf reads the hazards that some inspections of a project found, in the order in which they were
// written down.
func HazardsOf(ctx context.Context, r db.Reader, project id.ID, inspections []id.ID) (map[id.ID][]Hazard, error) {
	of := make(map[id.ID][]Hazard, len(inspections))
	if len(inspections) == 0 {
		return of, nil
	}
	var rows []Hazard
	err := r.Conn(ctx).Where("project_id = ? AND inspection_id IN ?", project, inspections).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read hazards of inspections: %w", err)
	}
	slices.SortFunc(rows, func(a, b Hazard) int { return bytes.Compare(a.ID[:], b.ID[:]) }) // few, and no index has them so everywhere
	for _, h := range rows {
		of[h.InspectionID] = append(of[h.InspectionID], h)
	}
	return of, nil
}

// StandingHazards counts the hazards of some projects that have not passed; projects without one are
// left out.
func StandingHazards(ctx context.Context, r db.Reader, projects []id.ID) (map[id.ID]int, error) {
	of := make(map[id.ID]int, len(projects))
	if len(projects) == 0 {
		return of, nil
	}
	var rows []struct {
		ProjectID id.ID
		N         int
	}
	err := r.Conn(ctx).Model(&Hazard{}).Select("project_id, COUNT(*) AS n").
		Where("project_id IN ? AND state <> ?", projects, HazardPassed).Group("project_id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count hazards: %w", err)
	}
	for _, row := range rows {
		of[row.ProjectID] = row.N
	}
	return of, nil
}

// BlockingHazards reads the high hazards of a stage that have not passed, oldest first, at most n.
func BlockingHazards(ctx context.Context, r db.Reader, project id.ID, stage string, n int) ([]Hazard, error) {
	var rows []Hazard
	err := r.Conn(ctx).Where("project_id = ? AND stage_key = ? AND severity = ? AND state <> ?", project, stage, High, HazardPassed).
		Order("id").Limit(n).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read hazards of stage: %w", err)
	}
	return rows, nil
}

// OverdueHazards lists hazards whose alarm is due, the longest due first, after a place in that order:
// the instant in Unix milliseconds and the id of the last one seen.
func OverdueHazards(ctx context.Context, r db.Reader, now time.Time, afterMS int64, afterID id.ID, n int) ([]Hazard, error) {
	q := r.Conn(ctx).Select("project_id", "id", "overdue_at").Where("overdue_at <= ?", now.UnixMilli())
	if !afterID.IsZero() {
		q = q.Where("overdue_at >= ? AND (overdue_at > ? OR id > ?)", afterMS, afterMS, afterID)
	}
	var rows []Hazard
	if err := q.Order("overdue_at, id").Limit(n).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read overdue hazards: %w", err)
	}
	return rows, nil
}
