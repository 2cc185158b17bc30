package diary

import (
	"context"
	"fmt"
	"time"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// Report is the home report of a project and week, as it was when the week ended (C6). Content is JSON
// in the form that Format numbers.
type Report struct {
	ProjectID id.ID  `gorm:"primaryKey"`
	ID        id.ID  `gorm:"primaryKey"`
	Week      string // ISO 8601: "2026-W47"
	FromDay   clock.Day
	ToDay     clock.Day
	Format    int
	Content   string
	EntryID   id.ID
	CreatedAt time.Time
}

// TableName is the reports' table.
func (Report) TableName() string { return "home_reports" }

// AddReportTx keeps a report. One of the same project and week is db.Duplicate.
func AddReportTx(ctx context.Context, tx *db.Tx, r *Report) error {
	r.CreatedAt = tx.Now
	return db.Insert(ctx, tx, r)
}

// HasReport tells whether the project's report of the week is there.
func HasReport(ctx context.Context, r db.Reader, project id.ID, week string) (bool, error) {
	var n int64
	err := r.Conn(ctx).Model(&Report{}).Where("project_id = ? AND week = ?", project, week).Count(&n).Error
	if err != nil {
		return false, fmt.Errorf("look for home report: %w", err)
	}
	return n > 0, nil
}

// ReportOfWeek reads the report of a week. Errors: not_found.
func ReportOfWeek(ctx context.Context, r db.Reader, project id.ID, week string) (Report, error) {
	var row Report
	err := r.Conn(ctx).Where("project_id = ? AND week = ?", project, week).Take(&row).Error
	return row, db.OrMissing(err, "read home report")
}

// Reports reads a page of a project's reports, newest week first.
func Reports(ctx context.Context, r db.Reader, project id.ID, p db.Page) ([]Report, db.Cursor, error) {
	q := r.Conn(ctx).Where("project_id = ?", project)
	if !p.After.IsZero() {
		q = q.Where("id < ?", p.After.ID)
	}
	var rows []Report
	if err := q.Order("id DESC").Limit(p.Limit + 1).Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list home reports: %w", err)
	}
	rows, next := db.Cut(p, rows, func(r Report) db.Cursor { return db.Cursor{At: r.CreatedAt, ID: r.ID} })
	return rows, next, nil
}
