package project

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
)

// EntryKind says what a timeline entry tells of.
type EntryKind string

// The kinds of the core; the rooms of this domain name theirs beside what they tell of.
const (
	EntryCreated        EntryKind = "project_created"
	EntryDailyLog       EntryKind = "daily_log"
	EntryStageStarted   EntryKind = "stage_started"
	EntryStageCompleted EntryKind = "stage_completed"
	EntryStageReopened  EntryKind = "stage_reopened"
	EntryPersonChanged  EntryKind = "person_changed"
	EntryCancelled      EntryKind = "project_cancelled"
)

// Entry is one line of a project's timeline (C4). A timeline is ordered by the entries' ids, which
// grow with time, so whoever loads history inserts it oldest first. The author is kept as he was
// called when he wrote. RefID is the row that the entry tells of: a daily log, a person's period.
// Customers see what is Visible; nobody sees what was withdrawn.
type Entry struct {
	ProjectID   id.ID `gorm:"primaryKey"`
	ID          id.ID `gorm:"primaryKey"`
	At          time.Time
	Kind        EntryKind
	TitleZH     string `gorm:"column:title_zh"`
	TitleEN     string `gorm:"column:title_en"`
	Body        string
	StageKey    string
	RefID       id.ID
	AuthorID    id.ID
	AuthorName  string
	AuthorRole  actor.Role
	Visible     bool
	WithdrawnAt *time.Time
	Version     int64
	UpdatedAt   time.Time
}

// TableName is the timeline's table.
func (Entry) TableName() string { return "timeline_entries" }

// Photo is a picture of an entry, in the order of Seq, from 0.
type Photo struct {
	ProjectID id.ID `gorm:"primaryKey"`
	EntryID   id.ID `gorm:"primaryKey"`
	Seq       int   `gorm:"primaryKey;autoIncrement:false"`
	FileID    id.ID
}

// TableName is the table of the entries' pictures.
func (Photo) TableName() string { return "timeline_photos" }

// AddEntryTx writes a line that customers see into the timeline, by the actor, at the transaction's
// instant.
func AddEntryTx(ctx context.Context, tx *db.Tx, who actor.Actor, e *Entry) error {
	e.Visible = true
	return addEntryTx(ctx, tx, who, e)
}

// AddStaffEntryTx is AddEntryTx for a line that only staff see.
func AddStaffEntryTx(ctx context.Context, tx *db.Tx, who actor.Actor, e *Entry) error {
	e.Visible = false
	return addEntryTx(ctx, tx, who, e)
}

func addEntryTx(ctx context.Context, tx *db.Tx, who actor.Actor, e *Entry) error {
	if e.ID.IsZero() {
		e.ID = id.New()
	}
	e.At, e.UpdatedAt, e.Version = tx.Now, tx.Now, 1
	e.AuthorID, e.AuthorName, e.AuthorRole = who.ID, who.Name, who.Role
	if err := db.Insert(ctx, tx, e); err != nil {
		return fmt.Errorf("write timeline entry: %w", err)
	}
	return nil
}

// EditEntryTx replaces an entry's text, stage and author; its place in the timeline stays.
func EditEntryTx(ctx context.Context, tx *db.Tx, e Entry) error {
	err := tx.Conn(ctx).Model(&Entry{}).Where("project_id = ? AND id = ?", e.ProjectID, e.ID).UpdateColumns(map[string]any{
		"title_zh": e.TitleZH, "title_en": e.TitleEN, "body": e.Body, "stage_key": e.StageKey, "version": e.Version, "updated_at": tx.Now,
		"author_id": e.AuthorID, "author_name": e.AuthorName, "author_role": e.AuthorRole,
	}).Error
	if err != nil {
		return fmt.Errorf("edit timeline entry: %w", err)
	}
	return nil
}

// SetPhotosTx makes files the pictures of an entry, in their order, in place of those it had.
func SetPhotosTx(ctx context.Context, tx *db.Tx, project, entry id.ID, files []id.ID) error {
	err := tx.Conn(ctx).Where("project_id = ? AND entry_id = ?", project, entry).Delete(&Photo{}).Error
	if err != nil {
		return fmt.Errorf("clear pictures of entry: %w", err)
	}
	if len(files) == 0 {
		return nil
	}
	rows := make([]Photo, 0, len(files))
	for i, f := range files {
		rows = append(rows, Photo{ProjectID: project, EntryID: entry, Seq: i, FileID: f})
	}
	if err := tx.Conn(ctx).Create(&rows).Error; err != nil {
		return fmt.Errorf("keep pictures of entry: %w", err)
	}
	return nil
}

// Audience says whose timeline is read.
type Audience int

// The audiences: customers see what is visible to them.
const (
	ForCustomers Audience = iota
	ForStaff
)

// entryColumns are what a page of the timeline shows of an entry.
func entryColumns() []string {
	return []string{"id", "at", "kind", "title_zh", "title_en", "body", "stage_key", "ref_id", "author_name", "author_role", "version", "updated_at"}
}

// EntryByID reads a line of a project's timeline. Errors: not_found.
func EntryByID(ctx context.Context, r db.Reader, project, entry id.ID) (Entry, error) {
	var e Entry
	err := r.Conn(ctx).Where("project_id = ? AND id = ?", project, entry).Take(&e).Error
	return e, missing(err, "read timeline entry")
}

// Timeline reads a page of a project's timeline, newest first, with the pictures of its entries: two
// statements, whatever the page holds. Access to the project is checked by the caller.
func Timeline(ctx context.Context, r db.Reader, project id.ID, to Audience, p db.Page) ([]Entry, []Photo, db.Cursor, error) {
	return timeline(ctx, r, project, to, p)
}

func timeline(ctx context.Context, r db.Reader, project id.ID, to Audience, p db.Page, kinds ...EntryKind) ([]Entry, []Photo, db.Cursor, error) {
	entries, err := newestEntries(ctx, r, project, to, db.Page{Limit: p.Limit + 1, After: p.After}, kinds...)
	if err != nil {
		return nil, nil, db.Cursor{}, err
	}
	entries, next := db.Cut(p, entries, func(e Entry) db.Cursor { return db.Cursor{At: e.At, ID: e.ID} })
	photos, err := PhotosOf(ctx, r, project, entries)
	return entries, photos, next, err
}

// TimelineOfKinds is Timeline for readers whom only some kinds of entry concern: of those, what customers
// see too.
func TimelineOfKinds(ctx context.Context, r db.Reader, project id.ID, kinds []EntryKind, p db.Page) ([]Entry, []Photo, db.Cursor, error) {
	return timeline(ctx, r, project, ForCustomers, p, kinds...)
}

// NewestEntries reads the newest lines of a project's timeline without their pictures, n at most. Access to
// the project is checked by the caller.
func NewestEntries(ctx context.Context, r db.Reader, project id.ID, to Audience, n int) ([]Entry, error) {
	return newestEntries(ctx, r, project, to, db.Page{Limit: n})
}

func newestEntries(ctx context.Context, r db.Reader, project id.ID, to Audience, p db.Page, kinds ...EntryKind) ([]Entry, error) {
	q := r.Conn(ctx).Select(entryColumns()).Where("project_id = ? AND withdrawn_at IS NULL", project)
	if to == ForCustomers {
		q = q.Where("visible = ?", true)
	}
	if len(kinds) > 0 {
		q = q.Where("kind IN ?", kinds)
	}
	if !p.After.IsZero() {
		q = q.Where("id < ?", p.After.ID)
	}
	entries := make([]Entry, 0, p.Limit)
	if err := q.Order("id DESC").Limit(p.Limit).Find(&entries).Error; err != nil {
		return nil, fmt.Errorf("read timeline: %w", err)
	}
	return entries, nil
}

// PhotosOf is PhotosOfIDs for entries that have been read.
func PhotosOf(ctx context.Context, r db.Reader, project id.ID, entries []Entry) ([]Photo, error) {
	ids := make([]id.ID, 0, len(entries))
	for _, e := range entries {
		ids = append(ids, e.ID)
	}
	return PhotosOfIDs(ctx, r, project, ids)
}

// PhotosOfIDs reads the pictures of the named entries of one project, in order: which file belongs to
// which entry.
func PhotosOfIDs(ctx context.Context, r db.Reader, project id.ID, entries []id.ID) ([]Photo, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	rows := make([]Photo, 0, 4*len(entries))
	err := r.Conn(ctx).Select("entry_id", "file_id").Where("project_id = ? AND entry_id IN ?", project, entries).Order("entry_id, seq").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read pictures of timeline: %w", err)
	}
	return rows, nil
}

// FilesOf lists the files of some pictures, in their order.
func FilesOf(photos []Photo) []id.ID {
	files := make([]id.ID, 0, len(photos))
	for _, p := range photos {
		files = append(files, p.FileID)
	}
	return files
}
