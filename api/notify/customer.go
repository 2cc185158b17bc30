package notify

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/service/notify"
)

// Templates lists the templates that the mini-program may ask the customer about.
func (a *API) Templates(ctx context.Context, _ *struct{}) (*contract.Answer[Offers], error) {
	rows, err := a.notify.Offers(ctx, actor.From(ctx))
	if err != nil {
		return nil, err
	}
	return contract.Found(viewOffers(rows)), nil
}

// Grant takes what the customer answered in the subscription dialogue.
func (a *API) Grant(ctx context.Context, in *GrantsInput) (*contract.Made[Granted], error) {
	who := actor.From(ctx)
	done, replayed, err := a.notify.ReportGrants(ctx, who, notify.Report{
		Results: in.Body.Results, Once: in.Once("notify-grant", in.Body),
	})
	if err != nil {
		return nil, err
	}
	rows, err := a.notify.Offers(ctx, who)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(Granted{Counted: done.Counted, Items: viewOffers(rows).Items}, replayed), nil
}
