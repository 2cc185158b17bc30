package handover

import (
	"context"
	"slices"
	"strings"

	"guike/internal/actor"
	"guike/internal/excerpt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/once"
	core "guike/model/project"
	model "guike/model/project/handover"
	"guike/service/project"
)

// KindPromiseDisputed is the alert that a customer does not agree with how a promise was settled.
const KindPromiseDisputed = "promise_disputed"

const (
	maxPromise = 500
	signStage  = "sign"
)

// PromiseText is what a promise says.
type PromiseText struct {
	Text     string
	Category model.Category
	DueStage string
}

func (t *PromiseText) check() error {
	if err := project.CheckLength("body.text", &t.Text, 1, maxPromise); err != nil {
		return err
	}
	if !t.Category.Valid() {
		return fault.Broken("body.category", "unknown", "没有这个类别。", "There is no such category.")
	}
	return nil
}

// NewPromise is what somebody promised a customer. Reason says why it is added after the signing.
type NewPromise struct {
	ProjectID id.ID
	PromiseText
	Reason string
	Once   once.Key
}

// PromiseResult is what a change of a promise leaves behind under its key.
type PromiseResult struct {
	ProjectID id.ID `json:"project_id"`
	PromiseID id.ID `json:"promise_id"`
	Version   int64 `json:"version"`
}

// MakePromise writes a promise down; customers see it at once (B7). Once the stage of signing is
// completed it needs a reason; once the project is handed over it is too late. Errors: not_found;
// input.invalid; project.cancelled; promise.handed_over; promise.too_many.
func (s *Service) MakePromise(ctx context.Context, who actor.Actor, in NewPromise) (r PromiseResult, replayed bool, err error) {
	if err := in.check(); err != nil {
		return r, false, err
	}
	if err := project.CheckLength("body.reason", &in.Reason, 0, maxReason); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (PromiseResult, error) { return s.makePromiseTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Service) makePromiseTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewPromise) (PromiseResult, error) {
	none := PromiseResult{}
	p, err := project.LockOpenTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return none, err
	}
	if p.State == core.Completed {
		return none, errHandedOver
	}
	stages, err := core.Stages(ctx, tx, p.ID)
	if err != nil {
		return none, err
	}
	late := signed(stages)
	if late && in.Reason == "" {
		return none, fault.Broken("body.reason", "required", "签约后增加承诺须说明原因。", "A promise after the signing needs a reason.")
	}
	if err := dueStage(stages, in.DueStage); err != nil {
		return none, err
	}
	made, err := model.Promises(ctx, tx, p.ID)
	if err != nil {
		return none, err
	}
	if len(made) >= model.MaxPromises {
		return none, errTooManyPromises
	}
	m := model.Promise{ProjectID: p.ID, ID: id.New(), Text: in.Text, Category: in.Category, DueStage: in.DueStage}
	if late {
		m.LateReason = in.Reason
	}
	if err := model.AddPromiseTx(ctx, tx, who, &m); err != nil {
		return none, err
	}
	_, err = s.j.TellTx(ctx, tx, who, &p, project.News{
		Entry: core.Entry{Kind: model.EntryPromiseMade, TitleZH: "新增承诺", TitleEN: "A promise was made", Body: told(m, ""), RefID: m.ID, StageKey: m.DueStage},
		Quiet: !late, Action: "promise.made", Reason: m.LateReason, Detail: map[string]any{"promise_id": m.ID},
	})
	return PromiseResult{ProjectID: p.ID, PromiseID: m.ID, Version: m.Version}, err
}

// told is what the timeline says of a promise; guests read the timeline, and see no money.
func told(m model.Promise, word string) string {
	if priced(m) {
		return "价格类承诺,详见承诺清单。"
	}
	return strings.TrimSpace(m.Text + "\n" + word)
}

// signed tells whether the contract is signed: from then on nobody edits what was promised.
func signed(stages []core.Stage) bool {
	return slices.ContainsFunc(stages, func(s core.Stage) bool { return s.Key == signStage && s.State == core.StageCompleted })
}

func dueStage(stages []core.Stage, key string) error {
	if key == "" || slices.ContainsFunc(stages, func(s core.Stage) bool { return s.Key == key }) {
		return nil
	}
	return fault.Broken("body.due_stage", "unknown", "项目没有这个阶段。", "The project has no such stage.")
}

// PromiseEdit replaces the text of a promise that was read at a version.
type PromiseEdit struct {
	PromiseID id.ID
	Version   int64
	PromiseText
}

// EditPromise replaces what a promise says until the contract is signed, and keeps the former text.
// Errors: not_found; input.invalid; project.cancelled; promise.frozen; promise.changed.
func (s *Service) EditPromise(ctx context.Context, who actor.Actor, in PromiseEdit) (r PromiseResult, err error) {
	if err := in.check(); err != nil {
		return r, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		p, m, err := lockPromiseTx(ctx, tx, who, in.PromiseID)
		if err != nil {
			return err
		}
		stages, err := core.Stages(ctx, tx, p.ID)
		switch {
		case err != nil:
			return err
		case m.Version != in.Version:
			return promiseChanged(m)
		case signed(stages) || m.State != model.PromiseOpen:
			return errPromiseFrozen
		}
		if err := dueStage(stages, in.DueStage); err != nil {
			return err
		}
		former := m
		m.Text, m.Category, m.DueStage = in.Text, in.Category, in.DueStage
		if err := model.EditPromiseTx(ctx, tx, who, former, &m); err != nil {
			return err
		}
		r = PromiseResult{ProjectID: p.ID, PromiseID: m.ID, Version: m.Version}
		_, err = s.j.TellTx(ctx, tx, who, &p, project.News{
			Entry: core.Entry{Kind: model.EntryPromiseChanged, TitleZH: "承诺已修改", TitleEN: "A promise was edited", Body: told(m, ""), RefID: m.ID, StageKey: m.DueStage},
			Quiet: true, Action: "promise.edited", Detail: map[string]any{"promise_id": m.ID, "version": m.Version},
		})
		return err
	})
	return r, err
}

// lockPromiseTx locks the project of a promise within the reach of a member of staff and reads the
// promise under the lock.
func lockPromiseTx(ctx context.Context, tx *db.Tx, who actor.Actor, promise id.ID) (core.Project, model.Promise, error) {
	m, err := model.PromiseByID(ctx, tx, promise)
	if err != nil {
		return core.Project{}, m, err
	}
	p, err := project.LockOpenTx(ctx, tx, who, m.ProjectID)
	if err != nil {
		return p, m, err
	}
	m, err = model.PromiseByID(ctx, tx, promise)
	return p, m, err
}

// Settlement says whether a promise was kept, and why.
type Settlement struct {
	PromiseID id.ID
	Kept      bool
	Word      string
	Once      once.Key
}

// SettlePromise writes down whether a promise was kept (B7). One that the customer disputes is settled
// again, which ends the alert. The same settlement by the same person again is no mistake. Errors:
// not_found; input.invalid at body.word; project.cancelled; promise.settled with the state that stands.
func (s *Service) SettlePromise(ctx context.Context, who actor.Actor, in Settlement) (r PromiseResult, replayed bool, err error) {
	if err := project.CheckLength("body.word", &in.Word, 1, maxReason); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (PromiseResult, error) { return s.settleTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Service) settleTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Settlement) (PromiseResult, error) {
	none := PromiseResult{}
	p, m, err := lockPromiseTx(ctx, tx, who, in.PromiseID)
	if err != nil {
		return none, err
	}
	verdict, zh, en := model.PromiseBroken, "承诺未兑现", "A promise was not kept"
	if in.Kept {
		verdict, zh, en = model.PromiseKept, "承诺已兑现", "A promise was kept"
	}
	if m.State.Settled() {
		if m.State == verdict && m.SettledBy == who.ID && m.Word == in.Word {
			return PromiseResult{ProjectID: p.ID, PromiseID: m.ID, Version: m.Version}, nil
		}
		return none, promiseSettled(m)
	}
	if m.State == model.PromiseDisputed {
		if err := s.j.Alarms.ClearTx(ctx, tx, who, disputeCause(m), in.Word); err != nil {
			return none, err
		}
	}
	m.State, m.Word, m.SettledBy, m.SettledName, m.SettledAt = verdict, in.Word, who.ID, who.Name, &tx.Now
	if err := model.SavePromiseTx(ctx, tx, &m); err != nil {
		return none, err
	}
	_, err = s.j.TellTx(ctx, tx, who, &p, project.News{
		Entry:  core.Entry{Kind: model.EntryPromiseSettled, TitleZH: zh, TitleEN: en, Body: told(m, m.Word), RefID: m.ID, StageKey: m.DueStage},
		Action: "promise.settled", Reason: in.Word, Detail: map[string]any{"promise_id": m.ID, "state": m.State},
	})
	return PromiseResult{ProjectID: p.ID, PromiseID: m.ID, Version: m.Version}, err
}

// disputeCause names a dispute; the promise does not change until it is settled.
func disputeCause(m model.Promise) string { return "promise_disputed:" + m.ID.String() }

// Dispute is what a customer holds against how a promise was settled.
type Dispute struct {
	PromiseID id.ID
	Word      string
	Once      once.Key
}

// DisputePromise lets an owner of the home, or the contract party, say that a promise was not settled
// rightly, until the project is handed over: it counts as open again, and its store manager is warned
// (level 1). Errors: not_found; home.owner_only; input.invalid at body.word; project.cancelled;
// promise.handed_over; promise.not_settled.
func (s *Service) DisputePromise(ctx context.Context, who actor.Actor, in Dispute) (r PromiseResult, replayed bool, err error) {
	if err := project.CheckLength("body.word", &in.Word, 1, maxReason); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (PromiseResult, error) { return s.disputeTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Service) disputeTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Dispute) (PromiseResult, error) {
	none := PromiseResult{}
	m, err := model.PromiseByID(ctx, tx, in.PromiseID)
	if err != nil {
		return none, err
	}
	seen, err := project.LockToDecideTx(ctx, tx, who, m.ProjectID)
	if err != nil {
		return none, err
	}
	if m, err = model.PromiseByID(ctx, tx, m.ID); err != nil {
		return none, err
	}
	switch {
	case m.State == model.PromiseDisputed && m.DisputedBy == who.ID && m.Dispute == in.Word:
		return PromiseResult{ProjectID: m.ProjectID, PromiseID: m.ID, Version: m.Version}, nil
	case seen.State == core.Completed:
		return none, errHandedOver
	case !m.State.Settled():
		return none, promiseNotSettled(m)
	}
	m.State, m.Dispute, m.DisputedBy, m.DisputedAt = model.PromiseDisputed, in.Word, who.ID, &tx.Now
	if err := model.SavePromiseTx(ctx, tx, &m); err != nil {
		return none, err
	}
	_, err = s.j.Alarms.RaiseTx(ctx, tx, who, care.Raise{
		Kind: KindPromiseDisputed, Cause: disputeCause(m), Level: 1, Title: excerpt.Of("客户对承诺有异议:"+m.Text, 60), Reason: excerpt.Of(in.Word, 200),
		CustomerID: seen.CustomerID, ProjectID: seen.ID, StoreID: seen.StoreID,
	})
	if err != nil {
		return none, err
	}
	_, err = s.j.TellTx(ctx, tx, who, &seen.Project, project.News{
		Entry: core.Entry{Kind: model.EntryPromiseDisputed, TitleZH: "对承诺提出异议", TitleEN: "A promise is disputed", Body: told(m, in.Word), RefID: m.ID, StageKey: m.DueStage},
		Quiet: true, Action: "promise.disputed", Detail: map[string]any{"promise_id": m.ID},
	})
	return PromiseResult{ProjectID: m.ProjectID, PromiseID: m.ID, Version: m.Version}, err
}
