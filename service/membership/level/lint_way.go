package level

import (
	"slices"

	model "guike/model/membership/level"
)

// maxYearFen bounds what a step asks to be paid within a year.
const maxYearFen = 100_000_000_000

// way checks how a step is reached (F2): of each measure that it asks for it asks more than the steps below.
func (l *lint) way(p *model.Plan, i int, at string) {
	s := &p.Steps[i]
	l.within(at+"from", s.From, 0, maxFrom)
	l.within(at+"or_spend", s.OrSpend, 0, maxFrom)
	l.within(at+"annual_spend_fen", s.AnnualSpendFen, 0, maxYearFen)
	l.within(at+"points_earned_12m", s.PointsEarned, 0, maxFrom)
	switch asked := len(p.Asks(*s, model.Parts{})); {
	case s.By == model.ByGrowth && (s.AnnualSpendFen != 0 || s.PointsEarned != 0):
		l.add(at+"reached_by", "growth_only", "按成长值升级的等级不看年消费和积分;请选择 any 或 all。", "A level that is reached by growth asks for neither spend nor points; choose any or all.")
	case s.By == model.ByGrowth:
	case s.By != model.ByAny && s.By != model.ByAll:
		l.add(at+"reached_by", "unknown", "升级方式须为 growth、any 或 all。", "A level is reached by growth, any or all.")
	case s.OrSpend != 0:
		l.add(at+"or_spend", "growth_only", "or_spend 只用于按成长值升级的等级;请改用 annual_spend_fen。", "or_spend goes with growth alone; use annual_spend_fen.")
	case asked == 0:
		l.add(at+"reached_by", "nothing_asked", "须至少写明成长值、年消费或积分之一。", "It asks for growth, spend or points, one at least.")
	}
	l.ascends(p, i, at)
}

// ascends asks that a step asks for more of every measure that it and a step below name, and that only the first
// step of growth asks for nothing. Steps that name different measures are not compared: the highest that is reached
// is held, whether or not those below it are.
func (l *lint) ascends(p *model.Plan, i int, at string) {
	s := p.Steps[i]
	below := p.Steps[:i]
	if s.By == model.ByGrowth && i > 0 && (s.From == 0 || slices.ContainsFunc(below, func(o model.Step) bool { return o.By == model.ByGrowth && s.From <= o.From })) {
		l.add(at+"from", "not_ascending", "各等级的成长值须逐级增加。", "Each level asks for more than the one before.")
	}
	for _, m := range []struct {
		at string
		of func(model.Step) int64
	}{
		{"from", func(o model.Step) int64 { return o.From }},
		{"annual_spend_fen", func(o model.Step) int64 { return o.AnnualSpendFen }},
		{"points_earned_12m", func(o model.Step) int64 { return o.PointsEarned }},
	} {
		least := m.of(s)
		asksAsMuch := func(o model.Step) bool {
			return (s.By != model.ByGrowth || o.By != model.ByGrowth) && m.of(o) > 0 && least <= m.of(o)
		}
		if least > 0 && slices.ContainsFunc(below, asksAsMuch) {
			l.add(at+m.at, "not_ascending", "各等级的要求须逐级提高。", "Each level asks for more than the ones before.")
		}
	}
}
