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
	rows, next, err := a.notify.DeadLetters(ctx, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewDead)), nil
}

// Requeue owes a dead event anew.
func (a *API) Requeue(ctx context.Context, in *RequeueInput) (*contract.Nothing, error) {
	return &contract.Nothing{}, a.notify.Requeue(ctx, actor.From(ctx), in.ID)
}

// StaffTemplates lists every template of subscription messages.
func (a *API) StaffTemplates(ctx context.Context, _ *struct{}) (*contract.Answer[Templates], error) {
	rows, err := a.notify.Templates(ctx)
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

// ChangeTemplate makes or changes a template.
func (a *API) ChangeTemplate(ctx context.Context, in *ChangeTemplateInput) (*contract.Answer[Template], error) {
	b := in.Body
	t, err := a.notify.PutTemplate(ctx, actor.From(ctx), notify.TemplateInput{
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
