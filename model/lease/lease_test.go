package lease_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/id"
	"guike/model/db"
	"guike/model/lease"
	"guike/testkit"
)

func TestAcquire(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, a, b := t.Context(), id.New(), id.New()
		take := func(holder id.ID) (lease.Lease, bool) {
			l, ok, err := lease.Acquire(ctx, k.DB, "work", holder, time.Minute)
			require.NoError(t, err)
			return l, ok
		}
		l, ok := take(a)
		require.True(t, ok)
		require.EqualValues(t, 1, l.Fence)
		_, ok = take(b)
		require.False(t, ok)
		l, ok = take(a)
		require.True(t, ok)
		require.EqualValues(t, 1, l.Fence, "prolonging keeps the number")
		k.Clock.Advance(2 * time.Minute)
		l, ok = take(b)
		require.True(t, ok)
		require.EqualValues(t, 2, l.Fence)
		require.NoError(t, lease.Release(ctx, k.DB, "work", a), "releasing what another holds does nothing")
		_, ok = take(a)
		require.False(t, ok)
		require.NoError(t, lease.Release(ctx, k.DB, "work", b))
		_, ok = take(a)
		require.True(t, ok)
	})
}

func TestOneOfManyWins(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		for range testkit.Rounds() {
			name := id.New().String()
			var leases, periods atomic.Int64
			start := make(chan struct{})
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					<-start
					_, ok, err := lease.Acquire(t.Context(), k.DB, name, id.New(), time.Minute)
					if err != nil {
						t.Error(err)
					}
					if ok {
						leases.Add(1)
					}
					err = k.DB.Tx(t.Context(), func(tx *db.Tx) error {
						first, err := lease.FirstTx(t.Context(), tx, "job", name[:30])
						if first {
							tx.AfterCommit(func() { periods.Add(1) })
						}
						return err
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			close(start)
			all.Wait()
			require.EqualValues(t, 1, leases.Load())
			require.EqualValues(t, 1, periods.Load())
		}
	})
}

func TestFirstRollsBackWithItsWork(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx := t.Context()
		try := func(fail error) (first bool, err error) {
			err = k.DB.Tx(ctx, func(tx *db.Tx) error {
				first, err = lease.FirstTx(ctx, tx, "job", "2026-11")
				if err != nil {
					return err
				}
				return fail
			})
			return first, err
		}
		_, err := try(context.Canceled)
		require.Error(t, err)
		first, err := try(nil)
		require.NoError(t, err)
		require.True(t, first)
		first, err = try(nil)
		require.NoError(t, err)
		require.False(t, first)
	})
}
