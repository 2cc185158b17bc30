package supervisor_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"guike/internal/id"
	"guike/model/db"
	model "guike/model/project/supervisor"
	"guike/testkit"
)

// Who was chosen for a project is read by an index, whatever was chosen for others.
func TestReadsUseTheirIndexes(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWorld(t, k), t.Context()
		p := w.begin(t)
		require.NoError(t, w.choose(t, w.owner, p, w.listed(t, nil)))
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			others := make([]model.Choice, 50)
			for i := range others {
				others[i] = model.Choice{ProjectID: id.New(), ID: id.New(), SupervisorID: id.New(), State: model.ChoiceEnded, FeePer: model.PerProject, ChosenBy: id.New(), ChosenAt: tx.Now}
			}
			return tx.Conn(ctx).Create(others).Error
		})
		type statement struct {
			sql  string
			vars []any
		}
		var made []statement
		require.NoError(t, k.DB.Conn(ctx).Callback().Query().After("gorm:query").Register("plan", func(g *gorm.DB) {
			if strings.Contains(g.Statement.SQL.String(), "supervisor") {
				made = append(made, statement{g.Statement.SQL.String(), g.Statement.Vars})
			}
		}))
		_, _, err := w.LastChoice(ctx, w.owner, p.ID)
		require.NoError(t, err)
		_, _, err = model.StandingChoice(ctx, k.DB, p.ID)
		require.NoError(t, err)
		require.Len(t, made, 4, "choices, the entry, its cities, the choice that stands")
		for _, s := range made {
			plan := explain(t, k, s.sql, s.vars)
			if k.DB.Dialect() == db.SQLite {
				require.NotContains(t, plan, "SCAN", s.sql)
				require.NotContains(t, plan, "ORDER BY", s.sql)
				continue
			}
			require.Regexp(t, "(?i)type=(ref|range|const|eq_ref)", plan, s.sql)
			require.NotContains(t, plan, "filesort", s.sql)
		}
	})
}

// explain renders the store's plan for a statement as one text.
func explain(t *testing.T, k *testkit.Kit, sql string, vars []any) string {
	t.Helper()
	verb := "EXPLAIN FORMAT=TRADITIONAL " // MySQL 9 draws a tree otherwise
	if k.DB.Dialect() == db.SQLite {
		verb = "EXPLAIN QUERY PLAN "
	}
	var rows []map[string]any
	require.NoError(t, k.DB.Conn(t.Context()).Raw(verb+sql, vars...).Scan(&rows).Error)
	var b strings.Builder
	for _, r := range rows {
		for name, v := range r {
			if text, ok := v.([]byte); ok {
				v = string(text)
			}
			fmt.Fprintf(&b, "%s=%v\n", name, v)
		}
	}
	return b.String()
}
