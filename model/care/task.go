// Package care keeps tasks: work that somebody owes by an instant, why, and what came of it. It is the
// one engine under alarms, call-backs and follow-ups.
package care

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
)

// State is where a task stands.
type State string

// The states of a task.
const (
	Open      State = "open"
	Done      State = "done"
	Cancelled State = "cancelled"
)

// Step is one escalation: so long after the due time, the task is also the business of a role.
type Step struct {
	AfterMinutes int64      `json:"after_minutes"`
	Role         actor.Role `json:"role"`
}

// Task is work that somebody owes.
type Task struct {
	ID         id.ID  `gorm:"primaryKey"`
	Kind       string // of its policy
	Cause      string // unique: the same cause opens one task
	Title      string
	Reason     string // why it is there, for the person who does it
	Script     string // what to say or do
	Outcomes   string // JSON list of the outcomes that it may end with
	CustomerID id.ID
	ProjectID  id.ID
	StoreID    id.ID
	OwnerID    id.ID      // none while nobody has taken it
	OwnerRole  actor.Role // whose business it is
	State      State
	DueAt      time.Time
	Steps      string // JSON list of Step; the ladder that the task was born with
	Level      int64  // steps taken so far
	EscalateAt *int64 // Unix milliseconds of the next step; nil when there is none
	Outcome    string
	Note       string
	EndedBy    id.ID
	EndedAt    *time.Time
	CreatedBy  id.ID // none when the house itself asked for it
	CreatedAt  time.Time
	Version    int64
}

// TableName is the tasks' table.
func (Task) TableName() string { return "tasks" }

// Event is one thing that happened to a task.
type Event struct {
	TaskID  id.ID `gorm:"primaryKey"`
	ID      id.ID `gorm:"primaryKey"`
	At      time.Time
	What    string // created, assigned, renewed, escalated, done, cancelled
	ActorID id.ID
	Level   int64
	ToID    id.ID
	ToRole  actor.Role
	Note    string
}

// TableName is the events' table.
func (Event) TableName() string { return "task_events" }

// Tables lists the structs of this package for the schema check.
func Tables() []any { return []any{Task{}, Event{}, Policy{}, Alert{}, AlertEvent{}, AlertPolicy{}} }

// Ladder reads the task's escalation steps.
func (t Task) Ladder() ([]Step, error) {
	var steps []Step
	if err := json.Unmarshal([]byte(t.Steps), &steps); err != nil {
		return nil, fmt.Errorf("steps of task %s: %w", t.ID, err)
	}
	return steps, nil
}

// MayEndWith tells whether the outcome is one of the task's.
func (t Task) MayEndWith(outcome string) bool {
	return slices.Contains(t.OutcomeList(), outcome)
}

// OutcomeList reads the outcomes that the task may end with.
func (t Task) OutcomeList() []string {
	var all []string
	if json.Unmarshal([]byte(t.Outcomes), &all) != nil {
		return nil
	}
	return all
}

// AddTx adds a task and its first event. A second task of the same cause is db.Duplicate.
func AddTx(ctx context.Context, tx *db.Tx, t *Task) error {
	if err := db.Insert(ctx, tx, t); err != nil {
		return err
	}
	return RecordTx(ctx, tx, Event{TaskID: t.ID, What: "created", ActorID: t.CreatedBy, ToID: t.OwnerID, ToRole: t.OwnerRole})
}

// RecordTx adds an event to a task's history.
func RecordTx(ctx context.Context, tx *db.Tx, e Event) error {
	e.ID, e.At = id.New(), tx.Now
	if err := db.Insert(ctx, tx, &e); err != nil {
		return fmt.Errorf("history of task %s: %w", e.TaskID, err)
	}
	return nil
}

// ByCause finds the task that a cause opened; db.Missing otherwise.
func ByCause(ctx context.Context, r db.Reader, cause string) (Task, error) {
	var t Task
	err := r.Conn(ctx).Where("cause = ?", cause).Take(&t).Error
	return t, err
}

// OpenOfProject lists the open tasks of some kinds about a project, the oldest first, n at most.
func OpenOfProject(ctx context.Context, r db.Reader, project id.ID, kinds []string, n int) ([]id.ID, error) {
	var ids []id.ID
	err := r.Conn(ctx).Model(&Task{}).Where("project_id = ? AND state = ? AND kind IN ?", project, Open, kinds).
		Order("created_at, id").Limit(n).Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("find open tasks of project: %w", err)
	}
	return ids, nil
}

// Find finds a task in the actor's scope; fault.Missing otherwise.
func Find(ctx context.Context, r db.Reader, who actor.Actor, task id.ID) (Task, error) {
	var t Task
	err := scoped(r.Conn(ctx), who).Where("tasks.id = ?", task).Take(&t).Error
	if db.Missing(err) {
		return t, fault.Missing()
	}
	return t, err
}

// LockTx is Find for a change: the row stays locked until the transaction ends.
func LockTx(ctx context.Context, tx *db.Tx, who actor.Actor, task id.ID) (Task, error) {
	var t Task
	err := scoped(tx.Lock(ctx), who).Where("tasks.id = ?", task).Take(&t).Error
	if db.Missing(err) {
		return t, fault.Missing()
	}
	return t, err
}

// SaveTx writes what can change about a task and counts the version up.
func SaveTx(ctx context.Context, tx *db.Tx, t *Task) error {
	t.Version++
	return tx.Conn(ctx).Model(&Task{}).Where("id = ?", t.ID).UpdateColumns(map[string]any{
		"title": t.Title, "reason": t.Reason, "owner_id": t.OwnerID, "owner_role": t.OwnerRole, "state": t.State, "due_at": t.DueAt,
		"steps": t.Steps, "level": t.Level, "escalate_at": t.EscalateAt, "outcome": t.Outcome, "note": t.Note, "ended_by": t.EndedBy, "ended_at": t.EndedAt, "version": t.Version,
	}).Error
}

// ReassignCustomerTx makes every task and alert about one customer one about another, when two records
// turn out to be one person.
func ReassignCustomerTx(ctx context.Context, tx *db.Tx, from, to id.ID) error {
	for _, rows := range []any{&Task{}, &Alert{}} {
		err := tx.Conn(ctx).Model(rows).Where("customer_id = ?", from).
			UpdateColumns(map[string]any{"customer_id": to, "version": gorm.Expr("version + 1")}).Error
		if err != nil {
			return fmt.Errorf("reassign tasks and alerts: %w", err)
		}
	}
	return nil
}

// Filter narrows a list of tasks. Zero fields do not narrow, but for State, which is open by default.
type Filter struct {
	State      State
	Kind       string
	Mine       bool // the actor's own, or the actor's role's while nobody has taken them
	DueBefore  time.Time
	CustomerID id.ID
	ProjectID  id.ID
}

func (f Filter) narrow(q *gorm.DB) *gorm.DB {
	q = q.Where("tasks.state = ?", f.State)
	if f.Kind != "" {
		q = q.Where("tasks.kind = ?", f.Kind)
	}
	if !f.DueBefore.IsZero() {
		q = q.Where("tasks.due_at <= ?", f.DueBefore)
	}
	if !f.CustomerID.IsZero() {
		q = q.Where("tasks.customer_id = ?", f.CustomerID)
	}
	if !f.ProjectID.IsZero() {
		q = q.Where("tasks.project_id = ?", f.ProjectID)
	}
	return q
}

// List lists tasks in the actor's scope, what is due first first.
func List(ctx context.Context, r db.Reader, who actor.Actor, f Filter, p db.Page) ([]Task, db.Cursor, error) {
	if f.State == "" {
		f.State = Open
	}
	cut := func(q *gorm.DB) *gorm.DB { return p.Oldest(q, "tasks.due_at", "tasks.id") }
	base := func() *gorm.DB { return f.narrow(r.Conn(ctx).Model(&Task{})) }
	groups := [][]db.Cond{waysTo("tasks", who)}
	if f.Mine {
		groups = append(groups, []db.Cond{
			{SQL: "tasks.owner_id = ?", Args: []any{who.ID}},
			{SQL: "(tasks.owner_id IS NULL AND tasks.owner_role = ?)", Args: []any{who.Role}},
		})
	}
	var rows []Task
	if err := db.Either("tasks", base, cut, groups...).Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list tasks: %w", err)
	}
	rows, next := db.Cut(p, rows, func(t Task) db.Cursor { return db.Cursor{At: t.DueAt, ID: t.ID} })
	return rows, next, nil
}

// History lists what happened to a task, oldest first.
func History(ctx context.Context, r db.Reader, task id.ID) ([]Event, error) {
	var rows []Event
	err := r.Conn(ctx).Where("task_id = ?", task).Order("id").Limit(200).Find(&rows).Error
	return rows, err
}

// DueSteps lists tasks whose next escalation is due, the longest due first.
func DueSteps(ctx context.Context, r db.Reader, now time.Time, n int) ([]id.ID, error) {
	var ids []id.ID
	err := r.Conn(ctx).Model(&Task{}).Where("escalate_at <= ?", now.UnixMilli()).Order("escalate_at").Limit(n).Pluck("id", &ids).Error
	return ids, err
}

// scoped keeps to the tasks that the actor may see.
func scoped(q *gorm.DB, who actor.Actor) *gorm.DB { return scopedOn(q, who, "tasks") }

// scopedOn keeps to the rows of a table that the actor may see.
func scopedOn(q *gorm.DB, who actor.Actor, table string) *gorm.DB {
	reach := db.AnyOf(waysTo(table, who))
	return q.Where(reach.SQL, reach.Args...)
}

// waysTo lists the ways on which the actor reaches rows of a table. Own are those that name the actor,
// that the actor asked for, and that wait for the actor's role at the actor's store. Of third parties it
// is what names them in a project that is theirs now, and not what waits for their role.
func waysTo(table string, who actor.Actor) []db.Cond {
	way := func(sql string, args ...any) db.Cond {
		return db.Cond{SQL: strings.ReplaceAll(sql, "t.", table+"."), Args: args}
	}
	if who.External && who.Scope != actor.None {
		const theirs = " AND EXISTS (SELECT 1 FROM project_people p WHERE p.staff_id = ? AND p.until_at IS NULL AND p.project_id = t.project_id)"
		return []db.Cond{way("(t.owner_id = ?"+theirs+")", who.ID, who.ID), way("(t.created_by = ?"+theirs+")", who.ID, who.ID)}
	}
	own := []db.Cond{
		way("t.owner_id = ?", who.ID), way("t.created_by = ?", who.ID),
		way("(t.owner_id IS NULL AND t.owner_role = ? AND t.store_id = ?)", who.Role, who.StoreID),
	}
	switch who.Scope {
	case actor.All:
		return []db.Cond{{}}
	case actor.Region:
		return append(own, way("t.store_id IN (SELECT id FROM stores WHERE region_id = ?)", who.RegionID))
	case actor.Store:
		return append(own, way("t.store_id = ?", who.StoreID))
	case actor.Own:
		return own
	}
	return nil
}
