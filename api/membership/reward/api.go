// Package reward is the API of the catalogue of rewards and of redemptions.
package reward

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/id"
	model "guike/model/membership/reward"
	"guike/service/membership/reward"
)

// API holds the operations.
type API struct{ rewards *reward.Service }

// New returns the operations over the use cases.
func New(s *reward.Service) *API { return &API{s} }

// keyed is what makes an idempotency key of an act on something.
type keyed struct {
	Subject string
	Body    any
}

// Rewards lists the catalogue as I see it.
func (a *API) Rewards(ctx context.Context, in *OffersInput) (*contract.Tagged[contract.List[Reward]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	o, err := a.rewards.Offers(ctx, actor.From(ctx), page)
	if err != nil {
		return nil, err
	}
	return contract.NewTagged(o.Tag, in.IfNoneMatch, func() contract.List[Reward] { return contract.NewList(o.Items, o.Next, viewReward) }), nil
}

// Reward shows one reward of the catalogue.
func (a *API) Reward(ctx context.Context, in *contract.Read) (*contract.Tagged[Reward], error) {
	o, tag, err := a.rewards.Offer(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.NewTagged(tag, in.IfNoneMatch, func() Reward { return viewReward(o) }), nil
}

// Redeem spends points on a reward.
func (a *API) Redeem(ctx context.Context, in *RedeemInput) (*contract.Made[Redemption], error) {
	b := in.Body
	o, replayed, err := a.rewards.Redeem(ctx, actor.From(ctx), reward.NewRedemption{
		RewardID: b.RewardID, Quantity: b.Quantity, Price: b.Price, Once: in.Once("reward-redeem", b),
	})
	return made(o, replayed, err, viewRedemption)
}

// made shows what an act has left behind.
func made[R, V any](r R, replayed bool, err error, view func(R) V) (*contract.Made[V], error) {
	if err != nil {
		return nil, err
	}
	return contract.NewMade(view(r), replayed), nil
}

// MyRedemptions lists my redemptions.
func (a *API) MyRedemptions(ctx context.Context, in *contract.Paging) (*contract.Answer[contract.List[Redemption]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.rewards.Mine(ctx, actor.From(ctx), page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewRedemption)), nil
}

// MyRedemption shows one redemption of mine.
func (a *API) MyRedemption(ctx context.Context, in *contract.Read) (*contract.Tagged[Redemption], error) {
	o, err := a.rewards.My(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.NewTagged(o.Tag, in.IfNoneMatch, func() Redemption { return viewRedemption(o) }), nil
}

// MyRedemptionPNG draws the code of a redemption of mine.
func (a *API) MyRedemptionPNG(ctx context.Context, in *contract.ByID) (*contract.Bytes, error) {
	picture, err := a.rewards.MyCodePNG(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &contract.Bytes{ContentType: "image/png", CacheControl: "private, max-age=86400", Body: picture}, nil
}

// CancelMyRedemption gives my points back for what I did not use.
func (a *API) CancelMyRedemption(ctx context.Context, in *CancelMineInput) (*contract.Made[Redemption], error) {
	o, replayed, err := a.rewards.CancelMine(ctx, actor.From(ctx), in.ID, in.Once("reward-cancel-mine", in.ID))
	return made(o, replayed, err, viewRedemption)
}

// List lists the catalogue as staff see it.
func (a *API) List(ctx context.Context, in *ListInput) (*contract.Answer[contract.List[StaffReward]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.rewards.Sheets(ctx, model.State(in.State), page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewSheet)), nil
}

// Get shows one reward with the changes of its stock.
func (a *API) Get(ctx context.Context, in *contract.ByID) (*contract.Answer[StaffReward], error) {
	return found(a.rewards.Sheet(ctx, in.ID))
}

func found(s reward.Sheet, err error) (*contract.Answer[StaffReward], error) {
	if err != nil {
		return nil, err
	}
	return contract.Found(viewSheet(s)), nil
}

// Add writes a reward down.
func (a *API) Add(ctx context.Context, in *AddInput) (*contract.Made[StaffReward], error) {
	f := in.Body.form()
	f.Stock = in.Body.Stock
	s, replayed, err := a.rewards.Add(ctx, actor.From(ctx), in.Once("reward-add", in.Body), f)
	return made(s, replayed, err, viewSheet)
}

// Change replaces what is said of a reward.
func (a *API) Change(ctx context.Context, in *ChangeInput) (*contract.Answer[StaffReward], error) {
	return found(a.rewards.Change(ctx, actor.From(ctx), in.ID, in.Body.Version, in.Body.form()))
}

// Publish puts a reward into the catalogue.
func (a *API) Publish(ctx context.Context, in *ByIDInput) (*contract.Answer[StaffReward], error) {
	return found(a.rewards.Publish(ctx, actor.From(ctx), in.ID))
}

// Withdraw takes a reward out of the catalogue.
func (a *API) Withdraw(ctx context.Context, in *ByIDInput) (*contract.Answer[StaffReward], error) {
	return found(a.rewards.Withdraw(ctx, actor.From(ctx), in.ID))
}

// Restock changes the stock of a reward.
func (a *API) Restock(ctx context.Context, in *RestockInput) (*contract.Made[StaffReward], error) {
	s, replayed, err := a.rewards.Restock(ctx, actor.From(ctx), reward.NewRestock{
		RewardID: in.ID, Amount: in.Body.Amount, Reason: in.Body.Reason, Once: in.Once("reward-restock", about(in.ID, in.Body)),
	})
	return made(s, replayed, err, viewSheet)
}

func about(thing id.ID, body any) keyed { return keyed{thing.String(), body} }

// Look shows what a code is for.
func (a *API) Look(ctx context.Context, in *ByCode) (*contract.Answer[StaffRedemption], error) {
	o, err := a.rewards.Look(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewStaffRedemption(o)), nil
}

// Use hands out what a code is for.
func (a *API) Use(ctx context.Context, in *UseInput) (*contract.Made[StaffRedemption], error) {
	o, replayed, err := a.rewards.Use(ctx, actor.From(ctx), in.Code, in.Once("reward-use", in.Code))
	return made(o, replayed, err, viewStaffRedemption)
}

// Cancel gives a customer's points back for what they did not use.
func (a *API) Cancel(ctx context.Context, in *CancelInput) (*contract.Made[StaffRedemption], error) {
	o, replayed, err := a.rewards.Cancel(ctx, actor.From(ctx), in.Code, in.Body.Reason, in.Once("reward-cancel", keyed{in.Code, in.Body}))
	return made(o, replayed, err, viewStaffRedemption)
}
