package ledger_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	"guike/testkit"
)

// world is a store with a ledger and one customer.
type world struct {
	*testkit.Kit
	l    *ledger.Ledger
	anna id.ID
}

func newWorld(k *testkit.Kit) *world {
	return &world{Kit: k, l: ledger.New(testkit.Zone), anna: id.New()}
}

// each runs fn in a world on every store at hand and asserts the books at its end.
func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		fn(t, newWorld(k))
		testkit.Books(t, k.DB)
	})
}

func cause(source, rule string) ledger.Cause {
	return ledger.Cause{Source: source, Rule: rule, RefKind: "test", By: actor.Machine()}
}

// with runs fn over the locked points of a customer.
func (w *world) with(ctx context.Context, k ledger.Key, fn func(s *ledger.Set) error) error {
	return w.DB.Tx(ctx, func(tx *db.Tx) error {
		s, err := w.l.LockTx(ctx, tx, k)
		if err != nil {
			return err
		}
		return fn(s)
	})
}

func (w *world) points() ledger.Key { return ledger.Of(ledger.Points, w.anna) }

func (w *world) award(t *testing.T, source string, amount int64, life ledger.Life) ledger.Posted {
	t.Helper()
	var p ledger.Posted
	require.NoError(t, w.with(t.Context(), w.points(), func(s *ledger.Set) (err error) {
		p, err = s.Award(t.Context(), ledger.Award{To: w.points(), Amount: amount, Life: life, Cause: cause(source, "earn")})
		return err
	}))
	return p
}

func (w *world) spend(t *testing.T, source string, amount int64) (ledger.Posted, error) {
	t.Helper()
	var p ledger.Posted
	err := w.with(t.Context(), w.points(), func(s *ledger.Set) (err error) {
		p, err = s.Spend(t.Context(), ledger.Spend{From: w.points(), Amount: amount, Cause: cause(source, "redeem")})
		return err
	})
	return p, err
}

func (w *world) mustSpend(t *testing.T, source string, amount int64) ledger.Posted {
	t.Helper()
	p, err := w.spend(t, source, amount)
	require.NoError(t, err)
	return p
}

func (w *world) restore(t *testing.T, source string, of ledger.Posted, amount int64) error {
	t.Helper()
	return w.with(t.Context(), w.points(), func(s *ledger.Set) error {
		_, err := s.Restore(t.Context(), ledger.Restore{To: w.points(), Of: of.Transfer, Amount: amount, Cause: cause(source, "refund")})
		return err
	})
}

func (w *world) takeBack(t *testing.T, source string, of ledger.Posted, amount int64) error {
	t.Helper()
	return w.with(t.Context(), w.points(), func(s *ledger.Set) error {
		_, err := s.TakeBack(t.Context(), ledger.TakeBack{From: w.points(), Of: of.Transfer, Amount: amount, Cause: cause(source, "refund")})
		return err
	})
}

func (w *world) balance(t *testing.T) ledger.Balance {
	t.Helper()
	b, err := ledger.BalanceOf(t.Context(), w.DB, w.points(), w.DB.Now())
	require.NoError(t, err)
	return b
}

func (w *world) expire(t *testing.T) []ledger.Lapsed {
	t.Helper()
	var all []ledger.Lapsed
	for more := true; more; {
		require.NoError(t, w.DB.Tx(t.Context(), func(tx *db.Tx) error {
			done, again, err := w.l.ExpireDueTx(t.Context(), tx, 10)
			all, more = append(all, done...), again
			return err
		}))
	}
	return all
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
