// Package level is the API of levels and titles: the ladder, the titles' rules, and who stands where.
package level

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/service/membership/level"
)

// API holds the operations.
type API struct{ levels *level.Service }

// New returns the operations over the use cases.
func New(s *level.Service) *API { return &API{s} }

// MyLevels shows the ladder, the titles, and where I am.
func (a *API) MyLevels(ctx context.Context, _ *struct{}) (*contract.Answer[Levels], error) {
	return overview(a.levels.Mine(ctx, actor.From(ctx).ID))
}

func overview(o level.Overview, err error) (*contract.Answer[Levels], error) {
	if err != nil {
		return nil, err
	}
	return contract.Found(viewLevels(o)), nil
}

// MyChanges lists the changes of my level.
func (a *API) MyChanges(ctx context.Context, in *contract.Paging) (*contract.Answer[contract.List[Change]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.levels.Changes(ctx, actor.From(ctx).ID, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewChange)), nil
}

// MyTitles lists every title that I was granted.
func (a *API) MyTitles(ctx context.Context, in *contract.Paging) (*contract.Answer[contract.List[Grant]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.levels.Grants(ctx, actor.From(ctx).ID, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewGrant)), nil
}

// Ladder shows the ladder.
func (a *API) Ladder(ctx context.Context, _ *struct{}) (*contract.Answer[Ladder], error) {
	l, err := a.levels.Ladder(ctx)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewLadder(l)), nil
}

// ChangeLadder keeps the next version of the ladder.
func (a *API) ChangeLadder(ctx context.Context, in *ChangeLadderInput) (*contract.Answer[Ladder], error) {
	l, err := a.levels.SetLadder(ctx, actor.From(ctx), in.Body.Version, in.Body.plan())
	if err != nil {
		return nil, err
	}
	return contract.Found(viewLadder(l)), nil
}

// CheckLadder tries a ladder and keeps nothing.
func (a *API) CheckLadder(ctx context.Context, in *CheckLadderInput) (*contract.Answer[Checked], error) {
	c, err := a.levels.Check(ctx, in.Body.plan())
	if err != nil {
		return nil, err
	}
	return contract.Found(viewChecked(c)), nil
}

// Presets lists the ladders that can be taken over.
func (a *API) Presets(context.Context, *struct{}) (*contract.Answer[Presets], error) {
	return contract.Found(viewPresets(level.Presets())), nil
}

// Titles lists every title.
func (a *API) Titles(ctx context.Context, _ *struct{}) (*contract.Answer[StaffTitles], error) {
	all, err := a.levels.Titles(ctx)
	if err != nil {
		return nil, err
	}
	v := StaffTitles{Items: make([]StaffTitle, 0, len(all))}
	for _, t := range all {
		v.Items = append(v.Items, viewTitle(t))
	}
	return contract.Found(v), nil
}

// AddTitle keeps a new title.
func (a *API) AddTitle(ctx context.Context, in *NewTitleInput) (*contract.Made[KeptTitle], error) {
	r, replayed, err := a.levels.AddTitle(ctx, actor.From(ctx), level.NewTitle{
		Key: in.Body.Key, Meaning: in.Body.meaning(), Once: in.Once("level-add-title", in.Body),
	})
	if err != nil {
		return nil, err
	}
	return contract.NewMade(KeptTitle(r), replayed), nil
}

// ChangeTitle keeps the next version of a title.
func (a *API) ChangeTitle(ctx context.Context, in *ChangeTitleInput) (*contract.Answer[StaffTitle], error) {
	t, err := a.levels.ChangeTitle(ctx, actor.From(ctx), level.NewTitle{Key: in.Key, Version: in.Body.Version, Meaning: in.Body.meaning()})
	if err != nil {
		return nil, err
	}
	return contract.Found(viewTitle(t)), nil
}

// CustomerLevels shows where a customer stands.
func (a *API) CustomerLevels(ctx context.Context, in *contract.ByID) (*contract.Answer[Levels], error) {
	return overview(a.levels.StandingFor(ctx, actor.From(ctx), in.ID))
}

// CustomerChanges lists the changes of a customer's level.
func (a *API) CustomerChanges(ctx context.Context, in *OfCustomer) (*contract.Answer[contract.List[Change]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.levels.ChangesFor(ctx, actor.From(ctx), in.ID, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewChange)), nil
}

// CustomerTitles lists every title that a customer was granted.
func (a *API) CustomerTitles(ctx context.Context, in *OfCustomer) (*contract.Answer[contract.List[Grant]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.levels.GrantsFor(ctx, actor.From(ctx), in.ID, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewGrant)), nil
}

// keyed is what makes an idempotency key of an act on a customer.
type keyed struct {
	Customer string
	Body     GrantBody
}

// Grant gives a customer a title by hand.
func (a *API) Grant(ctx context.Context, in *GrantInput) (*contract.Made[Grant], error) {
	g, replayed, err := a.levels.Grant(ctx, actor.From(ctx), level.NewGrant{
		CustomerID: in.ID, Title: in.Body.Title, Reason: in.Body.Reason, Until: in.Body.Until, Once: in.Once("level-grant", keyed{in.ID.String(), in.Body}),
	})
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewGrant(g), replayed), nil
}

// EndGrant ends a grant that was made by hand.
func (a *API) EndGrant(ctx context.Context, in *EndInput) (*contract.Answer[Grant], error) {
	g, err := a.levels.EndGrant(ctx, actor.From(ctx), in.ID, in.GrantID, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewGrant(g)), nil
}
