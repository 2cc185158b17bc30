package project

import (
	"context"
	"strings"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/qr"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/project"
)

// codePixels is the side of a service code's picture: large enough for print on a label.
const codePixels = 480

// Card is what scanning a service code tells (C14). Phones are masked unless Member.
type Card struct {
	Project project.Project
	Stage   project.Stage // the current one
	Store   identity.Store
	People  []Person // now and before, oldest first
	Member  bool     // the reader belongs to the home
}

// ServiceCode reads who is responsible for a project, now and before, by its service code. Members of
// the home see work phones in full, everybody else sees them masked. Errors: not_found for codes of
// nothing and for what is no code, alike.
func (s *Service) ServiceCode(ctx context.Context, who actor.Actor, code string) (Card, error) {
	p, err := s.byCode(ctx, code)
	if err != nil {
		return Card{}, err
	}
	member, err := project.MemberOfHome(ctx, s.d.DB, who, p.ID, s.d.DB.Now())
	if err != nil {
		return Card{}, err
	}
	d, err := s.detail(ctx, p)
	if err != nil {
		return Card{}, err
	}
	c := Card{Project: p, People: d.People, Member: member}
	for _, st := range d.Stages {
		if st.Key == p.CurrentStage {
			c.Stage = st
		}
	}
	if !member {
		for i := range c.People {
			c.People[i].Phone = crypt.MaskPhone(c.People[i].Phone)
		}
	}
	if p.StoreID.IsZero() {
		return c, nil
	}
	c.Store, err = identity.StoreByID(ctx, s.d.DB, p.StoreID)
	if db.Missing(err) {
		err = nil
	}
	return c, err
}

func (s *Service) byCode(ctx context.Context, text string) (project.Project, error) {
	code, err := crypt.ParseCode(text)
	if err != nil || code[0] != serviceCodeKind {
		return project.Project{}, fault.Missing()
	}
	return project.ByServiceCode(ctx, s.d.DB, code)
}

// ServiceCodePNG draws the code that somebody holds already. Errors: as ServiceCode.
func (s *Service) ServiceCodePNG(ctx context.Context, code string) ([]byte, error) {
	p, err := s.byCode(ctx, code)
	if err != nil {
		return nil, err
	}
	return s.drawCode(p)
}

// ProjectCodePNG draws the service code of a project within the reach of a member of staff, for print.
// Errors: not_found.
func (s *Service) ProjectCodePNG(ctx context.Context, who actor.Actor, projectID id.ID) ([]byte, error) {
	p, err := project.Find(ctx, s.d.DB, who, projectID)
	if err != nil {
		return nil, err
	}
	return s.drawCode(p)
}

func (s *Service) drawCode(p project.Project) ([]byte, error) {
	content := p.ServiceCode
	if s.d.CodeURL != "" {
		content = strings.TrimRight(s.d.CodeURL, "/") + "/" + content
	}
	return qr.PNG(content, codePixels)
}
