package testkit

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Place says where a fresh, migrated store is that nobody has opened yet.
type Place struct {
	Folder string // SQLite, and files
	DSN    string // MySQL
	Redis  string // empty for the embedded one
}

// EachPlace runs fn once per store that is at hand, as Each does, before it is opened.
func EachPlace(t *testing.T, fn func(t *testing.T, p Place)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, sqlitePlace(t))
	})
	if !HasMySQL() {
		return
	}
	t.Run("mysql", func(t *testing.T) {
		t.Parallel()
		fn(t, mysqlPlace(t))
	})
}

func sqlitePlace(t testing.TB) Place {
	t.Helper()
	p := Place{Folder: t.TempDir()}
	template, err := sqliteTemplate()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(p.Folder, "guike.db"), template, 0o600))
	return p
}

func mysqlPlace(t testing.TB) Place {
	t.Helper()
	return Place{Folder: t.TempDir(), DSN: FreshSchema(t, true), Redis: os.Getenv("GUIKE_TEST_REDIS_URL")}
}
