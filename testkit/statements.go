package testkit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"guike/internal/id"
	"guike/model/db"
)

// Statement is a read as the store was asked it.
type Statement struct {
	SQL  string
	Vars []any
}

// Reads runs fn and returns the reads that were made meanwhile, in their order. Nothing else may be
// reading the store. On SQLite those of transactions are not among them.
func (k *Kit) Reads(t testing.TB, fn func()) []Statement {
	t.Helper()
	return reads(t, k.DB.Conn(t.Context()), fn)
}

// ReadsOfTx is Reads of what transactions read and lock.
func (k *Kit) ReadsOfTx(t testing.TB, fn func()) []Statement {
	t.Helper()
	var of *gorm.DB
	k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		of = tx.Conn(ctx)
		return nil
	})
	return reads(t, of, fn)
}

func reads(t testing.TB, of *gorm.DB, fn func()) []Statement {
	t.Helper()
	var made []Statement
	catch := func(g *gorm.DB) {
		if !g.DryRun { // gorm builds the parts of a statement as statements that are not run
			made = append(made, Statement{g.Statement.SQL.String(), slices.Clone(g.Statement.Vars)})
		}
	}
	name, on := "reads"+id.New().String(), of.Callback()
	require.NoError(t, on.Query().After("gorm:query").Register(name, catch))
	require.NoError(t, on.Row().After("gorm:row").Register(name, catch))
	fn()
	require.NoError(t, on.Query().Remove(name))
	require.NoError(t, on.Row().Remove(name))
	return made
}

// Explain writes the store's plan for a statement, a line a step: what SQLite says of it, or of MySQL's
// columns table, type=, key=, rows= and extra.
func (k *Kit) Explain(t testing.TB, s Statement) string {
	t.Helper()
	verb := "EXPLAIN FORMAT=TRADITIONAL " // MySQL 9 draws a tree otherwise
	if k.DB.Dialect() == db.SQLite {
		verb = "EXPLAIN QUERY PLAN "
	}
	var steps []map[string]any
	require.NoError(t, k.DB.Conn(t.Context()).Raw(verb+s.SQL, s.Vars...).Scan(&steps).Error, s.SQL)
	var b strings.Builder
	for _, step := range steps {
		if k.DB.Dialect() == db.SQLite {
			fmt.Fprintf(&b, "%v\n", step["detail"])
			continue
		}
		fmt.Fprintf(&b, "%s type=%s key=%s rows=%v %s\n", step["table"], step["type"], step["key"], step["rows"], step["Extra"])
	}
	return b.String()
}
