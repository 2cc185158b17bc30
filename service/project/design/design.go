package design

import (
	"context"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/once"
	core "guike/model/project"
	model "guike/model/project/design"
	"guike/service/project"
)

// NewDesign begins a design. An empty Style is that of the design approved last for the home, of the
// same room when there is one (A8).
type NewDesign struct {
	ProjectID id.ID
	Title     string
	Room      string
	Style     string
	Note      string
	Once      once.Key
}

// Made names what an effect has made, for a replay.
type Made struct {
	ProjectID id.ID `json:"project_id"`
	DesignID  id.ID `json:"design_id"`
	Number    int   `json:"number"`
	EventID   id.ID `json:"event_id"`
}

func (n *NewDesign) check() error {
	return first(
		line("body.title", &n.Title, 1, 100), line("body.room", &n.Room, 0, 60),
		line("body.style", &n.Style, 0, 40), text("body.note", &n.Note, 0, 1000),
	)
}

// Begin begins a design of a project; customers see it with its first submitted version. Errors:
// input.invalid; not_found; project.cancelled; design.too_many.
func (s *Service) Begin(ctx context.Context, who actor.Actor, in NewDesign) (m Made, replayed bool, err error) {
	if err := in.check(); err != nil {
		return m, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		m, replayed, err = once.Do(ctx, tx, who, in.Once, func() (Made, error) { return s.beginTx(ctx, tx, who, in) })
		return err
	})
	return m, replayed, err
}

func (s *Service) beginTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewDesign) (Made, error) {
	p, err := project.LockOpenTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return Made{}, err
	}
	all, err := model.OfProject(ctx, tx, p.ID, core.ForStaff)
	if err != nil {
		return Made{}, err
	}
	if len(all) >= model.MaxDesigns {
		return Made{}, errTooMany
	}
	if in.Style == "" {
		if in.Style, err = model.StyleOfHome(ctx, tx, p.HomeID, in.Room); err != nil {
			return Made{}, err
		}
	}
	d := model.Design{ProjectID: p.ID, ID: id.New(), Title: in.Title, Room: in.Room, Style: in.Style, Note: in.Note, CreatedBy: who.ID}
	if err := model.AddTx(ctx, tx, &d); err != nil {
		return Made{}, err
	}
	_, err = s.j.TellTx(ctx, tx, who, &p, project.News{
		Entry:   core.Entry{Kind: model.EntryBegun, TitleZH: "新建设计方案:" + d.Title, TitleEN: "Design begun: " + d.Title, Body: d.Note, StageKey: p.CurrentStage, RefID: d.ID},
		Private: true, Action: "design.begun", Detail: map[string]id.ID{"design_id": d.ID},
	})
	return Made{ProjectID: p.ID, DesignID: d.ID}, err
}

// Withdrawal takes a design back.
type Withdrawal struct {
	DesignID id.ID
	Reason   string
	Once     once.Key
}

// Withdraw takes a design out of the project: it is not to be built, and customers see it no more. The
// history keeps it. Errors: input.invalid; not_found; project.cancelled; design.withdrawn.
func (s *Service) Withdraw(ctx context.Context, who actor.Actor, in Withdrawal) (m Made, replayed bool, err error) {
	if err := text("body.reason", &in.Reason, 1, 500); err != nil {
		return m, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		m, replayed, err = once.Do(ctx, tx, who, in.Once, func() (Made, error) { return s.withdrawTx(ctx, tx, who, in) })
		return err
	})
	return m, replayed, err
}

func (s *Service) withdrawTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Withdrawal) (Made, error) {
	p, d, err := lockTx(ctx, tx, who, in.DesignID)
	if err != nil {
		return Made{}, err
	}
	d.State = model.Withdrawn
	if err := model.SaveTx(ctx, tx, &d); err != nil {
		return Made{}, err
	}
	err = model.NoteTx(ctx, tx, who, &model.Event{ProjectID: p.ID, What: model.WhatWithdrawn, DesignID: d.ID, Number: d.Newest, Body: in.Reason})
	if err != nil {
		return Made{}, err
	}
	for _, cause := range []string{objection(d.ID), changesCause(d.ID, d.Shown)} {
		if err := s.j.Alarms.ClearTx(ctx, tx, who, cause, "design withdrawn"); err != nil {
			return Made{}, err
		}
	}
	_, err = s.j.TellTx(ctx, tx, who, &p, project.News{
		Entry:   core.Entry{Kind: model.EntryWithdrawn, TitleZH: "设计方案已撤回:" + d.Title, TitleEN: "Design withdrawn: " + d.Title, StageKey: p.CurrentStage, RefID: d.ID},
		Private: d.Shown == 0, Quiet: true, Action: "design.withdrawn", Reason: in.Reason, Detail: map[string]id.ID{"design_id": d.ID},
	})
	return Made{ProjectID: p.ID, DesignID: d.ID}, err
}

// NewNote is a need of the customer's, or what was talked about.
type NewNote struct {
	ProjectID id.ID
	DesignID  id.ID // none when it concerns no single design
	What      model.What
	Body      string
	Once      once.Key
}

// Note writes down what a successor has to know (B6); staff see it. Errors: input.invalid; not_found,
// also for a design of another project; project.cancelled.
func (s *Service) Note(ctx context.Context, who actor.Actor, in NewNote) (m Made, replayed bool, err error) {
	if err := text("body.text", &in.Body, 1, 2000); err != nil {
		return m, false, err
	}
	if !in.What.Noted() {
		return m, false, fault.Broken("body.kind", "unknown", "类型须为 need 或 conversation。", "The kind is need or conversation.")
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		m, replayed, err = once.Do(ctx, tx, who, in.Once, func() (Made, error) { return s.noteTx(ctx, tx, who, in) })
		return err
	})
	return m, replayed, err
}

func (s *Service) noteTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewNote) (Made, error) {
	p, err := project.LockOpenTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return Made{}, err
	}
	if !in.DesignID.IsZero() {
		d, err := model.Find(ctx, tx, in.DesignID)
		if err == nil && d.ProjectID != p.ID {
			err = fault.Missing()
		}
		if err != nil {
			return Made{}, err
		}
	}
	e := model.Event{ProjectID: p.ID, What: in.What, DesignID: in.DesignID, Body: in.Body}
	err = model.NoteTx(ctx, tx, who, &e)
	return Made{ProjectID: p.ID, DesignID: in.DesignID, EventID: e.ID}, err
}
