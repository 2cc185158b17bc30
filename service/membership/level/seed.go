package level

import (
	"context"
	"fmt"

	"guike/internal/actor"
	"guike/model/db"
	model "guike/model/membership/level"
)

// The keys of the titles that the house begins with (F5 to F8, F10).
const (
	Experience       = "experience"
	CoCreator        = "co_creator"
	Referrer         = "referrer"
	CommunityExpert  = "community_expert"
	VIPDesignAdviser = "vip_design_adviser"
)

// Preset is a ladder that can be taken over as it is.
type Preset struct {
	Key            string
	NameZH, NameEN string
	model.Plan
}

// Presets lists the ladders that the house knows; the first is the one that it begins with (F1, F3).
func Presets() []Preset {
	w := model.Weights{Spend: 1000, Participation: 10_000, Contribution: 10_000}
	return []Preset{
		{"metals", "铜卡、银卡、金卡", "Bronze, silver, gold", model.Plan{Weights: w, Steps: metals()}},
		{"loyalty", "普通、忠实、VIP", "Ordinary, loyal, VIP", model.Plan{Weights: w, Steps: loyalty()}},
	}
}

// fullPrice is so much off goods at full price; bp is what is paid.
func fullPrice(bp, limitFen int64) model.Benefit {
	return model.Benefit{
		Kind: model.Discount, NameZH: "正价商品折扣", NameEN: "Discount on goods at full price", Scope: "full_price", ScopeZH: "正价商品", ScopeEN: "goods at full price",
		RateBP: bp, LimitFen: limitFen,
	}
}

func yearly(kind model.BenefitKind, zh, en string, n int) model.Benefit {
	return model.Benefit{Kind: kind, NameZH: zh, NameEN: en, Times: n, Period: model.PerYear}
}

func early(zh, en string, hours int) model.Benefit {
	return model.Benefit{Kind: model.EarlyAccess, NameZH: zh, NameEN: en, Hours: hours}
}

func adviser(zh, en string, role actor.Role) model.Benefit {
	return model.Benefit{Kind: model.Adviser, NameZH: zh, NameEN: en, Role: role}
}

func metals() []model.Step {
	return []model.Step{
		{Key: "bronze", NameZH: "铜卡会员", NameEN: "Bronze", Benefits: []model.Benefit{
			yearly(model.Service, "免费上门测量", "Measuring at your home, free of charge", 1),
		}},
		{Key: "silver", NameZH: "银卡会员", NameEN: "Silver", From: 2000, GraceDays: 30, Priority: 10, EarlyHours: 24, Benefits: []model.Benefit{
			fullPrice(9500, 200_000),
			yearly(model.Service, "五金免费调试", "Adjustment of hardware, free of charge", 1),
			early("活动与新品优先购", "Events and new products", 24),
		}},
		{Key: "gold", NameZH: "金卡会员", NameEN: "Gold", From: 10_000, GraceDays: 60, Priority: 20, EarlyHours: 72, AdviserRole: actor.CustomerService, Benefits: []model.Benefit{
			fullPrice(9000, 500_000),
			yearly(model.Service, "免费上门保养", "Maintenance at your home, free of charge", 2),
			early("活动与新品优先购", "Events and new products", 72),
			adviser("专属客服顾问", "An adviser of your own", actor.CustomerService),
			{Kind: model.Priority, NameZH: "售后优先处理", NameEN: "After-sales requests are served first"},
		}},
	}
}

func loyalty() []model.Step {
	return []model.Step{
		{Key: "ordinary", NameZH: "普通会员", NameEN: "Ordinary", Benefits: []model.Benefit{
			{Kind: model.Invitation, NameZH: "积分兑换礼品", NameEN: "Redeeming points for rewards"},
		}},
		{Key: "loyal", NameZH: "忠实会员", NameEN: "Loyal", From: 2000, GraceDays: 30, Priority: 10, Benefits: []model.Benefit{
			fullPrice(9500, 200_000),
			yearly(model.Gift, "生日实用礼物", "A useful gift for the birthday", 1),
		}},
		{Key: "vip", NameZH: "VIP 会员", NameEN: "VIP", From: 10_000, GraceDays: 60, Priority: 20, EarlyHours: 48, AdviserRole: actor.CustomerService, Benefits: []model.Benefit{
			fullPrice(9000, 500_000),
			yearly(model.Gift, "生日实用礼物", "A useful gift for the birthday", 1),
			early("活动与新品优先购", "Events and new products", 48),
			adviser("专属客服顾问", "An adviser of your own", actor.CustomerService),
		}},
	}
}

// Seeds are the titles that the house begins with.
func Seeds() []model.TitleRule {
	titles := []model.TitleRule{
		{Key: Experience, Meaning: model.Meaning{
			NameZH: "体验会员", NameEN: "Experience member", TextZH: "累计签到 3 天,或完成一份问卷", TextEN: "Check in on 3 days, or answer a survey",
			Condition: "check_ins >= 3 or surveys >= 1", Lasting: true, Benefits: []model.Benefit{
				yearly(model.Service, "免费设计咨询", "A design consultation, free of charge", 1),
				yearly(model.Invitation, "新品试用邀请", "An invitation to try a new product", 1),
			},
		}},
		{Key: CoCreator, Meaning: model.Meaning{
			NameZH: "共创会员", NameEN: "Co-creator", TextZH: "一条建议被采纳", TextEN: "A proposal of yours was taken up",
			Condition: "proposals >= 1", Lasting: true, Benefits: []model.Benefit{
				{Kind: model.Invitation, NameZH: "新品设计投票", NameEN: "A vote on new designs"},
				{Kind: model.Invitation, NameZH: "提交专属定制需求", NameEN: "Asking for pieces made for you"},
				adviser("专属设计师", "A designer of your own", actor.Designer),
			},
		}},
		{Key: Referrer, Meaning: model.Meaning{
			NameZH: "推荐会员", NameEN: "Referrer", TextZH: "一位好友经您推荐签约并付款", TextEN: "A friend of yours signed and paid",
			Condition: "referrals >= 1", Benefits: []model.Benefit{
				{Kind: model.Service, NameZH: "家庭家居基金账户", NameEN: "A home fund for later orders"},
				{Kind: model.Invitation, NameZH: "可将家居基金赠与好友", NameEN: "Giving home fund to friends"},
			},
		}},
		{Key: CommunityExpert, Meaning: model.Meaning{
			NameZH: "社群达人", NameEN: "Community expert", TextZH: "近一年有 5 条分享通过审核", TextEN: "5 of your posts were approved within a year",
			Condition: "reviews_year >= 5", Benefits: []model.Benefit{
				yearly(model.Gift, "家居展门票", "A ticket to the furniture fair", 1),
				early("限量新品优先购", "Limited editions", 48),
			},
		}},
		{Key: VIPDesignAdviser, Meaning: model.Meaning{
			NameZH: "VIP 设计顾问", NameEN: "VIP design adviser", TextZH: "三位好友经您推荐签约并付款", TextEN: "Three friends of yours signed and paid",
			Condition: "referrals >= 3", Benefits: []model.Benefit{
				{Kind: model.Invitation, NameZH: "参与新品研发", NameEN: "Taking part in the making of new products"},
				adviser("首席设计师对接", "The chief designer as your contact", actor.Designer),
			},
		}},
	}
	for i := range titles {
		titles[i].Version, titles[i].Enabled, titles[i].Position = 1, true, 10*(i+1)
	}
	return titles
}

// SeedTx loads the ladder and the titles that are not known yet. Running it again changes nothing.
func SeedTx(ctx context.Context, tx *db.Tx) error {
	rules, err := model.RulesNow(ctx, tx)
	if err != nil {
		return err
	}
	if rules.Ladder == nil {
		if err := model.AddLadderTx(ctx, tx, &model.Ladder{Version: 1, Plan: Presets()[0].Plan}); err != nil {
			return fmt.Errorf("seed ladder: %w", err)
		}
	}
	for _, t := range Seeds() {
		if _, known := rules.Title(t.Key); known {
			continue
		}
		if err := model.AddTitleTx(ctx, tx, &t); err != nil {
			return fmt.Errorf("seed title %s: %w", t.Key, err)
		}
	}
	return nil
}
