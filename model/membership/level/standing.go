package level

import (
	"context"
	"time"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/membership"
)

// HeldTitle is a title that a member holds; of several grants of one title the one that lasts longest.
type HeldTitle struct {
	Key            string
	NameZH, NameEN string
	Reason         string
	Since          time.Time
	Until          *time.Time // nil without an end
	Benefits       []Benefit
}

// Standing is where a member stands at an instant.
type Standing struct {
	Member    membership.Member // as it is written; Level and the fields below may be ahead of it
	Level     *Step             // nil below the first step
	Growth    int64             // the weighted value
	Parts     Parts
	Next      *Step // nil on the last step
	Lacks     []Ask // what is missing to Next: all of it, or any of it when Next is reached so
	ToKeep    []Ask // what is missing to the level that is kept although it is no longer given
	Since     *time.Time
	KeptUntil *time.Time // until when the level is kept although growth no longer gives it
	Titles    []HeldTitle
	Benefits  []Benefit // of the level, then of the titles, as far as they are good now
}

// Priority is how early the member is served: higher comes first (F15). 0 below the first step.
func (s Standing) Priority() int {
	if s.Level == nil {
		return 0
	}
	return s.Level.Priority
}

// Missing is the growth value that Next asks for beyond Growth; 0 when it is not that which is missing.
func (s Standing) Missing() int64 {
	for _, l := range s.Lacks {
		if l.Of == OfGrowth {
			return l.Missing()
		}
	}
	return 0
}

// StandingOf reckons where a customer stands at an instant, from the rules and the ledger, whether or not the
// job has come by: what the rules no longer give is not shown (I13). A customer who is no member yet has what
// the rules give for nothing. It takes five statements, and two or three more where the clock or the rules
// have changed something that is not written yet. A ladder that asks for what was paid or earned takes one more
// for each.
func StandingOf(ctx context.Context, r db.Reader, customer id.ID, now time.Time) (Standing, error) {
	rules, err := RulesNow(ctx, r)
	if err != nil {
		return Standing{}, err
	}
	return rules.StandingOf(ctx, r, customer, now)
}

// StandingOf is the function StandingOf for rules that were read before.
func (r Rules) StandingOf(ctx context.Context, reader db.Reader, customer id.ID, now time.Time) (Standing, error) {
	m, err := membership.MemberOf(ctx, reader, customer)
	if err != nil {
		return Standing{}, err
	}
	c, out, err := r.reckon(ctx, reader, m, now)
	if err != nil {
		return Standing{}, err
	}
	return r.show(c, out, now), nil
}

// reckon settles one member, with fewer statements when nothing can have changed.
func (r Rules) reckon(ctx context.Context, reader db.Reader, m membership.Member, now time.Time) (*Case, Outcome, error) {
	if !r.Fresh(m, now) {
		cases, err := Gather(ctx, reader, r, []membership.Member{m}, now)
		if err != nil {
			return nil, Outcome{}, err
		}
		out, err := r.Settle(cases[0], now)
		return cases[0], out, err
	}
	g := newGathering(reader, r, []membership.Member{m}, now)
	if err := g.balances(ctx); err != nil {
		return nil, Outcome{}, err
	}
	if err := g.due(ctx, now.UnixMilli()); err != nil {
		return nil, Outcome{}, err
	}
	if err := g.yearly(ctx); err != nil {
		return nil, Outcome{}, err
	}
	if err := g.titles(ctx); err != nil {
		return nil, Outcome{}, err
	}
	return g.cases[0], r.asWritten(g.cases[0], now), nil
}

// asWritten settles a member of whom nothing can have changed since they were written.
func (r Rules) asWritten(c *Case, now time.Time) Outcome {
	out := Outcome{Member: c.Member}
	if r.Ladder != nil {
		s, _ := r.Ladder.walk(state{c.Member.Level, c.Member.LevelSince, c.Member.GraceUntil}, c.Course, now.UnixMilli(), now.UnixMilli())
		out.Member.Level, out.Member.LevelSince, out.Member.GraceUntil = s.level, s.since, s.grace
	}
	return out
}

func (r Rules) show(c *Case, out Outcome, now time.Time) Standing {
	s := Standing{Member: c.Member, Parts: c.Course.Now, Since: out.Member.LevelSince}
	if r.Ladder != nil {
		s.Growth = r.Ladder.Weights.Value(s.Parts)
		at, _ := r.Ladder.Index(out.Member.Level)
		if at >= 0 {
			s.Level = &r.Ladder.Steps[at]
			s.Benefits = good(s.Level.Benefits, now)
		}
		if at+1 < len(r.Ladder.Steps) {
			s.Next = &r.Ladder.Steps[at+1]
			s.Lacks = r.Ladder.Lacks(*s.Next, s.Parts)
		}
		if s.Level != nil && out.Member.GraceUntil != nil {
			s.ToKeep = r.Ladder.Lacks(*s.Level, s.Parts)
		}
	}
	if out.Member.GraceUntil != nil {
		at := time.UnixMilli(*out.Member.GraceUntil).UTC()
		s.KeptUntil = &at
	}
	ended := map[id.ID]bool{}
	for _, e := range out.Ended {
		ended[e.Grant.ID] = true
	}
	s.Titles = r.held(append(open(c.Open, ended, now), out.Granted...), now)
	for _, t := range s.Titles {
		s.Benefits = append(s.Benefits, t.Benefits...)
	}
	return s
}

func open(grants []membership.Title, ended map[id.ID]bool, now time.Time) (kept []membership.Title) {
	for _, g := range grants {
		if !ended[g.ID] && (g.UntilAt == nil || *g.UntilAt > now.UnixMilli()) {
			kept = append(kept, g)
		}
	}
	return kept
}

// held makes of grants the titles, each once, in the order in which people read them.
func (r Rules) held(grants []membership.Title, now time.Time) (all []HeldTitle) {
	for _, t := range r.Titles {
		h := HeldTitle{Key: t.Key, NameZH: t.NameZH, NameEN: t.NameEN, Benefits: good(t.Benefits, now)}
		held, endless := false, false
		for _, g := range grants {
			if g.Title != t.Key {
				continue
			}
			if !held {
				held, h.Since, h.Reason = true, g.GrantedAt, g.Reason
			}
			if g.UntilAt == nil {
				endless = true
				continue
			}
			if until := time.UnixMilli(*g.UntilAt).UTC(); h.Until == nil || until.After(*h.Until) {
				h.Until = &until
			}
		}
		if endless {
			h.Until = nil
		}
		if held {
			all = append(all, h)
		}
	}
	return all
}
