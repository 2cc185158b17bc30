package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	"guike/testkit"
)

func TestTheSameCauseIsPostedOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		first := w.award(t, "payment:1", 100, ledger.Never)
		again := w.award(t, "payment:1", 100, ledger.Never)
		require.True(t, first.First)
		require.False(t, again.First)
		require.Equal(t, first.Transfer, again.Transfer)
		err := w.with(t.Context(), w.points(), func(s *ledger.Set) error {
			_, err := s.Award(t.Context(), ledger.Award{To: w.points(), Amount: 101, Life: ledger.Never, Cause: cause("payment:1", "earn")})
			return err
		})
		testkit.Fails(t, err, "ledger.cause_differs")
		require.EqualValues(t, 100, w.balance(t).Available)
	})
}

func TestSpendingTakesWhatExpiresFirst(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.award(t, "a", 50, "300d")
		w.award(t, "b", 50, "10d")
		w.award(t, "c", 50, ledger.Never)
		w.mustSpend(t, "order:1", 70) // b, then 20 of a
		require.EqualValues(t, 80, w.balance(t).Available)
		w.Clock.Advance(days(11))
		require.Empty(t, w.expire(t), "nothing of b was left")
		w.Clock.Advance(days(300))
		require.EqualValues(t, 50, w.balance(t).Available, "what is due does not show, though the job has not run")
		_, err := w.spend(t, "order:2", 51)
		testkit.Fails(t, err, "points.insufficient")
		require.Equal(t, []ledger.Lapsed{{Owner: w.points().Owner, Book: ledger.Points, Amount: 30}}, w.expire(t))
		require.Empty(t, w.expire(t))
		w.mustSpend(t, "order:3", 50)
		require.Zero(t, w.balance(t).Available)
	})
}

func TestARefundGoesBackToTheLots(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.award(t, "a", 50, "10d")
		w.award(t, "b", 50, "300d")
		order := w.mustSpend(t, "order", 80)
		require.NoError(t, w.restore(t, "refund:1", order, 40)) // 30 of b, 10 of a
		require.Equal(t, ledger.Expiry{Amount: 10, At: testkit.Start.Add(days(10))}, w.balance(t).Next)
		w.Clock.Advance(days(20))
		w.expire(t)
		require.EqualValues(t, 50, w.balance(t).Available)
		require.NoError(t, w.restore(t, "refund:2", order, 40)) // a has expired: a lot of 30 days instead
		b := w.balance(t)
		require.EqualValues(t, 90, b.Available)
		require.Equal(t, ledger.Expiry{Amount: 40, At: w.DB.Now().Add(days(30))}, b.Next)
		testkit.Fails(t, w.restore(t, "refund:3", order, 1), "ledger.over_restored")
	})
}

func TestWhatIsTakenBackAfterItWasSpentIsADebt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		paid := w.award(t, "payment", 100, ledger.TwoYears)
		w.award(t, "check-in", 5, ledger.TwoYears)
		w.mustSpend(t, "order", 80)
		require.NoError(t, w.takeBack(t, "refund:1", paid, 60)) // 20 of its lot, 5 of the other, 35 owed
		require.Equal(t, ledger.Balance{Debt: -35}, w.balance(t))
		testkit.Fails(t, w.takeBack(t, "refund:2", paid, 41), "ledger.over_taken")
		w.award(t, "payment:2", 30, ledger.TwoYears)
		require.Equal(t, ledger.Balance{Debt: -5}, w.balance(t))
		w.award(t, "payment:3", 30, ledger.Never)
		require.Equal(t, ledger.Balance{Available: 25}, w.balance(t))
	})
}

// Otherwise an order would be paid by points that were taken back: buy, return what gave the points, cancel the
// order, and spend them again.
func TestWhatComesBackPaysADebtFirst(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		paid := w.award(t, "payment", 100, ledger.TwoYears)
		order := w.mustSpend(t, "order", 80)
		require.NoError(t, w.takeBack(t, "refund:1", paid, 70)) // 20 of its lot, 50 owed
		require.NoError(t, w.restore(t, "cancel:1", order, 30))
		require.Equal(t, ledger.Balance{Debt: -20}, w.balance(t))
		_, err := w.spend(t, "order:2", 1)
		testkit.Fails(t, err, "points.insufficient")
		require.NoError(t, w.restore(t, "cancel:2", order, 50))
		require.NoError(t, w.restore(t, "cancel:2", order, 50), "again")
		b := w.balance(t)
		require.EqualValues(t, 30, b.Available)
		require.Zero(t, b.Debt)
	})
}

func TestAReversedSpendPaysADebtFirst(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		paid := w.award(t, "payment", 100, ledger.TwoYears)
		order := w.mustSpend(t, "order", 80)
		require.NoError(t, w.takeBack(t, "refund:1", paid, 70)) // 20 of its lot, 50 owed
		for range 2 {
			require.NoError(t, w.with(t.Context(), w.points(), func(s *ledger.Set) error {
				_, err := s.Reverse(t.Context(), order.Transfer, cause("undo", "correction"))
				return err
			}))
			b := w.balance(t)
			require.Equal(t, []int64{30, 0}, []int64{b.Available, b.Debt}, "80 came back, 50 of it paid the debt")
		}
		_, err := w.spend(t, "order:2", 31)
		testkit.Fails(t, err, "points.insufficient")
		w.mustSpend(t, "order:3", 30)
		testkit.Books(t, w.DB)
	})
}

func TestATransferIsReversedOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		given := w.award(t, "gift", 100, ledger.TwoYears)
		used := w.mustSpend(t, "order", 40)
		reverse := func(of ledger.Posted, source string) (p ledger.Posted, err error) {
			err = w.with(t.Context(), w.points(), func(s *ledger.Set) (err error) {
				p, err = s.Reverse(t.Context(), of.Transfer, cause(source, "correction"))
				return err
			})
			return p, err
		}
		_, err := reverse(given, "r1")
		testkit.Fails(t, err, "ledger.not_reversible")
		undone, err := reverse(used, "r2")
		require.NoError(t, err)
		_, err = reverse(used, "r3")
		testkit.Fails(t, err, "ledger.not_reversible")
		_, err = reverse(undone, "r4")
		testkit.Fails(t, err, "ledger.not_reversible")
		testkit.Fails(t, w.restore(t, "refund", used, 1), "ledger.over_restored")
		_, err = reverse(given, "r5")
		require.NoError(t, err)
		testkit.Fails(t, w.takeBack(t, "refund:2", given, 1), "ledger.over_taken")
		require.Equal(t, ledger.Balance{}, w.balance(t))
	})
}

func TestAHoldIsCapturedReleasedOrLapses(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.award(t, "gift", 100, "10d")
		var h ledger.Posted
		on := func(fn func(s *ledger.Set) error) error { return w.with(t.Context(), w.points(), fn) }
		require.NoError(t, on(func(s *ledger.Set) (err error) {
			h, err = s.Hold(t.Context(), ledger.Spend{From: w.points(), Amount: 60, Cause: cause("order", "hold")}, w.DB.Now().Add(time.Hour))
			return err
		}))
		require.Equal(t, int64(60), w.balance(t).Held)
		_, err := w.spend(t, "other", 41)
		testkit.Fails(t, err, "points.insufficient")
		require.NoError(t, on(func(s *ledger.Set) error {
			captured, err := s.Capture(t.Context(), w.points(), h.Transfer, 30, cause("order", "capture"))
			if err != nil {
				return err
			}
			_, err = s.Restore(t.Context(), ledger.Restore{To: w.points(), Of: captured.Transfer, Amount: 10, Cause: cause("order", "refund")})
			return err
		}))
		require.Equal(t, int64(50), w.balance(t).Available)
		testkit.Fails(t, on(func(s *ledger.Set) error {
			_, err := s.Release(t.Context(), w.points(), h.Transfer, 31, cause("order", "release"))
			return err
		}), "ledger.hold_over")
		w.Clock.Advance(2 * time.Hour)
		testkit.Fails(t, on(func(s *ledger.Set) error {
			_, err := s.Capture(t.Context(), w.points(), h.Transfer, 1, cause("order", "late"))
			return err
		}), "ledger.hold_over")
		require.NoError(t, w.DB.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := w.l.ReleaseDueTx(t.Context(), tx, 10)
			return err
		}))
		b := w.balance(t)
		require.Equal(t, int64(80), b.Available)
		require.Zero(t, b.Held)
	})
}

func TestLives(t *testing.T) {
	t.Parallel()
	given := time.Date(2026, 11, 30, 16, 30, 0, 0, time.UTC) // December already in Shanghai
	for life, ends := range map[ledger.Life]string{
		"24m": "2028-12-31T16:00:00Z", "1m": "2027-01-31T16:00:00Z", "365d": "2027-11-30T16:30:00Z",
		"y0": "2026-12-31T16:00:00Z", "y1": "2027-12-31T16:00:00Z", "never": "9999-12-31T23:59:59.999Z",
	} {
		got, err := life.Ends(given, testkit.Zone)
		require.NoError(t, err, life)
		require.Equal(t, ends, got.Format(time.RFC3339Nano), life)
	}
	for _, bad := range []string{"", "m", "0m", "-1m", "1201m", "0d", "y", "y-1", "24", "24w", "forever"} {
		_, err := ledger.ParseLife(bad)
		require.Error(t, err, bad)
	}
}

func TestStatementPages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for i := range 7 {
			w.award(t, id.New().String(), int64(i+1), ledger.Never)
		}
		var seen []int64
		page := db.Page{Limit: 3}
		for {
			lines, next, err := ledger.Statement(t.Context(), w.DB, w.points(), ledger.Available, page)
			require.NoError(t, err)
			for _, l := range lines {
				seen = append(seen, l.Balance)
			}
			if page.After = next; next.IsZero() {
				break
			}
		}
		require.Equal(t, []int64{28, 21, 15, 10, 6, 3, 1}, seen)
	})
}
