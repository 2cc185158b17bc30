package notify

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
)

// Inbox lists what the signed-in customer was told.
func (a *API) Inbox(ctx context.Context, in *InboxInput) (*contract.Tagged[Inbox], error) {
	return a.inbox(ctx, in)
}

// StaffInbox lists what the signed-in member of staff was told.
func (a *API) StaffInbox(ctx context.Context, in *InboxInput) (*contract.Tagged[Inbox], error) {
	return a.inbox(ctx, in)
}

func (a *API) inbox(ctx context.Context, in *InboxInput) (*contract.Tagged[Inbox], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	found, err := a.notify.Inbox(ctx, actor.From(ctx), in.Unread, page)
	if err != nil {
		return nil, err
	}
	return contract.NewTagged(tagOf(found), in.IfNoneMatch, func() Inbox { return viewInbox(found) }), nil
}

// Read marks a message of the signed-in customer as read.
func (a *API) Read(ctx context.Context, in *ReadInput) (*contract.Nothing, error) {
	return &contract.Nothing{}, a.notify.Read(ctx, actor.From(ctx), in.ID)
}

// StaffRead marks a message of the signed-in member of staff as read.
func (a *API) StaffRead(ctx context.Context, in *ReadInput) (*contract.Nothing, error) {
	return &contract.Nothing{}, a.notify.Read(ctx, actor.From(ctx), in.ID)
}

// ReadAll marks every message of the signed-in customer as read.
func (a *API) ReadAll(ctx context.Context, _ *contract.NoFields) (*contract.Nothing, error) {
	return &contract.Nothing{}, a.notify.ReadAll(ctx, actor.From(ctx))
}

// StaffReadAll marks every message of the signed-in member of staff as read.
func (a *API) StaffReadAll(ctx context.Context, _ *contract.NoFields) (*contract.Nothing, error) {
	return &contract.Nothing{}, a.notify.ReadAll(ctx, actor.From(ctx))
}
