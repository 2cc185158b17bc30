package project

import (
	"context"
	"fmt"
	"strings"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// OnTimeGroup is by what on-time rates are told apart.
type OnTimeGroup string

// The groups: the stage's key, who answered for it, their team, the store. A team is the people of one role
// who work for one store: its installers, its designers (docs/decisions/0012).
const (
	OnTimeByStage  OnTimeGroup = "stage"
	OnTimeByPerson OnTimeGroup = "person"
	OnTimeByTeam   OnTimeGroup = "team"
	OnTimeByStore  OnTimeGroup = "store"
)

// OnTimeRow counts the stages of a group that were completed in a period: all of them, those that were
// on or before their planned end, those with a baseline, and those on or before it (C19). One of the
// first three names the group, of a team role and store; no person and no role is set for what nobody
// answered for.
type OnTimeRow struct {
	StageKey   string
	AnsweredBy id.ID
	StoreID    id.ID
	Role       actor.Role
	Completed  int64
	OnTime     int64
	Baselined  int64
	OnBaseline int64
}

// maxOnTimeRows bounds the report; no company has so many people.
const maxOnTimeRows = 2000

// OnTime counts completed stages from … to (days in the company's zone, both included) in one statement,
// within the reach of a member of staff. The index over the day of completion serves it.
func OnTime(ctx context.Context, r db.Reader, who actor.Actor, from, to clock.Day, by OnTimeGroup) ([]OnTimeRow, error) {
	key := map[OnTimeGroup]string{
		OnTimeByStage: "s.stage_key", OnTimeByPerson: "s.answered_by", OnTimeByTeam: "COALESCE(staff.role, ''), projects.store_id", OnTimeByStore: "projects.store_id",
	}[by]
	if key == "" {
		return nil, fmt.Errorf("no on-time rates by %q", by)
	}
	q := r.Conn(ctx).Table("project_stages s").Joins("JOIN projects ON projects.id = s.project_id")
	if by == OnTimeByTeam {
		q = q.Joins("LEFT JOIN staff ON staff.id = s.answered_by")
	}
	var rows []OnTimeRow
	err := scoped(q, who).
		Select(strings.Replace(key, "'')", "'') AS role", 1)+", COUNT(*) AS completed, "+
			"SUM(CASE WHEN s.completed_on <= s.planned_end THEN 1 ELSE 0 END) AS on_time, "+
			"SUM(CASE WHEN s.baseline_end IS NOT NULL THEN 1 ELSE 0 END) AS baselined, "+
			"SUM(CASE WHEN s.completed_on <= s.baseline_end THEN 1 ELSE 0 END) AS on_baseline").
		Where("s.completed_on >= ? AND s.completed_on <= ?", from, to).
		Group(key).Order("completed DESC, " + key).Limit(maxOnTimeRows).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count completed stages: %w", err)
	}
	return rows, nil
}
