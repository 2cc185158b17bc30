// Package testkit gives tests real stores, a clock that they move, and fixtures that read like the
// story. Only external test packages import it.
package testkit

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/model/db"
	"guike/model/migrations"
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

// sqliteTemplate migrates one file per process; every test starts from a copy of it.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "guike-template")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	d, err := db.Open(db.Options{Folder: folder, Clock: clock.System{}})
	if err != nil {
		return nil, err
	}
	if _, err := migrations.Up(context.Background(), d); err != nil {
		return nil, err
	}
	pool, err := d.Pool()
	if err != nil {
		return nil, err
	}
	if _, err := pool.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(folder, "guike.db"))
})

var schemas atomic.Int64

// FreshSchema creates a database on the test server, with the tables in it when migrated is set, and
// drops it when the test ends. It returns its data source name.
func FreshSchema(t testing.TB, migrated bool) string {
	t.Helper()
	name := fmt.Sprintf("guike_%d_%d", os.Getpid(), schemas.Add(1))
	pool := server(t)
	_, err := pool.Exec("CREATE DATABASE " + name + " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := pool.Exec("DROP DATABASE IF EXISTS " + name)
		require.NoError(t, err)
		_ = pool.Close()
	})
	if migrated {
		tables, err := mysqlTemplate()
		require.NoError(t, err)
		require.NoError(t, replay(t.Context(), pool, name, tables))
	}
	return dsn(name)
}

func dsn(schema string) string {
	base := os.Getenv("GUIKE_TEST_MYSQL_DSN")
	at := strings.LastIndex(base, "/")
	return base[:at+1] + schema + base[at+1+len(strings.SplitN(base[at+1:], "?", 2)[0]):]
}

func server(t testing.TB) *sql.DB {
	t.Helper()
	pool, err := sql.Open("mysql", dsn(""))
	require.NoError(t, err)
	return pool
}

func replay(ctx context.Context, pool *sql.DB, schema string, statements []string) error {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, s := range append([]string{"USE " + schema}, statements...) {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

// mysqlTemplate migrates one schema per process and returns the statements that make its tables:
// replaying them is much faster than migrating for every test.
var mysqlTemplate = sync.OnceValues(func() ([]string, error) {
	name := fmt.Sprintf("guike_%d_template", os.Getpid())
	pool, err := sql.Open("mysql", dsn(""))
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	if _, err := pool.Exec("CREATE DATABASE " + name + " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"); err != nil {
		return nil, err
	}
	defer pool.Exec("DROP DATABASE " + name)
	d, err := db.Open(db.Options{DSN: dsn(name), Clock: clock.System{}})
	if err != nil {
		return nil, err
	}
	defer d.Close()
	if _, err := migrations.Up(context.Background(), d); err != nil {
		return nil, err
	}
	return statements(pool, name)
})

func statements(pool *sql.DB, schema string) ([]string, error) {
	rows, err := pool.Query("SELECT table_name FROM information_schema.tables WHERE table_schema = ?", schema)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		names = append(names, n)
	}
	var made []string
	for _, n := range names {
		var name, create string
		if err := pool.QueryRow("SHOW CREATE TABLE "+schema+"."+n).Scan(&name, &create); err != nil {
			return nil, err
		}
		made = append(made, create)
	}
	var newest int64
	if err := pool.QueryRow("SELECT MAX(version_id) FROM " + schema + ".goose_db_version").Scan(&newest); err != nil {
		return nil, err
	}
	for v := range newest + 1 {
		made = append(made, fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, 1)", v))
	}
	return made, rows.Err()
}
