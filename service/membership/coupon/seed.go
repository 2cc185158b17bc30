package coupon

import (
	"context"
	"fmt"

	"guike/internal/actor"
	"guike/model/db"
	model "guike/model/membership/coupon"
	"guike/model/settings"
)

// The keys of the default campaigns.
const (
	SeedFirstPayment = "first_payment_5"
	SeedCleaning     = "appliance_cleaning"
	SeedBirthday     = "birthday_gift"
	SeedWinBack      = "win_back_20"
	SeedAppliance    = "appliance_10000"
	SeedGoodwill     = "goodwill_50"
	SeedPoints       = "points_coupon"
	SeedMemberDay    = "member_day_20_off"
)

// Seeds are the default campaigns (G2, G8–G11, G14, L4). The member day is switched off until staff say when it
// is, the cleaning until they say for how many.
func Seeds() []model.Campaign {
	return []model.Campaign{
		{Key: SeedFirstPayment, Enabled: true, Definition: model.Definition{
			NameZH: "首单 5 元券", NameEN: "5 yuan after the first payment", Event: model.Payment, Condition: "first_payment", Per: model.PerCustomer,
			Kind: model.Amount, AmountFen: 500, Scope: model.All, Days: 180, LimitCount: 1, LimitPer: model.Ever, Group: "rule",
		}},
		{Key: SeedAppliance, Enabled: true, Definition: model.Definition{
			NameZH: "装修满 10 万送 1 万家电券", NameEN: "Appliances for 10,000 yuan with a contract of 100,000", Event: model.Payment,
			Condition: "contract_fen >= 10000000", Per: model.PerProject, Kind: model.Voucher, Scope: "appliance", Days: 365,
			Steps:  []model.Step{{FromFen: 10_000_000, AmountFen: 1_000_000}},
			NoteZH: "由合作家电品牌门店提供商品。", NoteEN: "The goods come from the appliance brands that work with us.",
		}},
		{Key: SeedCleaning, Definition: model.Definition{
			NameZH: "买家电送清洁一次", NameEN: "One cleaning with appliances", Event: model.Payment,
			Condition: "'appliance' in goods", Per: model.PerProject, Kind: model.Service, WorthFen: 20_000, Days: 180, BudgetPieces: 500,
			NoteZH: "提前一天预约,上门清洁厨房或卫生间一次,2 小时以内。", NoteEN: "By appointment a day before: one kitchen or bathroom at home, within two hours.",
		}},
		{Key: SeedBirthday, Enabled: true, Definition: model.Definition{
			NameZH: "生日礼:厨房清洁一次", NameEN: "A birthday present: one kitchen cleaning", Event: model.Birthday, Kind: model.Service, WorthFen: 20_000, Days: 30,
			NoteZH: "提前一天预约,含油烟机表面清洁。", NoteEN: "By appointment a day before; the surface of the cooker hood is part of it.",
		}},
		{Key: SeedWinBack, Enabled: true, Definition: model.Definition{
			NameZH: "20 元无门槛致歉券", NameEN: "20 yuan with our apology", Event: model.WinBack, Kind: model.Amount, AmountFen: 2000, Scope: model.All, Days: 90,
		}},
		{Key: SeedGoodwill, Enabled: true, Definition: model.Definition{
			NameZH: "50 元关怀券", NameEN: "50 yuan of goodwill", Event: model.ByStaff, Kind: model.Amount, AmountFen: 5000, Scope: model.All, Days: 90,
			LimitCount: 1, LimitPer: model.Month,
		}},
		{Key: SeedPoints, Enabled: true, Definition: model.Definition{
			NameZH: "积分兑换券", NameEN: "A coupon for points", Event: model.Redemption, Kind: model.Amount, Scope: model.All, Days: 180,
		}},
		{Key: SeedMemberDay, Definition: model.Definition{
			NameZH: "会员日全场 8 折", NameEN: "Member day: 20% off", Event: model.MemberDay, Code: "MEMBER8", Kind: model.Percent, OffBP: 2000, Scope: model.All,
			CapFen: 200_000, Group: "member_day", Weekdays: []string{"sat"},
		}},
	}
}

// defaultAllowances are what roles may issue by hand in a month, in cents.
func defaultAllowances() Allowances {
	return Allowances{
		actor.Sales: 20_000, actor.CustomerService: 50_000, actor.ExperienceCentre: 200_000, actor.StoreManager: 200_000,
		actor.RegionalHead: 500_000, actor.Management: 1_000_000, actor.Admin: 1_000_000,
	}
}

// SeedTx loads the default campaigns and limits that are not known yet. Running it again changes nothing.
func SeedTx(ctx context.Context, tx *db.Tx) error {
	known, err := model.Campaigns(ctx, tx, "")
	if err != nil {
		return err
	}
	have := make(map[string]bool, len(known))
	for _, c := range known {
		have[c.Key] = true
	}
	for _, c := range Seeds() {
		if have[c.Key] {
			continue
		}
		if err := model.AddCampaignTx(ctx, tx, &c); err != nil {
			return fmt.Errorf("seed coupon campaign %s: %w", c.Key, err)
		}
	}
	if _, ok, err := settings.Get(ctx, tx, settingAllowances); err != nil || ok {
		return err
	}
	return putAllowances(ctx, tx, defaultAllowances())
}
