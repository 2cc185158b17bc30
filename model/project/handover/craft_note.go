package handover

import (
	"context"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/db"
)

// CraftNote explains to customers why something is made as it is, at a stage of the work (C8). Notes of
// a stage are shown in the order of Seq.
type CraftNote struct {
	ID        id.ID  `gorm:"primaryKey"`
	Key       string `gorm:"column:note_key"`
	StageKey  string
	Seq       int
	TitleZH   string `gorm:"column:title_zh"`
	TitleEN   string `gorm:"column:title_en"`
	Text      string
	Active    bool
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
}

// TableName is the library's table.
func (CraftNote) TableName() string { return "craft_notes" }

// CraftNotePhoto is a picture of a note, in the order of Seq, from 0.
type CraftNotePhoto struct {
	NoteID id.ID `gorm:"primaryKey"`
	Seq    int   `gorm:"primaryKey;autoIncrement:false"`
	FileID id.ID
}

// TableName is the table of the notes' pictures.
func (CraftNotePhoto) TableName() string { return "craft_note_photos" }

// AddCraftNoteTx keeps a new note. A key that is taken is db.Duplicate.
func AddCraftNoteTx(ctx context.Context, tx *db.Tx, n *CraftNote) error {
	n.Version, n.CreatedAt, n.UpdatedAt = 1, tx.Now, tx.Now
	return db.Insert(ctx, tx, n)
}

// SaveCraftNoteTx writes what may change of a note; its version grows by one.
func SaveCraftNoteTx(ctx context.Context, tx *db.Tx, n *CraftNote) error {
	n.Version++
	n.UpdatedAt = tx.Now
	err := tx.Conn(ctx).Model(&CraftNote{}).Where("id = ?", n.ID).UpdateColumns(map[string]any{
		"stage_key": n.StageKey, "seq": n.Seq, "title_zh": n.TitleZH, "title_en": n.TitleEN, "text": n.Text,
		"active": n.Active, "version": n.Version, "updated_at": n.UpdatedAt,
	}).Error
	if err != nil {
		return fmt.Errorf("save craft note: %w", err)
	}
	return nil
}

// SetCraftPhotosTx makes files the pictures of a note, in their order, in place of those it had.
func SetCraftPhotosTx(ctx context.Context, tx *db.Tx, note id.ID, files []id.ID) error {
	if err := tx.Conn(ctx).Where("note_id = ?", note).Delete(&CraftNotePhoto{}).Error; err != nil {
		return fmt.Errorf("clear pictures of craft note: %w", err)
	}
	if len(files) == 0 {
		return nil
	}
	rows := make([]CraftNotePhoto, 0, len(files))
	for i, f := range files {
		rows = append(rows, CraftNotePhoto{NoteID: note, Seq: i, FileID: f})
	}
	if err := tx.Conn(ctx).Create(&rows).Error; err != nil {
		return fmt.Errorf("keep pictures of craft note: %w", err)
	}
	return nil
}

// LockCraftNoteTx reads a note and locks its row. Errors: not_found.
func LockCraftNoteTx(ctx context.Context, tx *db.Tx, note id.ID) (CraftNote, error) {
	var n CraftNote
	err := tx.Lock(ctx).Where("id = ?", note).Take(&n).Error
	return n, db.OrMissing(err, "lock craft note")
}

// CraftNoteByID reads a note. Errors: not_found.
func CraftNoteByID(ctx context.Context, r db.Reader, note id.ID) (CraftNote, error) {
	var n CraftNote
	err := r.Conn(ctx).Where("id = ?", note).Take(&n).Error
	return n, db.OrMissing(err, "read craft note")
}

// CraftNotes reads a page of the library, newest first, what was withdrawn included.
func CraftNotes(ctx context.Context, r db.Reader, p db.Page) ([]CraftNote, db.Cursor, error) {
	q := r.Conn(ctx)
	if !p.After.IsZero() {
		q = q.Where("id < ?", p.After.ID)
	}
	var rows []CraftNote
	if err := q.Order("id DESC").Limit(p.Limit + 1).Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list craft notes: %w", err)
	}
	rows, next := db.Cut(p, rows, func(n CraftNote) db.Cursor { return db.Cursor{At: n.CreatedAt, ID: n.ID} })
	return rows, next, nil
}

// maxCraftNotes is how many notes a project's readers get at most.
const maxCraftNotes = 200

// CraftNotesAt reads the notes at some stages, by stage and in their order, at most 200.
func CraftNotesAt(ctx context.Context, r db.Reader, stages []string) ([]CraftNote, error) {
	if len(stages) == 0 {
		return nil, nil
	}
	var rows []CraftNote
	err := r.Conn(ctx).Where("stage_key IN ? AND active = ?", stages, true).Order("stage_key, seq, id").Limit(maxCraftNotes).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read craft notes: %w", err)
	}
	return rows, nil
}

// CraftPhotosOf reads the pictures of some notes, in their order.
func CraftPhotosOf(ctx context.Context, r db.Reader, notes []id.ID) ([]CraftNotePhoto, error) {
	if len(notes) == 0 {
		return nil, nil
	}
	var rows []CraftNotePhoto
	if err := r.Conn(ctx).Where("note_id IN ?", notes).Order("note_id, seq").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read pictures of craft notes: %w", err)
	}
	return rows, nil
}
