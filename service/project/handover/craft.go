package handover

import (
	"context"
	"strings"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/once"
	core "guike/model/project"
	model "guike/model/project/handover"
	"guike/service/project"
)

// CraftForm is what a craft note says.
type CraftForm struct {
	Stage            string
	Seq              int
	TitleZH, TitleEN string
	Text             string
	Active           bool
	FileIDs          []id.ID
}

const maxSeq = 10_000

func (f *CraftForm) check() error {
	if !isKey(f.Stage) || len(f.Stage) > 32 {
		return fault.Broken("body.stage", "malformed", "阶段编号须为 1 到 32 个小写字母、数字或下划线。", "A stage has 1 to 32 lower-case letters, digits or underscores.")
	}
	if f.Seq < 0 || f.Seq > maxSeq {
		return fault.Broken("body.seq", "out_of_range", "序号须在 0 到 10000 之间。", "The order lies between 0 and 10000.")
	}
	if err := project.CheckLength("body.title", &f.TitleZH, 1, 100); err != nil {
		return err
	}
	if err := project.CheckLength("body.title_en", &f.TitleEN, 0, 100); err != nil {
		return err
	}
	if err := project.CheckLength("body.text", &f.Text, 1, 2000); err != nil {
		return err
	}
	return project.CheckPhotos("body.file_ids", f.FileIDs, linePhotos)
}

// NewCraftNote is a note for the library.
type NewCraftNote struct {
	Key string
	CraftForm
	Once once.Key
}

// CraftResult is what a change of a craft note leaves behind under its key.
type CraftResult struct {
	NoteID  id.ID `json:"note_id"`
	Version int64 `json:"version"`
}

// AddCraftNote adds to the library of craft explained (C8). Errors: input.invalid;
// craft_note.key_taken; what the files refuse.
func (s *Service) AddCraftNote(ctx context.Context, who actor.Actor, in NewCraftNote) (r CraftResult, replayed bool, err error) {
	if in.Key = strings.TrimSpace(in.Key); !isKey(in.Key) {
		return r, false, fault.Broken("body.key", "malformed", "编号须为 1 到 40 个小写字母、数字或下划线。", "A key has 1 to 40 lower-case letters, digits or underscores.")
	}
	if err := in.check(); err != nil {
		return r, false, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (CraftResult, error) {
			n := model.CraftNote{ID: id.New(), Key: in.Key}
			in.into(&n)
			err := model.AddCraftNoteTx(ctx, tx, &n)
			if db.Duplicate(err) {
				return CraftResult{}, errCraftKeyTaken
			}
			if err != nil {
				return CraftResult{}, err
			}
			return s.illustrateTx(ctx, tx, who, n, in.FileIDs)
		})
		return err
	})
	return r, replayed, err
}

func (f CraftForm) into(n *model.CraftNote) {
	n.StageKey, n.Seq, n.TitleZH, n.TitleEN, n.Text, n.Active = f.Stage, f.Seq, f.TitleZH, f.TitleEN, f.Text, f.Active
}

// illustrateTx gives a note its pictures in place of those it had, and records who did it.
func (s *Service) illustrateTx(ctx context.Context, tx *db.Tx, who actor.Actor, n model.CraftNote, files []id.ID) (CraftResult, error) {
	if err := s.j.Files.ReleaseTx(ctx, tx, craftNoteFile, n.ID, files); err != nil {
		return CraftResult{}, err
	}
	if len(files) > 0 {
		if err := s.j.Files.AttachTx(ctx, tx, who, files, craftNoteFile, n.ID); err != nil {
			return CraftResult{}, err
		}
	}
	if err := model.SetCraftPhotosTx(ctx, tx, n.ID, files); err != nil {
		return CraftResult{}, err
	}
	err := audit.RecordTx(ctx, tx, who, audit.Entry{Action: "craft_note.saved", Kind: "craft_note", Subject: n.ID, Detail: map[string]any{"version": n.Version}})
	return CraftResult{n.ID, n.Version}, err
}

// CraftEdit replaces what a note says, as it was read at a version.
type CraftEdit struct {
	NoteID  id.ID
	Version int64
	CraftForm
}

// ChangeCraftNote replaces a note; one that is not active is shown to nobody. Errors: not_found;
// input.invalid; craft_note.changed; what the files refuse.
func (s *Service) ChangeCraftNote(ctx context.Context, who actor.Actor, in CraftEdit) (r CraftResult, err error) {
	if err := in.check(); err != nil {
		return r, err
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := model.LockCraftNoteTx(ctx, tx, in.NoteID)
		if err != nil {
			return err
		}
		if n.Version != in.Version {
			return errCraftChanged
		}
		in.into(&n)
		if err := model.SaveCraftNoteTx(ctx, tx, &n); err != nil {
			return err
		}
		r, err = s.illustrateTx(ctx, tx, who, n, in.FileIDs)
		return err
	})
	return r, err
}

// CraftNote is a note with links to its pictures.
type CraftNote struct {
	model.CraftNote
	Photos []project.Picture
}

// CraftLibrary reads a page of the library for staff, newest first.
func (s *Service) CraftLibrary(ctx context.Context, p db.Page) ([]CraftNote, db.Cursor, error) {
	rows, next, err := model.CraftNotes(ctx, s.j.DB, p)
	if err != nil {
		return nil, next, err
	}
	notes, err := s.illustrated(ctx, rows)
	return notes, next, err
}

// CraftNote reads one note. Errors: not_found.
func (s *Service) CraftNote(ctx context.Context, note id.ID) (CraftNote, error) {
	n, err := model.CraftNoteByID(ctx, s.j.DB, note)
	if err != nil {
		return CraftNote{}, err
	}
	notes, err := s.illustrated(ctx, []model.CraftNote{n})
	if err != nil {
		return CraftNote{}, err
	}
	return notes[0], nil
}

// MyCraftNotes reads what is explained about the stages of a project of one of the customer's homes, in
// the order of the stages; guests too. Errors: not_found.
func (s *Service) MyCraftNotes(ctx context.Context, who actor.Actor, projectID id.ID) ([]CraftNote, error) {
	if _, err := core.FindForCustomer(ctx, s.j.DB, who, projectID, s.j.DB.Now()); err != nil {
		return nil, err
	}
	stages, err := core.Stages(ctx, s.j.DB, projectID)
	if err != nil {
		return nil, err
	}
	keys := make([]string, 0, len(stages))
	for _, st := range stages {
		keys = append(keys, st.Key)
	}
	return s.notesAt(ctx, keys)
}

// notesAt reads the notes of some stages in the order in which the stages are named.
func (s *Service) notesAt(ctx context.Context, stages []string) ([]CraftNote, error) {
	rows, err := model.CraftNotesAt(ctx, s.j.DB, stages)
	if err != nil {
		return nil, err
	}
	ordered := make([]model.CraftNote, 0, len(rows))
	for _, stage := range stages {
		for _, n := range rows {
			if n.StageKey == stage {
				ordered = append(ordered, n)
			}
		}
	}
	return s.illustrated(ctx, ordered)
}

func (s *Service) illustrated(ctx context.Context, rows []model.CraftNote) ([]CraftNote, error) {
	ids := make([]id.ID, 0, len(rows))
	for _, n := range rows {
		ids = append(ids, n.ID)
	}
	photos, err := model.CraftPhotosOf(ctx, s.j.DB, ids)
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
	notes := make([]CraftNote, 0, len(rows))
	for _, n := range rows {
		note := CraftNote{CraftNote: n}
		for _, ph := range photos {
			if picture, ok := links[ph.FileID]; ok && ph.NoteID == n.ID {
				note.Photos = append(note.Photos, picture)
			}
		}
		notes = append(notes, note)
	}
	return notes, nil
}
