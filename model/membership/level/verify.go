package level

import (
	"context"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	"guike/model/membership"
)

const (
	// told is how many findings are named at most.
	told = 100
	// patience is how long after it was due a member may wait to be looked at.
	patience = 24 * time.Hour
)

// verification walks through members and their history and keeps what it finds.
type verification struct {
	r        db.Reader
	now      time.Time
	findings []ledger.Finding
}

func (v *verification) brokenf(format string, args ...any) {
	if len(v.findings) < told {
		v.findings = append(v.findings, ledger.Finding{Rule: "I13", What: fmt.Sprintf(format, args...)})
	}
}

// Verify recomputes levels, reading only, and names the first hundred members that break I13: whose changes do
// not follow on each other up to the level that is written, whose written level is not what the rules give
// although nothing is due, or who have been due for more than a day. Give it a snapshot when others write
// meanwhile.
func Verify(ctx context.Context, r db.Reader, now time.Time) ([]ledger.Finding, error) {
	v := &verification{r: r, now: now}
	rules, err := RulesNow(ctx, r)
	if err != nil {
		return nil, err
	}
	var last id.ID
	for {
		q := r.Conn(ctx).Order("customer_id").Limit(stride)
		if !last.IsZero() {
			q = q.Where("customer_id > ?", last)
		}
		var members []membership.Member
		if err := q.Find(&members).Error; err != nil {
			return nil, fmt.Errorf("read members: %w", err)
		}
		if len(members) == 0 {
			return v.findings, nil
		}
		if err := v.chains(ctx, members); err != nil {
			return nil, err
		}
		if err := v.levels(ctx, rules, members); err != nil {
			return nil, err
		}
		last = members[len(members)-1].CustomerID
	}
}

func (v *verification) chains(ctx context.Context, members []membership.Member) error {
	ids, at, n := make([]id.ID, 0, len(members)), map[id.ID]string{}, map[id.ID]int64{}
	for _, m := range members {
		ids = append(ids, m.CustomerID)
	}
	var changes []Change
	if err := v.r.Conn(ctx).Where("customer_id IN ?", ids).Order("customer_id, n").Find(&changes).Error; err != nil {
		return fmt.Errorf("read level changes: %w", err)
	}
	for _, c := range changes {
		if c.N != n[c.CustomerID]+1 || c.FromLevel != at[c.CustomerID] || c.FromLevel == c.ToLevel {
			v.brokenf("change %d of customer %s is from %q to %q after %q", c.N, c.CustomerID, c.FromLevel, c.ToLevel, at[c.CustomerID])
		}
		at[c.CustomerID], n[c.CustomerID] = c.ToLevel, c.N
	}
	for _, m := range members {
		if m.Level != at[m.CustomerID] {
			v.brokenf("customer %s is at level %q, their last change says %q", m.CustomerID, m.Level, at[m.CustomerID])
		}
	}
	return nil
}

func (v *verification) levels(ctx context.Context, rules Rules, members []membership.Member) error {
	cases, err := Gather(ctx, v.r, rules, members, v.now)
	if err != nil {
		return err
	}
	for _, c := range cases {
		m := c.Member
		if m.LookAt != nil && *m.LookAt < v.now.Add(-patience).UnixMilli() {
			v.brokenf("customer %s has been due for a look since %s", m.CustomerID, time.UnixMilli(*m.LookAt).UTC().Format(time.RFC3339))
		}
		if !rules.Fresh(m, v.now) {
			continue // the job will come
		}
		out, err := rules.Settle(c, v.now)
		if err != nil {
			return err
		}
		if out.Member.Level != m.Level {
			v.brokenf("customer %s is at level %q, the rules give %q", m.CustomerID, m.Level, out.Member.Level)
		}
	}
	return nil
}
