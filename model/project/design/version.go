package design

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// Decision is what the customer said to a version.
type Decision string

// The decisions; a version gets one at most.
const (
	Undecided      Decision = ""
	DecidedApprove Decision = "approve"
	DecidedChanges Decision = "changes"
)

// The bounds of designs.
const (
	MaxVersions = 50 // of one design
	MaxFiles    = 20 // of one version
	MaxLinks    = 10 // of one version
)

// Version is one state of a design (B6). A version that was not submitted is a draft, which the customer
// does not see. Views counts people and days: each person once a day (B11).
type Version struct {
	DesignID       id.ID `gorm:"primaryKey"`
	Number         int   `gorm:"primaryKey;autoIncrement:false"`
	DifferenceNote string
	AuthorID       id.ID
	AuthorName     string
	CreatedAt      time.Time
	SubmittedAt    *time.Time
	Decision       Decision
	DecidedAt      *time.Time
	DecidedBy      id.ID // the customer
	Word           string
	Views          int64
}

// TableName is the versions' table.
func (Version) TableName() string { return "design_versions" }

// Submitted tells that the version has been shown to the customer.
func (v Version) Submitted() bool { return v.SubmittedAt != nil }

// File is a picture or document of a version, in the order of Seq, from 0.
type File struct {
	DesignID id.ID `gorm:"primaryKey"`
	Number   int   `gorm:"primaryKey;autoIncrement:false"`
	Seq      int   `gorm:"primaryKey;autoIncrement:false"`
	FileID   id.ID
}

// TableName is the table of the versions' files.
func (File) TableName() string { return "design_files" }

// LinkKind says what a link leads to.
type LinkKind string

// The kinds of links: a room to walk through, a picture all around, a model to place (B11, B12).
const (
	LinkVR       LinkKind = "vr"
	LinkPanorama LinkKind = "panorama"
	LinkModel    LinkKind = "model"
)

// Link leads to something that another host shows. It is kept and handed on, never fetched.
type Link struct {
	DesignID id.ID `gorm:"primaryKey"`
	Number   int   `gorm:"primaryKey;autoIncrement:false"`
	Seq      int   `gorm:"primaryKey;autoIncrement:false"`
	Kind     LinkKind
	URL      string `gorm:"column:url"`
	Title    string
}

// TableName is the table of the versions' links.
func (Link) TableName() string { return "design_links" }

// Whole is a version with its files and links.
type Whole struct {
	Version
	Files []id.ID
	Links []Link
}

// AddVersionTx keeps a version with its files and links.
func AddVersionTx(ctx context.Context, tx *db.Tx, w *Whole) error {
	w.CreatedAt = tx.Now
	if err := db.Insert(ctx, tx, &w.Version); err != nil {
		return fmt.Errorf("keep version of design: %w", err)
	}
	files := make([]File, 0, len(w.Files))
	for i, f := range w.Files {
		files = append(files, File{DesignID: w.DesignID, Number: w.Number, Seq: i, FileID: f})
	}
	if len(files) > 0 {
		if err := tx.Conn(ctx).Create(&files).Error; err != nil {
			return fmt.Errorf("keep files of design: %w", err)
		}
	}
	for i := range w.Links {
		w.Links[i].DesignID, w.Links[i].Number, w.Links[i].Seq = w.DesignID, w.Number, i
	}
	if len(w.Links) > 0 {
		if err := tx.Conn(ctx).Create(&w.Links).Error; err != nil {
			return fmt.Errorf("keep links of design: %w", err)
		}
	}
	return nil
}

// VersionOf reads a version. Errors: not_found.
func VersionOf(ctx context.Context, r db.Reader, design id.ID, number int) (Version, error) {
	var v Version
	err := r.Conn(ctx).Where("design_id = ? AND number = ?", design, number).Take(&v).Error
	return v, db.OrMissing(err, "read version of design")
}

// SubmitTx shows a version to the customer.
func SubmitTx(ctx context.Context, tx *db.Tx, v Version) error {
	err := tx.Conn(ctx).Model(&Version{}).Where("design_id = ? AND number = ?", v.DesignID, v.Number).
		UpdateColumn("submitted_at", tx.Now).Error
	if err != nil {
		return fmt.Errorf("submit design: %w", err)
	}
	return nil
}

// DecideTx writes the decision about a version; ok is false when there is one already.
func DecideTx(ctx context.Context, tx *db.Tx, v Version) (ok bool, err error) {
	changed := tx.Conn(ctx).Model(&Version{}).Where("design_id = ? AND number = ? AND decision = ?", v.DesignID, v.Number, Undecided).
		UpdateColumns(map[string]any{"decision": v.Decision, "decided_at": tx.Now, "decided_by": v.DecidedBy, "word": v.Word})
	if changed.Error != nil {
		return false, fmt.Errorf("decide about design: %w", changed.Error)
	}
	return changed.RowsAffected > 0, nil
}

// view says that a person looked at a version on a day.
type view struct {
	DesignID   id.ID     `gorm:"primaryKey"`
	Number     int       `gorm:"primaryKey;autoIncrement:false"`
	CustomerID id.ID     `gorm:"primaryKey"`
	Day        clock.Day `gorm:"primaryKey"`
	At         time.Time
}

func (view) TableName() string { return "design_views" }

// ViewTx counts that a person looked at a version, once a day; first is false for the second look of
// the day.
func ViewTx(ctx context.Context, tx *db.Tx, v Version, customer id.ID, day clock.Day) (first bool, err error) {
	err = db.Insert(ctx, tx, &view{DesignID: v.DesignID, Number: v.Number, CustomerID: customer, Day: day, At: tx.Now})
	if db.Duplicate(err) {
		return false, nil
	}
	if err == nil {
		err = tx.Conn(ctx).Model(&Version{}).Where("design_id = ? AND number = ?", v.DesignID, v.Number).
			UpdateColumn("views", gorm.Expr("views + 1")).Error
	}
	if err != nil {
		return false, fmt.Errorf("count view of design: %w", err)
	}
	return true, nil
}

// Pick names a version of a design.
type Pick struct {
	DesignID id.ID
	Number   int
}

// Versions reads the versions of one design, newest first, drafts among them.
func Versions(ctx context.Context, r db.Reader, design id.ID) ([]Whole, error) {
	var rows []Version
	err := r.Conn(ctx).Where("design_id = ?", design).Order("number DESC").Limit(MaxVersions).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read versions of design: %w", err)
	}
	return wholes(ctx, r, rows, func(q *gorm.DB) *gorm.DB { return q.Where("design_id = ?", design) })
}

// Picked reads versions of several designs with their files and links: three statements, whatever is
// asked for. What is not there is left out.
func Picked(ctx context.Context, r db.Reader, picks []Pick) ([]Whole, error) {
	if len(picks) == 0 {
		return nil, nil
	}
	wanted := make(map[Pick]bool, len(picks))
	var designs []id.ID
	var numbers []int
	for _, p := range picks {
		wanted[p] = true
		designs, numbers = append(designs, p.DesignID), append(numbers, p.Number)
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	// Not every store knows lists of pairs, so this finds some more, which are left out.
	named := func(q *gorm.DB) *gorm.DB { return q.Where("design_id IN ? AND number IN ?", designs, numbers) }
	var rows []Version
	if err := named(r.Conn(ctx)).Order("design_id, number DESC").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read versions of designs: %w", err)
	}
	rows = slices.DeleteFunc(rows, func(v Version) bool { return !wanted[Pick{v.DesignID, v.Number}] })
	return wholes(ctx, r, rows, named)
}

// wholes adds files and links to versions that narrow chose.
func wholes(ctx context.Context, r db.Reader, rows []Version, narrow func(*gorm.DB) *gorm.DB) ([]Whole, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	all := make([]Whole, 0, len(rows))
	place := make(map[Pick]int, len(rows))
	for i, v := range rows {
		all = append(all, Whole{Version: v})
		place[Pick{v.DesignID, v.Number}] = i
	}
	var files []File
	if err := narrow(r.Conn(ctx)).Order("design_id, number, seq").Find(&files).Error; err != nil {
		return nil, fmt.Errorf("read files of designs: %w", err)
	}
	for _, f := range files {
		if i, ok := place[Pick{f.DesignID, f.Number}]; ok {
			all[i].Files = append(all[i].Files, f.FileID)
		}
	}
	var links []Link
	if err := narrow(r.Conn(ctx)).Order("design_id, number, seq").Find(&links).Error; err != nil {
		return nil, fmt.Errorf("read links of designs: %w", err)
	}
	for _, l := range links {
		if i, ok := place[Pick{l.DesignID, l.Number}]; ok {
			all[i].Links = append(all[i].Links, l)
		}
	}
	return all, nil
}
