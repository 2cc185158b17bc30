package card

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/lease"
	"guike/model/membership"
	model "guike/model/membership/card"
)

const (
	// stride is how many members one statement finds.
	stride = 200
	// assignLease is for how long one instance names advisers before another may; it is prolonged with every stride.
	assignLease = 5 * time.Minute
	assignName  = "advisers-name"
)

// NameAdvisers gives an adviser to every member whose level promises one and who has none (F13): of the people
// of the role in the customer's store, or else in the head office, the one with the fewest members, of several
// the one who has been here longest. Members whose adviser is gone get another, or none if their level promises none. Whoever has one
// keeps them. One instance does it at a time; what it has done stands when it is cut off.
func (s *Service) NameAdvisers(ctx context.Context) error {
	holder := id.New()
	_, mine, err := lease.Acquire(ctx, s.d.DB, assignName, holder, assignLease)
	if err != nil || !mine {
		return err
	}
	rules, err := s.rules.Now(ctx, s.d.DB)
	if err != nil {
		return err
	}
	a := &assigning{s: s, holder: holder, roles: map[string]actor.Role{}, teams: map[team]*crew{}}
	if rules.Ladder != nil {
		for _, step := range rules.Ladder.Steps {
			if step.AdviserRole != "" {
				a.roles[step.Key], a.levels = step.AdviserRole, append(a.levels, step.Key)
			}
		}
	}
	if err = a.replaceGone(ctx); err == nil {
		err = a.giveMissing(ctx)
	}
	if errors.Is(err, errRival) {
		return nil
	}
	return errors.Join(err, lease.Release(ctx, s.d.DB, assignName, holder))
}

// errRival says that another instance went on, since this one stood still for too long.
var errRival = errors.New("another instance names advisers")

// assigning is one run of NameAdvisers.
type assigning struct {
	s      *Service
	holder id.ID
	roles  map[string]actor.Role // promised by a level
	levels []string              // those that promise one, the lowest first
	teams  map[team]*crew
}

// team is the people of a role in a store; without one, in the head office.
type team struct {
	store id.ID
	role  actor.Role
}

// crew is who can be chosen of a team, and how many members each has.
type crew struct {
	people []id.ID // by id: who came first comes first
	loads  map[id.ID]int64
}

// least is who has the fewest members; the zero id when nobody is there.
func (c *crew) least() (chosen id.ID) {
	for _, p := range c.people {
		if chosen.IsZero() || c.loads[p] < c.loads[chosen] {
			chosen = p
		}
	}
	return chosen
}

// replaceGone finds the members whose adviser works here no more.
func (a *assigning) replaceGone(ctx context.Context) error {
	advisers, err := model.Advisers(ctx, a.s.d.DB)
	if err != nil {
		return err
	}
	people, err := identity.StaffByIDs(ctx, a.s.d.DB, advisers)
	if err != nil {
		return err
	}
	for _, gone := range advisers {
		if p, ok := people[gone]; ok && stays(p) {
			continue
		}
		for {
			members, err := model.AdvisedBy(ctx, a.s.d.DB, gone, stride)
			if err != nil {
				return err
			}
			if err := a.work(ctx, members, gone); err != nil {
				return err
			}
			if len(members) < stride {
				break
			}
		}
	}
	return nil
}

// giveMissing finds the members whose level promises an adviser and who have none.
func (a *assigning) giveMissing(ctx context.Context) error {
	for _, key := range a.levels {
		var after id.ID
		for {
			members, err := model.Unadvised(ctx, a.s.d.DB, key, after, stride)
			if err != nil {
				return err
			}
			if err := a.work(ctx, members, id.ID{}); err != nil {
				return err
			}
			if len(members) < stride {
				break
			}
			after = members[len(members)-1] // those for whom nobody is there are not found again in this run
		}
	}
	return nil
}

// work names an adviser for each of the members who still have the former one, each in a transaction of their
// own.
func (a *assigning) work(ctx context.Context, members []id.ID, former id.ID) error {
	if _, mine, err := lease.Acquire(ctx, a.s.d.DB, assignName, a.holder, assignLease); err != nil || !mine {
		return cmp.Or(err, errRival)
	}
	for _, m := range members {
		c, err := identity.FindCustomer(ctx, a.s.d.DB, actor.Machine(), m)
		if err != nil && fault.Code(err) != "not_found" { // who is gone has no store, and gets nobody
			return fmt.Errorf("customer of a member: %w", err)
		}
		if err := a.name(ctx, c, m, former); err != nil {
			return err
		}
	}
	return nil
}

func (a *assigning) name(ctx context.Context, c identity.Customer, member, former id.ID) error {
	kept, err := membership.MemberOf(ctx, a.s.d.DB, member)
	if err != nil {
		return err
	}
	next, team, err := a.choose(ctx, c, kept.Level)
	if err != nil || next == former {
		return err
	}
	named := false
	err = a.s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := a.s.nameTx(ctx, tx, actor.Machine(), member, func(now membership.Member) (id.ID, bool) {
			named = now.AdviserID == former && now.Level == kept.Level
			return next, named
		})
		return err
	})
	if err == nil && named && team != nil {
		team.loads[next]++
	}
	return err
}

// choose picks the adviser whom a level promises to a customer; the zero id when it promises none, or nobody is
// there.
func (a *assigning) choose(ctx context.Context, c identity.Customer, key string) (chosen id.ID, from *crew, err error) {
	role, promised := a.roles[key]
	if !promised || c.ID.IsZero() {
		return id.ID{}, nil, nil
	}
	for _, store := range []id.ID{c.StoreID, {}} {
		if from, err = a.crewOf(ctx, team{store, role}); err != nil || len(from.people) > 0 {
			break
		}
	}
	if err != nil {
		return id.ID{}, nil, err
	}
	return from.least(), from, nil
}

func (a *assigning) crewOf(ctx context.Context, t team) (*crew, error) {
	if known, ok := a.teams[t]; ok {
		return known, nil
	}
	fresh, err := a.gather(ctx, t)
	if err == nil {
		a.teams[t] = fresh
	}
	return fresh, err
}

func (a *assigning) gather(ctx context.Context, t team) (*crew, error) {
	active := true
	c, p := &crew{}, db.Page{Limit: stride}
	for {
		rows, next, err := identity.ListStaff(ctx, a.s.d.DB, actor.Machine(), identity.StaffFilter{StoreID: t.store, Role: t.role, Active: &active}, p)
		if err != nil {
			return nil, err
		}
		for _, s := range rows {
			if stays(s) && s.StoreID == t.store {
				c.people = append(c.people, s.ID)
			}
		}
		if p.After = next; next.IsZero() {
			break
		}
	}
	slices.SortFunc(c.people, func(a, b id.ID) int { return bytes.Compare(a[:], b[:]) })
	var err error
	c.loads, err = model.Loads(ctx, a.s.d.DB, c.people)
	return c, err
}
