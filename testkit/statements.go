package testkit

import (
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
// reading the store.
func (k *Kit) Reads(t testing.TB, fn func()) []Statement {
	t.Helper()
	var made []Statement
	catch := func(g *gorm.DB) {
		if !g.DryRun { // gorm builds the parts of a statement as statements that are not run
			made = append(made, Statement{g.Statement.SQL.String(), slices.Clone(g.Statement.Vars)})
		}
	}
	name, on := "reads"+id.New().String(), k.DB.Conn(t.Context()).Callback()
	require.NoError(t, on.Query().After("gorm:query").Register(name, catch))
	require.NoError(t, on.Row().After("gorm:row").Register(name, catch))
	fn()
	require.NoError(t, on.Query().Remove(name))
	require.NoError(t, on.Row().Remove(name))
	return made
}

// Plan asks the store how it would work a statement, a row a step.
func (k *Kit) Plan(t testing.TB, s Statement) []map[string]any {
	t.Helper()
	verb := "EXPLAIN FORMAT=TRADITIONAL " // MySQL 9 draws a tree otherwise
	if k.DB.Dialect() == db.SQLite {
		verb = "EXPLAIN QUERY PLAN "
	}
	var steps []map[string]any
	require.NoError(t, k.DB.Conn(t.Context()).Raw(verb+s.SQL, s.Vars...).Scan(&steps).Error, s.SQL)
	for _, step := range steps {
		for name, v := range step {
			if text, ok := v.([]byte); ok {
				step[name] = string(text)
			}
		}
	}
	return steps
}

// Explain writes the plan of a statement as lines of name=value, a blank line between its steps.
func (k *Kit) Explain(t testing.TB, s Statement) string {
	t.Helper()
	var b strings.Builder
	for _, step := range k.Plan(t, s) {
		for name, v := range step {
			fmt.Fprintf(&b, "%s=%v\n", name, v)
		}
		b.WriteString("\n")
	}
	return b.String()
}
