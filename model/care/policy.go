package care

import (
	"context"
	"time"

	"guike/internal/actor"
	"guike/model/db"
)

// Policy says how tasks of a kind are worked: policies are data, and a task keeps the one that it was
// born with (design.md 7).
type Policy struct {
	Kind       string `gorm:"primaryKey"`
	Version    int64  `gorm:"primaryKey"`
	Title      string
	Script     string
	DueMinutes int64      // from the cause to the due time
	OwnerRole  actor.Role // whose business it is when nobody is named
	Steps      string     // JSON list of Step
	Outcomes   string     // JSON list
	Active     bool
	CreatedAt  time.Time
}

// TableName is the policies' table.
func (Policy) TableName() string { return "task_policies" }

// PolicyOf finds the newest active policy of a kind; db.Missing otherwise.
func PolicyOf(ctx context.Context, r db.Reader, kind string) (Policy, error) {
	var p Policy
	err := r.Conn(ctx).Where("kind = ? AND active = ?", kind, true).Order("version DESC").Take(&p).Error
	return p, err
}

// AddPolicyTx adds a version of a policy. A version that exists is db.Duplicate.
func AddPolicyTx(ctx context.Context, tx *db.Tx, p *Policy) error { return db.Insert(ctx, tx, p) }
