package care

import (
	"context"
	"fmt"
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

// AlertPolicy says who answers to alerts of a kind at one level, and within which times. The rows of
// AnyAlert hold for kinds that have none of their own.
type AlertPolicy struct {
	Kind               string `gorm:"primaryKey"`
	Level              int    `gorm:"primaryKey"`
	Version            int64  `gorm:"primaryKey"`
	OwnerRole          actor.Role
	AcknowledgeMinutes int64  // from the notice to the first sign of life
	ResolveMinutes     int64  // from the notice to the end
	Script             string // a checklist; empty for the one of the kind's task
	Steps              string // JSON list of Step, counted from the resolve time
	Active             bool
	CreatedAt          time.Time
}

// TableName is the alert policies' table.
func (AlertPolicy) TableName() string { return "alert_policies" }

// AnyAlert is the kind whose alert policies hold for every kind without its own.
const AnyAlert = "alert"

// AlertPolicies finds the newest active policies of AnyAlert and of a kind, by kind and level.
func AlertPolicies(ctx context.Context, r db.Reader, kind string) (general, own map[int]AlertPolicy, err error) {
	var rows []AlertPolicy
	err = r.Conn(ctx).Where("kind IN ? AND active = ?", []string{AnyAlert, kind}, true).Order("kind, level, version").Find(&rows).Error
	if err != nil {
		return nil, nil, fmt.Errorf("alert policies of %s: %w", kind, err)
	}
	general, own = map[int]AlertPolicy{}, map[int]AlertPolicy{}
	for _, p := range rows {
		if p.Kind == kind {
			own[p.Level] = p
		} else {
			general[p.Level] = p
		}
	}
	return general, own, nil
}

// AddAlertPolicyTx adds a version of an alert policy. A version that exists is db.Duplicate.
func AddAlertPolicyTx(ctx context.Context, tx *db.Tx, p *AlertPolicy) error {
	return db.Insert(ctx, tx, p)
}
