package project

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/service/project"
)

// MyProjects lists the projects of the customer's homes.
func (a *API) MyProjects(ctx context.Context, in *contract.Paging) (*contract.Answer[contract.List[Summary]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.projects.MyProjects(ctx, actor.From(ctx), page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, a.viewSummary)), nil
}

// MyProject shows one of them.
func (a *API) MyProject(ctx context.Context, in *contract.Read) (*contract.Tagged[MyProject], error) {
	d, err := a.projects.Mine(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.NewTagged(d.Tag, in.IfNoneMatch, func() MyProject { return a.viewMine(d) }), nil
}

// MyTimeline shows what happened to it.
func (a *API) MyTimeline(ctx context.Context, in *contract.ReadPage) (*contract.Tagged[contract.List[Entry]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	t, err := a.projects.MyTimeline(ctx, actor.From(ctx), in.ID, page)
	if err != nil {
		return nil, err
	}
	return viewTimeline(t, in.IfNoneMatch), nil
}

func viewTimeline(t project.Timeline, ifNoneMatch string) *contract.Tagged[contract.List[Entry]] {
	return contract.NewTagged(t.Tag, ifNoneMatch, func() contract.List[Entry] { return contract.NewList(t.Entries, t.Next, viewEntry) })
}

// ServiceCode tells who is responsible, to whoever holds the code.
func (a *API) ServiceCode(ctx context.Context, in *CodeInput) (*contract.Answer[ServiceCode], error) {
	card, err := a.projects.ServiceCode(ctx, actor.From(ctx), in.Code)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewServiceCode(card)), nil
}

// ServiceCodePNG draws the code for whoever holds it.
func (a *API) ServiceCodePNG(ctx context.Context, in *CodeInput) (*contract.Bytes, error) {
	picture, err := a.projects.ServiceCodePNG(ctx, in.Code)
	return png(picture, err)
}

// StaffServiceCodePNG draws a project's code for print.
func (a *API) StaffServiceCodePNG(ctx context.Context, in *contract.ByID) (*contract.Bytes, error) {
	picture, err := a.projects.ProjectCodePNG(ctx, actor.From(ctx), in.ID)
	return png(picture, err)
}

func png(picture []byte, err error) (*contract.Bytes, error) {
	if err != nil {
		return nil, err
	}
	return &contract.Bytes{ContentType: "image/png", CacheControl: "private, max-age=86400", Body: picture}, nil
}
