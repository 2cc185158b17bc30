package identity

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/model/db"
	service "guike/service/identity"
)

// StoreAPI answers for stores and regions.
type StoreAPI struct{ stores *service.Stores }

// NewStoreAPI returns the operations over the stores.
func NewStoreAPI(stores *service.Stores) *StoreAPI { return &StoreAPI{stores: stores} }

// ListStores lists the stores for everybody.
func (a *StoreAPI) ListStores(ctx context.Context, in *ListStoresInput) (*contract.Answer[contract.List[StoreView]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.stores.List(ctx, in.Closed, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewStore)), nil
}

// CreateStore adds a store.
func (a *StoreAPI) CreateStore(ctx context.Context, in *CreateStoreInput) (*contract.Made[StoreView], error) {
	row, replayed, err := a.stores.Create(ctx, actor.From(ctx), in.Once("identity-create-store", in.Body), in.Body.form())
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewStore(row), replayed), nil
}

// UpdateStore replaces what is said of a store.
func (a *StoreAPI) UpdateStore(ctx context.Context, in *UpdateStoreInput) (*contract.Answer[StoreView], error) {
	row, err := a.stores.Update(ctx, actor.From(ctx), in.ID, in.Body.form())
	if err != nil {
		return nil, err
	}
	return contract.Found(viewStore(row)), nil
}

// ListRegions lists every region.
func (a *StoreAPI) ListRegions(ctx context.Context, _ *struct{}) (*contract.Answer[contract.List[RegionView]], error) {
	rows, err := a.stores.Regions(ctx)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, db.Cursor{}, viewRegion)), nil
}

// CreateRegion adds a region.
func (a *StoreAPI) CreateRegion(ctx context.Context, in *CreateRegionInput) (*contract.Made[RegionView], error) {
	row, replayed, err := a.stores.CreateRegion(ctx, actor.From(ctx), in.Once("identity-create-region", in.Body), in.Body.Name)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewRegion(row), replayed), nil
}
