package earning_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/ledger"
	model "guike/model/membership/earning"
)

var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

// rule makes a rule that gives points for payments, changed by fn.
func rule(t *testing.T, key string, fn func(r *model.Rule)) model.Compiled {
	t.Helper()
	r := model.Rule{Key: key, Version: 1, Definition: model.Definition{
		Enabled: true, Event: model.Payment, Book: ledger.Points, Amount: model.Amount{Kind: model.PerYuan, Units: 10_000},
	}}
	if fn != nil {
		fn(&r)
	}
	holds, err := model.Compile(r.Condition)
	require.NoError(t, err)
	return model.Compiled{Rule: r, Holds: holds}
}

func fixed(n int64) model.Amount { return model.Amount{Kind: model.Fixed, Units: n} }

func times(bp int64) model.Amount { return model.Amount{Kind: model.Multiplier, Units: bp} }

func TestAmounts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		amount model.Amount
		facts  model.Facts
		want   int64
	}{
		"fixed":                        {fixed(7), model.Facts{}, 7},
		"a unit for each whole yuan":   {model.Amount{Kind: model.PerYuan, Units: 10_000}, model.Facts{AmountFen: 1_999_99}, 1_999},
		"half a unit, rounded down":    {model.Amount{Kind: model.PerYuan, Units: 5_000}, model.Facts{AmountFen: 3_99}, 1},
		"cents alone give nothing":     {model.Amount{Kind: model.PerYuan, Units: 10_000}, model.Facts{AmountFen: 99}, 0},
		"the largest payment":          {model.Amount{Kind: model.PerYuan, Units: 10_000}, model.Facts{AmountFen: 1e12}, 1e10},
		"never more than one transfer": {model.Amount{Kind: model.PerYuan, Units: math.MaxInt64}, model.Facts{AmountFen: math.MaxInt64}, ledger.MaxAmount},
		"below the first step":         {model.Amount{Kind: model.Steps, Measure: model.ByStreak, Steps: []model.Step{{From: 7, Units: 5}}}, model.Facts{Streak: 6}, 0},
		"the highest step reached":     {model.Amount{Kind: model.Steps, Measure: model.ByStreak, Steps: []model.Step{{From: 7, Units: 5}, {From: 30, Units: 20}}}, model.Facts{Streak: 31}, 20},
		"steps of a contract":          {model.Amount{Kind: model.Steps, Measure: model.ByContract, Steps: []model.Step{{From: 1, Units: 5}}}, model.Facts{ContractFen: 1}, 5},
		"steps of stars":               {model.Amount{Kind: model.Steps, Measure: model.ByStars, Steps: []model.Step{{From: 5, Units: 5}}}, model.Facts{Stars: 5}, 5},
		"steps of friends":             {model.Amount{Kind: model.Steps, Measure: model.ByReferrals, Steps: []model.Step{{From: 3, Units: 9}}}, model.Facts{Referrals: 3}, 9},
		"steps of the amount":          {model.Amount{Kind: model.Steps, Measure: model.ByAmount, Steps: []model.Step{{From: 100, Units: 9}}}, model.Facts{AmountFen: 100}, 9},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rule(t, "a", func(r *model.Rule) { r.Amount = c.amount })
			awards, verdicts, err := model.Work([]model.Compiled{r}, model.Occasion{Event: model.Payment, At: noon, Facts: c.facts}, nil)
			require.NoError(t, err)
			require.Equal(t, c.want, verdicts[0].Amount)
			require.Len(t, awards, min(int(c.want), 1))
		})
	}
}

func TestWhyARuleGivesNothing(t *testing.T) {
	t.Parallel()
	store, before, after := id.New(), noon.Add(-time.Minute), noon.Add(time.Minute)
	facts := model.Facts{AmountFen: 100_00, PaymentKind: "stage", Level: "silver", Titles: []string{"referrer"}}
	for name, c := range map[string]struct {
		change func(r *model.Rule)
		used   model.Usage
		amount int64
		why    model.Why
	}{
		"it gives":                       {func(*model.Rule) {}, model.Usage{}, 100, model.Given},
		"switched off":                   {func(r *model.Rule) { r.Enabled = false }, model.Usage{}, 0, model.Off},
		"for another event":              {func(r *model.Rule) { r.Event = model.CheckedIn }, model.Usage{}, 0, model.OtherEvent},
		"not yet":                        {func(r *model.Rule) { r.From = &after }, model.Usage{}, 0, model.NotYet},
		"from this instant on":           {func(r *model.Rule) { r.From = &noon }, model.Usage{}, 100, model.Given},
		"over":                           {func(r *model.Rule) { r.Until = &before }, model.Usage{}, 0, model.Over},
		"over at this instant":           {func(r *model.Rule) { r.Until = &noon }, model.Usage{}, 0, model.Over},
		"still before its end":           {func(r *model.Rule) { r.Until = &after }, model.Usage{}, 100, model.Given},
		"of another level":               {func(r *model.Rule) { r.Levels = []string{"gold"} }, model.Usage{}, 0, model.Audience},
		"of this level":                  {func(r *model.Rule) { r.Levels = []string{"gold", "silver"} }, model.Usage{}, 100, model.Given},
		"without the title":              {func(r *model.Rule) { r.Titles = []string{"co_creator"} }, model.Usage{}, 0, model.Audience},
		"with one of the titles":         {func(r *model.Rule) { r.Titles = []string{"co_creator", "referrer"} }, model.Usage{}, 100, model.Given},
		"of another store":               {func(r *model.Rule) { r.Stores = []id.ID{id.New()} }, model.Usage{}, 0, model.Audience},
		"of this store":                  {func(r *model.Rule) { r.Stores = []id.ID{store} }, model.Usage{}, 100, model.Given},
		"the condition fails":            {func(r *model.Rule) { r.Condition = "payment_kind == 'final'" }, model.Usage{}, 0, model.Unmet},
		"the condition holds":            {func(r *model.Rule) { r.Condition = "payment_kind == 'stage' and amount_fen >= 10000" }, model.Usage{}, 100, model.Given},
		"it comes to nothing":            {func(r *model.Rule) { r.Amount.Units = 99 }, model.Usage{}, 0, model.Nothing},
		"the day's cap is reached":       {func(r *model.Rule) { r.Caps.Day = 50 }, model.Usage{Day: 50}, 0, model.CapDay},
		"beyond the month's cap":         {func(r *model.Rule) { r.Caps.Month = 50 }, model.Usage{Month: 60}, 0, model.CapMonth},
		"the cap in all is reached":      {func(r *model.Rule) { r.Caps.Total = 50 }, model.Usage{Total: 50}, 0, model.CapTotal},
		"the budget is spent":            {func(r *model.Rule) { r.Budget = 50 }, model.Usage{Budget: 50}, 0, model.OverBudget},
		"a cap leaves a part":            {func(r *model.Rule) { r.Caps.Month = 150 }, model.Usage{Month: 120}, 30, model.Cut},
		"the tightest bound counts":      {func(r *model.Rule) { r.Caps.Month, r.Budget = 150, 1000 }, model.Usage{Month: 120, Budget: 990}, 10, model.Cut},
		"a cap that leaves all is quiet": {func(r *model.Rule) { r.Caps.Day = 100 }, model.Usage{}, 100, model.Given},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rule(t, "a", c.change)
			awards, verdicts, err := model.Work([]model.Compiled{r}, model.Occasion{Event: model.Payment, At: noon, StoreID: store, Facts: facts}, map[string]model.Usage{"a": c.used})
			require.NoError(t, err)
			require.Equal(t, c.why, verdicts[0].Why)
			require.Equal(t, c.amount, verdicts[0].Amount)
			require.Len(t, awards, min(int(c.amount), 1))
		})
	}
}

func TestRulesTogether(t *testing.T) {
	t.Parallel()
	base := func(key string, n int64, group string) model.Compiled {
		return rule(t, key, func(r *model.Rule) { r.Amount, r.Group = fixed(n), group })
	}
	double := func(key string, bp int64, group string) model.Compiled {
		return rule(t, key, func(r *model.Rule) { r.Amount, r.Group, r.Position = times(bp), group, -1 })
	}
	for name, c := range map[string]struct {
		rules []model.Compiled
		want  map[string]int64
	}{
		"all that hold give":                     {[]model.Compiled{base("a", 10, ""), base("b", 5, "")}, map[string]int64{"a": 10, "b": 5}},
		"a multiplier adds to what bases gave":   {[]model.Compiled{double("x", 20_000, ""), base("a", 10, ""), base("b", 5, "")}, map[string]int64{"a": 10, "b": 5, "x": 15}},
		"a multiplier rounds down":               {[]model.Compiled{double("x", 15_000, ""), base("a", 15, "")}, map[string]int64{"a": 15, "x": 7}},
		"two multipliers look at the bases each": {[]model.Compiled{double("x", 20_000, ""), double("y", 20_000, ""), base("a", 10, "")}, map[string]int64{"a": 10, "x": 10, "y": 10}},
		"of a group the first gives":             {[]model.Compiled{base("b", 50, "g"), base("a", 10, "g"), base("c", 1, "")}, map[string]int64{"a": 10, "b": 0, "c": 1}},
		"a group of multipliers":                 {[]model.Compiled{double("x", 30_000, "g"), double("y", 20_000, "g"), base("a", 10, "")}, map[string]int64{"a": 10, "x": 20, "y": 0}},
		"a multiplier without a base":            {[]model.Compiled{double("x", 20_000, "")}, map[string]int64{"x": 0}},
		"a capped base is what is multiplied": {[]model.Compiled{double("x", 20_000, ""), rule(t, "a", func(r *model.Rule) {
			r.Amount, r.Caps.Day = fixed(10), 4
		})}, map[string]int64{"a": 4, "x": 4}},
		"books do not mix": {[]model.Compiled{double("x", 20_000, ""), base("a", 10, ""), rule(t, "f", func(r *model.Rule) {
			r.Amount, r.Book = fixed(100), ledger.Fund
		})}, map[string]int64{"a": 10, "f": 100, "x": 10}},
		"the position decides, then the key": {[]model.Compiled{base("a", 10, "g"), rule(t, "z", func(r *model.Rule) {
			r.Amount, r.Group, r.Position = fixed(3), "g", -5
		})}, map[string]int64{"a": 0, "z": 3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			awards, verdicts, err := model.Work(c.rules, model.Occasion{Event: model.Payment, At: noon}, nil)
			require.NoError(t, err)
			got, sum := map[string]int64{}, int64(0)
			for _, v := range verdicts {
				got[v.Rule.Key] = v.Amount
			}
			for _, a := range awards {
				require.Positive(t, a.Amount)
				sum += a.Amount
			}
			require.Equal(t, c.want, got)
			for _, n := range c.want {
				sum -= n
			}
			require.Zero(t, sum)
		})
	}
}

func TestPart(t *testing.T) {
	t.Parallel()
	require.EqualValues(t, 33, model.Part(100, 1, 3))
	require.EqualValues(t, 100, model.Part(100, 3, 3))
	require.Zero(t, model.Part(100, 0, 3))
	require.Zero(t, model.Part(-1, 1, 1))
	require.Zero(t, model.Part(1, 1, 0))
	require.EqualValues(t, 1_000_000_000_000, model.Part(1_000_000_000_000, 1_000_000_000_000, 1_000_000_000_000))
	var taken int64 // refunds in parts add up to the whole
	for refunded := int64(1); refunded <= 7; refunded++ {
		taken += model.Part(100, refunded, 7) - taken
	}
	require.EqualValues(t, 100, taken)
}

func TestBirthdayWeek(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		birthday, day clock.Day
		want          bool
	}{
		{"1990-11-23", "2026-11-23", true},
		{"1990-11-29", "2026-11-23", true},
		{"1990-11-30", "2026-11-23", false},
		{"1990-11-22", "2026-11-23", false},
		{"1990-11-23", "2026-11-29", true},
		{"1990-01-01", "2026-12-31", true}, // one week over the turn of the year
		{"1988-02-29", "2026-02-28", true},
		{"1988-02-29", "2026-02-22", false},
		{"1988-02-29", "2026-03-01", true},  // the week that has the 28th
		{"1988-02-29", "2028-02-29", true},  // a Tuesday
		{"1988-02-29", "2028-02-27", false}, // the Sunday before
		{"", "2026-11-23", false},
	} {
		require.Equal(t, c.want, model.InBirthdayWeek(c.birthday, c.day), "%s on %s", c.birthday, c.day)
	}
	require.Equal(t, "mon", model.Weekday("2026-11-23"))
	require.Equal(t, "sun", model.Weekday("2026-11-29"))
}
