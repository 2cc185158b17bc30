package flow_test

import (
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/ledger"
	coupons "guike/model/membership/coupon"
	projects "guike/model/project"
	"guike/service/flow"
	"guike/service/membership/coupon"
	"guike/service/membership/earning"
	"guike/service/project/budget"
	"guike/testkit"
)

// second is another instance over the same store.
func (w *purse) second() *flow.Value {
	return flow.NewValue(flow.ValueDeps{
		DB: w.DB, Ledger: ledger.New(testkit.Zone), Payments: budget.New(w.Journal),
		Earning: earning.New(earning.Deps{DB: w.DB, Ledger: ledger.New(testkit.Zone), Zone: testkit.Zone}),
		Coupons: coupon.New(coupon.Deps{DB: w.DB, Zone: testkit.Zone, Entropy: rand.Reader}),
	})
}

// Several first payments of one customer at once bring one coupon (G8).
func TestOneFirstPaymentBringsTheCoupon(t *testing.T) {
	t.Parallel()
	seeded(t, func(t *testing.T, w *purse) {
		beside := w.second()
		for range testkit.Rounds() {
			w.Owner = w.Join(t, id.New().String(), identity.HomeOwner)
			sites := make([]projects.Project, 4)
			for i := range sites {
				sites[i] = w.Begin(t, w.Boss, projects.Renovation)
			}
			errs := testkit.Race(8, func(i int) error {
				_, _, err := []*flow.Value{w.value, beside}[i%2].RecordPayment(t.Context(), w.Boss, w.payment(sites[i/2], 100_00, ""))
				return err
			})
			require.Equal(t, 8, testkit.Succeeded(errs), "%v", errs)
			n := map[string]int{}
			for _, key := range w.held(t, w.Owner) {
				n[key]++
			}
			require.Equal(t, map[string]int{coupon.SeedFirstPayment: 1, coupon.SeedAppliance: 4}, n, "one in all, one for each contract")
		}
	})
}

// A coupon, and the last of the fund, pay one of two bills.
func TestACouponPaysOneBill(t *testing.T) {
	t.Parallel()
	couponed(t, func(t *testing.T, w *purse) {
		beside := w.second()
		sites := []projects.Project{w.Begin(t, w.Boss, projects.Renovation), w.Begin(t, w.Boss, projects.Renovation)}
		five := w.campaign(t, off(500))
		for range testkit.Rounds() {
			code := w.issueOf(t, w.Owner, five)
			w.giveFund(t, 10_00, ledger.RollingYear)
			errs := testkit.Race(8, func(i int) error {
				in := w.payment(sites[i%2], 100_00, "")
				in.Codes, in.FundFen = []string{code}, 10_00
				_, _, err := []*flow.Value{w.value, beside}[i/2%2].RecordPayment(t.Context(), w.Boss, in)
				return err
			})
			require.Equal(t, 1, testkit.Succeeded(errs), "%v", errs)
			for _, err := range errs {
				if err != nil {
					require.Equal(t, "coupon.used", fault.Code(err))
				}
			}
			require.Equal(t, coupons.Used, w.state(t, code))
			require.Zero(t, w.has(t, w.Owner.ID, ledger.Fund).Available)
		}
	})
}

// Using a coupon that came with a payment against the refund of that payment: one of them comes first, and
// whatever does, the books agree.
func TestUseAgainstRefund(t *testing.T) {
	t.Parallel()
	seeded(t, func(t *testing.T, w *purse) {
		for range testkit.Rounds() {
			w.Owner = w.Join(t, id.New().String(), identity.HomeOwner)
			p, q := w.Begin(t, w.Boss, projects.Renovation), w.Begin(t, w.Boss, projects.Renovation)
			first := w.pay(t, p, 100_00)
			code := w.codeOf(t, w.Owner, coupon.SeedFirstPayment)
			errs := testkit.Together(func() error {
				in := w.payment(q, 100_00, "")
				in.Codes = []string{code}
				_, _, err := w.value.RecordPayment(t.Context(), w.Boss, in)
				return err
			}, func() error {
				_, _, err := w.value.RecordRefund(t.Context(), w.Boss, budget.NewRefund{PaymentID: first.PaymentID, AmountFen: 100_00, Reason: "退单"})
				return err
			})
			require.NoError(t, errs[1])
			want := coupons.Used
			if errs[0] != nil {
				require.Equal(t, "coupon.void", fault.Code(errs[0]))
				want = coupons.Void
			}
			require.Equal(t, want, w.state(t, code))
		}
	})
}

func (w *purse) codeOf(t *testing.T, who actor.Actor, campaign string) string {
	t.Helper()
	cards, _, err := w.coupons.Mine(t.Context(), who, coupons.Open, db.Page{Limit: 100})
	require.NoError(t, err)
	for _, c := range cards {
		if c.CampaignKey == campaign {
			return c.Code
		}
	}
	require.Fail(t, "no coupon of "+campaign)
	return ""
}
