package flow_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	coupons "guike/model/membership/coupon"
	"guike/model/once"
	projects "guike/model/project"
	"guike/service/flow"
	"guike/service/membership/coupon"
	"guike/service/membership/level"
	"guike/service/project/budget"
	"guike/testkit"
)

// campaign keeps a campaign for staff, which is worth no allowance to speak of.
func (w *purse) campaign(t *testing.T, d coupons.Definition) string {
	t.Helper()
	key := "c" + id.New().String()[24:]
	if d.NameZH == "" {
		d.NameZH, d.NameEN = "测试券", "A coupon"
	}
	if d.Event == "" {
		d.Event = coupons.ByStaff
	}
	if d.Event != coupons.MemberDay && d.Days == 0 {
		d.Days = 30
	}
	_, _, err := w.coupons.AddCampaign(t.Context(), w.Boss, coupon.NewCampaign{Key: key, Enabled: true, Definition: d})
	require.NoError(t, err)
	return key
}

// issue gives a customer a coupon of a definition.
func (w *purse) issue(t *testing.T, who actor.Actor, d coupons.Definition) string {
	t.Helper()
	return w.issueOf(t, who, w.campaign(t, d))
}

func (w *purse) issueOf(t *testing.T, who actor.Actor, campaign string) string {
	t.Helper()
	c, _, err := w.coupons.Issue(t.Context(), w.Boss, coupon.NewCoupon{CustomerID: who.ID, Campaign: campaign, Reason: "测试"})
	require.NoError(t, err)
	return c.Code
}

// couponed is a world in which staff may issue what they like.
func couponed(t *testing.T, fn func(t *testing.T, w *purse)) {
	t.Helper()
	eachPurse(t, func(t *testing.T, w *purse) {
		require.NoError(t, w.coupons.SetAllowances(t.Context(), w.Boss, coupon.Allowances{actor.StoreManager: 1_000_000_000}))
		fn(t, w)
	})
}

func (w *purse) giveFund(t *testing.T, fen int64, life ledger.Life) {
	t.Helper()
	k := ledger.Of(ledger.Fund, w.Owner.ID)
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		s, err := w.l.LockTx(ctx, tx, k)
		require.NoError(t, err)
		_, err = s.Award(ctx, ledger.Award{To: k, Amount: fen, Life: life, Cause: ledger.Cause{Source: "test:" + id.New().String(), Rule: "give", By: actor.Machine()}})
		return err
	})
}

func (w *purse) state(t *testing.T, code string) coupons.State {
	t.Helper()
	c, err := w.coupons.Look(t.Context(), code)
	require.NoError(t, err)
	return c.Standing
}

func off(fen int64) coupons.Definition {
	return coupons.Definition{Kind: coupons.Amount, AmountFen: fen, Scope: coupons.All}
}

func TestABillIsPaidWithCouponsFundAndMoney(t *testing.T) {
	t.Parallel()
	couponed(t, func(t *testing.T, w *purse) {
		p := w.Begin(t, w.Boss, projects.Renovation)
		w.giveFund(t, 300_00, ledger.RollingYear)
		tenth := w.issue(t, w.Owner, coupons.Definition{Kind: coupons.Percent, OffBP: 1000, CapFen: 1_000_000, Scope: "kitchen"})
		five := w.issue(t, w.Owner, off(500))

		in := w.payment(p, 1000_00, "SK-9")
		in.Codes, in.FundFen, in.Parts = []string{five, tenth}, 200_00, []coupons.Part{{Scope: "kitchen", AmountFen: 400_00}}
		q, err := w.value.QuotePayment(t.Context(), w.Boss, in)
		require.NoError(t, err)
		require.Equal(t, []int64{1000_00, 45_00, 200_00, 755_00, 300_00}, []int64{q.AmountFen, q.DiscountFen, q.FundFen, q.ReceivedFen, q.FundAvailable})
		require.Len(t, q.Usable, 2)
		require.Equal(t, coupons.Open, w.state(t, five), "a quote writes nothing")

		wrong := in
		wrong.ExpectFen = new(int64(1))
		_, _, err = w.value.RecordPayment(t.Context(), w.Boss, wrong)
		testkit.Fails(t, err, "payment.received_differs", "payment.received_fen", "75500")
		in.ExpectFen = &q.ReceivedFen
		r, _, err := w.value.RecordPayment(t.Context(), w.Boss, in)
		require.NoError(t, err)
		require.Equal(t, []int64{45_00, 200_00, 755_00}, []int64{r.DiscountFen, r.FundFen, r.ReceivedFen}, "as the quote said")
		require.EqualValues(t, 755, r.PointsPending, "points are earned for the money alone")
		require.Equal(t, ledger.Balance{Available: 100_00}, w.has(t, w.Owner.ID, ledger.Fund))
		require.Equal(t, []coupons.State{coupons.Used, coupons.Used}, []coupons.State{w.state(t, five), w.state(t, tenth)})

		in.Codes = []string{tenth, five} // the order does not count
		again, _, err := w.value.RecordPayment(t.Context(), w.Boss, in)
		require.NoError(t, err)
		require.Equal(t, r, again, "a known number answers as the first time")
		for name, change := range map[string]func(*flow.NewPayment){
			"another amount":  func(in *flow.NewPayment) { in.AmountFen++ },
			"fewer coupons":   func(in *flow.NewPayment) { in.Codes = in.Codes[:1] },
			"no coupons":      func(in *flow.NewPayment) { in.Codes, in.FundFen = nil, 0 },
			"another fund":    func(in *flow.NewPayment) { in.FundFen-- },
			"another kitchen": func(in *flow.NewPayment) { in.Parts = nil },
		} {
			other := in
			change(&other)
			_, _, err = w.value.RecordPayment(t.Context(), w.Boss, other)
			require.Equal(t, "payment.external_no_taken", fault.Code(err), name)
		}

		parts := w.payment(p, 1000_00, "SK-10")
		parts.Parts = in.Parts
		r, _, err = w.value.RecordPayment(t.Context(), w.Boss, parts)
		require.NoError(t, err)
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error { // as it was kept before parts were written down
			return tx.Conn(ctx).Exec("UPDATE payments SET asked = '' WHERE id = ?", r.PaymentID).Error
		})
		again, _, err = w.value.RecordPayment(t.Context(), w.Boss, parts)
		require.NoError(t, err)
		require.Equal(t, r.PaymentID, again.PaymentID)
		parts.FundFen = 1_00
		_, _, err = w.value.RecordPayment(t.Context(), w.Boss, parts)
		testkit.Fails(t, err, "payment.external_no_taken")
	})
}

func TestRefundsGoBackAsTheyCame(t *testing.T) {
	t.Parallel()
	couponed(t, func(t *testing.T, w *purse) {
		p := w.Begin(t, w.Boss, projects.Renovation)
		w.giveFund(t, 300_00, ledger.RollingYear)
		five := w.issue(t, w.Owner, off(500))
		in := w.payment(p, 1000_00, "")
		in.Codes, in.FundFen = []string{five}, 200_00
		r, _, err := w.value.RecordPayment(t.Context(), w.Boss, in)
		require.NoError(t, err)
		require.EqualValues(t, 795, w.points(t).Pending)

		w.refund(t, r, 400_00)
		require.EqualValues(t, 395, w.points(t).Pending, "money goes back first, with its points")
		require.EqualValues(t, 100_00, w.has(t, w.Owner.ID, ledger.Fund).Available)
		w.refund(t, r, 500_00) // 395 in money, 105 to the fund
		require.Equal(t, ledger.Balance{}, w.points(t))
		require.EqualValues(t, 205_00, w.has(t, w.Owner.ID, ledger.Fund).Available)
		require.Equal(t, coupons.Used, w.state(t, five), "coupons come back with the whole payment only")
		_, _, err = w.value.RecordRefund(t.Context(), w.Boss, budget.NewRefund{PaymentID: r.PaymentID, AmountFen: 95_01, Reason: "减项"})
		testkit.Fails(t, err, "payment.over_refunded")
		w.refund(t, r, 95_00)
		require.EqualValues(t, 300_00, w.has(t, w.Owner.ID, ledger.Fund).Available)
		require.Equal(t, coupons.Open, w.state(t, five))

		in.FundFen = 0
		second, _, err := w.value.RecordPayment(t.Context(), w.Boss, in)
		require.NoError(t, err, "it can be used again")
		w.Clock.Advance(40 * 24 * time.Hour)
		w.refund(t, second, 995_00)
		require.Equal(t, coupons.Lapsed, w.state(t, five), "its time is over meanwhile")
	})
}

func TestCodesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	couponed(t, func(t *testing.T, w *purse) {
		w.Tx(t, level.SeedTx)
		p := w.Begin(t, w.Boss, projects.Renovation)
		other, gift := w.issue(t, w.Wife, off(500)), w.issue(t, w.Owner, coupons.Definition{Kind: coupons.Gift, WorthFen: 100})
		high, design := w.issue(t, w.Owner, coupons.Definition{Kind: coupons.Amount, AmountFen: 500, ThresholdFen: 200_00, Scope: coupons.All}), w.issue(t, w.Owner, coupons.Definition{Kind: coupons.Amount, AmountFen: 500, Scope: "design"})
		grouped := w.campaign(t, coupons.Definition{Kind: coupons.Amount, AmountFen: 500, Scope: coupons.All, Group: "festival"})
		void, all := w.issue(t, w.Owner, off(500)), w.issue(t, w.Owner, off(200_00))
		_, _, err := w.coupons.Void(t.Context(), w.Boss, void, "重复", once.Key{})
		require.NoError(t, err)
		stopped := w.campaign(t, coupons.Definition{Event: coupons.MemberDay, Code: "TODAY8", Kind: coupons.Percent, OffBP: 2000, Scope: coupons.All, Weekdays: []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}})
		_, err = w.coupons.Switch(t.Context(), w.Boss, stopped, false)
		require.NoError(t, err)
		w.campaign(t, coupons.Definition{Event: coupons.MemberDay, Code: "NEVER8", Kind: coupons.Percent, OffBP: 2000, Scope: coupons.All, Dates: nil, Weekdays: []string{day(w.DB.Now().AddDate(0, 0, 1))}})
		w.campaign(t, coupons.Definition{Event: coupons.MemberDay, Code: "GOLD8", Kind: coupons.Percent, OffBP: 2000, Scope: coupons.All, Levels: []string{"gold"}, Weekdays: []string{day(w.DB.Now())}})
		for name, c := range map[string]struct {
			code  string
			codes []string
		}{
			"of somebody else":  {"coupon.not_found", []string{other}},
			"unknown":           {"coupon.not_found", []string{"Y0000000000000"}},
			"no code":           {"coupon.not_found", []string{"'; DROP"}},
			"a gift":            {"coupon.not_money", []string{gift}},
			"below its amount":  {"coupon.below_threshold", []string{high}},
			"out of scope":      {"coupon.out_of_scope", []string{design}},
			"two of a group":    {"coupon.not_combinable", []string{w.issueOf(t, w.Owner, grouped), w.issueOf(t, w.Owner, grouped)}},
			"voided":            {"coupon.void", []string{void}},
			"not needed":        {"coupon.needless", []string{all, w.issue(t, w.Owner, off(1))}},
			"twice":             {"input.invalid", []string{all, all + " "}},
			"a day stopped":     {"coupon_campaign.stopped", []string{"TODAY8"}},
			"another day":       {"coupon.not_member_day", []string{"never8"}},
			"a day of others":   {"coupon_campaign.audience", []string{"GOLD8"}},
			"too many for once": {"input.invalid", []string{"a", "b", "c", "d", "e", "f"}},
		} {
			in := w.payment(p, 100_00, "")
			in.Codes = c.codes
			_, err := w.value.QuotePayment(t.Context(), w.Boss, in)
			require.Equal(t, c.code, fault.Code(err), "%s: %v", name, err)
			_, _, err = w.value.RecordPayment(t.Context(), w.Boss, in)
			require.Equal(t, c.code, fault.Code(err), "%s: %v", name, err)
		}
		in := w.payment(p, 100_00, "")
		in.FundFen = 1
		_, _, err = w.value.RecordPayment(t.Context(), w.Boss, in)
		testkit.Fails(t, err, "fund.insufficient")
		in.Codes, in.FundFen = []string{all}, 1
		_, _, err = w.value.RecordPayment(t.Context(), w.Boss, in)
		testkit.Fails(t, err, "input.invalid", "body.fund_fen")
		require.Equal(t, coupons.Open, w.state(t, all))
		w.Clock.Advance(31 * 24 * time.Hour)
		in.FundFen, in.PaidAt = 0, w.DB.Now()
		_, _, err = w.value.RecordPayment(t.Context(), w.Boss, in)
		testkit.Fails(t, err, "coupon.lapsed")
		require.Equal(t, ledger.Balance{}, w.points(t))
	})
}

func day(at time.Time) string {
	return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}[at.In(testkit.Zone).Weekday()]
}

func TestAMemberDayTakesItsPart(t *testing.T) {
	t.Parallel()
	couponed(t, func(t *testing.T, w *purse) {
		p := w.Begin(t, w.Boss, projects.Renovation)
		w.campaign(t, coupons.Definition{Event: coupons.MemberDay, Code: "DAY8", Kind: coupons.Percent, OffBP: 2000, Scope: coupons.All, Weekdays: []string{day(w.DB.Now())}})
		in := w.payment(p, 100_00, "")
		q, err := w.value.QuotePayment(t.Context(), w.Boss, in)
		require.NoError(t, err)
		require.Len(t, q.Usable, 1)
		require.True(t, q.Usable[0].Day)
		require.EqualValues(t, 20_00, q.Usable[0].AmountFen)
		in.Codes = []string{"day8"}
		w.Clock.Advance(3 * 24 * time.Hour)
		r, _, err := w.value.RecordPayment(t.Context(), w.Boss, in)
		require.NoError(t, err, "the day of the payment counts")
		require.EqualValues(t, 80_00, r.ReceivedFen)
		w.Clock.Advance(5 * 24 * time.Hour)
		_, _, err = w.value.RecordPayment(t.Context(), w.Boss, in)
		testkit.Fails(t, err, "coupon.not_member_day")
	})
}

// seeded loads the default campaigns.
func seeded(t *testing.T, fn func(t *testing.T, w *purse)) {
	t.Helper()
	couponed(t, func(t *testing.T, w *purse) {
		w.Tx(t, coupon.SeedTx)
		fn(t, w)
	})
}

// held are the keys of the campaigns of which somebody has open coupons, newest first.
func (w *purse) held(t *testing.T, who actor.Actor) (keys []string) {
	t.Helper()
	cards, _, err := w.coupons.Mine(t.Context(), who, coupons.Open, db.Page{Limit: 100})
	require.NoError(t, err)
	for _, c := range cards {
		keys = append(keys, c.CampaignKey)
	}
	return keys
}

func TestPaymentsBringCouponsOnce(t *testing.T) {
	t.Parallel()
	seeded(t, func(t *testing.T, w *purse) {
		cleaning, err := w.coupons.Switch(t.Context(), w.Boss, coupon.SeedCleaning, true)
		require.NoError(t, err)
		require.EqualValues(t, 2, cleaning.Version, "off until staff switch it on")
		require.Positive(t, cleaning.BudgetPieces)
		p := w.Begin(t, w.Boss, projects.Renovation) // of 128,000 yuan
		first := w.pay(t, p, 100_00)
		require.ElementsMatch(t, []string{coupon.SeedFirstPayment, coupon.SeedAppliance}, w.held(t, w.Owner))
		w.pay(t, p, 100_00)
		require.Len(t, w.held(t, w.Owner), 2, "once")
		w.refund(t, first, 50_00)
		require.Len(t, w.held(t, w.Owner), 2)
		w.refund(t, first, 50_00)
		require.Empty(t, w.held(t, w.Owner), "void when the payment is refunded whole")

		again := w.pay(t, p, 100_00)
		require.Equal(t, []string{coupon.SeedAppliance}, w.held(t, w.Owner), "the contract still stands; it is no first payment")
		cards, _, err := w.coupons.Mine(t.Context(), w.Owner, coupons.Open, db.Page{Limit: 1})
		require.NoError(t, err)
		in := w.payment(p, 20_000_00, "")
		in.Codes, in.Parts = []string{cards[0].Code}, []coupons.Part{{Scope: "appliance", AmountFen: 12_000_00}}
		r, _, err := w.value.RecordPayment(t.Context(), w.Boss, in)
		require.NoError(t, err)
		require.EqualValues(t, 10_000_00, r.DiscountFen)
		require.Equal(t, []string{coupon.SeedCleaning}, w.held(t, w.Owner), "appliances bring a cleaning")
		w.refund(t, r, 10_000_00)
		require.Equal(t, []string{coupon.SeedAppliance}, w.held(t, w.Owner), "which goes with its payment")
		_, _, err = w.value.RecordPayment(t.Context(), w.Boss, in)
		require.NoError(t, err)
		_, _, err = w.coupons.Use(t.Context(), w.Boss, w.codeOf(t, w.Owner, coupon.SeedCleaning), once.Key{})
		require.NoError(t, err)
		w.refund(t, again, 100_00)
		require.Equal(t, coupons.Used, w.state(t, cards[0].Code), "what was used stays used")

		other := w.Begin(t, w.Boss, projects.Renovation)
		w.pay(t, other, 100_00)
		require.Equal(t, []string{coupon.SeedAppliance}, w.held(t, w.Owner), "one for each contract")
		w.CallOff(t, other)
		require.Empty(t, w.held(t, w.Owner), "void with the contract")
	})
}
