// Package care opens tasks, escalates them by themselves, and writes down what came of them. Its
// README says the rules in sentences.
package care

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/excerpt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
	"guike/model/outbox"
)

// Service holds the use cases of tasks and alerts.
type Service struct{ db *db.DB }

// New returns the use cases over a store. Who is told of a task is service/notify's business: it takes
// the events that are owed here.
func New(d *db.DB) *Service { return &Service{d} }

// Order asks for a task.
type Order = care.Order

// OpenTx opens a task in the transaction of its cause and owes the notice to its owner. A cause that
// has opened a task before gets that one back.
func (s *Service) OpenTx(ctx context.Context, tx *db.Tx, who actor.Actor, o Order) (care.Task, error) {
	if t, err := care.ByCause(ctx, tx, o.Cause); !db.Missing(err) {
		return t, err
	}
	p, err := care.PolicyOf(ctx, tx, o.Kind)
	if err != nil {
		return care.Task{}, fmt.Errorf("policy of task kind %q: %w", o.Kind, err)
	}
	t := born(tx, o, p)
	if t.EscalateAt, err = nextStep(t); err != nil {
		return care.Task{}, err
	}
	err = addTaskTx(ctx, tx, who, &t)
	if db.Duplicate(err) { // a rival opened it in this moment
		return care.ByCause(ctx, tx, o.Cause)
	}
	return t, err
}

// addTaskTx adds a task and owes the notice of it. A second one of its cause is db.Duplicate.
func addTaskTx(ctx context.Context, tx *db.Tx, who actor.Actor, t *care.Task) error {
	t.CreatedBy = staffOf(who)
	if err := care.AddTx(ctx, tx, t); err != nil {
		return fmt.Errorf("open task: %w", err)
	}
	return outbox.AddTx(ctx, tx, care.TopicTaskOpened, care.TaskOpened{TaskID: t.ID, At: tx.Now})
}

func born(tx *db.Tx, o Order, p care.Policy) care.Task {
	t := care.Task{
		ID: id.New(), Kind: o.Kind, Cause: o.Cause, Title: crypt.MaskPhones(o.Title), Reason: crypt.MaskPhones(o.Reason), Script: p.Script, Outcomes: p.Outcomes,
		CustomerID: o.CustomerID, ProjectID: o.ProjectID, StoreID: o.StoreID, OwnerID: o.OwnerID, OwnerRole: o.OwnerRole,
		State: care.Open, DueAt: o.DueAt, Steps: p.Steps, CreatedAt: tx.Now, Version: 1,
	}
	if t.Title == "" {
		t.Title = p.Title
	}
	if t.OwnerRole == "" {
		t.OwnerRole = p.OwnerRole
	}
	if t.DueAt.IsZero() {
		t.DueAt = tx.Now.Add(time.Duration(p.DueMinutes) * time.Minute)
	}
	return t
}

// nextStep is when the task climbs the next step of its ladder; nil at the top.
func nextStep(t care.Task) (*int64, error) {
	ladder, err := t.Ladder()
	if err != nil || int(t.Level) >= len(ladder) {
		return nil, err
	}
	at := t.DueAt.Add(time.Duration(ladder[t.Level].AfterMinutes) * time.Minute).UnixMilli()
	return &at, nil
}

// Ordered is what opening a task by hand returns.
type Ordered struct{ ID id.ID }

// Open opens a task by hand, of the policy "manual" unless another is named. Errors: input.invalid for
// an unknown kind, an owner or customer whom the actor cannot see, or a due time that has passed.
func (s *Service) Open(ctx context.Context, who actor.Actor, o Order, key once.Key) (Ordered, bool, error) {
	var made Ordered
	var replayed bool
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		var err error
		made, replayed, err = once.Do(ctx, tx, who, key, func() (Ordered, error) {
			if err := s.checkOrder(ctx, tx, who, &o); err != nil {
				return Ordered{}, err
			}
			o.Cause = "manual:" + id.New().String()
			t, err := s.OpenTx(ctx, tx, who, o)
			return Ordered{t.ID}, err
		})
		return err
	})
	return made, replayed, err
}

func (s *Service) checkOrder(ctx context.Context, tx *db.Tx, who actor.Actor, o *Order) error {
	if o.Kind == "" {
		o.Kind = KindManual
	}
	if _, err := care.PolicyOf(ctx, tx, o.Kind); db.Missing(err) {
		return fault.Broken("body.kind", "unknown", "没有这种待办类型。", "There is no such kind of task.")
	}
	if err := keepable("body.due_at", o.DueAt); err != nil {
		return err
	}
	o.DueAt = clock.Cut(o.DueAt)
	if !o.DueAt.IsZero() && o.DueAt.Before(tx.Now) {
		return fault.Broken("body.due_at", "in_the_past", "到期时间不能早于现在。", "The due time has passed.")
	}
	if o.OwnerID.IsZero() {
		o.OwnerID = who.ID
	}
	owner, err := s.ownerTx(ctx, tx, who, o.OwnerID)
	if err != nil {
		return err
	}
	o.OwnerRole, o.StoreID = owner.Role, owner.StoreID
	if !o.CustomerID.IsZero() {
		seen, err := identity.InScope(ctx, tx, who, o.CustomerID)
		if err != nil {
			return err
		}
		if !seen {
			return fault.Broken("body.customer_id", "unknown", "找不到该客户。", "There is no such customer.")
		}
	}
	return nil
}

// keepable refuses instants, but for none, that some stores cannot compare.
func keepable(location string, at time.Time) error {
	if at.IsZero() || clock.Keepable(at) {
		return nil
	}
	return fault.Broken(location, "out_of_range", "时间须在 1900 年到 2200 年之间。", "The year lies between 1900 and 2200.")
}

// ownerTx finds a colleague who can own a task: active, and the actor or within the actor's scope.
func (s *Service) ownerTx(ctx context.Context, tx *db.Tx, who actor.Actor, owner id.ID) (identity.Staff, error) {
	unknown := fault.Broken("body.owner_id", "unknown", "找不到该员工,或其已停用。", "There is no such active colleague.")
	colleague, err := identity.StaffByID(ctx, tx, owner)
	if db.Missing(err) || (err == nil && !colleague.Active()) {
		return colleague, unknown
	}
	if err != nil || owner == who.ID || who.Scope == actor.All {
		return colleague, err
	}
	if colleague.StoreID == who.StoreID && !who.StoreID.IsZero() {
		return colleague, nil
	}
	_, err = identity.FindStaff(ctx, tx, who, owner)
	if fault.Code(err) == "not_found" {
		return colleague, unknown
	}
	return colleague, err
}

// List lists tasks in the actor's scope, what is due first first. Errors: input.invalid at
// query.due_before.
func (s *Service) List(ctx context.Context, who actor.Actor, f care.Filter, p db.Page) ([]care.Task, db.Cursor, error) {
	if err := keepable("query.due_before", f.DueBefore); err != nil {
		return nil, db.Cursor{}, err
	}
	return care.List(ctx, s.db, who, f, p)
}

// Detail is a task with its history.
type Detail struct {
	care.Task
	History []care.Event
}

// Get finds a task in the actor's scope with its history.
func (s *Service) Get(ctx context.Context, who actor.Actor, task id.ID) (Detail, error) {
	t, err := care.Find(ctx, s.db, who, task)
	if err != nil {
		return Detail{}, err
	}
	history, err := care.History(ctx, s.db, task)
	return Detail{t, history}, err
}

// Complete ends a task with one of its outcomes, and the alert that it carries. Errors: not_found;
// task.ended when it has ended before, unless this is the same end by the same person, which is
// answered as if it were the first; input.invalid for an outcome that is not the task's;
// alert.not_yours for the task of an alert of a higher level.
func (s *Service) Complete(ctx context.Context, who actor.Actor, task id.ID, outcome, note string) (care.Task, error) {
	return s.change(ctx, who, task, func(tx *db.Tx, a *care.Alert, t *care.Task) error {
		if t.State == care.Done && t.EndedBy == who.ID && t.Outcome == outcome && t.Note == note {
			return nil
		}
		if t.State != care.Open {
			return errEnded()
		}
		return completeTx(ctx, tx, who, a, t, ending{care.Done, outcome, note})
	})
}

// change lets somebody change a task in their scope, with the alert that it carries, if any.
func (s *Service) change(ctx context.Context, who actor.Actor, task id.ID, fn func(*db.Tx, *care.Alert, *care.Task) error) (care.Task, error) {
	var t care.Task
	err := s.db.Tx(ctx, func(tx *db.Tx) (err error) {
		if t, err = care.Find(ctx, tx, who, task); err != nil {
			return err
		}
		a, err := alertOfTx(ctx, tx, t)
		if err != nil {
			return err
		}
		if t, err = care.LockTx(ctx, tx, who, task); err != nil {
			return err
		}
		if a != nil {
			if err := mayWork(who, *a, t); err != nil {
				return err
			}
		}
		return fn(tx, a, &t)
	})
	return t, err
}

// ending is how a task ends.
type ending struct {
	state         care.State
	outcome, note string
}

// endTaskTx ends a task that the transaction has locked; one that has ended stays as it is.
func endTaskTx(ctx context.Context, tx *db.Tx, who actor.Actor, t *care.Task, e ending) error {
	if t.State != care.Open {
		return nil
	}
	now := tx.Now
	t.State, t.Outcome, t.Note, t.EndedBy, t.EndedAt, t.EscalateAt = e.state, e.outcome, excerpt.Of(e.note, maxNote), staffOf(who), &now, nil
	if err := care.SaveTx(ctx, tx, t); err != nil {
		return fmt.Errorf("end task: %w", err)
	}
	return care.RecordTx(ctx, tx, care.Event{TaskID: t.ID, What: string(e.state), ActorID: staffOf(who), Level: t.Level, Note: t.Note})
}

// Assign gives an open task to a colleague. The clock keeps running. Errors: not_found, task.ended,
// input.invalid at body.owner_id, alert.not_yours for the task of an alert of a higher level.
func (s *Service) Assign(ctx context.Context, who actor.Actor, task, owner id.ID, note string) (care.Task, error) {
	return s.change(ctx, who, task, func(tx *db.Tx, a *care.Alert, t *care.Task) error {
		if t.State != care.Open {
			return errEnded()
		}
		colleague, err := s.ownerTx(ctx, tx, who, owner)
		if err != nil || t.OwnerID == owner {
			return err
		}
		t.OwnerID, t.OwnerRole = owner, colleague.Role
		if err := care.SaveTx(ctx, tx, t); err != nil {
			return fmt.Errorf("assign task: %w", err)
		}
		if err := care.RecordTx(ctx, tx, care.Event{TaskID: t.ID, What: "assigned", ActorID: who.ID, Level: t.Level, ToID: owner, ToRole: t.OwnerRole, Note: note}); err != nil {
			return err
		}
		if a != nil {
			a.OwnerID, a.OwnerRole = t.OwnerID, t.OwnerRole
			if err := care.SaveAlertTx(ctx, tx, a); err != nil {
				return err
			}
			if err := recordTx(ctx, tx, who, *a, "assigned", note); err != nil {
				return err
			}
		}
		return outbox.AddTx(ctx, tx, care.TopicTaskOpened, care.TaskOpened{TaskID: t.ID, At: tx.Now})
	})
}

func errEnded() *fault.Fault {
	return fault.New(fault.Conflict, "task.ended", "该待办已结束。", "The task has ended.")
}

// Now is the house's time, for what is overdue.
func (s *Service) Now() time.Time { return s.db.Now() }
