package material

import (
	"context"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/project"
	model "guike/model/project/material"
)

// SpecifiedLine is a line of a specification with its material.
type SpecifiedLine struct {
	model.Line
	Material model.Material
}

// Built is what is specified for a home and what was built in so far.
type Built struct {
	Revision int64
	FrozenAt *time.Time
	Lines    []SpecifiedLine
	Installs []Installed
	Papers   map[id.ID][]Paper // by material, those for customers
}

// OfProject reads a project's materials for staff. Errors: not_found.
func (s *Service) OfProject(ctx context.Context, who actor.Actor, projectID id.ID) (Built, error) {
	if _, err := project.Find(ctx, s.j.DB, who, projectID); err != nil {
		return Built{}, err
	}
	return s.built(ctx, projectID)
}

// Mine reads the materials of a project of one of the customer's homes. Errors: not_found.
func (s *Service) Mine(ctx context.Context, who actor.Actor, projectID id.ID) (Built, error) {
	if _, err := project.FindForCustomer(ctx, s.j.DB, who, projectID, s.j.DB.Now()); err != nil {
		return Built{}, err
	}
	return s.built(ctx, projectID)
}

// built reads a home's materials in seven statements, whatever it holds.
func (s *Service) built(ctx context.Context, projectID id.ID) (Built, error) {
	spec, lines, err := model.SpecificationOf(ctx, s.j.DB, projectID)
	if err != nil {
		return Built{}, err
	}
	installs, err := model.Installs(ctx, s.j.DB, projectID)
	if err != nil {
		return Built{}, err
	}
	var materials, batches []id.ID
	for _, l := range lines {
		materials = append(materials, l.MaterialID)
	}
	for _, in := range installs {
		materials, batches = append(materials, in.MaterialID), append(batches, in.BatchID)
	}
	known, err := model.ByIDs(ctx, s.j.DB, materials)
	if err != nil {
		return Built{}, err
	}
	of, err := model.BatchesByIDs(ctx, s.j.DB, batches)
	if err != nil {
		return Built{}, err
	}
	b := Built{Revision: spec.Revision, FrozenAt: spec.FrozenAt}
	for _, l := range lines {
		b.Lines = append(b.Lines, SpecifiedLine{l, known[l.MaterialID]})
	}
	for _, in := range installs {
		b.Installs = append(b.Installs, Installed{in, known[in.MaterialID], of[in.BatchID]})
	}
	b.Papers, err = s.papersOf(ctx, materials, of)
	return b, err
}

// papersOf reads the papers for customers of some materials: those of the materials as such, and of the
// batches that were built in.
func (s *Service) papersOf(ctx context.Context, materials []id.ID, batches map[id.ID]model.Batch) (map[id.ID][]Paper, error) {
	documents, err := model.DocumentsOf(ctx, s.j.DB, materials)
	if err != nil {
		return nil, err
	}
	wanted := documents[:0]
	for _, d := range documents {
		if _, used := batches[d.BatchID]; used || d.BatchID.IsZero() {
			wanted = append(wanted, d)
		}
	}
	papers, err := s.papers(ctx, wanted)
	if err != nil {
		return nil, err
	}
	of := map[id.ID][]Paper{}
	for _, p := range papers {
		of[p.MaterialID] = append(of[p.MaterialID], p)
	}
	return of, nil
}
