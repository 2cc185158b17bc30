// Package correction holds the use cases of correcting members' books by hand. Its README says the rules in
// sentences.
package correction

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/ledger"
	"guike/model/settings"
)

// Deps is what the use cases stand on.
type Deps struct {
	DB     *db.DB
	Zone   *time.Location
	Ledger *ledger.Ledger
	// Moved is told, in the transaction, of whom value moved; nil tells nobody.
	Moved func(ctx context.Context, tx *db.Tx, who actor.Actor, customer id.ID) error
}

// Service holds the use cases.
type Service struct{ d Deps }

// New returns the use cases over what they stand on.
func New(d Deps) *Service { return &Service{d} }

func (s *Service) today(now time.Time) clock.Day { return clock.DayOf(now, s.d.Zone) }

// life is how long what is added by hand can be used: as what the default rules of the book give.
func life(b ledger.Book) ledger.Life {
	switch b {
	case ledger.Points:
		return ledger.TwoYears
	case ledger.Fund:
		return ledger.Never
	}
	return ledger.RollingYear
}

const (
	policySetting = "value.correction_policy"
	maxReason     = 200
	maxLimit      = 100_000_000
	// maxAmount bounds one correction.
	maxAmount = 100_000_000
	// answerTime is how long a second person can take.
	answerTime = 14 * 24 * time.Hour
)

// Policy says up to which sum, of a book and a day, a member of staff corrects without a second person. Zero
// asks for one always. Growth is the limit of each of its three books.
type Policy struct {
	Points  int64 `json:"points"`
	FundFen int64 `json:"fund_fen"`
	Growth  int64 `json:"growth"`
}

// DefaultPolicy is the house's own; the mission names no numbers (O3).
func DefaultPolicy() Policy { return Policy{Points: 500, FundFen: 5_000, Growth: 500} }

func (p Policy) of(b ledger.Book) int64 {
	switch b {
	case ledger.Points:
		return p.Points
	case ledger.Fund:
		return p.FundFen
	}
	return p.Growth
}

// SeedTx keeps the default policy, unless there is one.
func SeedTx(ctx context.Context, tx *db.Tx) error {
	_, known, err := settings.Get(ctx, tx, policySetting)
	if err != nil || known {
		return err
	}
	return putPolicyTx(ctx, tx, DefaultPolicy())
}

func putPolicyTx(ctx context.Context, tx *db.Tx, p Policy) error {
	text, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("correction policy: %w", err)
	}
	return settings.PutTx(ctx, tx, policySetting, string(text))
}

func policyOf(text string, known bool) (p Policy, err error) {
	if !known {
		return DefaultPolicy(), nil
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return p, fmt.Errorf("setting %s: %w", policySetting, err)
	}
	return p, nil
}

// Policy reads the policy.
func (s *Service) Policy(ctx context.Context) (Policy, error) {
	text, known, err := settings.Get(ctx, s.d.DB, policySetting)
	if err != nil {
		return Policy{}, err
	}
	return policyOf(text, known)
}

// SetPolicy changes the policy from now on. Errors: input.invalid.
func (s *Service) SetPolicy(ctx context.Context, who actor.Actor, p Policy) error {
	for _, n := range []struct {
		at string
		n  int64
	}{{"points", p.Points}, {"fund_fen", p.FundFen}, {"growth", p.Growth}} {
		if n.n < 0 || n.n > maxLimit {
			return fault.Broken("body."+n.at, "out_of_range", "须在 0 到 1 亿之间。", "It lies between 0 and 100,000,000.")
		}
	}
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := lockPolicyTx(ctx, tx); err != nil {
			return err
		}
		if err := putPolicyTx(ctx, tx, p); err != nil {
			return err
		}
		return audit.RecordTx(ctx, tx, who, audit.Entry{Action: "value.correction_policy_changed", Kind: "setting", Detail: p})
	})
}

// lockPolicyTx reads the policy and makes corrections take turns: what somebody corrected today is summed
// under this lock.
func lockPolicyTx(ctx context.Context, tx *db.Tx) (Policy, error) {
	text, known, err := settings.LockTx(ctx, tx, policySetting)
	if err != nil {
		return Policy{}, err
	}
	return policyOf(text, known)
}

// The failures that a caller can act on.
var (
	errOwn = fault.New(fault.Forbidden, "correction.own",
		"不能审批自己提交的更正。", "Somebody else must decide the correction that you asked for.")
	errNotYours = fault.New(fault.Forbidden, "correction.not_yours",
		"只有提交人可以撤回。", "Only who asked for the correction can withdraw it.")
	errDecided = fault.New(fault.Conflict, "correction.decided",
		"该更正已处理。", "The correction has been decided.")
	errLapsed = fault.New(fault.Conflict, "correction.lapsed",
		"该更正已超过审批期限,请重新提交。", "The correction was not decided in time; ask for it again.")
)
