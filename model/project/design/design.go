// Package design keeps the designs of projects: their versions with files and links, what the customer
// decided about them, who looked, what was said about them; and the cases that are published with the
// customer's consent. Designs and their versions change with the project's row locked.
package design

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/project"
)

// The kinds of timeline entries of this room; the entry's RefID is the design's id.
const (
	EntryBegun     project.EntryKind = "design_begun" // this and the next one for staff alone
	EntryDraft     project.EntryKind = "design_draft"
	EntryPosted    project.EntryKind = "design_posted"
	EntryApproved  project.EntryKind = "design_approved"
	EntryChanges   project.EntryKind = "design_changes_asked"
	EntryWithdrawn project.EntryKind = "design_withdrawn"

	EntryCase          project.EntryKind = "case_published" // the entry's RefID is the case's id
	EntryCaseWithdrawn project.EntryKind = "case_withdrawn"
)

// FileKind is the kind of row that the files of a version are attached to; its id is the design's.
const FileKind = "design_version"

// State is where a design stands with the customer.
type State string

// The states of a design, those of its newest submitted version.
const (
	Draft     State = "draft"     // nothing has been shown to the customer
	Waiting   State = "waiting"   // for the customer's decision
	Changes   State = "changes"   // the customer asked for changes, the next version is owed
	Approved  State = "approved"  // the customer agreed to the newest submitted version
	Withdrawn State = "withdrawn" // by the company; it is not to be built
)

// Undecided tells that somebody owes an answer: the customer a decision, or the designer a version.
func (s State) Undecided() bool { return s == Waiting || s == Changes }

// Design is what is designed for a room of the home, or for all of it (B6). Its versions count from 1.
type Design struct {
	ProjectID id.ID `gorm:"primaryKey"`
	ID        id.ID `gorm:"primaryKey"`
	Title     string
	Room      string // of the home; empty for all of it
	Style     string // such as 现代简约; a later project of the home begins with it
	Note      string // for colleagues
	State     State
	Newest    int // number of the newest version, drafts included; 0 for none
	Shown     int // of the newest version that was submitted to the customer; 0 for none
	Approved  int // of the newest version that the customer approved; 0 for none
	Rounds    int // how often the customer asked for changes
	CreatedBy id.ID
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int64 // of the row
}

// TableName is the designs' table.
func (Design) TableName() string { return "designs" }

// Tables lists the structs of this package for the schema check.
func Tables() []any {
	return []any{Design{}, Version{}, File{}, Link{}, view{}, Event{}, Case{}, casePhoto{}}
}

// Find reads a design; who may see its project is for the caller to ask. Errors: not_found.
func Find(ctx context.Context, r db.Reader, design id.ID) (Design, error) {
	var d Design
	err := r.Conn(ctx).Where("id = ?", design).Take(&d).Error
	return d, db.OrMissing(err, "read design")
}

// ofProjectMax bounds the designs of one project.
const ofProjectMax = 100

// MaxDesigns is how many designs one project has at most, withdrawn ones included.
const MaxDesigns = 30

// OfProject reads the designs of a project, oldest first. Customers are shown those of which something
// was submitted.
func OfProject(ctx context.Context, r db.Reader, projectID id.ID, to project.Audience) ([]Design, error) {
	q := r.Conn(ctx).Where("project_id = ?", projectID)
	if to == project.ForCustomers {
		q = q.Where("shown > 0")
	}
	var rows []Design
	if err := q.Order("id").Limit(ofProjectMax).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list designs: %w", err)
	}
	return rows, nil
}

// AddTx keeps a new design.
func AddTx(ctx context.Context, tx *db.Tx, d *Design) error {
	d.State, d.CreatedAt, d.UpdatedAt, d.Version = Draft, tx.Now, tx.Now, 1
	if err := db.Insert(ctx, tx, d); err != nil {
		return fmt.Errorf("keep design: %w", err)
	}
	return nil
}

// SaveTx writes where a design stands: state, the numbers of its versions, rounds.
func SaveTx(ctx context.Context, tx *db.Tx, d *Design) error {
	d.Version++
	d.UpdatedAt = tx.Now
	err := tx.Conn(ctx).Model(&Design{}).Where("project_id = ? AND id = ?", d.ProjectID, d.ID).UpdateColumns(map[string]any{
		"state": d.State, "newest": d.Newest, "shown": d.Shown, "approved": d.Approved, "rounds": d.Rounds,
		"version": d.Version, "updated_at": d.UpdatedAt,
	}).Error
	if err != nil {
		return fmt.Errorf("save design: %w", err)
	}
	return nil
}

// Owed reads the titles of the designs of a project for which a decision or a version is owed.
func Owed(ctx context.Context, r db.Reader, projectID id.ID) ([]string, error) {
	var titles []string
	err := r.Conn(ctx).Model(&Design{}).Where("project_id = ? AND state IN ?", projectID, []State{Waiting, Changes}).
		Order("id").Limit(ofProjectMax).Pluck("title", &titles).Error
	if err != nil {
		return nil, fmt.Errorf("look for undecided designs: %w", err)
	}
	return titles, nil
}

// ApprovedOf reads the designs of several projects of which the customer has approved a version, oldest
// first, those withdrawn left out.
func ApprovedOf(ctx context.Context, r db.Reader, projects []id.ID) ([]Design, error) {
	if len(projects) == 0 {
		return nil, nil
	}
	var rows []Design
	err := approved(r.Conn(ctx)).Where("designs.project_id IN ?", projects).Order("designs.project_id, designs.id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list approved designs: %w", err)
	}
	return rows, nil
}

func approved(q *gorm.DB) *gorm.DB {
	return q.Where("designs.approved > 0 AND designs.state <> ?", Withdrawn)
}

// ApprovedFiles lists the files of the versions that the customer has approved last, of every design of
// a project in turn: what is to be built (C13).
func ApprovedFiles(ctx context.Context, r db.Reader, projectID id.ID) ([]id.ID, error) {
	var files []id.ID
	q := r.Conn(ctx).Table("designs").
		Joins("JOIN design_files f ON f.design_id = designs.id AND f.number = designs.approved").
		Where("designs.project_id = ?", projectID)
	if err := approved(q).Order("designs.id, f.seq").Pluck("f.file_id", &files).Error; err != nil {
		return nil, fmt.Errorf("list files of approved designs: %w", err)
	}
	return files, nil
}

// StyleOfHome is the style of the design that was approved last for a home, of the same room when there
// is one: with it a second renovation begins (A8). Empty when nothing is known.
func StyleOfHome(ctx context.Context, r db.Reader, home id.ID, room string) (string, error) {
	var rows []struct{ Room, Style string }
	q := r.Conn(ctx).Table("designs").Select("designs.room, designs.style").
		Joins("JOIN projects ON projects.id = designs.project_id").
		Where("projects.home_id = ? AND projects.state <> ? AND designs.style <> ''", home, project.Cancelled)
	if err := approved(q).Order("designs.updated_at DESC, designs.id DESC").Limit(ofProjectMax).Find(&rows).Error; err != nil {
		return "", fmt.Errorf("look for style of home: %w", err)
	}
	for _, d := range rows {
		if d.Room == room {
			return d.Style, nil
		}
	}
	if len(rows) == 0 {
		return "", nil
	}
	return rows[0].Style, nil
}
