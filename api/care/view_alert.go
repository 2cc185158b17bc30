package care

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	"guike/model/care"
	tasks "guike/service/care"
)

// AlertView is an alert as staff see it. What to do and how it may end stand in its task.
type AlertView struct {
	ID               id.ID      `json:"id" doc:"The alert's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Kind             string     `json:"kind" doc:"Kind of alert." example:"plan_delay"`
	Level            int        `json:"level" minimum:"1" maximum:"3" doc:"Whose business it is: 1 the department, 2 the experience centre, 3 management." example:"2"`
	State            string     `json:"state" enum:"open,acknowledged,closed" doc:"Where it stands." example:"open"`
	Title            string     `json:"title" doc:"What is wrong." example:"工期延误"`
	Reason           string     `json:"reason" doc:"Why it was raised." example:"油漆阶段已晚 4 天"`
	CustomerID       id.ID      `json:"customer_id,omitzero" doc:"About whom." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	ProjectID        id.ID      `json:"project_id,omitzero" doc:"About which project." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	StoreID          id.ID      `json:"store_id,omitzero" doc:"Of which store." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	TaskID           id.ID      `json:"task_id" doc:"The task of its present level: the script and the outcomes." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	OwnerID          id.ID      `json:"owner_id,omitzero" doc:"Who works it; absent while nobody has it." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	OwnerRole        string     `json:"owner_role" doc:"Whose business it is." example:"experience_centre"`
	AcknowledgeDueAt time.Time  `json:"acknowledge_due_at" doc:"By when somebody says that they have it; silence climbs the ladder." example:"2026-11-22T10:00:00Z"`
	DueAt            time.Time  `json:"due_at" doc:"By when it is to be resolved." example:"2026-11-23T10:00:00Z"`
	AcknowledgedBy   id.ID      `json:"acknowledged_by,omitzero" doc:"Who has it in hand." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	AcknowledgedAt   *time.Time `json:"acknowledged_at,omitempty" doc:"Since when." example:"2026-11-22T09:00:00Z"`
	ClosedBy         id.ID      `json:"closed_by,omitzero" doc:"Who closed it; absent when its cause was over by itself." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	ClosedAt         *time.Time `json:"closed_at,omitempty" doc:"When it was closed." example:"2026-11-23T09:00:00Z"`
	Outcome          string     `json:"outcome,omitempty" doc:"What it ended with; cleared when its cause was over by itself." example:"notice_confirmed"`
	Note             string     `json:"note,omitempty" doc:"What came of it." example:"已致电客户,新日期 12 月 5 日"`
	CreatedBy        id.ID      `json:"created_by,omitzero" doc:"Who raised it; absent for the system." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	CreatedAt        time.Time  `json:"created_at" doc:"When it was raised." example:"2026-11-22T08:00:00Z"`
	Version          int64      `json:"version" doc:"Counts its changes." example:"1"`
}

// AlertDetail is an alert with its history.
type AlertDetail struct {
	AlertView
	History []AlertEventView `json:"history" nullable:"false" doc:"What happened to it, oldest first."`
}

// AlertEventView is one thing that happened to an alert.
type AlertEventView struct {
	At      time.Time `json:"at" doc:"When." example:"2026-11-22T08:00:00Z"`
	What    string    `json:"what" enum:"raised,level_raised,acknowledged,escalated,assigned,closed" doc:"What happened." example:"raised"`
	ActorID id.ID     `json:"actor_id,omitzero" doc:"Who did it; absent for the system." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Level   int       `json:"level" doc:"The level that it had then." example:"2"`
	TaskID  id.ID     `json:"task_id,omitzero" doc:"The task that it had then." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	ToID    id.ID     `json:"to_id,omitzero" doc:"To whom." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	ToRole  string    `json:"to_role,omitempty" doc:"To which role." example:"regional_head"`
	Note    string    `json:"note,omitempty" doc:"In words; of an escalation, which clock ran out: unacknowledged or overdue." example:"unacknowledged"`
}

func viewAlert(a care.Alert) AlertView {
	return AlertView{
		ID: a.ID, Kind: a.Kind, Level: a.Level, State: string(a.State), Title: a.Title, Reason: a.Reason,
		CustomerID: a.CustomerID, ProjectID: a.ProjectID, StoreID: a.StoreID, TaskID: a.TaskID, OwnerID: a.OwnerID, OwnerRole: string(a.OwnerRole),
		AcknowledgeDueAt: contract.Instant(a.AcknowledgeDueAt), DueAt: contract.Instant(a.DueAt),
		AcknowledgedBy: a.AcknowledgedBy, AcknowledgedAt: contract.Until(a.AcknowledgedAt), ClosedBy: a.ClosedBy, ClosedAt: contract.Until(a.ClosedAt),
		Outcome: a.Outcome, Note: a.Note, CreatedBy: a.CreatedBy, CreatedAt: contract.Instant(a.CreatedAt), Version: a.Version,
	}
}

func viewAlertDetail(d tasks.AlertDetail) AlertDetail {
	v := AlertDetail{AlertView: viewAlert(d.Alert), History: []AlertEventView{}}
	for _, e := range d.History {
		v.History = append(v.History, AlertEventView{
			At: contract.Instant(e.At), What: e.What, ActorID: e.ActorID, Level: e.Level, TaskID: e.TaskID, ToID: e.ToID, ToRole: string(e.ToRole), Note: e.Note,
		})
	}
	return v
}
