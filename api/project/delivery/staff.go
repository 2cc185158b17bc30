package delivery

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/clock"
	model "guike/model/project/delivery"
	"guike/service/project/delivery"
)

// Plan promises a batch.
func (a *API) Plan(ctx context.Context, in *PlanInput) (*contract.Made[Batch], error) {
	b := in.Body
	items := make([]delivery.NewItem, 0, len(b.Items))
	for _, i := range b.Items {
		items = append(items, delivery.NewItem{Name: i.Name, Quantity: i.Quantity, Room: i.Room})
	}
	made, replayed, err := a.delivery.Plan(ctx, actor.From(ctx), delivery.NewBatch{
		ProjectID: in.ID, Name: b.Name, Items: items, PromisedOn: clock.Day(b.PromisedOn), Priority: b.Priority, PhaseID: b.PhaseID,
		Once: in.Once("delivery-plan", []any{in.ID, b}),
	})
	return a.batch(ctx, made, replayed, err)
}

// batch shows the batch that a change left behind.
func (a *API) batch(ctx context.Context, made delivery.Result, replayed bool, err error) (*contract.Made[Batch], error) {
	if err != nil {
		return nil, err
	}
	b, err := a.delivery.Batch(ctx, made)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewBatch(b), replayed), nil
}

// shipment shows the shipment that a change left behind.
func (a *API) shipment(ctx context.Context, made delivery.Result, replayed bool, err error) (*contract.Made[Shipment], error) {
	if err != nil {
		return nil, err
	}
	s, err := a.delivery.Shipment(ctx, made)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewShipment(s), replayed), nil
}

// Reschedule promises a batch for another day.
func (a *API) Reschedule(ctx context.Context, in *RescheduleInput) (*contract.Answer[Batch], error) {
	b := in.Body
	made, _, err := a.delivery.Reschedule(ctx, actor.From(ctx), delivery.Reschedule{
		BatchID: in.ID, PromisedOn: clock.Day(b.PromisedOn), Priority: b.Priority, Reason: b.Reason,
	})
	shown, err := a.batch(ctx, made, false, err)
	if err != nil {
		return nil, err
	}
	return contract.Found(shown.Body), nil
}

// Advance says by hand how far a batch is.
func (a *API) Advance(ctx context.Context, in *AdvanceInput) (*contract.Made[Batch], error) {
	made, replayed, err := a.delivery.Advance(ctx, actor.From(ctx), delivery.Progress{
		BatchID: in.ID, State: model.BatchState(in.Body.State), Once: in.Once("delivery-advance", []any{in.ID, in.Body}),
	})
	return a.batch(ctx, made, replayed, err)
}

// Cancel ends a batch that has not arrived.
func (a *API) Cancel(ctx context.Context, in *DropInput) (*contract.Made[Batch], error) {
	made, replayed, err := a.delivery.Cancel(ctx, actor.From(ctx), delivery.Drop{
		BatchID: in.ID, Reason: in.Body.Reason, Once: in.Once("delivery-cancel", []any{in.ID, in.Body}),
	})
	return a.batch(ctx, made, replayed, err)
}

// Receive confirms a batch on site.
func (a *API) Receive(ctx context.Context, in *ReceiveInput) (*contract.Made[Batch], error) {
	r := in.Body.receipt()
	r.BatchID, r.Once = in.ID, in.Once("delivery-receive", []any{in.ID, in.Body})
	made, replayed, err := a.delivery.Receive(ctx, actor.From(ctx), r)
	return a.batch(ctx, made, replayed, err)
}

// Ship enters a shipment by hand.
func (a *API) Ship(ctx context.Context, in *ShipInput) (*contract.Made[Shipment], error) {
	b := in.Body
	made, replayed, err := a.delivery.Ship(ctx, actor.From(ctx), delivery.NewShipment{
		ProjectID: in.ID, BatchID: b.BatchID, Carrier: b.Carrier, TrackingNo: b.TrackingNo, Events: events(b.Events),
		Once: in.Once("delivery-ship", []any{in.ID, b}),
	})
	return a.shipment(ctx, made, replayed, err)
}

// Hear enters by hand what a carrier said.
func (a *API) Hear(ctx context.Context, in *HearInput) (*contract.Made[Shipment], error) {
	made, replayed, err := a.delivery.Hear(ctx, actor.From(ctx), delivery.Heard{
		ShipmentID: in.ID, Event: in.Body.event(), Once: in.Once("delivery-hear", []any{in.ID, in.Body}),
	})
	return a.shipment(ctx, made, replayed, err)
}

// Place says which batch a shipment carries.
func (a *API) Place(ctx context.Context, in *PlaceInput) (*contract.Made[Shipment], error) {
	made, replayed, err := a.delivery.Place(ctx, actor.From(ctx), delivery.Placement{
		ShipmentID: in.ID, BatchID: in.Body.BatchID, Once: in.Once("delivery-place", []any{in.ID, in.Body}),
	})
	return a.shipment(ctx, made, replayed, err)
}

// Of shows a project's deliveries.
func (a *API) Of(ctx context.Context, in *contract.Read) (*contract.Tagged[Deliveries], error) {
	d, err := a.delivery.Of(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.NewTagged(d.Tag, in.IfNoneMatch, func() Deliveries { return viewDeliveries(d) }), nil
}

// Messages lists what other systems told of a project.
func (a *API) Messages(ctx context.Context, in *MessagesInput) (*contract.Answer[contract.List[Message]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.delivery.Messages(ctx, actor.From(ctx), in.ID, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewMessage)), nil
}
