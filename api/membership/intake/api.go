// Package intake is the API of imports.
package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/sheet"
	model "guike/model/membership/intake"
	"guike/service/membership/intake"
)

// API holds the operations.
type API struct{ runs *intake.Service }

// New returns the operations over the use cases.
func New(s *intake.Service) *API { return &API{s} }

// Upload keeps a file and has it checked.
func (a *API) Upload(ctx context.Context, in *UploadInput) (*contract.Made[Run], error) {
	form := in.RawBody.Data()
	defer form.File.Close()
	data, err := io.ReadAll(io.LimitReader(form.File, sheet.DefaultLimits().Bytes+1))
	if err != nil {
		return nil, fmt.Errorf("read upload: %w", err)
	}
	sum := sha256.Sum256(data)
	r, replayed, err := a.runs.Upload(ctx, actor.From(ctx), intake.Upload{
		Name: form.File.Filename, Kind: model.Kind(form.Kind), Data: data,
		Once: in.Once("intake-upload", []string{hex.EncodeToString(sum[:]), form.Kind}),
	})
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewRun(r), replayed), nil
}

// List lists the imports, newest first.
func (a *API) List(ctx context.Context, in *contract.Paging) (*contract.Answer[contract.List[Run]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.runs.List(ctx, actor.From(ctx), page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewRun)), nil
}

// Get shows how far an import is, and what was found in its file.
func (a *API) Get(ctx context.Context, in *GetInput) (*contract.Answer[RunPage], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	f, err := a.runs.Read(ctx, actor.From(ctx), in.ID, model.Severity(in.Severity), page)
	if err != nil {
		return nil, err
	}
	return contract.Found(RunPage{viewRun(f.Run), contract.NewList(f.Remarks, f.Next, viewRemark)}), nil
}

// Apply has a checked file imported.
func (a *API) Apply(ctx context.Context, in *ApplyInput) (*contract.Made[Run], error) {
	r, replayed, err := a.runs.Apply(ctx, actor.From(ctx), in.Once("intake-apply", []any{in.ID, in.Body}), in.ID, in.Body.SkipFaulty)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewRun(r), replayed), nil
}

// Discard gives a file up and removes it.
func (a *API) Discard(ctx context.Context, in *DiscardInput) (*contract.Answer[Run], error) {
	r, err := a.runs.Discard(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewRun(r)), nil
}
