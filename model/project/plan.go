package project

import (
	"context"
	"fmt"

	"guike/internal/clock"
	"guike/model/db"
)

// Workdays answers on which days sites work: the room plan keeps the company's calendar.
type Workdays interface {
	Off(day clock.Day) bool
	// Workdays counts the working days from … to, both included.
	Workdays(from, to clock.Day) int
	// Plus is the day n working days later; with 0 the day itself, or the next working one.
	Plus(day clock.Day, n int) clock.Day
}

// Plan lays the stages of a template out from the first planned day, one after another without gaps.
// Planned days are working days: stages leap over days on which sites are closed (C16).
func Plan(items []TemplateItem, start clock.Day, days Workdays) []Stage {
	stages := make([]Stage, 0, len(items))
	for _, it := range items {
		n := max(it.PlannedDays, 1)
		start = days.Plus(start, 0)
		end := days.Plus(start, n-1)
		stages = append(stages, Stage{
			Seq: it.Seq, Key: it.Key, NameZH: it.NameZH, NameEN: it.NameEN, Weight: it.Weight, State: StagePending,
			PlannedDays: n, PlannedStart: start, PlannedEnd: end, Needs: it.Needs, Version: 1,
			BaselineStart: start, BaselineEnd: end,
		})
		start = days.Plus(end, 1)
	}
	return stages
}

// PlannedEnd is the last planned day of the last stage that carries weight, or start when there is none.
func PlannedEnd(stages []Stage, start clock.Day) clock.Day {
	end := start
	for _, st := range stages {
		if st.Weight > 0 {
			end = st.PlannedEnd
		}
	}
	return end
}

// Paused tells that work stands still on purpose.
func (p Project) Paused() bool { return p.PausedAt != nil }

// LateDays counts the working days after the planned end of the stage under way until today, today
// included; 0 for a project that is paused or has no stage under way. Pauses do not count: a resumed
// project's plan has moved by them (K2).
func (p Project) LateDays(today clock.Day, days Workdays) int {
	if p.State != Active || p.Paused() || p.StageDue.IsZero() || p.StageDue >= today {
		return 0
	}
	return days.Workdays(p.StageDue.Plus(1), today)
}

// Forecast says for each stage when it will end if the work takes from today on as long as planned, in
// the order of the stages; completed ones have none. Nobody comes before the planned day, so a stage
// that runs early brings nothing forward. Of a paused project it is the forecast if it resumed today.
func Forecast(p Project, stages []Stage, today clock.Day, z Zoned) []clock.Day {
	ends := make([]clock.Day, len(stages))
	first := z.Days.Plus(today, 0) // the next day on which somebody can work
	lost := 0
	if p.PausedAt != nil {
		lost = z.Lost(*p.PausedAt, today)
	}
	var before Stage // the open stage before, as planned, and when it ends by the forecast
	var free clock.Day
	for i, s := range stages {
		if s.State == StageCompleted {
			continue
		}
		start := maxDay(z.push(s.PlannedStart, lost), first)
		if !free.IsZero() {
			follow := free // stages that share a day in the plan may share one in fact
			if s.PlannedStart > before.PlannedEnd {
				follow = z.Days.Plus(free, 1)
			}
			start = maxDay(start, follow)
		}
		length := max(1, z.Days.Workdays(s.PlannedStart, s.PlannedEnd))
		if s.State == StageActive && s.StartedAt != nil {
			start = first
			length = max(1, length-z.Days.Workdays(z.Day(*s.StartedAt), today.Plus(-1)))
		}
		ends[i] = maxDay(z.Days.Plus(start, length-1), z.push(s.PlannedEnd, lost))
		before, free = s, ends[i]
	}
	return ends
}

// ForecastEnd is the forecast of the last stage that carries weight; the planned end when nothing of
// that weight is open.
func ForecastEnd(p Project, stages []Stage, ends []clock.Day) clock.Day {
	end := p.PlannedEnd
	for i, s := range stages {
		if s.Weight > 0 && !ends[i].IsZero() {
			end = maxDay(end, ends[i])
		}
	}
	return end
}

func maxDay(a, b clock.Day) clock.Day {
	if a > b {
		return a
	}
	return b
}

// SavePauseTx writes since when and why a project is paused, or that it is not; the version grows by one.
func SavePauseTx(ctx context.Context, tx *db.Tx, p *Project) error {
	p.Version++
	p.UpdatedAt = tx.Now
	err := tx.Conn(ctx).Model(&Project{}).Where("id = ?", p.ID).UpdateColumns(map[string]any{
		"paused_at": p.PausedAt, "pause_reason": p.PauseReason, "days_late": p.DaysLate, "version": p.Version, "updated_at": p.UpdatedAt,
	}).Error
	if err != nil {
		return fmt.Errorf("save pause of project: %w", err)
	}
	return nil
}
