package handover

import (
	"context"
	"fmt"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/etag"
	"guike/internal/id"
	"guike/model/db"
	core "guike/model/project"
	model "guike/model/project/handover"
	"guike/service/project"
)

// Acceptance is a version of an acceptance as somebody reads it. Signer is the name under it: in full
// for owners, family and the contract party, masked for guests and staff.
type Acceptance struct {
	model.Whole
	Stage  core.Stage
	Signer string
	Paper  *project.Picture          // of a signature on paper; guests and people of other companies do not get it
	Links  map[id.ID]project.Picture // of the lines' pictures that may be seen
}

// AcceptanceList is a page of a project's acceptances at their current versions, newest first. Tag
// changes whenever anything on the page does, the links included.
type AcceptanceList struct {
	Acceptances []Acceptance
	Next        db.Cursor
	Tag         string
}

// reader is for whom acceptances are read.
type reader struct {
	p     core.Project
	full  bool // sees names in full
	paper bool // sees pictures of signatures
}

func ofCustomer(who actor.Actor, seen core.Seen) reader {
	trusted := project.SeesMoney(who, seen)
	return reader{p: seen.Project, full: trusted, paper: trusted}
}

// MyAcceptances reads the sheets of a project of one of the customer's homes. Errors: not_found.
func (s *Service) MyAcceptances(ctx context.Context, who actor.Actor, projectID id.ID, p db.Page) (AcceptanceList, error) {
	seen, err := core.FindForCustomer(ctx, s.j.DB, who, projectID, s.j.DB.Now())
	if err != nil {
		return AcceptanceList{}, err
	}
	return s.acceptances(ctx, ofCustomer(who, seen), p)
}

// Acceptances reads the sheets of a project within the reach of a member of staff. Errors: not_found.
func (s *Service) Acceptances(ctx context.Context, who actor.Actor, projectID id.ID, p db.Page) (AcceptanceList, error) {
	found, err := core.Find(ctx, s.j.DB, who, projectID)
	if err != nil {
		return AcceptanceList{}, err
	}
	return s.acceptances(ctx, reader{p: found, paper: !who.External}, p)
}

func (s *Service) acceptances(ctx context.Context, to reader, p db.Page) (AcceptanceList, error) {
	rows, next, err := model.Acceptances(ctx, s.j.DB, to.p.ID, p)
	if err != nil {
		return AcceptanceList{}, err
	}
	wholes, err := model.Wholes(ctx, s.j.DB, rows)
	if err != nil {
		return AcceptanceList{}, err
	}
	read, err := s.show(ctx, to, wholes)
	list := AcceptanceList{Acceptances: read, Next: next}
	parts := []any{to.p.Version, to.full, next}
	for _, a := range read {
		for _, ph := range a.Photos {
			parts = append(parts, a.Links[ph.FileID].URL)
		}
		if a.Paper != nil {
			parts = append(parts, a.Paper.URL)
		}
	}
	list.Tag = etag.Of(parts...)
	return list, err
}

// MyAcceptance reads a version of an acceptance as a member of the home; 0 is the current one. Errors:
// not_found.
func (s *Service) MyAcceptance(ctx context.Context, who actor.Actor, acceptance id.ID, version int64) (Acceptance, error) {
	a, err := model.AcceptanceByID(ctx, s.j.DB, acceptance)
	if err != nil {
		return Acceptance{}, err
	}
	seen, err := core.FindForCustomer(ctx, s.j.DB, who, a.ProjectID, s.j.DB.Now())
	if err != nil {
		return Acceptance{}, err
	}
	return s.acceptance(ctx, ofCustomer(who, seen), a, version)
}

// Acceptance reads a version of an acceptance within the reach of a member of staff; 0 is the current
// one. Errors: not_found.
func (s *Service) Acceptance(ctx context.Context, who actor.Actor, acceptance id.ID, version int64) (Acceptance, error) {
	a, err := model.AcceptanceByID(ctx, s.j.DB, acceptance)
	if err != nil {
		return Acceptance{}, err
	}
	p, err := core.Find(ctx, s.j.DB, who, a.ProjectID)
	if err != nil {
		return Acceptance{}, err
	}
	return s.acceptance(ctx, reader{p: p, paper: !who.External}, a, version)
}

func (s *Service) acceptance(ctx context.Context, to reader, a model.Acceptance, version int64) (Acceptance, error) {
	if version == 0 {
		version = a.Version
	}
	w, err := model.WholeOf(ctx, s.j.DB, a, version)
	if err != nil {
		return Acceptance{}, err
	}
	read, err := s.show(ctx, to, []model.Whole{w})
	if err != nil {
		return Acceptance{}, err
	}
	return read[0], nil
}

// show opens names, signs links and names stages for the reader.
func (s *Service) show(ctx context.Context, to reader, wholes []model.Whole) ([]Acceptance, error) {
	stages, err := core.Stages(ctx, s.j.DB, to.p.ID)
	if err != nil {
		return nil, err
	}
	links, err := s.linksOf(ctx, wholes)
	if err != nil {
		return nil, err
	}
	read := make([]Acceptance, 0, len(wholes))
	for _, w := range wholes {
		a := Acceptance{Whole: w, Links: links}
		for _, st := range stages {
			if st.Key == w.StageKey {
				a.Stage = st
			}
		}
		if err := s.showDecision(to, &a); err != nil {
			return nil, err
		}
		read = append(read, a)
	}
	return read, nil
}

func (s *Service) showDecision(to reader, a *Acceptance) (err error) {
	if a.Decision == nil || len(a.Decision.NameEnc) == 0 {
		return nil
	}
	if a.Signer, err = s.box.Open(model.SignerNameField, a.Decision.NameEnc); err != nil {
		return fmt.Errorf("open signature: %w", err)
	}
	if !to.full {
		a.Signer = crypt.MaskName(a.Signer)
	}
	if paper, ok := a.Links[a.Decision.FileID]; ok && to.paper {
		a.Paper = &paper
	}
	return nil
}

func (s *Service) linksOf(ctx context.Context, wholes []model.Whole) (map[id.ID]project.Picture, error) {
	var files []id.ID
	for _, w := range wholes {
		for _, ph := range w.Photos {
			files = append(files, ph.FileID)
		}
		if w.Decision != nil && !w.Decision.FileID.IsZero() {
			files = append(files, w.Decision.FileID)
		}
	}
	return s.links(ctx, files)
}

func (s *Service) links(ctx context.Context, files []id.ID) (map[id.ID]project.Picture, error) {
	if len(files) == 0 {
		return nil, nil
	}
	return s.j.Links.Links(ctx, s.j.DB, files)
}
