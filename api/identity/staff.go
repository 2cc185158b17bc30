package identity

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	model "guike/model/identity"
	service "guike/service/identity"
)

// StaffAPI answers for the accounts of the company's people.
type StaffAPI struct{ staff *service.Staff }

// NewStaffAPI returns the operations over the staff.
func NewStaffAPI(staff *service.Staff) *StaffAPI { return &StaffAPI{staff: staff} }

// SignInByPassword opens a session for a user name and its password.
func (a *StaffAPI) SignInByPassword(ctx context.Context, in *PasswordSignInInput) (*contract.Answer[SignedInStaff], error) {
	pair, member, err := a.staff.SignIn(ctx, in.Body.Username, in.Body.Password, service.MetaFrom(ctx))
	if err != nil {
		return nil, err
	}
	return contract.Found(SignedInStaff{
		TokenPair: viewTokens(pair), Staff: viewStaffBrief(member), PasswordChangeRequired: member.PasswordFirst,
	}), nil
}

// StaffMe shows the actor's own account.
func (a *StaffAPI) StaffMe(ctx context.Context, _ *struct{}) (*contract.Answer[StaffView], error) {
	return answerStaff(a.staff.Me(ctx, actor.From(ctx)))
}

func answerStaff(m service.StaffMember, err error) (*contract.Answer[StaffView], error) {
	if err != nil {
		return nil, err
	}
	return contract.Found(viewStaff(m)), nil
}

// ChangeMyPassword replaces the actor's password and ends their other sessions.
func (a *StaffAPI) ChangeMyPassword(ctx context.Context, in *ChangePasswordInput) (*contract.Nothing, error) {
	return &contract.Nothing{}, a.staff.ChangePassword(ctx, actor.From(ctx), in.Body.OldPassword, in.Body.NewPassword)
}

// ListStaff lists the people within the actor's scope.
func (a *StaffAPI) ListStaff(ctx context.Context, in *ListStaffInput) (*contract.Answer[contract.List[StaffView]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	filter := model.StaffFilter{StoreID: in.StoreID, Role: actor.Role(in.Role), Query: in.Query}
	if in.State != "" {
		active := in.State == "active"
		filter.Active = &active
	}
	people, next, err := a.staff.List(ctx, actor.From(ctx), filter, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(people, next, viewStaff)), nil
}

// GetStaff shows one person.
func (a *StaffAPI) GetStaff(ctx context.Context, in *contract.ByID) (*contract.Answer[StaffView], error) {
	return answerStaff(a.staff.Get(ctx, actor.From(ctx), in.ID))
}

// CreateStaff makes an account and draws its first password.
func (a *StaffAPI) CreateStaff(ctx context.Context, in *CreateStaffInput) (*contract.Made[NewStaffView], error) {
	who := actor.From(ctx)
	form := in.Body.form()
	form.Username = in.Body.Username
	joined, replayed, err := a.staff.Create(ctx, who, in.Once("identity-create-staff", in.Body), form)
	if err != nil {
		return nil, err
	}
	member, err := a.staff.Get(ctx, who, joined.ID)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(NewStaffView{StaffView: viewStaff(member), FirstPassword: joined.FirstPassword}, replayed), nil
}

// UpdateStaff replaces name, role, place and phone of a person.
func (a *StaffAPI) UpdateStaff(ctx context.Context, in *UpdateStaffInput) (*contract.Answer[StaffView], error) {
	return answerStaff(a.staff.Update(ctx, actor.From(ctx), in.ID, in.Body.form()))
}

// DisableStaff keeps a person out at once.
func (a *StaffAPI) DisableStaff(ctx context.Context, in *StaffActionInput) (*contract.Answer[StaffView], error) {
	return answerStaff(a.staff.Disable(ctx, actor.From(ctx), in.ID))
}

// EnableStaff lets a person in again.
func (a *StaffAPI) EnableStaff(ctx context.Context, in *StaffActionInput) (*contract.Answer[StaffView], error) {
	return answerStaff(a.staff.Enable(ctx, actor.From(ctx), in.ID))
}

// ResetStaffPassword draws a new first password for a person and ends their sessions.
func (a *StaffAPI) ResetStaffPassword(ctx context.Context, in *StaffActionInput) (*contract.Answer[FirstPassword], error) {
	first, err := a.staff.ResetPassword(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(FirstPassword{first}), nil
}
