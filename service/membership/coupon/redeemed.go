package coupon

import (
	"context"
	"strconv"

	"guike/internal/actor"
	"guike/model/db"
	model "guike/model/membership/coupon"
	rewards "guike/model/membership/reward"
)

// RedeemedTx makes coupons of a redemption of a reward of kind coupon (G2), in its transaction and under its
// member's lock: as many as were redeemed, each worth what the reward says, valid as long as the redemption
// would have been. made is false when there is no campaign for it. Errors: the refusals of a campaign.
func (s *Service) RedeemedTx(ctx context.Context, tx *db.Tx, who actor.Actor, r rewards.Redemption) (made bool, err error) {
	campaigns, err := model.Campaigns(ctx, tx, model.Redemption)
	if err != nil || len(campaigns) == 0 {
		return false, err
	}
	p, err := s.lockTx(ctx, tx, actor.Machine(), r.CustomerID)
	if err != nil {
		return false, err
	}
	campaign := campaigns[0]
	campaign.NameZH, campaign.NameEN = r.TitleZH, r.TitleEN
	for n := range r.Quantity {
		_, _, err := s.grantTx(ctx, tx, who, grant{
			campaign: campaign, to: p, cause: r.Source() + ":" + strconv.FormatInt(n, 10), source: r.Source(), worthFen: r.WorthFen, until: r.UseUntil,
		})
		if err != nil {
			return false, err
		}
	}
	return true, nil
}
