package supervisor_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

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
		require.NoError(t, w.choose(t, w.Owner, p, w.listed(t, nil)))
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			others := make([]model.Choice, 50)
			for i := range others {
				others[i] = model.Choice{ProjectID: id.New(), ID: id.New(), SupervisorID: id.New(), State: model.ChoiceEnded, FeePer: model.PerProject, ChosenBy: id.New(), ChosenAt: tx.Now}
			}
			return tx.Conn(ctx).Create(others).Error
		})
		made := slices.DeleteFunc(k.Reads(t, func() {
			_, _, err := w.LastChoice(ctx, w.Owner, p.ID)
			require.NoError(t, err)
			_, _, err = model.StandingChoice(ctx, k.DB, p.ID)
			require.NoError(t, err)
		}), func(s testkit.Statement) bool { return !strings.Contains(s.SQL, "supervisor") })
		require.Len(t, made, 4, "choices, the entry, its cities, the choice that stands")
		for _, s := range made {
			plan := k.Explain(t, s)
			if k.DB.Dialect() == db.SQLite {
				require.NotContains(t, plan, "SCAN", s.SQL)
				require.NotContains(t, plan, "ORDER BY", s.SQL)
				continue
			}
			require.Regexp(t, "(?i)type=(ref|range|const|eq_ref)", plan, s.SQL)
			require.NotContains(t, plan, "filesort", s.SQL)
		}
	})
}
