package design

import (
	"bytes"
	"context"
	"slices"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	core "guike/model/project"
	model "guike/model/project/design"
)

// WhatHandover says that somebody came into charge, with what they were handed over with.
const WhatHandover model.What = "handed_over"

// Line is one line of what a successor has to read: what happened to the designs, what was noted, and
// who came into charge with which note (B6).
type Line struct {
	ID          id.ID
	At          time.Time
	What        model.What
	DesignID    id.ID
	DesignTitle string
	Number      int
	Body        string
	AuthorKind  actor.Kind
	AuthorName  string
	AuthorRole  actor.Role
	Role        actor.Role // handed_over: in which role
	StaffName   string     // handed_over: to whom
}

// History reads a page of that, newest first, in five statements. Errors: not_found.
func (s *Service) History(ctx context.Context, who actor.Actor, projectID id.ID, p db.Page) ([]Line, db.Cursor, error) {
	if _, err := core.Find(ctx, s.j.DB, who, projectID); err != nil {
		return nil, db.Cursor{}, err
	}
	events, err := model.History(ctx, s.j.DB, projectID, p)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	titles, err := s.titles(ctx, projectID)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	lines := make([]Line, 0, len(events))
	for _, e := range events {
		lines = append(lines, asLine(e, titles))
	}
	handed, err := s.handedOver(ctx, projectID, p)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	lines = append(lines, handed...)
	slices.SortFunc(lines, func(a, b Line) int { return bytes.Compare(b.ID[:], a.ID[:]) })
	lines, next := db.Cut(p, lines, func(l Line) db.Cursor { return db.Cursor{At: l.At, ID: l.ID} })
	return lines, next, nil
}

func asLine(e model.Event, titles map[id.ID]string) Line {
	return Line{
		ID: e.ID, At: e.At, What: e.What, DesignID: e.DesignID, DesignTitle: titles[e.DesignID], Number: e.Number, Body: e.Body,
		AuthorKind: e.AuthorKind, AuthorName: e.AuthorName, AuthorRole: e.AuthorRole,
	}
}

func (s *Service) titles(ctx context.Context, projectID id.ID) (map[id.ID]string, error) {
	all, err := model.OfProject(ctx, s.j.DB, projectID, core.ForStaff)
	titles := make(map[id.ID]string, len(all))
	for _, d := range all {
		titles[d.ID] = d.Title
	}
	return titles, err
}

// handedOver reads who came into charge: every designer, and whoever else was given a note.
func (s *Service) handedOver(ctx context.Context, projectID id.ID, p db.Page) ([]Line, error) {
	people, err := core.People(ctx, s.j.DB, projectID)
	if err != nil {
		return nil, err
	}
	people = slices.DeleteFunc(people, func(one core.Person) bool {
		return one.Note == "" && one.Role != actor.Designer || !p.After.IsZero() && bytes.Compare(one.ID[:], p.After.ID[:]) >= 0
	})
	ids := make([]id.ID, 0, 2*len(people))
	for _, one := range people {
		ids = append(ids, one.StaffID, one.AssignedBy)
	}
	staff, err := identity.StaffByIDs(ctx, s.j.DB, ids)
	if err != nil {
		return nil, err
	}
	lines := make([]Line, 0, len(people))
	for _, one := range people {
		by := staff[one.AssignedBy]
		lines = append(lines, Line{
			ID: one.ID, At: one.FromAt, What: WhatHandover, Body: one.Note, Role: one.Role, StaffName: staff[one.StaffID].Name,
			AuthorKind: actor.Staff, AuthorName: by.Name, AuthorRole: by.Role,
		})
	}
	return lines, nil
}

// Noted reads the line that a note has made.
func (s *Service) Noted(ctx context.Context, made Made) (Line, error) {
	e, err := model.EventByID(ctx, s.j.DB, made.ProjectID, made.EventID)
	if err != nil {
		return Line{}, err
	}
	titles, err := s.titles(ctx, made.ProjectID)
	return asLine(e, titles), err
}
