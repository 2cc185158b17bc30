package identity

import (
	"context"
	"fmt"
	"time"

	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
)

// policyColumns is a policy without its texts.
var policyColumns = []string{
	"policy", "version", "title_zh", "title_en", "hash", "url", "purposes", "renewed", "effective_at", "created_at",
}

// Policies are the versions in force at an instant, oldest first within a policy, without their texts.
type Policies []Policy

// ReadPolicies reads the versions in force at now.
func ReadPolicies(ctx context.Context, r db.Reader, now time.Time) (Policies, error) {
	var rows []Policy
	err := r.Conn(ctx).Select(policyColumns).Where("effective_at <= ?", now).Order("policy, version").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	return rows, nil
}

// Current lists the newest version of each policy.
func (ps Policies) Current() []Policy {
	var found []Policy
	for i, p := range ps {
		if i == len(ps)-1 || ps[i+1].Policy != p.Policy {
			found = append(found, p)
		}
	}
	return found
}

// Of finds the newest version of the policy that covers a purpose.
func (ps Policies) Of(purpose Purpose) (Policy, bool) {
	for _, p := range ps.Current() {
		if p.Covers(purpose) {
			return p, true
		}
	}
	return Policy{}, false
}

// Suffices tells whether a consent still covers its purpose: it is granted, its policy is the one that
// covers the purpose today, and no later version asked for a new consent.
func (ps Policies) Suffices(c Consent) bool {
	current, ok := ps.Of(c.Purpose)
	if !ok || !c.Granted || c.Policy != current.Policy {
		return false
	}
	for _, p := range ps {
		if p.Policy == c.Policy && p.Version > c.Version && p.Renews(c.Purpose) {
			return false
		}
	}
	return true
}

// Least tells what a consent to a purpose must name to suffice today: the policy, and the version that
// asked for a new consent last. ok is false when no policy covers the purpose.
func (ps Policies) Least(purpose Purpose) (policy string, version int64, ok bool) {
	current, ok := ps.Of(purpose)
	for _, p := range ps {
		if p.Policy == current.Policy && p.Renews(purpose) {
			version = max(version, p.Version)
		}
	}
	return current.Policy, version, ok
}

// FindPolicy reads one version of a policy with its texts, whether in force or not. Errors: not_found.
func FindPolicy(ctx context.Context, r db.Reader, policy string, version int64) (Policy, error) {
	var p Policy
	err := r.Conn(ctx).Where("policy = ? AND version = ?", policy, version).Take(&p).Error
	if db.Missing(err) {
		return Policy{}, fault.Missing()
	}
	return p, err
}

// LatestConsent reads the decision of a customer that stands for a purpose.
func LatestConsent(ctx context.Context, r db.Reader, customer id.ID, purpose Purpose) (c Consent, ok bool, err error) {
	err = r.Conn(ctx).Where("customer_id = ? AND purpose = ?", customer, purpose).Order("at DESC, id DESC").Take(&c).Error
	if db.Missing(err) {
		return Consent{}, false, nil
	}
	if err != nil {
		return Consent{}, false, fmt.Errorf("read consent: %w", err)
	}
	return c, true, nil
}

// ConsentGiven tells whether a customer's consent to a purpose stands at now.
func ConsentGiven(ctx context.Context, r db.Reader, customer id.ID, purpose Purpose, now time.Time) (bool, error) {
	c, ok, err := LatestConsent(ctx, r, customer, purpose)
	if err != nil || !ok || !c.Granted {
		return false, err
	}
	ps, err := ReadPolicies(ctx, r, now)
	return ps.Suffices(c), err
}

// ConsentHistory lists the decisions of a customer, newest first.
func ConsentHistory(ctx context.Context, r db.Reader, customer id.ID, p db.Page) ([]Consent, db.Cursor, error) {
	var rows []Consent
	if err := p.Newest(r.Conn(ctx).Where("customer_id = ?", customer), "at", "id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("read consents: %w", err)
	}
	rows, next := db.Cut(p, rows, func(c Consent) db.Cursor { return db.Cursor{At: c.At, ID: c.ID} })
	return rows, next, nil
}

// CopyConsentsTx gives the decisions recorded for one customer to another: rows are never changed, so
// the originals stay where they are.
func CopyConsentsTx(ctx context.Context, tx *db.Tx, from, to id.ID) error {
	var rows []Consent
	if err := tx.Conn(ctx).Where("customer_id = ?", from).Order("at, id").Find(&rows).Error; err != nil {
		return fmt.Errorf("read consents: %w", err)
	}
	for _, c := range rows {
		c.CustomerID, c.ID = to, id.New()
		if err := db.Insert(ctx, tx, &c); err != nil {
			return fmt.Errorf("copy consent: %w", err)
		}
	}
	return nil
}
