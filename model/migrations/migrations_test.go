package migrations_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/model/db"
	"guike/model/migrations"
	"guike/testkit"
)

func up(t *testing.T, d *db.DB) {
	t.Helper()
	require.ErrorIs(t, migrations.Check(t.Context(), d), migrations.ErrBehind)
	applied, err := migrations.Up(t.Context(), d)
	require.NoError(t, err)
	require.NotEmpty(t, applied)
	require.NoError(t, migrations.Check(t.Context(), d))
	again, err := migrations.Up(t.Context(), d)
	require.NoError(t, err)
	require.Empty(t, again)
	steps, err := migrations.Status(t.Context(), d)
	require.NoError(t, err)
	for _, s := range steps {
		require.True(t, s.Applied, s.Name)
	}
}

func TestUpSQLite(t *testing.T) {
	t.Parallel()
	d, err := db.Open(db.Options{Folder: t.TempDir(), Clock: clock.System{}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	up(t, d)
}

func TestUpMySQL(t *testing.T) { //nolint:tparallel // its steps share one server, in order
	t.Parallel()
	if !testkit.HasMySQL() {
		t.Skip("no MySQL at hand")
	}
	d, err := db.Open(db.Options{DSN: testkit.FreshSchema(t, false), Clock: clock.System{}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	up(t, d)
	t.Run("every file may run again after a break", func(t *testing.T) {
		pool, err := d.Pool()
		require.NoError(t, err)
		_, err = pool.Exec("DELETE FROM goose_db_version WHERE version_id > 0")
		require.NoError(t, err)
		_, err = migrations.Up(t.Context(), d)
		require.NoError(t, err)
	})
}

func TestInstancesThatStartTogether(t *testing.T) {
	t.Parallel()
	if !testkit.HasMySQL() {
		t.Skip("no MySQL at hand")
	}
	dsn := testkit.FreshSchema(t, false)
	var all sync.WaitGroup
	counts := make(chan int, 3)
	for range 3 {
		all.Go(func() {
			d, err := db.Open(db.Options{DSN: dsn, Clock: clock.System{}})
			if err != nil {
				t.Error(err)
				return
			}
			defer d.Close()
			applied, err := migrations.Up(t.Context(), d)
			if err != nil {
				t.Error(err)
			}
			counts <- len(applied)
		})
	}
	all.Wait()
	close(counts)
	busy := 0
	for n := range counts {
		if n > 0 {
			busy++
		}
	}
	require.Equal(t, 1, busy, "exactly one instance migrates")
}
