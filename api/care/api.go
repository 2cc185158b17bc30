// Package care holds the operations on tasks and alerts.
package care

import (
	"context"
	"time"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/care"
	tasks "guike/service/care"
)

// API owns the operations on tasks and alerts.
type API struct{ tasks *tasks.Service }

// New returns the operations over the use cases.
func New(t *tasks.Service) *API { return &API{t} }

// TasksInput narrows a list of tasks.
type TasksInput struct {
	contract.Paging
	State      string    `query:"state" enum:"open,done,cancelled" default:"open" doc:"Where the task stands." example:"open"`
	Kind       string    `query:"kind" maxLength:"48" doc:"Of one kind only." example:"manual"`
	Mine       bool      `query:"mine" doc:"Only those that name me, or wait for my role." example:"true"`
	Overdue    bool      `query:"overdue" doc:"Only those whose due time has passed." example:"false"`
	CustomerID id.ID     `query:"customer_id" doc:"About one customer." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	ProjectID  id.ID     `query:"project_id" doc:"About one project." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	DueBefore  time.Time `query:"due_before" doc:"Due by this instant." example:"2026-11-22T00:00:00Z"`
}

// Tasks lists what is due, first things first.
func (a *API) Tasks(ctx context.Context, in *TasksInput) (*contract.Answer[contract.List[TaskView]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	f := care.Filter{
		State: care.State(in.State), Kind: in.Kind, Mine: in.Mine, DueBefore: in.DueBefore, CustomerID: in.CustomerID, ProjectID: in.ProjectID,
	}
	if in.Overdue {
		f.DueBefore = a.tasks.Now()
	}
	rows, next, err := a.tasks.List(ctx, actor.From(ctx), f, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewTask)), nil
}

// Task shows one task with its history.
func (a *API) Task(ctx context.Context, in *contract.ByID) (*contract.Answer[TaskDetail], error) {
	d, err := a.tasks.Get(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewDetail(d)), nil
}

// OpenTaskInput asks for a task by hand.
type OpenTaskInput struct {
	contract.Key
	Body OpenTaskBody
}

// OpenTaskBody is the task that is asked for.
type OpenTaskBody struct {
	Kind       string    `json:"kind,omitempty" maxLength:"48" doc:"Kind of task; manual when absent." example:"manual"`
	Title      string    `json:"title" minLength:"1" maxLength:"100" doc:"What is to be done." example:"回访客户"`
	Reason     string    `json:"reason" minLength:"1" maxLength:"500" doc:"Why." example:"客户来电询问交付时间"`
	OwnerID    id.ID     `json:"owner_id,omitzero" doc:"Who shall do it; the caller when absent." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	CustomerID id.ID     `json:"customer_id,omitzero" doc:"About whom." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	DueAt      time.Time `json:"due_at,omitzero" doc:"By when; the kind's own time when absent." example:"2026-11-22T10:00:00Z"`
}

// OpenTask opens a task by hand.
func (a *API) OpenTask(ctx context.Context, in *OpenTaskInput) (*contract.Made[TaskDetail], error) {
	who, b := actor.From(ctx), in.Body
	o := tasks.Order{Kind: b.Kind, Title: b.Title, Reason: b.Reason, OwnerID: b.OwnerID, CustomerID: b.CustomerID, DueAt: b.DueAt}
	made, replayed, err := a.tasks.Open(ctx, who, o, in.Once("care-open-task", b))
	if err != nil {
		return nil, err
	}
	d, err := a.tasks.Get(ctx, who, made.ID)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewDetail(d), replayed), nil
}

// CompleteTaskInput ends a task.
type CompleteTaskInput struct {
	contract.ByID
	Body struct {
		Outcome string `json:"outcome" minLength:"1" maxLength:"32" doc:"One of the task's outcomes." example:"done"`
		Note    string `json:"note,omitempty" maxLength:"1000" doc:"What came of it." example:"已电话说明,客户满意"`
	}
}

// CompleteTask ends a task with an outcome.
func (a *API) CompleteTask(ctx context.Context, in *CompleteTaskInput) (*contract.Answer[TaskView], error) {
	t, err := a.tasks.Complete(ctx, actor.From(ctx), in.ID, in.Body.Outcome, in.Body.Note)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewTask(t)), nil
}

// AssignTaskInput gives a task to somebody.
type AssignTaskInput struct {
	contract.ByID
	Body struct {
		OwnerID id.ID  `json:"owner_id" doc:"Who shall do it." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
		Note    string `json:"note,omitempty" maxLength:"1000" doc:"What they should know." example:"客户只在晚上方便"`
	}
}

// AssignTask gives a task to a colleague.
func (a *API) AssignTask(ctx context.Context, in *AssignTaskInput) (*contract.Answer[TaskView], error) {
	t, err := a.tasks.Assign(ctx, actor.From(ctx), in.ID, in.Body.OwnerID, in.Body.Note)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewTask(t)), nil
}
