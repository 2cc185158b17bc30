package care

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/excerpt"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/identity"
)

const (
	// outcomeCleared ends the task of an alert whose cause is over by itself.
	outcomeCleared = "cleared"
	// outcomeRaised ends the task of a level that the alert has left.
	outcomeRaised = "raised"

	// alertCause begins the cause of every task of an alert; the alert's id and level follow.
	alertCause = "alert:"

	maxTitle, maxReason, maxNote, maxScript, maxCause = 100, 500, 1000, 2000, 96
)

// RaiseTx opens an alert with its task in the transaction of its cause (K1–K3). One of the same cause
// that is not closed comes back instead, raised to the higher of both levels; a level never falls.
func (s *Service) RaiseTx(ctx context.Context, tx *db.Tx, who actor.Actor, r care.Raise) (care.Alert, error) {
	if r.Cause == "" || len(r.Cause) > maxCause {
		return care.Alert{}, fmt.Errorf("raise %s: a cause of %d bytes", r.Kind, len(r.Cause))
	}
	a, err := care.LockAlertOfCauseTx(ctx, tx, r.Cause)
	if db.Missing(err) {
		a, err = s.openAlertTx(ctx, tx, who, r)
		if db.Duplicate(err) { // a rival raised it in this moment
			a, err = care.LockAlertOfCauseTx(ctx, tx, r.Cause)
		}
	}
	if err != nil {
		return a, fmt.Errorf("raise alert of %s: %w", r.Kind, err)
	}
	if r.Level > a.Level {
		err = s.raiseLevelTx(ctx, tx, who, &a, r.Level, r.Reason)
	}
	return a, err
}

// ClearTx closes the open alert of a cause and its task, or the task that the cause opened without an
// alert, since what it warned of is over; none is no mistake.
func (s *Service) ClearTx(ctx context.Context, tx *db.Tx, who actor.Actor, cause, note string) error {
	a, err := care.LockAlertOfCauseTx(ctx, tx, cause)
	if db.Missing(err) {
		return settleTx(ctx, tx, who, cause, note)
	}
	if err != nil {
		return fmt.Errorf("clear alert: %w", err)
	}
	t, err := care.LockTx(ctx, tx, actor.Machine(), a.TaskID)
	if err != nil {
		return fmt.Errorf("task of alert %s: %w", a.ID, err)
	}
	end := ending{care.Done, outcomeCleared, note}
	if err := endTaskTx(ctx, tx, who, &t, end); err != nil {
		return err
	}
	return closeAlertTx(ctx, tx, who, &a, end)
}

// openAlertTx adds the alert, which is db.Duplicate when a rival was faster, and its task.
func (s *Service) openAlertTx(ctx context.Context, tx *db.Tx, who actor.Actor, r care.Raise) (care.Alert, error) {
	rule, err := ruleOf(ctx, tx, r.Kind, r.Level)
	if err != nil {
		return care.Alert{}, err
	}
	if err := ownerOfTx(ctx, tx, &r); err != nil {
		return care.Alert{}, err
	}
	a := care.Alert{
		ID: id.New(), Kind: r.Kind, Cause: r.Cause, OpenCause: &r.Cause, Title: excerpt.Of(crypt.MaskPhones(r.Title), maxTitle), Reason: excerpt.Of(crypt.MaskPhones(r.Reason), maxReason),
		CustomerID: r.CustomerID, ProjectID: r.ProjectID, StoreID: r.StoreID, CreatedBy: staffOf(who), CreatedAt: tx.Now, Version: 1,
	}
	if a.Title == "" {
		a.Title = rule.task.Title
	}
	t, err := taskOf(tx, &a, rule, Order{OwnerID: r.OwnerID, OwnerRole: r.OwnerRole, Reason: a.Reason})
	if err != nil {
		return a, err
	}
	if err := care.AddAlertTx(ctx, tx, &a); err != nil {
		return a, err
	}
	if err := addTaskTx(ctx, tx, who, &t); err != nil {
		return a, err
	}
	return a, care.RecordAlertTx(ctx, tx, toldOf(who, a, "raised", a.Reason))
}

// raiseLevelTx makes the alert the business of a higher level: its task ends, another one opens, and
// the clocks begin anew.
func (s *Service) raiseLevelTx(ctx context.Context, tx *db.Tx, who actor.Actor, a *care.Alert, level int, reason string) error {
	rule, err := ruleOf(ctx, tx, a.Kind, level)
	if err != nil {
		return err
	}
	former, err := care.LockTx(ctx, tx, actor.Machine(), a.TaskID)
	if err != nil {
		return fmt.Errorf("task of alert %s: %w", a.ID, err)
	}
	if err := endTaskTx(ctx, tx, who, &former, ending{care.Cancelled, outcomeRaised, reason}); err != nil {
		return err
	}
	because := a.Reason
	if reason != "" && reason != a.Reason {
		because = "升级原因:" + reason + "\n" + a.Reason
	}
	t, err := taskOf(tx, a, rule, Order{Reason: excerpt.Of(because, maxReason)})
	if err != nil {
		return err
	}
	if err := addTaskTx(ctx, tx, who, &t); err != nil {
		return err
	}
	if err := care.SaveAlertTx(ctx, tx, a); err != nil {
		return err
	}
	return care.RecordAlertTx(ctx, tx, toldOf(who, *a, "level_raised", reason))
}

// rule is how an alert of a kind is worked at a level.
type rule struct {
	level       int
	acknowledge int64 // minutes
	task        care.Policy
}

// ruleOf finds the rule of a kind at a level, or at the lowest level for which the kind has a policy of
// its own when none is asked for; kinds without any begin at level 1, worked as their task policy says.
func ruleOf(ctx context.Context, r db.Reader, kind string, level int) (rule, error) {
	task, err := care.PolicyOf(ctx, r, kind)
	if err != nil {
		return rule{}, fmt.Errorf("policy of task kind %q: %w", kind, err)
	}
	general, own, err := care.AlertPolicies(ctx, r, kind)
	if err != nil {
		return rule{}, err
	}
	if level == 0 {
		level = startOf(own)
	}
	p, ok := own[level]
	if !ok {
		if p, ok = general[level]; !ok {
			return rule{}, fmt.Errorf("alerts of kind %q know no level %d", kind, level)
		}
		if level == 1 { // the department's own work: as its tasks are worked
			return rule{level, p.AcknowledgeMinutes, task}, nil
		}
	}
	task.OwnerRole, task.DueMinutes, task.Steps = p.OwnerRole, p.ResolveMinutes, p.Steps
	task.Script = excerpt.Of(strings.TrimSpace(p.Script+"\n"+task.Script), maxScript)
	return rule{level, p.AcknowledgeMinutes, task}, nil
}

func startOf(own map[int]care.AlertPolicy) int {
	for level := 1; level <= care.MaxLevel; level++ {
		if _, ok := own[level]; ok {
			return level
		}
	}
	return 1
}

// taskOf makes the task of an alert at the rule's level, and sets the alert's own clocks and owner by
// it. Its ladder leaves out the owner's role, so that every step reaches somebody else.
func taskOf(tx *db.Tx, a *care.Alert, r rule, o Order) (care.Task, error) {
	a.Level, a.State = r.level, care.AlertOpen
	o.Kind, o.Cause, o.Title = a.Kind, alertCause+a.ID.String()+":"+strconv.Itoa(a.Level), a.Title
	o.CustomerID, o.ProjectID, o.StoreID = a.CustomerID, a.ProjectID, a.StoreID
	t := born(tx, o, r.task)
	ladder, err := t.Ladder()
	if err != nil {
		return t, err
	}
	t.Steps = text(slices.DeleteFunc(ladder, func(s care.Step) bool { return s.Role == t.OwnerRole }))
	if t.EscalateAt, err = nextStep(t); err != nil {
		return t, err
	}
	a.TaskID, a.OwnerID, a.OwnerRole, a.DueAt = t.ID, t.OwnerID, t.OwnerRole, t.DueAt
	a.AcknowledgeMinutes, a.AcknowledgedBy, a.AcknowledgedAt = r.acknowledge, id.ID{}, nil
	a.AcknowledgeDueAt = tx.Now.Add(time.Duration(r.acknowledge) * time.Minute)
	at := a.AcknowledgeDueAt.UnixMilli()
	a.ClockAt = &at
	return t, nil
}

// AlertOf names the alert that a task carries, or carried before the alert rose; none for other tasks.
func AlertOf(t care.Task) id.ID {
	rest, found := strings.CutPrefix(t.Cause, alertCause)
	if !found {
		return id.ID{}
	}
	text, _, _ := strings.Cut(rest, ":")
	alert, _ := id.Parse(text) // a cause of ours that names no alert has none
	return alert
}

// ownerOfTx completes the role of an owner who is named without one.
func ownerOfTx(ctx context.Context, tx *db.Tx, r *care.Raise) error {
	if r.OwnerID.IsZero() || r.OwnerRole != "" {
		return nil
	}
	owner, err := identity.StaffByID(ctx, tx, r.OwnerID)
	if err != nil {
		return fmt.Errorf("owner of alert: %w", err)
	}
	r.OwnerRole = owner.Role
	return nil
}

// closeAlertTx ends an alert whose task has ended.
func closeAlertTx(ctx context.Context, tx *db.Tx, who actor.Actor, a *care.Alert, e ending) error {
	now := tx.Now
	a.State, a.OpenCause, a.ClockAt = care.AlertClosed, nil, nil
	a.ClosedBy, a.ClosedAt, a.Outcome, a.Note = staffOf(who), &now, e.outcome, excerpt.Of(e.note, maxNote)
	if err := care.SaveAlertTx(ctx, tx, a); err != nil {
		return err
	}
	return care.RecordAlertTx(ctx, tx, care.AlertEvent{AlertID: a.ID, What: "closed", ActorID: staffOf(who), Level: a.Level, TaskID: a.TaskID, Note: a.Note})
}

// toldOf is the line of the history by which an alert reaches its owner.
func toldOf(who actor.Actor, a care.Alert, what, note string) care.AlertEvent {
	return care.AlertEvent{AlertID: a.ID, What: what, ActorID: staffOf(who), Level: a.Level, TaskID: a.TaskID, ToID: a.OwnerID, ToRole: a.OwnerRole, Note: excerpt.Of(note, maxReason)}
}

// staffOf is who acts when it is one of the staff; the house itself and customers have no name here.
func staffOf(who actor.Actor) id.ID {
	if who.Kind == actor.Staff {
		return who.ID
	}
	return id.ID{}
}

func text(v any) string {
	b, _ := json.Marshal(v) // lists of plain values always have a JSON form
	return string(b)
}
