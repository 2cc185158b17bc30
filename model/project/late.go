package project

import (
	"context"
	"fmt"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// DuePlace is a place in the order in which late projects are walked through: by due day, then id.
type DuePlace struct {
	Due clock.Day
	ID  id.ID
}

// lateColumns are what the nightly look needs of a project.
func lateColumns() []string {
	return []string{"id", "state", "store_id", "customer_id", "current_stage", "stage_due", "days_late", "paused_at", "title", "planned_end", "version"}
}

// LateProjects reads projects whose stage under way was due before a day, longest due first, from a
// place on, at most n, paused ones left out. The index over (state, stage_due) serves it.
func LateProjects(ctx context.Context, r db.Reader, before clock.Day, after DuePlace, n int) ([]Project, error) {
	q := r.Conn(ctx).Select(lateColumns()).Where("state = ? AND stage_due < ? AND paused_at IS NULL", Active, before)
	if !after.Due.IsZero() {
		q = q.Where("stage_due >= ? AND (stage_due > ? OR id > ?)", after.Due, after.Due, after.ID)
	}
	rows := make([]Project, 0, n)
	if err := q.Order("stage_due, id").Limit(n).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read late projects: %w", err)
	}
	return rows, nil
}

// MarkLateTx stores how late some projects are that were due on one day, as long as they still are; the
// versions stay, since whoever reads computes it for the day of reading.
func MarkLateTx(ctx context.Context, tx *db.Tx, due clock.Day, projects []id.ID, days int) error {
	if len(projects) == 0 {
		return nil
	}
	err := tx.Conn(ctx).Model(&Project{}).
		Where("id IN ? AND state = ? AND stage_due = ? AND paused_at IS NULL", projects, Active, due).UpdateColumn("days_late", days).Error
	if err != nil {
		return fmt.Errorf("mark late projects: %w", err)
	}
	return nil
}

// LockManyTx locks projects in the order of their ids and reads them.
func LockManyTx(ctx context.Context, tx *db.Tx, projects []id.ID) ([]Project, error) {
	if len(projects) == 0 {
		return nil, nil
	}
	rows := make([]Project, 0, len(projects))
	if err := tx.Lock(ctx).Where("id IN ?", projects).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("lock projects: %w", err)
	}
	return rows, nil
}

// BehindCalendar lists projects in a state whose plan was laid by a revision of the site calendar before
// the given one, after an id, at most n.
func BehindCalendar(ctx context.Context, r db.Reader, state State, revision int64, after DueRevision, n int) ([]DueRevision, error) {
	q := r.Conn(ctx).Model(&Project{}).Select("calendar_rev", "id").Where("state = ? AND calendar_rev < ?", state, revision)
	if !after.ID.IsZero() {
		q = q.Where("calendar_rev >= ? AND (calendar_rev > ? OR id > ?)", after.CalendarRev, after.CalendarRev, after.ID)
	}
	rows := make([]DueRevision, 0, n)
	if err := q.Order("calendar_rev, id").Limit(n).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("find plans behind the calendar: %w", err)
	}
	return rows, nil
}

// DueRevision is a project with the revision of the calendar that its plan was laid by.
type DueRevision struct {
	CalendarRev int64
	ID          id.ID
}
