package level

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const day = int64(24 * time.Hour / time.Millisecond)

func plan() Plan {
	return Plan{Weights: Weights{10_000, 10_000, 10_000}, Steps: []Step{
		{Key: "bronze"}, {Key: "silver", From: 100, GraceDays: 10}, {Key: "gold", From: 1000, OrSpend: 5000, GraceDays: 20},
	}}
}

func spent(n int64) Parts { return Parts{Spend: n} }

type seen struct {
	To  string
	Day int64
}

func sawn(done []shift) (all []seen) {
	for _, d := range done {
		all = append(all, seen{d.to, d.at / day})
	}
	return all
}

func TestWalk(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from  state
		c     Course
		start int64
		now   int64
		level string
		grace *int64
		done  []seen
	}{
		"the first step is had for nothing":       {c: Course{}, now: 5 * day, start: 5 * day, level: "bronze", done: []seen{{"bronze", 5}}},
		"rises as far as growth goes, at once":    {c: Course{Now: spent(1000)}, now: day, start: day, level: "gold", done: []seen{{"gold", 1}}},
		"spending alone is another way":           {from: state{level: "silver"}, c: Course{Now: spent(5000)}, now: day, start: day, level: "gold", done: []seen{{"gold", 1}}},
		"stays where growth still gives it":       {from: state{level: "silver"}, c: Course{Now: spent(100)}, now: day, start: day, level: "silver"},
		"is kept for the grace":                   {from: state{level: "silver"}, c: Course{Now: spent(99), Past: []Move{{day, spent(-10)}}}, start: day, now: 3 * day, level: "silver", grace: new(11 * day)},
		"falls when the grace is over":            {from: state{level: "silver"}, c: Course{Now: spent(99), Past: []Move{{day, spent(-10)}}}, start: day, now: 11 * day, level: "bronze", done: []seen{{"bronze", 11}}},
		"falls one step, each with its own grace": {from: state{level: "gold"}, c: Course{Past: []Move{{day, spent(-5000)}}}, start: day, now: 25 * day, level: "silver", grace: new(31 * day), done: []seen{{"silver", 21}}},
		"falls twice after a standstill":          {from: state{level: "gold"}, c: Course{Past: []Move{{day, spent(-5000)}}}, start: day, now: 40 * day, level: "bronze", done: []seen{{"silver", 21}, {"bronze", 31}}},
		"a grace begins when growth falls below its own step": {
			from: state{level: "gold"}, c: Course{Past: []Move{{day, spent(-500)}, {25 * day, spent(-500)}}}, start: day, now: 30 * day, level: "silver", grace: new(35 * day), done: []seen{{"silver", 21}},
		},
		"growth that comes back in time ends the grace": {
			from: state{level: "silver"}, c: Course{Now: spent(150), Past: []Move{{day, spent(-100)}, {5 * day, spent(150)}}}, start: day, now: 5 * day, level: "silver",
		},
		"growth that comes back too late lifts anew": {
			from: state{level: "silver"}, c: Course{Now: spent(150), Past: []Move{{day, spent(-100)}, {15 * day, spent(150)}}}, start: day, now: 15 * day, level: "silver",
			done: []seen{{"bronze", 11}, {"silver", 15}},
		},
		"a level that the ladder has no more": {from: state{level: "diamond"}, c: Course{Now: spent(100)}, start: day, now: 2 * day, level: "silver", done: []seen{{"silver", 1}}},
		"a grace that began before goes on":   {from: state{level: "silver", grace: new(4 * day)}, c: Course{Now: spent(1)}, start: 4 * day, now: 4 * day, level: "bronze", done: []seen{{"bronze", 4}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, done := plan().walk(c.from, c.c, c.start, c.now)
			require.Equal(t, c.level, s.level)
			require.Equal(t, c.grace, s.grace)
			require.Equal(t, c.done, sawn(done))
		})
	}
}

func TestWaysOfReachingAStep(t *testing.T) {
	t.Parallel()
	step := func(by Way) Step { return Step{By: by, From: 100, AnnualSpendFen: 2000, PointsEarned: 50} }
	for name, c := range map[string]struct {
		step  Step
		has   Parts
		lacks []Ask
	}{
		"growth alone":                   {Step{From: 100}, Parts{Spend: 99, PaidFen: 9999, Earned: 999}, []Ask{{OfGrowth, 100, 99}}},
		"any of them":                    {step(ByAny), Parts{Earned: 50}, nil},
		"none of any":                    {step(ByAny), Parts{Earned: 49}, []Ask{{OfGrowth, 100, 0}, {OfSpend, 2000, 0}, {OfPoints, 50, 49}}},
		"all of them":                    {step(ByAll), Parts{Spend: 100, PaidFen: 2000, Earned: 50}, nil},
		"all but one":                    {step(ByAll), Parts{Spend: 100, PaidFen: 1999, Earned: 50}, []Ask{{OfSpend, 2000, 1999}}},
		"what is not named is not asked": {Step{By: ByAll, PointsEarned: 50}, Parts{Earned: 50}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := Plan{Weights: plan().Weights, Steps: []Step{c.step}}
			require.Equal(t, c.lacks, p.Lacks(c.step, c.has))
			require.Equal(t, c.lacks == nil, p.Target(c.has) == 0)
		})
	}
}

func TestTurns(t *testing.T) {
	t.Parallel()
	p := plan()
	c := Course{Now: spent(1200), Ahead: []Move{{day, spent(-150)}, {2 * day, spent(-100)}, {3 * day, spent(-950)}}}
	require.Equal(t, new(2*day), p.turns(state{level: "gold"}, c), "the first expiry leaves enough")
	require.Equal(t, new(3*day), p.turns(state{level: "silver"}, c))
	require.Nil(t, p.turns(state{level: "bronze"}, c))
	require.Equal(t, new(int64(7)), p.turns(state{level: "gold", grace: new(int64(7))}, c))
}

func TestWalkingInPartsIsWalkingAtOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var moves []Move
		now, total := int64(0), spent(0)
		for range rapid.IntRange(0, 12).Draw(t, "moves") {
			now += rapid.Int64Range(1, 30).Draw(t, "days") * day
			m := Move{now, spent(rapid.Int64Range(-900, 1500).Draw(t, "by"))}
			moves, total = append(moves, m), total.less(m.By.negative())
		}
		end := now + rapid.Int64Range(0, 60).Draw(t, "rest")*day
		p := plan()
		whole, done := p.walk(state{}, Course{Now: total, Past: moves}, 0, end)

		s, from, parts := state{}, int64(0), []shift(nil)
		for from < end {
			to := min(end, from+rapid.Int64Range(1, 40).Draw(t, "stride")*day)
			sub := Course{}
			for _, m := range moves {
				if m.At <= to {
					sub.Past, sub.Now = append(sub.Past, m), sub.Now.less(m.By.negative())
				}
			}
			var more []shift
			s, more = p.walk(s, sub, from, to)
			parts, from = append(parts, more...), to
		}
		if end == 0 {
			return
		}
		if whole.level != s.level || !same(whole.grace, s.grace) || len(done) != len(parts) {
			t.Fatalf("at once %v %v, in parts %v %v", whole, done, s, parts)
		}
		at := ""
		for i, d := range done {
			if d != parts[i] || d.from != at {
				t.Fatalf("change %d is %v at once and %v in parts", i, d, parts[i])
			}
			at = d.to
		}
		// what is shown is given by the rules, or kept for no longer than its grace
		shown, _ := p.Index(whole.level)
		if target := p.Target(total); shown < target || (shown > target && (whole.grace == nil || *whole.grace <= end)) {
			t.Fatalf("shows %d where %d is given", shown, target)
		}
	})
}

func same(a, b *int64) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

func TestValueCannotOverflow(t *testing.T) {
	t.Parallel()
	huge := Parts{Spend: 1 << 62, Participation: 1 << 62, Contribution: 1 << 62}
	require.Positive(t, Weights{MaxWeight, MaxWeight, MaxWeight}.Value(huge))
	require.EqualValues(t, 0, Weights{10_000, 0, 0}.Value(Parts{Spend: -5}))
	require.EqualValues(t, 12, Weights{1000, 10_000, 0}.Value(Parts{Spend: 29, Participation: 10, Contribution: 99}), "rounded down")
}

func TestBenefitsInExactWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		b      Benefit
		zh, en string
	}{
		{Benefit{Kind: Discount, ScopeZH: "正价商品", ScopeEN: "goods at full price", RateBP: 9000}, "正价商品 9 折", "10% off goods at full price"},
		{Benefit{Kind: Discount, ScopeZH: "橱柜", ScopeEN: "kitchens", RateBP: 8850, LimitFen: 50_050, Times: 2, Period: PerYear}, "橱柜 8.85 折,每次最多减 500.5 元,每年 2 次", "11.5% off kitchens, at most 500.5 yuan each time, 2 times a year"},
		{Benefit{Kind: PointsTimes, RateBP: 15_000}, "消费积分 1.5 倍", "1.5 times the usual points"},
		{Benefit{Kind: EarlyAccess, NameZH: "新品", NameEN: "New products", Hours: 48}, "新品:提前 48 小时", "New products: 48 hours early"},
		{Benefit{Kind: Service, NameZH: "上门保养", NameEN: "Maintenance at home", Times: 1, LastDay: "2027-01-01"}, "上门保养,共 1 次,有效期至 2027-01-01(含当日)", "Maintenance at home, once in all, good up to and including 2027-01-01"},
	} {
		zh, en := c.b.Words()
		require.Equal(t, c.zh, zh)
		require.Equal(t, c.en, en)
	}
}
