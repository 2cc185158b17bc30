package identity

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/id"
	"guike/service/identity"
)

// ListCustomers is GET /v1/staff/customers.
func (a *CustomerAPI) ListCustomers(ctx context.Context, in *ListCustomersInput) (*contract.Answer[contract.List[VisitorView]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	query := identity.CustomerQuery{PhoneLast4: in.PhoneLast4, Card: in.Card, Text: in.Q}
	rows, next, err := a.d.Customers.Search(ctx, actor.From(ctx), query, page)
	if err != nil {
		return nil, err
	}
	files := make([]id.ID, 0, len(rows))
	for _, v := range rows {
		files = append(files, v.AvatarFileID)
	}
	links, err := a.avatars(ctx, files...)
	if err != nil {
		return nil, err
	}
	view := func(v identity.Visitor) VisitorView { return visitorView(v, links) }
	return contract.Found(contract.NewList(rows, next, view)), nil
}

// ListCareNotes is GET /v1/staff/customers/{id}/care-notes.
func (a *CustomerAPI) ListCareNotes(ctx context.Context, in *ListCareNotesInput) (*contract.Answer[contract.List[CareNoteView]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.d.Customers.CareNotes(ctx, actor.From(ctx), in.ID, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, careNoteView)), nil
}

// AddCareNote is POST /v1/staff/customers/{id}/care-notes.
func (a *CustomerAPI) AddCareNote(ctx context.Context, in *AddCareNoteInput) (*contract.Made[CareNoteView], error) {
	key := in.Once("identity-add-care-note", struct {
		ID   id.ID
		Text string
	}{in.ID, in.Body.Text})
	n, replayed, err := a.d.Customers.AddCareNote(ctx, actor.From(ctx), key, in.ID, in.Body.Text)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(careNoteView(n), replayed), nil
}

// WithdrawCareNote is POST /v1/staff/customers/{id}/care-notes/{note}/withdraw.
func (a *CustomerAPI) WithdrawCareNote(ctx context.Context, in *WithdrawCareNoteInput) (*contract.Answer[CareNoteView], error) {
	n, err := a.d.Customers.WithdrawCareNote(ctx, actor.From(ctx), in.ID, in.NoteID)
	if err != nil {
		return nil, err
	}
	return contract.Found(careNoteView(n)), nil
}

// ReadPreferences is GET /v1/staff/customers/{id}/preferences.
func (a *CustomerAPI) ReadPreferences(ctx context.Context, in *ReadPreferencesInput) (*contract.Answer[PreferencesView], error) {
	return a.preferences(ctx, in.ID)
}

// SetPreferences is PUT /v1/staff/customers/{id}/preferences.
func (a *CustomerAPI) SetPreferences(ctx context.Context, in *SetPreferencesInput) (*contract.Answer[PreferencesView], error) {
	if err := a.d.Customers.SetPreferences(ctx, actor.From(ctx), in.ID, in.Body.said()); err != nil {
		return nil, err
	}
	return a.preferences(ctx, in.ID)
}

// ReadMyPreferences is GET /v1/me/preferences.
func (a *CustomerAPI) ReadMyPreferences(ctx context.Context, _ *struct{}) (*contract.Answer[PreferencesView], error) {
	return a.preferences(ctx, actor.From(ctx).ID)
}

// SetMyPreferences is PUT /v1/me/preferences.
func (a *CustomerAPI) SetMyPreferences(ctx context.Context, in *SetMyPreferencesInput) (*contract.Answer[PreferencesView], error) {
	who := actor.From(ctx)
	if err := a.d.Customers.SetPreferences(ctx, who, who.ID, in.Body.said()); err != nil {
		return nil, err
	}
	return a.preferences(ctx, who.ID)
}

func (a *CustomerAPI) preferences(ctx context.Context, customer id.ID) (*contract.Answer[PreferencesView], error) {
	said, err := a.d.Customers.Preferences(ctx, actor.From(ctx), customer)
	if err != nil {
		return nil, err
	}
	return contract.Found(preferencesView(said)), nil
}
