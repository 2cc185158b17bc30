package care

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	"guike/model/care"
	tasks "guike/service/care"
)

// TaskView is a task as staff see it.
type TaskView struct {
	ID         id.ID      `json:"id" doc:"The task's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Kind       string     `json:"kind" doc:"Kind of task." example:"manual"`
	Title      string     `json:"title" doc:"What is to be done." example:"回访客户"`
	Reason     string     `json:"reason" doc:"Why." example:"客户来电询问交付时间"`
	Script     string     `json:"script" doc:"What to say or do." example:"按事由处理,完成后写下结果。"`
	Outcomes   []string   `json:"outcomes" nullable:"false" doc:"The outcomes that it may end with." example:"[\"done\",\"unreachable\"]"`
	CustomerID id.ID      `json:"customer_id,omitzero" doc:"About whom." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	ProjectID  id.ID      `json:"project_id,omitzero" doc:"About which project." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	AlertID    id.ID      `json:"alert_id,omitzero" doc:"The alert that it carries; absent for tasks of none." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	OwnerID    id.ID      `json:"owner_id,omitzero" doc:"Who shall do it; absent while nobody has it." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	OwnerRole  string     `json:"owner_role" doc:"Whose business it is." example:"customer_service"`
	State      string     `json:"state" enum:"open,done,cancelled" doc:"Where it stands." example:"open"`
	DueAt      time.Time  `json:"due_at" doc:"By when." example:"2026-11-22T10:00:00Z"`
	Level      int64      `json:"level" doc:"How many steps of its ladder it has climbed." example:"0"`
	Outcome    string     `json:"outcome,omitempty" doc:"What it ended with." example:"done"`
	Note       string     `json:"note,omitempty" doc:"What came of it." example:"已电话说明,客户满意"`
	EndedAt    *time.Time `json:"ended_at,omitempty" doc:"When it ended." example:"2026-11-22T09:00:00Z"`
	CreatedAt  time.Time  `json:"created_at" doc:"When it was opened." example:"2026-11-21T10:00:00Z"`
	Version    int64      `json:"version" doc:"Counts its changes." example:"1"`
}

// TaskDetail is a task with its history.
type TaskDetail struct {
	TaskView
	History []TaskEventView `json:"history" nullable:"false" doc:"What happened to it, oldest first."`
}

// TaskEventView is one thing that happened to a task.
type TaskEventView struct {
	At      time.Time `json:"at" doc:"When." example:"2026-11-21T10:00:00Z"`
	What    string    `json:"what" enum:"created,assigned,renewed,escalated,done,cancelled" doc:"What happened; renewed: what the task asks for was missing again." example:"escalated"`
	ActorID id.ID     `json:"actor_id,omitzero" doc:"Who did it; absent for the system." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	ToID    id.ID     `json:"to_id,omitzero" doc:"To whom." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	ToRole  string    `json:"to_role,omitempty" doc:"To which role." example:"store_manager"`
	Note    string    `json:"note,omitempty" doc:"In words." example:"客户只在晚上方便"`
}

func viewTask(t care.Task) TaskView {
	return TaskView{
		ID: t.ID, Kind: t.Kind, Title: t.Title, Reason: t.Reason, Script: t.Script, Outcomes: t.OutcomeList(),
		CustomerID: t.CustomerID, ProjectID: t.ProjectID, AlertID: tasks.AlertOf(t), OwnerID: t.OwnerID, OwnerRole: string(t.OwnerRole), State: string(t.State),
		DueAt: contract.Instant(t.DueAt), Level: t.Level, Outcome: t.Outcome, Note: t.Note, EndedAt: contract.Until(t.EndedAt),
		CreatedAt: contract.Instant(t.CreatedAt), Version: t.Version,
	}
}

func viewDetail(d tasks.Detail) TaskDetail {
	v := TaskDetail{TaskView: viewTask(d.Task), History: []TaskEventView{}}
	for _, e := range d.History {
		v.History = append(v.History, TaskEventView{
			At: contract.Instant(e.At), What: e.What, ActorID: e.ActorID, ToID: e.ToID, ToRole: string(e.ToRole), Note: e.Note,
		})
	}
	return v
}
