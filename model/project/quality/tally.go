package quality

import (
	"context"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/db"
)

// Tally is what the checks, inspections and hazards of a project come to.
type Tally struct {
	ChecksPassed   int64
	ChecksFailed   int64
	Inspections    int64
	LastInspection *time.Time
	HazardsOpen    int64 // not yet passed on recheck
	HazardsClosed  int64
}

// TallyOf counts them in four statements, none of which reads more rows than it counts.
func TallyOf(ctx context.Context, r db.Reader, project id.ID) (Tally, error) {
	var t Tally
	var checks []struct {
		Passed bool
		N      int64
	}
	err := r.Conn(ctx).Model(&Check{}).Select("passed, COUNT(*) AS n").Where("project_id = ?", project).Group("passed").Find(&checks).Error
	if err != nil {
		return t, fmt.Errorf("count checks: %w", err)
	}
	for _, c := range checks {
		if c.Passed {
			t.ChecksPassed = c.N
		} else {
			t.ChecksFailed = c.N
		}
	}
	if err := r.Conn(ctx).Model(&Inspection{}).Where("project_id = ?", project).Count(&t.Inspections).Error; err != nil {
		return t, fmt.Errorf("count inspections: %w", err)
	}
	var newest []Inspection
	if err := r.Conn(ctx).Select("created_at").Where("project_id = ?", project).Order("id DESC").Limit(1).Find(&newest).Error; err != nil {
		return t, fmt.Errorf("find the last inspection: %w", err)
	}
	if len(newest) > 0 {
		t.LastInspection = &newest[0].CreatedAt
	}
	var hazards []struct {
		State HazardState
		N     int64
	}
	err = r.Conn(ctx).Model(&Hazard{}).Select("state, COUNT(*) AS n").Where("project_id = ?", project).Group("state").Find(&hazards).Error
	if err != nil {
		return t, fmt.Errorf("count hazards: %w", err)
	}
	for _, h := range hazards {
		if h.State == HazardPassed {
			t.HazardsClosed += h.N
		} else {
			t.HazardsOpen += h.N
		}
	}
	return t, nil
}
