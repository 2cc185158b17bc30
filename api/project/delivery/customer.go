package delivery

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
)

// Mine shows the deliveries of one of the customer's homes.
func (a *API) Mine(ctx context.Context, in *contract.Read) (*contract.Tagged[Deliveries], error) {
	d, err := a.delivery.Mine(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.NewTagged(d.Tag, in.IfNoneMatch, func() Deliveries { return viewDeliveries(d) }), nil
}

// ReceiveMine confirms a batch on site, by a member of the home.
func (a *API) ReceiveMine(ctx context.Context, in *MyReceiveInput) (*contract.Made[Batch], error) {
	r := in.Body.receipt()
	r.ProjectID, r.BatchID, r.Once = in.ID, in.BatchID, in.Once("delivery-receive-mine", []any{in.ID, in.BatchID, in.Body})
	made, replayed, err := a.delivery.ReceiveMine(ctx, actor.From(ctx), r)
	return a.batch(ctx, made, replayed, err)
}
