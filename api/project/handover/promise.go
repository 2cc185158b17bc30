package handover

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/id"
	model "guike/model/project/handover"
	"guike/service/project/handover"
)

// named is what an idempotency key stands for besides the body: the thing that the path names.
type named struct {
	ID   string
	Key  string `json:",omitempty"`
	Body any
}

func textOf(t PromiseText) handover.PromiseText {
	return handover.PromiseText{Text: t.Text, Category: model.Category(t.Category), DueStage: t.DueStage}
}

// MakePromise writes a promise down.
func (a *API) MakePromise(ctx context.Context, in *PromiseInput) (*contract.Made[Promise], error) {
	who := actor.From(ctx)
	r, replayed, err := a.handover.MakePromise(ctx, who, handover.NewPromise{
		ProjectID: in.ID, PromiseText: textOf(in.Body.PromiseText), Reason: in.Body.Reason,
		Once: in.Once("handover-make-promise", named{ID: in.ID.String(), Body: in.Body}),
	})
	return a.promiseMade(ctx, who, r, replayed, err)
}

func (a *API) promiseMade(ctx context.Context, who actor.Actor, r handover.PromiseResult, replayed bool, err error) (*contract.Made[Promise], error) {
	if err != nil {
		return nil, err
	}
	p, _, err := a.handover.Promise(ctx, who, r.PromiseID)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewPromise(p), replayed), nil
}

// EditPromise replaces what a promise says.
func (a *API) EditPromise(ctx context.Context, in *PromiseEditInput) (*contract.Answer[PromiseDetail], error) {
	who := actor.From(ctx)
	_, err := a.handover.EditPromise(ctx, who, handover.PromiseEdit{PromiseID: in.ID, Version: in.Body.Version, PromiseText: textOf(in.Body.PromiseText)})
	if err != nil {
		return nil, err
	}
	return a.promise(ctx, who, in.ID)
}

// Promise shows a promise with its former texts.
func (a *API) Promise(ctx context.Context, in *contract.ByID) (*contract.Answer[PromiseDetail], error) {
	return a.promise(ctx, actor.From(ctx), in.ID)
}

func (a *API) promise(ctx context.Context, who actor.Actor, promise id.ID) (*contract.Answer[PromiseDetail], error) {
	p, former, err := a.handover.Promise(ctx, who, promise)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewPromiseDetail(p, former)), nil
}

// SettlePromise says whether a promise was kept.
func (a *API) SettlePromise(ctx context.Context, in *SettleInput) (*contract.Made[Promise], error) {
	who := actor.From(ctx)
	r, replayed, err := a.handover.SettlePromise(ctx, who, handover.Settlement{
		PromiseID: in.ID, Kept: in.Body.Kept, Word: in.Body.Word, Once: in.Once("handover-settle-promise", named{ID: in.ID.String(), Body: in.Body}),
	})
	return a.promiseMade(ctx, who, r, replayed, err)
}

// DisputePromise lets the customer say that a promise was not settled rightly.
func (a *API) DisputePromise(ctx context.Context, in *DisputeInput) (*contract.Made[Promise], error) {
	who := actor.From(ctx)
	r, replayed, err := a.handover.DisputePromise(ctx, who, handover.Dispute{
		PromiseID: in.ID, Word: in.Body.Word, Once: in.Once("handover-dispute-promise", named{ID: in.ID.String(), Body: in.Body}),
	})
	if err != nil {
		return nil, err
	}
	p, err := a.handover.MyPromise(ctx, who, r.PromiseID)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewPromise(p), replayed), nil
}

// Promises lists what was promised for a project.
func (a *API) Promises(ctx context.Context, in *contract.Read) (*contract.Tagged[Items[Promise]], error) {
	list, err := a.handover.Promises(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.NewTagged(list.Tag, in.IfNoneMatch, func() Items[Promise] { return all(list.Promises, viewPromise) }), nil
}

// MyPromises lists what was promised to me.
func (a *API) MyPromises(ctx context.Context, in *contract.Read) (*contract.Tagged[Items[Promise]], error) {
	list, err := a.handover.MyPromises(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.NewTagged(list.Tag, in.IfNoneMatch, func() Items[Promise] { return all(list.Promises, viewPromise) }), nil
}

// PromiseRates tells how many promises were kept, by store or by person.
func (a *API) PromiseRates(ctx context.Context, in *RatesInput) (*contract.Answer[Items[Rate]], error) {
	rates, err := a.handover.PromiseRates(ctx, actor.From(ctx), model.Group(in.Group), in.From, in.To)
	if err != nil {
		return nil, err
	}
	return contract.Found(all(rates, viewRate)), nil
}
