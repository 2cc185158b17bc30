package reward

import (
	"context"

	"guike/internal/id"
	"guike/model/db"
	model "guike/model/membership/reward"
)

// The keys of the default rewards.
const (
	SeedGift    = "gift_50"
	SeedCoupon  = "coupon_100"
	SeedProduct = "product_200"
)

// SeedTx loads the default catalogue (G2, G3): a small gift for 50 points, 10 yuan for 100 points, a product
// at full price for 200 points. What was loaded before is left as staff have made it.
func SeedTx(ctx context.Context, tx *db.Tx) error {
	for _, d := range defaults() {
		_, known, err := model.BySeed(ctx, tx, *d.SeedKey)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		d.ID, d.State, d.PublishedAt = id.New(), model.Published, &tx.Now
		d.CancelDays, d.PointsBack = 7, true
		if err := model.AddTx(ctx, tx, &d); err != nil {
			return err
		}
	}
	return nil
}

func defaults() []model.Reward {
	return []model.Reward{
		{
			SeedKey: new(SeedGift), Kind: model.Gift, Price: 50, Stock: new(int64(200)), UseDays: 60,
			TitleZH: "精美小礼品", TitleEN: "A small gift",
			TextZH: "凭兑换码到任一门店领取,款式以门店现有为准。", TextEN: "Hand in the code at any store; the choice is what the store has.",
		},
		{
			SeedKey: new(SeedCoupon), Kind: model.Coupon, Price: 100, WorthFen: 1000, UseDays: 180,
			TitleZH: "10 元优惠券", TitleEN: "A coupon of 10 yuan",
			TextZH: "付款时出示兑换码,减 10 元,不找零。", TextEN: "Show the code when you pay: 10 yuan off, no change is given.",
		},
		{
			SeedKey: new(SeedProduct), Kind: model.Product, Price: 200, Stock: new(int64(50)), UseDays: 60,
			TitleZH: "正价商品一件(指定款)", TitleEN: "A product at full price, of those named",
			TextZH: "凭兑换码到任一门店领取一件指定款正价商品。", TextEN: "Hand in the code at any store for one of the products named.",
		},
	}
}
