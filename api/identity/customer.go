// Package identity holds the operations of people: customers with their homes and consents, staff with
// their stores, and the sessions of both.
package identity

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/once"
	"guike/service/flow"
	"guike/service/identity"
)

// Flows are the use cases that commit in other domains too; *flow.Flow is one.
type Flows interface {
	PhoneBound(ctx context.Context, who actor.Actor, key once.Key, code string) (flow.BoundPhone, bool, error)
	ProfileChanged(ctx context.Context, who actor.Actor, in identity.ProfileChange) error
}

// AvatarLinks signs links to pictures at once; those that are withdrawn or gone are left out.
type AvatarLinks func(ctx context.Context, files []id.ID) (map[id.ID]string, error)

// CustomerDeps is what the operations of customers stand on.
type CustomerDeps struct {
	Customers *identity.Customers
	Homes     *identity.Homes
	Consents  *identity.Consents
	Flows     Flows
	Avatars   AvatarLinks // nil: views carry no avatar links
}

// CustomerAPI holds the operations of customers, and those of staff upon customers.
type CustomerAPI struct{ d CustomerDeps }

// NewCustomerAPI returns the operations over their use cases.
func NewCustomerAPI(d CustomerDeps) *CustomerAPI { return &CustomerAPI{d} }

// SignInWithWechat is POST /v1/auth/wechat.
func (a *CustomerAPI) SignInWithWechat(ctx context.Context, in *SignInWithWechatInput) (*contract.Answer[SignedInView], error) {
	signed, err := a.d.Customers.SignIn(ctx, identity.SignInInput{Code: in.Body.Code, Scene: in.Body.Scene})
	if err != nil {
		return nil, err
	}
	profile, err := a.profile(ctx, signed.Customer)
	if err != nil {
		return nil, err
	}
	return contract.Found(SignedInView{
		AccessToken: signed.Access, ExpiresIn: signed.ExpiresIn, RefreshToken: signed.Refresh,
		Created: signed.Created, Customer: profile,
	}), nil
}

// ReadProfile is GET /v1/me.
func (a *CustomerAPI) ReadProfile(ctx context.Context, _ *struct{}) (*contract.Answer[ProfileView], error) {
	return a.readProfile(ctx)
}

func (a *CustomerAPI) readProfile(ctx context.Context) (*contract.Answer[ProfileView], error) {
	me, err := a.d.Customers.Me(ctx, actor.From(ctx))
	if err != nil {
		return nil, err
	}
	profile, err := a.profile(ctx, me)
	return contract.Found(profile), err
}

// ChangeProfile is PUT /v1/me/profile.
func (a *CustomerAPI) ChangeProfile(ctx context.Context, in *ChangeProfileInput) (*contract.Answer[ProfileView], error) {
	if err := a.d.Flows.ProfileChanged(ctx, actor.From(ctx), in.change()); err != nil {
		return nil, err
	}
	return a.readProfile(ctx)
}

// BindPhone is POST /v1/me/phone.
func (a *CustomerAPI) BindPhone(ctx context.Context, in *BindPhoneInput) (*contract.Made[BoundPhoneView], error) {
	who := actor.From(ctx)
	bound, replayed, err := a.d.Flows.PhoneBound(ctx, who, in.Once("identity-bind-phone", in.Body), in.Body.Code)
	if err != nil {
		return nil, err
	}
	me, err := a.d.Customers.Me(ctx, who)
	if err != nil {
		return nil, err
	}
	profile, err := a.profile(ctx, me)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(BoundPhoneView{ProfileView: profile, Merged: !bound.MergedID.IsZero()}, replayed), nil
}

// ListAccesses is GET /v1/me/privacy/access-log.
func (a *CustomerAPI) ListAccesses(ctx context.Context, in *ListAccessesInput) (*contract.Answer[contract.List[AccessView]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.d.Customers.AccessLog(ctx, actor.From(ctx), page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, accessView)), nil
}

func (a *CustomerAPI) profile(ctx context.Context, p identity.Person) (ProfileView, error) {
	links, err := a.avatars(ctx, p.AvatarFileID)
	if err != nil {
		return ProfileView{}, err
	}
	return profileView(p, links), nil
}

// avatars signs links to the pictures that are there.
func (a *CustomerAPI) avatars(ctx context.Context, files ...id.ID) (map[id.ID]string, error) {
	var wanted []id.ID
	for _, f := range files {
		if !f.IsZero() {
			wanted = append(wanted, f)
		}
	}
	if a.d.Avatars == nil || len(wanted) == 0 {
		return nil, nil
	}
	return a.d.Avatars(ctx, wanted)
}
