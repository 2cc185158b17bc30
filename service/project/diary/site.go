package diary

import (
	"context"
	"slices"
	"strings"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/project"
	"guike/model/project/plan"
	"guike/model/settings"
)

// LogFreeSetting names the policy of the stages in which no daily log is owed, keys separated by commas;
// what is designed, sold or made elsewhere when nothing is kept under the name. Aftercare never owes one.
const LogFreeSetting = "project.log_free_stages"

// logFree are the stages without daily logs unless the policy says otherwise.
const logFree = "design,sign,production"

// site tells on which days something is owed from which project.
type site struct {
	zone *time.Location
	off  func(clock.Day) bool
	free []string // keys of stages without logs
}

func (s *Service) site(ctx context.Context, r db.Reader, p Period) (site, error) {
	off, err := s.offDays(ctx, r, p)
	if err != nil {
		return site{}, err
	}
	free, err := freeStages(ctx, r)
	return site{s.j.Zone, off, free}, err
}

// freeStages reads the policy of the stages without logs.
func freeStages(ctx context.Context, r db.Reader) ([]string, error) {
	text, ok, err := settings.Get(ctx, r, LogFreeSetting)
	if !ok {
		text = logFree
	}
	return strings.Split(text, ","), err
}

// at20 is when what is owed on the day is due.
func (t site) at20(day clock.Day) time.Time { return day.Start(t.zone).Add(dueAfter) }

// underWay tells that the project was at work at an instant: begun, not over, not paused.
func underWay(p project.Project, at time.Time) bool {
	return p.StartedAt != nil && !p.StartedAt.After(at) && (p.CompletedAt == nil || p.CompletedAt.After(at)) &&
		(p.CancelledAt == nil || p.CancelledAt.After(at)) && (p.PausedAt == nil || p.PausedAt.After(at))
}

// owesLog tells that a log of the day is owed: a working day on which, at 20:00, a stage was under way
// that is worked on site, and the project was not paused.
func (t site) owesLog(p project.Project, stages []project.Stage, pauses []plan.Pause, day clock.Day) bool {
	due := t.at20(day)
	return !t.off(day) && underWay(p, due) && !pausedAt(pauses, due) && slices.ContainsFunc(stages, func(st project.Stage) bool {
		return st.Weight > 0 && !slices.Contains(t.free, st.Key) && st.StartedAt != nil && !st.StartedAt.After(due) &&
			(st.CompletedAt == nil || st.CompletedAt.After(due) || clock.DayOf(*st.CompletedAt, t.zone) == day)
	})
}

func pausedAt(pauses []plan.Pause, at time.Time) bool {
	return slices.ContainsFunc(pauses, func(p plan.Pause) bool {
		return !p.FromAt.After(at) && (p.UntilAt == nil || p.UntilAt.After(at))
	})
}

// inCharge is who held a role in a project at an instant; none when nobody did.
func inCharge(people []project.Person, role actor.Role, at time.Time) id.ID {
	for _, p := range people {
		if p.Role == role && !p.FromAt.After(at) && (p.UntilAt == nil || p.UntilAt.After(at)) {
			return p.StaffID
		}
	}
	return id.ID{}
}
