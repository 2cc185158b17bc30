// Package testkit gives tests real stores, a clock that they move, and fixtures that read like the
// story. Only external test packages import it.
package testkit

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/model/db"
)

// Start is where the clock of every test stands at first: a Monday morning in Shanghai.
var Start = time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)

// Zone is the company's zone in tests.
var Zone = time.FixedZone("Asia/Shanghai", 8*3600)

// Kit is one test's world: a store of its own, already migrated, and a clock.
type Kit struct {
	DB    *db.DB
	Clock *clock.Manual
	Redis string // address of the Redis to use; empty for the embedded one
}

// Each runs fn once per store that is at hand: always on SQLite, and on MySQL (with the Redis beside
// it) when GUIKE_TEST_MYSQL_DSN names a server on which databases may be created.
func Each(t *testing.T, fn func(t *testing.T, k *Kit)) {
	t.Helper()
	EachPlace(t, func(t *testing.T, p Place) { fn(t, open(t, p)) })
}

// HasMySQL tells whether a MySQL server is at hand for tests.
func HasMySQL() bool { return os.Getenv("GUIKE_TEST_MYSQL_DSN") != "" }

// SQLite makes a world on a fresh SQLite file.
func SQLite(t testing.TB) *Kit {
	t.Helper()
	return open(t, sqlitePlace(t))
}

// MySQL makes a world in a fresh schema of the server that GUIKE_TEST_MYSQL_DSN names.
func MySQL(t testing.TB) *Kit {
	t.Helper()
	return open(t, mysqlPlace(t))
}

func open(t testing.TB, p Place) *Kit {
	t.Helper()
	k := &Kit{Clock: clock.NewManual(Start), Redis: p.Redis}
	d, err := db.Open(db.Options{Folder: p.Folder, DSN: p.DSN, MaxOpen: 12, Clock: k.Clock})
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.Close() })
	k.DB = d
	return k
}

// Tx runs fn in a transaction and fails the test on error.
func (k *Kit) Tx(t testing.TB, fn func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	require.NoError(t, k.DB.Tx(t.Context(), func(tx *db.Tx) error { return fn(t.Context(), tx) }))
}
