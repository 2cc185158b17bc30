package card

import (
	"context"
	"fmt"
	"strings"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/db"
	"guike/model/ledger"
	"guike/model/membership"
	"guike/model/membership/level"
)

// Card is the member card as its holder reads it (F11).
type Card struct {
	level.Standing
	Points   ledger.Balance
	Fund     ledger.Balance
	Adviser  *Adviser
	Progress *Progress // nil while there is no ladder
}

// Progress says what is missing to the next level, or to keep the level.
type Progress struct {
	Percent        int // of the way from this level to the next, rounded down; 100 on the last one alone
	ToKeep         int64
	TextZH, TextEN string
}

// Mine reads the card of the customer who asks. Whoever is no member yet becomes one by looking: it is the only
// read that writes, once in a customer's life: the number of the card, and where they stand.
func (s *Service) Mine(ctx context.Context, who actor.Actor) (Card, error) {
	c, err := s.read(ctx, who.ID, s.d.DB.Now())
	if err != nil || !s.unlooked(c.Member) {
		return c, err
	}
	if err := s.d.DB.Tx(ctx, func(tx *db.Tx) error { return s.joinTx(ctx, tx, who) }); err != nil {
		return Card{}, err
	}
	return s.read(ctx, who.ID, s.d.DB.Now())
}

// unlooked tells that somebody is no member yet, or that nobody has looked where they stand.
func (s *Service) unlooked(m membership.Member) bool {
	if m.CardNo == "" {
		return true
	}
	return m.RulesN == 0 && s.d.Look != nil && s.rules.Last().N > 0
}

// read takes six statements, and more where the clock or the rules have changed something that is not written
// yet.
func (s *Service) read(ctx context.Context, customer id.ID, now time.Time) (c Card, err error) {
	rules, err := s.rules.Now(ctx, s.d.DB)
	if err != nil {
		return Card{}, err
	}
	var in level.Read
	if in.Member, err = membership.MemberOf(ctx, s.d.DB, customer); err != nil {
		return Card{}, err
	}
	owner := ledger.Owner{Kind: ledger.Customer, ID: customer}
	has, err := ledger.BalancesIn(ctx, s.d.DB, owner, now, ledger.Points, ledger.Fund, ledger.GrowthSpend, ledger.GrowthParticipation, ledger.GrowthContribution)
	if err != nil {
		return Card{}, err
	}
	if in.Open, err = membership.TitlesOf(ctx, s.d.DB, customer, now); err != nil {
		return Card{}, err
	}
	c.Points, c.Fund = has[ledger.Points], has[ledger.Fund]
	in.Growth = level.Parts{
		Spend: has[ledger.GrowthSpend].Available, Participation: has[ledger.GrowthParticipation].Available, Contribution: has[ledger.GrowthContribution].Available,
	}
	if c.Standing, err = rules.StandingWith(ctx, s.d.DB, in, now); err != nil {
		return Card{}, err
	}
	if c.Adviser, err = s.adviserOf(ctx, s.d.DB, c.Member); err != nil {
		return Card{}, err
	}
	if rules.Ladder != nil {
		c.Progress = s.progress(c.Standing)
	}
	return c, nil
}

// progress puts into words how far the next level is.
func (s *Service) progress(st level.Standing) *Progress {
	name := func(step *level.Step) (zh, en string) {
		if step == nil {
			return "", ""
		}
		return step.NameZH, step.NameEN
	}
	zh, en := name(st.Level)
	nextZH, nextEN := name(st.Next)
	switch {
	case st.KeptUntil != nil && len(st.ToKeep) > 0:
		p := &Progress{}
		if first := st.ToKeep[0]; first.Of == level.OfGrowth {
			p.ToKeep = first.Missing()
		}
		last := st.KeptUntil.Add(-time.Millisecond).In(s.d.Zone)
		lackZH, lackEN := lacking(st.Level.By, st.ToKeep)
		p.TextZH = fmt.Sprintf("您的“%s”保留至%s,在此之前再%s即可保级。", zh, last.Format("2006年1月2日"), lackZH)
		p.TextEN = fmt.Sprintf("%s is kept until %s; %s before then keeps it for longer.", en, last.Format(time.DateOnly), lackEN)
		return p
	case st.Next == nil:
		return &Progress{Percent: 100, TextZH: fmt.Sprintf("您已是最高等级“%s”。", zh), TextEN: fmt.Sprintf("%s is the highest level.", en)}
	case len(st.Lacks) == 0:
		return &Progress{Percent: 99, TextZH: fmt.Sprintf("即将升级为“%s”。", nextZH), TextEN: nextEN + " is near."}
	}
	lackZH, lackEN := lacking(st.Next.By, st.Lacks)
	return &Progress{
		Percent: percent(st), TextZH: fmt.Sprintf("再%s即可升级为“%s”。", lackZH, nextZH), TextEN: fmt.Sprintf("%s to %s.", lackEN, nextEN),
	}
}

// lacking names what is missing of each.
func lacking(by level.Way, lacks []level.Ask) (zh, en string) {
	var partsZH, partsEN []string
	for _, l := range lacks {
		switch n := l.Missing(); l.Of {
		case level.OfSpend:
			partsZH, partsEN = append(partsZH, "消费 "+wording.Yuan(n)+" 元"), append(partsEN, wording.Yuan(n)+" more yuan paid within a year")
		case level.OfPoints:
			partsZH, partsEN = append(partsZH, fmt.Sprintf("获得 %d 积分", n)), append(partsEN, fmt.Sprintf("%d more points earned within a year", n))
		default:
			partsZH, partsEN = append(partsZH, fmt.Sprintf("获得 %d 成长值", n)), append(partsEN, fmt.Sprintf("%d more growth value", n))
		}
	}
	if by == level.ByAny {
		return strings.Join(partsZH, "或"), strings.Join(partsEN, " or ")
	}
	return strings.Join(partsZH, "并"), strings.Join(partsEN, " and ")
}

// percent is how much of the way to the next level is behind: of several that are all asked for the shortest.
func percent(st level.Standing) int {
	if st.Next.By == level.ByGrowth {
		base := int64(0)
		if st.Level != nil && st.Level.By == level.ByGrowth {
			base = st.Level.From
		}
		way := st.Next.From - base
		if way <= 0 {
			return 0
		}
		return int(min(max((st.Growth-base)*100/way, 0), 99))
	}
	far := int64(99) // of all: what is missing none of is far enough
	if st.Next.By == level.ByAny {
		far = 0
	}
	for _, l := range st.Lacks {
		part := min(max(l.Has, 0)*100/l.Least, 99)
		if st.Next.By == level.ByAny {
			far = max(far, part)
		} else {
			far = min(far, part)
		}
	}
	return int(far)
}

// Granted is a benefit with what gives it.
type Granted struct {
	level.Benefit
	By string // the key of the level or of the title
}

// GrantedBy lists the benefits of a standing with what gives each: of the level first, then of the titles.
func GrantedBy(st level.Standing) []Granted {
	ofTitles := 0
	for _, t := range st.Titles {
		ofTitles += len(t.Benefits)
	}
	all := make([]Granted, 0, len(st.Benefits))
	for _, b := range st.Benefits[:len(st.Benefits)-ofTitles] {
		all = append(all, Granted{b, st.Level.Key})
	}
	for _, t := range st.Titles {
		for _, b := range t.Benefits {
			all = append(all, Granted{b, t.Key})
		}
	}
	return all
}

// AtTill tells whether staff at a till have something to do for a benefit of the kind.
func AtTill(k level.BenefitKind) bool {
	switch k {
	case level.Discount, level.Voucher, level.PointsTimes, level.Gift, level.Service, level.Priority:
		return true
	}
	return false
}
