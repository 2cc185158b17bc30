package quality

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	model "guike/model/project/quality"
	"guike/service/flow"
	"guike/service/project/quality"
)

// Supervisors lists those whom a customer may choose.
func (a *API) Supervisors(ctx context.Context, in *DirectoryInput) (*contract.Answer[contract.List[Supervisor]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.quality.Supervisors(ctx, actor.From(ctx), model.Directory{City: in.City}, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewSupervisor)), nil
}

// StaffSupervisors lists the whole directory.
func (a *API) StaffSupervisors(ctx context.Context, in *StaffDirectoryInput) (*contract.Answer[contract.List[StaffSupervisor]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.quality.Supervisors(ctx, actor.From(ctx), model.Directory{City: in.City, Active: in.Active}, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewStaffSupervisor)), nil
}

// StaffSupervisor shows one entry.
func (a *API) StaffSupervisor(ctx context.Context, in *contract.ByID) (*contract.Answer[StaffSupervisor], error) {
	s, err := a.quality.Supervisor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewStaffSupervisor(s)), nil
}

func (b SupervisorBody) form() quality.SupervisorForm {
	return quality.SupervisorForm{
		Name: b.Name, Company: b.Company, Certificate: b.Certificate, Introduction: b.Introduction, Phone: b.Phone, Cities: b.Cities,
		FeeFen: b.FeeFen, FeePer: model.FeePer(b.FeePer), Active: b.Active,
	}
}

// AddSupervisor adds an entry to the directory.
func (a *API) AddSupervisor(ctx context.Context, in *SupervisorInput) (*contract.Made[StaffSupervisor], error) {
	r, replayed, err := a.quality.AddSupervisor(ctx, actor.From(ctx), in.Body.form(), in.Once("quality-add-supervisor", in.Body))
	if err != nil {
		return nil, err
	}
	s, err := a.quality.Supervisor(ctx, r.SupervisorID)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewStaffSupervisor(s), replayed), nil
}

// ChangeSupervisor replaces what is said of a supervisor.
func (a *API) ChangeSupervisor(ctx context.Context, in *SupervisorChangeInput) (*contract.Answer[StaffSupervisor], error) {
	form := in.Body.form()
	form.Version = in.Body.Version
	s, err := a.quality.ChangeSupervisor(ctx, actor.From(ctx), in.ID, form)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewStaffSupervisor(s)), nil
}

// ResetSupervisorPassword gives a supervisor who lost theirs a new first password.
func (a *API) ResetSupervisorPassword(ctx context.Context, in *struct {
	contract.ByID
	contract.NoFields
},
) (*contract.Answer[SignIn], error) {
	username, password, err := a.supervisors.NewPassword(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(SignIn{Username: username, FirstPassword: password}), nil
}

// FeeSplit tells how the fee is shared.
func (a *API) FeeSplit(ctx context.Context, _ *struct{}) (*contract.Answer[SplitBody], error) {
	bp, err := a.quality.CompanyBP(ctx)
	if err != nil {
		return nil, err
	}
	return contract.Found(SplitBody{bp}), nil
}

// ChangeFeeSplit changes it for choices to come.
func (a *API) ChangeFeeSplit(ctx context.Context, in *SplitInput) (*contract.Answer[SplitBody], error) {
	if err := a.quality.SetCompanyBP(ctx, actor.From(ctx), in.Body.CompanyBP); err != nil {
		return nil, err
	}
	return contract.Found(in.Body), nil
}

// ChooseSupervisor chooses a supervisor for my project.
func (a *API) ChooseSupervisor(ctx context.Context, in *ChooseInput) (*contract.Made[Choice], error) {
	r, replayed, err := a.quality.Choose(ctx, actor.From(ctx), quality.NewChoice{
		ProjectID: in.ID, SupervisorID: in.Body.SupervisorID,
		Once: in.Once("quality-choose-supervisor", []string{in.ID.String(), in.Body.SupervisorID.String()}),
	})
	return a.chosen(ctx, r, replayed, err)
}

func (a *API) chosen(ctx context.Context, r quality.ChoiceResult, replayed bool, err error) (*contract.Made[Choice], error) {
	if err != nil {
		return nil, err
	}
	c, err := a.quality.Chosen(ctx, r)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewChoice(c, true), replayed), nil
}

// MySupervisor shows who was chosen for my project.
func (a *API) MySupervisor(ctx context.Context, in *contract.ByID) (*contract.Answer[Choice], error) {
	return a.lastChoice(ctx, in)
}

// ProjectSupervisor shows who was chosen for a project.
func (a *API) ProjectSupervisor(ctx context.Context, in *contract.ByID) (*contract.Answer[Choice], error) {
	return a.lastChoice(ctx, in)
}

func (a *API) lastChoice(ctx context.Context, in *contract.ByID) (*contract.Answer[Choice], error) {
	c, amounts, err := a.quality.LastChoice(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewChoice(c, amounts)), nil
}

// EndMySupervisor ends what the supervisor does for my project.
func (a *API) EndMySupervisor(ctx context.Context, in *ReasonInput) (*contract.Made[Choice], error) {
	return a.endSupervision(ctx, in, "quality-end-my-supervisor")
}

// EndSupervisor ends what the supervisor does for a project.
func (a *API) EndSupervisor(ctx context.Context, in *ReasonInput) (*contract.Made[Choice], error) {
	return a.endSupervision(ctx, in, "quality-end-supervisor")
}

func (a *API) endSupervision(ctx context.Context, in *ReasonInput, operation string) (*contract.Made[Choice], error) {
	r, replayed, err := a.supervisors.End(ctx, actor.From(ctx), flow.EndingSupervision{
		ProjectID: in.ID, Reason: in.Body.Reason, Once: in.Once(operation, []string{in.ID.String(), in.Body.Reason}),
	})
	return a.chosen(ctx, r, replayed, err)
}

// DeclineSupervisor is staff's no to a choice.
func (a *API) DeclineSupervisor(ctx context.Context, in *ReasonInput) (*contract.Made[Choice], error) {
	r, replayed, err := a.quality.Decline(ctx, actor.From(ctx), quality.Declining{
		ProjectID: in.ID, Reason: in.Body.Reason, Once: in.Once("quality-decline-supervisor", []string{in.ID.String(), in.Body.Reason}),
	})
	return a.chosen(ctx, r, replayed, err)
}

// ConfirmSupervisor is staff's yes to a choice; the first password is shown once.
func (a *API) ConfirmSupervisor(ctx context.Context, in *ConfirmInput) (*contract.Made[Confirmed], error) {
	r, replayed, err := a.supervisors.Confirm(ctx, actor.From(ctx), flow.Confirmation{
		ProjectID: in.ID, Username: in.Body.Username, Once: in.Once("quality-confirm-supervisor", []string{in.ID.String(), in.Body.Username}),
	})
	if err != nil {
		return nil, err
	}
	c, err := a.quality.Chosen(ctx, quality.ChoiceResult{ProjectID: r.ProjectID, ChoiceID: r.ChoiceID})
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewConfirmed(c, r), replayed), nil
}
