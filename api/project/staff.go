package project

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/clock"
	model "guike/model/project"
	"guike/service/flow"
	"guike/service/project"
)

// Create begins a project.
func (a *API) Create(ctx context.Context, in *CreateInput) (*contract.Made[StaffProject], error) {
	who, b := actor.From(ctx), in.Body
	begin := flow.NewProject{
		NewProject: project.NewProject{
			Kind: model.Kind(b.Kind), Title: b.Title, CustomerID: b.CustomerID, HomeID: b.HomeID, StoreID: b.StoreID,
			ContractAmountFen: b.ContractAmountFen, PlannedStart: clock.Day(b.PlannedStart), Template: b.Template,
		},
		CustomerPhone: b.CustomerPhone, CustomerName: b.CustomerName, Once: in.Once("project-create", b),
	}
	if h := b.Home; h != nil {
		begin.Home = &flow.NewHome{Name: h.Name, City: h.City, District: h.District, Address: h.Address, AreaM2: h.AreaM2}
	}
	made, replayed, err := a.flow.CreateProject(ctx, who, begin)
	if err != nil {
		return nil, err
	}
	d, err := a.projects.Plain(ctx, who, made.ProjectID)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(a.viewStaff(d), replayed), nil
}

// List lists the projects within reach.
func (a *API) List(ctx context.Context, in *ListInput) (*contract.Answer[contract.List[Summary]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.projects.List(ctx, actor.From(ctx), project.Filter{
		StoreID: in.StoreID, Person: in.Person, Customer: in.CustomerID, Stage: in.Stage, State: model.State(in.State), Late: in.Late,
	}, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, a.viewSummary)), nil
}

// Get shows a project.
func (a *API) Get(ctx context.Context, in *contract.Read) (*contract.Tagged[StaffProject], error) {
	who := actor.From(ctx)
	d, err := a.projects.Detail(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	return contract.NewTagged(d.Tag, in.IfNoneMatch, func() StaffProject {
		v := a.viewStaff(d)
		if who.External {
			v.ContractAmountFen = nil
		}
		return v
	}), nil
}

// Timeline shows what happened to a project.
func (a *API) Timeline(ctx context.Context, in *contract.ReadPage) (*contract.Tagged[contract.List[Entry]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	t, err := a.projects.Timeline(ctx, actor.From(ctx), in.ID, page)
	if err != nil {
		return nil, err
	}
	return viewTimeline(t, in.IfNoneMatch), nil
}

type stageAction func(context.Context, actor.Actor, project.StageRef) (project.StageResult, bool, error)

// StartStage begins a stage.
func (a *API) StartStage(ctx context.Context, in *StageInput) (*contract.Made[StageChange], error) {
	return a.stage(ctx, in.ref("project-start-stage"), a.projects.StartStage)
}

// CompleteStage ends a stage.
func (a *API) CompleteStage(ctx context.Context, in *StageInput) (*contract.Made[StageChange], error) {
	return a.stage(ctx, in.ref("project-complete-stage"), a.projects.CompleteStage)
}

// ReopenStage puts a completed stage back under way.
func (a *API) ReopenStage(ctx context.Context, in *ReopenInput) (*contract.Made[StageChange], error) {
	ref := project.StageRef{ProjectID: in.ID, Key: in.Stage, Reason: in.Body.Reason}
	ref.Once = in.Once("project-reopen-stage", []string{in.ID.String(), in.Stage, in.Body.Reason})
	return a.stage(ctx, ref, a.projects.ReopenStage)
}

func (in *StageInput) ref(operation string) project.StageRef {
	return project.StageRef{ProjectID: in.ID, Key: in.Stage, Once: in.Once(operation, []string{in.ID.String(), in.Stage})}
}

func (a *API) stage(ctx context.Context, ref project.StageRef, act stageAction) (*contract.Made[StageChange], error) {
	who := actor.From(ctx)
	_, replayed, err := act(ctx, who, ref)
	if err != nil {
		return nil, err
	}
	d, err := a.projects.Plain(ctx, who, ref.ProjectID)
	if err != nil {
		return nil, err
	}
	v := StageChange{ProjectState: string(d.State), ProjectPercent: d.Percent}
	for i, st := range d.Stages {
		if st.Key == ref.Key {
			v.Stage = viewStage(st, a.projects.ActualDays(st), d.Outlook.Forecast[i])
		}
	}
	return contract.NewMade(v, replayed), nil
}

// PostDailyLog writes today's log, or edits it.
func (a *API) PostDailyLog(ctx context.Context, in *DailyLogInput) (*contract.Made[DailyLog], error) {
	who, b := actor.From(ctx), in.Body
	r, replayed, err := a.flow.PostDailyLog(ctx, who, project.NewLog{
		ProjectID: in.ID, DoneToday: b.DoneToday, PlanTomorrow: b.PlanTomorrow, Stage: b.Stage, Weather: b.Weather, Hands: b.Hands, FileIDs: b.FileIDs,
		Once: in.Once("project-post-daily-log", struct {
			Project string
			Body    DailyLogBody
		}{in.ID.String(), b}),
	})
	if err != nil {
		return nil, err
	}
	v, err := a.projects.LogVersion(ctx, r)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewVersion(v), replayed), nil
}

// LogHistory lists the versions of a daily log.
func (a *API) LogHistory(ctx context.Context, in *HistoryInput) (*contract.Answer[contract.List[DailyLog]], error) {
	versions, err := a.projects.LogHistory(ctx, actor.From(ctx), in.ID, in.LogID)
	if err != nil {
		return nil, err
	}
	items := make([]DailyLog, 0, len(versions))
	for _, v := range versions {
		items = append(items, viewVersion(v))
	}
	return contract.Found(contract.List[DailyLog]{Items: items}), nil
}

// People lists everybody in charge, now and before.
func (a *API) People(ctx context.Context, in *contract.ByID) (*contract.Answer[contract.List[StaffPerson]], error) {
	people, err := a.projects.People(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.List[StaffPerson]{Items: viewPeople(people, viewStaffPerson)}), nil
}

// Assign puts a person in charge.
func (a *API) Assign(ctx context.Context, in *PersonInput) (*contract.Made[StaffPerson], error) {
	who := actor.From(ctx)
	r, replayed, err := a.projects.Assign(ctx, who, project.NewPerson{
		ProjectID: in.ID, StaffID: in.Body.StaffID, Role: actor.Role(in.Body.Role), Note: in.Body.Note,
		Once: in.Once("project-assign", struct {
			Project string
			Body    PersonBody
		}{in.ID.String(), in.Body}),
	})
	if err != nil {
		return nil, err
	}
	person, err := a.projects.Person(ctx, r)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewStaffPerson(person), replayed), nil
}

// Cancel ends a project before its time.
func (a *API) Cancel(ctx context.Context, in *CancelInput) (*contract.Made[StaffProject], error) {
	who := actor.From(ctx)
	_, replayed, err := a.projects.Cancel(ctx, who, project.Cancel{
		ProjectID: in.ID, Reason: in.Body.Reason, Once: in.Once("project-cancel", []string{in.ID.String(), in.Body.Reason}),
	})
	if err != nil {
		return nil, err
	}
	d, err := a.projects.Plain(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(a.viewStaff(d), replayed), nil
}
