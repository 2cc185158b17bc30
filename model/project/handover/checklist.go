package handover

import (
	"context"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/project"
)

// Checklist is a version of what is looked at when a stage of a kind of project is accepted (C18).
// Policies are data: a sheet keeps the version that it was born with.
type Checklist struct {
	Kind      project.Kind `gorm:"primaryKey"`
	StageKey  string       `gorm:"primaryKey"`
	Version   int          `gorm:"primaryKey;autoIncrement:false"`
	TitleZH   string       `gorm:"column:title_zh"`
	TitleEN   string       `gorm:"column:title_en"`
	Active    bool
	CreatedBy id.ID
	CreatedAt time.Time
}

// TableName is the checklists' table.
func (Checklist) TableName() string { return "checklists" }

// ChecklistItem is a line of a checklist.
type ChecklistItem struct {
	Kind     project.Kind `gorm:"primaryKey"`
	StageKey string       `gorm:"primaryKey"`
	Version  int          `gorm:"primaryKey;autoIncrement:false"`
	Seq      int          `gorm:"primaryKey;autoIncrement:false"`
	Key      string       `gorm:"column:item_key"`
	TextZH   string       `gorm:"column:text_zh"`
	TextEN   string       `gorm:"column:text_en"`
}

// TableName is the table of the checklists' lines.
func (ChecklistItem) TableName() string { return "checklist_items" }

// AddChecklistTx keeps a version of a checklist with its lines. A version that exists is db.Duplicate.
func AddChecklistTx(ctx context.Context, tx *db.Tx, c *Checklist, items []ChecklistItem) error {
	c.CreatedAt = tx.Now
	if err := db.Insert(ctx, tx, c); err != nil {
		return err
	}
	for i := range items {
		items[i].Kind, items[i].StageKey, items[i].Version, items[i].Seq = c.Kind, c.StageKey, c.Version, i+1
	}
	if len(items) == 0 {
		return nil
	}
	if err := tx.Conn(ctx).Create(&items).Error; err != nil {
		return fmt.Errorf("keep lines of checklist: %w", err)
	}
	return nil
}

// LastChecklist is the newest version of a checklist; ok is false when there is none.
func LastChecklist(ctx context.Context, r db.Reader, kind project.Kind, stage string) (c Checklist, ok bool, err error) {
	err = r.Conn(ctx).Where("kind = ? AND stage_key = ?", kind, stage).Order("version DESC").Take(&c).Error
	if db.Missing(err) {
		return c, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("read checklist: %w", err)
	}
	return c, true, nil
}

// ChecklistVersion reads a version of a checklist with its lines; ok is false when there is none.
func ChecklistVersion(ctx context.Context, r db.Reader, kind project.Kind, stage string, version int) (c Checklist, items []ChecklistItem, ok bool, err error) {
	q := r.Conn(ctx).Where("kind = ? AND stage_key = ? AND version = ?", kind, stage, version)
	err = q.Take(&c).Error
	if db.Missing(err) {
		return c, nil, false, nil
	}
	if err != nil {
		return c, nil, false, fmt.Errorf("read checklist: %w", err)
	}
	err = r.Conn(ctx).Where("kind = ? AND stage_key = ? AND version = ?", kind, stage, version).Order("seq").Find(&items).Error
	if err != nil {
		return c, nil, false, fmt.Errorf("read lines of checklist: %w", err)
	}
	return c, items, true, nil
}

// Checklists reads the newest version of every checklist, by kind and stage, at most 200.
func Checklists(ctx context.Context, r db.Reader) ([]Checklist, error) {
	var rows []Checklist
	err := r.Conn(ctx).Where("version = (SELECT MAX(c.version) FROM checklists c WHERE c.kind = checklists.kind AND c.stage_key = checklists.stage_key)").
		Order("kind, stage_key").Limit(200).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list checklists: %w", err)
	}
	return rows, nil
}
