package level

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
)

// BenefitKind says what a benefit is.
type BenefitKind string

// The kinds of benefit.
const (
	Discount    BenefitKind = "discount"     // RateBP of the price is paid, within Scope
	Voucher     BenefitKind = "voucher"      // LimitFen off, within Scope
	PointsTimes BenefitKind = "points"       // RateBP of the usual points are given
	Gift        BenefitKind = "gift"         // something to take home
	Service     BenefitKind = "service"      // something that is done for the member
	EarlyAccess BenefitKind = "early_access" // Hours before everybody else
	Priority    BenefitKind = "priority"     // served first
	Adviser     BenefitKind = "adviser"      // somebody in Role of their own
	Invitation  BenefitKind = "invitation"   // to vote, to try, to take part
)

// BenefitKinds lists them all.
func BenefitKinds() []BenefitKind {
	return []BenefitKind{Discount, Voucher, PointsTimes, Gift, Service, EarlyAccess, Priority, Adviser, Invitation}
}

// MoneyOff tells whether a benefit of the kind does no more than lower a price (G13).
func (k BenefitKind) MoneyOff() bool { return k == Discount || k == Voucher }

// Period is the span in which a benefit's Times count.
type Period string

// The periods. PerHolding counts as long as the level or title is held.
const (
	PerHolding Period = ""
	PerMonth   Period = "month"
	PerYear    Period = "year"
)

// Benefit is what a level or title gives, in exact terms (F12): Words says them in sentences that are made of
// the fields, so that nothing is promised which they do not say.
type Benefit struct {
	Kind     BenefitKind `json:"kind"`
	NameZH   string      `json:"name_zh"`
	NameEN   string      `json:"name_en"`
	TextZH   string      `json:"text_zh,omitempty"` // where and how it is had, beside Words
	TextEN   string      `json:"text_en,omitempty"`
	Scope    string      `json:"scope,omitempty"`    // a word for what a discount or voucher is good for: full_price, kitchen
	ScopeZH  string      `json:"scope_zh,omitempty"` // the same for people
	ScopeEN  string      `json:"scope_en,omitempty"`
	RateBP   int64       `json:"rate_bp,omitzero"`   // of a discount what is paid, 9000 is 9折; of points what is given, 15000 is half as many again
	LimitFen int64       `json:"limit_fen,omitzero"` // at most so much off each time; 0 is no limit
	Times    int         `json:"times,omitzero"`     // how often in a period; 0 is no limit
	Period   Period      `json:"period,omitempty"`
	Hours    int         `json:"hours,omitzero"`     // of early access
	Role     actor.Role  `json:"role,omitempty"`     // of an adviser
	LastDay  clock.Day   `json:"last_day,omitempty"` // in the company's zone, of a benefit that ends before the level or title
	Until    *time.Time  `json:"until,omitempty"`    // the end of that day: the first instant at which it is good no more
}

// Words says what the benefit gives, in exact terms.
func (b Benefit) Words() (zh, en string) {
	var z, e []string
	add := func(zh, en string) { z, e = append(z, zh), append(e, en) }
	switch b.Kind {
	case Discount:
		add(b.ScopeZH+" "+tenths(b.RateBP)+" 折", percent(10_000-b.RateBP)+" off "+b.ScopeEN)
	case Voucher:
		add(b.ScopeZH+"减 "+yuan(b.LimitFen)+" 元", yuan(b.LimitFen)+" yuan off "+b.ScopeEN)
	case PointsTimes:
		add("消费积分 "+times(b.RateBP)+" 倍", times(b.RateBP)+" times the usual points")
	case EarlyAccess:
		add(fmt.Sprintf("%s:提前 %d 小时", b.NameZH, b.Hours), fmt.Sprintf("%s: %d hours early", b.NameEN, b.Hours))
	default:
		add(b.NameZH, b.NameEN)
	}
	if b.Kind == Discount && b.LimitFen > 0 {
		add("每次最多减 "+yuan(b.LimitFen)+" 元", "at most "+yuan(b.LimitFen)+" yuan each time")
	}
	if b.Times > 0 {
		per := map[Period][2]string{PerMonth: {"每月", " a month"}, PerYear: {"每年", " a year"}, PerHolding: {"共", " in all"}}[b.Period]
		add(fmt.Sprintf("%s %d 次", per[0], b.Times), often(b.Times)+per[1])
	}
	if b.LastDay != "" {
		add("有效期至 "+string(b.LastDay)+"(含当日)", "good up to and including "+string(b.LastDay))
	}
	return strings.Join(z, ","), strings.Join(e, ", ")
}

func often(n int) string {
	if n == 1 {
		return "once"
	}
	return strconv.Itoa(n) + " times"
}

// tenths writes a rate as people in China say it: 9000 is 9, 8800 is 8.8.
func tenths(bp int64) string { return decimal(bp, 1000) }

func percent(bp int64) string { return decimal(bp, 100) + "%" }

func times(bp int64) string { return decimal(bp, 10_000) }

func yuan(fen int64) string { return decimal(fen, 100) }

// decimal writes n parts of a whole without trailing zeros.
func decimal(n, whole int64) string {
	text := strconv.FormatInt(n/whole, 10)
	if rest := n % whole; rest != 0 {
		digits := strconv.FormatInt(whole+rest, 10)[1:]
		text += "." + strings.TrimRight(digits, "0")
	}
	return text
}

// good leaves out the benefits whose time is over.
func good(all []Benefit, now time.Time) (kept []Benefit) {
	for _, b := range all {
		if b.Until == nil || now.Before(*b.Until) {
			kept = append(kept, b)
		}
	}
	return kept
}
