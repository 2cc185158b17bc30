package design

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	model "guike/model/project/design"
	"guike/service/project/design"
)

// keyed is what makes an idempotency key of an action on something.
type keyed struct {
	Subject string
	Body    any
}

// Begin begins a design.
func (a *API) Begin(ctx context.Context, in *DesignInput) (*contract.Made[StaffDesign], error) {
	b := in.Body
	m, replayed, err := a.design.Begin(ctx, actor.From(ctx), design.NewDesign{
		ProjectID: in.ID, Title: b.Title, Room: b.Room, Style: b.Style, Note: b.Note,
		Once: in.Once("design-begin", keyed{in.ID.String(), b}),
	})
	return a.made(ctx, m, replayed, err)
}

// made shows a design after an effect on it.
func (a *API) made(ctx context.Context, m design.Made, replayed bool, err error) (*contract.Made[StaffDesign], error) {
	if err != nil {
		return nil, err
	}
	d, err := a.design.Of(ctx, m)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewStaffDesign(d), replayed), nil
}

// AddVersion adds a version to a design.
func (a *API) AddVersion(ctx context.Context, in *VersionInput) (*contract.Made[StaffDesign], error) {
	b := in.Body
	version := design.NewVersion{
		DesignID: in.ID, DifferenceNote: b.DifferenceNote, FileIDs: b.FileIDs, Draft: b.Draft,
		Once: in.Once("design-add-version", keyed{in.ID.String(), b}),
	}
	for _, l := range b.Links {
		version.Links = append(version.Links, model.Link{Kind: model.LinkKind(l.Kind), URL: l.URL, Title: l.Title})
	}
	m, replayed, err := a.design.AddVersion(ctx, actor.From(ctx), version)
	return a.made(ctx, m, replayed, err)
}

// Submit shows a draft to the customer.
func (a *API) Submit(ctx context.Context, in *VersionRefInput) (*contract.Made[StaffDesign], error) {
	m, replayed, err := a.design.Submit(ctx, actor.From(ctx), design.VersionRef{
		DesignID: in.ID, Number: in.Version, Once: in.Once("design-submit", keyed{in.ID.String(), in.Version}),
	})
	return a.made(ctx, m, replayed, err)
}

// Withdraw takes a design back.
func (a *API) Withdraw(ctx context.Context, in *ReasonInput) (*contract.Made[StaffDesign], error) {
	m, replayed, err := a.design.Withdraw(ctx, actor.From(ctx), design.Withdrawal{
		DesignID: in.ID, Reason: in.Body.Reason, Once: in.Once("design-withdraw", keyed{in.ID.String(), in.Body}),
	})
	return a.made(ctx, m, replayed, err)
}

// OfProject lists the designs of a project.
func (a *API) OfProject(ctx context.Context, in *contract.ByID) (*contract.Answer[contract.List[StaffDesign]], error) {
	l, err := a.design.OfProject(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	views := contract.List[StaffDesign]{Items: make([]StaffDesign, 0, len(l.Designs))}
	for _, d := range l.Designs {
		views.Items = append(views.Items, viewStaffDesign(d))
	}
	return contract.Found(views), nil
}

// Get shows a design with all of its versions.
func (a *API) Get(ctx context.Context, in *contract.ByID) (*contract.Answer[StaffDesign], error) {
	d, err := a.design.Design(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewStaffDesign(d)), nil
}

// Note writes down a need or a conversation.
func (a *API) Note(ctx context.Context, in *NoteInput) (*contract.Made[Line], error) {
	m, replayed, err := a.design.Note(ctx, actor.From(ctx), design.NewNote{
		ProjectID: in.ID, DesignID: in.Body.DesignID, What: model.What(in.Body.Kind), Body: in.Body.Text,
		Once: in.Once("design-note", keyed{in.ID.String(), in.Body}),
	})
	if err != nil {
		return nil, err
	}
	l, err := a.design.Noted(ctx, m)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewLine(l), replayed), nil
}

// History lists what a successor has to read.
func (a *API) History(ctx context.Context, in *PageInput) (*contract.Answer[contract.List[Line]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	lines, next, err := a.design.History(ctx, actor.From(ctx), in.ID, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(lines, next, viewLine)), nil
}

// HomeHistory tells what was made for a home before.
func (a *API) HomeHistory(ctx context.Context, in *PageInput) (*contract.Answer[StaffHistory], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	all, err := a.design.StaffHome(ctx, actor.From(ctx), in.ID, page)
	if err != nil {
		return nil, err
	}
	v := StaffHistory{List: contract.NewList(all.Items, all.Next, viewChapter), Needs: make([]Line, 0, len(all.Needs))}
	for _, e := range all.Needs {
		v.Needs = append(v.Needs, viewNeed(e))
	}
	return contract.Found(v), nil
}

// Publish shows a project as a case.
func (a *API) Publish(ctx context.Context, in *CaseInput) (*contract.Made[StaffCase], error) {
	b := in.Body
	m, replayed, err := a.design.Publish(ctx, actor.From(ctx), design.NewCase{
		ProjectID: in.ID, Title: b.Title, Story: b.Story, Style: b.Style, HouseType: b.HouseType, AreaM2: b.AreaM2,
		BudgetFen: b.BudgetFen, FileIDs: b.FileIDs, Once: in.Once("design-publish", keyed{in.ID.String(), b}),
	})
	return a.madeCase(ctx, m, replayed, err)
}

func (a *API) madeCase(ctx context.Context, m design.PublishedCase, replayed bool, err error) (*contract.Made[StaffCase], error) {
	if err != nil {
		return nil, err
	}
	c, err := a.design.CaseOf(ctx, m)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewStaffCase(c), replayed), nil
}

// ProjectCase shows the case of a project, whether the public sees it or not.
func (a *API) ProjectCase(ctx context.Context, in *contract.ByID) (*contract.Answer[StaffCase], error) {
	c, err := a.design.ProjectCase(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewStaffCase(c)), nil
}

// WithdrawCase takes a case out of the library.
func (a *API) WithdrawCase(ctx context.Context, in *ReasonInput) (*contract.Made[StaffCase], error) {
	m, replayed, err := a.design.WithdrawCase(ctx, actor.From(ctx), design.CaseWithdrawal{
		CaseID: in.ID, Reason: in.Body.Reason, Once: in.Once("design-withdraw-case", keyed{in.ID.String(), in.Body}),
	})
	return a.madeCase(ctx, m, replayed, err)
}
