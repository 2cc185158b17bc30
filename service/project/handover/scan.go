package handover

import (
	"context"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
	core "guike/model/project"
	"guike/model/project/design"
	model "guike/model/project/handover"
	"guike/service/project"
)

const (
	maxDevice     = 100
	serviceCode   = 'S'
	installation  = "installation"
	scannedSheets = 5 // of how many acceptances a scan shows what was said about care
)

// ScanOrder is a look at an order by the code on its label.
type ScanOrder struct {
	Code   string
	Device string // as the app names it
	Once   once.Key
}

// ScanResult is what a scan leaves behind under its key.
type ScanResult struct {
	ProjectID id.ID `json:"project_id"`
	ScanID    id.ID `json:"scan_id"`
}

// Scan logs who looked at which order, when and with what (C13). Errors: not_found for what is no code,
// the code of nothing, and an order out of reach, alike; input.invalid at body.device;
// project.cancelled.
func (s *Service) Scan(ctx context.Context, who actor.Actor, in ScanOrder) (r ScanResult, replayed bool, err error) {
	if err := project.CheckLength("body.device", &in.Device, 0, maxDevice); err != nil {
		return r, false, err
	}
	code, err := crypt.ParseCode(in.Code)
	if err != nil || code[0] != serviceCode {
		return r, false, fault.Missing()
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (ScanResult, error) {
			found, err := core.ByServiceCode(ctx, tx, code)
			if err != nil {
				return ScanResult{}, err
			}
			p, err := core.Find(ctx, tx, who, found.ID)
			switch {
			case err != nil:
				return ScanResult{}, err
			case p.State == core.Cancelled:
				return ScanResult{}, project.ErrCancelled
			}
			scan := model.Scan{ProjectID: p.ID, ID: id.New(), Device: in.Device}
			return ScanResult{p.ID, scan.ID}, model.AddScanTx(ctx, tx, who, &scan)
		})
		return err
	})
	return r, replayed, err
}

// Colleague is somebody in charge of an order now, with the work phone.
type Colleague struct {
	core.Person
	Name  string
	Phone string
}

// Care is what was said about care at the acceptance of a stage.
type Care struct {
	Stage core.Stage
	Text  string
}

// Order is what whoever works on an order gets to see (C13).
type Order struct {
	core.Project
	Stages    []core.Stage
	Drawings  []project.Picture // of the designs that the customer approved last
	Notes     []SiteNote
	Craft     []CraftNote // of the current stage and of the installation
	Care      []Care
	People    []Colleague
	Wishes    []Wish
	CareNotes []CareNote
}

// Order reads what a scan of an order within reach shows. Errors: not_found.
func (s *Service) Order(ctx context.Context, who actor.Actor, projectID id.ID) (Order, error) {
	p, err := core.Find(ctx, s.j.DB, who, projectID)
	if err != nil {
		return Order{}, err
	}
	o := Order{Project: p}
	if o.Stages, err = core.Stages(ctx, s.j.DB, p.ID); err != nil {
		return o, err
	}
	for _, read := range []func(context.Context, *Order) error{s.drawings, s.colleagues, s.craft, s.care, s.customer} {
		if err := read(ctx, &o); err != nil {
			return o, err
		}
	}
	o.Notes, err = s.siteNotes(ctx, p.ID)
	return o, err
}

func (s *Service) drawings(ctx context.Context, o *Order) error {
	files, err := design.ApprovedFiles(ctx, s.j.DB, o.ID)
	if err != nil {
		return err
	}
	links, err := s.links(ctx, files)
	for _, f := range files {
		if picture, ok := links[f]; ok {
			o.Drawings = append(o.Drawings, picture)
		}
	}
	return err
}

// colleagues reads who is in charge now, with what they were handed over with (Person.Note).
func (s *Service) colleagues(ctx context.Context, o *Order) error {
	rows, err := core.PeopleOf(ctx, s.j.DB, []id.ID{o.ID})
	if err != nil {
		return err
	}
	ids := make([]id.ID, 0, len(rows[o.ID]))
	for _, r := range rows[o.ID] {
		ids = append(ids, r.StaffID)
	}
	staff, err := identity.StaffByIDs(ctx, s.j.DB, ids)
	if err != nil {
		return err
	}
	for _, r := range rows[o.ID] {
		c := Colleague{Person: r, Name: staff[r.StaffID].Name}
		if staff[r.StaffID].Active() {
			if c.Phone, err = s.box.Open(identity.StaffPhoneField, staff[r.StaffID].PhoneEnc); err != nil {
				return err
			}
		}
		o.People = append(o.People, c)
	}
	return nil
}

func (s *Service) craft(ctx context.Context, o *Order) (err error) {
	stages := []string{o.CurrentStage}
	if o.CurrentStage != installation {
		stages = append(stages, installation)
	}
	o.Craft, err = s.notesAt(ctx, stages)
	return err
}

func (s *Service) care(ctx context.Context, o *Order) error {
	rows, _, err := model.Acceptances(ctx, s.j.DB, o.ID, db.Page{Limit: scannedSheets})
	if err != nil {
		return err
	}
	wholes, err := model.Wholes(ctx, s.j.DB, rows)
	if err != nil {
		return err
	}
	for _, w := range wholes {
		for _, st := range o.Stages {
			if st.Key == w.StageKey && w.Sheet.CareText != "" {
				o.Care = append(o.Care, Care{st, w.Sheet.CareText})
			}
		}
	}
	return nil
}

// Scans reads a page of who scanned a project within the reach of a member of staff, newest first.
// Errors: not_found.
func (s *Service) Scans(ctx context.Context, who actor.Actor, projectID id.ID, p db.Page) ([]model.Scan, db.Cursor, error) {
	if _, err := core.Find(ctx, s.j.DB, who, projectID); err != nil {
		return nil, db.Cursor{}, err
	}
	return model.Scans(ctx, s.j.DB, projectID, p)
}
