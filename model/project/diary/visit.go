package diary

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
)

// Visit is a call or visit of customer service during the work (C3): Text is what the customer asked or
// doubted, Answered what was answered. Its pictures are those of its entry.
type Visit struct {
	ProjectID  id.ID `gorm:"primaryKey"`
	ID         id.ID `gorm:"primaryKey"`
	At         time.Time
	Text       string
	Answered   string
	EntryID    id.ID
	AuthorID   id.ID
	AuthorName string
	AuthorRole actor.Role
}

// TableName is the visits' table.
func (Visit) TableName() string { return "service_visits" }

// AddVisitTx keeps a visit.
func AddVisitTx(ctx context.Context, tx *db.Tx, v *Visit) error {
	if err := db.Insert(ctx, tx, v); err != nil {
		return fmt.Errorf("keep service visit: %w", err)
	}
	return nil
}

// VisitByID reads a visit of a project. Errors: not_found.
func VisitByID(ctx context.Context, r db.Reader, project, visit id.ID) (Visit, error) {
	var v Visit
	err := r.Conn(ctx).Where("project_id = ? AND id = ?", project, visit).Take(&v).Error
	return v, db.OrMissing(err, "read service visit")
}

// Visits reads a page of a project's visits, newest first.
func Visits(ctx context.Context, r db.Reader, project id.ID, p db.Page) ([]Visit, db.Cursor, error) {
	q := r.Conn(ctx).Where("project_id = ?", project)
	var rows []Visit
	if err := p.Newest(q, "at", "id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list service visits: %w", err)
	}
	rows, next := db.Cut(p, rows, func(v Visit) db.Cursor { return db.Cursor{At: v.At, ID: v.ID} })
	return rows, next, nil
}

// VisitedBetween reads the visits of a project from one instant until before another, oldest first, 50 at
// most.
func VisitedBetween(ctx context.Context, r db.Reader, project id.ID, from, until time.Time) ([]Visit, error) {
	var rows []Visit
	err := r.Conn(ctx).Where("project_id = ? AND at >= ? AND at < ?", project, from, until).Order("at, id").Limit(50).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read service visits: %w", err)
	}
	return rows, nil
}

// LastVisits is when some projects were last visited, in two statements by the primary key; projects
// that never were are left out.
func LastVisits(ctx context.Context, r db.Reader, projects []id.ID) (map[id.ID]time.Time, error) {
	var newest []struct {
		ProjectID id.ID
		ID        id.ID
	}
	err := r.Conn(ctx).Model(&Visit{}).Select("project_id, MAX(id) AS id").Where("project_id IN ?", projects).Group("project_id").Find(&newest).Error
	if err != nil {
		return nil, fmt.Errorf("look for last service visits: %w", err)
	}
	last := make(map[id.ID]time.Time, len(newest))
	if len(newest) == 0 {
		return last, nil
	}
	visits, ids := make([]id.ID, 0, len(newest)), make([]id.ID, 0, len(newest))
	for _, n := range newest {
		visits, ids = append(visits, n.ID), append(ids, n.ProjectID)
	}
	var rows []Visit
	err = r.Conn(ctx).Select("project_id", "id", "at").Where("project_id IN ? AND id IN ?", ids, visits).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read last service visits: %w", err)
	}
	for _, v := range rows {
		last[v.ProjectID] = v.At
	}
	return last, nil
}
