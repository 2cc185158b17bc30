package notify

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/service/notify"
)

// DeadLetters lists side effects that were given up.
func (a *API) DeadLetters(ctx context.Context, in *contract.Paging) (*contract.Answer[contract.List[DeadEvent]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.d.Notify.DeadLetters(ctx, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewDead)), nil
}

// RequeueDeadLetter owes a dead event anew.
func (a *API) RequeueDeadLetter(ctx context.Context, in *RequeueInput) (*contract.Nothing, error) {
	return &contract.Nothing{}, a.d.Notify.Requeue(ctx, actor.From(ctx), in.ID)
}

// Templates lists every template of subscription messages.
func (a *API) Templates(ctx context.Context, _ *struct{}) (*contract.Answer[Templates], error) {
	rows, err := a.d.Notify.Templates(ctx)
	if err != nil {
		return nil, err
	}
	all := Templates{Items: make([]Template, 0, len(rows)), Events: notify.Events(), Facts: notify.Facts()}
	for _, t := range rows {
		v, err := viewTemplate(t)
		if err != nil {
			return nil, err
		}
		all.Items = append(all.Items, v)
	}
	return contract.Found(all), nil
}

// PutTemplate makes or changes a template.
func (a *API) PutTemplate(ctx context.Context, in *PutTemplateInput) (*contract.Answer[Template], error) {
	b := in.Body
	t, err := a.d.Notify.PutTemplate(ctx, actor.From(ctx), notify.TemplateInput{
		Key: in.Key, TemplateID: b.TemplateID, Event: b.Event, Title: b.Title, Page: b.Page, Fields: b.Fields,
		Resendable: b.Resendable, Active: b.Active, Version: b.Version,
	})
	if err != nil {
		return nil, err
	}
	v, err := viewTemplate(t)
	if err != nil {
		return nil, err
	}
	return contract.Found(v), nil
}
