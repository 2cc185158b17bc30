package quality

import (
	"context"
	"errors"
	"strings"

	"guike/internal/actor"
	"guike/internal/etag"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	model "guike/model/project"
	"guike/model/project/quality"
	"guike/service/project"
)

// Page is part of a list, with a tag that changes whenever anything on it does, the links included.
type Page[T any] struct {
	Items []T
	Next  db.Cursor
	Tag   string
}

// Step is one thing that happened to a hazard or a defect, with the pictures that came with it.
type Step struct {
	quality.Step
	Photos []project.Picture
}

// attachTx binds pictures to a row and remembers them as its own; a refusal names the place in the
// request where they stood.
func (s *Service) attachTx(ctx context.Context, tx *db.Tx, who actor.Actor, pics pictures) error {
	if len(pics.files) == 0 {
		return nil
	}
	if err := s.j.Files.AttachTx(ctx, tx, who, pics.files, pics.kind, pics.ref); err != nil {
		return placed(err, pics.at)
	}
	return quality.AddPhotosTx(ctx, tx, pics.project, pics.ref, pics.files)
}

// pictures are those of one row, and where they stood in the request.
type pictures struct {
	project, ref id.ID
	kind, at     string
	files        []id.ID
}

// placed renames the fields of a fault to where the files stood in this request.
func placed(err error, at string) error {
	var f *fault.Fault
	if !errors.As(err, &f) {
		return err
	}
	c := *f
	c.Fields = append([]fault.Field(nil), f.Fields...)
	for i, field := range c.Fields {
		if rest, ok := strings.CutPrefix(field.Location, "body.file_ids"); ok {
			c.Fields[i].Location = at + rest
		}
	}
	return &c
}

// album holds the pictures of some rows; mark tells which ones they are and how they are reached.
type album struct {
	of   map[id.ID][]project.Picture
	mark string
}

// album reads the pictures of rows of one project, in two statements; those that were withdrawn are
// left out.
func (s *Service) album(ctx context.Context, projectID id.ID, refs []id.ID) (album, error) {
	rows, err := quality.PhotosOf(ctx, s.j.DB, projectID, refs)
	if err != nil || len(rows) == 0 {
		return album{}, err
	}
	files := make([]id.ID, 0, len(rows))
	for _, r := range rows {
		files = append(files, r.FileID)
	}
	links, err := s.j.Links.Links(ctx, s.j.DB, files)
	if err != nil {
		return album{}, err
	}
	a, seen := album{of: map[id.ID][]project.Picture{}}, []byte(nil)
	for _, r := range rows {
		if picture, ok := links[r.FileID]; ok {
			a.of[r.RefID] = append(a.of[r.RefID], picture)
			seen = append(append(seen, r.RefID[:]...), picture.URL...)
		}
	}
	a.mark = etag.Of(string(seen))
	return a, nil
}

// stepsOf reads what happened to hazards or defects of one project, with the pictures of the steps and
// of the things themselves.
func (s *Service) stepsOf(ctx context.Context, projectID id.ID, refs []id.ID) (map[id.ID][]Step, album, error) {
	rows, err := quality.StepsOf(ctx, s.j.DB, projectID, refs)
	if err != nil {
		return nil, album{}, err
	}
	all := append([]id.ID(nil), refs...)
	for _, steps := range rows {
		for _, st := range steps {
			all = append(all, st.ID)
		}
	}
	shown, err := s.album(ctx, projectID, all)
	if err != nil {
		return nil, album{}, err
	}
	of := make(map[id.ID][]Step, len(rows))
	for ref, steps := range rows {
		for _, st := range steps {
			of[ref] = append(of[ref], Step{st, shown.of[st.ID]})
		}
	}
	return of, shown, nil
}

// reader lets a member of the home or of staff look at a project and tells its version.
func (s *Service) reader(ctx context.Context, who actor.Actor, projectID id.ID) (model.Project, error) {
	if who.Kind == actor.Customer {
		seen, err := model.FindForCustomer(ctx, s.j.DB, who, projectID, s.j.DB.Now())
		return seen.Project, err
	}
	return model.Find(ctx, s.j.DB, who, projectID)
}
