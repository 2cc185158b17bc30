package level

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	"guike/model/membership"
)

const (
	// stride bounds how many rows one statement brings or writes.
	stride = 200
	// year is how far back facts of the last year look.
	year = 365 * 24 * time.Hour
)

// forever is when lots are due that do not expire; a year before it is far enough away.
var forever = time.Date(9998, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

// Case is everything that decides a member's level and titles at an instant.
type Case struct {
	Member membership.Member
	Course Course
	Open   []membership.Title // grants that have not been ended, in the order in which they were made
	deeds  []membership.DeedCount
}

// purse tells which growth of whom an account holds.
type purse struct {
	of   *Case
	book ledger.Book
}

func (p purse) parts(amount int64) Parts {
	switch p.book {
	case ledger.GrowthSpend:
		return Parts{Spend: amount}
	case ledger.GrowthParticipation:
		return Parts{Participation: amount}
	}
	return Parts{Contribution: amount}
}

// gathering reads the cases of several members in a number of statements that does not grow with them.
type gathering struct {
	r      db.Reader
	rules  Rules
	now    time.Time
	cases  []*Case
	of     map[id.ID]*Case
	purses map[id.ID]purse
	ids    []id.ID // of the accounts
}

func growth() []ledger.Book {
	return []ledger.Book{ledger.GrowthSpend, ledger.GrowthParticipation, ledger.GrowthContribution}
}

// Gather reads what decides the levels and titles of members at an instant, in a fixed number of statements.
func Gather(ctx context.Context, r db.Reader, rules Rules, members []membership.Member, now time.Time) ([]*Case, error) {
	g := newGathering(r, rules, members, now)
	for _, read := range []func(context.Context) error{g.balances, g.expiries, g.past, g.yearly, g.titles, g.counts} {
		if err := read(ctx); err != nil {
			return nil, err
		}
	}
	for _, c := range g.cases {
		c.Course.Past, c.Course.Ahead = tidy(c.Course.Past), tidy(c.Course.Ahead)
	}
	return g.cases, nil
}

func newGathering(r db.Reader, rules Rules, members []membership.Member, now time.Time) *gathering {
	g := &gathering{r: r, rules: rules, now: now, of: map[id.ID]*Case{}, purses: map[id.ID]purse{}}
	for _, m := range members {
		c := &Case{Member: m}
		g.cases, g.of[m.CustomerID] = append(g.cases, c), c
		for _, b := range growth() {
			i := ledger.Of(b, m.CustomerID).AccountID()
			g.purses[i], g.ids = purse{c, b}, append(g.ids, i)
		}
	}
	return g
}

func (g *gathering) balances(ctx context.Context) error {
	var rows []struct {
		ID        id.ID
		Available int64
	}
	if err := g.r.Conn(ctx).Model(&ledger.Account{}).Select("id, available").Where("id IN ?", g.ids).Scan(&rows).Error; err != nil {
		return fmt.Errorf("read growth: %w", err)
	}
	g.ids = g.ids[:0] // those that are open
	for _, row := range rows {
		p := g.purses[row.ID]
		p.of.Course.Now = p.of.Course.Now.less(p.parts(-row.Available))
		g.ids = append(g.ids, row.ID)
	}
	return nil
}

// expiries reads what is due but has not been taken off by the ledger's job yet, and what will expire.
func (g *gathering) expiries(ctx context.Context) error {
	return g.due(ctx, forever)
}

func (g *gathering) due(ctx context.Context, until int64) error {
	if len(g.ids) == 0 {
		return nil
	}
	var rows []struct {
		AccountID id.ID
		DueAt     int64
		Amount    int64
	}
	err := g.r.Conn(ctx).Model(&ledger.Lot{}).Select("account_id, due_at, SUM(remaining) AS amount").
		Where("account_id IN ? AND due_at <= ?", g.ids, until).Group("account_id, due_at").Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("read what growth expires: %w", err)
	}
	for _, row := range rows {
		p := g.purses[row.AccountID]
		course, m := &p.of.Course, Move{row.DueAt, p.parts(-row.Amount)}
		if m.At > g.now.UnixMilli() {
			course.Ahead = append(course.Ahead, m)
			continue
		}
		course.Now, course.Past = course.Now.less(m.By.negative()), append(course.Past, m)
	}
	return nil
}

// past reads what moved growth since members were looked at last, for those whose level the clock may have
// changed since.
func (g *gathering) past(ctx context.Context) error {
	first, late := g.now.UnixMilli(), map[id.ID]bool{}
	for _, c := range g.cases {
		if from := g.rules.from(c.Member, g.now); from < g.now.UnixMilli() {
			first, late[c.Member.CustomerID] = min(first, from), true
		}
	}
	ids := slices.DeleteFunc(slices.Clone(g.ids), func(i id.ID) bool { return !late[g.purses[i].of.Member.CustomerID] })
	if len(ids) == 0 {
		return nil
	}
	var rows []struct {
		AccountID id.ID
		Amount    int64
		At        time.Time
		Kind      ledger.Kind
		Source    string
	}
	err := g.r.Conn(ctx).Table("ledger_entries e").Joins("JOIN ledger_transfers t ON t.id = e.transfer_id").
		Select("e.account_id, e.amount, e.at, t.kind, t.source").
		Where("e.account_id IN ? AND e.side = ? AND e.at >= ?", ids, ledger.Available, time.UnixMilli(first).UTC()).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("read what moved growth: %w", err)
	}
	for _, row := range rows {
		p, at := g.purses[row.AccountID], row.At.UnixMilli()
		if row.Kind == ledger.KindExpire { // counted from when it was due, whenever the ledger's job came
			if due, err := strconv.ParseInt(strings.TrimPrefix(row.Source, "expiry:"), 10, 64); err == nil {
				at = due
			}
		}
		p.of.Course.Past = append(p.of.Course.Past, Move{at, p.parts(row.Amount)})
	}
	return nil
}

// yearly reads what was paid and earned within the last year, for a ladder that asks for it (F2). What went back
// counts as if it had never come, from whenever it came on.
func (g *gathering) yearly(ctx context.Context) error {
	if g.rules.Ladder == nil {
		return nil
	}
	first := g.now.UnixMilli()
	for _, c := range g.cases {
		first = min(first, g.rules.from(c.Member, g.now))
	}
	since := time.UnixMilli(first).Add(-year)
	paid, earned := g.rules.Ladder.yearly()
	if paid {
		gains, err := membership.PaidAfter(ctx, g.r, g.customers(), since)
		if err != nil {
			return err
		}
		g.gained(gains, first, func(n int64) Parts { return Parts{PaidFen: n} })
	}
	if earned {
		gains, err := membership.PointsAfter(ctx, g.r, g.customers(), since)
		if err != nil {
			return err
		}
		g.gained(gains, first, func(n int64) Parts { return Parts{Earned: n} })
	}
	return nil
}

// gained adds what came to the courses: it counts for a year.
func (g *gathering) gained(gains []membership.Gain, first int64, parts func(int64) Parts) {
	now := g.now.UnixMilli()
	for _, m := range gains {
		course := &g.of[m.CustomerID].Course
		came, goes := min(m.At, now), min(m.At, now)+year.Milliseconds()
		if came > first {
			course.Past = append(course.Past, Move{came, parts(m.Amount)})
		}
		if gone := (Move{goes, parts(-m.Amount)}); goes <= now {
			course.Past = append(course.Past, gone)
		} else {
			course.Now, course.Ahead = course.Now.less(gone.By), append(course.Ahead, gone)
		}
	}
}

func (g *gathering) titles(ctx context.Context) error {
	var rows []membership.Title
	err := g.r.Conn(ctx).Where("customer_id IN ? AND ended_at IS NULL", g.customers()).Order("customer_id, id").Find(&rows).Error
	if err != nil {
		return fmt.Errorf("read open titles: %w", err)
	}
	for _, t := range rows {
		c := g.of[t.CustomerID]
		c.Open = append(c.Open, t)
	}
	return nil
}

func (g *gathering) counts(ctx context.Context) error {
	if !slices.ContainsFunc(g.rules.Titles, TitleRule.automatic) {
		return nil
	}
	rows, err := membership.DeedsOf(ctx, g.r, g.customers(), g.now.Add(-year))
	for _, d := range rows {
		c := g.of[d.CustomerID]
		c.deeds = append(c.deeds, d)
	}
	return err
}

func (g *gathering) customers() []id.ID {
	ids := make([]id.ID, 0, len(g.cases))
	for _, c := range g.cases {
		ids = append(ids, c.Member.CustomerID)
	}
	return ids
}

// facts are what titles look at.
func (c *Case) facts(rules Rules, level string) Facts {
	f := Facts{
		GrowthSpend: c.Course.Now.Spend, GrowthTakingPart: c.Course.Now.Participation, GrowthContribution: c.Course.Now.Contribution, Level: level,
	}
	if rules.Ladder != nil {
		f.Growth = rules.Ladder.Weights.Value(c.Course.Now)
	}
	into := map[string][2]*int64{
		"payment": {&f.Payments, &f.PaymentsYear}, "check_in": {&f.CheckIns, &f.CheckInsYear}, "review_approved": {&f.Reviews, &f.ReviewsYear},
		"survey_answered": {&f.Surveys, &f.SurveysYear}, "friend_ordered": {&f.Referrals, &f.ReferralsYear}, "proposal_adopted": {&f.Proposals, &f.ProposalsYear},
	}
	for _, d := range c.deeds {
		if n, ok := into[d.Event]; ok {
			*n[0], *n[1] = d.InAll, d.Lately
		}
	}
	return f
}
