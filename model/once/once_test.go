package once_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/once"
	"guike/testkit"
)

var someone = actor.Actor{Kind: actor.Customer, ID: id.New()}

type result struct{ N int }

func do(ctx context.Context, k *testkit.Kit, who actor.Actor, key once.Key, fn func(tx *db.Tx) (result, error)) (r result, replayed bool, err error) {
	err = k.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, key, func() (result, error) { return fn(tx) })
		return err
	})
	return r, replayed, err
}

func effects(t *testing.T, k *testkit.Kit, subject id.ID) int {
	t.Helper()
	rows, _, err := audit.Of(t.Context(), k.DB, "thing", subject, db.Page{Limit: 100})
	require.NoError(t, err)
	return len(rows)
}

func TestDo(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, thing := t.Context(), id.New()
		effect := func(tx *db.Tx) (result, error) {
			return result{7}, audit.RecordTx(ctx, tx, someone, audit.Entry{Action: "made", Kind: "thing", Subject: thing})
		}
		key := once.Of("k1", "make", map[string]int{"a": 1})

		_, _, err := do(ctx, k, someone, key, func(*db.Tx) (result, error) { return result{}, errors.New("refused") })
		require.ErrorContains(t, err, "refused", "a failed try keeps nothing")

		r, replayed, err := do(ctx, k, someone, key, effect)
		require.NoError(t, err)
		require.Equal(t, result{7}, r)
		require.False(t, replayed)

		r, replayed, err = do(ctx, k, someone, key, effect)
		require.NoError(t, err)
		require.Equal(t, result{7}, r)
		require.True(t, replayed)
		require.Equal(t, 1, effects(t, k, thing))

		_, _, err = do(ctx, k, someone, once.Of("k1", "make", map[string]int{"a": 2}), effect)
		require.Equal(t, "idempotency.mismatch", fault.Code(err))

		other := actor.Actor{Kind: actor.Customer, ID: id.New()}
		_, replayed, err = do(ctx, k, other, key, effect)
		require.NoError(t, err)
		require.False(t, replayed, "another actor's key is another key")

		k.Clock.Advance(once.Kept + time.Hour)
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			gone, err := once.Prune(ctx, tx, 100)
			require.EqualValues(t, 2, gone)
			return err
		})
	})
}

func TestDoUnderRace(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		for range testkit.Rounds() {
			race(t, k)
		}
	})
}

// race sends one request eight times at the same moment.
func race(t *testing.T, k *testkit.Kit) {
	t.Helper()
	thing, key := id.New(), once.Of(id.New().String(), "make", 1)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	results := make(chan error, 8)
	for range 8 {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			r, _, err := do(t.Context(), k, someone, key, func(tx *db.Tx) (result, error) {
				return result{9}, audit.RecordTx(t.Context(), tx, someone, audit.Entry{Action: "made", Kind: "thing", Subject: thing})
			})
			if err == nil && r.N != 9 {
				err = errors.New("another result")
			}
			results <- err
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	for range 8 {
		require.NoError(t, <-results)
	}
	require.Equal(t, 1, effects(t, k, thing))
}
