package earning

import (
	"cmp"
	"math/bits"
	"slices"
	"time"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/ledger"
)

// Facts are what conditions look at. What an event does not have is zero. BirthdayWeek is the week from
// Monday to Sunday in which the birthday falls; FullWeek and FullMonth are every seventh and every
// thirtieth day of a streak.
type Facts struct {
	AmountFen    int64    `expr:"amount_fen"`
	PaymentKind  string   `expr:"payment_kind"`
	ProjectKind  string   `expr:"project_kind"`
	ContractFen  int64    `expr:"contract_fen"`
	Goods        []string `expr:"goods"` // the scopes of which the bill says a part
	Store        string   `expr:"store"`
	Level        string   `expr:"level"`
	Titles       []string `expr:"titles"`
	BirthdayWeek bool     `expr:"birthday_week"`
	FirstPayment bool     `expr:"first_payment"`
	Streak       int64    `expr:"streak"`
	FullWeek     bool     `expr:"full_week"`
	FullMonth    bool     `expr:"full_month"`
	Stars        int64    `expr:"stars"`
	Referrals    int64    `expr:"referrals"`
	Weekday      string   `expr:"weekday"` // mon, tue, wed, thu, fri, sat, sun
}

// Occasion is an event that happened to a member at an instant.
type Occasion struct {
	Event   Event
	At      time.Time
	StoreID id.ID
	Facts
}

// Usage is what a rule has given a customer already, by the day and month of now and in all, and what it
// has given everybody.
type Usage struct {
	Day    int64
	Month  int64
	Total  int64
	Budget int64
}

// Compiled is a rule with its condition read.
type Compiled struct {
	Rule
	Holds Condition
}

// Why says what a rule came to.
type Why string

// What a rule can come to. Given and Cut give; the rest say why nothing is given.
const (
	Given      Why = "given"
	Cut        Why = "cut" // given in part: a cap or the budget was reached
	Off        Why = "off"
	OtherEvent Why = "other_event"
	NotYet     Why = "not_yet"
	Over       Why = "over"
	Audience   Why = "audience"
	Unmet      Why = "condition"
	Nothing    Why = "nothing" // its amount comes to zero
	Excluded   Why = "excluded"
	CapDay     Why = "cap_day"
	CapMonth   Why = "cap_month"
	CapTotal   Why = "cap_total"
	OverBudget Why = "budget"
)

// Whys lists them all.
func Whys() []Why {
	return []Why{Given, Cut, Off, OtherEvent, NotYet, Over, Audience, Unmet, Nothing, Excluded, CapDay, CapMonth, CapTotal, OverBudget}
}

// Award is what a rule gives.
type Award struct {
	Rule   Rule
	Amount int64
}

// Verdict is what one rule came to, and why.
type Verdict struct {
	Rule   Rule
	Amount int64
	Why    Why
}

// Work decides what rules give for an occasion: base rules first, in the order of position and key, then
// multipliers over what they gave. Of a group the first that gives excludes the rest. It decides, nothing
// else; usage is by the rules' keys. The error is one of a condition.
func Work(rules []Compiled, o Occasion, used map[string]Usage) ([]Award, []Verdict, error) {
	w := work{o: o, used: used, base: map[ledger.Book]int64{}, taken: map[string]bool{}}
	for _, r := range ordered(rules) {
		v, err := w.judge(r)
		if err != nil {
			return nil, nil, err
		}
		w.verdicts = append(w.verdicts, v)
		if v.Amount > 0 {
			w.give(v)
		}
	}
	return w.awards, w.verdicts, nil
}

func ordered(rules []Compiled) []Compiled {
	last := func(r Compiled) int {
		if r.Amount.Kind == Multiplier {
			return 1
		}
		return 0
	}
	return slices.SortedFunc(slices.Values(rules), func(a, b Compiled) int {
		return cmp.Or(cmp.Compare(last(a), last(b)), cmp.Compare(a.Position, b.Position), cmp.Compare(a.Key, b.Key))
	})
}

// work is one run over the rules.
type work struct {
	o        Occasion
	used     map[string]Usage
	base     map[ledger.Book]int64 // what base rules gave
	taken    map[string]bool       // groups of which one gave
	awards   []Award
	verdicts []Verdict
}

func (w *work) give(v Verdict) {
	if v.Rule.Amount.Kind != Multiplier {
		w.base[v.Rule.Book] += v.Amount
	}
	if v.Rule.Group != "" {
		w.taken[v.Rule.Group] = true
	}
	w.awards = append(w.awards, Award{v.Rule, v.Amount})
}

func (w *work) judge(r Compiled) (Verdict, error) {
	v := Verdict{Rule: r.Rule, Why: w.refuses(r.Rule)}
	if v.Why != "" {
		return v, nil
	}
	holds, err := r.Holds.Holds(w.o.Facts)
	switch {
	case err != nil:
		return v, err
	case !holds:
		v.Why = Unmet
		return v, nil
	}
	amount := w.amount(r.Amount, r.Book)
	switch {
	case amount == 0:
		v.Why = Nothing
	case r.Group != "" && w.taken[r.Group]:
		v.Why = Excluded
	default:
		v.Amount, v.Why = bounded(r.Rule, amount, w.used[r.Key])
	}
	return v, nil
}

// refuses says why a rule gives nothing whatever its condition says; empty when it may give.
func (w *work) refuses(r Rule) Why {
	switch {
	case !r.Enabled:
		return Off
	case r.Event != w.o.Event:
		return OtherEvent
	case r.From != nil && w.o.At.Before(*r.From):
		return NotYet
	case r.Until != nil && !w.o.At.Before(*r.Until):
		return Over
	case len(r.Levels) > 0 && !slices.Contains(r.Levels, w.o.Level),
		len(r.Titles) > 0 && !slices.ContainsFunc(r.Titles, func(t string) bool { return slices.Contains(w.o.Titles, t) }),
		len(r.Stores) > 0 && !slices.Contains(r.Stores, w.o.StoreID):
		return Audience
	}
	return ""
}

func (w *work) amount(a Amount, book ledger.Book) int64 {
	switch a.Kind {
	case Fixed:
		return min(a.Units, ledger.MaxAmount)
	case PerYuan:
		return Part(w.o.AmountFen/100, a.Units, whole)
	case Multiplier:
		return Part(w.base[book], a.Units-whole, whole)
	}
	at, units := w.measure(a.Measure), int64(0)
	for _, s := range a.Steps {
		if s.From <= at {
			units = s.Units
		}
	}
	return min(units, ledger.MaxAmount)
}

// whole is the basis points of one.
const whole = 10_000

func (w *work) measure(m Measure) int64 {
	switch m {
	case ByAmount:
		return w.o.AmountFen
	case ByContract:
		return w.o.ContractFen
	case ByStreak:
		return w.o.Streak
	case ByStars:
		return w.o.Stars
	}
	return w.o.Referrals
}

// Part is amount * share / of, rounded down, at most what one transfer may move; zero unless all are above
// zero.
func Part(amount, share, of int64) int64 {
	if amount <= 0 || share <= 0 || of <= 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(amount), uint64(share))
	if high >= uint64(of) {
		return ledger.MaxAmount
	}
	part, _ := bits.Div64(high, low, uint64(of))
	return int64(min(part, ledger.MaxAmount))
}

// bounded cuts an amount to what the caps and the budget leave, and says which bound left nothing.
func bounded(r Rule, amount int64, used Usage) (int64, Why) {
	least, why := amount, Given
	for _, b := range []struct {
		cap, used int64
		why       Why
	}{
		{r.Caps.Day, used.Day, CapDay},
		{r.Caps.Month, used.Month, CapMonth},
		{r.Caps.Total, used.Total, CapTotal},
		{r.Budget, used.Budget, OverBudget},
	} {
		if left := max(b.cap-b.used, 0); b.cap > 0 && left < least {
			least, why = left, b.why
		}
	}
	if least > 0 && least < amount {
		why = Cut
	}
	return least, why
}

// InBirthdayWeek tells whether a day lies in the week, from Monday to Sunday, in which a birthday falls; one
// on 29 February falls on the 28th in other years.
func InBirthdayWeek(birthday, day clock.Day) bool {
	if birthday == "" || day == "" {
		return false
	}
	monday := day.Plus(-(int(day.Weekday()) + 6) % 7)
	month := string(birthday)[4:]
	for i := range 7 {
		d := string(monday.Plus(i))
		if d[4:] == month || (month == "-02-29" && d[4:] == "-02-28" && string(monday.Plus(i).Plus(1))[4:] != "-02-29") {
			return true
		}
	}
	return false
}

// Weekday is how conditions call the day of a week.
func Weekday(day clock.Day) string {
	return [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}[day.Weekday()]
}
