package quality

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	model "guike/model/project/quality"
	"guike/service/project/quality"
)

// PostInspection keeps a report with its hazards.
func (a *API) PostInspection(ctx context.Context, in *InspectionInput) (*contract.Made[Inspection], error) {
	who, b := actor.From(ctx), in.Body
	report := quality.NewInspection{
		ProjectID: in.ID, Stage: b.Stage, Kind: model.InspectionKind(b.Kind), Summary: b.Summary, Findings: b.Findings, Photos: b.Photos,
		Once: in.Once("quality-post-inspection", struct {
			Project string
			Body    InspectionBody
		}{in.ID.String(), b}),
	}
	for _, h := range b.Hazards {
		report.Hazards = append(report.Hazards, quality.NewHazard{
			Title: h.Title, Detail: h.Detail, Severity: model.Severity(h.Severity), OwnerID: h.OwnerStaffID, DueOn: clock.Day(h.DueOn), Before: h.PhotosBefore,
		})
	}
	r, replayed, err := a.quality.PostInspection(ctx, who, report)
	if err != nil {
		return nil, err
	}
	posted, err := a.quality.Posted(ctx, r)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewerOf(who).inspection(posted), replayed), nil
}

// MyInspections lists the reports on my project.
func (a *API) MyInspections(ctx context.Context, in *contract.ReadPage) (*contract.Tagged[contract.List[Inspection]], error) {
	return a.inspections(ctx, in)
}

// Inspections lists the reports on a project.
func (a *API) Inspections(ctx context.Context, in *contract.ReadPage) (*contract.Tagged[contract.List[Inspection]], error) {
	return a.inspections(ctx, in)
}

func (a *API) inspections(ctx context.Context, in *contract.ReadPage) (*contract.Tagged[contract.List[Inspection]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	who := actor.From(ctx)
	list, err := a.quality.Inspections(ctx, who, in.ID, page)
	return tagged(list, err, in.IfNoneMatch, viewerOf(who).inspection)
}

// tagged shows a page of things, unless the reader has it already.
func tagged[R, V any](list quality.Page[R], err error, ifNoneMatch string, view func(R) V) (*contract.Tagged[contract.List[V]], error) {
	if err != nil {
		return nil, err
	}
	return contract.NewTagged(list.Tag, ifNoneMatch, func() contract.List[V] { return contract.NewList(list.Items, list.Next, view) }), nil
}

// MyInspection shows one report on my project.
func (a *API) MyInspection(ctx context.Context, in *OneInspectionInput) (*contract.Answer[Inspection], error) {
	return a.inspection(ctx, in.ID, in.InspectionID)
}

// Inspection shows one report on a project.
func (a *API) Inspection(ctx context.Context, in *OneInspectionInput) (*contract.Answer[Inspection], error) {
	return a.inspection(ctx, in.ID, in.InspectionID)
}

func (a *API) inspection(ctx context.Context, project, inspection id.ID) (*contract.Answer[Inspection], error) {
	who := actor.From(ctx)
	found, err := a.quality.Inspection(ctx, who, project, inspection)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewerOf(who).inspection(found)), nil
}

// MyHazards lists the hazards of my project.
func (a *API) MyHazards(ctx context.Context, in *HazardsInput) (*contract.Tagged[contract.List[Hazard]], error) {
	return a.hazards(ctx, in)
}

// Hazards lists the hazards of a project.
func (a *API) Hazards(ctx context.Context, in *HazardsInput) (*contract.Tagged[contract.List[Hazard]], error) {
	return a.hazards(ctx, in)
}

func (a *API) hazards(ctx context.Context, in *HazardsInput) (*contract.Tagged[contract.List[Hazard]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	who := actor.From(ctx)
	list, err := a.quality.Hazards(ctx, who, in.ID, in.Standing, page)
	return tagged(list, err, in.IfNoneMatch, viewerOf(who).hazard)
}

// Hazard shows one hazard.
func (a *API) Hazard(ctx context.Context, in *contract.ByID) (*contract.Answer[Hazard], error) {
	who := actor.From(ctx)
	found, err := a.quality.Hazard(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewerOf(who).hazard(found)), nil
}

// FixHazard tells that a hazard has been mended.
func (a *API) FixHazard(ctx context.Context, in *FixInput) (*contract.Made[Hazard], error) {
	who := actor.From(ctx)
	r, replayed, err := a.quality.FixHazard(ctx, who, quality.Fix{
		HazardID: in.ID, Note: in.Body.Note, Photos: in.Body.Photos,
		Once: in.Once("quality-fix-hazard", struct {
			Hazard string
			Body   FixBody
		}{in.ID.String(), in.Body}),
	})
	return a.changed(ctx, who, r, replayed, err)
}

// RecheckHazard writes down what somebody else found when they looked again.
func (a *API) RecheckHazard(ctx context.Context, in *RecheckInput) (*contract.Made[Hazard], error) {
	who := actor.From(ctx)
	r, replayed, err := a.quality.RecheckHazard(ctx, who, quality.Recheck{
		HazardID: in.ID, Passed: in.Body.Passed, Note: in.Body.Note, DueOn: clock.Day(in.Body.DueOn),
		Once: in.Once("quality-recheck-hazard", struct {
			Hazard string
			Body   RecheckBody
		}{in.ID.String(), in.Body}),
	})
	return a.changed(ctx, who, r, replayed, err)
}

func (a *API) changed(ctx context.Context, who actor.Actor, r quality.HazardResult, replayed bool, err error) (*contract.Made[Hazard], error) {
	if err != nil {
		return nil, err
	}
	h, err := a.quality.Changed(ctx, r)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewerOf(who).hazard(h), replayed), nil
}
