// Package handover keeps what a project is handed over with: promises made at signing, acceptance
// sheets with the customer's decision, live cameras, what the installer scans and is told, and the
// library of craft explained. Rows of a project change under the lock of the project's row.
package handover

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
)

// PromiseState is where a promise stands.
type PromiseState string

// The states of a promise (B7). A disputed one was settled, and the customer does not agree.
const (
	PromiseOpen     PromiseState = "open"
	PromiseKept     PromiseState = "kept"
	PromiseBroken   PromiseState = "broken"
	PromiseDisputed PromiseState = "disputed"
)

// Settled tells that it was said whether the promise was kept, and nobody disputes it.
func (s PromiseState) Settled() bool { return s == PromiseKept || s == PromiseBroken }

// Category says what a promise is about.
type Category string

// The categories of a promise.
const (
	CategoryMaterial Category = "material"
	CategoryPrice    Category = "price"
	CategorySchedule Category = "schedule"
	CategoryCraft    Category = "craft"
	CategoryGift     Category = "gift"
	CategoryService  Category = "service"
	CategoryOther    Category = "other"
)

// Valid tells whether the category is one of the house's.
func (c Category) Valid() bool {
	switch c {
	case CategoryMaterial, CategoryPrice, CategorySchedule, CategoryCraft, CategoryGift, CategoryService, CategoryOther:
		return true
	}
	return false
}

// Promise is what somebody promised a customer at signing (B7). It is never removed. Word says why it
// counts as kept or broken; LateReason why it was added after the signing; Dispute what the customer
// holds against the word.
type Promise struct {
	ProjectID   id.ID `gorm:"primaryKey"`
	ID          id.ID `gorm:"primaryKey"`
	Text        string
	Category    Category
	DueStage    string // the stage by which it is due; empty means the hand-over
	LateReason  string
	State       PromiseState
	Word        string
	SettledBy   id.ID
	SettledName string
	SettledAt   *time.Time
	Dispute     string
	DisputedBy  id.ID
	DisputedAt  *time.Time
	MadeBy      id.ID
	MadeName    string
	MadeRole    actor.Role
	Version     int64
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// TableName is the promises' table.
func (Promise) TableName() string { return "promises" }

// PromiseRevision is a promise as it read until it was edited. Rows are inserted and read, never changed.
type PromiseRevision struct {
	ProjectID  id.ID `gorm:"primaryKey"`
	PromiseID  id.ID `gorm:"primaryKey"`
	Version    int64 `gorm:"primaryKey;autoIncrement:false"`
	Text       string
	Category   Category
	DueStage   string
	EditedBy   id.ID
	EditedName string
	ReplacedAt time.Time
}

// TableName is the table of the promises' former texts.
func (PromiseRevision) TableName() string { return "promise_revisions" }

// MaxPromises is how many promises a project takes, so that every reader gets all of them.
const MaxPromises = 100

// Tables lists the structs of this package for the schema check.
func Tables() []any {
	return []any{
		Promise{},
		PromiseRevision{},
		Checklist{},
		ChecklistItem{},
		Acceptance{},
		Sheet{},
		Item{},
		ItemPhoto{},
		Decision{},
		Camera{},
		SiteNote{},
		SiteNotePhoto{},
		Scan{},
		CraftNote{},
		CraftNotePhoto{},
	}
}

// AddPromiseTx keeps a new promise by the actor.
func AddPromiseTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *Promise) error {
	p.State, p.Version, p.CreatedAt, p.UpdatedAt = PromiseOpen, 1, tx.Now, tx.Now
	p.MadeBy, p.MadeName, p.MadeRole = who.ID, who.Name, who.Role
	if err := db.Insert(ctx, tx, p); err != nil {
		return fmt.Errorf("keep promise: %w", err)
	}
	return nil
}

// EditPromiseTx replaces a promise's text and keeps the former one, edited by the actor.
func EditPromiseTx(ctx context.Context, tx *db.Tx, who actor.Actor, former Promise, p *Promise) error {
	err := db.Insert(ctx, tx, &PromiseRevision{
		ProjectID: former.ProjectID, PromiseID: former.ID, Version: former.Version, Text: former.Text, Category: former.Category,
		DueStage: former.DueStage, EditedBy: who.ID, EditedName: who.Name, ReplacedAt: tx.Now,
	})
	if err != nil {
		return fmt.Errorf("keep former promise: %w", err)
	}
	return SavePromiseTx(ctx, tx, p)
}

// SavePromiseTx writes what may change of a promise; its version grows by one.
func SavePromiseTx(ctx context.Context, tx *db.Tx, p *Promise) error {
	p.Version++
	p.UpdatedAt = tx.Now
	err := tx.Conn(ctx).Model(&Promise{}).Where("project_id = ? AND id = ?", p.ProjectID, p.ID).UpdateColumns(map[string]any{
		"text": p.Text, "category": p.Category, "due_stage": p.DueStage, "state": p.State, "word": p.Word, "settled_by": p.SettledBy,
		"settled_name": p.SettledName, "settled_at": p.SettledAt, "dispute": p.Dispute, "disputed_by": p.DisputedBy,
		"disputed_at": p.DisputedAt, "version": p.Version, "updated_at": p.UpdatedAt,
	}).Error
	if err != nil {
		return fmt.Errorf("save promise: %w", err)
	}
	return nil
}

// PromiseByID reads a promise for the house itself; access to its project is checked by the caller.
// Errors: not_found.
func PromiseByID(ctx context.Context, r db.Reader, promise id.ID) (Promise, error) {
	var p Promise
	err := r.Conn(ctx).Where("id = ?", promise).Take(&p).Error
	return p, db.OrMissing(err, "read promise")
}

// Promises reads the promises of a project, oldest first; there are at most MaxPromises.
func Promises(ctx context.Context, r db.Reader, project id.ID) ([]Promise, error) {
	var rows []Promise
	if err := r.Conn(ctx).Where("project_id = ?", project).Order("id").Limit(MaxPromises).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read promises: %w", err)
	}
	return rows, nil
}

// UnsettledPromises counts the promises of a project of which nobody has said whether they were kept,
// and those whose settlement is disputed.
func UnsettledPromises(ctx context.Context, r db.Reader, project id.ID) (int, error) {
	var n int64
	err := r.Conn(ctx).Model(&Promise{}).Where("project_id = ? AND state IN ?", project, []PromiseState{PromiseOpen, PromiseDisputed}).Count(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count open promises: %w", err)
	}
	return int(n), nil
}

// PromiseHistory reads the former texts of a promise, newest first, at most 100.
func PromiseHistory(ctx context.Context, r db.Reader, project, promise id.ID) ([]PromiseRevision, error) {
	var rows []PromiseRevision
	err := r.Conn(ctx).Where("project_id = ? AND promise_id = ?", project, promise).Order("version DESC").Limit(100).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read history of promise: %w", err)
	}
	return rows, nil
}

// PromiseStates counts the promises of a project by where they stand.
func PromiseStates(ctx context.Context, r db.Reader, project id.ID) (map[PromiseState]int, error) {
	var rows []struct {
		State PromiseState
		N     int
	}
	err := r.Conn(ctx).Model(&Promise{}).Select("state, COUNT(*) AS n").Where("project_id = ?", project).Group("state").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count promises: %w", err)
	}
	of := make(map[PromiseState]int, len(rows))
	for _, row := range rows {
		of[row.State] = row.N
	}
	return of, nil
}
