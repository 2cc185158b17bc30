package flow_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	coupons "guike/model/membership/coupon"
	earnings "guike/model/membership/earning"
	projects "guike/model/project"
	budgets "guike/model/project/budget"
	"guike/service/flow"
	"guike/service/project/budget"
	"guike/testkit"
)

// thanks gives seven points for any payment, whatever of it is money.
func (w *purse) thanks(t *testing.T) {
	t.Helper()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		return earnings.AddRuleTx(ctx, tx, &earnings.Rule{Key: "thanks", Version: 1, Definition: earnings.Definition{
			Enabled: true,
			Event:   earnings.Payment, NameZH: "谢谢", NameEN: "Thanks", Book: ledger.Points, Life: ledger.TwoYears, Position: 20,
			Amount: earnings.Amount{Kind: earnings.Fixed, Units: 7}, Vest: earnings.Vest{Kind: earnings.AtOnce},
		}})
	})
}

func (w *purse) wish(r flow.PaymentRecorded, fen int64, no string) budget.NewRefund {
	return budget.NewRefund{PaymentID: r.PaymentID, AmountFen: fen, Reason: "减项", ExternalNo: no}
}

// allPoints are those given or promised, less what is owed.
func (w *purse) allPoints(t *testing.T) int64 {
	t.Helper()
	b := w.points(t)
	return b.Available + b.Pending + b.Debt
}

// part is a refund that is asked for, what it is, and the points that stay.
type part struct{ asked, money, fund, discount, points int64 }

func TestEveryBillCanBeUndone(t *testing.T) {
	t.Parallel()
	over := func(fen ...int64) []int64 { return fen }
	couponed(t, func(t *testing.T, w *purse) {
		w.thanks(t)
		p := w.Begin(t, w.Boss, projects.Renovation)
		w.giveFund(t, 50_00, ledger.RollingYear)
		w.giveFund(t, 50_00, ledger.TwoYears)
		before, err := ledger.BalanceOf(t.Context(), w.DB, ledger.Of(ledger.Fund, w.Owner.ID), w.DB.Now())
		require.NoError(t, err)
		for name, c := range map[string]struct {
			off, fund int64 // of a bill of 100 yuan
			parts     []part
			refused   []int64 // before the last part
		}{
			"coupons alone":                  {100_00, 0, []part{{100_00, 0, 0, 100_00, 0}}, over(1, 50_00, 99_99, 100_01)},
			"coupons and fund":               {40_00, 60_00, []part{{20_00, 0, 20_00, 0, 5}, {40_00, 0, 40_00, 40_00, 0}}, over(40_01, 79_99, 80_01)},
			"coupons and fund, the bill":     {40_00, 60_00, []part{{20_00, 0, 20_00, 0, 5}, {80_00, 0, 40_00, 40_00, 0}}, over(41_00)},
			"coupons and money":              {40_00, 0, []part{{1, 1, 0, 0, 67}, {59_99, 59_99, 0, 40_00, 0}}, over(60_00, 99_98, 100_00)},
			"coupons and money, at once":     {40_00, 0, []part{{100_00, 60_00, 0, 40_00, 0}}, over(60_01, 99_99)},
			"coupons, fund and money":        {10_00, 60_00, []part{{20_00, 20_00, 0, 0, 13}, {20_00, 10_00, 10_00, 0, 0}, {50_00, 0, 50_00, 10_00, 0}}, over(50_01, 59_99, 60_01)},
			"coupons, fund, money, the bill": {10_00, 60_00, []part{{100_00, 30_00, 60_00, 10_00, 0}}, over(90_01, 100_01)},
			"fund alone":                     {0, 100_00, []part{{30_00, 0, 30_00, 0, 5}, {70_00, 0, 70_00, 0, 0}}, over(70_01, 100_00)},
			"fund and money":                 {0, 60_00, []part{{30_00, 30_00, 0, 0, 12}, {70_00, 10_00, 60_00, 0, 0}}, over(70_01)},
		} {
			in, code := w.payment(p, 100_00, ""), ""
			if in.FundFen = c.fund; c.off > 0 {
				code = w.issue(t, w.Owner, off(c.off))
				in.Codes = []string{code}
			}
			r, _, err := w.value.RecordPayment(t.Context(), w.Boss, in)
			require.NoError(t, err, name)
			require.Equal(t, 7+r.ReceivedFen/100, w.allPoints(t), name)
			for i, want := range c.parts {
				last := i == len(c.parts)-1
				for _, fen := range c.refused {
					if last {
						_, _, err := w.value.RecordRefund(t.Context(), w.Boss, w.wish(r, fen, ""))
						testkit.Fails(t, err, "payment.over_refunded", "body.amount_fen out_of_range")
					}
				}
				in := w.wish(r, want.asked, id.New().String())
				done, _, err := w.value.RecordRefund(t.Context(), w.Boss, in)
				require.NoError(t, err, "%s: %d", name, want.asked)
				again, _, err := w.value.RecordRefund(t.Context(), w.Boss, in)
				require.NoError(t, err, "%s: %d", name, want.asked)
				require.Equal(t, done.RefundID, again.RefundID, "%s: a known number answers as the first time", name)
				f, err := budgets.RefundByID(t.Context(), w.DB, p.ID, done.RefundID)
				require.NoError(t, err)
				require.Equal(t, want, part{want.asked, f.AmountFen - f.FundFen, f.FundFen, f.DiscountFen, w.allPoints(t)}, "%s: %d", name, want.asked)
				if code != "" {
					require.Equal(t, map[bool]coupons.State{true: coupons.Open, false: coupons.Used}[last], w.state(t, code), name)
				}
			}
			for _, fen := range []int64{1, 100_00} {
				_, _, err = w.value.RecordRefund(t.Context(), w.Boss, w.wish(r, fen, ""))
				testkit.Fails(t, err, "payment.over_refunded")
			}
			after, err := ledger.BalanceOf(t.Context(), w.DB, ledger.Of(ledger.Fund, w.Owner.ID), w.DB.Now())
			require.NoError(t, err)
			require.Equal(t, before, after, "%s: the fund is where it was, in its lots", name)
			require.Zero(t, w.has(t, w.Owner.ID, ledger.GrowthSpend).Available, name)
		}
		paid, back, err := budgets.Paid(t.Context(), w.DB, p.ID)
		require.NoError(t, err)
		require.Equal(t, paid, back, "all of it is open again")
	})
}

func TestRivalsOverABillOfCouponsUndoItOnce(t *testing.T) {
	t.Parallel()
	couponed(t, func(t *testing.T, w *purse) {
		p := w.Begin(t, w.Boss, projects.Renovation)
		code := w.issue(t, w.Owner, off(100_00))
		for range testkit.Rounds() {
			in := w.payment(p, 100_00, "")
			in.Codes = []string{code}
			r, _, err := w.value.RecordPayment(t.Context(), w.Boss, in)
			require.NoError(t, err)
			errs := testkit.Race(3, func(int) error {
				_, _, err := w.value.RecordRefund(t.Context(), w.Boss, w.wish(r, 100_00, ""))
				return err
			})
			require.Equal(t, 1, testkit.Succeeded(errs), "%v", errors.Join(errs...))
			for _, err := range errs {
				require.Contains(t, []string{"", "payment.over_refunded"}, fault.Code(err))
			}
			require.Equal(t, coupons.Open, w.state(t, code))
		}
	})
}
