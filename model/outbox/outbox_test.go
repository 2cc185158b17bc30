package outbox_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/fault"
	"guike/model/db"
	"guike/model/outbox"
	"guike/testkit"
)

type payload struct{ N int }

func owe(t *testing.T, k *testkit.Kit, n int) {
	t.Helper()
	k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		for i := range n {
			if err := outbox.AddTx(ctx, tx, "t", payload{i}); err != nil {
				return err
			}
		}
		return nil
	})
}

func worker(k *testkit.Kit, h outbox.Handler) *outbox.Worker {
	return outbox.NewWorker(k.DB, map[string]outbox.Handler{"t": h}, slog.New(slog.DiscardHandler))
}

func dead(t *testing.T, k *testkit.Kit) []outbox.Event {
	t.Helper()
	rows, _, err := outbox.DeadLetters(t.Context(), k.DB, db.Page{Limit: 100})
	require.NoError(t, err)
	return rows
}

func TestWorker(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx := t.Context()
		t.Run("a rolled-back transaction owes nothing", func(t *testing.T) {
			err := k.DB.Tx(ctx, func(tx *db.Tx) error {
				require.NoError(t, outbox.AddTx(ctx, tx, "t", payload{}))
				return errors.New("no")
			})
			require.Error(t, err)
			n, err := worker(k, nil).Drain(ctx)
			require.NoError(t, err)
			require.Zero(t, n)
		})
		t.Run("delivers with the payload, once", func(t *testing.T) {
			owe(t, k, 3)
			sum := 0
			w := worker(k, func(_ context.Context, e outbox.Event) error {
				var p payload
				require.NoError(t, e.Decode(&p))
				sum += p.N
				return nil
			})
			n, err := w.Drain(ctx)
			require.NoError(t, err)
			require.Equal(t, 3, n)
			require.Equal(t, 3, sum)
		})
		t.Run("fails, waits longer each time, and is dead in the end; requeued it lives again", func(t *testing.T) {
			owe(t, k, 1)
			tries := 0
			w := worker(k, func(context.Context, outbox.Event) error { tries++; return errors.New("boom") })
			for range 100 {
				_, err := w.Drain(ctx)
				require.NoError(t, err)
				k.Clock.Advance(time.Minute)
			}
			require.Equal(t, outbox.MaxAttempts, tries)
			gone := dead(t, k)
			require.Len(t, gone, 1)
			require.Contains(t, gone[0].LastError, "boom")
			k.Tx(t, func(ctx context.Context, tx *db.Tx) error { return outbox.RequeueTx(ctx, tx, gone[0].ID) })
			err := k.DB.Tx(ctx, func(tx *db.Tx) error { return outbox.RequeueTx(ctx, tx, gone[0].ID) })
			require.Equal(t, "not_found", fault.Code(err))
			ok := worker(k, func(context.Context, outbox.Event) error { return nil })
			n, err := ok.Drain(ctx)
			require.NoError(t, err)
			require.Equal(t, 1, n)
		})
		t.Run("poison of every kind leaves its neighbours alone", func(t *testing.T) {
			k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
				return errors.Join(outbox.AddTx(ctx, tx, "nobody", payload{}), outbox.AddTx(ctx, tx, "t", payload{1}), outbox.AddTx(ctx, tx, "t", payload{2}), outbox.AddTx(ctx, tx, "t", payload{3}))
			})
			good := 0
			w := worker(k, func(_ context.Context, e outbox.Event) error {
				var p payload
				require.NoError(t, e.Decode(&p))
				switch p.N {
				case 1:
					panic("oops")
				case 2:
					return outbox.GiveUp{Why: errors.New("never")}
				}
				good++
				return nil
			})
			_, err := w.Drain(ctx)
			require.NoError(t, err)
			require.Equal(t, 1, good)
			require.Len(t, dead(t, k), 2, "the unknown topic and the one given up")
		})
		t.Run("postponing costs no attempt", func(t *testing.T) {
			owe(t, k, 1)
			k.Clock.Advance(time.Hour) // the panic above is retried and drained here too
			tries := 0
			w := worker(k, func(_ context.Context, e outbox.Event) error {
				if tries++; tries <= 2*outbox.MaxAttempts {
					return outbox.Postpone{Until: k.Clock.Now().Add(time.Minute), Why: errors.New("limit")}
				}
				return nil
			})
			for range 60 {
				_, err := w.Drain(ctx)
				require.NoError(t, err)
				k.Clock.Advance(time.Minute)
			}
			d, err := outbox.Measure(ctx, k.DB, k.Clock.Now())
			require.NoError(t, err)
			require.Zero(t, d.Due)
			require.EqualValues(t, 2, d.Dead)
		})
	})
}

func TestWorkersShareTheWork(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		const events = 200
		owe(t, k, events)
		var seen sync.Map
		var twice atomic.Int64
		h := func(_ context.Context, e outbox.Event) error {
			if _, again := seen.LoadOrStore(e.ID, true); again {
				twice.Add(1)
			}
			return nil
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 50 {
					if _, err := worker(k, h).Run(t.Context(), 10); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		_, err := worker(k, h).Drain(t.Context())
		require.NoError(t, err)
		n := 0
		seen.Range(func(any, any) bool { n++; return true })
		require.Equal(t, events, n)
		require.Zero(t, twice.Load(), "an event was delivered twice although every delivery succeeded")
	})
}

func TestSleeperIsFenced(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx := t.Context()
		owe(t, k, 1)
		second := 0
		sleeper := worker(k, func(context.Context, outbox.Event) error {
			k.Clock.Advance(outbox.LeaseTime + time.Second) // the lease runs out; another takes over and succeeds
			_, err := worker(k, func(context.Context, outbox.Event) error { second++; return nil }).Run(ctx, 1)
			require.NoError(t, err)
			return errors.New("too late")
		})
		_, err := sleeper.Run(ctx, 1)
		require.NoError(t, err)
		require.Equal(t, 1, second)
		k.Clock.Advance(time.Hour)
		n, err := worker(k, func(context.Context, outbox.Event) error { return nil }).Drain(ctx)
		require.NoError(t, err)
		require.Zero(t, n, "the sleeper's failure must not bring the event back")
	})
}

func TestSlowDeliveriesKeepTheirLease(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, events := t.Context(), 8
		owe(t, k, events)
		seen := 0
		slow := worker(k, func(_ context.Context, e outbox.Event) error {
			seen++
			require.Equal(t, 1, e.Attempts)
			k.Clock.Advance(outbox.LeaseTime / 2) // the batch takes four leases
			n, err := worker(k, func(context.Context, outbox.Event) error { return nil }).Run(ctx, events)
			require.Zero(t, n, "what waits behind a slow delivery is not up for grabs")
			return err
		})
		n, err := slow.Run(ctx, events)
		require.NoError(t, err)
		require.Equal(t, events, n)
		require.Equal(t, events, seen)
	})
}

func TestWhatAnotherTookOverIsLeftToIt(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, events := t.Context(), 3
		owe(t, k, events)
		first, second := 0, 0
		sleeper := worker(k, func(context.Context, outbox.Event) error {
			first++
			k.Clock.Advance(outbox.LeaseTime + time.Second)
			_, err := worker(k, func(context.Context, outbox.Event) error { second++; return nil }).Run(ctx, events)
			return err
		})
		_, err := sleeper.Run(ctx, events)
		require.NoError(t, err)
		require.Equal(t, 1, first)
		require.Equal(t, events, second)
	})
}

func TestAskedToStopGivesWorkBack(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		owe(t, k, 3)
		ctx, stop := context.WithCancel(t.Context())
		_, err := worker(k, func(context.Context, outbox.Event) error { stop(); return ctx.Err() }).Run(ctx, 3)
		require.NoError(t, err)
		n, err := worker(k, func(_ context.Context, e outbox.Event) error {
			require.Equal(t, 1, e.Attempts, "being stopped is no attempt")
			return nil
		}).Drain(t.Context())
		require.NoError(t, err)
		require.Equal(t, 3, n)
	})
}

func TestPrune(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		owe(t, k, 3)
		_, err := worker(k, func(context.Context, outbox.Event) error { return nil }).Drain(t.Context())
		require.NoError(t, err)
		k.Clock.Advance(time.Hour)
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			n, err := outbox.Prune(ctx, tx, tx.Now.Add(-time.Minute), 2)
			require.EqualValues(t, 2, n)
			return err
		})
	})
}
