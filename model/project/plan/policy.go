package plan

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/db"
)

// Policy says when a delay is told of, what is proposed for it, and how early a deferred phase is
// remembered. Policies are data: a notice keeps the version that it was made by (design.md 7).
type Policy struct {
	Version         int64  `gorm:"primaryKey;autoIncrement:false"`
	LateAfterDays   int    // more working days late than this raise a notice (K2)
	PhaseNoticeDays int    // so many days before its day a deferred phase is remembered (B15)
	Compensation    string // JSON list of Step
	CreatedAt       time.Time
	CreatedBy       id.ID
}

// TableName is the policies' table.
func (Policy) TableName() string { return "plan_policies" }

// Step of the compensation matrix: what is proposed from so many days late on, up to the next step.
type Step struct {
	FromDays int    `json:"from_days"`
	Fen      int64  `json:"fen"` // cents
	ZH       string `json:"zh"`
	EN       string `json:"en"`
}

// Steps reads the compensation matrix, as it was kept.
func (p Policy) Steps() ([]Step, error) {
	var steps []Step
	if err := json.Unmarshal([]byte(p.Compensation), &steps); err != nil {
		return nil, fmt.Errorf("compensation of plan policy %d: %w", p.Version, err)
	}
	return steps, nil
}

// Propose picks the step for so many days late; the zero Step below the first.
func (p Policy) Propose(days int) (Step, error) {
	steps, err := p.Steps()
	if err != nil {
		return Step{}, err
	}
	var chosen Step
	for _, s := range steps {
		if s.FromDays <= days && s.FromDays >= chosen.FromDays {
			chosen = s
		}
	}
	return chosen, nil
}

// CurrentPolicy reads the newest policy; db.Missing when none was ever loaded.
func CurrentPolicy(ctx context.Context, r db.Reader) (Policy, error) {
	var p Policy
	if err := r.Conn(ctx).Order("version DESC").Take(&p).Error; err != nil {
		return p, fmt.Errorf("read plan policy: %w", err)
	}
	return p, nil
}

// AddPolicyTx keeps a version of the policy. One that exists is db.Duplicate.
func AddPolicyTx(ctx context.Context, tx *db.Tx, p *Policy) error {
	p.CreatedAt = tx.Now
	return db.Insert(ctx, tx, p)
}

// HasPolicy tells whether there is any version.
func HasPolicy(ctx context.Context, r db.Reader) (bool, error) {
	var n int64
	if err := r.Conn(ctx).Model(&Policy{}).Count(&n).Error; err != nil {
		return false, fmt.Errorf("look for plan policy: %w", err)
	}
	return n > 0, nil
}
