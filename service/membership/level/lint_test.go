package level_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	model "guike/model/membership/level"
	"guike/service/membership/level"
	"guike/testkit"
)

func off(change func(*model.Benefit)) model.Benefit {
	b := model.Benefit{Kind: model.Discount, NameZH: "正价商品折扣", NameEN: "Discount", Scope: "full_price", ScopeZH: "正价商品", ScopeEN: "goods at full price", RateBP: 9000}
	change(&b)
	return b
}

func TestLaddersThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t))
	for name, c := range map[string]struct {
		change func(*model.Plan)
		field  string
	}{
		"a level of discounts only":     {func(p *model.Plan) { p.Steps[1].Benefits = []model.Benefit{off(func(*model.Benefit) {})} }, "body.steps[1].benefits discounts_only"},
		"a level without benefits":      {func(p *model.Plan) { p.Steps[0].Benefits = nil }, "body.steps[0].benefits discounts_only"},
		"a discount without a scope":    {benefit(off(func(b *model.Benefit) { b.Scope = "" })), "body.steps[0].benefits[0].scope scope_missing"},
		"a scope without a name":        {benefit(off(func(b *model.Benefit) { b.ScopeZH = "" })), "body.steps[0].benefits[0].scope_name required"},
		"a discount without a rate":     {benefit(off(func(b *model.Benefit) { b.RateBP = 0 })), "body.steps[0].benefits[0].rate_bp rate_missing"},
		"a discount that takes nothing": {benefit(off(func(b *model.Benefit) { b.RateBP = 10_000 })), "body.steps[0].benefits[0].rate_bp rate_missing"},
		"a vague discount":              {benefit(off(func(b *model.Benefit) { b.TextZH = "满减优惠" })), "body.steps[0].benefits[0].text vague"},
		"a vague discount in English":   {benefit(off(func(b *model.Benefit) { b.TextEN = "Up to 20% off" })), "body.steps[0].benefits[0].text_en vague"},
		"a voucher without an amount":   {benefit(off(func(b *model.Benefit) { b.Kind = model.Voucher })), "body.steps[0].benefits[0].limit_fen amount_missing"},
		"an early access without hours": {benefit(model.Benefit{Kind: model.EarlyAccess, NameZH: "新品", NameEN: "New"}), "body.steps[0].benefits[0].hours hours_missing"},
		"an adviser without a role":     {benefit(model.Benefit{Kind: model.Adviser, NameZH: "顾问", NameEN: "Adviser"}), "body.steps[0].benefits[0].role role_missing"},
		"points without a rate":         {benefit(model.Benefit{Kind: model.PointsTimes, NameZH: "积分", NameEN: "Points"}), "body.steps[0].benefits[0].rate_bp rate_missing"},
		"an unknown kind":               {benefit(model.Benefit{Kind: "luck", NameZH: "好运", NameEN: "Luck"}), "body.steps[0].benefits[0].kind unknown"},
		"an unknown period":             {benefit(model.Benefit{Kind: model.Gift, NameZH: "礼物", NameEN: "Gift", Times: 1, Period: "week"}), "body.steps[0].benefits[0].period unknown"},
		"a day that is none":            {benefit(model.Benefit{Kind: model.Gift, NameZH: "礼物", NameEN: "Gift", LastDay: "2026-02-30"}), "body.steps[0].benefits[0].last_day malformed"},
		"a negative count":              {benefit(model.Benefit{Kind: model.Gift, NameZH: "礼物", NameEN: "Gift", Times: -1}), "body.steps[0].benefits[0].times out_of_range"},
		"steps that do not ascend":      {func(p *model.Plan) { p.Steps[2].From = 100 }, "body.steps[2].from not_ascending"},
		"growth of nothing above a step": {func(p *model.Plan) {
			p.Steps[0].By, p.Steps[0].From, p.Steps[0].PointsEarned = model.ByAny, 0, 500
			p.Steps[1].From = 0
		}, "body.steps[1].from not_ascending"},
		"a key that stands there twice":  {func(p *model.Plan) { p.Steps[2].Key = "silver" }, "body.steps[2].key repeated"},
		"a key that is no word":          {func(p *model.Plan) { p.Steps[2].Key = "金" }, "body.steps[2].key malformed"},
		"a name with control characters": {func(p *model.Plan) { p.Steps[0].NameZH = "铜\x07卡" }, "body.steps[0].name characters"},
		"spend beside growth":            {func(p *model.Plan) { p.Steps[1].AnnualSpendFen = 5 }, "body.steps[1].reached_by growth_only"},
		"an unknown way":                 {func(p *model.Plan) { p.Steps[1].By = "luck" }, "body.steps[1].reached_by unknown"},
		"growth from spending beside":    {func(p *model.Plan) { p.Steps[1].By, p.Steps[1].OrSpend = model.ByAny, 5 }, "body.steps[1].or_spend growth_only"},
		"a way that asks for nothing":    {func(p *model.Plan) { p.Steps[1].By, p.Steps[1].From = model.ByAll, 0 }, "body.steps[1].reached_by nothing_asked"},
		"a spend below zero":             {func(p *model.Plan) { p.Steps[1].By, p.Steps[1].AnnualSpendFen = model.ByAll, -1 }, "body.steps[1].annual_spend_fen out_of_range"},
		"points that do not ascend": {func(p *model.Plan) {
			p.Steps[1].By, p.Steps[1].PointsEarned = model.ByAll, 500
			p.Steps[2].By, p.Steps[2].PointsEarned = model.ByAny, 500
		}, "body.steps[2].points_earned_12m not_ascending"},
		"no steps":            {func(p *model.Plan) { p.Steps = nil }, "body.steps count"},
		"no weight":           {func(p *model.Plan) { p.Weights = model.Weights{} }, "body.weights weightless"},
		"a weight below zero": {func(p *model.Plan) { p.Weights.Spend = -1 }, "body.weights.spend out_of_range"},
		"too long a grace":    {func(p *model.Plan) { p.Steps[0].GraceDays = 366 }, "body.steps[0].grace_days out_of_range"},
		"an unknown role":     {func(p *model.Plan) { p.Steps[0].AdviserRole = "king" }, "body.steps[0].adviser_role unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := ladder()
			for i := range p.Steps {
				p.Steps[i].Benefits = append([]model.Benefit{}, p.Steps[i].Benefits...)
			}
			c.change(&p)
			_, err := w.SetLadder(t.Context(), w.Boss, 1, p)
			testkit.Fails(t, err, "input.invalid", c.field)
			checked, err := w.Check(t.Context(), p)
			require.NoError(t, err)
			require.NotEmpty(t, checked.Findings, "a dry run says the same")
		})
	}
}

// benefit puts a benefit before the others of the first level.
func benefit(b model.Benefit) func(*model.Plan) {
	return func(p *model.Plan) { p.Steps[0].Benefits = append([]model.Benefit{b}, p.Steps[0].Benefits...) }
}

func TestPresetsAreSound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t))
	for _, preset := range level.Presets() {
		checked, err := w.Check(t.Context(), preset.Plan)
		require.NoError(t, err)
		require.Empty(t, checked.Findings, preset.Key)
	}
	version := int64(1)
	for _, preset := range level.Presets() {
		l, err := w.SetLadder(t.Context(), w.Boss, version, preset.Plan)
		require.NoError(t, err)
		version = l.Version
	}
	for i, seed := range level.Seeds() {
		seed.Key += "_too"
		_, _, err := w.AddTitle(t.Context(), w.Boss, level.NewTitle{Key: seed.Key, Meaning: seed.Meaning})
		require.NoError(t, err, "title %d", i)
	}
}

func TestADryRunCountsMembersBeforeAndAfter(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.grow(t, w.anna, 150)
		w.grow(t, w.Wife, 1200)
		w.grow(t, w.Family, 20)
		p := ladder()
		p.Steps[1].From, p.Steps[2].Key, p.Steps[2].OrSpend = 10, "diamond", 140
		checked, err := w.Check(t.Context(), p)
		require.NoError(t, err)
		require.Equal(t, []level.Count{{}, {Level: "bronze", Before: 1}, {Level: "silver", Before: 1, After: 1}, {Level: "diamond", After: 2}, {Level: "gold", Before: 1}}, checked.Counts)
		require.Equal(t, "silver", w.at(t, w.anna), "nothing is kept")
	})
}
