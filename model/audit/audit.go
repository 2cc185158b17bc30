// Package audit records who did what to whom and why, in the transaction of what it records. Rows are
// inserted and read, never changed.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
)

// Entry is what is recorded. Detail holds ids, numbers and words of the house, never personal data.
type Entry struct {
	Action  string // dotted: "staff.disabled", "customer.revealed"
	Kind    string // the subject's: "customer", "project"
	Subject id.ID
	Reason  string
	Detail  any
}

// Row is a recorded entry.
type Row struct {
	ID          id.ID `gorm:"primaryKey"`
	At          time.Time
	ActorKind   actor.Kind
	ActorID     id.ID
	Action      string
	SubjectKind string
	SubjectID   id.ID
	Reason      string
	Detail      string
}

// TableName is the rows' table.
func (Row) TableName() string { return "audit_log" }

// Tables lists the structs of this package for the schema check.
func Tables() []any { return []any{Row{}} }

// RecordTx writes down that who did what the entry says.
func RecordTx(ctx context.Context, tx *db.Tx, who actor.Actor, e Entry) error {
	detail := "{}"
	if e.Detail != nil {
		text, err := json.Marshal(e.Detail)
		if err != nil {
			return fmt.Errorf("audit detail of %s: %w", e.Action, err)
		}
		detail = string(text)
	}
	row := Row{
		ID: id.New(), At: tx.Now, ActorKind: who.Kind, ActorID: who.ID, Action: e.Action,
		SubjectKind: e.Kind, SubjectID: e.Subject, Reason: e.Reason, Detail: detail,
	}
	if err := db.Insert(ctx, tx, &row); err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	return nil
}

// Of lists what was done to a subject, newest first.
func Of(ctx context.Context, r db.Reader, kind string, subject id.ID, p db.Page) ([]Row, db.Cursor, error) {
	var rows []Row
	q := r.Conn(ctx).Where("subject_kind = ? AND subject_id = ?", kind, subject)
	if err := p.Newest(q, "at", "id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, err
	}
	rows, next := db.Cut(p, rows, func(r Row) db.Cursor { return db.Cursor{At: r.At, ID: r.ID} })
	return rows, next, nil
}
