package project

import (
	"context"
	"fmt"
	"strings"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// DayCut is how long after midnight the business day lasts: a log written at one in the night tells
// of the day before.
const DayCut = 4 * time.Hour

// BusinessDay is the day that a log posted at the instant belongs to: the calendar day in the
// company's zone, with the cut at 04:00 (C1).
func BusinessDay(at time.Time, zone *time.Location) clock.Day {
	return clock.DayOf(at.Add(-DayCut), zone)
}

// DailyLog tells what was done on a business day and what comes next; one per project and day (C1).
type DailyLog struct {
	ProjectID    id.ID `gorm:"primaryKey"`
	ID           id.ID `gorm:"primaryKey"`
	Day          clock.Day
	StageKey     string
	DoneToday    string
	PlanTomorrow string
	Weather      string
	Hands        *int // people on site; nil when not told
	EntryID      id.ID
	AuthorID     id.ID
	AuthorName   string
	AuthorRole   actor.Role
	Version      int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// TableName is the daily logs' table.
func (DailyLog) TableName() string { return "daily_logs" }

// Revision is a daily log as it stood at a version until it was edited. Rows are inserted and read,
// never changed. Photos lists file ids, separated by commas.
type Revision struct {
	ProjectID    id.ID `gorm:"primaryKey"`
	LogID        id.ID `gorm:"primaryKey"`
	Version      int64 `gorm:"primaryKey;autoIncrement:false"`
	StageKey     string
	DoneToday    string
	PlanTomorrow string
	Weather      string
	Hands        *int
	Photos       string
	AuthorID     id.ID
	AuthorName   string
	AuthorRole   actor.Role
	WrittenAt    time.Time
	ReplacedAt   time.Time
}

// TableName is the table of the logs' former versions.
func (Revision) TableName() string { return "daily_log_revisions" }

// Files reads the ids of the pictures that the version had.
func (v Revision) Files() []id.ID {
	var files []id.ID
	for text := range strings.SplitSeq(v.Photos, ",") {
		if f, err := id.Parse(text); err == nil {
			files = append(files, f)
		}
	}
	return files
}

// JoinFiles writes file ids in the form of Revision.Photos.
func JoinFiles(files []id.ID) string {
	texts := make([]string, 0, len(files))
	for _, f := range files {
		texts = append(texts, f.String())
	}
	return strings.Join(texts, ",")
}

// LogOfDay reads the log of a business day; ok is false when there is none yet.
func LogOfDay(ctx context.Context, r db.Reader, project id.ID, day clock.Day) (l DailyLog, ok bool, err error) {
	err = r.Conn(ctx).Where("project_id = ? AND day = ?", project, day).Take(&l).Error
	if db.Missing(err) {
		return l, false, nil
	}
	if err != nil {
		return l, false, fmt.Errorf("read daily log of day: %w", err)
	}
	return l, true, nil
}

// LastLogEntry reads the line of the timeline that tells customers of the newest daily log; ok is false
// when there is none.
func LastLogEntry(ctx context.Context, r db.Reader, project id.ID) (e Entry, ok bool, err error) {
	var rows []Entry
	err = r.Conn(ctx).Table("daily_logs").Select("timeline_entries.*").
		Joins("JOIN timeline_entries ON timeline_entries.project_id = daily_logs.project_id AND timeline_entries.id = daily_logs.entry_id").
		Where("daily_logs.project_id = ? AND timeline_entries.visible = ? AND timeline_entries.withdrawn_at IS NULL", project, true).
		Order("daily_logs.day DESC").Limit(1).Find(&rows).Error
	if err != nil {
		return e, false, fmt.Errorf("read newest daily log: %w", err)
	}
	if len(rows) == 0 {
		return e, false, nil
	}
	return rows[0], true, nil
}

// LogByID reads a daily log of a project. Errors: not_found.
func LogByID(ctx context.Context, r db.Reader, project, log id.ID) (DailyLog, error) {
	var l DailyLog
	err := r.Conn(ctx).Where("project_id = ? AND id = ?", project, log).Take(&l).Error
	return l, missing(err, "read daily log")
}

// AddLogTx keeps the first version of a day's log.
func AddLogTx(ctx context.Context, tx *db.Tx, l *DailyLog) error {
	l.Version, l.CreatedAt, l.UpdatedAt = 1, tx.Now, tx.Now
	if err := db.Insert(ctx, tx, l); err != nil {
		return fmt.Errorf("keep daily log: %w", err)
	}
	return nil
}

// EditLogTx replaces the text of a log by what l holds and keeps the former version beside it.
func EditLogTx(ctx context.Context, tx *db.Tx, former Revision, l *DailyLog) error {
	former.ReplacedAt = tx.Now
	if err := db.Insert(ctx, tx, &former); err != nil {
		return fmt.Errorf("keep former daily log: %w", err)
	}
	l.Version, l.UpdatedAt = former.Version+1, tx.Now
	err := tx.Conn(ctx).Model(&DailyLog{}).Where("project_id = ? AND id = ?", l.ProjectID, l.ID).UpdateColumns(map[string]any{
		"stage_key": l.StageKey, "done_today": l.DoneToday, "plan_tomorrow": l.PlanTomorrow, "weather": l.Weather, "hands": l.Hands, "author_id": l.AuthorID,
		"author_name": l.AuthorName, "author_role": l.AuthorRole, "version": l.Version, "updated_at": l.UpdatedAt,
	}).Error
	if err != nil {
		return fmt.Errorf("edit daily log: %w", err)
	}
	return nil
}

// Revisions reads the former versions of a log, newest first.
func Revisions(ctx context.Context, r db.Reader, project, log id.ID) ([]Revision, error) {
	var rows []Revision
	err := r.Conn(ctx).Where("project_id = ? AND log_id = ?", project, log).Order("version DESC").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read history of daily log: %w", err)
	}
	return rows, nil
}
