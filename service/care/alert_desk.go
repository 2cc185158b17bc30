package care

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"guike/internal/actor"
	"guike/internal/excerpt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/care"
	"guike/model/db"
	"guike/model/once"
	"guike/model/project"
)

// Alarm is what somebody asks for by hand: an alert about a project, or about the own store.
type Alarm struct {
	Kind      string
	ProjectID id.ID
	Level     int
	Reason    string
}

// Raised is what raising an alert by hand returns.
type Raised struct{ ID id.ID }

// Raise raises an alert by hand, at the level of its kind when none is named. Errors: input.invalid at
// body.reason when it says nothing, at body.kind for an unknown kind, at body.project_id for a project out
// of reach.
func (s *Service) Raise(ctx context.Context, who actor.Actor, in Alarm, key once.Key) (Raised, bool, error) {
	var made Raised
	var replayed bool
	if err := said("body.reason", in.Reason); err != nil {
		return made, false, err
	}
	err := s.db.Tx(ctx, func(tx *db.Tx) (err error) {
		made, replayed, err = once.Do(ctx, tx, who, key, func() (Raised, error) {
			r, err := s.byHandTx(ctx, tx, who, in)
			if err != nil {
				return Raised{}, err
			}
			a, err := s.RaiseTx(ctx, tx, who, r)
			if err != nil {
				return Raised{}, err
			}
			return Raised{a.ID}, audit.RecordTx(ctx, tx, who, audit.Entry{
				Action: "alert.raised", Kind: "alert", Subject: a.ID, Detail: map[string]any{"kind": a.Kind, "level": a.Level, "project_id": a.ProjectID},
			})
		})
		return err
	})
	return made, replayed, err
}

func (s *Service) byHandTx(ctx context.Context, tx *db.Tx, who actor.Actor, in Alarm) (care.Raise, error) {
	r := care.Raise{Kind: in.Kind, Cause: "by_hand:" + id.New().String(), Level: in.Level, Reason: in.Reason, StoreID: who.StoreID}
	if r.Kind == "" {
		r.Kind = care.AnyAlert
	}
	if _, err := care.PolicyOf(ctx, tx, r.Kind); db.Missing(err) {
		return r, fault.Broken("body.kind", "unknown", "没有这种告警类型。", "There is no such kind of alert.")
	} else if err != nil {
		return r, err
	}
	if in.ProjectID.IsZero() {
		return r, nil
	}
	p, err := project.Find(ctx, tx, who, in.ProjectID)
	if fault.Code(err) == "not_found" {
		return r, fault.Broken("body.project_id", "unknown", "找不到该项目。", "There is no such project.")
	}
	r.ProjectID, r.CustomerID, r.StoreID = p.ID, p.CustomerID, p.StoreID
	return r, err
}

// Alerts lists alerts in the actor's scope, newest first; closed ones only when they are asked for.
func (s *Service) Alerts(ctx context.Context, who actor.Actor, f care.AlertFilter, p db.Page) ([]care.Alert, db.Cursor, error) {
	return care.ListAlerts(ctx, s.db, who, f, p)
}

// OpenByLevel counts the alerts that are not closed by level, of every level, for the gauges.
func (s *Service) OpenByLevel(ctx context.Context) (map[string]float64, error) {
	counts, err := care.CountOpenAlerts(ctx, s.db)
	if err != nil {
		return nil, fmt.Errorf("count open alerts: %w", err)
	}
	all := map[string]float64{}
	for level := 1; level <= care.MaxLevel; level++ {
		all[strconv.Itoa(level)] = float64(counts[level])
	}
	return all, nil
}

// AlertDetail is an alert with its history.
type AlertDetail struct {
	care.Alert
	History []care.AlertEvent
}

// Alert finds an alert in the actor's scope with its history. Errors: not_found.
func (s *Service) Alert(ctx context.Context, who actor.Actor, alert id.ID) (AlertDetail, error) {
	a, err := care.FindAlert(ctx, s.db, who, alert)
	if err != nil {
		return AlertDetail{}, err
	}
	history, err := care.AlertHistory(ctx, s.db, alert)
	return AlertDetail{a, history}, err
}

// Acknowledge says that somebody has the alert in hand: the clock of silence stops, and the task is
// theirs unless it has an owner. A second one changes nothing and is answered with the first. Errors:
// not_found, alert.not_yours, alert.closed.
func (s *Service) Acknowledge(ctx context.Context, who actor.Actor, alert id.ID) (care.Alert, error) {
	return s.work(ctx, who, alert, func(tx *db.Tx, a *care.Alert, t *care.Task) error {
		if a.State == care.AlertClosed {
			return errAlertClosed()
		}
		if a.State == care.AlertAcknowledged {
			return nil
		}
		now := tx.Now
		a.State, a.AcknowledgedBy, a.AcknowledgedAt, a.ClockAt = care.AlertAcknowledged, who.ID, &now, nil
		if t.OwnerID.IsZero() {
			t.OwnerID, a.OwnerID = who.ID, who.ID
			if err := care.SaveTx(ctx, tx, t); err != nil {
				return fmt.Errorf("take the alert's task: %w", err)
			}
			taken := care.Event{TaskID: t.ID, What: "assigned", ActorID: who.ID, Level: t.Level, ToID: who.ID, ToRole: t.OwnerRole}
			if err := care.RecordTx(ctx, tx, taken); err != nil {
				return err
			}
		}
		if err := care.SaveAlertTx(ctx, tx, a); err != nil {
			return err
		}
		return recordTx(ctx, tx, who, *a, "acknowledged", "")
	})
}

// RaiseLevel makes an alert the business of a higher level, with a reason: the former task ends, the
// next one opens, and whoever is told now acknowledges anew. The same raise again by the same person is
// answered with the first. Errors: not_found, alert.closed, alert.level_reached when the alert stands
// there or higher already.
func (s *Service) RaiseLevel(ctx context.Context, who actor.Actor, alert id.ID, level int, reason string) (care.Alert, error) {
	var a care.Alert
	if err := said("body.reason", reason); err != nil {
		return a, err
	}
	err := s.db.Tx(ctx, func(tx *db.Tx) (err error) {
		if a, err = care.LockAlertTx(ctx, tx, who, alert); err != nil {
			return err
		}
		if a.State == care.AlertClosed {
			return errAlertClosed()
		}
		if a.Level == level {
			return s.sameRaiseTx(ctx, tx, who, a, reason)
		}
		if a.Level > level {
			return errLevelReached(a.Level)
		}
		if err := s.raiseLevelTx(ctx, tx, who, &a, level, reason); err != nil {
			return err
		}
		return audit.RecordTx(ctx, tx, who, audit.Entry{
			Action: "alert.level_raised", Kind: "alert", Subject: a.ID, Reason: reason, Detail: map[string]any{"level": level},
		})
	})
	return a, err
}

// sameRaiseTx tells a repeated request from somebody who came second.
func (s *Service) sameRaiseTx(ctx context.Context, tx *db.Tx, who actor.Actor, a care.Alert, reason string) error {
	history, err := care.AlertHistory(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	same := func(e care.AlertEvent) bool {
		return e.What == "level_raised" && e.Level == a.Level && e.ActorID == who.ID && e.Note == excerpt.Of(reason, maxReason)
	}
	if slices.ContainsFunc(history, same) {
		return nil
	}
	return errLevelReached(a.Level)
}

// CloseAlert ends an alert and its task with one of the task's outcomes. The same end again by the same
// person is no mistake. Errors: not_found, alert.not_yours, alert.closed, input.invalid for an outcome
// that is not the task's.
func (s *Service) CloseAlert(ctx context.Context, who actor.Actor, alert id.ID, outcome, note string) (care.Alert, error) {
	return s.work(ctx, who, alert, func(tx *db.Tx, a *care.Alert, t *care.Task) error {
		if a.State == care.AlertClosed {
			if a.ClosedBy == who.ID && a.Outcome == outcome && a.Note == note {
				return nil
			}
			return errAlertClosed()
		}
		return completeTx(ctx, tx, who, a, t, ending{care.Done, outcome, note})
	})
}

// completeTx ends a task and, when it carries one, its alert.
func completeTx(ctx context.Context, tx *db.Tx, who actor.Actor, a *care.Alert, t *care.Task, e ending) error {
	if !t.MayEndWith(e.outcome) {
		list := text(t.OutcomeList())
		return fault.Broken("body.outcome", "not_allowed", "结果只能是:"+list, "The outcome must be one of: "+list)
	}
	if err := endTaskTx(ctx, tx, who, t, e); err != nil {
		return err
	}
	done := audit.Entry{Action: "task.done", Kind: "task", Subject: t.ID, Detail: map[string]any{"outcome": e.outcome}}
	if a != nil {
		if err := closeAlertTx(ctx, tx, who, a, e); err != nil {
			return err
		}
		done.Action, done.Kind, done.Subject = "alert.closed", "alert", a.ID
	}
	return audit.RecordTx(ctx, tx, who, done)
}

// work lets those whose business it is change an alert, with its task locked too.
func (s *Service) work(ctx context.Context, who actor.Actor, alert id.ID, change func(*db.Tx, *care.Alert, *care.Task) error) (care.Alert, error) {
	var a care.Alert
	err := s.db.Tx(ctx, func(tx *db.Tx) (err error) {
		if a, err = care.LockAlertTx(ctx, tx, who, alert); err != nil {
			return err
		}
		t, err := care.LockTx(ctx, tx, actor.Machine(), a.TaskID)
		if err != nil {
			return fmt.Errorf("task of alert %s: %w", a.ID, err)
		}
		if err := mayWork(who, a, t); err != nil {
			return err
		}
		return change(tx, &a, &t)
	})
	return a, err
}

// mayWork keeps an alert from those below its level: seeing it is not answering for it. It is the
// business of its owner, of the owner's role, of the roles on its ladder and of the head office; at
// level 1 of the store's management too.
func mayWork(who actor.Actor, a care.Alert, t care.Task) error {
	ladder, err := t.Ladder()
	if err != nil {
		return err
	}
	onLadder := slices.ContainsFunc(ladder, func(s care.Step) bool { return s.Role == who.Role })
	switch {
	case who.Scope == actor.All, a.OwnerID == who.ID, a.OwnerRole == who.Role, onLadder:
		return nil
	case a.Level == 1 && who.Scope >= actor.Store:
		return nil
	}
	return fault.New(fault.Forbidden, "alert.not_yours", "该告警由更高级别的负责人处理。", "The alert is the business of a higher level.")
}

// alertOfTx locks the alert that a task carries out, before the task; nil for a task of none, and for
// the task of a level that the alert has left.
func alertOfTx(ctx context.Context, tx *db.Tx, t care.Task) (*care.Alert, error) {
	if !strings.HasPrefix(t.Cause, alertCause) {
		return nil, nil
	}
	a, err := care.LockAlertOfTaskTx(ctx, tx, t.ID)
	if db.Missing(err) {
		return nil, nil
	}
	return &a, err
}

// recordTx writes down what somebody did to an alert, in its history and in the audit log.
func recordTx(ctx context.Context, tx *db.Tx, who actor.Actor, a care.Alert, what, note string) error {
	e := care.AlertEvent{AlertID: a.ID, What: what, ActorID: staffOf(who), Level: a.Level, TaskID: a.TaskID, ToID: a.OwnerID, ToRole: a.OwnerRole, Note: note}
	if err := care.RecordAlertTx(ctx, tx, e); err != nil {
		return err
	}
	return audit.RecordTx(ctx, tx, who, audit.Entry{Action: "alert." + what, Kind: "alert", Subject: a.ID, Detail: map[string]any{"level": a.Level}})
}

func errAlertClosed() *fault.Fault {
	return fault.New(fault.Conflict, "alert.closed", "该告警已关闭。", "The alert has been closed.")
}

// said refuses a text of blanks where people have to say something.
func said(location, text string) error {
	if strings.TrimSpace(text) == "" {
		return fault.Broken(location, "required", "此项不能为空。", "This may not be empty.")
	}
	return nil
}

func errLevelReached(level int) *fault.Fault {
	return fault.New(fault.Conflict, "alert.level_reached", fmt.Sprintf("该告警已在第 %d 级。", level), fmt.Sprintf("The alert stands at level %d already.", level))
}
