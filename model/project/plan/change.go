package plan

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// ChangeKind says why a plan moved.
type ChangeKind string

// The ways in which a plan moves.
const (
	Replanned ChangeKind = "replanned" // by staff, with a reason
	Delayed   ChangeKind = "delayed"   // a delay was confirmed
	Expedited ChangeKind = "expedited" // pulled forward by the experience centre (C17)
	Resumed   ChangeKind = "resumed"   // by the length of a pause
	Shifted   ChangeKind = "calendar"  // the site calendar changed
)

// Change is a line of the history of a project's plan: from which planned end to which, why, by whom.
// With a StageKey it tells of the end of that stage, else of the project. Rows are inserted and read,
// never changed.
type Change struct {
	ProjectID id.ID `gorm:"primaryKey"`
	ID        id.ID `gorm:"primaryKey"`
	Kind      ChangeKind
	StageKey  string
	OldEnd    clock.Day
	NewEnd    clock.Day
	Reason    string
	ByID      id.ID
	ByName    string
	ByRole    actor.Role
	At        time.Time
}

// TableName is the table of the changes of plans.
func (Change) TableName() string { return "project_plan_changes" }

// AddChangeTx keeps a change by the actor at the transaction's instant.
func AddChangeTx(ctx context.Context, tx *db.Tx, who actor.Actor, c *Change) error {
	if c.ID.IsZero() {
		c.ID = id.New()
	}
	c.ByID, c.ByName, c.ByRole, c.At = who.ID, who.Name, who.Role, tx.Now
	if err := db.Insert(ctx, tx, c); err != nil {
		return fmt.Errorf("keep change of plan: %w", err)
	}
	return nil
}

// Changes reads the newest changes of a project's plan, newest first, at most n.
func Changes(ctx context.Context, r db.Reader, project id.ID, n int) ([]Change, error) {
	var rows []Change
	err := r.Conn(ctx).Where("project_id = ?", project).Order("id DESC").Limit(n).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read changes of plan: %w", err)
	}
	return rows, nil
}

// Pause is a span during which the work on a project stood still on purpose.
type Pause struct {
	ProjectID id.ID `gorm:"primaryKey"`
	ID        id.ID `gorm:"primaryKey"`
	FromAt    time.Time
	UntilAt   *time.Time
	Reason    string
	Days      int // working days by which the plan moved when it ended
	PausedBy  id.ID
	ResumedBy id.ID
}

// TableName is the pauses' table.
func (Pause) TableName() string { return "project_pauses" }

// AddPauseTx begins a pause.
func AddPauseTx(ctx context.Context, tx *db.Tx, p *Pause) error {
	p.ID, p.FromAt = id.New(), tx.Now
	if err := db.Insert(ctx, tx, p); err != nil {
		return fmt.Errorf("keep pause: %w", err)
	}
	return nil
}

// EndPauseTx ends the pause of a project that lasts.
func EndPauseTx(ctx context.Context, tx *db.Tx, project, by id.ID, days int) error {
	err := tx.Conn(ctx).Model(&Pause{}).Where("project_id = ? AND until_at IS NULL", project).
		UpdateColumns(map[string]any{"until_at": tx.Now, "days": days, "resumed_by": by}).Error
	if err != nil {
		return fmt.Errorf("end pause: %w", err)
	}
	return nil
}

// Pauses reads the pauses of a project, oldest first.
func Pauses(ctx context.Context, r db.Reader, project id.ID) ([]Pause, error) {
	var rows []Pause
	err := r.Conn(ctx).Where("project_id = ?", project).Order("id").Limit(500).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read pauses: %w", err)
	}
	return rows, nil
}
