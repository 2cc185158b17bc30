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

// PhaseState is where a phase stands.
type PhaseState string

// The states of a phase.
const (
	PhasePlanned   PhaseState = "planned"
	PhaseDeferred  PhaseState = "deferred"
	PhaseReleased  PhaseState = "released"
	PhaseCancelled PhaseState = "cancelled"
)

// Phase is a part of a project that may be made later: core rooms first, the rest when the customer is
// ready (B15). AmountFen is its part of the contract, in cents.
type Phase struct {
	ProjectID     id.ID `gorm:"primaryKey"`
	ID            id.ID `gorm:"primaryKey"`
	Name          string
	AmountFen     int64
	State         PhaseState
	DeferredUntil clock.Day
	Reminded      bool // of the day that stands
	Reason        string
	ReleasedAt    *time.Time
	Version       int64
	CreatedBy     id.ID
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// TableName is the phases' table.
func (Phase) TableName() string { return "project_phases" }

// MaxPhases is how many phases a project may have.
const MaxPhases = 100

// Phases reads the phases of a project, oldest first.
func Phases(ctx context.Context, r db.Reader, project id.ID) ([]Phase, error) {
	var rows []Phase
	err := r.Conn(ctx).Where("project_id = ?", project).Order("id").Limit(MaxPhases).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read phases: %w", err)
	}
	return rows, nil
}

// PhaseByID reads a phase of a project. Errors: not_found.
func PhaseByID(ctx context.Context, r db.Reader, project, phase id.ID) (Phase, error) {
	var p Phase
	err := r.Conn(ctx).Where("project_id = ? AND id = ?", project, phase).Take(&p).Error
	if db.Missing(err) {
		return p, fault.Missing()
	}
	if err != nil {
		return p, fmt.Errorf("read phase: %w", err)
	}
	return p, nil
}

// AddPhaseTx keeps a new phase.
func AddPhaseTx(ctx context.Context, tx *db.Tx, p *Phase) error {
	p.ID, p.Version, p.CreatedAt, p.UpdatedAt = id.New(), 1, tx.Now, tx.Now
	if err := db.Insert(ctx, tx, p); err != nil {
		return fmt.Errorf("keep phase: %w", err)
	}
	return nil
}

// SavePhaseTx writes what may change of a phase; its version grows by one.
func SavePhaseTx(ctx context.Context, tx *db.Tx, p *Phase) error {
	p.Version++
	p.UpdatedAt = tx.Now
	err := tx.Conn(ctx).Model(&Phase{}).Where("project_id = ? AND id = ?", p.ProjectID, p.ID).UpdateColumns(map[string]any{
		"name": p.Name, "amount_fen": p.AmountFen, "state": p.State, "deferred_until": p.DeferredUntil, "reminded": p.Reminded,
		"reason": p.Reason, "released_at": p.ReleasedAt, "version": p.Version, "updated_at": p.UpdatedAt,
	}).Error
	if err != nil {
		return fmt.Errorf("save phase: %w", err)
	}
	return nil
}

// DuePhases lists deferred phases whose day is not after the given one and which nobody was reminded
// of, first ones first, at most n.
func DuePhases(ctx context.Context, r db.Reader, until clock.Day, n int) ([]Phase, error) {
	var rows []Phase
	err := r.Conn(ctx).Where("state = ? AND reminded = ? AND deferred_until <= ?", PhaseDeferred, false, until).
		Order("deferred_until, id").Limit(n).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("find phases that are due: %w", err)
	}
	return rows, nil
}

// Tables lists the structs of this package for the schema check.
func Tables() []any {
	return []any{Closure{}, site{}, Policy{}, Change{}, Pause{}, Notice{}, Night{}, Phase{}}
}
