package plan

import (
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/project/plan"
	rooms "guike/service/project"
)

// The bounds of a policy, in days and characters.
const (
	maxLateAfter   = 60
	maxPhaseNotice = 180
	maxSteps       = 10
	maxStepDays    = 365
	maxStepText    = 100
	maxStepTextEN  = 200
	maxMatrix      = 4000 // of the matrix as it is kept
)

// defaultPolicy is K2's threshold and a compensation matrix by working days late. Its amounts are
// proposals: staff confirm or change each of them.
func defaultPolicy() (plan.Policy, error) {
	steps, err := json.Marshal([]plan.Step{
		{FromDays: 4, Fen: 50_000, ZH: "赠送家居养护礼包一份(价值 500 元)", EN: "A home care kit worth 500 yuan"},
		{FromDays: 8, Fen: 100_000, ZH: "减免 1000 元,并赠送家居养护礼包", EN: "1,000 yuan off, and a home care kit"},
		{FromDays: 15, Fen: 200_000, ZH: "减免 2000 元,并赠送价值 2000 元的养护礼包", EN: "2,000 yuan off, and a care kit worth 2,000 yuan"},
		{FromDays: 30, Fen: 500_000, ZH: "减免 5000 元,并提供终身免费维护", EN: "5,000 yuan off, and free maintenance for life"},
	})
	return plan.Policy{Version: 1, LateAfterDays: 3, PhaseNoticeDays: 14, Compensation: string(steps)}, err
}

// policy is the newest policy, or the default before any was loaded.
func policy(ctx context.Context, r db.Reader) (plan.Policy, error) {
	p, err := plan.CurrentPolicy(ctx, r)
	if db.Missing(err) {
		return defaultPolicy()
	}
	return p, err
}

// SeedPolicy loads the default policy where there is none. Running it again changes nothing.
func SeedPolicy(ctx context.Context, tx *db.Tx) error {
	known, err := plan.HasPolicy(ctx, tx)
	if err != nil || known {
		return err
	}
	p, err := defaultPolicy()
	if err != nil {
		return err
	}
	if err := plan.AddPolicyTx(ctx, tx, &p); err != nil {
		return fmt.Errorf("seed plan policy: %w", err)
	}
	return nil
}

// Policy reads the policy that stands: when a delay is told of, what is proposed for it, and how early a
// deferred phase is remembered (K2, B15).
func (s *Service) Policy(ctx context.Context) (plan.Policy, error) { return policy(ctx, s.j.DB) }

// NewPolicy is what a policy shall say. Version is the one that the writer has read.
type NewPolicy struct {
	Version         int64
	LateAfterDays   int
	PhaseNoticeDays int
	Steps           []plan.Step
}

// check refuses what no night could go by, and returns the matrix as it is kept.
func (n *NewPolicy) check() (matrix string, err error) {
	switch {
	case n.LateAfterDays < 0 || n.LateAfterDays > maxLateAfter:
		return "", fault.Broken("body.late_after_days", "out_of_range", "须在 0 到 60 个工作日之间。", "It lies between 0 and 60 working days.")
	case n.PhaseNoticeDays < 1 || n.PhaseNoticeDays > maxPhaseNotice:
		return "", fault.Broken("body.phase_notice_days", "out_of_range", "须在 1 到 180 天之间。", "It lies between 1 and 180 days.")
	case len(n.Steps) > maxSteps:
		return "", fault.Broken("body.compensation", "too_many", "补偿档位最多 10 档。", "There are at most 10 steps.")
	}
	for i := range n.Steps {
		var before plan.Step
		if i > 0 {
			before = n.Steps[i-1]
		}
		if err := checkStep(&n.Steps[i], before, fmt.Sprintf("body.compensation[%d].", i)); err != nil {
			return "", err
		}
	}
	kept, err := json.Marshal(append([]plan.Step{}, n.Steps...))
	if err == nil && utf8.RuneCount(kept) > maxMatrix {
		err = fault.Broken("body.compensation", "too_long", "补偿说明过长。", "The texts are too long altogether.")
	}
	return string(kept), err
}

// checkStep reads a step that comes after another one: whoever waits longer is offered no less.
func checkStep(s *plan.Step, before plan.Step, at string) error {
	switch {
	case s.FromDays < 1 || s.FromDays > maxStepDays:
		return fault.Broken(at+"from_days", "out_of_range", "须在 1 到 365 个工作日之间。", "It lies between 1 and 365 working days.")
	case s.FromDays <= before.FromDays:
		return fault.Broken(at+"from_days", "not_ascending", "各档天数须逐档增加。", "The steps follow each other by days, each once.")
	case s.Fen < 0 || s.Fen > maxFen:
		return fault.Broken(at+"amount_fen", "out_of_range", "金额不能为负或超出范围。", "The amount is not negative, and within range.")
	case s.Fen < before.Fen:
		return fault.Broken(at+"amount_fen", "falls", "延误越久,补偿不能越少。", "Who waits longer is offered no less.")
	}
	if err := rooms.CheckLength(at+"text", &s.ZH, 1, maxStepText); err != nil {
		return err
	}
	return rooms.CheckLength(at+"text_en", &s.EN, 1, maxStepTextEN)
}

// ChangePolicy sets the policy for the nights to come, as its next version; a delay that has been found
// keeps what was proposed for it. What is said already changes nothing. Errors: input.invalid;
// plan_policy.changed with the version that stands.
func (s *Service) ChangePolicy(ctx context.Context, who actor.Actor, in NewPolicy) (p plan.Policy, err error) {
	matrix, err := in.check()
	if err != nil {
		return p, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err = policy(ctx, tx)
		if err != nil {
			return err
		}
		if p.Version != in.Version {
			return errPolicyChanged(p.Version)
		}
		if p.LateAfterDays == in.LateAfterDays && p.PhaseNoticeDays == in.PhaseNoticeDays && p.Compensation == matrix {
			return nil
		}
		p = plan.Policy{Version: in.Version + 1, LateAfterDays: in.LateAfterDays, PhaseNoticeDays: in.PhaseNoticeDays, Compensation: matrix, CreatedBy: who.ID}
		if err := plan.AddPolicyTx(ctx, tx, &p); err != nil {
			if db.Duplicate(err) { // a rival wrote it in this moment
				return errPolicyChanged(p.Version)
			}
			return fmt.Errorf("keep plan policy: %w", err)
		}
		return audit.RecordTx(ctx, tx, who, audit.Entry{Action: "plan_policy.changed", Kind: "setting", Detail: map[string]any{
			"version": p.Version, "late_after_days": p.LateAfterDays, "phase_notice_days": p.PhaseNoticeDays, "steps": len(in.Steps), // the matrix is kept with its version
		}})
	})
	return p, err
}
