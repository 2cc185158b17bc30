package project

import (
	"context"
	"fmt"
	"time"

	"guike/internal/fault"
	"guike/model/db"
)

// Template is a version of an ordered list of stages for a kind of project. Policies are data: a
// project keeps the version that it was born with.
type Template struct {
	Kind      Kind   `gorm:"primaryKey"`
	Key       string `gorm:"primaryKey;column:template_key"`
	Version   int    `gorm:"primaryKey;autoIncrement:false"`
	NameZH    string `gorm:"column:name_zh"`
	NameEN    string `gorm:"column:name_en"`
	Active    bool
	CreatedAt time.Time
}

// TableName is the templates' table.
func (Template) TableName() string { return "stage_templates" }

// TemplateItem is a stage of a template.
type TemplateItem struct {
	Kind        Kind   `gorm:"primaryKey"`
	TemplateKey string `gorm:"primaryKey"`
	Version     int    `gorm:"primaryKey;autoIncrement:false"`
	Seq         int    `gorm:"primaryKey;autoIncrement:false"`
	Key         string `gorm:"column:stage_key"`
	NameZH      string `gorm:"column:name_zh"`
	NameEN      string `gorm:"column:name_en"`
	PlannedDays int
	Weight      int
	Needs       string // Need values, separated by commas
}

// TableName is the table of the templates' stages.
func (TemplateItem) TableName() string { return "stage_template_items" }

// AddTemplateTx keeps a version of a template with its stages. A version that exists is db.Duplicate.
func AddTemplateTx(ctx context.Context, tx *db.Tx, t *Template, items []TemplateItem) error {
	t.CreatedAt = tx.Now
	if err := db.Insert(ctx, tx, t); err != nil {
		return err
	}
	if err := tx.Conn(ctx).Create(&items).Error; err != nil {
		return fmt.Errorf("keep stages of template: %w", err)
	}
	return nil
}

// HasTemplate tells whether any version of the template exists.
func HasTemplate(ctx context.Context, r db.Reader, kind Kind, key string) (bool, error) {
	var n int64
	err := r.Conn(ctx).Model(&Template{}).Where("kind = ? AND template_key = ?", kind, key).Count(&n).Error
	if err != nil {
		return false, fmt.Errorf("look for template: %w", err)
	}
	return n > 0, nil
}

// CurrentTemplate reads the newest active version of a template with its stages in order. Errors:
// input.invalid at body.template when there is none.
func CurrentTemplate(ctx context.Context, r db.Reader, kind Kind, key string) (Template, []TemplateItem, error) {
	var t Template
	err := r.Conn(ctx).Where("kind = ? AND template_key = ? AND active = ?", kind, key, true).Order("version DESC").Take(&t).Error
	if db.Missing(err) {
		return t, nil, fault.Broken("body.template", "unknown", "没有这个阶段模板。", "There is no such stage template for this kind.")
	}
	if err != nil {
		return t, nil, fmt.Errorf("read template: %w", err)
	}
	var items []TemplateItem
	err = r.Conn(ctx).Where("kind = ? AND template_key = ? AND version = ?", kind, key, t.Version).Order("seq").Find(&items).Error
	if err != nil {
		return t, nil, fmt.Errorf("read stages of template: %w", err)
	}
	return t, items, nil
}

// StageKeys lists the keys of all stages that templates have, in alphabetical order.
func StageKeys(ctx context.Context, r db.Reader) ([]string, error) {
	var keys []string
	if err := r.Conn(ctx).Model(&TemplateItem{}).Distinct("stage_key").Order("stage_key").Pluck("stage_key", &keys).Error; err != nil {
		return nil, fmt.Errorf("list stages of templates: %w", err)
	}
	return keys, nil
}
