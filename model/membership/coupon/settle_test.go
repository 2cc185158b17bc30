package coupon_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"guike/model/membership/coupon"
)

func off(key string, fen int64) coupon.Offer {
	return coupon.Offer{Key: key, Kind: coupon.Amount, AmountFen: fen, Scope: coupon.All}
}

func percent(key string, bp int64) coupon.Offer {
	return coupon.Offer{Key: key, Kind: coupon.Percent, OffBP: bp, Scope: coupon.All}
}

func of(scope coupon.Scope, o coupon.Offer) coupon.Offer { o.Scope = scope; return o }

func from(fen int64, o coupon.Offer) coupon.Offer { o.ThresholdFen = fen; return o }

func atMost(fen int64, o coupon.Offer) coupon.Offer { o.CapFen = fen; return o }

func in(group string, o coupon.Offer) coupon.Offer { o.Group = group; return o }

func kitchen(fen int64) []coupon.Part { return []coupon.Part{{Scope: "kitchen", AmountFen: fen}} }

func TestSettle(t *testing.T) {
	t.Parallel()
	type shares = []coupon.Share
	for name, c := range map[string]struct {
		bill    int64
		parts   []coupon.Part
		offers  []coupon.Offer
		want    shares
		refused coupon.Why
	}{
		"nothing":                             {bill: 1000, want: shares{}},
		"an amount":                           {bill: 1000, offers: []coupon.Offer{off("a", 300)}, want: shares{{"a", 300}}},
		"never more than the bill":            {bill: 1000, offers: []coupon.Offer{off("a", 3000)}, want: shares{{"a", 1000}}},
		"a percentage is rounded down":        {bill: 999, offers: []coupon.Offer{percent("a", 2000)}, want: shares{{"a", 199}}},
		"a percentage is capped":              {bill: 100_000, offers: []coupon.Offer{atMost(500, percent("a", 2000))}, want: shares{{"a", 500}}},
		"percentages come before amounts":     {bill: 1000, offers: []coupon.Offer{off("a", 500), percent("b", 1000)}, want: shares{{"b", 100}, {"a", 500}}},
		"a percentage of what is left":        {bill: 1000, offers: []coupon.Offer{percent("a", 1000), percent("b", 2000)}, want: shares{{"b", 200}, {"a", 80}}},
		"the larger amount first, then keys":  {bill: 1000, offers: []coupon.Offer{off("b", 300), off("a", 300), off("c", 500)}, want: shares{{"c", 500}, {"a", 300}, {"b", 200}}},
		"a threshold that is met":             {bill: 1000, offers: []coupon.Offer{from(1000, off("a", 10))}, want: shares{{"a", 10}}},
		"a threshold that is not met":         {bill: 999, offers: []coupon.Offer{from(1000, off("a", 10))}, refused: coupon.BelowFrom},
		"a threshold looks at the whole bill": {bill: 1000, offers: []coupon.Offer{percent("p", 5000), from(1000, off("a", 10))}, want: shares{{"p", 500}, {"a", 10}}},
		"a scope of the bill":                 {bill: 1000, parts: kitchen(400), offers: []coupon.Offer{of("kitchen", percent("a", 1000))}, want: shares{{"a", 40}}},
		"never more than the part":            {bill: 1000, parts: kitchen(400), offers: []coupon.Offer{of("kitchen", off("a", 900))}, want: shares{{"a", 400}}},
		"a threshold of the part":             {bill: 1000, parts: kitchen(400), offers: []coupon.Offer{from(500, of("kitchen", off("a", 9)))}, refused: coupon.BelowFrom},
		"goods that are not on the bill":      {bill: 1000, parts: kitchen(400), offers: []coupon.Offer{of("design", off("a", 9))}, refused: coupon.OtherGood},
		"the scope before the whole":          {bill: 1000, parts: kitchen(400), offers: []coupon.Offer{percent("a", 5000), of("kitchen", percent("b", 1000))}, want: shares{{"b", 40}, {"a", 480}}},
		"two of a group":                      {bill: 1000, offers: []coupon.Offer{in("g", off("a", 9)), in("g", off("b", 9))}, refused: coupon.Excluded},
		"one of each group":                   {bill: 1000, offers: []coupon.Offer{in("g", off("a", 9)), in("h", off("b", 8))}, want: shares{{"a", 9}, {"b", 8}}},
		"one twice":                           {bill: 1000, offers: []coupon.Offer{off("a", 9), off("a", 9)}, refused: coupon.Repeated},
		"one that is not needed":              {bill: 1000, offers: []coupon.Offer{off("a", 1000), off("b", 9)}, refused: coupon.Needless},
		"a percentage of nothing":             {bill: 1, offers: []coupon.Offer{percent("a", 1000)}, refused: coupon.Needless},
		"a gift":                              {bill: 1000, offers: []coupon.Offer{{Key: "a", Kind: coupon.Gift}}, refused: coupon.NoMoney},
		"amounts near the bound":              {bill: 1_000_000_000_000, offers: []coupon.Offer{percent("a", 9999)}, want: shares{{"a", 999_900_000_000}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := coupon.Settle(c.bill, c.parts, c.offers)
			if c.refused != "" {
				var r *coupon.Refusal
				require.ErrorAs(t, err, &r)
				require.Equal(t, c.refused, r.Why)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

// bills draws a bill with parts, and offers that could meet it.
func bills(t *rapid.T) (int64, []coupon.Part, []coupon.Offer) {
	bill := rapid.Int64Range(1, 2_000_000).Draw(t, "bill")
	var parts []coupon.Part
	left := bill
	for _, s := range []coupon.Scope{"kitchen", "design"} {
		if fen := rapid.Int64Range(0, left).Draw(t, string(s)); fen > 0 {
			parts, left = append(parts, coupon.Part{Scope: s, AmountFen: fen}), left-fen
		}
	}
	var offers []coupon.Offer
	for i := range rapid.IntRange(0, 5).Draw(t, "offers") {
		o := coupon.Offer{
			Key: strconv.Itoa(i), Kind: rapid.SampledFrom([]coupon.Kind{coupon.Amount, coupon.Percent, coupon.Voucher}).Draw(t, "kind"),
			Scope: rapid.SampledFrom([]coupon.Scope{coupon.All, "kitchen", "design"}).Draw(t, "scope"),
			Group: rapid.SampledFrom([]string{"", "", "", "g"}).Draw(t, "group"), ThresholdFen: rapid.Int64Range(0, 1000).Draw(t, "from"),
		}
		if o.Kind == coupon.Percent {
			o.OffBP, o.CapFen = rapid.Int64Range(1, 9999).Draw(t, "off"), rapid.SampledFrom([]int64{0, 1, 5000}).Draw(t, "cap")
		} else {
			o.AmountFen = rapid.Int64Range(1, 500_000).Draw(t, "amount")
		}
		offers = append(offers, o)
	}
	return bill, parts, offers
}

func total(shares []coupon.Share) (sum int64) {
	for _, s := range shares {
		sum += s.AmountFen
	}
	return sum
}

func TestSettleKeepsItsPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		bill, parts, offers := bills(t)
		shares, err := coupon.Settle(bill, parts, offers)
		shuffled := slices.Clone(offers)
		rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		slices.Reverse(parts)
		again, errAgain := coupon.Settle(bill, parts, shuffled)
		require.Equal(t, err, errAgain, "the order in which they are named does not count")
		require.Equal(t, shares, again)
		if err != nil {
			return
		}
		require.Len(t, shares, len(offers))
		for _, s := range shares {
			require.Positive(t, s.AmountFen)
		}
		require.LessOrEqual(t, total(shares), bill, "never more than the bill")

		more, err := coupon.Settle(bill+rapid.Int64Range(0, 100_000).Draw(t, "more"), parts, offers)
		require.NoError(t, err, "what a bill takes, a larger one takes")
		require.GreaterOrEqual(t, total(more), total(shares))
		if len(offers) > 0 {
			fewer, err := coupon.Settle(bill, parts, offers[1:])
			require.NoError(t, err)
			require.LessOrEqual(t, total(fewer), total(shares), "one more never takes less")
		}
	})
}

func TestTermsAreExact(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]coupon.Definition{
		"全场立减 5 元,不找零,无门槛":                     {Kind: coupon.Amount, AmountFen: 500, Scope: coupon.All},
		"正价商品 9 折,无门槛":                         {Kind: coupon.Percent, OffBP: 1000, Scope: "full_price"},
		"橱柜厨房类商品 8.5 折,满 1000 元可用,最高减 50.50 元": {Kind: coupon.Percent, OffBP: 1500, Scope: "kitchen", ThresholdFen: 100_000, CapFen: 5050},
		"凭券码到店领取一份,不兑现":                        {Kind: coupon.Gift},
		"家电立减 10000 元,不找零,无门槛":                 {Kind: coupon.Voucher, AmountFen: 1_000_000, Scope: "appliance"},
	} {
		got, _ := d.Terms()
		require.Equal(t, want, got)
	}
}
