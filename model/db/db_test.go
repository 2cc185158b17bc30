package db_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/lease"
	"guike/testkit"
)

func note(subject id.ID) audit.Entry {
	return audit.Entry{Action: "test", Kind: "thing", Subject: subject}
}

func notes(t *testing.T, k *testkit.Kit, subject id.ID) int {
	t.Helper()
	rows, _, err := audit.Of(t.Context(), k.DB, "thing", subject, db.Page{Limit: 100})
	require.NoError(t, err)
	return len(rows)
}

func TestTx(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx := t.Context()
		t.Run("commits, with its time standing still, and then runs its hooks", func(t *testing.T) {
			thing, hooks := id.New(), 0
			err := k.DB.Tx(ctx, func(tx *db.Tx) error {
				tx.AfterCommit(func() { hooks++ })
				k.Clock.Advance(time.Second)
				require.Equal(t, k.Clock.Now().Add(-time.Second), tx.Now)
				require.Zero(t, hooks)
				return audit.RecordTx(ctx, tx, actor.Machine(), note(thing))
			})
			require.NoError(t, err)
			require.Equal(t, 1, hooks)
			require.Equal(t, 1, notes(t, k, thing))
		})
		t.Run("rolls back on error and on panic, without hooks", func(t *testing.T) {
			thing, refused := id.New(), errors.New("refused")
			err := k.DB.Tx(ctx, func(tx *db.Tx) error {
				tx.AfterCommit(func() { t.Error("hook of a transaction that failed") })
				require.NoError(t, audit.RecordTx(ctx, tx, actor.Machine(), note(thing)))
				return refused
			})
			require.ErrorIs(t, err, refused)
			require.Panics(t, func() {
				_ = k.DB.Tx(ctx, func(tx *db.Tx) error {
					require.NoError(t, audit.RecordTx(ctx, tx, actor.Machine(), note(thing)))
					panic("oops")
				})
			})
			require.Zero(t, notes(t, k, thing))
		})
		t.Run("recognises a duplicate and a missing row", func(t *testing.T) {
			_, ok, err := lease.Acquire(ctx, k.DB, "one", id.New(), time.Minute)
			require.NoError(t, err)
			require.True(t, ok)
			err = k.DB.Tx(ctx, func(tx *db.Tx) error {
				return db.Insert(ctx, tx, &lease.Lease{Name: "one", Holder: id.New()})
			})
			require.True(t, db.Duplicate(err), err)
			require.True(t, db.Missing(k.DB.Conn(ctx).Where("name = ?", "two").Take(&lease.Lease{}).Error))
		})
		t.Run("an ended context ends it", func(t *testing.T) {
			ended, cancel := context.WithCancel(ctx)
			cancel()
			require.Error(t, k.DB.Tx(ended, func(*db.Tx) error { return nil }))
		})
	})
}

func TestTxRunsAgainAfterADeadlock(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, a, b := t.Context(), "a", "b"
		for _, name := range []string{a, b} {
			_, ok, err := lease.Acquire(ctx, k.DB, name, id.New(), time.Minute)
			require.NoError(t, err)
			require.True(t, ok)
		}
		var both sync.WaitGroup
		for range 10 {
			for _, order := range [][]string{{a, b}, {b, a}} {
				both.Go(func() {
					err := k.DB.Tx(ctx, func(tx *db.Tx) error {
						for _, name := range order { // opposite orders: on MySQL one of the two is the victim
							if err := tx.Lock(ctx).Where("name = ?", name).Take(&lease.Lease{}).Error; err != nil {
								return err
							}
						}
						return nil
					})
					if err != nil {
						t.Errorf("a conflict reached the caller: %v", err)
					}
				})
			}
			both.Wait()
		}
	})
}

func TestSecondProcessOnTheFolderIsRefused(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	first, err := db.Open(db.Options{Folder: folder, Clock: clock.System{}})
	require.NoError(t, err)
	_, err = db.Open(db.Options{Folder: folder, Clock: clock.System{}})
	require.ErrorContains(t, err, "another guike uses the data folder")
	require.NoError(t, first.Close())
	again, err := db.Open(db.Options{Folder: folder, Clock: clock.System{}})
	require.NoError(t, err)
	require.NoError(t, again.Close())
}

func TestStoreThatIsAway(t *testing.T) {
	t.Parallel()
	d, err := db.Open(db.Options{DSN: "guike:x@tcp(127.0.0.1:1)/guike", Clock: clock.System{}})
	require.NoError(t, err, "opening does not need the server")
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	require.Equal(t, "store.unavailable", fault.Code(d.Ping(t.Context())))
	require.Equal(t, "store.unavailable", fault.Code(d.Tx(t.Context(), func(*db.Tx) error { return nil })))
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	said := 0
	require.ErrorContains(t, d.Check(ctx, func(string) { said++ }), "did not answer in time")
	require.Positive(t, said)
}

func TestDSNThatCannotBeReadIsNotShown(t *testing.T) {
	t.Parallel()
	_, err := db.Open(db.Options{DSN: "root:s3cret", Clock: clock.System{}})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "s3cret")
}

func TestPagesWalkEverythingOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, thing := t.Context(), id.New()
		for i := range 25 {
			if i%10 == 9 { // ten rows share an instant
				k.Clock.Advance(time.Millisecond)
			}
			k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
				return audit.RecordTx(ctx, tx, actor.Machine(), note(thing))
			})
		}
		seen := map[id.ID]bool{}
		page := db.Page{Limit: 4}
		for calls := 0; ; calls++ {
			require.Less(t, calls, 10)
			rows, next, err := audit.Of(ctx, k.DB, "thing", thing, page)
			require.NoError(t, err)
			for _, r := range rows {
				require.False(t, seen[r.ID], "a row came twice")
				seen[r.ID] = true
			}
			if next.IsZero() {
				break
			}
			page.After, err = db.ParseCursor(next.String())
			require.NoError(t, err)
		}
		require.Len(t, seen, 25)
	})
}

func TestNewPage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		limit  int
		cursor string
		code   string
	}{
		{0, "", ""},
		{1, "", ""},
		{100, "", ""},
		{101, "", "input.invalid"},
		{-1, "", "input.invalid"},
		{5, "nonsense", "input.invalid"},
		{5, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "input.invalid"},
		{5, db.Cursor{At: testkit.Start, ID: id.New()}.String(), ""},
	} {
		_, err := db.NewPage(c.limit, c.cursor)
		require.Equal(t, c.code, fault.Code(err), c)
	}
}

func FuzzParseCursor(f *testing.F) {
	f.Add("")
	f.Add("AAAA")
	f.Add(db.Cursor{At: testkit.Start, ID: id.New()}.String())
	f.Fuzz(func(t *testing.T, s string) {
		c, err := db.ParseCursor(s)
		if err == nil && c.String() != s {
			t.Errorf("%q became %q", s, c.String())
		}
	})
}
