package demo

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/picture"
	"guike/model/care"
	"guike/model/db"
	"guike/model/project/diary"
	"guike/model/project/handover"
	"guike/model/project/material"
	siteplan "guike/model/project/plan"
	"guike/model/project/supervisor"
	careservice "guike/service/care"
)

// stock fills the catalogue of materials: each with batches and the papers that came with them (D1, D2).
func (c *company) stock() error {
	draw := newDice(c.seed, "catalogue", 0)
	for i, s := range stuffs {
		at := c.before((200 - i) * 24 * 60)
		code, err := crypt.Code(material.CodeKind, draw)
		if err != nil {
			return err
		}
		m := material.Material{
			ID: draw.id(at), Code: code, Name: s.name, Brand: s.brand, Category: s.category, Model: s.model, Grade: s.grade, Unit: s.unit,
			Supplier: s.supplier, Active: true, Version: 1, CreatedAt: at, UpdatedAt: at,
		}
		c.catalogue = append(c.catalogue, m)
		c.shelf.put(&m)
		var of []material.Batch
		for n := range 1 + i%2 {
			b, err := c.batch(draw, m, n)
			if err != nil {
				return err
			}
			of = append(of, b)
		}
		c.batches = append(c.batches, of)
		c.papers(draw, m, of[0])
	}
	return nil
}

func (c *company) batch(draw dice, m material.Material, n int) (material.Batch, error) {
	at := clock.Cut(m.CreatedAt.AddDate(0, n, 1))
	code, err := crypt.Code(material.BatchCodeKind, draw)
	if err != nil {
		return material.Batch{}, err
	}
	day := clock.DayOf(at, c.zone)
	b := material.Batch{
		ID: draw.id(at), MaterialID: m.ID, Code: code, BatchNo: fmt.Sprintf("%s-%02d", day, draw.between(1, 40)), ProducedOn: day.Plus(-draw.between(8, 40)),
		ReceivedOn: day, Quantity: int64(draw.between(4, 60)) * 50, State: material.BatchGood, Version: 1, CreatedAt: at, UpdatedAt: at,
	}
	c.shelf.put(&b)
	return b, nil
}

// papers are a report that everybody may read, and a contract that stays inside.
func (c *company) papers(draw dice, m material.Material, b material.Batch) {
	by := c.crews[0].of[actor.Admin][0]
	for i, p := range []struct {
		kind  material.DocumentKind
		title string
		seen  material.Visibility
	}{
		{material.TestReport, m.Brand + " " + m.Name + "检测报告", material.ForCustomers},
		{material.PurchaseContract, m.Supplier + "采购合同", material.Internal},
	} {
		at := clock.Cut(b.CreatedAt.Add(time.Duration(i+1) * time.Hour))
		c.shelf.put(&material.Document{
			MaterialID: m.ID, ID: draw.id(at), BatchID: b.ID, Kind: p.kind, Title: p.title, FileID: c.photos[picture.Furnished][i], Visibility: p.seen,
			IssuedOn: b.ProducedOn, AddedBy: by.ID, CreatedAt: at,
		})
	}
}

// supervisors are people of other companies whom customers may choose (C12).
func (c *company) supervisors() error {
	draw := newDice(c.seed, "supervisors", 0)
	for i, s := range outsiders {
		at := c.before((90 - i) * 24 * 60)
		phone, err := c.box.Seal(supervisor.PhoneField, fmt.Sprintf("154%08d", 90_000_000+i))
		if err != nil {
			return fmt.Errorf("seal %s: %w", supervisor.PhoneField, err)
		}
		row := &supervisor.Supervisor{
			ID: draw.id(at), Name: s.name, Company: s.company, Certificate: s.certificate, Introduction: s.introduction, PhoneEnc: phone,
			FeeFen: s.feeFen, FeePer: s.per, Active: true, CreatedBy: c.crews[0].of[actor.ExperienceCentre][0].ID, Version: 1, CreatedAt: at, UpdatedAt: at,
		}
		c.shelf.put(row)
		for n, city := range s.cities {
			c.shelf.put(&supervisor.City{SupervisorID: row.ID, Seq: n, City: city})
		}
	}
	return nil
}

// roomsTx keeps what the rooms know of the company as a whole.
func (c *company) roomsTx(ctx context.Context, tx *db.Tx) error {
	centre := c.crews[0].of[actor.ExperienceCentre][0]
	closure := c.closure(actor.Actor{Kind: actor.Staff, ID: centre.ID, Name: centre.Name, Role: centre.Role})
	if err := siteplan.AddClosureTx(ctx, tx, closure); err != nil {
		return err
	}
	c.lookedAt()
	return c.shelf.insertTx(ctx, tx)
}

// lookedAt says that the recurring looks have come as far as the base instant: a company in mid-life
// has had its alarms, and begins with those of tonight.
func (c *company) lookedAt() {
	today := clock.DayOf(c.base, c.zone)
	for _, look := range []struct {
		name   string
		sunday bool
		due    time.Duration // after the day has begun
	}{
		{"log", false, 20 * time.Hour},
		{"log-manager", false, 33 * time.Hour},
		{"inspection", true, 20 * time.Hour},
		{"inspection-manager", true, 33 * time.Hour},
		{"visit", false, 20 * time.Hour},
		{"visit-manager", false, 33 * time.Hour},
		{"report", true, 20 * time.Hour},
	} {
		day := today
		for look.sunday && day.Weekday() != time.Sunday || day.Start(c.zone).Add(look.due).After(c.base) || look.name == "report" && day >= c.today() {
			day = day.Plus(-1)
		}
		c.shelf.put(&diary.Round{Name: look.name, Period: day, DoneAt: &c.base})
	}
}

// learnRooms reads the policies by which the rooms work.
func (c *company) learnRooms(ctx context.Context, r db.Reader) (err error) {
	if c.planPolicy, err = siteplan.CurrentPolicy(ctx, r); err != nil {
		return err
	}
	c.checklists = map[string][]handover.ChecklistItem{}
	for kind, p := range c.patterns {
		for _, it := range p.items {
			_, items, _, err := handover.ChecklistVersion(ctx, r, kind, it.Key, 1)
			if err != nil {
				return err
			}
			c.checklists[string(kind)+"/"+it.Key] = items
		}
	}
	for _, kind := range []string{
		careservice.KindManual, careservice.KindFileReview, careservice.KindStaffLeaves, alertDelay, "hazard", "hazard_overdue", "hazard_recheck",
		"change_order_asked", "acceptance_defect", "material_mismatch",
	} {
		if c.policies[kind], err = policyOf(ctx, r, kind); err != nil {
			return fmt.Errorf("policies of %s: %w", kind, err)
		}
	}
	return nil
}

func policyOf(ctx context.Context, r db.Reader, kind string) (p policy, err error) {
	if p.Policy, err = care.PolicyOf(ctx, r, kind); err != nil {
		return p, err
	}
	if p.ladder, err = (care.Task{Steps: p.Steps}).Ladder(); err != nil {
		return p, err
	}
	general, own, err := care.AlertPolicies(ctx, r, kind)
	p.alerts, p.own = general, map[int]bool{}
	for level, a := range own {
		p.alerts[level], p.own[level] = a, true
	}
	return p, err
}
