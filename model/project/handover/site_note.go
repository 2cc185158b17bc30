package handover

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
)

// SiteNote is what whoever works on site has to know (C13): only staff see it.
type SiteNote struct {
	ProjectID   id.ID `gorm:"primaryKey"`
	ID          id.ID `gorm:"primaryKey"`
	Text        string
	StageKey    string // the stage that it is for; empty means all
	AuthorID    id.ID
	AuthorName  string
	AuthorRole  actor.Role
	WithdrawnAt *time.Time
	WithdrawnBy id.ID
	CreatedAt   time.Time
}

// TableName is the notes' table.
func (SiteNote) TableName() string { return "site_notes" }

// SiteNotePhoto is a picture of a note, in the order of Seq, from 0.
type SiteNotePhoto struct {
	ProjectID id.ID `gorm:"primaryKey"`
	NoteID    id.ID `gorm:"primaryKey"`
	Seq       int   `gorm:"primaryKey;autoIncrement:false"`
	FileID    id.ID
}

// TableName is the table of the notes' pictures.
func (SiteNotePhoto) TableName() string { return "site_note_photos" }

// MaxSiteNotes is how many notes of a project stand at once, so that a scan shows all of them.
const MaxSiteNotes = 100

// AddSiteNoteTx keeps a note of the actor with its pictures.
func AddSiteNoteTx(ctx context.Context, tx *db.Tx, who actor.Actor, n *SiteNote, files []id.ID) error {
	n.AuthorID, n.AuthorName, n.AuthorRole, n.CreatedAt = who.ID, who.Name, who.Role, tx.Now
	if err := db.Insert(ctx, tx, n); err != nil {
		return fmt.Errorf("keep site note: %w", err)
	}
	if len(files) == 0 {
		return nil
	}
	rows := make([]SiteNotePhoto, 0, len(files))
	for i, f := range files {
		rows = append(rows, SiteNotePhoto{ProjectID: n.ProjectID, NoteID: n.ID, Seq: i, FileID: f})
	}
	if err := tx.Conn(ctx).Create(&rows).Error; err != nil {
		return fmt.Errorf("keep pictures of site note: %w", err)
	}
	return nil
}

// WithdrawSiteNoteTx takes a note back; its row remains.
func WithdrawSiteNoteTx(ctx context.Context, tx *db.Tx, who actor.Actor, n SiteNote) error {
	err := tx.Conn(ctx).Model(&SiteNote{}).Where("project_id = ? AND id = ? AND withdrawn_at IS NULL", n.ProjectID, n.ID).
		UpdateColumns(map[string]any{"withdrawn_at": tx.Now, "withdrawn_by": who.ID}).Error
	if err != nil {
		return fmt.Errorf("withdraw site note: %w", err)
	}
	return nil
}

// SiteNoteByID reads a note for the house itself; access to its project is checked by the caller.
// Errors: not_found, also for one that was withdrawn.
func SiteNoteByID(ctx context.Context, r db.Reader, note id.ID) (SiteNote, error) {
	var n SiteNote
	err := r.Conn(ctx).Where("id = ? AND withdrawn_at IS NULL", note).Take(&n).Error
	return n, db.OrMissing(err, "read site note")
}

// SiteNotes reads the notes of a project that stand, newest first, with their pictures; there are at
// most MaxSiteNotes.
func SiteNotes(ctx context.Context, r db.Reader, project id.ID) ([]SiteNote, []SiteNotePhoto, error) {
	var rows []SiteNote
	err := r.Conn(ctx).Where("project_id = ? AND withdrawn_at IS NULL", project).Order("id DESC").Limit(MaxSiteNotes).Find(&rows).Error
	if err != nil {
		return nil, nil, fmt.Errorf("read site notes: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil, nil
	}
	ids := make([]id.ID, 0, len(rows))
	for _, n := range rows {
		ids = append(ids, n.ID)
	}
	var photos []SiteNotePhoto
	err = r.Conn(ctx).Where("project_id = ? AND note_id IN ?", project, ids).Order("note_id, seq").Find(&photos).Error
	if err != nil {
		return nil, nil, fmt.Errorf("read pictures of site notes: %w", err)
	}
	return rows, photos, nil
}

// Scan is one look of a member of staff at an order by its code (C13). Rows are inserted and read,
// never changed.
type Scan struct {
	ProjectID id.ID `gorm:"primaryKey"`
	ID        id.ID `gorm:"primaryKey"`
	At        time.Time
	StaffID   id.ID
	StaffName string
	StaffRole actor.Role
	Device    string // as the app names it
}

// TableName is the scans' table.
func (Scan) TableName() string { return "project_scans" }

// AddScanTx keeps a scan by the actor.
func AddScanTx(ctx context.Context, tx *db.Tx, who actor.Actor, s *Scan) error {
	s.At, s.StaffID, s.StaffName, s.StaffRole = tx.Now, who.ID, who.Name, who.Role
	if err := db.Insert(ctx, tx, s); err != nil {
		return fmt.Errorf("keep scan: %w", err)
	}
	return nil
}

// Scans reads a page of a project's scans, newest first.
func Scans(ctx context.Context, r db.Reader, project id.ID, p db.Page) ([]Scan, db.Cursor, error) {
	q := r.Conn(ctx).Where("project_id = ?", project)
	if !p.After.IsZero() {
		q = q.Where("id < ?", p.After.ID)
	}
	var rows []Scan
	if err := q.Order("id DESC").Limit(p.Limit + 1).Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list scans: %w", err)
	}
	rows, next := db.Cut(p, rows, func(s Scan) db.Cursor { return db.Cursor{At: s.At, ID: s.ID} })
	return rows, next, nil
}
