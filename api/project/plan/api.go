// Package plan is the API of the site calendar, plans, pauses, delays and their notices, phases,
// expediting, on-time rates.
package plan

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/project"
	model "guike/model/project/plan"
	"guike/service/project/plan"
)

// API holds the operations.
type API struct{ plan *plan.Service }

// New returns the operations over the use cases.
func New(s *plan.Service) *API { return &API{s} }

// SiteCalendar lists the days on which sites are closed.
func (a *API) SiteCalendar(ctx context.Context, in *CalendarInput) (*contract.Answer[contract.List[Closure]], error) {
	rows, err := a.plan.Closures(ctx, in.From)
	if err != nil {
		return nil, err
	}
	return contract.Found(listed(rows, viewClosure)), nil
}

// CloseSites adds a closure.
func (a *API) CloseSites(ctx context.Context, in *ClosureInput) (*contract.Made[Closure], error) {
	b := in.Body
	c, replayed, err := a.plan.AddClosure(ctx, actor.From(ctx), plan.NewClosure{
		From: b.From, To: b.To, Name: b.Name, Weekday: b.Weekday, Once: in.Once("plan-close-sites", b),
	})
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewClosure(c), replayed), nil
}

// OpenSites takes a closure back.
func (a *API) OpenSites(ctx context.Context, in *contract.ByID) (*contract.Nothing, error) {
	return &contract.Nothing{}, a.plan.RemoveClosure(ctx, actor.From(ctx), in.ID)
}

// Plan shows a project's plan to staff.
func (a *API) Plan(ctx context.Context, in *contract.Read) (*contract.Tagged[StaffPlan], error) {
	s, err := a.plan.Sheet(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.NewTagged(s.Tag, in.IfNoneMatch, func() StaffPlan { return viewStaffPlan(s) }), nil
}

// MyPlan shows a project's plan to its home.
func (a *API) MyPlan(ctx context.Context, in *contract.Read) (*contract.Tagged[MyPlan], error) {
	s, err := a.plan.MySheet(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.NewTagged(s.Tag, in.IfNoneMatch, func() MyPlan { return viewMyPlan(s) }), nil
}

// ChangePlan sets planned days anew.
func (a *API) ChangePlan(ctx context.Context, in *ReplanInput) (*contract.Answer[StaffPlan], error) {
	who, stages := actor.From(ctx), make([]plan.StageDays, 0, len(in.Body.Stages))
	for _, s := range in.Body.Stages {
		stages = append(stages, plan.StageDays{Key: s.Key, Start: s.PlannedStart, End: s.PlannedEnd})
	}
	err := a.plan.Replan(ctx, who, plan.Replan{ProjectID: in.ID, Stages: stages, Reason: in.Body.Reason, Version: in.Body.ExpectedVersion})
	if err != nil {
		return nil, err
	}
	s, err := a.plan.Sheet(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewStaffPlan(s)), nil
}

// Expedite pulls a stage forward.
func (a *API) Expedite(ctx context.Context, in *ExpediteInput) (*contract.Made[StaffPlan], error) {
	b := in.Body
	_, replayed, err := a.plan.Expedite(ctx, actor.From(ctx), plan.Expedite{
		ProjectID: in.ID, Stage: b.Stage, NewEnd: b.NewEnd, Reason: b.Reason,
		Once: in.Once("plan-expedite", []string{in.ID.String(), b.Stage, b.NewEnd, b.Reason}),
	})
	return a.sheet(ctx, in.ID, replayed, err)
}

// Pause lets the work stand still.
func (a *API) Pause(ctx context.Context, in *PauseInput) (*contract.Made[StaffPlan], error) {
	_, replayed, err := a.plan.Pause(ctx, actor.From(ctx), plan.Pause{
		ProjectID: in.ID, Reason: in.Body.Reason, Once: in.Once("plan-pause", []string{in.ID.String(), in.Body.Reason}),
	})
	return a.sheet(ctx, in.ID, replayed, err)
}

// Resume lets the work go on.
func (a *API) Resume(ctx context.Context, in *ResumeInput) (*contract.Made[StaffPlan], error) {
	reason := ""
	if in.Body != nil {
		reason = in.Body.Reason
	}
	_, replayed, err := a.plan.Resume(ctx, actor.From(ctx), plan.Pause{
		ProjectID: in.ID, Reason: reason, Once: in.Once("plan-resume", []string{in.ID.String(), reason}),
	})
	return a.sheet(ctx, in.ID, replayed, err)
}

// sheet answers a change with the plan as it stands.
func (a *API) sheet(ctx context.Context, projectID id.ID, replayed bool, err error) (*contract.Made[StaffPlan], error) {
	if err != nil {
		return nil, err
	}
	s, err := a.plan.Sheet(ctx, actor.From(ctx), projectID)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewStaffPlan(s), replayed), nil
}

// Delays lists the notices of a project's delays.
func (a *API) Delays(ctx context.Context, in *contract.ByID) (*contract.Answer[contract.List[StaffDelay]], error) {
	rows, err := a.plan.Delays(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(listed(rows, viewStaffDelay)), nil
}

// ConfirmDelay tells the customer of a delay.
func (a *API) ConfirmDelay(ctx context.Context, in *ConfirmInput) (*contract.Made[StaffDelay], error) {
	b := in.Body
	_, replayed, err := a.plan.Confirm(ctx, actor.From(ctx), plan.Decision{
		NoticeID: in.ID, Reason: b.Reason, NewEnd: b.NewEnd, CompensationFen: b.CompensationFen, CompensationText: b.CompensationText,
		Once: in.Once("plan-confirm-delay", struct {
			Notice string
			Body   ConfirmBody
		}{in.ID.String(), b}),
	})
	return a.delay(ctx, in.ID, replayed, err)
}

// DismissDelay decides that there is nothing to tell.
func (a *API) DismissDelay(ctx context.Context, in *PauseInput) (*contract.Made[StaffDelay], error) {
	_, replayed, err := a.plan.Dismiss(ctx, actor.From(ctx), plan.Decision{
		NoticeID: in.ID, Reason: in.Body.Reason, Once: in.Once("plan-dismiss-delay", []string{in.ID.String(), in.Body.Reason}),
	})
	return a.delay(ctx, in.ID, replayed, err)
}

func (a *API) delay(ctx context.Context, notice id.ID, replayed bool, err error) (*contract.Made[StaffDelay], error) {
	if err != nil {
		return nil, err
	}
	n, err := a.plan.Delay(ctx, notice)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewStaffDelay(n), replayed), nil
}

// Phases lists the phases of a project to staff.
func (a *API) Phases(ctx context.Context, in *contract.ByID) (*contract.Answer[contract.List[StaffPhase]], error) {
	rows, err := a.plan.Phases(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(listed(rows, viewStaffPhase)), nil
}

// MyPhases lists the phases of a project to its home.
func (a *API) MyPhases(ctx context.Context, in *contract.ByID) (*contract.Answer[contract.List[Phase]], error) {
	rows, money, err := a.plan.MyPhases(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(listed(rows, func(p model.Phase) Phase { return viewPhase(p, money) })), nil
}

// AddPhase splits a phase off.
func (a *API) AddPhase(ctx context.Context, in *PhaseInput) (*contract.Made[StaffPhase], error) {
	b := in.Body
	made, replayed, err := a.plan.AddPhase(ctx, actor.From(ctx), in.ID,
		plan.PhaseForm{Name: b.Name, AmountFen: b.AmountFen, DeferredUntil: b.DeferredUntil},
		in.Once("plan-add-phase", struct {
			Project string
			Body    PhaseBody
		}{in.ID.String(), b}))
	return a.phase(ctx, made, replayed, err)
}

// ChangePhase renames a phase or changes its amount.
func (a *API) ChangePhase(ctx context.Context, in *ChangePhaseInput) (*contract.Answer[StaffPhase], error) {
	ph, err := a.plan.ChangePhase(ctx, actor.From(ctx), plan.ChangePhase{
		ProjectID: in.ID, PhaseID: in.PhaseID, Name: in.Body.Name, AmountFen: in.Body.AmountFen, Version: in.Body.ExpectedVersion,
	})
	if err != nil {
		return nil, err
	}
	return contract.Found(viewStaffPhase(ph)), nil
}

// DeferPhase puts a phase off, or off again.
func (a *API) DeferPhase(ctx context.Context, in *DeferInput) (*contract.Made[StaffPhase], error) {
	return a.move(ctx, in.Key, "plan-defer-phase", plan.PhaseMove{
		ProjectID: in.ID, PhaseID: in.PhaseID, To: model.PhaseDeferred, Until: in.Body.DeferredUntil, Reason: in.Body.Reason,
	})
}

// ReleasePhase lets a phase be made.
func (a *API) ReleasePhase(ctx context.Context, in *ReleaseInput) (*contract.Made[StaffPhase], error) {
	return a.move(ctx, in.Key, "plan-release-phase", plan.PhaseMove{ProjectID: in.ID, PhaseID: in.PhaseID, To: model.PhaseReleased})
}

// CancelPhase gives a phase up.
func (a *API) CancelPhase(ctx context.Context, in *CancelPhaseInput) (*contract.Made[StaffPhase], error) {
	return a.move(ctx, in.Key, "plan-cancel-phase", plan.PhaseMove{
		ProjectID: in.ID, PhaseID: in.PhaseID, To: model.PhaseCancelled, Reason: in.Body.Reason,
	})
}

func (a *API) move(ctx context.Context, key contract.Key, operation string, in plan.PhaseMove) (*contract.Made[StaffPhase], error) {
	in.Once = key.Once(operation, []string{in.ProjectID.String(), in.PhaseID.String(), in.Until, in.Reason})
	made, replayed, err := a.plan.MovePhase(ctx, actor.From(ctx), in)
	return a.phase(ctx, made, replayed, err)
}

func (a *API) phase(ctx context.Context, made plan.PhaseResult, replayed bool, err error) (*contract.Made[StaffPhase], error) {
	if err != nil {
		return nil, err
	}
	ph, err := a.plan.Phase(ctx, made)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewStaffPhase(ph), replayed), nil
}

// OnTime reports how many stages were completed on time.
func (a *API) OnTime(ctx context.Context, in *OnTimeInput) (*contract.Answer[OnTimeReport], error) {
	rows, err := a.plan.OnTime(ctx, actor.From(ctx), in.From, in.To, project.OnTimeGroup(in.Group))
	if err != nil {
		return nil, err
	}
	return contract.Found(viewOnTime(in, rows)), nil
}

func listed[R, V any](rows []R, view func(R) V) contract.List[V] {
	items := make([]V, 0, len(rows))
	for _, r := range rows {
		items = append(items, view(r))
	}
	return contract.List[V]{Items: items}
}
