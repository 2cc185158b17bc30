package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/alexedwards/argon2id"
	"golang.org/x/sync/errgroup"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/project"
	"guike/model/project/handover"
	"guike/model/project/material"
	siteplan "guike/model/project/plan"
	projectservice "guike/service/project"
)

// company is what every household is made from. It does not change once it is built, so that batches
// may be made side by side.
type company struct {
	seed  uint64
	base  time.Time // when the demo began; nothing happened after it
	zone  *time.Location
	box   *crypt.Box
	blind *crypt.Blind

	regions  []identity.Region
	stores   []identity.Store
	staff    []identity.Staff // as in the roster
	crews    []crew           // of the stores
	photos   [scenes][perScene]id.ID
	patterns map[project.Kind]pattern
	policies map[string]policy

	calendar   siteplan.Calendar
	planPolicy siteplan.Policy
	catalogue  []material.Material                 // as in the list of stuffs
	batches    [][]material.Batch                  // of each
	checklists map[string][]handover.ChecklistItem // by kind and stage
	shelf      shelf                               // what is kept when the company is founded
}

// crew are a store's people, by role, those who left last.
type crew struct {
	store  identity.Store
	shop   shop
	of     map[actor.Role][]identity.Staff
	former identity.Staff // a project manager who left, or the second one
}

// pattern is a stage template.
type pattern struct {
	template project.Template
	items    []project.TemplateItem
}

// newCompany names regions, stores and staff. Work phones are sealed, passwords come with hire.
func newCompany(d Deps, p plan) (*company, error) {
	c := &company{seed: p.Seed, base: p.Base, zone: d.Zone, box: d.Box, blind: d.Blind}
	founded := p.Base.AddDate(-3, 0, 0)
	draw := newDice(p.Seed, "company", 0)
	for _, name := range regionNames {
		c.regions = append(c.regions, identity.Region{ID: draw.id(founded), Name: name, CreatedAt: founded, Version: 1})
	}
	for i, s := range shops {
		at := founded.AddDate(0, i, 0)
		c.stores = append(c.stores, identity.Store{
			ID: draw.id(at), Name: s.name, City: s.city, RegionID: c.regions[s.region].ID, Address: s.address, Phone: s.phone,
			Open: true, CreatedAt: at, UpdatedAt: at, Version: 1,
		})
	}
	for i, h := range roster {
		person, err := c.employ(draw, i, h)
		if err != nil {
			return nil, err
		}
		c.staff = append(c.staff, person)
	}
	for scene := range c.photos {
		for n := range c.photos[scene] {
			c.photos[scene][n] = draw.id(c.painted(scene*perScene + n))
		}
	}
	c.gather()
	c.calendar = siteplan.NewCalendar([]siteplan.Closure{*c.closure(actor.Actor{})})
	if err := c.stock(); err != nil {
		return nil, fmt.Errorf("stock the catalogue: %w", err)
	}
	return c, c.supervisors()
}

func (c *company) employ(draw dice, number int, h hire) (identity.Staff, error) {
	joined := c.base.AddDate(-2, 0, number*7-200)
	phone := fmt.Sprintf("154%04d%04d", draw.IntN(10_000), number+1)
	sealed, err := c.box.Seal(identity.StaffPhoneField, phone)
	if err != nil {
		return identity.Staff{}, fmt.Errorf("seal %s: %w", identity.StaffPhoneField, err)
	}
	s := identity.Staff{
		ID: draw.id(joined), Username: h.username, Name: h.name, Role: h.role, PhoneEnc: sealed,
		PhoneIdx:          c.blind.Index(identity.StaffPhoneField, phone),
		PasswordChangedAt: joined, CreatedAt: joined, UpdatedAt: joined, Version: 1,
	}
	if h.shop >= 0 {
		s.StoreID = c.stores[h.shop].ID
	}
	if h.region >= 0 {
		s.RegionID = c.regions[h.region].ID
	}
	if h.left {
		gone := c.base.AddDate(0, 0, -12)
		s.DisabledAt, s.UpdatedAt, s.Version = &gone, gone, 2
	}
	return s, nil
}

// gather sorts the staff into crews. The central people belong to each.
func (c *company) gather() {
	for i, s := range c.stores {
		crew := crew{store: s, shop: shops[i], of: map[actor.Role][]identity.Staff{}}
		for j, h := range roster {
			if h.shop != i && h.shop >= 0 {
				continue
			}
			if h.left {
				crew.former = c.staff[j]
				continue
			}
			crew.of[h.role] = append(crew.of[h.role], c.staff[j])
		}
		if crew.former.ID.IsZero() {
			crew.former = crew.of[actor.ProjectManager][1]
		}
		c.crews = append(c.crews, crew)
	}
}

// hashing is what the house asks of a password's hash; the package's test signs in with one.
var hashing = argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// givePasswords hashes everybody's password, two at a time: each hash takes 19 MB.
func (c *company) givePasswords(ctx context.Context, how *argon2id.Params) error {
	if how == nil {
		how = &hashing
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2)
	for i := range c.staff {
		g.Go(func() (err error) {
			if err := ctx.Err(); err != nil {
				return err
			}
			c.staff[i].PasswordHash, err = argon2id.CreateHash(passwordOf(c.staff[i].Username), how)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("hash passwords: %w", err)
	}
	return nil
}

// foundTx keeps regions, stores and staff, and what else belongs to the company as a whole.
func (c *company) foundTx(ctx context.Context, tx *db.Tx) error {
	if err := insert(ctx, tx, c.regions); err != nil {
		return err
	}
	if err := insert(ctx, tx, c.stores); err != nil {
		return err
	}
	if err := insert(ctx, tx, c.staff); err != nil {
		return err
	}
	return c.roomsTx(ctx, tx)
}

// learn reads the stage templates and task policies by which the company works.
func (c *company) learn(ctx context.Context, r db.Reader) error {
	c.patterns, c.policies = map[project.Kind]pattern{}, map[string]policy{}
	for _, kind := range []project.Kind{project.CustomFurniture, project.Renovation} {
		t, items, err := project.CurrentTemplate(ctx, r, kind, projectservice.StandardTemplate)
		if err != nil {
			return fmt.Errorf("stage template of %s: %w", kind, err)
		}
		c.patterns[kind] = pattern{t, items}
	}
	return c.learnRooms(ctx, r)
}

// today is the business day that is under way at the base instant; it has no logs yet, so that the
// first one of the day is for the visitor to write.
func (c *company) today() clock.Day { return project.BusinessDay(c.base, c.zone) }

// before is an instant so many minutes before the base.
func (c *company) before(minutes int) time.Time {
	return clock.Cut(c.base.Add(-time.Duration(minutes) * time.Minute))
}
