// Package plan holds the use cases of the site calendar, plans and their changes, pauses, delays and
// their notices, phases, expediting, on-time rates. Its README says the rules in sentences.
package plan

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/project"
	"guike/model/project/plan"
	rooms "guike/service/project"
)

const (
	// calendarPast is how many days back closures count.
	calendarPast = 800
	// maxAhead is how many days ahead a plan may reach.
	maxAhead = 5 * 366
	// maxFen bounds every amount: beyond it somebody mistyped.
	maxFen = 1_000_000_000_000
)

// Service holds the use cases.
type Service struct {
	j       *rooms.Journal
	log     *slog.Logger
	resumed []rooms.ResumeFollower
}

// New returns the use cases over the domain's journal; log hears how long a night took, and the followers
// move with a project that goes on after a pause.
func New(j *rooms.Journal, log *slog.Logger, resumed ...rooms.ResumeFollower) *Service {
	return &Service{j, log, resumed}
}

// work is a project under change: locked, with its stages as they were and as they become, and the
// calendar as it stands.
type work struct {
	p      project.Project
	stages []project.Stage
	before []project.Stage
	days   plan.Calendar
	oldEnd clock.Day
}

// openTx locks a project for a change of its plan and brings it to the calendar's newest revision first,
// so that no closure is counted twice or forgotten. Errors: not_found; project.cancelled; plan.finished.
func (s *Service) openTx(ctx context.Context, tx *db.Tx, who actor.Actor, projectID id.ID) (*work, error) {
	p, err := rooms.LockOpenTx(ctx, tx, who, projectID)
	if err != nil {
		return nil, err
	}
	if !p.Open() {
		return nil, errFinished
	}
	stages, err := project.Stages(ctx, tx, p.ID)
	if err != nil {
		return nil, err
	}
	h, err := plan.LoadHistory(ctx, tx, s.j.Today().Plus(-calendarPast))
	if err != nil {
		return nil, err
	}
	w := &work{p: p, stages: stages, before: slices.Clone(stages), days: h.Newest(), oldEnd: p.PlannedEnd}
	w.follow(h)
	return w, nil
}

// follow carries the plan from the calendar by which it was laid to the newest one.
func (w *work) follow(h plan.History) (why []string) {
	if w.p.CalendarRev >= h.Revision {
		return nil
	}
	m := h.Since(w.p.CalendarRev)
	w.p.CalendarRev = h.Revision
	w.move(m.Day)
	return m.Why
}

// move carries the planned days of every open stage; a stage under way has begun when it has.
func (w *work) move(to func(clock.Day) clock.Day) {
	for i := range w.stages {
		st := &w.stages[i]
		if st.State == project.StageCompleted {
			continue
		}
		if st.State == project.StagePending {
			st.PlannedStart = to(st.PlannedStart)
		}
		st.PlannedEnd = to(st.PlannedEnd)
	}
	if w.p.State == project.Planned && len(w.stages) > 0 {
		w.p.PlannedStart = w.stages[0].PlannedStart
	}
}

// changed lists the stages whose planned days are no longer what they were.
func (w *work) changed() []project.Stage {
	var moved []project.Stage
	for i, st := range w.stages {
		if old := w.before[i]; st.PlannedStart != old.PlannedStart || st.PlannedEnd != old.PlannedEnd {
			moved = append(moved, st)
		}
	}
	return moved
}

// at finds a stage by its key.
func (w *work) at(key string) int { return project.StageAt(w.stages, key) }

// saveTx writes the plan as it became and ends the delays that it overtakes.
func (s *Service) saveTx(ctx context.Context, tx *db.Tx, who actor.Actor, w *work) error {
	if err := project.SavePlanTx(ctx, tx, &w.p, w.stages, w.changed()); err != nil {
		return err
	}
	return s.overtakeTx(ctx, tx, who, w)
}

// news is what is told of a plan that changed.
type news struct {
	kind   plan.ChangeKind
	entry  project.Entry
	stage  int // -1 for the whole project
	reason string
	action string
	detail map[string]any
}

// tellTx keeps the change in the plan's history and tells the home of it.
func (s *Service) tellTx(ctx context.Context, tx *db.Tx, who actor.Actor, w *work, n news) (id.ID, error) {
	c := plan.Change{ProjectID: w.p.ID, ID: id.New(), Kind: n.kind, OldEnd: w.oldEnd, NewEnd: w.p.PlannedEnd, Reason: n.reason}
	if n.stage >= 0 {
		c.StageKey, c.OldEnd, c.NewEnd = w.stages[n.stage].Key, w.before[n.stage].PlannedEnd, w.stages[n.stage].PlannedEnd
	}
	if err := plan.AddChangeTx(ctx, tx, who, &c); err != nil {
		return c.ID, err
	}
	if n.entry.RefID.IsZero() {
		n.entry.RefID = c.ID
	}
	if n.detail == nil {
		n.detail = map[string]any{}
	}
	n.detail["old_end"], n.detail["new_end"] = c.OldEnd, c.NewEnd
	return s.j.TellTx(ctx, tx, who, &w.p, rooms.News{Entry: n.entry, Action: n.action, Reason: n.reason, Detail: n.detail})
}

// lines says of every stage that moved from which end to which, and of the project.
func (w *work) lines() []string {
	var lines []string
	for i, st := range w.stages {
		if old := w.before[i]; st.PlannedEnd != old.PlannedEnd || st.PlannedStart != old.PlannedStart {
			lines = append(lines, fmt.Sprintf("%s:%s → %s", st.NameZH, old.PlannedEnd, st.PlannedEnd))
		}
	}
	if w.p.PlannedEnd != w.oldEnd {
		lines = append(lines, fmt.Sprintf("预计完工:%s → %s", w.oldEnd, w.p.PlannedEnd))
	}
	return lines
}

func join(lines ...string) string { return strings.Join(lines, "\n") }
