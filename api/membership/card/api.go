// Package card is the API of the member card: what a member reads, the code for the till, the scan, the adviser.
package card

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/service/membership/card"
)

// API holds the operations.
type API struct{ cards *card.Service }

// New returns the operations over the use cases.
func New(s *card.Service) *API { return &API{s} }

// MyCard shows my card.
func (a *API) MyCard(ctx context.Context, in *MyCardInput) (*contract.Tagged[Card], error) {
	c, err := a.cards.Mine(ctx, actor.From(ctx))
	if err != nil {
		return nil, err
	}
	v, tag, err := viewCard(c)
	if err != nil {
		return nil, err
	}
	return contract.NewTagged(tag, in.IfNoneMatch, func() Card { return v }), nil
}

// MakeCode makes a code that I show at the till.
func (a *API) MakeCode(ctx context.Context, in *MakeCodeInput) (*contract.Made[TillCode], error) {
	c, replayed, err := a.cards.NewCode(ctx, actor.From(ctx), in.Once("card-make-code", struct{}{}))
	if err != nil {
		return nil, err
	}
	v, err := viewCode(c)
	return contract.NewMade(v, replayed), err
}

// Scan opens what a customer shows at the till.
func (a *API) Scan(ctx context.Context, in *ScanInput) (*contract.Made[Visit], error) {
	v, replayed, err := a.cards.Scan(ctx, actor.From(ctx), in.Body.Code, in.Once("card-scan", in.Body))
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewVisit(v), replayed), nil
}

// Adviser shows a customer's adviser.
func (a *API) Adviser(ctx context.Context, in *contract.ByID) (*contract.Answer[AdviserOf], error) {
	return named(a.cards.AdviserOf(ctx, actor.From(ctx), in.ID))
}

// SetAdviser gives a customer an adviser.
func (a *API) SetAdviser(ctx context.Context, in *SetAdviserInput) (*contract.Answer[AdviserOf], error) {
	return named(a.cards.SetAdviser(ctx, actor.From(ctx), in.ID, in.Body.StaffID))
}

func named(adviser *card.Adviser, err error) (*contract.Answer[AdviserOf], error) {
	if err != nil {
		return nil, err
	}
	return contract.Found(AdviserOf{viewAdviser(adviser)}), nil
}
