package handover

import (
	"context"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/once"
	core "guike/model/project"
	model "guike/model/project/handover"
	"guike/service/project"
)

// NewSiteNote is what whoever works on site has to know. An empty Stage means all of them.
type NewSiteNote struct {
	ProjectID id.ID
	Text      string
	Stage     string
	FileIDs   []id.ID
	Once      once.Key
}

// SiteNoteResult is what a new note leaves behind under its key.
type SiteNoteResult struct {
	ProjectID id.ID `json:"project_id"`
	NoteID    id.ID `json:"note_id"`
}

// AddSiteNote writes a note down for whoever scans the order (C13); customers do not see it. Errors:
// not_found; input.invalid; project.cancelled; site_note.too_many; what the files refuse.
func (s *Service) AddSiteNote(ctx context.Context, who actor.Actor, in NewSiteNote) (r SiteNoteResult, replayed bool, err error) {
	if err := project.CheckLength("body.text", &in.Text, 1, maxNote); err != nil {
		return r, false, err
	}
	if err := project.CheckPhotos("body.file_ids", in.FileIDs, linePhotos); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (SiteNoteResult, error) { return s.addSiteNoteTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (s *Service) addSiteNoteTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewSiteNote) (SiteNoteResult, error) {
	none := SiteNoteResult{}
	p, err := project.LockOpenTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return none, err
	}
	if err := knownStage(ctx, tx, p.ID, in.Stage); err != nil {
		return none, err
	}
	standing, _, err := model.SiteNotes(ctx, tx, p.ID)
	if err != nil {
		return none, err
	}
	if len(standing) >= model.MaxSiteNotes {
		return none, errTooManyNotes
	}
	n := model.SiteNote{ProjectID: p.ID, ID: id.New(), Text: in.Text, StageKey: in.Stage}
	if err := model.AddSiteNoteTx(ctx, tx, who, &n, in.FileIDs); err != nil {
		return none, err
	}
	if len(in.FileIDs) > 0 {
		if err := s.j.Files.AttachTx(ctx, tx, who, in.FileIDs, siteNoteFile, n.ID); err != nil {
			return none, err
		}
	}
	_, err = s.j.TellTx(ctx, tx, who, &p, project.News{
		Entry:  core.Entry{Kind: model.EntrySiteNote, TitleZH: "现场备注", TitleEN: "Site note", Body: n.Text, RefID: n.ID, StageKey: n.StageKey},
		Photos: in.FileIDs, Private: true, Action: "site_note.added", Detail: map[string]any{"note_id": n.ID},
	})
	return SiteNoteResult{p.ID, n.ID}, err
}

// WithdrawSiteNote takes a note back. Errors: not_found, also for one that was withdrawn;
// project.cancelled.
func (s *Service) WithdrawSiteNote(ctx context.Context, who actor.Actor, note id.ID) error {
	return s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := model.SiteNoteByID(ctx, tx, note)
		if err != nil {
			return err
		}
		p, err := project.LockOpenTx(ctx, tx, who, n.ProjectID)
		if err != nil {
			return err
		}
		if n, err = model.SiteNoteByID(ctx, tx, note); err != nil {
			return err
		}
		if err := model.WithdrawSiteNoteTx(ctx, tx, who, n); err != nil {
			return err
		}
		_, err = s.j.TellTx(ctx, tx, who, &p, project.News{
			Entry:   core.Entry{Kind: model.EntrySiteNote, TitleZH: "现场备注已撤回", TitleEN: "Site note withdrawn", Body: n.Text, RefID: n.ID, StageKey: n.StageKey},
			Private: true, Action: "site_note.withdrawn", Detail: map[string]any{"note_id": n.ID},
		})
		return err
	})
}

// SiteNote is a note with links to its pictures.
type SiteNote struct {
	model.SiteNote
	Photos []project.Picture
}

// SiteNotes reads the notes that stand for a project within the reach of a member of staff, newest
// first. Errors: not_found.
func (s *Service) SiteNotes(ctx context.Context, who actor.Actor, projectID id.ID) ([]SiteNote, error) {
	if _, err := core.Find(ctx, s.j.DB, who, projectID); err != nil {
		return nil, err
	}
	return s.siteNotes(ctx, projectID)
}

func (s *Service) siteNotes(ctx context.Context, projectID id.ID) ([]SiteNote, error) {
	rows, photos, err := model.SiteNotes(ctx, s.j.DB, projectID)
	if err != nil {
		return nil, err
	}
	files := make([]id.ID, 0, len(photos))
	for _, ph := range photos {
		files = append(files, ph.FileID)
	}
	links, err := s.links(ctx, files)
	if err != nil {
		return nil, err
	}
	notes := make([]SiteNote, 0, len(rows))
	for _, r := range rows {
		n := SiteNote{SiteNote: r}
		for _, ph := range photos {
			if picture, ok := links[ph.FileID]; ok && ph.NoteID == r.ID {
				n.Photos = append(n.Photos, picture)
			}
		}
		notes = append(notes, n)
	}
	return notes, nil
}
