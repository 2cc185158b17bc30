package coupon

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"guike/internal/clock"
	"guike/internal/condition"
	"guike/internal/fault"
	"guike/internal/wording"
	model "guike/model/membership/coupon"
	earnings "guike/model/membership/earning"
)

// The bounds of a campaign.
const (
	maxNameZH, maxNameEN = 60, 120
	maxNoteZH, maxNoteEN = 300, 600
	maxCouponFen         = 100_000_000 // a million yuan
	maxBudgetFen         = 1_000_000_000_000
	maxPieces            = 1_000_000_000
	maxLimit             = 1000
	maxDays              = 1095
	maxSteps, maxKeys    = 20, 50
	maxDates             = 100
	maxPartner           = 60
)

var (
	word     = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
	codeForm = regexp.MustCompile(`^[A-Z0-9]{4,12}$`)
)

// check trims the texts of a campaign and refuses the first field that breaks a rule. Errors: input.invalid.
func (s *Service) check(d *model.Definition) error {
	for _, look := range []func(*model.Definition) error{checkTexts, checkWorth, checkPartner, checkIssue, s.checkLife, checkAudience, checkCondition, checkDays} {
		if err := look(d); err != nil {
			return err
		}
	}
	return nil
}

// checkTexts also refuses words that promise without saying what (F12).
func checkTexts(d *model.Definition) error {
	for _, t := range []struct {
		at          string
		text        *string
		least, most int
	}{{"name", &d.NameZH, 1, maxNameZH}, {"name_en", &d.NameEN, 1, maxNameEN}, {"note", &d.NoteZH, 0, maxNoteZH}, {"note_en", &d.NoteEN, 0, maxNoteEN}} {
		if err := wording.CheckText("body."+t.at, t.text, t.least, t.most); err != nil {
			return err
		}
		if w := wording.Vague(*t.text); w != "" {
			return fault.Broken("body."+t.at, "vague", "请写明具体内容,不要用“"+w+"”。", "Say exactly what is given; “"+w+"” says nothing.")
		}
	}
	return nil
}

func within(at string, n, least, most int64) error {
	switch {
	case n != 0 && least == 0 && most == 0:
		return fault.Broken("body."+at, "needless", "这类优惠券不用这一项,须为 0 或不填。", "It is not used with this kind of coupon; leave it out, or say 0.")
	case n < least || n > most:
		return fault.Broken("body."+at, "out_of_range", fmt.Sprintf("须在 %d 到 %d 之间。", least, most), fmt.Sprintf("It lies between %d and %d.", least, most))
	}
	return nil
}

// amounts are which numbers each kind has; the rest is zero.
func amounts(d *model.Definition) []struct {
	at          string
	n           int64
	least, most int64
} {
	type bound = struct {
		at          string
		n           int64
		least, most int64
	}
	b := []bound{
		{"amount_fen", d.AmountFen, 0, 0}, {"off_bp", d.OffBP, 0, 0}, {"cap_fen", d.CapFen, 0, 0}, {"worth_fen", d.WorthFen, 0, 0}, {"threshold_fen", d.ThresholdFen, 0, 0},
	}
	switch d.Kind {
	case model.Amount:
		b[0].least, b[0].most, b[4].most = 1, maxCouponFen, maxFen
		if d.Event == model.Redemption { // each reward says its own
			b[0].least = 0
		}
	case model.Percent:
		b[1].least, b[1].most, b[2].most, b[4].most = 1, 9999, maxCouponFen, maxFen
	case model.Voucher:
		b[0].most, b[4].most = maxCouponFen, maxFen
	default:
		b[3].most = maxCouponFen
	}
	return b
}

func checkWorth(d *model.Definition) error {
	if !slices.Contains(model.Kinds(), d.Kind) {
		return fault.Broken("body.kind", "unknown", "没有这种优惠券。", "There is no such kind of coupon.")
	}
	for _, b := range amounts(d) {
		if err := within(b.at, b.n, b.least, b.most); err != nil {
			return err
		}
	}
	switch {
	case d.Kind.Money() && !slices.Contains(model.Scopes(), d.Scope):
		return fault.Broken("body.scope", "unknown", "须写明适用的商品范围。", "Say for which goods it is.")
	case !d.Kind.Money() && d.Scope != "":
		return fault.Broken("body.scope", "needless", "礼品券与服务券没有商品范围。", "Gifts and services have no scope.")
	case d.Group != "" && !word.MatchString(d.Group):
		return fault.Broken("body.group", "malformed", "分组标识只能用小写字母、数字和下划线。", "A group is made of lower-case letters, digits and underscores.")
	}
	return checkSteps(d)
}

func checkSteps(d *model.Definition) error {
	switch {
	case d.Kind != model.Voucher && len(d.Steps) > 0:
		return fault.Broken("body.steps", "voucher_only", "只有家电券按合同金额分档。", "Vouchers alone have steps.")
	case d.Kind == model.Voucher && (len(d.Steps) > maxSteps || (len(d.Steps) == 0 && d.AmountFen == 0)):
		return fault.Broken("body.steps", "length", "须写明金额或分档,最多 20 档。", "Say the amount, or up to 20 steps.")
	}
	for i, step := range d.Steps {
		at := "steps[" + strconv.Itoa(i) + "]"
		if err := within(at+".from_fen", step.FromFen, 0, maxFen); err != nil {
			return err
		}
		if err := within(at+".amount_fen", step.AmountFen, 1, maxCouponFen); err != nil {
			return err
		}
		if i > 0 && step.FromFen <= d.Steps[i-1].FromFen {
			return fault.Broken("body."+at+".from_fen", "order", "分档须由低到高。", "Steps rise.")
		}
	}
	return nil
}

// checkPartner looks at who bears a part of what the coupons take off (G10).
func checkPartner(d *model.Definition) error {
	if err := wording.CheckText("body.partner", &d.Partner, 0, maxPartner); err != nil {
		return err
	}
	switch {
	case d.Partner == "" && d.PartnerBP != 0:
		return fault.Broken("body.partner", "incomplete", "须写明由哪个合作方承担。", "Say which partner bears it.")
	case d.Partner != "" && !d.Kind.Money():
		return fault.Broken("body.partner", "needless", "礼品券与服务券不抵扣款项,没有合作方分担。", "Gifts and services take nothing off a bill that a partner could bear.")
	}
	return within("partner_bp", d.PartnerBP, 0, model.WholeBP)
}

// checkIssue looks at how the coupons come to people, and how many of them.
func checkIssue(d *model.Definition) error {
	coded := d.Event == model.Claimed || d.Event == model.MemberDay
	switch {
	case !slices.Contains(model.Events(), d.Event):
		return fault.Broken("body.event", "unknown", "没有这种发放方式。", "There is no such way to issue.")
	case coded != (d.Code != ""):
		return fault.Broken("body.code", "incomplete", "领取码与会员日须有代码,其他方式没有。", "Claims and member days have a code, others have none.")
	case coded && !codeForm.MatchString(d.Code):
		return fault.Broken("body.code", "malformed", "代码为 4 到 12 位大写字母或数字。", "A code has 4 to 12 capitals or digits.")
	case (d.Event == model.Payment) != (d.Per != ""):
		return fault.Broken("body.per", "incomplete", "按付款发放须写明每人、每个项目或每笔一次,其他方式不写。", "For payments say customer, project or payment; others say none.")
	case d.Per != "" && !slices.Contains([]string{model.PerCustomer, model.PerProject, model.PerPayment}, d.Per):
		return fault.Broken("body.per", "unknown", "须为 customer、project 或 payment。", "It is customer, project or payment.")
	case d.Event == model.MemberDay && d.Kind != model.Percent && d.Kind != model.Amount:
		return fault.Broken("body.kind", "member_day", "会员日只能打折或立减。", "A member day takes a percentage or an amount off.")
	case d.Event == model.Redemption && d.Kind != model.Amount:
		return fault.Broken("body.kind", "redemption", "积分兑换的券须为立减券。", "What points are redeemed for takes an amount off.")
	case d.Event == model.ByStaff && d.Worth(0) == 0:
		return fault.Broken("body.worth_fen", "unbounded", "由员工发放的券须写明价值或最高减免。", "What staff issue has a worth, or a most that it takes off.")
	case d.BudgetFen > 0 && d.Worth(0) == 0 && len(d.Steps) == 0 && d.Event != model.Redemption:
		return fault.Broken("body.budget_fen", "unbounded", "按金额设预算时须写明每张的价值或最高减免。", "A budget of money needs what each is worth, or takes off at most.")
	case d.BudgetFen > 0 && d.Event != model.Redemption && d.BudgetFen < d.Greatest():
		return fault.Broken("body.budget_fen", "below_one", "预算不足以发放一张。", "The budget is below what one coupon is worth at most; none could be issued.")
	case d.Event == model.MemberDay && (d.BudgetFen > 0 || d.BudgetPieces > 0 || d.LimitCount > 0):
		return fault.Broken("body.budget_fen", "member_day", "会员日没有预算和限领。", "A member day has no budget and no limit.")
	case (d.LimitPer == "") != (d.LimitCount == 0):
		return fault.Broken("body.limit_per", "incomplete", "每人限领须同时写明数量和周期。", "A limit needs both its number and its span.")
	case d.LimitPer != "" && d.LimitPer != model.Ever && d.LimitPer != model.Month:
		return fault.Broken("body.limit_per", "unknown", "须为 ever 或 month。", "It is ever or month.")
	}
	for _, n := range []struct {
		at      string
		n, most int64
	}{{"budget_fen", d.BudgetFen, maxBudgetFen}, {"budget_pieces", d.BudgetPieces, maxPieces}, {"limit_count", d.LimitCount, maxLimit}} {
		if err := within(n.at, n.n, 0, n.most); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) checkLife(d *model.Definition) error {
	for at, t := range map[string]*time.Time{"from": d.From, "until": d.Until} {
		if t == nil {
			continue
		}
		if !clock.Keepable(*t) {
			return fault.Broken("body."+at, "out_of_range", "时间须在 1900 到 2200 年之间。", "The instant lies between the years 1900 and 2200.")
		}
		*t = clock.Cut(*t)
	}
	if err := within("days", int64(d.Days), 0, maxDays); err != nil {
		return err
	}
	if _, err := clock.ParseDay(string(d.LastDay)); err != nil && !d.LastDay.IsZero() {
		return fault.Broken("body.last_day", "day", "须为有效的 YYYY-MM-DD。", "It is a calendar day, YYYY-MM-DD.")
	}
	if !d.LastDay.IsZero() && d.LastDay < s.day(s.d.DB.Now()) {
		return fault.Broken("body.last_day", "over", "已经过去,券发出时即已失效。", "It is over; coupons would be of no use from the start.")
	}
	switch lives := d.Days > 0 || !d.LastDay.IsZero(); {
	case d.From != nil && d.Until != nil && !d.From.Before(*d.Until):
		return fault.Broken("body.until", "order", "结束时间须晚于开始时间。", "It ends after it begins.")
	case lives == (d.Event == model.MemberDay):
		return fault.Broken("body.days", "incomplete", "须写明有效天数或最后一天;会员日不写。", "Say for how many days it is valid, or its last day; a member day says neither.")
	}
	return nil
}

func checkAudience(d *model.Definition) error {
	for at, keys := range map[string][]string{"levels": d.Levels, "titles": d.Titles} {
		if len(keys) > maxKeys {
			return fault.Broken("body."+at, "too_many", "最多 50 项。", "There are at most 50.")
		}
		for i, k := range keys {
			if !word.MatchString(k) || slices.Contains(keys[:i], k) {
				return fault.Broken("body."+at+"["+strconv.Itoa(i)+"]", "malformed", "须为不重复的等级或称号标识。", "Keys of levels or titles, each once.")
			}
		}
	}
	if len(d.Stores) > maxKeys {
		return fault.Broken("body.store_ids", "too_many", "最多 50 项。", "There are at most 50.")
	}
	return nil
}

func checkCondition(d *model.Definition) error {
	if d.Condition = strings.TrimSpace(d.Condition); d.Condition == "" {
		return nil
	}
	if d.Event != model.Payment {
		return fault.Broken("body.condition", "needless", "只有按付款发放的活动可写条件。", "Only campaigns for payments have a condition.")
	}
	_, err := earnings.Compile(d.Condition)
	if err == nil {
		return nil
	}
	text := condition.ErrorOf(err).Texts()
	return fault.Broken("body.condition", "condition", "条件"+text.ZH, text.EN)
}

// checkDays looks at the schedule of a member day (G14).
func checkDays(d *model.Definition) error {
	if (d.Event == model.MemberDay) != (len(d.Weekdays)+len(d.Dates) > 0) {
		return fault.Broken("body.weekdays", "incomplete", "会员日须写明星期或日期,其他方式不写。", "A member day says weekdays or dates, others say none.")
	}
	if len(d.Dates) > maxDates {
		return fault.Broken("body.dates", "too_many", "最多 100 天。", "There are at most 100.")
	}
	for i, w := range d.Weekdays {
		if !slices.Contains([]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, w) || slices.Contains(d.Weekdays[:i], w) {
			return fault.Broken("body.weekdays["+strconv.Itoa(i)+"]", "malformed", "须为 mon 到 sun,各一次。", "Weekdays are mon to sun, each once.")
		}
	}
	for i, day := range d.Dates {
		if _, err := clock.ParseDay(string(day)); err != nil {
			return fault.Broken("body.dates["+strconv.Itoa(i)+"]", "day", "须为有效的 YYYY-MM-DD。", "It is a calendar day, YYYY-MM-DD.")
		}
	}
	return nil
}
