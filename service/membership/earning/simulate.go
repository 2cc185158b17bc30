package earning

import (
	"context"
	"slices"
	"time"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/identity"
	"guike/model/membership"
	model "guike/model/membership/earning"
	"guike/model/project/budget"
)

// Trial is a dry run: what would be given for an event. Draft takes the place of the rule of its key, or
// comes beside the others; without it the standing rules are tried. With a customer, level, titles,
// birthday, first payment and what the rules gave before are theirs; otherwise the facts say them.
type Trial struct {
	Draft      *NewRule
	CustomerID id.ID
	Event      model.Event
	At         time.Time // zero for now
	StoreID    id.ID
	Facts      model.Facts
}

// Tried is what a dry run came to, every rule in the order in which they were worked.
type Tried struct {
	At       time.Time
	Facts    model.Facts
	Verdicts []model.Verdict
}

// Simulate works the rules and gives nothing (G12). Errors: input.invalid, for a condition with its
// position; not_found for a customer out of reach.
func (s *Service) Simulate(ctx context.Context, who actor.Actor, in Trial) (Tried, error) {
	if !slices.Contains(model.Events(), in.Event) {
		return Tried{}, fault.Broken("body.event", "unknown", "没有这种事件。", "There is no such event.")
	}
	rules, err := s.tried(ctx, in)
	if err != nil {
		return Tried{}, err
	}
	o := model.Occasion{Event: in.Event, At: in.At, StoreID: in.StoreID, Facts: in.Facts}
	if o.At.IsZero() {
		o.At = s.d.DB.Now()
	}
	o.FullWeek, o.FullMonth = full(o.Streak)
	o.Store, o.Weekday = o.StoreID.String(), model.Weekday(s.day(o.At))
	used := map[string]model.Usage{}
	if !in.CustomerID.IsZero() {
		if used, err = s.as(ctx, who, in.CustomerID, &o, rules); err != nil {
			return Tried{}, err
		}
	}
	if err := s.budgets(ctx, rules, used); err != nil {
		return Tried{}, err
	}
	_, verdicts, err := model.Work(rules, o, used)
	return Tried{At: o.At, Facts: o.Facts, Verdicts: verdicts}, err
}

// tried are the rules of a dry run: those of its event, and the draft.
func (s *Service) tried(ctx context.Context, in Trial) ([]model.Compiled, error) {
	standing, err := model.Standing(ctx, s.d.DB, in.Event)
	if err != nil {
		return nil, err
	}
	if in.Draft == nil {
		return s.compile(standing)
	}
	d := *in.Draft
	if d.Key == "" {
		d.Key = "draft"
	}
	kept, err := model.FindRule(ctx, s.d.DB, d.Key) // the zero Rule for a new one
	if _, is := fault.Of(err); err != nil && !is {
		return nil, err
	}
	if err := s.sound(ctx, &d.Definition, "body.rule.", named(&kept.Definition, "")); err != nil {
		return nil, err
	}
	holds, err := model.Compile(d.Condition)
	if err != nil {
		return nil, err
	}
	others := slices.DeleteFunc(standing, func(r model.Rule) bool { return r.Key == d.Key })
	rules, err := s.compile(others)
	return append(rules, model.Compiled{Rule: model.Rule{Key: d.Key, Version: d.Version, Definition: d.Definition}, Holds: holds}), err
}

// as completes the occasion by what is known of a customer and reads what the rules gave them.
func (s *Service) as(ctx context.Context, who actor.Actor, customer id.ID, o *model.Occasion, rules []model.Compiled) (map[string]model.Usage, error) {
	c, err := identity.FindCustomer(ctx, s.d.DB, who, customer)
	if err != nil {
		return nil, err
	}
	m, err := membership.MemberOf(ctx, s.d.DB, c.ID)
	if err != nil {
		return nil, err
	}
	if o.StoreID.IsZero() {
		o.StoreID = c.StoreID
	}
	if err := s.fill(ctx, s.d.DB, o, person{c, m, s.d.DB.Now()}); err != nil {
		return nil, err
	}
	before, err := budget.PaidBefore(ctx, s.d.DB, c.ID, id.New())
	if err != nil {
		return nil, err
	}
	o.FirstPayment = o.Event == model.Payment && !before
	var keys []string
	for _, r := range rules {
		if r.Capped() {
			keys = append(keys, r.Key)
		}
	}
	return model.Used(ctx, s.d.DB, c.ID, keys, s.day(s.d.DB.Now()))
}

func (s *Service) budgets(ctx context.Context, rules []model.Compiled, used map[string]model.Usage) error {
	for _, r := range rules {
		if r.Budget == 0 {
			continue
		}
		spent, err := model.Budget(ctx, s.d.DB, r.Key)
		if err != nil {
			return err
		}
		u := used[r.Key]
		u.Budget = spent
		used[r.Key] = u
	}
	return nil
}
