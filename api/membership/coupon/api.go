// Package coupon is the API of campaigns and coupons.
package coupon

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	model "guike/model/membership/coupon"
	"guike/service/membership/coupon"
)

// API holds the operations.
type API struct{ coupons *coupon.Service }

// New returns the operations over the use cases.
func New(s *coupon.Service) *API { return &API{s} }

// about is what makes an idempotency key of an act on something.
type about struct {
	Subject string
	Body    any
}

// made shows what an act has left behind.
func made[R, V any](r R, replayed bool, err error, view func(R) V) (*contract.Made[V], error) {
	if err != nil {
		return nil, err
	}
	return contract.NewMade(view(r), replayed), nil
}

// Mine lists my coupons.
func (a *API) Mine(ctx context.Context, in *MineInput) (*contract.Answer[contract.List[Coupon]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.coupons.Mine(ctx, actor.From(ctx), model.State(in.State), page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewCoupon)), nil
}

// Claim issues the coupon of a campaign's code to me.
func (a *API) Claim(ctx context.Context, in *ClaimInput) (*contract.Made[Coupon], error) {
	c, replayed, err := a.coupons.Claim(ctx, actor.From(ctx), in.Body.Code, in.Once("coupon-claim", in.Body))
	return made(c, replayed, err, viewCoupon)
}

// Of lists the coupons of a customer.
func (a *API) Of(ctx context.Context, in *OfInput) (*contract.Answer[contract.List[StaffCoupon]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.coupons.Of(ctx, actor.From(ctx), in.ID, model.State(in.State), page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewStaffCoupon)), nil
}

// Issue gives a coupon to a customer by hand.
func (a *API) Issue(ctx context.Context, in *IssueInput) (*contract.Made[StaffCoupon], error) {
	c, replayed, err := a.coupons.Issue(ctx, actor.From(ctx), coupon.NewCoupon{
		CustomerID: in.ID, Campaign: in.Body.Campaign, Reason: in.Body.Reason, Once: in.Once("coupon-issue", about{in.ID.String(), in.Body}),
	})
	return made(c, replayed, err, viewStaffCoupon)
}

// Look shows what a code is for.
func (a *API) Look(ctx context.Context, in *ByCode) (*contract.Answer[StaffCoupon], error) {
	c, err := a.coupons.Look(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewStaffCoupon(c)), nil
}

// Use hands out a gift or service.
func (a *API) Use(ctx context.Context, in *UseInput) (*contract.Made[StaffCoupon], error) {
	c, replayed, err := a.coupons.Use(ctx, actor.From(ctx), in.Code, in.Once("coupon-use", in.Code))
	return made(c, replayed, err, viewStaffCoupon)
}

// Void takes a coupon away from a customer.
func (a *API) Void(ctx context.Context, in *VoidInput) (*contract.Made[StaffCoupon], error) {
	c, replayed, err := a.coupons.Void(ctx, actor.From(ctx), in.Code, in.Body.Reason, in.Once("coupon-void", about{in.Code, in.Body}))
	return made(c, replayed, err, viewStaffCoupon)
}

// Campaigns lists campaigns.
func (a *API) Campaigns(ctx context.Context, in *CampaignsInput) (*contract.Answer[Campaigns], error) {
	rows, err := a.coupons.Campaigns(ctx, actor.From(ctx), model.Event(in.Event))
	if err != nil {
		return nil, err
	}
	all := Campaigns{Items: make([]Campaign, 0, len(rows))}
	for _, c := range rows {
		all.Items = append(all.Items, viewCampaign(c))
	}
	return contract.Found(all), nil
}

// Campaign shows one campaign.
func (a *API) Campaign(ctx context.Context, in *ByKey) (*contract.Answer[Campaign], error) {
	return found(a.coupons.Campaign(ctx, actor.From(ctx), in.CampaignKey))
}

func found(c model.Campaign, err error) (*contract.Answer[Campaign], error) {
	if err != nil {
		return nil, err
	}
	return contract.Found(viewCampaign(c)), nil
}

// AddCampaign writes a campaign down.
func (a *API) AddCampaign(ctx context.Context, in *AddInput) (*contract.Made[Campaign], error) {
	c := in.Body.campaign()
	c.Key, c.Once = in.Body.Key, in.Once("coupon-add-campaign", in.Body)
	kept, replayed, err := a.coupons.AddCampaign(ctx, actor.From(ctx), c)
	return made(kept, replayed, err, viewCampaign)
}

// ChangeCampaign replaces what is said of a campaign.
func (a *API) ChangeCampaign(ctx context.Context, in *ChangeInput) (*contract.Answer[Campaign], error) {
	c := in.Body.campaign()
	c.Key, c.Version = in.CampaignKey, in.Body.Version
	kept, _, err := a.coupons.ChangeCampaign(ctx, actor.From(ctx), c)
	return found(kept, err)
}

// StopCampaign stops a campaign at once.
func (a *API) StopCampaign(ctx context.Context, in *SwitchInput) (*contract.Answer[Campaign], error) {
	return found(a.coupons.Switch(ctx, actor.From(ctx), in.CampaignKey, false))
}

// ResumeCampaign lets a campaign go on.
func (a *API) ResumeCampaign(ctx context.Context, in *SwitchInput) (*contract.Answer[Campaign], error) {
	return found(a.coupons.Switch(ctx, actor.From(ctx), in.CampaignKey, true))
}

// Settlement shows what a partner bears in a period.
func (a *API) Settlement(ctx context.Context, in *SettlementInput) (*contract.Answer[Settlement], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	s, err := a.coupons.Settlement(ctx, in.period(), page)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewSettlement(s)), nil
}

// ExportSettlement writes it as a table.
func (a *API) ExportSettlement(ctx context.Context, in *PeriodInput) (*contract.Table, error) {
	csv, err := a.coupons.ExportSettlement(ctx, actor.From(ctx), in.period())
	if err != nil {
		return nil, err
	}
	return contract.NewTable("settlement.csv", csv), nil
}

// Ask keeps the wish to win somebody back.
func (a *API) Ask(ctx context.Context, in *RequestInput) (*contract.Made[Request], error) {
	b := in.Body
	q, replayed, err := a.coupons.Ask(ctx, actor.From(ctx), coupon.NewRequest{
		CustomerID: b.CustomerID, Campaign: b.Campaign, Incident: b.Incident, Reason: b.Reason, Once: in.Once("coupon-ask", b),
	})
	return made(q, replayed, err, viewRequest)
}

// Decide approves or refuses a request.
func (a *API) Decide(ctx context.Context, in *DecisionInput) (*contract.Made[Request], error) {
	q, replayed, err := a.coupons.Decide(ctx, actor.From(ctx), coupon.Decision{
		RequestID: in.ID, Approve: in.Body.Decision == "approve", Word: in.Body.Word, Once: in.Once("coupon-decide", about{in.ID.String(), in.Body}),
	})
	return made(q, replayed, err, viewRequest)
}

// Requests lists requests.
func (a *API) Requests(ctx context.Context, in *RequestsInput) (*contract.Answer[contract.List[Request]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.coupons.Requests(ctx, model.RequestState(in.State), page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewRequest)), nil
}

// Allowances shows what roles may issue by hand.
func (a *API) Allowances(ctx context.Context, _ *struct{}) (*contract.Answer[Allowances], error) {
	who := actor.From(ctx)
	all, used, err := a.coupons.Allowances(ctx, who)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewAllowances(all, used, who.Role)), nil
}

// SetAllowances replaces what roles may issue by hand.
func (a *API) SetAllowances(ctx context.Context, in *AllowancesInput) (*contract.Answer[Allowances], error) {
	all := make(coupon.Allowances, len(in.Body.Allowances))
	for role, fen := range in.Body.Allowances {
		all[actor.Role(role)] = fen
	}
	if err := a.coupons.SetAllowances(ctx, actor.From(ctx), all); err != nil {
		return nil, err
	}
	return a.Allowances(ctx, nil)
}
