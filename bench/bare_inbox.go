package main

import (
	"net/http"
	"time"

	"guike/internal/id"
)

type messageJSON struct {
	ID        id.ID      `json:"id"`
	Kind      string     `json:"kind"`
	At        time.Time  `json:"at"`
	Title     string     `json:"title"`
	Body      string     `json:"body"`
	ProjectID id.ID      `json:"project_id,omitzero"`
	RefKind   string     `json:"ref_kind"`
	RefID     id.ID      `json:"ref_id,omitzero"`
	ReadAt    *time.Time `json:"read_at"`
}

type inboxJSON struct {
	listJSON[messageJSON]
	Unread int64 `json:"unread"`
}

// inbox answers as GET /v1/me/inbox does: two statements.
func (b *bare) inbox(w http.ResponseWriter, r *http.Request, customer id.ID) error {
	ctx := r.Context()
	limit, err := limitOf(r)
	if err != nil {
		return err
	}
	rows, err := b.db.QueryContext(ctx, `SELECT id, kind, at, title, body, project_id, ref_kind, ref_id, read_at FROM inbox_messages
		WHERE owner_id = ? AND owner_kind = 'customer' ORDER BY id DESC LIMIT ?`, customer, limit+1)
	messages, err := collect(rows, err, func(m *messageJSON) []any {
		return []any{&m.ID, &m.Kind, &m.At, &m.Title, &m.Body, &m.ProjectID, &m.RefKind, &m.RefID, &m.ReadAt}
	})
	if err != nil {
		return err
	}
	page := inboxJSON{listJSON: listJSON[messageJSON]{Items: messages}}
	if len(messages) > limit {
		page.Items = messages[:limit]
		page.NextCursor = cursor(page.Items[limit-1].At, page.Items[limit-1].ID)
	}
	err = b.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM inbox_messages WHERE owner_id = ? AND owner_kind = 'customer' AND read_at IS NULL", customer).
		Scan(&page.Unread)
	if err != nil {
		return err
	}
	return answer(w, page)
}
