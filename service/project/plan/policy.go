package plan

import (
	"context"
	"encoding/json"
	"fmt"

	"guike/model/db"
	"guike/model/project/plan"
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
