package design

import (
	"context"
	"fmt"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/once"
	"guike/model/outbox"
	core "guike/model/project"
	model "guike/model/project/design"
	"guike/service/project"
)

// What a decision against a design opens: a task for the designer each time, and an alert of level 1
// (K1) from the third round on.
const (
	TaskChanges    = "design_changes"
	AlertObjection = "design_objection"
	objectionRound = 3
)

// objection is the cause of the alert about a design.
func objection(design id.ID) string { return "design_objection:" + design.String() }

// changesCause names the task of a version to which the customer asked for changes.
func changesCause(design id.ID, number int) string {
	return fmt.Sprintf("design_changes:%s:%d", design, number)
}

// NewDecision is what a customer says to a version.
type NewDecision struct {
	DesignID id.ID
	Number   int
	Decision model.Decision
	Word     string // why; required with changes
	Once     once.Key
}

func (n *NewDecision) check() error {
	least := 0
	switch n.Decision {
	case model.DecidedApprove:
	case model.DecidedChanges:
		least = 1
	default:
		return fault.Broken("body.decision", "unknown", "决定须为 approve 或 changes。", "The decision is approve or changes.")
	}
	return text("body.word", &n.Word, least, 1000)
}

// Decide writes down what the customer says to the newest submitted version: an owner of the home or the
// contract party, once per version. Errors: input.invalid; not_found; home.owner_only;
// project.cancelled; design.withdrawn; design.changed with the version that is to be decided about;
// design.decided with the decision that stands.
func (s *Service) Decide(ctx context.Context, who actor.Actor, in NewDecision) (m Made, replayed bool, err error) {
	if err := in.check(); err != nil {
		return m, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		m, replayed, err = once.Do(ctx, tx, who, in.Once, func() (Made, error) { return s.decideTx(ctx, tx, who, in) })
		return err
	})
	return m, replayed, err
}

func (s *Service) decideTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewDecision) (Made, error) {
	d, err := model.Find(ctx, tx, in.DesignID)
	if err != nil {
		return Made{}, err
	}
	seen, err := project.LockToDecideTx(ctx, tx, who, d.ProjectID)
	if err != nil {
		return Made{}, err
	}
	if d, err = model.Find(ctx, tx, in.DesignID); err != nil {
		return Made{}, err
	}
	v, err := decidable(ctx, tx, d, in.Number)
	if err != nil {
		return Made{}, err
	}
	v.Decision, v.DecidedBy, v.Word = in.Decision, who.ID, in.Word
	if ok, err := model.DecideTx(ctx, tx, v); err != nil || !ok {
		return Made{}, firstOf(err, errDecided)
	}
	p := &seen.Project
	if in.Decision == model.DecidedApprove {
		err = s.approvedTx(ctx, tx, who, p, &d, v)
	} else {
		err = s.objectedTx(ctx, tx, who, p, &d, v)
	}
	if err != nil {
		return Made{}, err
	}
	return Made{ProjectID: p.ID, DesignID: d.ID, Number: v.Number}, outbox.AddTx(ctx, tx, model.TopicDecided, model.Decided{
		ProjectID: p.ID, DesignID: d.ID, Number: v.Number, Decision: v.Decision, Round: d.Rounds, At: tx.Now,
	})
}

func firstOf(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// decidable reads the version that a decision is about, and refuses one that is not the newest submitted
// one, or that has been decided about.
func decidable(ctx context.Context, tx *db.Tx, d model.Design, number int) (model.Version, error) {
	switch {
	case d.Shown == 0:
		return model.Version{}, fault.Missing()
	case d.State == model.Withdrawn:
		return model.Version{}, errWithdrawn
	case d.Shown != number:
		return model.Version{}, errChanged.At("body.version", "outdated", fmt.Sprintf("当前版本为第 %d 版。", d.Shown), fmt.Sprintf("The current version is %d.", d.Shown))
	}
	v, err := model.VersionOf(ctx, tx, d.ID, number)
	switch {
	case err != nil:
		return v, err
	case v.Decision == model.DecidedApprove:
		return v, errDecided.At("body.decision", "approved", "该版本已被确认。", "This version has been approved.")
	case v.Decision == model.DecidedChanges:
		return v, errDecided.At("body.decision", "changes_asked", "该版本已被要求修改。", "Changes to this version have been asked for.")
	}
	return v, nil
}

func (s *Service) approvedTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *core.Project, d *model.Design, v model.Version) error {
	d.State, d.Approved = model.Approved, v.Number
	if err := model.SaveTx(ctx, tx, d); err != nil {
		return err
	}
	if err := s.j.Alarms.ClearTx(ctx, tx, who, objection(d.ID), "design approved"); err != nil {
		return err
	}
	return s.decidedTx(ctx, tx, who, p, *d, v)
}

func (s *Service) objectedTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *core.Project, d *model.Design, v model.Version) error {
	d.State = model.Changes
	d.Rounds++
	if err := model.SaveTx(ctx, tx, d); err != nil {
		return err
	}
	designer, err := core.InChargeOf(ctx, tx, p.ID, actor.Designer)
	if err != nil {
		return err
	}
	reason := fmt.Sprintf("设计方案《%s》第 %d 版:客户要求修改(第 %d 次)", d.Title, v.Number, d.Rounds)
	_, err = s.j.Alarms.OpenTx(ctx, tx, who, care.Order{
		Kind: TaskChanges, Cause: changesCause(d.ID, v.Number), Reason: reason,
		CustomerID: p.CustomerID, ProjectID: p.ID, StoreID: p.StoreID, OwnerID: designer, OwnerRole: actor.Designer,
	})
	if err != nil {
		return err
	}
	if d.Rounds >= objectionRound {
		_, err = s.j.Alarms.RaiseTx(ctx, tx, who, care.Raise{
			Kind: AlertObjection, Cause: objection(d.ID), Level: 1, Reason: reason,
			CustomerID: p.CustomerID, ProjectID: p.ID, StoreID: p.StoreID,
		})
		if err != nil {
			return err
		}
	}
	return s.decidedTx(ctx, tx, who, p, *d, v)
}

// decidedTx writes the decision into history and timeline. The one who decided needs no message.
func (s *Service) decidedTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *core.Project, d model.Design, v model.Version) error {
	what, kind := model.WhatApproved, model.EntryApproved
	zh, en := title("设计方案已确认:", "Design approved: ", d, v.Number)
	if v.Decision == model.DecidedChanges {
		what, kind = model.WhatChanges, model.EntryChanges
		zh, en = title("设计方案需修改:", "Changes to a design: ", d, v.Number)
	}
	err := model.NoteTx(ctx, tx, who, &model.Event{ProjectID: p.ID, What: what, DesignID: d.ID, Number: v.Number, Body: v.Word})
	if err != nil {
		return err
	}
	_, err = s.j.TellTx(ctx, tx, who, p, project.News{
		Entry: core.Entry{Kind: kind, TitleZH: zh, TitleEN: en, Body: v.Word, StageKey: p.CurrentStage, RefID: d.ID},
		Quiet: true, Action: "design.decided", Detail: map[string]any{"design_id": d.ID, "version": v.Number, "decision": v.Decision},
	})
	return err
}

// View counts that a member of the home looked at a version, each person once a day (B11). Errors:
// not_found, also for drafts and withdrawn designs.
func (s *Service) View(ctx context.Context, who actor.Actor, in VersionRef) error {
	return s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		d, err := model.Find(ctx, tx, in.DesignID)
		if err != nil {
			return err
		}
		if _, err := core.FindForCustomer(ctx, tx, who, d.ProjectID, tx.Now); err != nil {
			return err
		}
		v, err := model.VersionOf(ctx, tx, d.ID, in.Number)
		if err == nil && (!v.Submitted() || d.State == model.Withdrawn) {
			err = fault.Missing()
		}
		if err != nil {
			return err
		}
		first, err := model.ViewTx(ctx, tx, v, who.ID, s.j.Today())
		if err != nil || !first {
			return err
		}
		return outbox.AddTx(ctx, tx, model.TopicViewed, model.Viewed{
			ProjectID: d.ProjectID, DesignID: d.ID, Number: v.Number, CustomerID: who.ID, At: tx.Now,
		})
	})
}
