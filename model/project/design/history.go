package design

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
)

// What says what an event tells of.
type What string

// What happens to designs, and what is noted about them.
const (
	WhatVersion      What = "version_added"
	WhatSubmitted    What = "version_submitted"
	WhatApproved     What = "approved"
	WhatChanges      What = "changes_asked"
	WhatWithdrawn    What = "withdrawn"
	WhatNeed         What = "need"         // what the customer wants
	WhatConversation What = "conversation" // what was talked about
)

// Noted tells that people write such events down themselves.
func (w What) Noted() bool { return w == WhatNeed || w == WhatConversation }

// Event is one line of what a successor has to read (B6). Rows are inserted and read, never changed.
type Event struct {
	ProjectID  id.ID `gorm:"primaryKey"`
	ID         id.ID `gorm:"primaryKey"`
	At         time.Time
	What       What
	DesignID   id.ID // none for what concerns no single design
	Number     int   // of the version; 0 for none
	Body       string
	AuthorKind actor.Kind
	AuthorID   id.ID
	AuthorName string
	AuthorRole actor.Role
}

// TableName is the events' table.
func (Event) TableName() string { return "design_events" }

// NoteTx writes an event down, by the actor, at the transaction's instant.
func NoteTx(ctx context.Context, tx *db.Tx, who actor.Actor, e *Event) error {
	e.ID, e.At = id.New(), tx.Now
	e.AuthorKind, e.AuthorID, e.AuthorName, e.AuthorRole = who.Kind, who.ID, who.Name, who.Role
	if err := db.Insert(ctx, tx, e); err != nil {
		return fmt.Errorf("write history of designs: %w", err)
	}
	return nil
}

// EventByID reads an event of a project. Errors: not_found.
func EventByID(ctx context.Context, r db.Reader, projectID, event id.ID) (Event, error) {
	var e Event
	err := r.Conn(ctx).Where("project_id = ? AND id = ?", projectID, event).Take(&e).Error
	return e, db.OrMissing(err, "read history of designs")
}

// History reads events of a project, newest first: one more than the page holds when there are more, as
// db.Cut wants it.
func History(ctx context.Context, r db.Reader, projectID id.ID, p db.Page) ([]Event, error) {
	q := r.Conn(ctx).Where("project_id = ?", projectID)
	if !p.After.IsZero() {
		q = q.Where("id < ?", p.After.ID)
	}
	var rows []Event
	if err := q.Order("id DESC").Limit(p.Limit + 1).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read history of designs: %w", err)
	}
	return rows, nil
}

// NeedsOf reads what customers wanted in several projects, newest first, n at most.
func NeedsOf(ctx context.Context, r db.Reader, projects []id.ID, n int) ([]Event, error) {
	if len(projects) == 0 {
		return nil, nil
	}
	var rows []Event
	err := r.Conn(ctx).Where("project_id IN ? AND what = ?", projects, WhatNeed).Order("id DESC").Limit(n).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read needs: %w", err)
	}
	return rows, nil
}
