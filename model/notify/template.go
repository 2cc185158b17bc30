package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"guike/internal/fault"
	"guike/model/db"
)

// Template says how an event of the house becomes a WeChat subscription message. TemplateID is the
// platform's, empty until the company has chosen one in its console; Fields maps the template's keys
// to facts of the event, as JSON.
type Template struct {
	Key        string `gorm:"primaryKey;column:template_key"`
	TemplateID string
	Event      string // the kind of event: "daily_log"
	Title      string
	Page       string // of the mini-program, with placeholders such as {project_id}
	Fields     string // {"thing1":"project_title"}
	Resendable bool   // may go out once more when nobody knows whether it did
	Active     bool
	CreatedAt  time.Time
	UpdatedAt  time.Time
	Version    int64
}

// TableName is the templates' table.
func (Template) TableName() string { return "subscription_templates" }

// Mapping reads Fields.
func (t Template) Mapping() (map[string]string, error) {
	fields := map[string]string{}
	if err := json.Unmarshal([]byte(t.Fields), &fields); err != nil {
		return nil, fmt.Errorf("fields of template %s: %w", t.Key, err)
	}
	return fields, nil
}

// Templates lists all templates by key, or those in use.
func Templates(ctx context.Context, r db.Reader, activeOnly bool) ([]Template, error) {
	q := r.Conn(ctx).Order("template_key")
	if activeOnly {
		q = q.Where("active = ?", true)
	}
	var rows []Template
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	return rows, nil
}

// TemplateByKey reads a template. Errors: not_found.
func TemplateByKey(ctx context.Context, r db.Reader, key string) (Template, error) {
	return oneTemplate(r.Conn(ctx).Where("template_key = ?", key))
}

// LockTemplate is TemplateByKey for a change. Errors: not_found.
func LockTemplate(ctx context.Context, tx *db.Tx, key string) (Template, error) {
	return oneTemplate(tx.Lock(ctx).Where("template_key = ?", key))
}

func oneTemplate(q *gorm.DB) (Template, error) {
	var t Template
	err := q.Take(&t).Error
	if db.Missing(err) {
		return t, fault.Missing()
	}
	if err != nil {
		return t, fmt.Errorf("read template: %w", err)
	}
	return t, nil
}

// ActiveTemplate reads the template in use for a kind of event; ok is false when there is none.
func ActiveTemplate(ctx context.Context, r db.Reader, event string) (t Template, ok bool, err error) {
	err = r.Conn(ctx).Where("event = ? AND active = ?", event, true).Order("template_key").Take(&t).Error
	if db.Missing(err) {
		return t, false, nil
	}
	if err != nil {
		return t, false, fmt.Errorf("read active template: %w", err)
	}
	return t, true, nil
}

// AddTemplateTx keeps a new template. A key that exists is db.Duplicate.
func AddTemplateTx(ctx context.Context, tx *db.Tx, t *Template) error {
	t.CreatedAt, t.UpdatedAt, t.Version = tx.Now, tx.Now, 1
	return db.Insert(ctx, tx, t)
}

// ChangeTemplateTx writes everything but key and creation; the version grows by one. The caller has
// locked the row.
func ChangeTemplateTx(ctx context.Context, tx *db.Tx, t *Template) error {
	t.UpdatedAt = tx.Now
	t.Version++
	err := tx.Conn(ctx).Model(&Template{}).Where("template_key = ?", t.Key).UpdateColumns(map[string]any{
		"template_id": t.TemplateID, "event": t.Event, "title": t.Title, "page": t.Page, "fields": t.Fields,
		"resendable": t.Resendable, "active": t.Active, "updated_at": t.UpdatedAt, "version": t.Version,
	}).Error
	if err != nil {
		return fmt.Errorf("change template: %w", err)
	}
	return nil
}
