package delivery

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	model "guike/model/project/delivery"
	"guike/service/project/delivery"
)

// ItemForm is something that a batch is to hold.
type ItemForm struct {
	Name     string `json:"name" minLength:"1" maxLength:"100" doc:"What it is." example:"主卧衣柜"`
	Quantity int64  `json:"quantity" minimum:"1" maximum:"1000000" doc:"How many." example:"2"`
	Room     string `json:"room,omitempty" required:"false" maxLength:"60" doc:"Where it belongs." example:"主卧"`
}

// BatchBody is a part of an order that is to be delivered by itself.
type BatchBody struct {
	Name       string     `json:"name" minLength:"1" maxLength:"60" doc:"What people call the batch; unlike any other's of the project." example:"衣柜与书柜"`
	Items      []ItemForm `json:"items" nullable:"false" minItems:"1" maxItems:"100" doc:"What it holds."`
	PromisedOn string     `json:"promised_on" format:"date" maxLength:"10" doc:"The day that is promised to the customer; not before the order." example:"2026-12-20"`
	Priority   int        `json:"priority,omitempty" required:"false" minimum:"1" maximum:"9" doc:"1 comes first, 9 last; 5 when absent." example:"1"`
	PhaseID    id.ID      `json:"phase_id,omitzero" required:"false" doc:"The phase of the project that it belongs to." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e80"`
}

// PlanInput is the request for a batch.
type PlanInput struct {
	contract.Key
	contract.ByID
	Body BatchBody
}

// RescheduleBody is another promised day for a batch.
type RescheduleBody struct {
	PromisedOn string `json:"promised_on" format:"date" maxLength:"10" doc:"The day that is promised now." example:"2026-12-27"`
	Priority   int    `json:"priority,omitempty" required:"false" minimum:"1" maximum:"9" doc:"1 comes first, 9 last; unchanged when absent." example:"2"`
	Reason     string `json:"reason" minLength:"1" maxLength:"500" doc:"Why; the customer reads it." example:"五金到货晚了一周。"`
}

// RescheduleInput is the request to promise a batch for another day.
type RescheduleInput struct {
	contract.ByID
	Body RescheduleBody
}

// AdvanceBody is how far a batch is.
type AdvanceBody struct {
	State string `json:"state" enum:"in_production,shipped,arrived" doc:"Where the batch stands now; never back." example:"in_production"`
}

// AdvanceInput is the request to say how far a batch is.
type AdvanceInput struct {
	contract.Key
	contract.ByID
	Body AdvanceBody
}

// DropBody is why a batch will not come.
type DropBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why; the customer reads it." example:"客户改为自购灯具。"`
}

// DropInput is the request to cancel a batch.
type DropInput struct {
	contract.Key
	contract.ByID
	Body DropBody
}

// ShortageForm is an item of which something is missing or broken.
type ShortageForm struct {
	Item    int    `json:"item" minimum:"1" maximum:"100" doc:"The item's number in the batch, from 1." example:"2"`
	Missing int64  `json:"missing" minimum:"1" maximum:"1000000" doc:"How many are missing or broken." example:"1"`
	Note    string `json:"note,omitempty" required:"false" maxLength:"200" doc:"What is wrong." example:"门板磕碰"`
}

// ReceiptBody confirms on site that a batch was received.
type ReceiptBody struct {
	Note      string         `json:"note,omitempty" required:"false" maxLength:"500" doc:"What there is to say." example:"外包装完好。"`
	FileIDs   []id.ID        `json:"file_ids,omitempty" required:"false" nullable:"false" maxItems:"9" doc:"Photos that were uploaded before, in their order." example:"[\"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e76\"]"`
	Shortages []ShortageForm `json:"shortages,omitempty" required:"false" nullable:"false" maxItems:"100" doc:"What is missing or broken; opens a task for the project manager."`
}

func (b ReceiptBody) receipt() delivery.Receipt {
	r := delivery.Receipt{Note: b.Note, Photos: b.FileIDs}
	for _, s := range b.Shortages {
		r.Shortages = append(r.Shortages, delivery.Shortage{Item: s.Item, Missing: s.Missing, Note: s.Note})
	}
	return r
}

// ReceiveInput is a receipt by staff.
type ReceiveInput struct {
	contract.Key
	contract.ByID
	Body ReceiptBody
}

// MyReceiveInput is a receipt by a member of the home.
type MyReceiveInput struct {
	contract.Key
	contract.ByID
	BatchID id.ID `path:"batch_id" doc:"The batch's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e81"`
	Body    ReceiptBody
}

// EventForm is something that a carrier said.
type EventForm struct {
	ExternalID string    `json:"external_id,omitempty" required:"false" maxLength:"64" pattern:"^[!-~]*$" doc:"The carrier's id of the event; the same one again changes nothing. Absent: a new event." example:"SF-20261218-0007"`
	At         time.Time `json:"at" doc:"When it happened; the newest one decides the state, whenever it is told." example:"2026-12-18T06:30:00.000Z"`
	Status     string    `json:"status" enum:"picked_up,in_transit,out_for_delivery,delivered,exception" doc:"What happened." example:"in_transit"`
	Place      string    `json:"place,omitempty" required:"false" maxLength:"100" doc:"Where." example:"佛山顺德集散中心"`
	Text       string    `json:"text,omitempty" required:"false" maxLength:"500" doc:"In the carrier's words." example:"已发往上海"`
}

func (e EventForm) event() delivery.NewEvent {
	return delivery.NewEvent{ExternalID: e.ExternalID, At: e.At, Status: model.CarrierStatus(e.Status), Place: e.Place, Text: e.Text}
}

func events(forms []EventForm) []delivery.NewEvent {
	all := make([]delivery.NewEvent, 0, len(forms))
	for _, f := range forms {
		all = append(all, f.event())
	}
	return all
}

// ShipmentBody is a consignment of a carrier.
type ShipmentBody struct {
	Carrier    string      `json:"carrier" minLength:"1" maxLength:"60" doc:"The carrier; the same one and number again is the same shipment." example:"顺丰速运"`
	TrackingNo string      `json:"tracking_no" maxLength:"64" pattern:"^[A-Za-z0-9-]{4,64}$" doc:"The carrier's number." example:"SF1234567890"`
	BatchID    id.ID       `json:"batch_id,omitzero" required:"false" doc:"The batch that it carries; the project's only one when absent, else none yet." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e81"`
	Events     []EventForm `json:"events,omitempty" required:"false" nullable:"false" maxItems:"300" doc:"What the carrier said so far."`
}

// ShipInput is the request to enter a shipment.
type ShipInput struct {
	contract.Key
	contract.ByID
	Body ShipmentBody
}

// HearInput is the request to enter what a carrier said.
type HearInput struct {
	contract.Key
	contract.ByID
	Body EventForm
}

// PlaceBody is which batch a shipment carries.
type PlaceBody struct {
	BatchID id.ID `json:"batch_id" doc:"The batch." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e81"`
}

// PlaceInput is the request to say which batch a shipment carries.
type PlaceInput struct {
	contract.Key
	contract.ByID
	Body PlaceBody
}

// MessagesInput asks for what other systems told of a project.
type MessagesInput struct {
	contract.ByID
	contract.Paging
}

// OrderNo names an order for other systems.
type OrderNo struct {
	No string `path:"no" maxLength:"20" doc:"The project's number." example:"G2026-7K3QX9B"`
}

// StatusBody is how far the ERP says that an order is.
type StatusBody struct {
	EventID         string    `json:"event_id" minLength:"1" maxLength:"64" pattern:"^[!-~]+$" doc:"The ERP's own id of this message; the same one again has one effect and gets the same answer." example:"MES-88123-4"`
	At              time.Time `json:"at" doc:"When it was so, by the ERP's clock; the newest one is shown, whenever it arrives." example:"2026-12-02T08:15:00.000Z"`
	Status          string    `json:"status" enum:"accepted,scheduled,in_production,packed,ready,shipped,delivered" doc:"How far the order is." example:"in_production"`
	Stage           string    `json:"stage,omitempty" required:"false" maxLength:"60" doc:"The ERP's own word for the step." example:"封边"`
	ProgressPercent *int      `json:"progress_percent,omitempty" required:"false" minimum:"0" maximum:"100" doc:"How much is made." example:"45"`
	Note            string    `json:"note,omitempty" required:"false" maxLength:"500" doc:"What there is to say; the customer reads it." example:"柜体已开料,门板排产中。"`
}

// StatusInput is a message of the ERP about an order.
type StatusInput struct {
	OrderNo
	Body StatusBody
}

// SentBody is a shipment as the ERP reports it.
type SentBody struct {
	EventID    string      `json:"event_id" minLength:"1" maxLength:"64" pattern:"^[!-~]+$" doc:"The ERP's own id of this message; the same one again has one effect and gets the same answer." example:"WMS-55501"`
	At         time.Time   `json:"at" doc:"When it was so, by the ERP's clock." example:"2026-12-18T02:00:00.000Z"`
	Batch      string      `json:"batch,omitempty" required:"false" maxLength:"60" doc:"Number or name of the delivery batch; the order's only one when absent, else staff say later." example:"1"`
	Carrier    string      `json:"carrier" minLength:"1" maxLength:"60" doc:"The carrier; the same one and number again is the same shipment." example:"顺丰速运"`
	TrackingNo string      `json:"tracking_no" maxLength:"64" pattern:"^[A-Za-z0-9-]{4,64}$" doc:"The carrier's number." example:"SF1234567890"`
	Events     []SentEvent `json:"events,omitempty" required:"false" nullable:"false" maxItems:"300" doc:"What the carrier said so far; those that are known already change nothing."`
}

// SentEvent is something that a carrier said, as the ERP reports it.
type SentEvent struct {
	ExternalID string    `json:"external_id" minLength:"1" maxLength:"64" pattern:"^[!-~]+$" doc:"The carrier's id of the event." example:"SF-20261218-0007"`
	At         time.Time `json:"at" doc:"When it happened; the newest one decides the state, whenever it is told." example:"2026-12-18T06:30:00.000Z"`
	Status     string    `json:"status" enum:"picked_up,in_transit,out_for_delivery,delivered,exception" doc:"What happened." example:"in_transit"`
	Place      string    `json:"place,omitempty" required:"false" maxLength:"100" doc:"Where." example:"佛山顺德集散中心"`
	Text       string    `json:"text,omitempty" required:"false" maxLength:"500" doc:"In the carrier's words." example:"已发往上海"`
}

// SentInput is a message of the ERP about a shipment.
type SentInput struct {
	OrderNo
	Body SentBody
}
