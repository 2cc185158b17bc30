package handover

import (
	"context"
	encoding "encoding/hex"

	"guike/api/contract"
	"guike/internal/actor"
	core "guike/model/project"
	model "guike/model/project/handover"
	"guike/service/project/handover"
)

func hex(b []byte) string { return encoding.EncodeToString(b) }

// OpenAcceptance puts a sheet before the customer.
func (a *API) OpenAcceptance(ctx context.Context, in *SheetInput) (*contract.Made[Acceptance], error) {
	who := actor.From(ctx)
	sheet := handover.NewSheet{
		ProjectID: in.ID, Stage: in.Stage, Note: in.Body.Note, CareGiven: in.Body.CareGiven, CareText: in.Body.CareText,
		Once: in.Once("handover-open-acceptance", named{ID: in.ID.String(), Key: in.Stage, Body: in.Body}),
	}
	for _, it := range in.Body.Items {
		sheet.Items = append(sheet.Items, handover.NewItem{Key: it.Key, Text: it.Text, Result: model.Result(it.Result), Note: it.Note, FileIDs: it.FileIDs})
	}
	r, replayed, err := a.handover.OpenAcceptance(ctx, who, sheet)
	return a.acceptanceMade(ctx, who, r, replayed, err)
}

// acceptanceMade shows staff the version that a request was about.
func (a *API) acceptanceMade(ctx context.Context, who actor.Actor, r handover.AcceptanceResult, replayed bool, err error) (*contract.Made[Acceptance], error) {
	if err != nil {
		return nil, err
	}
	read, err := a.handover.Acceptance(ctx, who, r.AcceptanceID, r.Version)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewAcceptance(read), replayed), nil
}

// decided shows the customer the version that a decision is about.
func (a *API) decided(ctx context.Context, who actor.Actor, r handover.AcceptanceResult, replayed bool, err error) (*contract.Made[Acceptance], error) {
	if err != nil {
		return nil, err
	}
	read, err := a.handover.MyAcceptance(ctx, who, r.AcceptanceID, r.Version)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewAcceptance(read), replayed), nil
}

// SignAcceptance keeps my signature.
func (a *API) SignAcceptance(ctx context.Context, in *SignInput) (*contract.Made[Acceptance], error) {
	who := actor.From(ctx)
	r, replayed, err := a.handover.SignAcceptance(ctx, who, handover.Signature{
		AcceptanceID: in.ID, Version: in.Body.Version, Name: in.Body.Name, Once: in.Once("handover-sign-acceptance", named{ID: in.ID.String(), Body: in.Body}),
	})
	return a.decided(ctx, who, r, replayed, err)
}

// RefuseAcceptance keeps that I do not accept.
func (a *API) RefuseAcceptance(ctx context.Context, in *RefuseInput) (*contract.Made[Acceptance], error) {
	who := actor.From(ctx)
	r, replayed, err := a.handover.RefuseAcceptance(ctx, who, handover.Refusal{
		AcceptanceID: in.ID, Version: in.Body.Version, Word: in.Body.Word, Once: in.Once("handover-refuse-acceptance", named{ID: in.ID.String(), Body: in.Body}),
	})
	return a.decided(ctx, who, r, replayed, err)
}

// RecordPaper keeps a signature that was given on paper.
func (a *API) RecordPaper(ctx context.Context, in *PaperInput) (*contract.Made[Acceptance], error) {
	who, b := actor.From(ctx), in.Body
	r, replayed, err := a.handover.RecordPaper(ctx, who, handover.Paper{
		AcceptanceID: in.ID, Version: b.Version, Name: b.Name, FileID: b.FileID, Reason: b.Reason,
		Once: in.Once("handover-record-paper", named{ID: in.ID.String(), Body: b}),
	})
	return a.acceptanceMade(ctx, who, r, replayed, err)
}

// Acceptances lists the sheets of a project.
func (a *API) Acceptances(ctx context.Context, in *ListInput) (*contract.Answer[contract.List[Acceptance]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	list, err := a.handover.Acceptances(ctx, actor.From(ctx), in.ID, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(list.Acceptances, list.Next, viewAcceptance)), nil
}

// MyAcceptances lists the sheets of my project.
func (a *API) MyAcceptances(ctx context.Context, in *contract.ReadPage) (*contract.Tagged[contract.List[Acceptance]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	list, err := a.handover.MyAcceptances(ctx, actor.From(ctx), in.ID, page)
	if err != nil {
		return nil, err
	}
	return contract.NewTagged(list.Tag, in.IfNoneMatch, func() contract.List[Acceptance] {
		return contract.NewList(list.Acceptances, list.Next, viewAcceptance)
	}), nil
}

// Acceptance shows a version of a sheet.
func (a *API) Acceptance(ctx context.Context, in *VersionInput) (*contract.Answer[Acceptance], error) {
	read, err := a.handover.Acceptance(ctx, actor.From(ctx), in.ID, in.Version)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewAcceptance(read)), nil
}

// MyAcceptance shows me a version of a sheet.
func (a *API) MyAcceptance(ctx context.Context, in *VersionInput) (*contract.Answer[Acceptance], error) {
	read, err := a.handover.MyAcceptance(ctx, actor.From(ctx), in.ID, in.Version)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewAcceptance(read)), nil
}

// Checklists lists the checklists.
func (a *API) Checklists(ctx context.Context, _ *struct{}) (*contract.Answer[Items[ChecklistSummary]], error) {
	rows, err := a.handover.Checklists(ctx)
	if err != nil {
		return nil, err
	}
	return contract.Found(all(rows, viewChecklistSummary)), nil
}

// ChangeChecklist adds a version to a checklist.
func (a *API) ChangeChecklist(ctx context.Context, in *ChecklistInput) (*contract.Made[Checklist], error) {
	b := in.Body
	list := handover.NewChecklist{
		Kind: core.Kind(b.Kind), Stage: b.Stage, Based: b.Version, TitleZH: b.Title, TitleEN: b.TitleEN, Once: in.Once("handover-change-checklist", b),
	}
	for _, l := range b.Items {
		list.Lines = append(list.Lines, handover.ChecklistLine{Key: l.Key, TextZH: l.Text, TextEN: l.TextEN})
	}
	r, replayed, err := a.handover.ChangeChecklist(ctx, actor.From(ctx), list)
	if err != nil {
		return nil, err
	}
	c, err := a.handover.Checklist(ctx, r.Kind, r.Stage)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewChecklist(c), replayed), nil
}

// StageChecklist shows what a stage of a project is accepted by.
func (a *API) StageChecklist(ctx context.Context, in *StageInput) (*contract.Answer[Checklist], error) {
	c, err := a.handover.StageChecklist(ctx, actor.From(ctx), in.ID, in.Stage)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewChecklist(c)), nil
}
