package coupon

import (
	"fmt"
	"strings"
	"time"

	"guike/internal/wording"
)

// Scope says for which goods a coupon is.
type Scope string

// All is the whole bill.
const All Scope = "all"

// scope is a scope in words.
type scope struct {
	key    Scope
	zh, en string
}

// scopes are the goods of a furnishing company by which a bill is told apart.
func scopes() []scope {
	return []scope{
		{All, "全场", "the whole bill"},
		{"full_price", "正价商品", "goods at full price"},
		{"kitchen", "橱柜厨房类商品", "kitchens"},
		{"wardrobe", "衣柜柜体类商品", "wardrobes and cabinets"},
		{"door_floor", "门与地板类商品", "doors and floors"},
		{"bathroom", "卫浴类商品", "bathrooms"},
		{"furniture", "成品家具", "furniture"},
		{"soft_furnishing", "软装类商品", "soft furnishings"},
		{"appliance", "家电", "appliances"},
		{"design", "设计服务", "design"},
		{"installation", "安装施工服务", "installation"},
		{"cleaning", "清洁养护服务", "cleaning and care"},
	}
}

// Scopes lists them all, the whole bill first.
func Scopes() []Scope {
	var all []Scope
	for _, s := range scopes() {
		all = append(all, s.key)
	}
	return all
}

// Words says what goods a scope means.
func (s Scope) Words() (zh, en string) {
	for _, known := range scopes() {
		if known.key == s {
			return known.zh, known.en
		}
	}
	return string(s), string(s)
}

// say writes the exact terms of a coupon (F12): they follow from its numbers, so they cannot say otherwise.
func (c *Coupon) say(zone *time.Location) {
	zh, en := terms(c.Offer(), c.Kind)
	last := time.UnixMilli(c.ValidUntil).Add(-time.Millisecond).In(zone)
	c.TermsZH = zh + ",有效期至 " + last.Format("2006年1月2日") + "(含当日)。"
	c.TermsEN = en + "; valid up to and including " + last.Format("2 January 2006") + "."
}

// Terms says what a campaign gives, without the validity of a single coupon.
func (d Definition) Terms() (zh, en string) {
	return terms(Campaign{Definition: d}.Offer(), d.Kind)
}

func terms(o Offer, k Kind) (zh, en string) {
	goodsZH, goodsEN := o.Scope.Words()
	switch k {
	case Gift:
		return "凭券码到店领取一份,不兑现", "one for this code at the store, no cash value"
	case Service:
		return "凭券码预约使用一次,不兑现", "one for this code by appointment, no cash value"
	case Percent:
		zh, en = goodsZH+" "+fold(o.OffBP)+" 折", percent(o.OffBP)+" off "+goodsEN
	default:
		zh, en = goodsZH+"立减 "+yuan(o.AmountFen)+" 元,不找零", yuan(o.AmountFen)+" yuan off "+goodsEN+", no change given"
	}
	if o.ThresholdFen > 0 {
		zh, en = zh+",满 "+yuan(o.ThresholdFen)+" 元可用", en+", from "+yuan(o.ThresholdFen)+" yuan on"
	} else {
		zh, en = zh+",无门槛", en+", whatever the amount"
	}
	if o.CapFen > 0 {
		zh, en = zh+",最高减 "+yuan(o.CapFen)+" 元", en+", "+yuan(o.CapFen)+" yuan at most"
	}
	return zh, en
}

// yuan writes cents as short as people say them.
func yuan(fen int64) string {
	if fen%100 == 0 {
		return fmt.Sprint(fen / 100)
	}
	return wording.Yuan(fen)
}

// fold says in tenths what remains: 2000 off is 8, 1500 off is 8.5.
func fold(off int64) string {
	return decimal(WholeBP-off, 1000)
}

func percent(off int64) string { return decimal(off, 100) + "%" }

func decimal(n, unit int64) string {
	text := fmt.Sprintf("%d.%0*d", n/unit, len(fmt.Sprint(unit))-1, n%unit)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
