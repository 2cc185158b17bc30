package earning

import (
	"context"
	"fmt"

	"guike/model/db"
	"guike/model/ledger"
	model "guike/model/membership/earning"
)

// acceptance is the stage with whose completion a payment's points can be used (design.md 6).
const acceptance = "acceptance"

// Seeds are the rules that the house begins with: the numbers of the mission (G1, G4, G6), and its own
// where the mission names none.
func Seeds() []model.Rule {
	atOnce := model.Vest{Kind: model.AtOnce}
	atAcceptance := model.Vest{Kind: model.AtStage, Stage: acceptance}
	perYuan := model.Amount{Kind: model.PerYuan, Units: 10_000}
	fixed := func(n int64) model.Amount { return model.Amount{Kind: model.Fixed, Units: n} }
	rules := []model.Rule{
		{Key: "payment_points", Definition: model.Definition{
			NameZH: "消费积分", NameEN: "Points for payments", TextZH: "每消费 1 元得 1 积分,验收完成后生效。", TextEN: "1 point for each yuan paid; usable after the acceptance.",
			Event: model.Payment, Book: ledger.Points, Amount: perYuan, Position: 10, Vest: atAcceptance, Life: ledger.TwoYears,
		}},
		{Key: "birthday_double", Definition: model.Definition{
			NameZH: "生日周双倍积分", NameEN: "Double points in the birthday week", TextZH: "生日所在的一周内消费,积分翻倍。", TextEN: "Payments in the week of your birthday give double points.",
			Event: model.Payment, Book: ledger.Points, Amount: model.Amount{Kind: model.Multiplier, Units: 20_000}, Condition: "birthday_week",
			Position: 20, Vest: atAcceptance, Life: ledger.TwoYears,
		}},
		{Key: "payment_growth", Definition: model.Definition{
			NameZH: "消费成长值", NameEN: "Growth for payments", TextZH: "每消费 1 元得 1 成长值。", TextEN: "1 growth value for each yuan paid.",
			Event: model.Payment, Book: ledger.GrowthSpend, Amount: perYuan, Position: 30, Vest: atOnce, Life: ledger.RollingYear,
		}},
		{Key: "check_in_points", Definition: model.Definition{
			NameZH: "签到积分", NameEN: "Points for checking in", TextZH: "每天签到得 1 积分。", TextEN: "1 point for checking in each day.",
			Event: model.CheckedIn, Book: ledger.Points, Amount: fixed(1), Position: 10, Vest: atOnce, Life: ledger.TwoYears,
		}},
		{Key: "check_in_week", Definition: model.Definition{
			NameZH: "连续签到 7 天奖励", NameEN: "A week of checking in", TextZH: "每连续签到 7 天,另得 5 积分。", TextEN: "5 more points for every 7 days in a row.",
			Event: model.CheckedIn, Book: ledger.Points, Amount: fixed(5), Condition: "full_week", Position: 20, Vest: atOnce, Life: ledger.TwoYears,
		}},
		{Key: "check_in_month", Definition: model.Definition{
			NameZH: "连续签到 30 天奖励", NameEN: "A month of checking in", TextZH: "每连续签到 30 天,另得 20 积分。", TextEN: "20 more points for every 30 days in a row.",
			Event: model.CheckedIn, Book: ledger.Points, Amount: fixed(20), Condition: "full_month", Position: 30, Vest: atOnce, Life: ledger.TwoYears,
		}},
		{Key: "check_in_growth", Definition: model.Definition{
			NameZH: "签到成长值", NameEN: "Growth for checking in", TextZH: "每天签到得 1 成长值。", TextEN: "1 growth value for checking in each day.",
			Event: model.CheckedIn, Book: ledger.GrowthParticipation, Amount: fixed(1), Position: 40, Vest: atOnce, Life: ledger.RollingYear,
		}},
	}
	rules = append(rules, deeds()...)
	for i := range rules {
		rules[i].Version, rules[i].Enabled = 1, true
	}
	return rules
}

// deeds are the rules for what customers do beside paying. A review counts alike whatever its stars say;
// months have caps, since incentives are to be moderate (G12).
func deeds() (rules []model.Rule) {
	for _, d := range []struct {
		key                string
		event              model.Event
		nameZH, nameEN     string
		textZH, textEN     string
		points, growth     int64
		capMonth, position int64
		book               ledger.Book
	}{
		{"review", model.ReviewApproved, "评价", "A review", "发表的评价通过审核", "A review of yours is approved", 20, 20, 100, 10, ledger.GrowthContribution},
		{"survey", model.SurveyAnswered, "问卷", "A survey", "完成一份问卷", "You answer a survey", 10, 10, 50, 10, ledger.GrowthParticipation},
		{"friend", model.FriendOrdered, "好友成交", "A friend's order", "您推荐的好友签约并付款", "A friend of yours signs and pays", 0, 500, 0, 10, ledger.GrowthContribution},
		{"proposal", model.ProposalAdopted, "建议被采纳", "An adopted proposal", "您的建议被采纳", "A proposal of yours is taken up", 100, 100, 0, 10, ledger.GrowthContribution},
	} {
		base := model.Definition{Event: d.event, Position: int(d.position), Vest: model.Vest{Kind: model.AtOnce}}
		if d.points > 0 {
			p := base
			p.NameZH, p.NameEN, p.Book, p.Life = d.nameZH+"积分", d.nameEN+": points", ledger.Points, ledger.TwoYears
			p.TextZH, p.TextEN = fmt.Sprintf("%s,得 %d 积分。", d.textZH, d.points), fmt.Sprintf("%s: %d points.", d.textEN, d.points)
			p.Amount, p.Caps.Month = model.Amount{Kind: model.Fixed, Units: d.points}, d.capMonth
			rules = append(rules, model.Rule{Key: d.key + "_points", Definition: p})
		}
		g := base
		g.NameZH, g.NameEN, g.Book, g.Life = d.nameZH+"成长值", d.nameEN+": growth", d.book, ledger.RollingYear
		g.TextZH, g.TextEN = fmt.Sprintf("%s,得 %d 成长值。", d.textZH, d.growth), fmt.Sprintf("%s: %d growth value.", d.textEN, d.growth)
		g.Amount, g.Caps.Month = model.Amount{Kind: model.Fixed, Units: d.growth}, d.capMonth
		rules = append(rules, model.Rule{Key: d.key + "_growth", Definition: g})
	}
	return rules
}

// SeedTx loads the rules that are not known yet. Running it again changes nothing.
func SeedTx(ctx context.Context, tx *db.Tx) error {
	known, err := model.Standing(ctx, tx, "")
	if err != nil {
		return err
	}
	have := make(map[string]bool, len(known))
	for _, r := range known {
		have[r.Key] = true
	}
	for _, r := range Seeds() {
		if have[r.Key] {
			continue
		}
		if err := model.AddRuleTx(ctx, tx, &r); err != nil {
			return fmt.Errorf("seed earning rule %s: %w", r.Key, err)
		}
	}
	return nil
}
