package delivery

import (
	"context"
	"fmt"
	"slices"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
)

// CarrierStatus is what a carrier says of a shipment.
type CarrierStatus string

// The words of carriers (C15). Registered stands for a shipment of which no event is known yet.
const (
	Registered     CarrierStatus = "registered"
	PickedUp       CarrierStatus = "picked_up"
	InTransit      CarrierStatus = "in_transit"
	Exception      CarrierStatus = "exception"
	OutForDelivery CarrierStatus = "out_for_delivery"
	Delivered      CarrierStatus = "delivered"
)

// carrierOrder breaks ties of events of one instant.
var carrierOrder = [...]CarrierStatus{Registered, PickedUp, InTransit, Exception, OutForDelivery, Delivered}

// Rank orders words that were said at one instant.
func (s CarrierStatus) Rank() int { return slices.Index(carrierOrder[:], s) }

// Valid tells whether a carrier may say the word.
func (s CarrierStatus) Valid() bool { return s.Rank() > 0 }

// Shipment is a consignment of a carrier, of one batch or, until somebody says so, of none. Its state is
// the word of the newest event by the event's own time.
type Shipment struct {
	ProjectID  id.ID `gorm:"primaryKey"`
	ID         id.ID `gorm:"primaryKey"`
	BatchID    id.ID
	Carrier    string
	TrackingNo string
	State      CarrierStatus
	StateAt    *time.Time // nil while Registered
	StateEvent string     // the external id of the event that decided the state
	LeftAt     *time.Time // the earliest event that says that it is under way
	Events     int        // how many are known
	PlacedAt   *time.Time // when it was last said to which batch it belongs; nil while nobody has
	PlacedBy   string     // by whom, to break ties
	CreatedAt  time.Time
	CreatedBy  id.ID
	UpdatedAt  time.Time
	Version    int64
}

// TableName is the shipments' table.
func (Shipment) TableName() string { return "shipments" }

// Event is one thing that a carrier said of a shipment, known by the id that the carrier or the ERP
// gave it. Rows are inserted and read, never changed.
type Event struct {
	ProjectID  id.ID  `gorm:"primaryKey"`
	ShipmentID id.ID  `gorm:"primaryKey"`
	ExternalID string `gorm:"primaryKey"`
	At         time.Time
	Status     CarrierStatus
	Place      string
	Body       string
	ToldAt     time.Time
	ToldKind   actor.Kind
	ToldBy     id.ID
}

// TableName is the events' table.
func (Event) TableName() string { return "shipment_events" }

// Take lets an event that was not known count: the state is that of the newest one by its own time, so
// that the order of arrival does not matter; words of one instant are ordered by Rank, then by id.
func (s *Shipment) Take(e Event) {
	s.Events++
	at := e.At
	if e.Status != Exception && (s.LeftAt == nil || at.Before(*s.LeftAt)) {
		s.LeftAt = &at
	}
	if s.StateAt == nil || newer(at, e.Status.Rank(), e.ExternalID, *s.StateAt, s.State.Rank(), s.StateEvent) {
		s.State, s.StateAt, s.StateEvent = e.Status, &at, e.ExternalID
	}
}

// newer orders by instant, rank and key.
func newer(at time.Time, rank int, key string, thanAt time.Time, thanRank int, thanKey string) bool {
	if !at.Equal(thanAt) {
		return at.After(thanAt)
	}
	if rank != thanRank {
		return rank > thanRank
	}
	return key > thanKey
}

// Derive sets where the batch stands by its shipments and what was set by hand: shipped once one of
// them is under way, arrived once all of them are delivered. A batch that has ended stays as it is.
func (b *Batch) Derive(shipments []Shipment) {
	if b.State.Ended() {
		return
	}
	b.State, b.ShippedAt, b.ArrivedAt = b.HandState, b.HandShippedAt, b.HandArrivedAt
	var last *time.Time
	all := len(shipments) > 0
	for _, s := range shipments {
		if s.LeftAt != nil && (b.ShippedAt == nil || s.LeftAt.Before(*b.ShippedAt)) {
			b.ShippedAt = s.LeftAt
		}
		all = all && s.State == Delivered
		if s.State == Delivered && (last == nil || s.StateAt.After(*last)) {
			last = s.StateAt
		}
	}
	if b.ShippedAt != nil && b.State.Rank() < Shipped.Rank() {
		b.State = Shipped
	}
	if all {
		b.State, b.ArrivedAt = Arrived, last
	}
	if b.AlarmOn = ""; b.State.Open() {
		b.AlarmOn = b.PromisedOn
	}
}

// AddShipmentTx keeps a new shipment.
func AddShipmentTx(ctx context.Context, tx *db.Tx, s *Shipment) error {
	s.Version, s.CreatedAt, s.UpdatedAt = 1, tx.Now, tx.Now
	if err := db.Insert(ctx, tx, s); err != nil {
		return fmt.Errorf("keep shipment: %w", err)
	}
	return nil
}

// SaveShipmentTx writes everything that can change about a shipment; its version grows by one.
func SaveShipmentTx(ctx context.Context, tx *db.Tx, s *Shipment) error {
	s.Version++
	s.UpdatedAt = tx.Now
	err := tx.Conn(ctx).Model(&Shipment{}).Where("project_id = ? AND id = ?", s.ProjectID, s.ID).UpdateColumns(map[string]any{
		"batch_id": s.BatchID, "state": s.State, "state_at": s.StateAt, "state_event": s.StateEvent, "left_at": s.LeftAt,
		"events": s.Events, "placed_at": s.PlacedAt, "placed_by": s.PlacedBy, "version": s.Version, "updated_at": s.UpdatedAt,
	}).Error
	if err != nil {
		return fmt.Errorf("save shipment: %w", err)
	}
	return nil
}

// ShipmentByID finds a shipment by its id alone. Errors: not_found.
func ShipmentByID(ctx context.Context, r db.Reader, shipment id.ID) (Shipment, error) {
	var s Shipment
	err := r.Conn(ctx).Where("id = ?", shipment).Take(&s).Error
	return s, db.OrMissing(err, "read shipment")
}

// ShipmentByTracking finds a project's shipment by carrier and tracking number; db.Missing otherwise.
func ShipmentByTracking(ctx context.Context, r db.Reader, projectID id.ID, carrier, no string) (Shipment, error) {
	var s Shipment
	err := r.Conn(ctx).Where("project_id = ? AND carrier = ? AND tracking_no = ?", projectID, carrier, no).Take(&s).Error
	return s, err
}

// Shipments reads a project's shipments, oldest first.
func Shipments(ctx context.Context, r db.Reader, projectID id.ID) ([]Shipment, error) {
	var rows []Shipment
	if err := r.Conn(ctx).Where("project_id = ?", projectID).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read shipments: %w", err)
	}
	return rows, nil
}

// AddEventTx keeps an event of a shipment.
func AddEventTx(ctx context.Context, tx *db.Tx, e *Event) error {
	e.ToldAt = tx.Now
	if err := db.Insert(ctx, tx, e); err != nil {
		return fmt.Errorf("keep event of shipment: %w", err)
	}
	return nil
}

// EventsNamed reads the events of a shipment that have one of the external ids.
func EventsNamed(ctx context.Context, r db.Reader, s Shipment, external []string) (map[string]Event, error) {
	known := make(map[string]Event, len(external))
	if len(external) == 0 {
		return known, nil
	}
	var rows []Event
	err := r.Conn(ctx).Where("project_id = ? AND shipment_id = ? AND external_id IN ?", s.ProjectID, s.ID, external).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read events of shipment: %w", err)
	}
	for _, e := range rows {
		known[e.ExternalID] = e
	}
	return known, nil
}

// NewestEvents reads the newest n events of a project's shipments by their own time, newest first.
func NewestEvents(ctx context.Context, r db.Reader, projectID id.ID, n int) ([]Event, error) {
	var rows []Event
	err := r.Conn(ctx).Where("project_id = ?", projectID).Order("at DESC, shipment_id DESC, external_id DESC").Limit(n).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read events of shipments: %w", err)
	}
	return rows, nil
}
