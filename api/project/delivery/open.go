package delivery

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	model "guike/model/project/delivery"
	"guike/service/project/delivery"
)

// ReportStatus takes from the ERP how far an order is.
func (a *API) ReportStatus(ctx context.Context, in *StatusInput) (*contract.Made[StatusAnswer], error) {
	b := in.Body
	b.At = contract.Instant(b.At)
	answer, replayed, err := a.delivery.ReportStatus(ctx, actor.From(ctx), delivery.Status{
		Told:   delivery.ToldBy("delivery-report-status", in.No, b.EventID, b.At, b),
		Status: model.ERPStatus(b.Status), Stage: b.Stage, Percent: b.ProgressPercent, Note: b.Note,
	})
	if err != nil {
		return nil, err
	}
	return contract.NewMade(StatusAnswer{
		EventID: b.EventID, Applied: answer.Applied, Status: string(answer.Status), ProgressPercent: answer.Percent, At: contract.Instant(answer.At),
	}, replayed), nil
}

// ReportShipment takes from the ERP that goods were sent, and what their carrier said.
func (a *API) ReportShipment(ctx context.Context, in *SentInput) (*contract.Made[SentAnswer], error) {
	b := in.Body
	b.At = contract.Instant(b.At)
	heard := make([]delivery.NewEvent, 0, len(b.Events))
	for i := range b.Events {
		e := &b.Events[i]
		e.At = contract.Instant(e.At)
		heard = append(heard, EventForm(*e).event())
	}
	answer, replayed, err := a.delivery.ReportShipment(ctx, actor.From(ctx), delivery.Sent{
		Told:  delivery.ToldBy("delivery-report-shipment", in.No, b.EventID, b.At, b),
		Batch: b.Batch, Shipment: delivery.NewShipment{Carrier: b.Carrier, TrackingNo: b.TrackingNo, Events: heard},
	})
	if err != nil {
		return nil, err
	}
	return contract.NewMade(SentAnswer{
		EventID: b.EventID, ShipmentID: answer.ShipmentID, BatchID: answer.BatchID, State: string(answer.State), NewEvents: answer.NewEvents,
	}, replayed), nil
}
