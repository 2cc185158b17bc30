package supervisor

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	model "guike/model/project/supervisor"
	"guike/service/flow"
	"guike/service/project/supervisor"
)

// Directory lists those whom a customer may choose.
func (a *API) Directory(ctx context.Context, in *DirectoryInput) (*contract.Answer[contract.List[Supervisor]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.directory.List(ctx, actor.From(ctx), model.Directory{City: in.City}, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewSupervisor)), nil
}

// StaffDirectory lists the whole directory.
func (a *API) StaffDirectory(ctx context.Context, in *StaffDirectoryInput) (*contract.Answer[contract.List[StaffSupervisor]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.directory.List(ctx, actor.From(ctx), model.Directory{City: in.City, Active: in.Active}, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewStaffSupervisor)), nil
}

// Entry shows one entry.
func (a *API) Entry(ctx context.Context, in *contract.ByID) (*contract.Answer[StaffSupervisor], error) {
	s, err := a.directory.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewStaffSupervisor(s)), nil
}

func (b SupervisorBody) form() supervisor.Form {
	return supervisor.Form{
		Name: b.Name, Company: b.Company, Certificate: b.Certificate, Introduction: b.Introduction, Phone: b.Phone, Cities: b.Cities,
		FeeFen: b.FeeFen, FeePer: model.FeePer(b.FeePer), Active: b.Active,
	}
}

// Add adds an entry to the directory.
func (a *API) Add(ctx context.Context, in *SupervisorInput) (*contract.Made[StaffSupervisor], error) {
	r, replayed, err := a.directory.Add(ctx, actor.From(ctx), in.Body.form(), in.Once("supervisor-add", in.Body))
	if err != nil {
		return nil, err
	}
	s, err := a.directory.Get(ctx, r.SupervisorID)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewStaffSupervisor(s), replayed), nil
}

// Change replaces what is said of a supervisor.
func (a *API) Change(ctx context.Context, in *SupervisorChangeInput) (*contract.Answer[StaffSupervisor], error) {
	form := in.Body.form()
	form.Version = in.Body.Version
	s, err := a.directory.Change(ctx, actor.From(ctx), in.ID, form)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewStaffSupervisor(s)), nil
}

// ResetPassword gives a supervisor who lost theirs a new first password.
func (a *API) ResetPassword(ctx context.Context, in *struct {
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
	bp, err := a.directory.CompanyBP(ctx)
	if err != nil {
		return nil, err
	}
	return contract.Found(SplitBody{bp}), nil
}

// ChangeFeeSplit changes it for choices to come.
func (a *API) ChangeFeeSplit(ctx context.Context, in *SplitInput) (*contract.Answer[SplitBody], error) {
	if err := a.directory.SetCompanyBP(ctx, actor.From(ctx), in.Body.CompanyBP); err != nil {
		return nil, err
	}
	return contract.Found(in.Body), nil
}

// Choose chooses a supervisor for my project.
func (a *API) Choose(ctx context.Context, in *ChooseInput) (*contract.Made[Choice], error) {
	r, replayed, err := a.directory.Choose(ctx, actor.From(ctx), supervisor.NewChoice{
		ProjectID: in.ID, SupervisorID: in.Body.SupervisorID,
		Once: in.Once("supervisor-choose", []string{in.ID.String(), in.Body.SupervisorID.String()}),
	})
	return a.chosen(ctx, r, replayed, err)
}

func (a *API) chosen(ctx context.Context, r supervisor.ChoiceResult, replayed bool, err error) (*contract.Made[Choice], error) {
	if err != nil {
		return nil, err
	}
	c, err := a.directory.Chosen(ctx, r)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewChoice(c, true), replayed), nil
}

// Mine shows who was chosen for my project.
func (a *API) Mine(ctx context.Context, in *contract.ByID) (*contract.Answer[Choice], error) {
	return a.lastChoice(ctx, in)
}

// OfProject shows who was chosen for a project.
func (a *API) OfProject(ctx context.Context, in *contract.ByID) (*contract.Answer[Choice], error) {
	return a.lastChoice(ctx, in)
}

func (a *API) lastChoice(ctx context.Context, in *contract.ByID) (*contract.Answer[Choice], error) {
	c, amounts, err := a.directory.LastChoice(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewChoice(c, amounts)), nil
}

// EndMine ends what the supervisor does for my project.
func (a *API) EndMine(ctx context.Context, in *ReasonInput) (*contract.Made[Choice], error) {
	return a.endSupervision(ctx, in, "supervisor-end-mine")
}

// End ends what the supervisor does for a project.
func (a *API) End(ctx context.Context, in *ReasonInput) (*contract.Made[Choice], error) {
	return a.endSupervision(ctx, in, "supervisor-end")
}

func (a *API) endSupervision(ctx context.Context, in *ReasonInput, operation string) (*contract.Made[Choice], error) {
	r, replayed, err := a.supervisors.End(ctx, actor.From(ctx), flow.EndingSupervision{
		ProjectID: in.ID, Reason: in.Body.Reason, Once: in.Once(operation, []string{in.ID.String(), in.Body.Reason}),
	})
	return a.chosen(ctx, r, replayed, err)
}

// Decline is staff's no to a choice.
func (a *API) Decline(ctx context.Context, in *ReasonInput) (*contract.Made[Choice], error) {
	r, replayed, err := a.directory.Decline(ctx, actor.From(ctx), supervisor.Declining{
		ProjectID: in.ID, Reason: in.Body.Reason, Once: in.Once("supervisor-decline", []string{in.ID.String(), in.Body.Reason}),
	})
	return a.chosen(ctx, r, replayed, err)
}

// Confirm is staff's yes to a choice; the first password is shown once.
func (a *API) Confirm(ctx context.Context, in *ConfirmInput) (*contract.Made[Confirmed], error) {
	r, replayed, err := a.supervisors.Confirm(ctx, actor.From(ctx), flow.Confirmation{
		ProjectID: in.ID, Username: in.Body.Username, Once: in.Once("supervisor-confirm", []string{in.ID.String(), in.Body.Username}),
	})
	if err != nil {
		return nil, err
	}
	c, err := a.directory.Chosen(ctx, supervisor.ChoiceResult{ProjectID: r.ProjectID, ChoiceID: r.ChoiceID})
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewConfirmed(c, r), replayed), nil
}
