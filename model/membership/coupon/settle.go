package coupon

import (
	"cmp"
	"math/bits"
	"slices"
)

// Part is how much of a bill is for goods of a scope.
type Part struct {
	Scope     Scope `json:"scope"`
	AmountFen int64 `json:"amount_fen"`
}

// Offer is what a coupon, or a member day, would take off a bill. Key names it.
type Offer struct {
	Key          string
	Kind         Kind
	AmountFen    int64
	OffBP        int64
	ThresholdFen int64
	CapFen       int64
	Scope        Scope
	Group        string
}

// Share is what one offer takes off, always above zero.
type Share struct {
	Key       string
	AmountFen int64
}

// Why says why an offer cannot be taken.
type Why string

// The reasons. Needless is one that would take nothing off, since others took everything.
const (
	NoMoney   Why = "no_money"
	Repeated  Why = "repeated"
	Excluded  Why = "excluded"
	BelowFrom Why = "below_threshold"
	OtherGood Why = "out_of_scope"
	Needless  Why = "needless"
)

// Refusal names the first offer that cannot be taken.
type Refusal struct {
	Key string
	Why Why
}

// Error is for logs.
func (r *Refusal) Error() string { return string(r.Why) + ": " + r.Key }

// Settle decides what offers take off a bill whose parts are for some scopes; what no part names is for
// goods of no scope. Percentages come first, then amounts; of each, those of a scope before those of the whole
// bill, the larger before the smaller, then by key: the order in which they were named does not count. A
// percentage is of what those before have left, rounded down. A threshold is compared with the amount of its
// scope before anything is taken off. Never more is taken off than the bill, nor than the part of a scope.
//
// The shares are in the order in which they were worked. The error is a *Refusal.
func Settle(billFen int64, parts []Part, offers []Offer) ([]Share, error) {
	offers = slices.SortedFunc(slices.Values(offers), func(a, b Offer) int {
		return cmp.Or(cmp.Compare(turn(a), turn(b)), cmp.Compare(b.OffBP, a.OffBP), cmp.Compare(b.AmountFen, a.AmountFen), cmp.Compare(a.Key, b.Key))
	})
	if err := compatible(offers); err != nil {
		return nil, err
	}
	whole, left := map[Scope]int64{All: billFen}, map[Scope]int64{All: billFen}
	for _, p := range parts {
		whole[p.Scope] += p.AmountFen
		left[p.Scope] += p.AmountFen
	}
	shares := make([]Share, 0, len(offers))
	for _, o := range offers {
		base := whole[o.Scope]
		switch {
		case base == 0:
			return nil, &Refusal{o.Key, OtherGood}
		case base < o.ThresholdFen:
			return nil, &Refusal{o.Key, BelowFrom}
		}
		off := o.takes(min(left[o.Scope], left[All]))
		if off == 0 {
			return nil, &Refusal{o.Key, Needless}
		}
		left[All] -= off
		if o.Scope != All {
			left[o.Scope] -= off
		}
		shares = append(shares, Share{o.Key, off})
	}
	return shares, nil
}

// turn is when an offer is worked.
func turn(o Offer) int {
	n := 0
	if o.Kind != Percent {
		n = 2
	}
	if o.Scope == All {
		n++
	}
	return n
}

// compatible refuses the first offer that does not go with those before it.
func compatible(offers []Offer) error {
	groups, keys := map[string]bool{}, map[string]bool{}
	for _, o := range offers {
		switch {
		case !o.Kind.Money():
			return &Refusal{o.Key, NoMoney}
		case keys[o.Key]:
			return &Refusal{o.Key, Repeated}
		case o.Group != "" && groups[o.Group]:
			return &Refusal{o.Key, Excluded}
		}
		keys[o.Key] = true
		groups[o.Group] = true
	}
	return nil
}

// WholeBP are the basis points of all of something.
const WholeBP = 10_000

// takes is what the offer takes off an amount.
func (o Offer) takes(amount int64) int64 {
	if amount <= 0 {
		return 0
	}
	off := o.AmountFen
	if o.Kind == Percent {
		off = share(amount, o.OffBP)
		if o.CapFen > 0 {
			off = min(off, o.CapFen)
		}
	}
	return max(min(off, amount), 0)
}

// share is amount × bp / 10000, rounded down, in 128 bits.
func share(amount, bp int64) int64 {
	if amount <= 0 || bp <= 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(amount), uint64(min(bp, WholeBP)))
	part, _ := bits.Div64(high, low, WholeBP)
	return int64(part)
}

// Offer is what the coupon would take off a bill.
func (c Coupon) Offer() Offer {
	return Offer{
		Key: c.Code, Kind: c.Kind, AmountFen: c.AmountFen, OffBP: c.OffBP, ThresholdFen: c.ThresholdFen, CapFen: c.CapFen, Scope: c.Scope, Group: c.StackGroup,
	}
}

// Offer is what a member day takes off a bill.
func (c Campaign) Offer() Offer {
	return Offer{
		Key: c.Code, Kind: c.Kind, AmountFen: c.AmountFen, OffBP: c.OffBP, ThresholdFen: c.ThresholdFen, CapFen: c.CapFen, Scope: c.Scope, Group: c.Group,
	}
}
