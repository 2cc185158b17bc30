package ledger_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/model/db"
	"guike/model/ledger"
	"guike/testkit"
)

// A balance of 100 meets 50 spends of 30, two refunds of an earlier order and an expiry, again and again.
func TestSpendsRefundsAndExpiriesAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for round := range testkit.Rounds() {
			w.anna[15] = byte(round)
			start := w.DB.Now()
			w.award(t, "old", 20, ledger.Life("1d"))
			w.award(t, "gift", 100, ledger.Never)
			order := w.mustSpend(t, "order", 20) // the old lot
			w.award(t, "gone", 7, "1d")
			w.Clock.Set(start.Add(days(1)))
			acts := make([]func() error, 0, 53)
			for i := range 50 {
				acts = append(acts, func() error { _, err := w.spend(t, fmt.Sprint("spend:", i), 30); return err })
			}
			for range 2 { // the same refund, sent twice
				acts = append(acts, func() error { return w.restore(t, "refund", order, 20) })
			}
			acts = append(acts, func() error {
				return w.DB.Tx(t.Context(), func(tx *db.Tx) error {
					_, _, err := w.l.ExpireDueTx(t.Context(), tx, 10)
					return err
				})
			})
			errs := testkit.Together(acts...)
			spent := testkit.Succeeded(errs[:50])
			for _, err := range errs[:50] {
				if err != nil {
					testkit.Fails(t, err, "points.insufficient")
				}
			}
			require.NoError(t, errors.Join(errs[50:]...))
			require.Contains(t, []int{3, 4}, spent, "100 pay for three, with the refund for four")
			require.EqualValues(t, 120-30*spent, w.balance(t).Available)
		}
	})
}

// An event, a complaint's end, a cancellation and a refund meet one promise: it vests or is cancelled.
func TestAPromiseVestsOrIsCancelledOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for round := range testkit.Rounds() {
			w.anna[15] = byte(round)
			subject := fmt.Sprint("project:", round)
			p := w.promise(t, "payment", 100, ledger.When{Subject: subject, Event: "done"})
			w.tx(t, func(tx *db.Tx) error { return w.l.FreezeTx(t.Context(), tx, subject, "complaint") })
			in := func(fn func(tx *db.Tx) error) func() error { return func() error { return w.DB.Tx(t.Context(), fn) } }
			happened := in(func(tx *db.Tx) error {
				_, err := w.l.HappenedTx(t.Context(), tx, actor.Machine(), subject, "done")
				return err
			})
			thaw := in(func(tx *db.Tx) error {
				_, err := w.l.ThawTx(t.Context(), tx, actor.Machine(), subject, "complaint")
				return err
			})
			errs := testkit.Together(happened, happened, thaw, thaw,
				in(func(tx *db.Tx) error { return w.l.CancelTx(t.Context(), tx, actor.Machine(), subject, "") }),
				func() error { return w.takeBack(t, "refund", p, 40) })
			require.NoError(t, errors.Join(errs[:5]...))
			refunded := int64(40)
			if errs[5] != nil { // cancelled before: nothing is left to take
				testkit.Fails(t, errs[5], "ledger.over_taken")
				refunded = 0
			}
			b := w.balance(t)
			require.Zero(t, b.Pending)
			require.Zero(t, b.Debt)
			require.Contains(t, []int64{0, 100 - refunded}, b.Available)
		}
	})
}

// Two owners' accounts are locked in one order, whoever names them first.
func TestTransfersAcrossOwnersDoNotBlockEachOther(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		a, b := w.points(), w.points()
		b.Owner.ID[0]++
		errs := testkit.Race(40, func(i int) error {
			keys := []ledger.Key{a, b}
			if i%2 == 1 {
				keys = []ledger.Key{b, a}
			}
			return w.DB.Tx(t.Context(), func(tx *db.Tx) error {
				s, err := w.l.LockTx(t.Context(), tx, keys...)
				if err != nil {
					return err
				}
				for _, k := range keys {
					if _, err := s.Award(t.Context(), ledger.Award{To: k, Amount: 1, Life: ledger.Never, Cause: cause(fmt.Sprint(i), "earn")}); err != nil {
						return err
					}
				}
				return nil
			})
		})
		require.NoError(t, errors.Join(errs...))
		require.EqualValues(t, 40, w.balance(t).Available)
	})
}
