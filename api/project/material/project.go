package material

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/clock"
	model "guike/model/project/material"
	"guike/service/project/material"
)

// OfProject shows what is specified for a home and what was built in.
func (a *API) OfProject(ctx context.Context, in *contract.ByID) (*contract.Answer[Built], error) {
	b, err := a.materials.OfProject(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewBuilt(b)), nil
}

// MyMaterials shows the same to a member of the home.
func (a *API) MyMaterials(ctx context.Context, in *contract.ByID) (*contract.Answer[Built], error) {
	b, err := a.materials.Mine(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewBuilt(b)), nil
}

// Specify replaces a project's specification.
func (a *API) Specify(ctx context.Context, in *SpecifyInput) (*contract.Answer[Built], error) {
	who := actor.From(ctx)
	lines := make([]model.Line, 0, len(in.Body.Lines))
	for _, l := range in.Body.Lines {
		lines = append(lines, model.Line{Place: l.Place, MaterialID: l.MaterialID, Quantity: l.Quantity, Note: l.Note})
	}
	err := a.materials.Specify(ctx, who, material.NewSpecification{
		ProjectID: in.ID, Revision: in.Body.Revision, Lines: lines, ChangeOrderID: in.Body.ChangeOrderID,
	})
	if err != nil {
		return nil, err
	}
	return a.OfProject(ctx, &in.ByID)
}

// Install writes down what was built in.
func (a *API) Install(ctx context.Context, in *InstallInput) (*contract.Made[Install], error) {
	b := in.Body
	done, replayed, err := a.materials.Install(ctx, actor.From(ctx), material.NewInstall{
		ProjectID: in.ID, BatchCode: b.BatchCode, BatchID: b.BatchID, MaterialID: b.MaterialID, Place: b.Place,
		Quantity: b.Quantity, InstalledOn: clock.Day(b.InstalledOn), Note: b.Note,
		Once: in.Once("material-install", struct {
			Project string
			Body    InstallBody
		}{in.ID.String(), b}),
	})
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewInstall(done), replayed), nil
}

// WithdrawInstall takes back an installation that was entered by mistake.
func (a *API) WithdrawInstall(ctx context.Context, in *WithdrawInstallInput) (*contract.Nothing, error) {
	return &contract.Nothing{}, a.materials.WithdrawInstall(ctx, actor.From(ctx), in.ID, in.InstallID, in.Body.Reason)
}
