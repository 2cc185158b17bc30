package delivery

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/once"
	core "guike/model/project"
	"guike/model/project/delivery"
	"guike/service/project"
)

// NewEvent is something that a carrier said of a shipment. An empty ExternalID is a new event; one that
// is known already changes nothing.
type NewEvent struct {
	ExternalID string
	At         time.Time
	Status     delivery.CarrierStatus
	Place      string
	Text       string
}

// placedByStaff marks a placing by hand; it is greater than the name of any message.
const placedByStaff = "~staff"

var (
	goodTracking = regexp.MustCompile(`^[A-Za-z0-9-]{4,64}$`)
	goodExternal = regexp.MustCompile(`^[!-~]{1,64}$`)
)

func (s *Service) checkEvent(at string, e *NewEvent) error {
	if e.ExternalID == "" {
		e.ExternalID = id.New().String()
	}
	if !goodExternal.MatchString(e.ExternalID) {
		return fault.Broken(at+"external_id", "malformed", "事件编号须为 1 到 64 个可见字符。", "An event's id has 1 to 64 visible ASCII characters.")
	}
	if !e.Status.Valid() {
		return fault.Broken(at+"status", "not_allowed", "没有这个物流状态。", "There is no such status.")
	}
	if err := s.checkAt(at+"at", &e.At); err != nil {
		return err
	}
	if err := project.CheckLength(at+"place", &e.Place, 0, 100); err != nil {
		return err
	}
	return project.CheckLength(at+"text", &e.Text, 0, 500)
}

func (s *Service) checkEvents(events []NewEvent) error {
	if len(events) > maxEvents {
		return fault.Broken("body.events", "too_many", "一次最多 300 个物流事件。", "There are at most 300 events.")
	}
	for i := range events {
		if err := s.checkEvent(fmt.Sprintf("body.events[%d].", i), &events[i]); err != nil {
			return err
		}
	}
	return nil
}

// NewShipment is a consignment of a carrier. The same carrier and number again is the same shipment.
type NewShipment struct {
	ProjectID  id.ID
	BatchID    id.ID // none: the only batch, or to be said later
	Carrier    string
	TrackingNo string
	Events     []NewEvent
	Once       once.Key
}

func (s *Service) checkShipment(in *NewShipment) error {
	if err := project.CheckLength("body.carrier", &in.Carrier, 1, maxName); err != nil {
		return err
	}
	if !goodTracking.MatchString(in.TrackingNo) {
		return fault.Broken("body.tracking_no", "malformed", "运单号须为 4 到 64 位字母、数字或横线。", "A tracking number has 4 to 64 letters, digits or dashes.")
	}
	in.Events = slices.Clone(in.Events) // the caller's stay as they are
	return s.checkEvents(in.Events)
}

// placing says to which batch a shipment belongs, when and by whom that was said.
type placing struct {
	batch id.ID // none: the only one, unless the shipment has one
	at    time.Time
	by    string
}

// put puts a shipment into the batch that was named, unless somebody has named one later, or, when none
// was, into the only one.
func (w placing) put(sh *delivery.Shipment, only id.ID) {
	switch {
	case w.batch.IsZero() && sh.BatchID.IsZero():
		sh.BatchID = only
	case !w.batch.IsZero() && w.later(*sh):
		sh.BatchID, sh.PlacedAt, sh.PlacedBy = w.batch, &w.at, w.by
	}
}

// later tells that nobody has said anything newer; of one instant the greater name counts.
func (w placing) later(sh delivery.Shipment) bool {
	if sh.PlacedAt == nil || !w.at.Equal(*sh.PlacedAt) {
		return sh.PlacedAt == nil || w.at.After(*sh.PlacedAt)
	}
	return w.by >= sh.PlacedBy
}

// Ship enters a shipment by hand, with what its carrier said so far. Errors: not_found;
// project.cancelled; delivery.too_many; shipment.event_mismatch; input.invalid.
func (s *Service) Ship(ctx context.Context, who actor.Actor, in NewShipment) (Result, bool, error) {
	if err := s.checkShipment(&in); err != nil {
		return Result{}, false, err
	}
	return s.change(ctx, who, in.Once, func(tx *db.Tx) (Result, error) {
		p, err := project.LockOpenTx(ctx, tx, who, in.ProjectID)
		if err != nil {
			return Result{}, err
		}
		sh, _, err := s.shipTx(ctx, tx, who, &p, in, placing{in.BatchID, tx.Now, placedByStaff})
		return Result{p.ID, sh.ID}, err
	})
}

// shipTx enters a shipment, or finds the one of the same carrier and number, lets its events count, and
// settles the batches that it belongs to and belonged to. fresh is how many events were not known.
func (s *Service) shipTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *core.Project, in NewShipment, where placing) (sh delivery.Shipment, fresh int, err error) {
	batches, err := delivery.Batches(ctx, tx, p.ID)
	if err != nil {
		return sh, 0, err
	}
	only, err := s.place(batches, where.batch)
	if err != nil {
		return sh, 0, err
	}
	sh, err = delivery.ShipmentByTracking(ctx, tx, p.ID, in.Carrier, in.TrackingNo)
	switch {
	case db.Missing(err):
		sh, err = s.enterTx(ctx, tx, who, p, in)
	case err != nil:
		err = fmt.Errorf("read shipment: %w", err)
	}
	if err != nil {
		return sh, 0, err
	}
	former := sh.BatchID
	where.put(&sh, only)
	if fresh, err = s.hearTx(ctx, tx, who, &sh, in.Events); err != nil {
		return sh, 0, err
	}
	if err := delivery.SaveShipmentTx(ctx, tx, &sh); err != nil {
		return sh, fresh, err
	}
	return sh, fresh, s.settleAllTx(ctx, tx, who, p, sh, former)
}

// place finds the batch that is named, or, when none is, the only one that was not cancelled.
func (s *Service) place(batches []delivery.Batch, named id.ID) (id.ID, error) {
	var only []id.ID
	for _, b := range batches {
		if b.State == delivery.Cancelled {
			continue
		}
		if b.ID == named {
			return b.ID, nil
		}
		only = append(only, b.ID)
	}
	switch {
	case !named.IsZero():
		return id.ID{}, fault.Broken("body.batch_id", "unknown", "该项目没有这个批次,或已取消。", "The project has no such batch, or it was cancelled.")
	case len(only) == 1:
		return only[0], nil
	}
	return id.ID{}, nil
}

// enterTx keeps a shipment that is not known yet.
func (s *Service) enterTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *core.Project, in NewShipment) (delivery.Shipment, error) {
	all, err := delivery.Shipments(ctx, tx, p.ID)
	if err != nil {
		return delivery.Shipment{}, err
	}
	if len(all) >= maxShipments {
		return delivery.Shipment{}, errTooMany
	}
	sh := delivery.Shipment{
		ProjectID: p.ID, ID: id.New(), Carrier: in.Carrier, TrackingNo: in.TrackingNo, State: delivery.Registered, CreatedBy: who.ID,
	}
	return sh, delivery.AddShipmentTx(ctx, tx, &sh)
}

// hearTx keeps the events that are not known yet and lets them count. One that is known with another
// instant or status is refused.
func (s *Service) hearTx(ctx context.Context, tx *db.Tx, who actor.Actor, sh *delivery.Shipment, events []NewEvent) (fresh int, err error) {
	names := make([]string, 0, len(events))
	for _, e := range events {
		names = append(names, e.ExternalID)
	}
	known, err := delivery.EventsNamed(ctx, tx, *sh, names)
	if err != nil {
		return 0, err
	}
	for i, in := range events {
		e := delivery.Event{
			ProjectID: sh.ProjectID, ShipmentID: sh.ID, ExternalID: in.ExternalID, At: in.At, Status: in.Status,
			Place: in.Place, Body: in.Text, ToldKind: who.Kind, ToldBy: who.ID,
		}
		if k, again := known[e.ExternalID]; again {
			if !k.At.Equal(e.At) || k.Status != e.Status {
				return fresh, errShipmentEvent.At("body.events["+strconv.Itoa(i)+"].external_id", "repeated", "编号已用于另一个事件。", "It names another event.")
			}
			continue
		}
		if sh.Events >= maxEvents {
			return fresh, fault.Broken("body.events", "too_many", "该运单的物流事件已达上限。", "The shipment has as many events as one may.")
		}
		if err := delivery.AddEventTx(ctx, tx, &e); err != nil {
			return fresh, err
		}
		sh.Take(e)
		known[e.ExternalID] = e
		fresh++
	}
	return fresh, nil
}

// settleAllTx settles the batch of a shipment and the one that it belonged to, and moves the project's
// version when neither had anything to tell.
func (s *Service) settleAllTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *core.Project, sh delivery.Shipment, former id.ID) error {
	concerned := []id.ID{sh.BatchID}
	if former != sh.BatchID {
		concerned = append(concerned, former)
	}
	spoke := false
	for _, batch := range concerned {
		if batch.IsZero() {
			continue
		}
		b, err := delivery.BatchByID(ctx, tx, batch)
		if err != nil {
			return err
		}
		told, err := s.settleTx(ctx, tx, who, p, &b)
		if err != nil {
			return err
		}
		spoke = spoke || told
	}
	if spoke {
		return nil
	}
	return s.noteTx(ctx, tx, who, p, "shipment.heard", map[string]any{"shipment_id": sh.ID, "batch_id": sh.BatchID, "events": sh.Events})
}

// Heard is something that a carrier said, entered by hand.
type Heard struct {
	ShipmentID id.ID
	Event      NewEvent
	Once       once.Key
}

// Hear lets an event of a shipment count, entered by hand. Errors: not_found; project.cancelled;
// shipment.event_mismatch; input.invalid.
func (s *Service) Hear(ctx context.Context, who actor.Actor, in Heard) (Result, bool, error) {
	if err := s.checkEvent("body.", &in.Event); err != nil {
		return Result{}, false, err
	}
	return s.change(ctx, who, in.Once, func(tx *db.Tx) (Result, error) {
		return s.moveTx(ctx, tx, who, in.ShipmentID, func(_ []delivery.Batch, sh *delivery.Shipment) error {
			_, err := s.hearTx(ctx, tx, who, sh, []NewEvent{in.Event})
			return err
		})
	})
}

// Placement says to which batch a shipment belongs.
type Placement struct {
	ShipmentID id.ID
	BatchID    id.ID
	Once       once.Key
}

// Place puts a shipment into a batch of its project. Errors: not_found; project.cancelled;
// input.invalid at body.batch_id.
func (s *Service) Place(ctx context.Context, who actor.Actor, in Placement) (Result, bool, error) {
	return s.change(ctx, who, in.Once, func(tx *db.Tx) (Result, error) {
		return s.moveTx(ctx, tx, who, in.ShipmentID, func(batches []delivery.Batch, sh *delivery.Shipment) error {
			batch, err := s.place(batches, in.BatchID)
			at := tx.Now
			if sh.PlacedAt != nil && sh.PlacedAt.After(at) { // by another system's clock
				at = *sh.PlacedAt
			}
			placing{batch, at, placedByStaff}.put(sh, batch)
			return err
		})
	})
}

// moveTx changes a shipment on behalf of a member of staff and settles the batches concerned.
func (s *Service) moveTx(ctx context.Context, tx *db.Tx, who actor.Actor, shipment id.ID, change func([]delivery.Batch, *delivery.Shipment) error) (Result, error) {
	sh, err := delivery.ShipmentByID(ctx, tx, shipment)
	if err != nil {
		return Result{}, err
	}
	p, err := project.LockOpenTx(ctx, tx, who, sh.ProjectID)
	if err != nil {
		return Result{}, err
	}
	if sh, err = delivery.ShipmentByID(ctx, tx, shipment); err != nil { // as it stands under the lock
		return Result{}, err
	}
	batches, err := delivery.Batches(ctx, tx, p.ID)
	if err != nil {
		return Result{}, err
	}
	former := sh.BatchID
	if err := change(batches, &sh); err != nil {
		return Result{}, err
	}
	if err := delivery.SaveShipmentTx(ctx, tx, &sh); err != nil {
		return Result{}, err
	}
	return Result{p.ID, sh.ID}, s.settleAllTx(ctx, tx, who, &p, sh, former)
}
