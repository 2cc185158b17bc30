package project

import (
	"context"
	"fmt"
	"time"

	"guike/internal/clock"
	"guike/internal/fault"
	"guike/model/db"
	"guike/model/project"
	"guike/model/project/plan"
)

// calendarPast is how many days back the site calendar is known to readers: older delays count every day.
const calendarPast = 800

// Calendar reads the company's site calendar, from some years back to all that is entered. One
// statement.
func (j *Journal) Calendar(ctx context.Context, r db.Reader) (plan.Calendar, error) {
	return plan.LoadCalendar(ctx, r, j.Today().Plus(-calendarPast), "")
}

// Days joins a calendar with the company's zone.
func (j *Journal) Days(c plan.Calendar) project.Zoned { return project.Zoned{Days: c, Zone: j.Zone} }

// Outlook is what the plan says of a project on a day: days late, and when the work will end if it takes
// from today on as long as planned.
type Outlook struct {
	DaysLate    int
	Forecast    []clock.Day // of each stage, in their order; none for completed ones
	ForecastEnd clock.Day   // of the project; none when nothing is open
}

// Outlook judges a project by a calendar on a day (K2). It reads nothing.
func (j *Journal) Outlook(p project.Project, stages []project.Stage, c plan.Calendar, today clock.Day) Outlook {
	o := Outlook{DaysLate: p.LateDays(today, c)}
	if !p.Open() {
		o.Forecast = make([]clock.Day, len(stages))
		return o
	}
	o.Forecast = project.Forecast(p, stages, today, j.Days(c))
	o.ForecastEnd = project.ForecastEnd(p, stages, o.Forecast)
	return o
}

// PlanChanged refuses a change that was made of an older state of the project, and says where it stands.
func PlanChanged(p project.Project) *fault.Fault {
	return fault.New(fault.Conflict, "plan.changed", "计划已在别处更新,请刷新后再试。", "The plan has changed meanwhile; read it again.").
		At("version", fmt.Sprint(p.Version), fmt.Sprintf("当前版本为 %d。", p.Version), fmt.Sprintf("The current version is %d.", p.Version))
}

// dayOf is the calendar day of an instant in the company's zone.
func (j *Journal) dayOf(at time.Time) clock.Day { return clock.DayOf(at, j.Zone) }
