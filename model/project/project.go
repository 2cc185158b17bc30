// Package project keeps orders in the making: projects and their stages, the people in charge, the
// timeline that customers read, and the daily logs. Every change to a project's children locks the
// project's row first, and moves its version, from which the ETags are made.
package project

import (
	"context"
	"fmt"
	"time"

	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
)

// Kind is what is being made.
type Kind string

// The kinds of issue 2, each with stage templates of its own.
const (
	CustomFurniture Kind = "custom_furniture"
	Renovation      Kind = "renovation"
)

// Valid tells whether the kind is one of the house's.
func (k Kind) Valid() bool { return k == CustomFurniture || k == Renovation }

// State is where a project stands as a whole.
type State string

// The states: planned until the first stage starts, completed with the last working stage (one that
// carries weight); stages of aftercare may run in a completed project.
const (
	Planned   State = "planned"
	Active    State = "active"
	Completed State = "completed"
	Cancelled State = "cancelled"
)

// Valid tells whether the state is one of the house's.
func (s State) Valid() bool {
	return s == Planned || s == Active || s == Completed || s == Cancelled
}

// Project is an order in the making. CurrentStage is the key of the lowest stage under way, else of
// the next pending one, else of the last; StageDue is the planned end of the stage under way, or,
// between two stages, of the next one; none before the first and after the last that carries weight. Both are derived from the stages with every change of theirs.
type Project struct {
	ID                id.ID `gorm:"primaryKey"`
	No                string
	ServiceCode       string
	Kind              Kind
	Title             string
	HomeID            id.ID
	CustomerID        id.ID // the contract party
	StoreID           id.ID
	State             State
	ContractAmountFen int64
	PlannedStart      clock.Day
	PlannedEnd        clock.Day
	TemplateKey       string
	TemplateVersion   int
	CurrentStage      string
	StageDue          clock.Day
	Percent           int
	StartedAt         *time.Time
	CompletedAt       *time.Time
	CancelledAt       *time.Time
	CancelReason      string
	BaselineEnd       clock.Day  // planned end as it was first promised; none in projects older than baselines
	DaysLate          int        // as the nightly look found it; whoever reads it on another day computes it anew
	PausedAt          *time.Time // absent while work goes on
	PauseReason       string
	CalendarRev       int64 // revision of the site calendar that the plan was laid by
	Version           int64
	CreatedAt         time.Time
	CreatedBy         id.ID
	UpdatedAt         time.Time
}

// TableName is the projects' table.
func (Project) TableName() string { return "projects" }

// Open tells whether work may still change the project's data: it is neither completed nor cancelled.
func (p Project) Open() bool { return p.State == Planned || p.State == Active }

// Tables lists the structs of this package for the schema check.
func Tables() []any {
	return []any{
		Template{}, TemplateItem{}, Project{}, Stage{}, Person{}, Entry{}, Photo{}, DailyLog{}, Revision{}, contactView{},
	}
}

// AddTx keeps a new project. A clash of its number or service code is db.Duplicate.
func AddTx(ctx context.Context, tx *db.Tx, p *Project) error {
	p.Version, p.CreatedAt, p.UpdatedAt = 1, tx.Now, tx.Now
	return db.Insert(ctx, tx, p)
}

// ByID reads a project for the house itself; on behalf of a person use Find or FindForCustomer.
// Errors: not_found.
func ByID(ctx context.Context, r db.Reader, project id.ID) (Project, error) {
	var p Project
	err := r.Conn(ctx).Where("id = ?", project).Take(&p).Error
	return p, missing(err, "read project")
}

// ByServiceCode reads the project that a service code opens (C14). Errors: not_found.
func ByServiceCode(ctx context.Context, r db.Reader, code string) (Project, error) {
	var p Project
	err := r.Conn(ctx).Where("service_code = ?", code).Take(&p).Error
	return p, missing(err, "read project by service code")
}

// SaveStateTx writes what the stages decide: state, current stage, due day, days late, percent and the
// instants of start, completion and cancellation; the version grows by one.
func SaveStateTx(ctx context.Context, tx *db.Tx, p *Project) error {
	p.Version++
	p.UpdatedAt = tx.Now
	err := tx.Conn(ctx).Model(&Project{}).Where("id = ?", p.ID).UpdateColumns(map[string]any{
		"state": p.State, "current_stage": p.CurrentStage, "stage_due": p.StageDue, "percent": p.Percent,
		"days_late":  p.DaysLate,
		"started_at": p.StartedAt, "completed_at": p.CompletedAt, "cancelled_at": p.CancelledAt,
		"cancel_reason": p.CancelReason, "version": p.Version, "updated_at": p.UpdatedAt,
	}).Error
	if err != nil {
		return fmt.Errorf("save state of project: %w", err)
	}
	return nil
}

// TouchTx moves the version of a project whose children changed, so that every ETag over it changes.
func TouchTx(ctx context.Context, tx *db.Tx, p *Project) error {
	p.Version++
	p.UpdatedAt = tx.Now
	err := tx.Conn(ctx).Model(&Project{}).Where("id = ?", p.ID).
		UpdateColumns(map[string]any{"version": p.Version, "updated_at": p.UpdatedAt}).Error
	if err != nil {
		return fmt.Errorf("touch project: %w", err)
	}
	return nil
}

// missing turns "no such row" into the one answer for it, and says what was being done otherwise.
func missing(err error, doing string) error {
	switch {
	case err == nil:
		return nil
	case db.Missing(err):
		return fault.Missing()
	}
	return fmt.Errorf("%s: %w", doing, err)
}
