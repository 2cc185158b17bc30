package delivery

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	model "guike/model/project/delivery"
	"guike/service/project/delivery"
)

// Item is something that a batch holds.
type Item struct {
	Item     int    `json:"item" doc:"Its number in the batch, from 1." example:"1"`
	Name     string `json:"name" doc:"What it is." example:"主卧衣柜"`
	Quantity int64  `json:"quantity" doc:"How many." example:"2"`
	Room     string `json:"room" doc:"Where it belongs." example:"主卧"`
	Missing  int64  `json:"missing" doc:"How many were missing or broken on receipt." example:"0"`
	Shortage string `json:"shortage" doc:"What was wrong with them." example:""`
}

// Reschedule is a change of a promised day.
type Reschedule struct {
	From   string    `json:"from" format:"date" doc:"The day that was promised before." example:"2026-12-20"`
	To     string    `json:"to" format:"date" doc:"The day that was promised instead." example:"2026-12-27"`
	Reason string    `json:"reason" doc:"Why." example:"五金到货晚了一周。"`
	By     string    `json:"by" doc:"Who said so." example:"李建国"`
	At     time.Time `json:"at" doc:"When." example:"2026-12-10T03:00:00.000Z"`
}

// Event is something that a carrier said.
type Event struct {
	ExternalID string    `json:"external_id" doc:"The id by which it is known." example:"SF-20261218-0007"`
	At         time.Time `json:"at" doc:"When it happened." example:"2026-12-18T06:30:00.000Z"`
	Status     string    `json:"status" enum:"picked_up,in_transit,out_for_delivery,delivered,exception" doc:"What happened." example:"in_transit"`
	Place      string    `json:"place" doc:"Where." example:"佛山顺德集散中心"`
	Text       string    `json:"text" doc:"In the carrier's words." example:"已发往上海"`
}

// Shipment is a consignment of a carrier.
type Shipment struct {
	ID         id.ID      `json:"id" doc:"The shipment's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e82"`
	BatchID    id.ID      `json:"batch_id,omitzero" doc:"The batch that it carries; absent until somebody says so." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e81"`
	Carrier    string     `json:"carrier" doc:"The carrier." example:"顺丰速运"`
	TrackingNo string     `json:"tracking_no" doc:"The carrier's number." example:"SF1234567890"`
	State      string     `json:"state" enum:"registered,picked_up,in_transit,out_for_delivery,delivered,exception" doc:"What the newest event says; registered while there is none." example:"in_transit"`
	StateAt    *time.Time `json:"state_at,omitempty" doc:"Since when." example:"2026-12-18T06:30:00.000Z"`
	Events     []Event    `json:"events" nullable:"false" doc:"What the carrier said, newest first."`
}

// Batch is a part of an order that is delivered by itself.
type Batch struct {
	ID              id.ID            `json:"id" doc:"The batch's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e81"`
	Number          int              `json:"number" doc:"Its number in the project, from 1." example:"1"`
	Name            string           `json:"name" doc:"What people call it." example:"衣柜与书柜"`
	PhaseID         id.ID            `json:"phase_id,omitzero" doc:"The phase of the project that it belongs to." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e80"`
	Priority        int              `json:"priority" doc:"1 comes first, 9 last." example:"1"`
	State           string           `json:"state" enum:"planned,in_production,shipped,arrived,received,cancelled" doc:"Where it stands." example:"shipped"`
	PromisedOn      string           `json:"promised_on" format:"date" doc:"The day that is promised now." example:"2026-12-27"`
	FirstPromisedOn string           `json:"first_promised_on" format:"date" doc:"The day that was promised at first." example:"2026-12-20"`
	DaysLate        int              `json:"days_late" doc:"By how many working days it is, or was, later than promised; 0 in time." example:"0"`
	ShippedAt       *time.Time       `json:"shipped_at,omitempty" doc:"When it was sent off." example:"2026-12-18T02:00:00.000Z"`
	ArrivedAt       *time.Time       `json:"arrived_at,omitempty" doc:"When it arrived." example:"2026-12-20T03:00:00.000Z"`
	ReceivedAt      *time.Time       `json:"received_at,omitempty" doc:"When it was confirmed on site." example:"2026-12-20T04:00:00.000Z"`
	ReceivedBy      string           `json:"received_by,omitempty" doc:"Who confirmed it: customer or staff." example:"customer"`
	ReceivedNote    string           `json:"received_note,omitempty" doc:"What was said on receipt." example:"外包装完好。"`
	CancelledAt     *time.Time       `json:"cancelled_at,omitempty" doc:"When it was cancelled." example:"2026-12-08T01:00:00.000Z"`
	CancelReason    string           `json:"cancel_reason,omitempty" doc:"Why it was cancelled." example:"客户改为自购灯具。"`
	Items           []Item           `json:"items" nullable:"false" doc:"What it holds."`
	Reschedules     []Reschedule     `json:"reschedules" nullable:"false" doc:"How often it was promised for another day, oldest first."`
	Photos          []contract.Photo `json:"photos" nullable:"false" doc:"Pictures taken on receipt."`
	Shipments       []Shipment       `json:"shipments" nullable:"false" doc:"Its consignments, oldest first."`
	Version         int64            `json:"version" doc:"Grows with every change." example:"3"`
}

// Production is how far the making of an order is, as the ERP tells it.
type Production struct {
	Status  string    `json:"status" enum:"accepted,scheduled,in_production,packed,ready,shipped,delivered" doc:"How far it is." example:"in_production"`
	Stage   string    `json:"stage" doc:"The factory's word for the step." example:"封边"`
	Percent *int      `json:"percent,omitempty" doc:"How much is made, as last told." example:"45"`
	Note    string    `json:"note" doc:"What the factory says." example:"柜体已开料,门板排产中。"`
	At      time.Time `json:"at" doc:"When it was so." example:"2026-12-02T08:15:00.000Z"`
}

// Deliveries is what is delivered to a home, and how far its making is.
type Deliveries struct {
	Production *Production `json:"production,omitempty" doc:"How far the making is; absent while the ERP has told nothing."`
	Batches    []Batch     `json:"batches" nullable:"false" doc:"The batches by priority, promised day and number."`
	Shipments  []Shipment  `json:"shipments" nullable:"false" doc:"Consignments of which nobody has said yet which batch they carry."`
}

// Message is what another system told of a project.
type Message struct {
	EventID    string    `json:"event_id" doc:"The system's own id of it." example:"MES-88123-4"`
	Source     string    `json:"source" doc:"The system." example:"erp"`
	Kind       string    `json:"kind" enum:"status,shipment" doc:"What it tells of." example:"status"`
	At         time.Time `json:"at" doc:"When it was so, by that system's clock." example:"2026-12-02T08:15:00.000Z"`
	ReceivedAt time.Time `json:"received_at" doc:"When it arrived here." example:"2026-12-02T08:15:02.000Z"`
	Status     string    `json:"status,omitempty" doc:"How far the order was." example:"in_production"`
	Stage      string    `json:"stage,omitempty" doc:"The system's own word for the step." example:"封边"`
	Percent    *int      `json:"percent,omitempty" doc:"How much was made." example:"45"`
	Note       string    `json:"note,omitempty" doc:"What it said." example:"柜体已开料,门板排产中。"`
}

// StatusAnswer tells the ERP what its message did.
type StatusAnswer struct {
	EventID         string    `json:"event_id" doc:"The message that is answered." example:"MES-88123-4"`
	Applied         bool      `json:"applied" doc:"True when what is shown comes from this message; false when a newer one was there." example:"true"`
	Status          string    `json:"status" enum:"accepted,scheduled,in_production,packed,ready,shipped,delivered" doc:"What was shown then." example:"in_production"`
	ProgressPercent *int      `json:"progress_percent,omitempty" doc:"And how much was made." example:"45"`
	At              time.Time `json:"at" doc:"When it was so." example:"2026-12-02T08:15:00.000Z"`
}

// SentAnswer tells the ERP what its message did.
type SentAnswer struct {
	EventID    string `json:"event_id" doc:"The message that is answered." example:"WMS-55501"`
	ShipmentID id.ID  `json:"shipment_id" doc:"The shipment's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e82"`
	BatchID    id.ID  `json:"batch_id,omitzero" doc:"The batch that it carries; absent until somebody says so." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e81"`
	State      string `json:"state" enum:"registered,picked_up,in_transit,out_for_delivery,delivered,exception" doc:"What the newest event said then." example:"in_transit"`
	NewEvents  int    `json:"new_events" doc:"How many of the events were not known." example:"1"`
}

func viewDeliveries(d delivery.Deliveries) Deliveries {
	v := Deliveries{Batches: each(d.Batches, viewBatch), Shipments: each(d.Loose, viewShipment)}
	if p := d.Production; p != nil {
		v.Production = &Production{Status: string(p.Status), Stage: p.Stage, Percent: p.Percent, Note: p.Note, At: contract.Instant(p.At)}
	}
	return v
}

func viewBatch(b delivery.Batch) Batch {
	return Batch{
		ID: b.ID, Number: b.Seq, Name: b.Name, PhaseID: b.PhaseID, Priority: b.Priority, State: string(b.State),
		PromisedOn: string(b.PromisedOn), FirstPromisedOn: string(b.FirstPromisedOn), DaysLate: b.DaysLate,
		ShippedAt: contract.Until(b.ShippedAt), ArrivedAt: contract.Until(b.ArrivedAt), ReceivedAt: contract.Until(b.ReceivedAt),
		ReceivedBy: string(b.ReceivedKind), ReceivedNote: b.ReceivedNote, CancelledAt: contract.Until(b.CancelledAt), CancelReason: b.CancelReason,
		Items: each(b.Items, viewItem), Reschedules: each(b.Reschedules, viewReschedule), Photos: contract.NewPhotos(b.Photos),
		Shipments: each(b.Shipments, viewShipment), Version: b.Version,
	}
}

func viewItem(i model.Item) Item {
	return Item{Item: i.Seq, Name: i.Name, Quantity: i.Quantity, Room: i.Room, Missing: i.Missing, Shortage: i.Shortage}
}

func viewReschedule(r model.Reschedule) Reschedule {
	return Reschedule{From: string(r.FromOn), To: string(r.ToOn), Reason: r.Reason, By: r.ByName, At: contract.Instant(r.At)}
}

func viewShipment(s delivery.Shipment) Shipment {
	return Shipment{
		ID: s.ID, BatchID: s.BatchID, Carrier: s.Carrier, TrackingNo: s.TrackingNo, State: string(s.State), StateAt: contract.Until(s.StateAt),
		Events: each(s.Heard, viewEvent),
	}
}

func viewEvent(e model.Event) Event {
	return Event{ExternalID: e.ExternalID, At: contract.Instant(e.At), Status: string(e.Status), Place: e.Place, Text: e.Body}
}

func viewMessage(m model.Message) Message {
	return Message{
		EventID: m.EventID, Source: m.Source, Kind: m.Kind, At: contract.Instant(m.At), ReceivedAt: contract.Instant(m.ReceivedAt),
		Status: string(m.Status), Stage: m.Stage, Percent: m.Percent, Note: m.Note,
	}
}

func each[R, V any](rows []R, view func(R) V) []V {
	views := make([]V, 0, len(rows))
	for _, r := range rows {
		views = append(views, view(r))
	}
	return views
}
