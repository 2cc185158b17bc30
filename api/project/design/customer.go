package design

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	model "guike/model/project/design"
	"guike/service/project/design"
)

// MyDesigns lists the designs of a project of mine.
func (a *API) MyDesigns(ctx context.Context, in *contract.Read) (*contract.Tagged[contract.List[Design]], error) {
	l, err := a.design.Mine(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.NewTagged(l.Tag, in.IfNoneMatch, func() contract.List[Design] {
		views := contract.List[Design]{Items: make([]Design, 0, len(l.Designs))}
		for _, d := range l.Designs {
			views.Items = append(views.Items, viewDesign(d))
		}
		return views
	}), nil
}

// MyDesign shows a design with all versions that were submitted.
func (a *API) MyDesign(ctx context.Context, in *contract.ByID) (*contract.Answer[Design], error) {
	d, err := a.design.MyDesign(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewDesign(d)), nil
}

// View counts that I looked at a version.
func (a *API) View(ctx context.Context, in *ViewInput) (*contract.Nothing, error) {
	return &contract.Nothing{}, a.design.View(ctx, actor.From(ctx), design.VersionRef{DesignID: in.ID, Number: in.Version})
}

// Decide says what I think of a version.
func (a *API) Decide(ctx context.Context, in *DecisionInput) (*contract.Made[Design], error) {
	who, b := actor.From(ctx), in.Body
	_, replayed, err := a.design.Decide(ctx, who, design.NewDecision{
		DesignID: in.ID, Number: b.Version, Decision: model.Decision(b.Decision), Word: b.Word,
		Once: in.Once("design-decide", keyed{in.ID.String(), b}),
	})
	if err != nil {
		return nil, err
	}
	d, err := a.design.MyDesign(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewDesign(d), replayed), nil
}

// MyHomeHistory tells what was made for a home of mine.
func (a *API) MyHomeHistory(ctx context.Context, in *PageInput) (*contract.Answer[contract.List[Chapter]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	all, err := a.design.MyHome(ctx, actor.From(ctx), in.ID, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(all.Items, all.Next, viewChapter)), nil
}

// Library lists cases for whoever wants to look.
func (a *API) Library(ctx context.Context, in *LibraryInput) (*contract.Answer[contract.List[Case]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.design.Library(ctx, model.CaseFilter{
		BudgetMinFen: in.BudgetMinFen, BudgetMaxFen: in.BudgetMaxFen, Style: in.Style, HouseType: in.HouseType,
	}, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewCase)), nil
}

// PublicCase shows one case.
func (a *API) PublicCase(ctx context.Context, in *contract.ByID) (*contract.Answer[Case], error) {
	c, err := a.design.PublicCase(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewCase(c)), nil
}
