package budget_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/id"
	projects "guike/model/project"
	model "guike/model/project/budget"
	"guike/service/project"
	"guike/testkit"
)

func TestReportByStore(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, w := t.Context(), newWorld(t, k)
		gone := w.Begin(t, w.sales, projects.CustomFurniture)
		_, _, err := w.Projects.Cancel(ctx, w.sales, project.Cancel{ProjectID: gone.ID, Reason: "客户取消"})
		require.NoError(t, err)
		w.Begin(t, w.sales, projects.CustomFurniture)
		order, version := w.quoted(t, 500, 0)
		require.NoError(t, w.approve(t, order, version))
		w.quoted(t, 900, 0)
		require.NoError(t, w.refund(t, w.pay(t, 3000, ""), 1000))

		today := string(clock.DayOf(w.Clock.Now(), testkit.Zone))
		want := []model.Totals{{StoreID: w.Shop.ID, Projects: 2, Contract: 2*signed + 500, Changes: 500, Paid: 3000, Refunded: 1000}}
		rows, err := w.Report(ctx, w.admin, today, today, id.ID{})
		require.NoError(t, err)
		require.Equal(t, want, rows)
		rows, err = w.Report(ctx, w.sales, today, today, w.Shop.ID)
		require.NoError(t, err)
		require.Equal(t, want, rows)
		rows, err = w.Report(ctx, w.Stranger, today, today, w.Shop.ID)
		require.NoError(t, err)
		require.Empty(t, rows, "another store's numbers are out of reach")
		yesterday := string(clock.Day(today).Plus(-1))
		rows, err = w.Report(ctx, w.admin, yesterday, yesterday, id.ID{})
		require.NoError(t, err)
		require.Empty(t, rows)
		for _, c := range [][3]string{{"2026-02-30", today, "query.from day"}, {today, "soon", "query.to day"}, {today, yesterday, "query.to before_start"}, {"2024-01-01", "2025-06-01", "query.to too_long"}} {
			_, err = w.Report(ctx, w.admin, c[0], c[1], id.ID{})
			testkit.Fails(t, err, "input.invalid", c[2])
		}
	})
}
