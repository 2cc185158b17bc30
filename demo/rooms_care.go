package demo

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"guike/internal/clock"
	"guike/model/care"
	"guike/model/identity"
)

// policy is how tasks and alerts of a kind are worked.
type policy struct {
	care.Policy
	ladder []care.Step
	alerts map[int]care.AlertPolicy // by level: the kind's own, else what holds for every kind
	own    map[int]bool             // levels of which the kind has a policy of its own
}

// debt is a task that something in a project has opened.
type debt struct {
	kind, cause, title, reason string
	owner                      identity.Staff // nobody leaves it to the policy's role
	due                        time.Time      // zero leaves it to the policy
}

// owe opens a task, and lets it climb the steps that have come due since.
func (l *life) owe(at time.Time, d debt) *care.Task {
	p := l.c.policies[d.kind]
	t := &care.Task{
		ID: l.r.id(at), Kind: d.kind, Cause: d.cause, Title: shortened(d.title, 100), Reason: shortened(d.reason, 500), Script: p.Script, Outcomes: p.Outcomes,
		CustomerID: l.owner, ProjectID: l.p.ID, StoreID: l.p.StoreID, OwnerID: d.owner.ID, OwnerRole: d.owner.Role, State: care.Open,
		DueAt: d.due, Steps: p.Steps, CreatedAt: at, Version: 1,
	}
	if t.Title == "" {
		t.Title = p.Title
	}
	if t.OwnerRole == "" {
		t.OwnerRole = p.OwnerRole
	}
	if t.DueAt.IsZero() {
		t.DueAt = clock.Cut(at.Add(time.Duration(p.DueMinutes) * time.Minute))
	}
	l.put(t, &care.Event{TaskID: t.ID, ID: l.r.id(at), At: at, What: "created", ToID: t.OwnerID, ToRole: t.OwnerRole})
	l.climb(t, p.ladder)
	return t
}

// climb takes the steps of a task's ladder that have come due.
func (l *life) climb(t *care.Task, ladder []care.Step) {
	for _, e := range climbed(l.c.base, t, ladder) {
		e.ID = l.r.id(e.At)
		l.put(&e)
	}
}

// climbed moves an open task up the steps of its ladder that have come due until an instant.
func climbed(base time.Time, t *care.Task, ladder []care.Step) []care.Event {
	var events []care.Event
	for _, step := range ladder {
		at := clock.Cut(t.DueAt.Add(time.Duration(step.AfterMinutes) * time.Minute))
		if at.After(base) {
			next := at.UnixMilli()
			t.EscalateAt = &next
			break
		}
		t.Level++
		t.Version++
		events = append(events, care.Event{TaskID: t.ID, At: at, What: "escalated", Level: t.Level, ToRole: step.Role})
	}
	return events
}

// alarm is an alert about a project.
type alarm struct {
	kind, cause, title, reason string
	level                      int
	seenBy                     identity.Staff // acknowledges it some time later, unless it is for the visitor
	overAt                     time.Time      // when what it warned of was over; zero while it stands
	over                       string
}

// alarm raises an alert with its task, as the engine of alarms does (K1–K3).
func (l *life) alarm(at time.Time, r alarm) {
	p := l.c.policies[r.kind]
	rule, task := p.alerts[r.level], p.Policy
	if r.level > 1 || p.own[r.level] {
		task.OwnerRole, task.DueMinutes, task.Steps = rule.OwnerRole, rule.ResolveMinutes, rule.Steps
		task.Script = strings.TrimSpace(rule.Script + "\n" + task.Script)
	}
	ladder := slices.DeleteFunc(stepsOfText(task.Steps), func(s care.Step) bool { return s.Role == task.OwnerRole })
	a := &care.Alert{
		ID: l.r.id(at), Kind: r.kind, Cause: r.cause, OpenCause: &r.cause, Level: r.level, State: care.AlertOpen, Title: shortened(r.title, 100),
		Reason: shortened(r.reason, 500), CustomerID: l.owner, ProjectID: l.p.ID, StoreID: l.p.StoreID, OwnerRole: task.OwnerRole,
		AcknowledgeMinutes: rule.AcknowledgeMinutes, AcknowledgeDueAt: clock.Cut(at.Add(time.Duration(rule.AcknowledgeMinutes) * time.Minute)),
		DueAt: clock.Cut(at.Add(time.Duration(task.DueMinutes) * time.Minute)), CreatedAt: at, Version: 1,
	}
	clockAt := a.AcknowledgeDueAt.UnixMilli()
	a.ClockAt = &clockAt
	t := &care.Task{
		ID: l.r.id(at), Kind: r.kind, Cause: fmt.Sprintf("alert:%s:%d", a.ID, a.Level), Title: a.Title, Reason: a.Reason, Script: task.Script,
		Outcomes: task.Outcomes, CustomerID: l.owner, ProjectID: l.p.ID, StoreID: l.p.StoreID, OwnerRole: task.OwnerRole, State: care.Open,
		DueAt: a.DueAt, Steps: stepsText(ladder), CreatedAt: at, Version: 1,
	}
	a.TaskID = t.ID
	l.put(a, t)
	l.put(&care.AlertEvent{AlertID: a.ID, ID: l.r.id(at), At: at, What: "raised", Level: a.Level, TaskID: t.ID, ToRole: a.OwnerRole, Note: a.Reason})
	l.put(&care.Event{TaskID: t.ID, ID: l.r.id(at), At: at, What: "created", ToRole: t.OwnerRole})
	if !r.seenBy.ID.IsZero() {
		l.acknowledge(a, r)
	}
	if r.overAt.IsZero() {
		l.climb(t, ladder)
		return
	}
	l.overcome(a, t, r)
}

// acknowledge is the first sign of life of somebody who was told, in time.
func (l *life) acknowledge(a *care.Alert, r alarm) {
	at := clock.Cut(a.CreatedAt.Add(time.Duration(l.r.between(20, int(a.AcknowledgeMinutes)-10)) * time.Minute))
	if at.After(l.c.base) {
		return
	}
	a.State, a.AcknowledgedBy, a.AcknowledgedAt, a.ClockAt = care.AlertAcknowledged, r.seenBy.ID, &at, nil
	a.Version++
	l.put(&care.AlertEvent{AlertID: a.ID, ID: l.r.id(at), At: at, What: "acknowledged", ActorID: r.seenBy.ID, Level: a.Level, TaskID: a.TaskID})
}

// overcome closes an alert and its task, since what it warned of is over.
func (l *life) overcome(a *care.Alert, t *care.Task, r alarm) {
	at := r.overAt
	a.State, a.OpenCause, a.ClockAt, a.ClosedBy, a.ClosedAt, a.Outcome, a.Note = care.AlertClosed, nil, nil, r.seenBy.ID, &at, "cleared", r.over
	t.State, t.Outcome, t.Note, t.EndedBy, t.EndedAt = care.Done, "cleared", r.over, r.seenBy.ID, &at
	a.Version++
	t.Version++
	l.put(&care.AlertEvent{AlertID: a.ID, ID: l.r.id(at), At: at, What: "closed", ActorID: r.seenBy.ID, Level: a.Level, TaskID: t.ID, Note: r.over})
	l.put(&care.Event{TaskID: t.ID, ID: l.r.id(at), At: at, What: "done", ActorID: r.seenBy.ID, Note: r.over})
}

// stepsOfText reads a ladder; one that cannot be read has no steps.
func stepsOfText(text string) []care.Step {
	steps, err := care.Task{Steps: text}.Ladder()
	if err != nil {
		return nil
	}
	return steps
}

func stepsText(steps []care.Step) string {
	text, _ := json.Marshal(steps) // lists of plain values always have a JSON form
	return string(text)
}
