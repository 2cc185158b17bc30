package design

import (
	"context"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	core "guike/model/project"
	"guike/model/project/budget"
	model "guike/model/project/design"
	"guike/service/project"
)

// needsShown is how many needs of earlier times a member of staff is shown with a home's history.
const needsShown = 20

// Chapter is a project of a home as its history tells it: what was made when, the designs and the changes
// that were approved, and what was built in. Party is what the contract party calls themselves, masked for
// others.
type Chapter struct {
	core.Project
	Stages  []core.Stage
	Designs []Design
	Changes []Change
	Built   []Built // the first 100
	Mine    bool    // the reader is the contract party
	Party   string
}

// Chapters is a page of a home's history, newest project first.
type Chapters struct {
	Items []Chapter
	Needs []model.Event // staff only: what the customers of the page's projects wanted, newest first
	Next  db.Cursor
}

// MyHome reads the history of a home of which the customer is a member, guests among them, in thirteen
// statements whatever there is (A8). Errors: not_found.
func (s *Service) MyHome(ctx context.Context, who actor.Actor, home id.ID, p db.Page) (Chapters, error) {
	if who.Kind != actor.Customer {
		return Chapters{}, fault.Missing()
	}
	role, err := identity.HomeRoleOf(ctx, s.j.DB, who.ID, home, s.j.DB.Now())
	if err == nil && role == identity.NoHomeRole {
		err = fault.Missing()
	}
	if err != nil {
		return Chapters{}, err
	}
	return s.chapters(ctx, reader{who, string(role)}, home, p)
}

// StaffHome reads the history of a home for whoever reaches one of its projects, also the projects that
// they would not reach by themselves: a second renovation begins with what is known from the first
// (A8). Third-party supervisors keep to their project. Errors: not_found.
func (s *Service) StaffHome(ctx context.Context, who actor.Actor, home id.ID, p db.Page) (Chapters, error) {
	reach, err := core.ReachesHome(ctx, s.j.DB, who, home)
	if err == nil && (!reach || who.External) {
		err = fault.Missing()
	}
	if err != nil {
		return Chapters{}, err
	}
	all, err := s.chapters(ctx, reader{Actor: who}, home, p)
	if err != nil {
		return all, err
	}
	ids := make([]id.ID, 0, len(all.Items))
	for _, c := range all.Items {
		ids = append(ids, c.ID)
	}
	all.Needs, err = model.NeedsOf(ctx, s.j.DB, ids, needsShown)
	return all, err
}

// reader is whoever reads a history, and what they are to the home.
type reader struct {
	actor.Actor
	member string
}

// amounts tells whether the reader is shown what the changes of a project cost.
func (r reader) amounts(p core.Project) bool {
	return r.Kind == actor.Customer && project.Binds(r.Actor, core.Seen{Project: p, Member: r.member})
}

func (s *Service) chapters(ctx context.Context, who reader, home id.ID, p db.Page) (Chapters, error) {
	rows, next, err := core.OfHome(ctx, s.j.DB, home, p)
	if err != nil {
		return Chapters{}, err
	}
	ids, parties := make([]id.ID, 0, len(rows)), make([]id.ID, 0, len(rows))
	for _, r := range rows {
		ids, parties = append(ids, r.ID), append(parties, r.CustomerID)
	}
	stages, err := core.StagesOf(ctx, s.j.DB, ids)
	if err != nil {
		return Chapters{}, err
	}
	designs, err := s.approvedOf(ctx, ids)
	if err != nil {
		return Chapters{}, err
	}
	names, err := identity.NicknamesOf(ctx, s.j.DB, parties)
	if err != nil {
		return Chapters{}, err
	}
	orders, err := budget.ApprovedOf(ctx, s.j.DB, ids)
	if err != nil {
		return Chapters{}, err
	}
	built, err := builtOf(ctx, s.j.DB, ids)
	if err != nil {
		return Chapters{}, err
	}
	all := Chapters{Items: make([]Chapter, 0, len(rows)), Next: next}
	for _, r := range rows {
		c := Chapter{
			Project: r, Stages: stages[r.ID], Designs: designs[r.ID], Party: names[r.CustomerID], Built: built[r.ID],
			Changes: changesOf(orders[r.ID], who.amounts(r)),
		}
		if c.Mine = who.Kind == actor.Customer && who.ID == r.CustomerID; !c.Mine {
			c.Party = crypt.MaskName(c.Party)
		}
		all.Items = append(all.Items, c)
	}
	return all, nil
}

// approvedOf reads the approved designs of several projects, each with the version that was approved
// last.
func (s *Service) approvedOf(ctx context.Context, projects []id.ID) (map[id.ID][]Design, error) {
	rows, err := model.ApprovedOf(ctx, s.j.DB, projects)
	if err != nil {
		return nil, err
	}
	picks := make([]model.Pick, 0, len(rows))
	for _, d := range rows {
		picks = append(picks, model.Pick{DesignID: d.ID, Number: d.Approved})
	}
	versions, err := model.Picked(ctx, s.j.DB, picks)
	if err != nil {
		return nil, err
	}
	dressed, err := s.dress(ctx, rows, versions)
	of := make(map[id.ID][]Design, len(projects))
	for _, d := range dressed {
		of[d.ProjectID] = append(of[d.ProjectID], d)
	}
	return of, err
}
