package reward_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/model/ledger"
	model "guike/model/membership/reward"
	"guike/testkit"
)

// only asserts that everybody who failed did so with one of the codes.
func only(t *testing.T, errs []error, codes ...string) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			require.Contains(t, codes, fault.Code(err), "%v", err)
		}
	}
}

// The last one of a reward goes to one of fifty (I11).
func TestTheLastOneGoesToOneOfFifty(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		buyers := make([]actor.Actor, 50)
		for i := range buyers {
			buyers[i] = w.rich(t, 50*int64(testkit.Rounds()))
		}
		for range testkit.Rounds() {
			gift := w.offer(t, form(1))
			errs := testkit.Race(len(buyers), func(i int) error { _, err := w.redeem(t, buyers[i], gift, 1); return err })
			require.Equal(t, 1, testkit.Succeeded(errs))
			only(t, errs, "reward.sold_out")
			require.Zero(t, w.stock(t, gift))
			testkit.Books(t, w.DB)
		}
	})
}

// Of 100 points fifty rivals spend 30 each, while an order that was made before is cancelled (I03, I10).
func TestNobodySpendsMoreThanThereIs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		f := form(0)
		f.Price, f.Stock = 30, nil
		cheap := w.offer(t, f)
		for range testkit.Rounds() {
			who := w.rich(t, 130)
			before := w.redeemed(t, who, cheap)
			cancelled := false
			errs := testkit.Race(51, func(i int) error {
				if i == 0 {
					err := w.cancel(t, who, before)
					cancelled = err == nil
					return err
				}
				_, err := w.redeem(t, who, cheap, 1)
				return err
			})
			only(t, errs, "points.insufficient")
			require.True(t, cancelled)
			bought := testkit.Succeeded(errs) - 1
			require.Contains(t, []int{3, 4}, bought)
			require.EqualValues(t, 130-30*bought, w.points(t, who))
			testkit.Books(t, w.DB)
		}
	})
}

// Twenty at once of one person meet the limit of one (I12).
func TestLimitHoldsAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		f := form(0)
		f.Stock, f.LimitCount, f.LimitPer = nil, 1, model.Ever
		for range testkit.Rounds() {
			of, who := w.offer(t, f), w.rich(t, 1_000)
			errs := testkit.Race(20, func(int) error { _, err := w.redeem(t, who, of, 1); return err })
			require.Equal(t, 1, testkit.Succeeded(errs))
			only(t, errs, "reward.limit_reached")
			require.EqualValues(t, 950, w.points(t, who))
			testkit.Books(t, w.DB)
		}
	})
}

// Used, cancelled by the customer and cancelled by staff at once: one of them happens.
func TestUseAgainstCancel(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		gift := w.offer(t, form(100))
		w.give(t, w.anna, 50*int64(testkit.Rounds()), ledger.TwoYears)
		for range testkit.Rounds() {
			o := w.redeemed(t, w.anna, gift)
			errs := testkit.Together(
				func() error { return w.use(t, o) },
				func() error { return w.cancel(t, w.anna, o) },
				func() error { _, _, err := w.Cancel(t.Context(), w.boss, o.Code, "缺货", once0); return err },
			)
			require.Equal(t, 1, testkit.Succeeded(errs))
			seen, err := w.My(t.Context(), w.anna, o.ID)
			require.NoError(t, err)
			for _, err := range errs {
				if err != nil {
					testkit.Fails(t, err, "redemption."+string(seen.Standing), "redemption.state", string(seen.Standing))
				}
			}
			testkit.Books(t, w.DB)
		}
	})
}
