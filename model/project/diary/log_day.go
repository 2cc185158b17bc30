package diary

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// LogDay is how a day on which a log was expected went, written once the business day is over and never
// changed (feature 14). StaffID is the project manager who was in charge on it. Score is in basis
// points.
type LogDay struct {
	ProjectID id.ID     `gorm:"primaryKey"`
	Day       clock.Day `gorm:"primaryKey"`
	StoreID   id.ID
	StaffID   id.ID
	Logged    bool
	Photos    int
	Planned   bool // the log says what comes next
	OnTime    bool // written before 20:00
	Score     int
}

// TableName is the table of the judged days.
func (LogDay) TableName() string { return "log_days" }

// AddLogDaysTx keeps the judged days of one project. Days that are there are db.Duplicate.
func AddLogDaysTx(ctx context.Context, tx *db.Tx, days []LogDay) error {
	return db.Insert(ctx, tx, &days)
}

// LastLogDays reads the newest judged day of several projects.
func LastLogDays(ctx context.Context, r db.Reader, projects []id.ID) (map[id.ID]clock.Day, error) {
	var rows []struct {
		ProjectID id.ID
		Day       clock.Day
	}
	err := r.Conn(ctx).Model(&LogDay{}).Select("project_id, MAX(day) AS day").Where("project_id IN ?", projects).Group("project_id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read last judged days: %w", err)
	}
	last := make(map[id.ID]clock.Day, len(rows))
	for _, r := range rows {
		last[r.ProjectID] = r.Day
	}
	return last, nil
}

// Tally is what the judged days of a group came to on one day.
type Tally struct {
	GroupID  id.ID
	Day      clock.Day
	Expected int
	Logged   int
	Photos   int
	Planned  int
	OnTime   int
	Score    int64 // sum of basis points
}

// Group says by what the judged days are put together.
type Group string

// The groups.
const (
	PerPerson Group = "person"
	PerStore  Group = "store"
)

// maxTallies bounds what one board reads: 500 people on 92 days.
const maxTallies = 500 * 92

// Tallies adds up the judged days within the reach of a member of staff, a row a group and day, in
// their order. Days of nobody (no project manager was in charge, a project of no store) are left out.
func Tallies(ctx context.Context, r db.Reader, who actor.Actor, by Group, first, last clock.Day) ([]Tally, error) {
	column := "staff_id"
	if by == PerStore {
		column = "store_id"
	}
	q := reached(r.Conn(ctx).Model(&LogDay{}), who).Where("day >= ? AND day <= ? AND "+column+" IS NOT NULL", first, last)
	var rows []Tally
	err := q.Select(column + " AS group_id, day, COUNT(*) AS expected, SUM(logged) AS logged, SUM(photos) AS photos, SUM(planned) AS planned, SUM(on_time) AS on_time, SUM(score) AS score").
		Group(column + ", day").Order(column + ", day").Limit(maxTallies).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("add up judged days: %w", err)
	}
	return rows, nil
}

// reached narrows judged days to those that a member of staff may read about: their own, their store's,
// their region's, all.
func reached(q *gorm.DB, who actor.Actor) *gorm.DB {
	switch {
	case who.Kind != actor.Staff && who.Kind != actor.System:
		return q.Where("1 = 0")
	case who.Scope == actor.All:
		return q
	case who.Scope == actor.Region && !who.RegionID.IsZero():
		return q.Where("store_id IN (SELECT id FROM stores WHERE region_id = ?)", who.RegionID)
	case who.Scope == actor.Store && !who.StoreID.IsZero():
		return q.Where("store_id = ?", who.StoreID)
	case who.Scope >= actor.Own:
		return q.Where("staff_id = ?", who.ID)
	}
	return q.Where("1 = 0")
}

// LogDays reads the judged days of a project of a period, oldest first.
func LogDays(ctx context.Context, r db.Reader, project id.ID, first, last clock.Day) ([]LogDay, error) {
	var rows []LogDay
	err := r.Conn(ctx).Where("project_id = ? AND day >= ? AND day <= ?", project, first, last).Order("day").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read judged days: %w", err)
	}
	return rows, nil
}
