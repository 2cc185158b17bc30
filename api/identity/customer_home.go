package identity

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/id"
	"guike/service/identity"
)

// ListHomes is GET /v1/me/homes.
func (a *CustomerAPI) ListHomes(ctx context.Context, in *ListHomesInput) (*contract.Answer[contract.List[HomeView]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.d.Homes.List(ctx, actor.From(ctx), page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, homeView)), nil
}

// CreateHome is POST /v1/me/homes.
func (a *CustomerAPI) CreateHome(ctx context.Context, in *CreateHomeInput) (*contract.Made[HomeDetailView], error) {
	home, replayed, err := a.d.Homes.Create(ctx, actor.From(ctx), in.Once("identity-create-home", in.Body), in.home())
	if err != nil {
		return nil, err
	}
	view, err := a.homeDetail(ctx, home)
	return contract.NewMade(view, replayed), err
}

// ReadHome is GET /v1/me/homes/{id}.
func (a *CustomerAPI) ReadHome(ctx context.Context, in *ReadHomeInput) (*contract.Answer[HomeDetailView], error) {
	home, err := a.d.Homes.Read(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	view, err := a.homeDetail(ctx, home)
	return contract.Found(view), err
}

// InviteToHome is POST /v1/me/homes/{id}/invitations.
func (a *CustomerAPI) InviteToHome(ctx context.Context, in *InviteToHomeInput) (*contract.Made[InvitationView], error) {
	key := in.Once("identity-invite-to-home", struct {
		Home id.ID
		Body any
	}{in.ID, in.Body})
	v, replayed, err := a.d.Homes.Invite(ctx, actor.From(ctx), key, in.ID, in.invitation())
	if err != nil {
		return nil, err
	}
	return contract.NewMade(invitationView(v), replayed), nil
}

// AcceptHomeInvitation is POST /v1/me/home-invitations/{code}/accept.
func (a *CustomerAPI) AcceptHomeInvitation(ctx context.Context, in *AcceptHomeInvitationInput) (*contract.Answer[HomeDetailView], error) {
	home, err := a.d.Homes.Accept(ctx, actor.From(ctx), in.Code)
	if err != nil {
		return nil, err
	}
	view, err := a.homeDetail(ctx, home)
	return contract.Found(view), err
}

// RemoveHomeMember is DELETE /v1/me/homes/{id}/members/{customer_id}.
func (a *CustomerAPI) RemoveHomeMember(ctx context.Context, in *RemoveHomeMemberInput) (*contract.Nothing, error) {
	return &contract.Nothing{}, a.d.Homes.RemoveMember(ctx, actor.From(ctx), in.ID, in.CustomerID)
}

func (a *CustomerAPI) homeDetail(ctx context.Context, h identity.SeenHome) (HomeDetailView, error) {
	var files []id.ID
	for _, m := range h.Members {
		files = append(files, m.AvatarFileID)
	}
	links, err := a.avatars(ctx, files...)
	if err != nil {
		return HomeDetailView{}, err
	}
	return homeDetailView(h, links), nil
}
