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

// TallyOf counts them in three statements.
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
	var inspections []Inspection
	if err := r.Conn(ctx).Select("id, created_at").Where("project_id = ?", project).Order("id DESC").Find(&inspections).Error; err != nil {
		return t, fmt.Errorf("count inspections: %w", err)
	}
	if t.Inspections = int64(len(inspections)); t.Inspections > 0 {
		t.LastInspection = &inspections[0].CreatedAt
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
