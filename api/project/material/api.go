// Package material is the API of the catalogue, batches and their documents, specifications, what was
// installed, and recalls.
package material

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/clock"
	model "guike/model/project/material"
	"guike/service/project/material"
)

// API holds the operations.
type API struct{ materials *material.Service }

// New returns the operations over the use cases.
func New(s *material.Service) *API { return &API{s} }

func (b MaterialBody) form() material.Form {
	return material.Form{
		Name: b.Name, Brand: b.Brand, Category: b.Category, Model: b.Model, Grade: b.Grade, Unit: b.Unit, Supplier: b.Supplier,
		Active: b.Active == nil || *b.Active,
	}
}

// AddMaterial puts a material into the catalogue.
func (a *API) AddMaterial(ctx context.Context, in *AddInput) (*contract.Made[Material], error) {
	m, replayed, err := a.materials.Add(ctx, actor.From(ctx), in.Once("material-add-material", in.Body), in.Body.form())
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewMaterial(m), replayed), nil
}

// ChangeMaterial replaces what the catalogue says of a material.
func (a *API) ChangeMaterial(ctx context.Context, in *ChangeInput) (*contract.Answer[Material], error) {
	m, err := a.materials.Change(ctx, actor.From(ctx), in.ID, in.Body.form())
	if err != nil {
		return nil, err
	}
	return contract.Found(viewMaterial(m)), nil
}

// Materials lists the catalogue.
func (a *API) Materials(ctx context.Context, in *ListInput) (*contract.Answer[contract.List[Material]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.materials.List(ctx, model.Filter{Category: in.Category, ActiveOnly: in.Active}, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewMaterial)), nil
}

// Material shows a material with all its documents.
func (a *API) Material(ctx context.Context, in *contract.ByID) (*contract.Answer[StaffSheet], error) {
	sheet, err := a.materials.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewStaffSheet(sheet)), nil
}

// AddBatch takes in a batch of a material.
func (a *API) AddBatch(ctx context.Context, in *BatchInput) (*contract.Made[Batch], error) {
	b := in.Body
	row, replayed, err := a.materials.AddBatch(ctx, actor.From(ctx), in.Once("material-add-batch", struct {
		Material string
		Body     BatchBody
	}{in.ID.String(), b}), in.ID, material.NewBatch{
		BatchNo: b.BatchNo, ProducedOn: clock.Day(b.ProducedOn), ReceivedOn: clock.Day(b.ReceivedOn), Quantity: b.Quantity,
	})
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewBatch(row), replayed), nil
}

// Batches lists the batches of a material.
func (a *API) Batches(ctx context.Context, in *BatchesInput) (*contract.Answer[contract.List[Batch]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.materials.Batches(ctx, in.ID, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewBatch)), nil
}

// AddDocument keeps a paper beside a material.
func (a *API) AddDocument(ctx context.Context, in *DocumentInput) (*contract.Made[StaffSheet], error) {
	b := in.Body
	sheet, replayed, err := a.materials.AddDocument(ctx, actor.From(ctx), material.NewDocument{
		MaterialID: in.ID, BatchID: b.BatchID, Kind: model.DocumentKind(b.Kind), Title: b.Title, FileID: b.FileID,
		Visibility: model.Visibility(b.Visibility), IssuedOn: clock.Day(b.IssuedOn),
		Once: in.Once("material-add-document", struct {
			Material string
			Body     DocumentBody
		}{in.ID.String(), b}),
	})
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewStaffSheet(sheet), replayed), nil
}

// WithdrawDocument takes a paper away from every reader.
func (a *API) WithdrawDocument(ctx context.Context, in *WithdrawDocumentInput) (*contract.Nothing, error) {
	return &contract.Nothing{}, a.materials.WithdrawDocument(ctx, actor.From(ctx), in.ID, in.DocumentID)
}

// Scan tells what a label stands for.
func (a *API) Scan(ctx context.Context, in *CodeInput) (*contract.Answer[Label], error) {
	sheet, err := a.materials.Scan(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewLabel(sheet)), nil
}

// LabelPNG draws a label for print.
func (a *API) LabelPNG(ctx context.Context, in *CodeInput) (*contract.Bytes, error) {
	picture, err := a.materials.Label(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return &contract.Bytes{ContentType: "image/png", CacheControl: "private, max-age=86400", Body: picture}, nil
}

// Homes lists the homes that have some of a batch.
func (a *API) Homes(ctx context.Context, in *HomesInput) (*contract.Answer[Homes], error) {
	rows, next, err := a.materials.Homes(ctx, in.ID, in.After)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewHomes(rows, next)), nil
}

// Recall calls a batch back from every home.
func (a *API) Recall(ctx context.Context, in *RecallInput) (*contract.Made[Recall], error) {
	c, replayed, err := a.materials.Recall(ctx, actor.From(ctx), material.NewRecall{
		BatchID: in.ID, Reason: in.Body.Reason, Instruction: in.Body.Instruction,
		Once: in.Once("material-recall", []string{in.ID.String(), in.Body.Reason, in.Body.Instruction}),
	})
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewRecall(c), replayed), nil
}

// RecallState tells how far a recall has come.
func (a *API) RecallState(ctx context.Context, in *contract.ByID) (*contract.Answer[Recall], error) {
	c, err := a.materials.RecallState(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewRecall(c)), nil
}
