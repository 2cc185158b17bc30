package level

import (
	"context"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/membership"
	model "guike/model/membership/level"
)

// Overview is the ladder, the titles, and where a customer stands.
type Overview struct {
	model.Standing
	Ladder model.Plan
	Titles []model.TitleRule
}

// Mine shows a customer the ladder, the titles that can be had, and where they stand.
func (s *Service) Mine(ctx context.Context, customer id.ID) (o Overview, err error) {
	rules, err := s.rules.Now(ctx, s.d.DB)
	if err != nil {
		return o, err
	}
	if rules.Ladder != nil {
		o.Ladder = rules.Ladder.Plan
	}
	for _, t := range rules.Titles {
		if t.Enabled {
			o.Titles = append(o.Titles, t)
		}
	}
	o.Standing, err = rules.StandingOf(ctx, s.d.DB, customer, s.d.DB.Now())
	return o, err
}

// StandingFor shows where a customer stands to staff within whose reach they are. Errors: not_found.
func (s *Service) StandingFor(ctx context.Context, who actor.Actor, customer id.ID) (Overview, error) {
	c, err := identity.FindCustomer(ctx, s.d.DB, who, customer)
	if err != nil {
		return Overview{}, err
	}
	return s.Mine(ctx, c.ID)
}

// Named is a change of level with what people call the levels now; the key where the ladder has one no more.
type Named struct {
	model.Change
	FromZH, FromEN string
	ToZH, ToEN     string
}

// Changes lists the changes of a customer's level, newest first, each with its reason.
func (s *Service) Changes(ctx context.Context, customer id.ID, p db.Page) ([]Named, db.Cursor, error) {
	rows, next, err := model.Changes(ctx, s.d.DB, customer, p)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	rules, err := s.rules.Now(ctx, s.d.DB)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	all := make([]Named, 0, len(rows))
	for _, c := range rows {
		n := Named{Change: c}
		n.FromZH, n.FromEN = nameOf(rules, c.FromLevel)
		n.ToZH, n.ToEN = nameOf(rules, c.ToLevel)
		all = append(all, n)
	}
	return all, next, nil
}

func nameOf(rules model.Rules, key string) (zh, en string) {
	if rules.Ladder != nil {
		if i, ok := rules.Ladder.Index(key); ok && i >= 0 {
			return rules.Ladder.Steps[i].NameZH, rules.Ladder.Steps[i].NameEN
		}
	}
	return key, key
}

// ChangesFor is Changes on behalf of staff within whose reach the customer is. Errors: not_found.
func (s *Service) ChangesFor(ctx context.Context, who actor.Actor, customer id.ID, p db.Page) ([]Named, db.Cursor, error) {
	c, err := identity.FindCustomer(ctx, s.d.DB, who, customer)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	return s.Changes(ctx, c.ID, p)
}

// Grant is a grant of a title with what people call it, and whether it holds now.
type Grant struct {
	membership.Title
	NameZH, NameEN string
	Held           bool
}

// Grants lists every title that a customer was granted, held or ended, newest first, with the reasons.
func (s *Service) Grants(ctx context.Context, customer id.ID, p db.Page) ([]Grant, db.Cursor, error) {
	rows, next, err := membership.Grants(ctx, s.d.DB, customer, p)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	all, err := s.named(ctx, rows)
	return all, next, err
}

func (s *Service) named(ctx context.Context, rows []membership.Title) ([]Grant, error) {
	rules, err := s.rules.Now(ctx, s.d.DB)
	if err != nil {
		return nil, err
	}
	now, all := s.d.DB.Now().UnixMilli(), make([]Grant, 0, len(rows))
	for _, t := range rows {
		g := Grant{Title: t, NameZH: t.Title, NameEN: t.Title, Held: t.EndedAt == nil && (t.UntilAt == nil || *t.UntilAt > now)}
		if r, ok := rules.Title(t.Title); ok {
			g.NameZH, g.NameEN = r.NameZH, r.NameEN
		}
		all = append(all, g)
	}
	return all, nil
}

// grantOf reads a grant, also when the record to which it was made has been merged into another since.
func (s *Service) grantOf(ctx context.Context, customer, grant id.ID) (Grant, error) {
	var t membership.Title
	err := s.d.DB.Snapshot(ctx, func(r db.Reader) error {
		c, err := identity.FindCustomer(ctx, r, actor.Machine(), customer)
		if err != nil {
			return err
		}
		t, err = membership.GrantByID(ctx, r, c.ID, grant)
		return err
	})
	if err != nil {
		return Grant{}, err
	}
	all, err := s.named(ctx, []membership.Title{t})
	if err != nil {
		return Grant{}, err
	}
	return all[0], nil
}

// GrantsFor is Grants on behalf of staff within whose reach the customer is. Errors: not_found.
func (s *Service) GrantsFor(ctx context.Context, who actor.Actor, customer id.ID, p db.Page) ([]Grant, db.Cursor, error) {
	c, err := identity.FindCustomer(ctx, s.d.DB, who, customer)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	return s.Grants(ctx, c.ID, p)
}
