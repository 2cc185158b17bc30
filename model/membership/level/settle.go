package level

import (
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/membership"
)

// SourceRule marks grants of a title that its rule made, SourceHand those that somebody made.
const (
	SourceRule = "rule"
	SourceHand = "hand"
)

func (t TitleRule) automatic() bool { return t.Enabled && t.Condition != "" }

// from is the instant, in Unix milliseconds, from which on a member's standing is to be reckoned anew: when the
// clock or the rules may have changed it since it was written, or now.
func (r Rules) from(m membership.Member, now time.Time) int64 {
	ms := now.UnixMilli()
	switch {
	case r.Ladder == nil || m.RulesN == 0:
		return ms
	case m.RulesN < r.Ladder.N:
		return min(ms, r.Ladder.CreatedAt.UnixMilli())
	case m.LookAt != nil:
		return min(ms, *m.LookAt)
	}
	return ms
}

// Fresh tells that neither the clock nor the rules can have changed what is written of a member.
func (r Rules) Fresh(m membership.Member, now time.Time) bool {
	return m.RulesN == r.N && m.RulesN > 0 && (m.LookAt == nil || *m.LookAt > now.UnixMilli())
}

// End is a grant of a title that is over.
type End struct {
	Grant membership.Title
	Why   string
	At    time.Time
}

// Outcome is what the rules make of a case at an instant: the member as they are to be written, the changes of
// their level (without number and id), the titles granted and ended by rule.
type Outcome struct {
	Member  membership.Member
	Changes []Change
	Granted []membership.Title
	Ended   []End
}

// Settle reckons where a member stands at an instant. It is a pure function: of the rules, of what the ledger
// says, and of the state that was written.
func (r Rules) Settle(c *Case, now time.Time) (Outcome, error) {
	out := Outcome{Member: c.Member}
	out.Member.RulesN, out.Member.LookAt = r.N, nil
	if r.Ladder != nil {
		s, done := r.Ladder.walk(state{c.Member.Level, c.Member.LevelSince, c.Member.GraceUntil}, c.Course, r.from(c.Member, now), now.UnixMilli())
		out.Member.Level, out.Member.LevelSince, out.Member.GraceUntil = s.level, s.since, s.grace
		out.Member.LookAt = r.Ladder.turns(s, c.Course)
		for _, d := range done {
			out.Changes = append(out.Changes, r.change(c.Member.CustomerID, d, now))
		}
	}
	return out, r.settleTitles(c, &out, now)
}

func (r Rules) change(customer id.ID, d shift, now time.Time) Change {
	ch := Change{
		CustomerID: customer, FromLevel: d.from, ToLevel: d.to, Growth: d.growth, Why: d.why, RulesN: r.N,
		At: time.UnixMilli(d.at).UTC(), NotedAt: now,
	}
	zh, en := "无等级", "no level"
	if i, ok := r.Ladder.Index(d.to); ok && i >= 0 {
		zh, en = r.Ladder.Steps[i].NameZH, r.Ladder.Steps[i].NameEN
	}
	switch d.why {
	case Rose:
		if r.Ladder.way(d.to) != ByGrowth {
			ch.ReasonZH, ch.ReasonEN = fmt.Sprintf("已达到升级条件,升为%s", zh), fmt.Sprintf("What is asked for is reached: now %s.", en)
			break
		}
		ch.ReasonZH, ch.ReasonEN = fmt.Sprintf("成长值达到 %d,升为%s", d.growth, zh), fmt.Sprintf("A growth value of %d gives %s.", d.growth, en)
	case Fell:
		if r.Ladder.way(d.from) != ByGrowth {
			ch.ReasonZH = fmt.Sprintf("近一年已达不到原等级的条件,保级期已过,调整为%s", zh)
			ch.ReasonEN = fmt.Sprintf("The last year no longer reaches what the level asks for and the time of grace is over: now %s.", en)
			break
		}
		ch.ReasonZH = fmt.Sprintf("近一年成长值为 %d,保级期已过,调整为%s", d.growth, zh)
		ch.ReasonEN = fmt.Sprintf("The growth value of the last year is %d and the time of grace is over: now %s.", d.growth, en)
	default:
		ch.ReasonZH, ch.ReasonEN = fmt.Sprintf("等级规则已调整,现为%s", zh), fmt.Sprintf("The levels were changed: now %s.", en)
	}
	return ch
}

func (r Rules) settleTitles(c *Case, out *Outcome, now time.Time) error {
	facts, held := c.facts(r, out.Member.Level), map[string]bool{}
	fading := false // a title is held that may end by the clock alone
	for _, g := range c.Open {
		t, known := r.Title(g.Title)
		why, at, err := t.ends(g, known, facts, now)
		switch {
		case err != nil:
			return err
		case why != "":
			out.Ended = append(out.Ended, End{g, why, at})
			continue
		case g.UntilAt != nil:
			out.Member.LookAt = sooner(out.Member.LookAt, *g.UntilAt)
		}
		if g.Source == SourceRule {
			held[g.Title] = true
			fading = fading || !t.Lasting
		}
	}
	for _, t := range r.Titles {
		if !t.automatic() || held[t.Key] {
			continue
		}
		yes, err := t.holds(facts)
		if err != nil {
			return err
		}
		if yes {
			out.Granted = append(out.Granted, membership.Title{CustomerID: c.Member.CustomerID, Title: t.Key, Source: SourceRule, Reason: reason(t), GrantedAt: now})
			fading = fading || !t.Lasting
		}
	}
	if fading {
		c.fade(&out.Member)
	}
	return nil
}

// fade has a member looked at when what a title was granted for leaves the last year, or expires.
func (c *Case) fade(m *membership.Member) {
	if len(c.Course.Ahead) > 0 {
		m.LookAt = sooner(m.LookAt, c.Course.Ahead[0].At)
	}
	for _, d := range c.deeds {
		if d.Oldest > 0 {
			m.LookAt = sooner(m.LookAt, d.Oldest+year.Milliseconds())
		}
	}
}

func sooner(a *int64, b int64) *int64 {
	if a != nil && *a <= b {
		return a
	}
	return &b
}

func reason(t TitleRule) string {
	if t.TextZH == "" {
		return "符合“" + t.NameZH + "”的条件"
	}
	return t.TextZH
}

func (t TitleRule) holds(f Facts) (bool, error) {
	c, err := t.compiled()
	if err != nil {
		return false, fmt.Errorf("title %s: %w", t.Key, err)
	}
	return c.Holds(f)
}

// ends tells why and when a grant is over; an empty why when it is not. What was granted by hand ends by its
// date alone, or by hand.
func (t TitleRule) ends(g membership.Title, known bool, f Facts, now time.Time) (why string, at time.Time, err error) {
	switch {
	case g.UntilAt != nil && *g.UntilAt <= now.UnixMilli():
		return "已到期", time.UnixMilli(*g.UntilAt).UTC(), nil
	case g.Source != SourceRule:
		return "", now, nil
	case !known || !t.Enabled:
		return "该称号已停用", now, nil
	case t.Condition == "":
		return "该称号改为人工授予", now, nil
	case t.Lasting:
		return "", now, nil
	}
	yes, err := t.holds(f)
	if err != nil || yes {
		return "", now, err
	}
	return "已不符合授予条件", now, nil
}
