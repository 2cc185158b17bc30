package demo

import (
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/model/care"
	"guike/model/identity"
	careservice "guike/service/care"
)

// owe adds the tasks about a customer, and what their projects' people were told.
func (c *company) owe(r *rows, h *household, customer identity.Customer) error {
	for _, l := range h.lives {
		if !l.brief.sparse {
			c.remember(r, h.d, l)
		}
	}
	for i, e := range errands {
		if e.customer != h.number {
			continue
		}
		if err := c.errand(r, h, customer, i); err != nil {
			return err
		}
	}
	return nil
}

func (c *company) errand(r *rows, h *household, customer identity.Customer, number int) error {
	e := errands[number]
	p := c.policies[e.kind].Policy
	owner := h.crew.of[e.role][h.number/len(c.crews)%len(h.crew.of[e.role])]
	due := clock.Cut(c.base.Add(time.Duration(e.dueHours) * time.Hour))
	created := clock.Cut(due.Add(-time.Duration(p.DueMinutes+72*60) * time.Minute))
	if created.Before(customer.CreatedAt) {
		created = clock.Cut(customer.CreatedAt.Add(time.Hour))
	}
	t := care.Task{
		ID: h.d.id(created), Kind: e.kind, Cause: fmt.Sprintf("demo:%d", number), Title: e.title, Reason: e.reason,
		Script: p.Script, Outcomes: p.Outcomes, CustomerID: customer.ID, StoreID: owner.StoreID, OwnerID: owner.ID,
		OwnerRole: e.role, State: care.Open, DueAt: due, Steps: p.Steps, CreatedAt: created, Version: 1,
	}
	if t.Title == "" {
		t.Title = p.Title
	}
	if len(h.lives) > 0 {
		t.ProjectID = h.lives[0].p.ID
	}
	if e.kind == careservice.KindManual {
		t.CreatedBy = h.crew.of[actor.StoreManager][0].ID
	}
	r.taskEvents = append(r.taskEvents, care.Event{
		TaskID: t.ID, ID: h.d.id(created), At: created, What: "created", ActorID: t.CreatedBy, ToID: t.OwnerID, ToRole: t.OwnerRole,
	})
	if e.outcome != "" {
		c.settle(r, h.d, &t, e)
	} else {
		for _, e := range climbed(c.base, &t, c.policies[t.Kind].ladder) {
			e.ID = h.d.id(e.At)
			r.taskEvents = append(r.taskEvents, e)
		}
	}
	r.tasks = append(r.tasks, t)
	return nil
}

// settle ends a task in time.
func (c *company) settle(r *rows, d dice, t *care.Task, e errand) {
	at := clock.Cut(t.DueAt.Add(-time.Duration(d.between(20, 300)) * time.Minute))
	t.State, t.Outcome, t.Note, t.EndedBy, t.EndedAt = care.Done, e.outcome, e.note, t.OwnerID, &at
	t.Version++
	r.taskEvents = append(r.taskEvents, care.Event{TaskID: t.ID, ID: d.id(at), At: at, What: "done", ActorID: t.OwnerID, Note: e.note})
}
