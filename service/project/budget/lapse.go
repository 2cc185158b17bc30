package budget

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/model/care"
	"guike/model/db"
	projects "guike/model/project"
	model "guike/model/project/budget"
	"guike/service/project"
)

// batch is how many orders one look finds at most.
const batch = 100

// WatchOffers closes every offer whose deadline has passed, and reminds whoever quoted of those that
// end within 24 hours (D3). Any number of instances may run it, at whatever distance: each offer lapses
// once and is reminded of once; one that has lapsed meanwhile is not reminded of.
func (s *Service) WatchOffers(ctx context.Context) error {
	return errors.Join(s.sweep(ctx, model.Expired, s.lapseTx), s.sweep(ctx, model.Waiting, s.remindTx))
}

type (
	finder func(context.Context, db.Reader, time.Time, int) ([]model.Due, error)
	step   func(context.Context, *db.Tx, projects.Project, model.Order) error
)

// sweep takes every order whose time has come, each in a transaction of its own. One that cannot be
// worked holds up no other; its error is returned in the end.
func (s *Service) sweep(ctx context.Context, find finder, work step) error {
	var stuck []error
	for {
		due, err := find(ctx, s.j.DB, s.j.DB.Now(), batch+len(stuck))
		if err != nil {
			return errors.Join(append(stuck, err)...)
		}
		stuck = nil
		for _, d := range due {
			err := s.workOn(ctx, d, work)
			if fault.Code(err) == "store.unavailable" {
				return err
			}
			if err != nil {
				stuck = append(stuck, fmt.Errorf("change order %s: %w", d.ID, err))
			}
		}
		if len(stuck) == len(due) {
			return errors.Join(stuck...)
		}
	}
}

func (s *Service) workOn(ctx context.Context, d model.Due, work step) error {
	return s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := projects.LockTx(ctx, tx, actor.Machine(), d.ProjectID)
		if err != nil {
			return err
		}
		o, err := model.OrderByID(ctx, tx, d.ProjectID, d.ID)
		if err != nil {
			return err
		}
		return work(ctx, tx, p, o)
	})
}

// lapseTx closes an offer whose deadline has passed; a rival may have done so.
func (s *Service) lapseTx(ctx context.Context, tx *db.Tx, p projects.Project, o model.Order) error {
	if o.State != model.Quoted || o.ExpiresAt == nil || *o.ExpiresAt > tx.Now.UnixMilli() {
		return nil
	}
	o.State, o.ExpiresAt, o.RemindAt = model.Lapsed, nil, nil
	if err := model.SaveOrderTx(ctx, tx, &o); err != nil {
		return err
	}
	who, over := actor.Machine(), p.State == projects.Cancelled
	if err := s.clearTx(ctx, tx, who, o, "报价已过期", waiting(o)); err != nil {
		return err
	}
	_, err := s.j.TellTx(ctx, tx, who, &p, project.News{
		Entry: projects.Entry{
			Kind: model.EntryLapsed, TitleZH: "变更报价已过期:" + o.Title, TitleEN: "Offer lapsed: " + o.Title,
			Body: "仍需变更的,请联系我们重新报价。", StageKey: o.StageKey, RefID: o.ID,
		},
		Private: over, Action: "change_order.lapsed", Detail: map[string]any{"order_id": o.ID, "version": o.Offer},
	})
	if err != nil || over {
		return err
	}
	return s.taskTx(ctx, tx, who, p, o, care.Order{Kind: TaskLapsed, Cause: cause(o.ID, lapsed(o)), Reason: "变更报价已过期:" + o.Title})
}

// remindTx opens the task of an offer that ends soon; a rival may have done so.
func (s *Service) remindTx(ctx context.Context, tx *db.Tx, p projects.Project, o model.Order) error {
	if o.RemindAt == nil || *o.RemindAt > tx.Now.UnixMilli() {
		return nil
	}
	o.RemindAt = nil
	if err := model.SaveOrderTx(ctx, tx, &o); err != nil {
		return err
	}
	if p.State == projects.Cancelled || o.StateAt(tx.Now) != model.Quoted {
		return nil
	}
	return s.taskTx(ctx, tx, actor.Machine(), p, o, care.Order{
		Kind: TaskWaiting, Cause: cause(o.ID, waiting(o)), Reason: "客户尚未决定变更:" + o.Title, DueAt: *o.ValidUntil,
	})
}
