package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	"guike/testkit"
)

func (w *world) promise(t *testing.T, source string, amount int64, when ledger.When) ledger.Posted {
	t.Helper()
	var p ledger.Posted
	require.NoError(t, w.with(t.Context(), w.points(), func(s *ledger.Set) (err error) {
		p, err = s.Promise(t.Context(), ledger.Award{To: w.points(), Amount: amount, Life: ledger.TwoYears, Cause: cause(source, "earn")}, when)
		return err
	}))
	return p
}

func (w *world) tx(t *testing.T, fn func(tx *db.Tx) error) {
	t.Helper()
	require.NoError(t, w.DB.Tx(t.Context(), fn))
}

func (w *world) happened(t *testing.T, subject, event string) (vested []ledger.Vested) {
	t.Helper()
	w.tx(t, func(tx *db.Tx) (err error) {
		vested, err = w.l.HappenedTx(t.Context(), tx, actor.Machine(), subject, event)
		return err
	})
	return vested
}

func TestWhatIsPromisedVestsAtItsEvent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		when := ledger.When{Subject: "project:1", Event: "stage.acceptance"}
		w.promise(t, "payment:1", 100, when)
		w.promise(t, "payment:2", 50, ledger.When{Subject: "project:2", Event: "stage.acceptance"})
		require.Equal(t, ledger.Balance{Pending: 150}, w.balance(t))
		_, err := w.spend(t, "order", 1)
		testkit.Fails(t, err, "points.insufficient")
		require.Empty(t, w.happened(t, "project:1", "stage.design"))
		require.Equal(t, []ledger.Vested{{Owner: w.points().Owner, Book: ledger.Points, Amount: 100}}, w.happened(t, "project:1", "stage.acceptance"))
		require.Empty(t, w.happened(t, "project:1", "stage.acceptance"), "a stage completed again vests nothing again")
		b := w.balance(t)
		require.EqualValues(t, 100, b.Available)
		require.EqualValues(t, 50, b.Pending)
		require.Equal(t, time.Date(2028, 11, 30, 16, 0, 0, 0, time.UTC), b.Next.At, "the life begins when it vests")
	})
}

func TestAFrozenSubjectVestsWhenTheLastFreezeEnds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		freeze := func(cause string) {
			w.tx(t, func(tx *db.Tx) error { return w.l.FreezeTx(t.Context(), tx, "project:1", cause) })
		}
		thaw := func(cause string) (vested []ledger.Vested) {
			w.tx(t, func(tx *db.Tx) (err error) {
				vested, err = w.l.ThawTx(t.Context(), tx, actor.Machine(), "project:1", cause)
				return err
			})
			return vested
		}
		w.promise(t, "payment:1", 100, ledger.When{Subject: "project:1", Event: "stage.acceptance"})
		w.promise(t, "payment:2", 10, ledger.When{Subject: "project:1", Event: "stage.handover"})
		freeze("complaint:1")
		freeze("complaint:2")
		freeze("complaint:2")
		require.Empty(t, w.happened(t, "project:1", "stage.acceptance"))
		require.Empty(t, thaw("complaint:1"))
		require.Empty(t, thaw("complaint:1"))
		require.EqualValues(t, 110, w.balance(t).Pending)
		require.Len(t, thaw("complaint:2"), 1)
		require.Empty(t, thaw("complaint:2"))
		require.EqualValues(t, 100, w.balance(t).Available)
		require.EqualValues(t, 10, w.balance(t).Pending)
	})
}

func TestPromisesAreCancelledWithTheirSubject(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		p := w.promise(t, "payment:1", 100, ledger.When{Subject: "project:1", Event: "stage.acceptance"})
		require.NoError(t, w.takeBack(t, "refund:1", p, 30))
		require.EqualValues(t, 70, w.balance(t).Pending)
		for range 2 {
			w.tx(t, func(tx *db.Tx) error {
				return w.l.CancelTx(t.Context(), tx, actor.Machine(), "project:1", "合同已取消")
			})
			require.Equal(t, ledger.Balance{}, w.balance(t))
		}
		testkit.Fails(t, w.takeBack(t, "refund:2", p, 1), "ledger.over_taken")
		require.Empty(t, w.happened(t, "project:1", "stage.acceptance"))
	})
}

func TestAPromiseTakenBackAfterItVestedIsTakenFromItsLot(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.award(t, "gift", 40, "1d")
		p := w.promise(t, "payment:1", 100, ledger.When{Subject: "project:1", Event: "stage.acceptance"})
		w.happened(t, "project:1", "stage.acceptance")
		require.NoError(t, w.takeBack(t, "refund:1", p, 100))
		require.Equal(t, ledger.Balance{Available: 40, Next: ledger.Expiry{Amount: 40, At: testkit.Start.Add(days(1))}}, w.balance(t))
	})
}

func TestPromisesOfADay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		at := w.DB.Now().Add(days(7))
		w.promise(t, "payment:1", 100, ledger.When{Subject: "customer:1", At: at})
		w.promise(t, "payment:2", 10, ledger.When{Subject: "project:1", Event: "stage.acceptance", At: at})
		w.tx(t, func(tx *db.Tx) error { return w.l.FreezeTx(t.Context(), tx, "project:1", "complaint:1") })
		run := func() (n int) {
			for more := true; more; {
				w.tx(t, func(tx *db.Tx) error {
					due, again, err := ledger.DueSubject(t.Context(), tx, tx.Now)
					if more = again; err != nil || !more {
						return err
					}
					done, err := w.l.VestDueTx(t.Context(), tx, actor.Machine(), due)
					n += len(done)
					return err
				})
			}
			return n
		}
		require.Zero(t, run())
		w.Clock.Advance(days(7))
		require.Equal(t, 1, run())
		require.Zero(t, run(), "what is frozen is not asked for again and again")
		w.tx(t, func(tx *db.Tx) error {
			_, err := w.l.ThawTx(t.Context(), tx, actor.Machine(), "project:1", "complaint:1")
			return err
		})
		require.EqualValues(t, 110, w.balance(t).Available)
	})
}

func TestTwoRecordsOfOnePersonBecomeOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		gift := w.award(t, "gift", 50, "10d")
		paid := w.promise(t, "payment:1", 100, ledger.When{Subject: "project:1", Event: "stage.acceptance"})
		order := w.mustSpend(t, "order", 20)
		var h ledger.Posted
		require.NoError(t, w.with(t.Context(), w.points(), func(s *ledger.Set) (err error) {
			h, err = s.Hold(t.Context(), ledger.Spend{From: w.points(), Amount: 10, Cause: cause("order:2", "hold")}, w.DB.Now().Add(time.Hour))
			return err
		}))
		from := w.points().Owner
		w.anna = id.New() // from now on the story is the other record's
		early := w.award(t, "early", 5, ledger.Never)
		w.mustSpend(t, "early order", 5)
		require.NoError(t, w.takeBack(t, "early refund", early, 5))
		require.EqualValues(t, -5, w.balance(t).Debt)
		for range 2 {
			w.tx(t, func(tx *db.Tx) error { return w.l.MoveAllTx(t.Context(), tx, actor.Machine(), from, w.points().Owner) })
		}
		require.Equal(t, ledger.Balance{Available: 15, Pending: 100, Held: 10, Next: ledger.Expiry{Amount: 15, At: testkit.Start.Add(days(10))}}, w.balance(t))
		require.NoError(t, w.with(t.Context(), w.points(), func(s *ledger.Set) error {
			_, err := s.Release(t.Context(), w.points(), h.Transfer, 10, cause("order:2", "release"))
			return err
		}))
		require.NoError(t, w.restore(t, "refund", order, 20))
		require.NoError(t, w.takeBack(t, "gift refund", gift, 10))
		require.NoError(t, w.takeBack(t, "payment refund", paid, 60))
		w.happened(t, "project:1", "stage.acceptance")
		require.Equal(t, ledger.Balance{Available: 75, Next: ledger.Expiry{Amount: 35, At: testkit.Start.Add(days(10))}}, w.balance(t))
		old, err := ledger.BalanceOf(t.Context(), w.DB, ledger.Key{Book: ledger.Points, Owner: from}, w.DB.Now())
		require.NoError(t, err)
		require.Equal(t, ledger.Balance{}, old)
	})
}
