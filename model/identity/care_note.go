package identity

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
)

// CareNoteField names the column of a care note to the box that seals it.
const CareNoteField = "care_notes.text"

// CareNote is what colleagues remember of a customer (A10), sealed under CareNoteField. Notes are added
// and withdrawn, never changed; a withdrawn one keeps no text.
type CareNote struct {
	CustomerID  id.ID `gorm:"primaryKey"`
	ID          id.ID `gorm:"primaryKey"`
	TextEnc     []byte
	AuthorID    id.ID
	CreatedAt   time.Time
	WithdrawnBy id.ID
	WithdrawnAt *time.Time
	Version     int64
}

// TableName is the notes' table.
func (CareNote) TableName() string { return "care_notes" }

// Withdrawn tells that the note is no longer there to be read.
func (n CareNote) Withdrawn() bool { return n.WithdrawnAt != nil }

// CareNotesOf reads the standing care notes of several customers in one statement, each customer's
// newest first.
func CareNotesOf(ctx context.Context, r db.Reader, customers []id.ID) (map[id.ID][]CareNote, error) {
	of := make(map[id.ID][]CareNote, len(customers))
	if len(customers) == 0 {
		return of, nil
	}
	var rows []CareNote
	err := r.Conn(ctx).Where("customer_id IN ? AND withdrawn_at IS NULL", customers).Order("customer_id, id DESC").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read care notes: %w", err)
	}
	for _, n := range rows {
		of[n.CustomerID] = append(of[n.CustomerID], n)
	}
	return of, nil
}

// AllCareNotes lists the care notes of a customer, withdrawn ones too, newest first.
func AllCareNotes(ctx context.Context, r db.Reader, customer id.ID, p db.Page) ([]CareNote, db.Cursor, error) {
	q := r.Conn(ctx).Where("customer_id = ?", customer)
	if !p.After.IsZero() {
		q = q.Where("id < ?", p.After.ID)
	}
	var rows []CareNote
	if err := q.Order("id DESC").Limit(p.Limit + 1).Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list care notes: %w", err)
	}
	rows, next := db.Cut(p, rows, func(n CareNote) db.Cursor { return db.Cursor{At: n.CreatedAt, ID: n.ID} })
	return rows, next, nil
}

// CareNoteByID reads a note of a customer. Errors: not_found.
func CareNoteByID(ctx context.Context, r db.Reader, customer, note id.ID) (CareNote, error) {
	return oneCareNote(r.Conn(ctx), customer, note)
}

// LockCareNote is CareNoteByID for a change. Errors: not_found.
func LockCareNote(ctx context.Context, tx *db.Tx, customer, note id.ID) (CareNote, error) {
	return oneCareNote(tx.Lock(ctx), customer, note)
}

func oneCareNote(q *gorm.DB, customer, note id.ID) (CareNote, error) {
	var n CareNote
	err := q.Where("customer_id = ? AND id = ?", customer, note).Take(&n).Error
	if db.Missing(err) {
		return n, fault.Missing()
	}
	if err != nil {
		return n, fmt.Errorf("read care note: %w", err)
	}
	return n, nil
}

// WithdrawCareNoteTx takes the text of a note away for good, and keeps who did it.
func WithdrawCareNoteTx(ctx context.Context, tx *db.Tx, n *CareNote, by id.ID) error {
	now := tx.Now
	n.TextEnc, n.WithdrawnBy, n.WithdrawnAt, n.Version = nil, by, &now, n.Version+1
	err := tx.Conn(ctx).Model(&CareNote{}).Where("customer_id = ? AND id = ?", n.CustomerID, n.ID).UpdateColumns(map[string]any{
		"text_enc": nil, "withdrawn_by": by, "withdrawn_at": now, "version": n.Version,
	}).Error
	if err != nil {
		return fmt.Errorf("withdraw care note: %w", err)
	}
	return nil
}

// MoveCareNotesTx gives the care notes of one customer to another.
func MoveCareNotesTx(ctx context.Context, tx *db.Tx, from, to id.ID) error {
	err := tx.Conn(ctx).Model(&CareNote{}).Where("customer_id = ?", from).
		UpdateColumns(map[string]any{"customer_id": to, "version": gorm.Expr("version + 1")}).Error
	if err != nil {
		return fmt.Errorf("move care notes: %w", err)
	}
	return nil
}
