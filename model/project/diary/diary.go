// Package diary keeps the discipline of daily logs, the feeds and their alarms, home reports.
package diary

import (
	"context"
	"fmt"
	"time"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/project"
)

// The kinds of timeline entries of this room.
const (
	EntryVisit  project.EntryKind = "service_visit"
	EntryReport project.EntryKind = "report"
)

// VisitFile is the kind of row that a service visit's photos are attached to; its id is the visit's.
const VisitFile = "service_visit"

// Feed is a stream of news that a home is owed while the work lasts (C11).
type Feed string

// The feeds: the daily logs of the project manager, the inspections of the supervisor, the visits of
// customer service.
const (
	ByProjectManager Feed = "project_manager"
	BySupervisor     Feed = "supervisor"
	ByService        Feed = "service"
)

// The kinds of alert about a feed that is silent: first to whose feed it is, then to the store manager.
const (
	MissingLog               = "missing_log"
	MissingLogManager        = "missing_log_manager"
	MissingInspection        = "missing_inspection"
	MissingInspectionManager = "missing_inspection_manager"
	MissingVisit             = "missing_service_visit"
	MissingVisitManager      = "missing_service_visit_manager"
)

// Missing names the feed's two kinds of alert in the order in which they are raised.
func (f Feed) Missing() (first, second string) {
	switch f {
	case BySupervisor:
		return MissingInspection, MissingInspectionManager
	case ByService:
		return MissingVisit, MissingVisitManager
	}
	return MissingLog, MissingLogManager
}

// Tables lists the structs of this package for the schema check.
func Tables() []any {
	return []any{Round{}, Mark{}, Visit{}, LogDay{}, Report{}, PrintLink{}}
}

// UnderWay reads the next projects in the order of their ids that have begun and were not completed
// before since, cancelled ones aside: by their primary key, so that a look at all of them takes
// constant memory.
func UnderWay(ctx context.Context, r db.Reader, since time.Time, after id.ID, n int) ([]project.Project, error) {
	q := r.Conn(ctx).Where("state <> ? AND started_at IS NOT NULL AND (completed_at IS NULL OR completed_at >= ?)", project.Cancelled, since)
	if !after.IsZero() { // no id is NULL, than which nothing is greater
		q = q.Where("id > ?", after)
	}
	var rows []project.Project
	err := q.Order("id").Limit(n).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read projects under way: %w", err)
	}
	return rows, nil
}

// Logs reads the logs of several projects of the days from first to last, each project's in their order,
// by the index of its days.
func Logs(ctx context.Context, r db.Reader, projects []id.ID, first, last clock.Day) (map[id.ID][]project.DailyLog, error) {
	of := make(map[id.ID][]project.DailyLog, len(projects))
	if len(projects) == 0 {
		return of, nil
	}
	var rows []project.DailyLog
	err := r.Conn(ctx).Where("project_id IN ? AND day >= ? AND day <= ?", projects, first, last).Order("project_id, day").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read daily logs: %w", err)
	}
	for _, l := range rows {
		of[l.ProjectID] = append(of[l.ProjectID], l)
	}
	return of, nil
}

// LogsPage reads a page of a project's logs of a period, oldest first. The cursor's instant is the start
// of the last log's day in UTC.
func LogsPage(ctx context.Context, r db.Reader, projectID id.ID, first, last clock.Day, p db.Page) ([]project.DailyLog, db.Cursor, error) {
	if !p.After.IsZero() {
		first = max(first, clock.DayOf(p.After.At, time.UTC).Plus(1))
	}
	var rows []project.DailyLog
	err := r.Conn(ctx).Where("project_id = ? AND day >= ? AND day <= ?", projectID, first, last).Order("day").Limit(p.Limit + 1).Find(&rows).Error
	if err != nil {
		return nil, db.Cursor{}, fmt.Errorf("read diary: %w", err)
	}
	rows, next := db.Cut(p, rows, func(l project.DailyLog) db.Cursor { return db.Cursor{At: l.Day.Start(time.UTC), ID: l.ID} })
	return rows, next, nil
}

// PhotoCounts counts the pictures of the entries of several projects' logs, by the entry.
func PhotoCounts(ctx context.Context, r db.Reader, logs map[id.ID][]project.DailyLog) (map[id.ID]int, error) {
	counts := map[id.ID]int{}
	for projectID, of := range logs {
		entries := make([]id.ID, 0, len(of))
		for _, l := range of {
			entries = append(entries, l.EntryID)
		}
		photos, err := project.PhotosOfIDs(ctx, r, projectID, entries)
		if err != nil {
			return nil, err
		}
		for _, p := range photos {
			counts[p.EntryID]++
		}
	}
	return counts, nil
}
