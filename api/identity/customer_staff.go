package identity

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/service/identity"
)

// EnterCustomer is POST /v1/staff/customers.
func (a *CustomerAPI) EnterCustomer(ctx context.Context, in *EnterCustomerInput) (*contract.Made[CustomerDetailView], error) {
	c, replayed, err := a.d.Customers.Enter(ctx, actor.From(ctx), in.Once("identity-enter-customer", in.Body), in.customer())
	if err != nil {
		return nil, err
	}
	view, err := a.customerDetail(ctx, c)
	return contract.NewMade(view, replayed), err
}

// ReadCustomer is GET /v1/staff/customers/{id}.
func (a *CustomerAPI) ReadCustomer(ctx context.Context, in *ReadCustomerInput) (*contract.Answer[CustomerDetailView], error) {
	c, err := a.d.Customers.Read(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	view, err := a.customerDetail(ctx, c)
	return contract.Found(view), err
}

// RevealCustomer is POST /v1/staff/customers/{id}/reveal.
func (a *CustomerAPI) RevealCustomer(ctx context.Context, in *RevealCustomerInput) (*contract.Answer[RevealedView], error) {
	shown, err := a.d.Customers.Reveal(ctx, actor.From(ctx), in.ID, identity.RevealInput{Reason: in.Body.Reason, Fields: in.Body.Fields})
	if err != nil {
		return nil, err
	}
	return contract.Found(revealedView(shown)), nil
}

func (a *CustomerAPI) customerDetail(ctx context.Context, c identity.MaskedCustomer) (CustomerDetailView, error) {
	links, err := a.avatars(ctx, c.AvatarFileID)
	if err != nil {
		return CustomerDetailView{}, err
	}
	return customerDetailView(c, links), nil
}
