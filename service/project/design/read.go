package design

import (
	"context"
	"slices"

	"guike/internal/actor"
	"guike/internal/etag"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	core "guike/model/project"
	model "guike/model/project/design"
	"guike/service/project"
)

// Shown is a file of a version and where it can be seen for some hours; a document has no thumbnail.
type Shown struct {
	ID id.ID
	project.Picture
}

// Version is a version with its files and links; files that were withdrawn are left out. Standing is
// where it stands: "draft", "waiting", "approved", "changes", or "superseded" by a later one before
// anybody decided.
type Version struct {
	model.Version
	Standing string
	Files    []Shown
	Links    []model.Link
}

// Design is a design with versions, newest first.
type Design struct {
	model.Design
	Versions []Version
}

// List is the designs of a project with the versions that count: the newest, the one before the customer,
// and the approved one.
type List struct {
	Designs []Design
	Tag     string // changes whenever anything that a customer sees does, the links included
}

// standing says where a version stands within its design.
func standing(d model.Design, v model.Version) string {
	switch {
	case !v.Submitted():
		return string(model.Draft)
	case v.Decision == model.DecidedApprove:
		return string(model.Approved)
	case v.Decision == model.DecidedChanges:
		return string(model.Changes)
	case v.Number == d.Shown:
		return string(model.Waiting)
	}
	return "superseded"
}

// Mine lists the designs of a project of one of the customer's homes, oldest first, in six statements
// whatever there is. Errors: not_found.
func (s *Service) Mine(ctx context.Context, who actor.Actor, projectID id.ID) (List, error) {
	if _, err := core.FindForCustomer(ctx, s.j.DB, who, projectID, s.j.DB.Now()); err != nil {
		return List{}, err
	}
	return s.list(ctx, projectID, core.ForCustomers)
}

// OfProject lists the designs of a project within the reach of a member of staff, drafts and withdrawn
// ones among them. Errors: not_found.
func (s *Service) OfProject(ctx context.Context, who actor.Actor, projectID id.ID) (List, error) {
	if _, err := core.Find(ctx, s.j.DB, who, projectID); err != nil {
		return List{}, err
	}
	return s.list(ctx, projectID, core.ForStaff)
}

func (s *Service) list(ctx context.Context, projectID id.ID, to core.Audience) (List, error) {
	rows, err := model.OfProject(ctx, s.j.DB, projectID, to)
	if err != nil {
		return List{}, err
	}
	if to == core.ForCustomers {
		rows = slices.DeleteFunc(rows, func(d model.Design) bool { return d.State == model.Withdrawn })
	}
	var picks []model.Pick
	for _, d := range rows {
		for _, n := range counting(d, to) {
			picks = append(picks, model.Pick{DesignID: d.ID, Number: n})
		}
	}
	versions, err := model.Picked(ctx, s.j.DB, picks)
	if err != nil {
		return List{}, err
	}
	l := List{}
	if l.Designs, err = s.dress(ctx, rows, versions); err != nil {
		return List{}, err
	}
	l.Tag = tag(l.Designs)
	return l, nil
}

// counting names the versions of a design that a list shows.
func counting(d model.Design, to core.Audience) []int {
	all := []int{d.Shown, d.Approved}
	if to == core.ForStaff {
		all = append(all, d.Newest)
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(n int) bool { return n == 0 })
}

// dress puts versions into their designs, with links to their files: one statement.
func (s *Service) dress(ctx context.Context, rows []model.Design, versions []model.Whole) ([]Design, error) {
	var files []id.ID
	for _, v := range versions {
		files = append(files, v.Files...)
	}
	links, err := s.links(ctx, files)
	if err != nil {
		return nil, err
	}
	designs := make([]Design, 0, len(rows))
	for _, d := range rows {
		dressed := Design{Design: d}
		for _, w := range versions {
			if w.DesignID == d.ID {
				dressed.Versions = append(dressed.Versions, Version{
					Version: w.Version, Standing: standing(d, w.Version), Files: shown(w.Files, links), Links: w.Links,
				})
			}
		}
		designs = append(designs, dressed)
	}
	return designs, nil
}

func (s *Service) links(ctx context.Context, files []id.ID) (map[id.ID]project.Picture, error) {
	if len(files) == 0 {
		return map[id.ID]project.Picture{}, nil
	}
	return s.j.Links.Links(ctx, s.j.DB, files)
}

// shown pairs files with their links, in their order; those that nobody may see are left out.
func shown(files []id.ID, links map[id.ID]project.Picture) []Shown {
	all := make([]Shown, 0, len(files))
	for _, f := range files {
		if picture, ok := links[f]; ok {
			all = append(all, Shown{f, picture})
		}
	}
	return all
}

func tag(designs []Design) string {
	var parts []any
	for _, d := range designs {
		parts = append(parts, d.ID, d.Version)
		for _, v := range d.Versions {
			for _, f := range v.Files {
				parts = append(parts, f.URL)
			}
		}
	}
	return etag.Of(parts...)
}

// MyDesign reads a design of one of the customer's homes with all versions that were submitted. Errors:
// not_found, also for one of which nothing was submitted and for a withdrawn one.
func (s *Service) MyDesign(ctx context.Context, who actor.Actor, design id.ID) (Design, error) {
	d, err := model.Find(ctx, s.j.DB, design)
	if err != nil {
		return Design{}, err
	}
	if _, err := core.FindForCustomer(ctx, s.j.DB, who, d.ProjectID, s.j.DB.Now()); err != nil {
		return Design{}, err
	}
	if d.Shown == 0 || d.State == model.Withdrawn {
		return Design{}, fault.Missing()
	}
	whole, err := s.whole(ctx, s.j.DB, d)
	whole.Versions = slices.DeleteFunc(whole.Versions, func(v Version) bool { return !v.Submitted() })
	return whole, err
}

// Design reads a design of a project within the reach of a member of staff with all of its versions.
// Errors: not_found.
func (s *Service) Design(ctx context.Context, who actor.Actor, design id.ID) (Design, error) {
	d, err := model.Find(ctx, s.j.DB, design)
	if err != nil {
		return Design{}, err
	}
	if _, err := core.Find(ctx, s.j.DB, who, d.ProjectID); err != nil {
		return Design{}, err
	}
	return s.whole(ctx, s.j.DB, d)
}

// Of reads the design that an effect has made or changed, on behalf of who made it.
func (s *Service) Of(ctx context.Context, made Made) (Design, error) {
	d, err := model.Find(ctx, s.j.DB, made.DesignID)
	if err != nil {
		return Design{}, err
	}
	return s.whole(ctx, s.j.DB, d)
}

func (s *Service) whole(ctx context.Context, r db.Reader, d model.Design) (Design, error) {
	versions, err := model.Versions(ctx, r, d.ID)
	if err != nil {
		return Design{}, err
	}
	dressed, err := s.dress(ctx, []model.Design{d}, versions)
	if err != nil {
		return Design{}, err
	}
	return dressed[0], nil
}
