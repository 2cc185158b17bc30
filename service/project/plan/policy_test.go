package plan_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/model/audit"
	model "guike/model/project/plan"
	"guike/service/project/plan"
	"guike/testkit"
)

func newPolicy(version int64) plan.NewPolicy {
	return plan.NewPolicy{Version: version, LateAfterDays: 1, PhaseNoticeDays: 7, Steps: []model.Step{
		{FromDays: 2, Fen: 10_000, ZH: "减免 100 元", EN: "100 yuan off"}, {FromDays: 5, Fen: 20_000, ZH: "减免 200 元", EN: "200 yuan off"},
	}}
}

func TestPolicyOfDelays(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, old := t.Context(), w.underway(t) // due 2026-11-24
		first, err := w.plan.Policy(ctx)
		require.NoError(t, err)
		require.Equal(t, 3, first.LateAfterDays)
		w.days(5) // four days late
		require.NoError(t, w.plan.LookForDelays(ctx))
		require.EqualValues(t, 50_000, w.notices(t, old)[0].ProposedFen)

		second, err := w.plan.ChangePolicy(ctx, w.manager, newPolicy(first.Version))
		require.NoError(t, err)
		require.Equal(t, first.Version+1, second.Version)
		same, err := w.plan.ChangePolicy(ctx, w.manager, newPolicy(second.Version))
		require.NoError(t, err)
		require.Equal(t, second.Version, same.Version, "what is said already changes nothing")
		_, err = w.plan.ChangePolicy(ctx, w.manager, newPolicy(first.Version))
		testkit.Fails(t, err, "plan_policy.changed", "version")
		var written int64
		require.NoError(t, w.DB.Conn(ctx).Model(&audit.Row{}).Where("action = ?", "plan_policy.changed").Count(&written).Error)
		require.EqualValues(t, 1, written)

		fresh := w.begin(t) // measure is planned from today on
		require.NoError(t, w.Complete(t, old, "measure"))
		w.Start(t, fresh, "measure")
		due := w.Stage(t, fresh, "measure").PlannedEnd
		for w.Journal.Today() < due.Plus(2) {
			w.days(1)
		}
		require.NoError(t, w.plan.LookForDelays(ctx))
		found := w.notices(t, fresh)
		require.Len(t, found, 1, "two days are beyond the new threshold")
		require.EqualValues(t, 10_000, found[0].ProposedFen)
		require.Equal(t, second.Version, found[0].PolicyVersion)
		for _, n := range w.notices(t, old) {
			if n.PolicyVersion == first.Version {
				require.EqualValues(t, 50_000, n.ProposedFen, "a delay keeps what it was born with")
			}
		}
	})
}

func TestTwoChangeThePolicyAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		for range testkit.Rounds() {
			now, err := w.plan.Policy(t.Context())
			require.NoError(t, err)
			won := 0
			for _, err := range testkit.Race(2, func(i int) error {
				in := newPolicy(now.Version)
				in.LateAfterDays = int(now.Version)%20*2 + i
				_, err := w.plan.ChangePolicy(t.Context(), w.manager, in)
				return err
			}) {
				if err == nil {
					won++
					continue
				}
				testkit.Fails(t, err, "plan_policy.changed", "version")
			}
			require.Equal(t, 1, won)
		}
	})
}

func TestPoliciesThatAreRefused(t *testing.T) { //nolint:tparallel // the cases share one store and are quick
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t))
	long := strings.Repeat("补", 100)
	for name, c := range map[string]struct {
		change      func(*plan.NewPolicy)
		field, code string
	}{
		"a negative threshold":    {func(p *plan.NewPolicy) { p.LateAfterDays = -1 }, "body.late_after_days", "out_of_range"},
		"a threshold of months":   {func(p *plan.NewPolicy) { p.LateAfterDays = 61 }, "body.late_after_days", "out_of_range"},
		"no notice of phases":     {func(p *plan.NewPolicy) { p.PhaseNoticeDays = 0 }, "body.phase_notice_days", "out_of_range"},
		"notice of a year":        {func(p *plan.NewPolicy) { p.PhaseNoticeDays = 181 }, "body.phase_notice_days", "out_of_range"},
		"eleven steps":            {func(p *plan.NewPolicy) { p.Steps = make([]model.Step, 11) }, "body.compensation", "too_many"},
		"a step from no day":      {func(p *plan.NewPolicy) { p.Steps[0].FromDays = 0 }, "body.compensation[0].from_days", "out_of_range"},
		"a step after a year":     {func(p *plan.NewPolicy) { p.Steps[1].FromDays = 366 }, "body.compensation[1].from_days", "out_of_range"},
		"two steps of a day":      {func(p *plan.NewPolicy) { p.Steps[1].FromDays = 2 }, "body.compensation[1].from_days", "not_ascending"},
		"a negative amount":       {func(p *plan.NewPolicy) { p.Steps[0].Fen = -1 }, "body.compensation[0].amount_fen", "out_of_range"},
		"an amount beyond all":    {func(p *plan.NewPolicy) { p.Steps[1].Fen = 1e12 + 1 }, "body.compensation[1].amount_fen", "out_of_range"},
		"less for waiting longer": {func(p *plan.NewPolicy) { p.Steps[1].Fen = 9_999 }, "body.compensation[1].amount_fen", "falls"},
		"no words":                {func(p *plan.NewPolicy) { p.Steps[0].ZH = " " }, "body.compensation[0].text", "length"},
		"too many words":          {func(p *plan.NewPolicy) { p.Steps[1].ZH = long + "补" }, "body.compensation[1].text", "length"},
		"no English":              {func(p *plan.NewPolicy) { p.Steps[0].EN = "" }, "body.compensation[0].text_en", "length"},
		"a matrix that nobody can keep": {func(p *plan.NewPolicy) {
			p.Steps = nil
			for i := range 10 {
				p.Steps = append(p.Steps, model.Step{FromDays: i + 1, ZH: long, EN: strings.Repeat("\"", 200)})
			}
		}, "body.compensation", "too_long"},
	} {
		t.Run(name, func(t *testing.T) {
			in := newPolicy(1)
			c.change(&in)
			_, err := w.plan.ChangePolicy(t.Context(), w.manager, in)
			testkit.Fails(t, err, "input.invalid", c.field, c.code)
		})
	}
	in := newPolicy(1)
	in.Steps = nil
	p, err := w.plan.ChangePolicy(t.Context(), w.manager, in)
	require.NoError(t, err, "a house may propose nothing")
	step, err := p.Propose(30)
	require.NoError(t, err)
	require.Zero(t, step)
}
