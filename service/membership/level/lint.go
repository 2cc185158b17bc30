package level

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"guike/internal/clock"
	"guike/internal/condition"
	"guike/internal/fault"
	"guike/internal/wording"
	model "guike/model/membership/level"
)

// The bounds of the ladder and of titles.
const (
	maxSteps    = 10
	maxBenefits = 20
	maxName     = 30
	maxText     = 200
	maxFrom     = 1_000_000_000
	maxGrace    = 365
	maxPriority = 100
	maxHours    = 720
	maxTimes    = 1000
	maxFen      = 1_000_000_000
	leastRate   = 1000   // 1折
	mostTimes   = 50_000 // five times the points
	maxReason   = 200
	maxTitles   = 50
)

var (
	levelKey = regexp.MustCompile(`^[a-z][a-z0-9_]{0,23}$`)
	titleKey = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
)

// Finding is what is wrong with a ladder or a title, and where. Its code is stable.
type Finding struct {
	At     string
	Code   string
	ZH, EN string
}

// lint collects findings.
type lint struct {
	zone  *time.Location
	found []Finding
}

func (l *lint) add(at, code, zh, en string) { l.found = append(l.found, Finding{at, code, zh, en}) }

func (l *lint) within(at string, n, least, most int64) {
	if n < least || n > most {
		l.add(at, "out_of_range", fmt.Sprintf("须在 %d 到 %d 之间。", least, most), fmt.Sprintf("It lies between %d and %d.", least, most))
	}
}

// text trims a text and checks its length and characters.
func (l *lint) text(at string, text *string, least, most int) {
	f, ok := fault.Of(wording.CheckText(at, text, least, most))
	if !ok {
		return
	}
	for _, field := range f.Fields {
		l.add(field.Location, field.Code, field.Text.ZH, field.Text.EN)
	}
}

// refused turns findings into one refusal that names them all; nil when there are none.
func refused(found []Finding) error {
	if len(found) == 0 {
		return nil
	}
	f := fault.Broken("body", "invalid", "输入有误。", "The input breaks a rule.")
	f.Fields = f.Fields[:0]
	for _, w := range found {
		f.Fields = append(f.Fields, fault.Field{Location: w.At, Code: w.Code, Text: fault.Text{ZH: w.ZH, EN: w.EN}})
	}
	return f
}

// lintPlan tidies a ladder and says everything that is wrong with it; at begins the places of its fields.
func (s *Service) lintPlan(p *model.Plan, at string) []Finding {
	l := &lint{zone: s.d.Zone}
	for _, w := range []struct {
		at string
		n  int64
	}{{"spend", p.Weights.Spend}, {"participation", p.Weights.Participation}, {"contribution", p.Weights.Contribution}} {
		l.within(at+"weights."+w.at, w.n, 0, model.MaxWeight)
	}
	if p.Weights == (model.Weights{}) {
		l.add(at+"weights", "weightless", "至少一项成长值须有权重。", "At least one part of growth counts.")
	}
	if len(p.Steps) == 0 || len(p.Steps) > maxSteps {
		l.add(at+"steps", "count", "等级须有 1 到 10 个。", "There are 1 to 10 levels.")
	}
	for i := range p.Steps {
		l.step(p, i, fmt.Sprintf("%ssteps[%d].", at, i))
	}
	return l.found
}

func (l *lint) step(p *model.Plan, i int, at string) {
	s := &p.Steps[i]
	if !levelKey.MatchString(s.Key) {
		l.add(at+"key", "malformed", "标识只能用小写字母、数字和下划线,最多 24 个字符。", "A key is made of lower-case letters, digits and underscores, 24 at most.")
	}
	if slices.ContainsFunc(p.Steps[:i], func(o model.Step) bool { return o.Key == s.Key }) {
		l.add(at+"key", "repeated", "等级标识不能重复。", "The key stands there twice.")
	}
	l.text(at+"name", &s.NameZH, 1, maxName)
	l.text(at+"name_en", &s.NameEN, 1, 2*maxName)
	l.way(p, i, at)
	l.within(at+"grace_days", int64(s.GraceDays), 0, maxGrace)
	l.within(at+"priority", int64(s.Priority), 0, maxPriority)
	l.within(at+"early_hours", int64(s.EarlyHours), 0, maxHours)
	if s.AdviserRole != "" && !s.AdviserRole.Valid() {
		l.add(at+"adviser_role", "unknown", "没有这种岗位。", "There is no such role.")
	}
	l.benefits(s.Benefits, at)
	if !slices.ContainsFunc(s.Benefits, func(b model.Benefit) bool { return !b.Kind.MoneyOff() }) {
		l.add(at+"benefits", "discounts_only", "每个等级至少须有一项不是折扣或抵用券的权益。", "Each level has at least one benefit that is neither a discount nor a voucher.")
	}
}

func (l *lint) benefits(all []model.Benefit, at string) {
	if len(all) > maxBenefits {
		l.add(at+"benefits", "too_many", "权益最多 20 项。", "There are at most 20 benefits.")
		return
	}
	for i := range all {
		l.benefit(&all[i], fmt.Sprintf("%sbenefits[%d].", at, i))
	}
}

// benefit asks that a benefit says exactly what it gives (F12), and clears what its kind does not have.
func (l *lint) benefit(b *model.Benefit, at string) {
	if !slices.Contains(model.BenefitKinds(), b.Kind) {
		l.add(at+"kind", "unknown", "没有这种权益。", "There is no such kind of benefit.")
		return
	}
	l.text(at+"name", &b.NameZH, 1, maxName)
	l.text(at+"name_en", &b.NameEN, 1, 2*maxName)
	l.text(at+"text", &b.TextZH, 0, maxText)
	l.text(at+"text_en", &b.TextEN, 0, 2*maxText)
	l.exact(b, at)
	l.within(at+"times", int64(b.Times), 0, maxTimes)
	if b.Times == 0 {
		b.Period = model.PerHolding
	}
	if !slices.Contains([]model.Period{model.PerHolding, model.PerMonth, model.PerYear}, b.Period) {
		l.add(at+"period", "unknown", "没有这种周期。", "There is no such period.")
	}
	if b.Until = nil; b.LastDay != "" {
		if _, err := clock.ParseDay(string(b.LastDay)); err != nil {
			l.add(at+"last_day", "malformed", "日期须为有效的 YYYY-MM-DD。", "This is a calendar day, YYYY-MM-DD.")
			return
		}
		end := b.LastDay.Plus(1).Start(l.zone).UTC()
		b.Until = &end
	}
	for _, w := range []struct{ at, words string }{
		{"name", b.NameZH}, {"name_en", b.NameEN}, {"text", b.TextZH}, {"text_en", b.TextEN}, {"scope_name", b.ScopeZH}, {"scope_name_en", b.ScopeEN},
	} {
		if word := wording.Vague(w.words); word != "" {
			l.add(at+w.at, "vague", "“"+word+"”没有说清给什么,请写明范围和数额。", "“"+word+"” does not say what is given; say scope and amount.")
		}
	}
}

func (l *lint) exact(b *model.Benefit, at string) {
	if b.Kind.MoneyOff() {
		if !titleKey.MatchString(b.Scope) {
			l.add(at+"scope", "scope_missing", "须写明适用范围,例如 full_price。", "It says what it is good for, such as full_price.")
		}
		l.text(at+"scope_name", &b.ScopeZH, 1, maxName)
		l.text(at+"scope_name_en", &b.ScopeEN, 1, 2*maxName)
	} else {
		b.Scope, b.ScopeZH, b.ScopeEN = "", "", ""
	}
	switch b.Kind {
	case model.Discount:
		if b.RateBP < leastRate || b.RateBP >= 10_000 {
			l.add(at+"rate_bp", "rate_missing", "须写明折扣:9000 为 9 折。", "It says the rate that is paid, in basis points: 9000 is 10% off.")
		}
		l.within(at+"limit_fen", b.LimitFen, 0, maxFen)
	case model.Voucher:
		b.RateBP = 0
		if b.LimitFen < 1 || b.LimitFen > maxFen {
			l.add(at+"limit_fen", "amount_missing", "须写明减免金额。", "It says how much is taken off.")
		}
	case model.PointsTimes:
		b.LimitFen = 0
		if b.RateBP <= 10_000 || b.RateBP > mostTimes {
			l.add(at+"rate_bp", "rate_missing", "须写明积分倍数:15000 为 1.5 倍。", "It says how many times the points, in basis points: 15000 is 1.5 times.")
		}
	default:
		b.RateBP, b.LimitFen = 0, 0
	}
	l.more(b, at)
}

func (l *lint) more(b *model.Benefit, at string) {
	if b.Kind != model.EarlyAccess {
		b.Hours = 0
	} else if b.Hours < 1 || b.Hours > maxHours {
		l.add(at+"hours", "hours_missing", "须写明提前多少小时。", "It says how many hours earlier.")
	}
	if b.Kind != model.Adviser {
		b.Role = ""
	} else if !b.Role.Valid() {
		l.add(at+"role", "role_missing", "须写明由哪种岗位担任。", "It says in which role the adviser is.")
	}
}

// lintTitle tidies a title and says everything that is wrong with it.
func (s *Service) lintTitle(m *model.Meaning, at string) []Finding {
	l := &lint{zone: s.d.Zone}
	l.text(at+"name", &m.NameZH, 1, maxName)
	l.text(at+"name_en", &m.NameEN, 1, 2*maxName)
	l.text(at+"text", &m.TextZH, 0, maxText)
	l.text(at+"text_en", &m.TextEN, 0, 2*maxText)
	l.within(at+"position", int64(m.Position), 0, 1000)
	m.Condition = strings.TrimSpace(m.Condition)
	if _, err := model.Compile(m.Condition); err != nil {
		text := condition.ErrorOf(err).Texts()
		l.add(at+"condition", "condition", "条件"+text.ZH, text.EN)
	}
	l.benefits(m.Benefits, at)
	return l.found
}

// cut brings an instant to what the store keeps.
func cut(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	c := clock.Cut(*t)
	return &c
}
