package card

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
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
	case st.KeptUntil != nil && st.Level != nil && st.Growth < st.Level.From:
		p := &Progress{ToKeep: st.Level.From - st.Growth}
		last := st.KeptUntil.Add(-time.Millisecond).In(s.d.Zone)
		p.TextZH = fmt.Sprintf("您的“%s”保留至%s,在此之前再获得 %d 成长值即可保级。", zh, last.Format("2006年1月2日"), p.ToKeep)
		p.TextEN = fmt.Sprintf("%s is kept until %s; %d more growth value before then keeps it for longer.", en, last.Format(time.DateOnly), p.ToKeep)
		return p
	case st.Next == nil:
		return &Progress{Percent: 100, TextZH: fmt.Sprintf("您已是最高等级“%s”。", zh), TextEN: fmt.Sprintf("%s is the highest level.", en)}
	case st.Missing == 0:
		return &Progress{Percent: 99, TextZH: fmt.Sprintf("即将升级为“%s”。", nextZH), TextEN: nextEN + " is near."}
	}
	base := int64(0)
	if st.Level != nil {
		base = st.Level.From
	}
	p := &Progress{}
	if way := st.Next.From - base; way > 0 {
		p.Percent = int(min(max((st.Growth-base)*100/way, 0), 99))
	}
	p.TextZH = fmt.Sprintf("再获得 %d 成长值即可升级为“%s”。", st.Missing, nextZH)
	p.TextEN = fmt.Sprintf("%d more growth value to %s.", st.Missing, nextEN)
	return p
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
