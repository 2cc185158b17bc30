package delivery

import (
	"context"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/etag"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	core "guike/model/project"
	"guike/model/project/delivery"
	"guike/model/project/plan"
	"guike/service/project"
)

// shownEvents is how many events of carriers a page shows, newest first.
const shownEvents = 500

// Shipment is a consignment with its events, newest first by their own time.
type Shipment struct {
	delivery.Shipment
	Heard []delivery.Event
}

// Batch is a batch with everything that belongs to it.
type Batch struct {
	delivery.Batch
	DaysLate    int // working days
	Items       []delivery.Item
	Reschedules []delivery.Reschedule // oldest first
	Photos      []project.Picture
	Shipments   []Shipment
}

// Deliveries is what is delivered to a home, and how far its making is.
type Deliveries struct {
	Production *delivery.Production // nil while no system has told anything
	Batches    []Batch              // in the order in which they are wanted
	Loose      []Shipment           // of no batch yet
	Tag        string               // changes whenever anything in it does
}

// Mine reads the deliveries of a project of one of the customer's homes. Errors: not_found.
func (s *Service) Mine(ctx context.Context, who actor.Actor, projectID id.ID) (Deliveries, error) {
	seen, err := core.FindForCustomer(ctx, s.j.DB, who, projectID, s.j.DB.Now())
	if err != nil {
		return Deliveries{}, err
	}
	return s.deliveries(ctx, seen.Project)
}

// Of reads the deliveries of a project within the reach of a member of staff. Errors: not_found.
func (s *Service) Of(ctx context.Context, who actor.Actor, projectID id.ID) (Deliveries, error) {
	p, err := core.Find(ctx, s.j.DB, who, projectID)
	if err != nil {
		return Deliveries{}, err
	}
	return s.deliveries(ctx, p)
}

// deliveries reads everything in a fixed number of statements, whatever it holds.
func (s *Service) deliveries(ctx context.Context, p core.Project) (Deliveries, error) {
	d := Deliveries{}
	shown, told, err := delivery.ProductionOf(ctx, s.j.DB, p.ID)
	if err != nil {
		return d, err
	}
	if told {
		d.Production = &shown
	}
	rows, err := delivery.Batches(ctx, s.j.DB, p.ID)
	if err != nil {
		return d, err
	}
	calendar, err := plan.LoadCalendar(ctx, s.j.DB, clock.DayOf(p.CreatedAt, s.j.Zone), s.j.Today())
	if err != nil {
		return d, err
	}
	at := make(map[id.ID]int, len(rows))
	for i, b := range rows {
		at[b.ID] = i
		d.Batches = append(d.Batches, Batch{Batch: b, DaysLate: s.daysLate(calendar, p, b)})
	}
	if err := s.belongings(ctx, p, d.Batches, at); err != nil {
		return d, err
	}
	link, err := s.pictures(ctx, p, d.Batches, at)
	if err != nil {
		return d, err
	}
	d.Tag = etag.Of(p.ID, p.Version, s.j.Today(), calendar.Tag(), link)
	return d, s.consigned(ctx, p, &d, at)
}

// belongings adds items and former promises to the batches.
func (s *Service) belongings(ctx context.Context, p core.Project, batches []Batch, at map[id.ID]int) error {
	items, err := delivery.Items(ctx, s.j.DB, p.ID)
	if err != nil {
		return err
	}
	for _, i := range items {
		if n, known := at[i.BatchID]; known { // one that was added since is for the next look
			batches[n].Items = append(batches[n].Items, i)
		}
	}
	changes, err := delivery.Reschedules(ctx, s.j.DB, p.ID)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if n, known := at[c.BatchID]; known {
			batches[n].Reschedules = append(batches[n].Reschedules, c)
		}
	}
	return nil
}

// pictures adds what was photographed on receipt, without what was withdrawn, and returns a mark that
// changes when the links do.
func (s *Service) pictures(ctx context.Context, p core.Project, batches []Batch, at map[id.ID]int) (mark string, err error) {
	photos, err := delivery.Photos(ctx, s.j.DB, p.ID)
	if err != nil || len(photos) == 0 {
		return "", err
	}
	files := make([]id.ID, 0, len(photos))
	for _, ph := range photos {
		files = append(files, ph.FileID)
	}
	links, err := s.j.Links.Links(ctx, s.j.DB, files)
	if err != nil {
		return "", err
	}
	for _, ph := range photos {
		picture, shown := links[ph.FileID]
		if n, known := at[ph.BatchID]; known && shown {
			batches[n].Photos = append(batches[n].Photos, picture)
			mark += picture.URL
		}
	}
	return mark, nil
}

// consigned adds shipments with their events.
func (s *Service) consigned(ctx context.Context, p core.Project, d *Deliveries, at map[id.ID]int) error {
	rows, err := delivery.Shipments(ctx, s.j.DB, p.ID)
	if err != nil || len(rows) == 0 {
		return err
	}
	events, err := delivery.NewestEvents(ctx, s.j.DB, p.ID, shownEvents)
	if err != nil {
		return err
	}
	of := make(map[id.ID][]delivery.Event, len(rows))
	for _, e := range events {
		of[e.ShipmentID] = append(of[e.ShipmentID], e)
	}
	for _, row := range rows {
		sh := Shipment{row, of[row.ID]}
		if i, placed := at[row.BatchID]; placed {
			d.Batches[i].Shipments = append(d.Batches[i].Shipments, sh)
			continue
		}
		d.Loose = append(d.Loose, sh)
	}
	return nil
}

// Batch reads what a change left behind, on behalf of who made it. Errors: not_found.
func (s *Service) Batch(ctx context.Context, made Result) (Batch, error) {
	d, err := s.made(ctx, made)
	if err != nil {
		return Batch{}, err
	}
	for _, b := range d.Batches {
		if b.ID == made.ID {
			return b, nil
		}
	}
	return Batch{}, fault.Missing()
}

// Shipment is Batch for a shipment. Errors: not_found.
func (s *Service) Shipment(ctx context.Context, made Result) (Shipment, error) {
	d, err := s.made(ctx, made)
	if err != nil {
		return Shipment{}, err
	}
	all := d.Loose
	for _, b := range d.Batches {
		all = append(all, b.Shipments...)
	}
	for _, sh := range all {
		if sh.ID == made.ID {
			return sh, nil
		}
	}
	return Shipment{}, fault.Missing()
}

func (s *Service) made(ctx context.Context, made Result) (Deliveries, error) {
	p, err := core.ByID(ctx, s.j.DB, made.ProjectID)
	if err != nil {
		return Deliveries{}, err
	}
	return s.deliveries(ctx, p)
}

// Messages lists what other systems told of a project within the reach of a member of staff, newest
// first by their own time: what was shown, and what came too late to be. Errors: not_found.
func (s *Service) Messages(ctx context.Context, who actor.Actor, projectID id.ID, p db.Page) ([]delivery.Message, db.Cursor, error) {
	found, err := core.Find(ctx, s.j.DB, who, projectID)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	return delivery.Messages(ctx, s.j.DB, found.ID, p)
}
