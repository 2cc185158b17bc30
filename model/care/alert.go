package care

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
)

// Raise asks for an alert (K1–K3). What is empty comes from the policy of the kind.
type Raise struct {
	Kind       string // of its policy: "plan_delay", "material_mismatch"
	Cause      string // what is wrong, unique among open alerts: "delay:<project>:<stage>"
	Level      int    // 1 department head, 2 experience centre, 3 management; 0 is the policy's
	Title      string
	Reason     string // for the person who acts; no personal data
	CustomerID id.ID
	ProjectID  id.ID
	StoreID    id.ID
	OwnerID    id.ID // who acts first, when somebody is known
	OwnerRole  actor.Role
}

// MaxLevel is the highest level of an alert: management's (K3).
const MaxLevel = 3

// AlertState is where an alert stands.
type AlertState string

// The states of an alert.
const (
	AlertOpen         AlertState = "open"
	AlertAcknowledged AlertState = "acknowledged"
	AlertClosed       AlertState = "closed"
)

// Alert is something that goes wrong and that somebody of a level owes an answer to. While it is not
// closed, its cause has no second one, and one open task carries its work.
type Alert struct {
	ID                 id.ID `gorm:"primaryKey"`
	Kind               string
	Cause              string
	OpenCause          *string // Cause while the alert is not closed, nil afterwards
	Level              int
	State              AlertState
	Title              string
	Reason             string
	CustomerID         id.ID
	ProjectID          id.ID
	StoreID            id.ID
	OwnerID            id.ID // the task's
	OwnerRole          actor.Role
	TaskID             id.ID // the task of the present level
	AcknowledgeMinutes int64 // how long whoever is told has to say that they saw it
	AcknowledgeDueAt   time.Time
	DueAt              time.Time // by when it is to be resolved
	ClockAt            *int64    // Unix milliseconds at which silence climbs; nil once somebody acknowledged
	AcknowledgedBy     id.ID
	AcknowledgedAt     *time.Time
	ClosedBy           id.ID // none when what it warned of is over by itself
	ClosedAt           *time.Time
	Outcome            string
	Note               string
	CreatedBy          id.ID // none when the house itself raised it
	CreatedAt          time.Time
	Version            int64
}

// TableName is the alerts' table.
func (Alert) TableName() string { return "alerts" }

// AlertEvent is one thing that happened to an alert; rows are added and never changed.
type AlertEvent struct {
	AlertID id.ID `gorm:"primaryKey"`
	ID      id.ID `gorm:"primaryKey"`
	At      time.Time
	What    string // raised, level_raised, acknowledged, escalated, assigned, closed
	ActorID id.ID
	Level   int
	TaskID  id.ID
	ToID    id.ID
	ToRole  actor.Role
	Note    string
}

// TableName is the table of the alerts' history.
func (AlertEvent) TableName() string { return "alert_events" }

// AddAlertTx adds an alert. A cause that has one which is not closed is db.Duplicate.
func AddAlertTx(ctx context.Context, tx *db.Tx, a *Alert) error { return db.Insert(ctx, tx, a) }

// RecordAlertTx adds an event to an alert's history.
func RecordAlertTx(ctx context.Context, tx *db.Tx, e AlertEvent) error {
	e.ID, e.At = id.New(), tx.Now
	if err := db.Insert(ctx, tx, &e); err != nil {
		return fmt.Errorf("history of alert %s: %w", e.AlertID, err)
	}
	return nil
}

// LockAlertOfCauseTx locks the alert of a cause that is not closed; db.Missing when there is none.
func LockAlertOfCauseTx(ctx context.Context, tx *db.Tx, cause string) (Alert, error) {
	var a Alert
	err := tx.Lock(ctx).Where("open_cause = ?", cause).Take(&a).Error
	return a, err
}

// LockAlertOfTaskTx locks the alert whose present task this is; db.Missing when there is none.
func LockAlertOfTaskTx(ctx context.Context, tx *db.Tx, task id.ID) (Alert, error) {
	var a Alert
	err := tx.Lock(ctx).Where("task_id = ?", task).Take(&a).Error
	return a, err
}

// AlertOfTask is LockAlertOfTaskTx for reading.
func AlertOfTask(ctx context.Context, r db.Reader, task id.ID) (Alert, error) {
	var a Alert
	err := r.Conn(ctx).Where("task_id = ?", task).Take(&a).Error
	return a, err
}

// FindAlert finds an alert in the actor's scope; fault.Missing otherwise.
func FindAlert(ctx context.Context, r db.Reader, who actor.Actor, alert id.ID) (Alert, error) {
	return oneAlert(scopedAlerts(r.Conn(ctx), who), alert)
}

// LockAlertTx is FindAlert for a change: the row stays locked until the transaction ends. Whoever
// locks the alert's task too locks the alert first.
func LockAlertTx(ctx context.Context, tx *db.Tx, who actor.Actor, alert id.ID) (Alert, error) {
	return oneAlert(scopedAlerts(tx.Lock(ctx), who), alert)
}

func oneAlert(q *gorm.DB, alert id.ID) (Alert, error) {
	var a Alert
	err := q.Where("alerts.id = ?", alert).Take(&a).Error
	if db.Missing(err) {
		return a, fault.Missing()
	}
	return a, err
}

// SaveAlertTx writes what can change about an alert and counts the version up.
func SaveAlertTx(ctx context.Context, tx *db.Tx, a *Alert) error {
	a.Version++
	err := tx.Conn(ctx).Model(&Alert{}).Where("id = ?", a.ID).UpdateColumns(map[string]any{
		"open_cause": a.OpenCause, "level": a.Level, "state": a.State, "owner_id": a.OwnerID, "owner_role": a.OwnerRole, "task_id": a.TaskID,
		"acknowledge_minutes": a.AcknowledgeMinutes, "acknowledge_due_at": a.AcknowledgeDueAt, "due_at": a.DueAt, "clock_at": a.ClockAt,
		"acknowledged_by": a.AcknowledgedBy, "acknowledged_at": a.AcknowledgedAt, "closed_by": a.ClosedBy, "closed_at": a.ClosedAt,
		"outcome": a.Outcome, "note": a.Note, "version": a.Version,
	}).Error
	if err != nil {
		return fmt.Errorf("change alert %s: %w", a.ID, err)
	}
	return nil
}

// AlertFilter narrows a list of alerts. Zero fields do not narrow, but for State: without one, closed
// alerts are left out.
type AlertFilter struct {
	State     AlertState
	Level     int
	Kind      string
	StoreID   id.ID
	ProjectID id.ID
}

func (f AlertFilter) narrow(q *gorm.DB) *gorm.DB {
	if f.Level != 0 {
		q = q.Where("alerts.level = ?", f.Level)
	}
	if f.Kind != "" {
		q = q.Where("alerts.kind = ?", f.Kind)
	}
	if !f.StoreID.IsZero() {
		q = q.Where("alerts.store_id = ?", f.StoreID)
	}
	if !f.ProjectID.IsZero() {
		q = q.Where("alerts.project_id = ?", f.ProjectID)
	}
	return q
}

// ListAlerts lists alerts in the actor's scope, newest first.
func ListAlerts(ctx context.Context, r db.Reader, who actor.Actor, f AlertFilter, p db.Page) ([]Alert, db.Cursor, error) {
	cut := func(q *gorm.DB) *gorm.DB { return p.Newest(q, "alerts.created_at", "alerts.id") }
	base := func() *gorm.DB { return f.narrow(r.Conn(ctx).Model(&Alert{})) }
	states := []AlertState{f.State}
	if f.State == "" {
		states = []AlertState{AlertOpen, AlertAcknowledged}
	}
	var in []db.Cond
	for _, s := range states {
		in = append(in, db.Cond{SQL: "alerts.state = ?", Args: []any{s}})
	}
	var rows []Alert
	if err := db.Either("alerts", base, cut, in, waysTo("alerts", who)).Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list alerts: %w", err)
	}
	rows, next := db.Cut(p, rows, func(a Alert) db.Cursor { return db.Cursor{At: a.CreatedAt, ID: a.ID} })
	return rows, next, nil
}

// AlertHistory lists what happened to an alert, oldest first.
func AlertHistory(ctx context.Context, r db.Reader, alert id.ID) ([]AlertEvent, error) {
	var rows []AlertEvent
	err := r.Conn(ctx).Where("alert_id = ?", alert).Order("id").Limit(200).Find(&rows).Error
	return rows, err
}

// SilentAlerts lists alerts that nobody has acknowledged in time, the longest silent first.
func SilentAlerts(ctx context.Context, r db.Reader, now time.Time, n int) ([]id.ID, error) {
	var ids []id.ID
	err := r.Conn(ctx).Model(&Alert{}).Where("clock_at <= ?", now.UnixMilli()).Order("clock_at").Limit(n).Pluck("id", &ids).Error
	return ids, err
}

// CountOpenAlerts counts the alerts that are not closed by level, for the gauges.
func CountOpenAlerts(ctx context.Context, r db.Reader) (map[int]int64, error) {
	var rows []struct {
		Level int
		N     int64
	}
	err := r.Conn(ctx).Model(&Alert{}).Select("level, COUNT(*) AS n").Where("state IN ?", []AlertState{AlertOpen, AlertAcknowledged}).
		Group("level").Find(&rows).Error
	counts := make(map[int]int64, MaxLevel)
	for _, row := range rows {
		counts[row.Level] = row.N
	}
	return counts, err
}

func scopedAlerts(q *gorm.DB, who actor.Actor) *gorm.DB {
	return scopedOn(q, who, "alerts")
}
