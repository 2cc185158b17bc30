package project

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
)

// runningMax is how many running projects of a customer are shown at most.
const runningMax = 20

// Running is a project that is not over, as it is shown beside somebody whom it concerns.
type Running struct {
	Project `gorm:"embedded"`
	Visitor id.ID // the contract party, or a member of the home who is no guest
	StageZH string
	StageEN string
}

// RunningOf reads the running projects of several customers within the reach of a member of staff, in
// one statement, each customer's newest first.
func RunningOf(ctx context.Context, r db.Reader, who actor.Actor, customers []id.ID, now time.Time) (map[id.ID][]Running, error) {
	of := make(map[id.ID][]Running, len(customers))
	if len(customers) == 0 {
		return of, nil
	}
	const concerned = "JOIN (SELECT m.customer_id AS visitor, j.id AS project_id FROM home_members m JOIN projects j ON j.home_id = m.home_id " +
		"WHERE m.customer_id IN ? AND m.role <> 'guest' AND (m.until IS NULL OR m.until > ?) " +
		"UNION SELECT c.customer_id, c.id FROM projects c WHERE c.customer_id IN ?) v ON v.project_id = projects.id"
	var rows []Running
	err := scoped(r.Conn(ctx).Table("projects"), who).
		Select("projects.*, v.visitor AS visitor, COALESCE(s.name_zh, '') AS stage_zh, COALESCE(s.name_en, '') AS stage_en").
		Joins(concerned, customers, now, customers).
		Joins("LEFT JOIN project_stages s ON s.project_id = projects.id AND s.stage_key = projects.current_stage").
		Where("projects.state IN ?", []State{Planned, Active}).
		Order("projects.created_at DESC, projects.id DESC").Limit(runningMax * len(customers)).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read running projects: %w", err)
	}
	for _, p := range rows {
		if len(of[p.Visitor]) < runningMax {
			of[p.Visitor] = append(of[p.Visitor], p)
		}
	}
	return of, nil
}
