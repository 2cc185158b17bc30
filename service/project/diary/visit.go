package diary

import (
	"context"
	"unicode/utf8"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/db"
	"guike/model/once"
	model "guike/model/project"
	"guike/model/project/diary"
	"guike/service/project"
)

const (
	maxVisitText   = 2000
	maxVisitPhotos = 9
)

// NewVisit is what customer service heard when it called or came: what the customer asked or doubted, and
// what was answered.
type NewVisit struct {
	ProjectID id.ID
	Text      string
	Answered  string
	FileIDs   []id.ID
	Once      once.Key
}

// VisitResult is what a recorded visit leaves behind under its key.
type VisitResult struct {
	ProjectID id.ID `json:"project_id"`
	VisitID   id.ID `json:"visit_id"`
	EntryID   id.ID `json:"entry_id"`
}

// Visit is a service visit with links to its pictures.
type Visit struct {
	diary.Visit
	Pictures []project.Picture
}

func (n *NewVisit) check() error {
	n.Text, n.Answered = wording.Trim(n.Text), wording.Trim(n.Answered)
	switch length := utf8.RuneCountInString(n.Text); {
	case length < 1 || length > maxVisitText:
		return fault.Broken("body.text", "length", "客户的疑问须为 1 到 2000 个字。", "text has 1 to 2000 characters.")
	case utf8.RuneCountInString(n.Answered) > maxVisitText:
		return fault.Broken("body.answered", "too_long", "答复最多 2000 个字。", "answered has at most 2000 characters.")
	}
	for _, t := range []struct{ at, text string }{{"body.text", n.Text}, {"body.answered", n.Answered}} {
		if err := wording.CheckCharacters(t.at, t.text); err != nil {
			return err
		}
	}
	return project.CheckPhotos("body.file_ids", n.FileIDs, maxVisitPhotos)
}

// Visited records a visit of customer service (C3), shows it in the timeline, and closes the alarms about
// its absence. Errors: not_found; input.invalid; project.cancelled; what the files refuse.
func (s *Service) Visited(ctx context.Context, who actor.Actor, in NewVisit) (r VisitResult, replayed bool, err error) {
	if err := in.check(); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (VisitResult, error) { return s.visitedTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Service) visitedTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewVisit) (VisitResult, error) {
	none := VisitResult{}
	p, err := project.LockOpenTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return none, err
	}
	v := diary.Visit{
		ProjectID: p.ID, ID: id.New(), At: tx.Now, Text: in.Text, Answered: in.Answered,
		AuthorID: who.ID, AuthorName: who.Name, AuthorRole: who.Role,
	}
	if len(in.FileIDs) > 0 {
		if err := s.j.Files.AttachTx(ctx, tx, who, in.FileIDs, diary.VisitFile, v.ID); err != nil {
			return none, err
		}
	}
	body := in.Text
	if in.Answered != "" {
		body += "\n答复:" + in.Answered
	}
	v.EntryID, err = s.j.TellTx(ctx, tx, who, &p, project.News{
		Entry:  model.Entry{Kind: diary.EntryVisit, TitleZH: "客服回访", TitleEN: "Service visit", Body: body, StageKey: p.CurrentStage, RefID: v.ID},
		Photos: in.FileIDs, Quiet: true, Action: "project.service_visit", Detail: map[string]any{"visit_id": v.ID},
	})
	if err != nil {
		return none, err
	}
	if err := diary.AddVisitTx(ctx, tx, &v); err != nil {
		return none, err
	}
	return VisitResult{ProjectID: p.ID, VisitID: v.ID, EntryID: v.EntryID}, s.j.HeardTx(ctx, tx, who, p.ID, diary.ByService)
}

// Visit reads the visit that recording it has made. Errors: not_found.
func (s *Service) Visit(ctx context.Context, made VisitResult) (Visit, error) {
	v, err := diary.VisitByID(ctx, s.j.DB, made.ProjectID, made.VisitID)
	if err != nil {
		return Visit{}, err
	}
	all, err := s.shown(ctx, made.ProjectID, []diary.Visit{v})
	if err != nil {
		return Visit{}, err
	}
	return all[0], nil
}

// Visits lists the visits of a project within the reach of a member of staff, newest first. Errors:
// not_found.
func (s *Service) Visits(ctx context.Context, who actor.Actor, projectID id.ID, p db.Page) ([]Visit, db.Cursor, error) {
	if _, err := model.Find(ctx, s.j.DB, who, projectID); err != nil {
		return nil, db.Cursor{}, err
	}
	rows, next, err := diary.Visits(ctx, s.j.DB, projectID, p)
	if err != nil {
		return nil, next, err
	}
	visits, err := s.shown(ctx, projectID, rows)
	return visits, next, err
}

// shown adds links to pictures.
func (s *Service) shown(ctx context.Context, projectID id.ID, rows []diary.Visit) ([]Visit, error) {
	entries := make([]id.ID, 0, len(rows))
	for _, v := range rows {
		entries = append(entries, v.EntryID)
	}
	photos, err := model.PhotosOfIDs(ctx, s.j.DB, projectID, entries)
	if err != nil {
		return nil, err
	}
	links := map[id.ID]project.Picture{}
	if len(photos) > 0 {
		if links, err = s.j.Links.Links(ctx, s.j.DB, model.FilesOf(photos)); err != nil {
			return nil, err
		}
	}
	visits := make([]Visit, 0, len(rows))
	for _, row := range rows {
		v := Visit{Visit: row}
		for _, ph := range photos {
			if picture, ok := links[ph.FileID]; ok && ph.EntryID == row.EntryID {
				v.Pictures = append(v.Pictures, picture)
			}
		}
		visits = append(visits, v)
	}
	return visits, nil
}
