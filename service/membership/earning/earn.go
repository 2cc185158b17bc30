package earning

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/ledger"
	"guike/model/membership"
	model "guike/model/membership/earning"
	"guike/model/project/budget"
)

// Occasion is an event for which a customer earns. Source names it for ever, "payment:<id>": a source gives
// once. Facts hold what the caller knows; level, titles, weekday, birthday and whether a payment is the
// first are filled in.
type Occasion struct {
	model.Occasion
	CustomerID id.ID
	Source     string
	RefKind    string // what a reader of the statement may open
	RefID      id.ID
	PaymentID  id.ID // of a payment
	Site       *Site // the project that it happened in; nil for none
	Quiet      bool  // no message of what was given
}

// Site is a project on which promises can hang.
type Site struct {
	ProjectID id.ID
	Stages    map[string]bool // whether a stage is completed, by key
	Completed bool
}

// Earned is what a source gave, by book: at once, and promised.
type Earned struct {
	Awarded  map[ledger.Book]int64
	Promised map[ledger.Book]int64
}

func sum(grants []model.Grant) Earned {
	e := Earned{map[ledger.Book]int64{}, map[ledger.Book]int64{}}
	for _, g := range grants {
		if g.Promised() {
			e.Promised[g.Book] += g.Amount
		} else {
			e.Awarded[g.Book] += g.Amount
		}
	}
	return e
}

// GivenFor reads what a source gave when it was known first; nothing for one that gave nothing.
func (s *Service) GivenFor(ctx context.Context, r db.Reader, source string) (Earned, error) {
	grants, err := model.GrantsFor(ctx, r, source)
	return sum(grants), err
}

// EarnTx gives what the rules say for an occasion, in the caller's transaction and once a source: known
// ones answer as the first time. It locks the member, then the accounts, so it comes after the locks of the
// occasion's own subject. Errors: not_found for a customer who does not exist.
func (s *Service) EarnTx(ctx context.Context, tx *db.Tx, who actor.Actor, o Occasion) (Earned, error) {
	find := identity.LockCustomer // so that the record is not merged into another meanwhile
	if o.Site != nil || o.Event == model.CheckedIn {
		find = known // the project's lock keeps it, or it is a record that signs in
	}
	c, err := find(ctx, tx, o.CustomerID)
	if err != nil {
		return Earned{}, err
	}
	o.CustomerID = c.ID
	m, err := membership.JoinTx(ctx, tx, c.ID)
	if err != nil {
		return Earned{}, err
	}
	before, err := model.GivenTo(ctx, tx, c.ID, o.Source)
	if err != nil || len(before) > 0 {
		return sum(before), err
	}
	deed := membership.Deed{CustomerID: c.ID, Event: string(o.Event), Source: o.Source, At: o.At.UnixMilli()}
	if o.Event == model.Payment {
		deed.AmountFen = o.AmountFen
	}
	if err := membership.AddDeedTx(ctx, tx, deed); err != nil {
		return Earned{}, err
	}
	if o.StoreID.IsZero() {
		o.StoreID = c.StoreID
	}
	if err := s.fill(ctx, tx, &o.Occasion, person{c, m, tx.Now}); err != nil {
		return Earned{}, err
	}
	if o.Event == model.Payment {
		before, err := budget.PaidBefore(ctx, tx, c.ID, o.PaymentID)
		if err != nil {
			return Earned{}, err
		}
		o.FirstPayment = !before
	}
	grants, err := s.giveTx(ctx, tx, who, o)
	if err != nil {
		return Earned{}, err
	}
	e := sum(grants)
	if len(grants) > 0 && !o.Quiet {
		if err := s.tellGiven(ctx, tx, c.ID, e.Awarded); err != nil {
			return e, err
		}
	}
	return e, s.movedTx(ctx, tx, who, c.ID)
}

func known(ctx context.Context, tx *db.Tx, customer id.ID) (identity.Customer, error) {
	return identity.FindCustomer(ctx, tx, actor.Machine(), customer)
}

// person is a customer with their membership, as they are at an instant.
type person struct {
	customer identity.Customer
	member   membership.Member
	now      time.Time
}

// fill completes the facts of an occasion by what is known of the person.
func (s *Service) fill(ctx context.Context, r db.Reader, o *model.Occasion, p person) (err error) {
	day := s.day(o.At)
	o.Level, o.Weekday, o.BirthdayWeek = p.member.Level, model.Weekday(day), model.InBirthdayWeek(p.customer.Birthday, day)
	o.Store = o.StoreID.String()
	o.Titles, err = titles(ctx, r, p.customer.ID, p.now)
	return err
}

// giveTx works the rules and posts what they give.
func (s *Service) giveTx(ctx context.Context, tx *db.Tx, who actor.Actor, o Occasion) ([]model.Grant, error) {
	standing, err := model.Standing(ctx, tx, o.Event)
	if err != nil {
		return nil, err
	}
	rules, err := s.compile(standing)
	if err != nil {
		return nil, err
	}
	used, err := model.Used(ctx, tx, o.CustomerID, capped(standing), s.day(tx.Now))
	if err != nil {
		return nil, err
	}
	awards, _, err := model.Work(rules, o.Occasion, used)
	if err != nil || len(awards) == 0 {
		return nil, err
	}
	may := ruled(awards)
	scarce := slices.ContainsFunc(may, func(r model.Rule) bool { return r.Budget > 0 })
	if scarce { // a spent budget may let another rule of its group give
		may = enabled(standing)
	}
	var keys []ledger.Key
	for _, r := range may {
		keys = append(keys, ledger.Of(r.Book, o.CustomerID))
	}
	set, err := s.d.Ledger.LockTx(ctx, tx, keys...)
	if err != nil {
		return nil, err
	}
	if scarce {
		if err := lockBudgets(ctx, tx, may, used); err != nil {
			return nil, err
		}
		if awards, _, err = model.Work(rules, o.Occasion, used); err != nil {
			return nil, err
		}
		if err := useBudgets(ctx, tx, awards, used); err != nil {
			return nil, err
		}
	}
	grants := make([]model.Grant, 0, len(awards))
	for _, a := range awards {
		g, err := s.postTx(ctx, tx, who, set, given{o, a})
		if err != nil {
			return nil, fmt.Errorf("give by rule %s: %w", a.Rule.Key, err)
		}
		grants = append(grants, g)
	}
	return grants, model.AddGrantsTx(ctx, tx, grants)
}

func ruled(awards []model.Award) (rules []model.Rule) {
	for _, a := range awards {
		rules = append(rules, a.Rule)
	}
	return rules
}

func enabled(rules []model.Rule) (on []model.Rule) {
	for _, r := range rules {
		if r.Enabled {
			on = append(on, r)
		}
	}
	return on
}

func capped(rules []model.Rule) (keys []string) {
	for _, r := range rules {
		if r.Capped() {
			keys = append(keys, r.Key)
		}
	}
	return keys
}

// lockBudgets locks the budgets of rules, in the order of their keys, and reads what is used of them. Rules
// without a budget share nothing, so nobody waits for them.
func lockBudgets(ctx context.Context, tx *db.Tx, rules []model.Rule, used map[string]model.Usage) error {
	rules = slices.SortedFunc(slices.Values(rules), func(a, b model.Rule) int { return cmp.Compare(a.Key, b.Key) })
	for _, r := range rules {
		if r.Budget == 0 {
			continue
		}
		spent, err := model.LockBudgetTx(ctx, tx, r.Key)
		if err != nil {
			return err
		}
		u := used[r.Key]
		u.Budget = spent
		used[r.Key] = u
	}
	return nil
}

func useBudgets(ctx context.Context, tx *db.Tx, awards []model.Award, used map[string]model.Usage) error {
	for _, a := range awards {
		if a.Rule.Budget == 0 {
			continue
		}
		if err := model.SetBudgetTx(ctx, tx, a.Rule.Key, used[a.Rule.Key].Budget+a.Amount); err != nil {
			return err
		}
	}
	return nil
}

// given is an award with the occasion that it is for.
type given struct {
	Occasion
	award model.Award
}

// postTx gives one award: at once, or as a promise.
func (s *Service) postTx(ctx context.Context, tx *db.Tx, who actor.Actor, set *ledger.Set, in given) (model.Grant, error) {
	o, a, r := in.Occasion, in.award, in.award.Rule
	award := ledger.Award{
		To: ledger.Of(r.Book, o.CustomerID), Amount: a.Amount, Life: r.Life,
		Cause: ledger.Cause{Source: o.Source, Rule: r.Key, RefKind: o.RefKind, RefID: o.RefID, Reason: r.NameZH, By: who},
	}
	g := model.Grant{
		CustomerID: o.CustomerID, RuleKey: r.Key, Source: o.Source, RuleVersion: r.Version, Book: r.Book, Amount: a.Amount, Day: s.day(tx.Now),
	}
	var posted ledger.Posted
	var err error
	if when, waits := s.waits(r.Vest, o, tx.Now); waits {
		g.Subject = when.Subject
		posted, err = set.Promise(ctx, award, when)
	} else {
		posted, err = set.Award(ctx, award)
	}
	g.TransferID = posted.Transfer
	return g, err
}

// waits says what a grant waits for; ok is false for what is given at once, since nothing is to be waited
// for, or it has happened already.
func (s *Service) waits(v model.Vest, o Occasion, now time.Time) (w ledger.When, ok bool) {
	w.Subject = "customer:" + o.CustomerID.String()
	if o.Site != nil {
		w.Subject = Subject(o.Site.ProjectID)
	}
	switch v.Kind {
	case model.AtStage:
		if o.Site == nil {
			return w, false
		}
		done, has := o.Site.Stages[v.Stage]
		w.Event = StageEvent(v.Stage)
		if !has {
			w.Event, done = EventCompleted, o.Site.Completed
		}
		return w, !done
	case model.InDays:
		w.At = now.AddDate(0, 0, v.Days)
		return w, true
	case model.OnDay:
		w.At = v.Day.Start(s.d.Zone)
		return w, w.At.After(now)
	}
	return w, false
}
