package quality

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/clock"
	model "guike/model/project/quality"
	"guike/service/project/quality"
)

// PostCheck keeps one of the three checks of a stage.
func (a *API) PostCheck(ctx context.Context, in *CheckInput) (*contract.Made[Check], error) {
	who, b := actor.From(ctx), in.Body
	made := quality.NewCheck{
		ProjectID: in.ID, Stage: in.Stage, Kind: model.CheckKind(b.Kind), Passed: b.Passed, Note: b.Note, Photos: b.Photos,
		Once: in.Once("quality-post-check", struct {
			Project, Stage string
			Body           CheckBody
		}{in.ID.String(), in.Stage, b}),
	}
	for _, it := range b.Items {
		made.Items = append(made.Items, model.CheckItem{Name: it.Name, Passed: it.Passed, Note: it.Note})
	}
	r, replayed, err := a.quality.PostCheck(ctx, who, made)
	if err != nil {
		return nil, err
	}
	c, err := a.quality.Checked(ctx, r)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewerOf(who).check(c), replayed), nil
}

// MyChecks lists the checks of my project.
func (a *API) MyChecks(ctx context.Context, in *ChecksInput) (*contract.Tagged[contract.List[Check]], error) {
	return a.checks(ctx, in)
}

// Checks lists the checks of a project.
func (a *API) Checks(ctx context.Context, in *ChecksInput) (*contract.Tagged[contract.List[Check]], error) {
	return a.checks(ctx, in)
}

func (a *API) checks(ctx context.Context, in *ChecksInput) (*contract.Tagged[contract.List[Check]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	who := actor.From(ctx)
	list, err := a.quality.Checks(ctx, who, in.ID, in.Stage, page)
	return tagged(list, err, in.IfNoneMatch, viewerOf(who).check)
}

// ReportDefect keeps a defect and starts its clock.
func (a *API) ReportDefect(ctx context.Context, in *DefectInput) (*contract.Made[Defect], error) {
	who, b := actor.From(ctx), in.Body
	r, replayed, err := a.quality.ReportDefect(ctx, who, quality.NewDefect{
		ProjectID: in.ID, Stage: b.Stage, Part: b.Part, Detail: b.Detail, Photos: b.Photos, Replacement: b.ReplacementNeeded,
		Once: in.Once("quality-report-defect", struct {
			Project string
			Body    DefectBody
		}{in.ID.String(), b}),
	})
	if err != nil {
		return nil, err
	}
	d, err := a.quality.Reported(ctx, r)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewerOf(who).defect(d), replayed), nil
}

// ChangeDefect moves a defect on.
func (a *API) ChangeDefect(ctx context.Context, in *DefectChangeInput) (*contract.Answer[Defect], error) {
	who, b := actor.From(ctx), in.Body
	r, err := a.quality.ChangeDefect(ctx, who, quality.DefectChange{
		DefectID: in.ID, State: model.DefectState(b.State), Note: b.Note, OrderNo: b.OrderNo, ExpectedOn: clock.Day(b.ExpectedOn),
		Photos: b.Photos, Version: b.Version,
	})
	if err != nil {
		return nil, err
	}
	d, err := a.quality.Reported(ctx, r)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewerOf(who).defect(d)), nil
}

// MyDefects lists the defects of my project.
func (a *API) MyDefects(ctx context.Context, in *contract.ReadPage) (*contract.Tagged[contract.List[Defect]], error) {
	return a.defects(ctx, in)
}

// Defects lists the defects of a project.
func (a *API) Defects(ctx context.Context, in *contract.ReadPage) (*contract.Tagged[contract.List[Defect]], error) {
	return a.defects(ctx, in)
}

func (a *API) defects(ctx context.Context, in *contract.ReadPage) (*contract.Tagged[contract.List[Defect]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	who := actor.From(ctx)
	list, err := a.quality.Defects(ctx, who, in.ID, page)
	return tagged(list, err, in.IfNoneMatch, viewerOf(who).defect)
}
