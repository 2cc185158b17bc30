package quality_test

import (
	"context"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/id"
	"guike/model/db"
	core "guike/model/project"
	model "guike/model/project/quality"
	"guike/service/project/quality"
	"guike/testkit"
)

// What people and jobs ask again and again is read by an index, in its order, whatever else the tables
// hold, and in the same number of statements whatever the page holds.
func TestReadsUseTheirIndexes(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWorld(t, k), t.Context()
		p := w.begin(t, core.Renovation, "tiling")
		for range 12 {
			h := w.hazard(t, p, model.High, "2026-11-30")
			require.NoError(t, w.fix(t, w.manager, h))
			_, _, err := w.ReportDefect(ctx, w.manager, quality.NewDefect{ProjectID: p.ID, Part: "门板", Detail: "划痕", Photos: []id.ID{id.New()}})
			require.NoError(t, err)
		}
		p = w.Reread(t, p)
		require.NoError(t, w.check(t, w.manager, p, model.Self, true))
		w.crowd(t)

		page := db.Page{Limit: 10}
		var inspections quality.Page[quality.Inspection]
		made := k.Reads(t, func() {
			var err error
			inspections, err = w.Inspections(ctx, w.Owner, p.ID, page)
			require.NoError(t, err)
		})
		require.Len(t, made, 6, "project, reports, hazards, steps, photos, links")
		made = append(made, k.Reads(t, func() {
			hazards, err := w.Hazards(ctx, w.Owner, p.ID, true, page)
			require.NoError(t, err)
			page.After = inspections.Next
			_, err = w.Inspections(ctx, w.Owner, p.ID, page)
			require.NoError(t, err)
			page.After = hazards.Next
			_, err = w.Hazards(ctx, w.Owner, p.ID, false, page)
			require.NoError(t, err)
			_, err = w.Checks(ctx, w.Owner, p.ID, "", db.Page{Limit: 10})
			require.NoError(t, err)
			_, err = w.Defects(ctx, w.Owner, p.ID, db.Page{Limit: 10})
			require.NoError(t, err)
			_, err = w.Hazard(ctx, w.manager, hazards.Items[0].ID)
			require.NoError(t, err)
			stages, err := core.Stages(ctx, k.DB, p.ID)
			require.NoError(t, err)
			_, err = quality.Gate{}.Unmet(ctx, k.DB, p, stages[5])
			require.NoError(t, err)
			_, err = model.OverdueHazards(ctx, k.DB, k.Clock.Now(), 0, id.ID{}, 100)
			require.NoError(t, err)
			_, err = model.OverdueHazards(ctx, k.DB, k.Clock.Now(), 5, id.New(), 100)
			require.NoError(t, err)
			_, err = model.InspectedBetween(ctx, k.DB, []id.ID{p.ID, id.New()}, "2026-11-23", "2026-11-29")
			require.NoError(t, err)
		})...)

		ours := regexp.MustCompile("FROM .(inspections|hazards|stage_checks|defects|quality_)")
		checked := 0
		for _, s := range made {
			if !ours.MatchString(s.SQL) {
				continue
			}
			checked++
			plan := k.Explain(t, s)
			if k.DB.Dialect() == db.SQLite {
				require.NotContains(t, plan, "SCAN", s.SQL)
				require.NotContains(t, plan, "ORDER BY", s.SQL)
				continue
			}
			require.Regexp(t, "(?i)type=(ref|range|const|eq_ref)", plan, s.SQL)
			require.NotContains(t, plan, "filesort", s.SQL)
		}
		require.Greater(t, checked, 25)
	})
}

// crowd fills the tables with what happened in other projects.
func (w *world) crowd(t *testing.T) {
	t.Helper()
	now := testkit.Start
	var rows struct {
		inspections []model.Inspection
		hazards     []model.Hazard
		steps       []model.Step
		photos      []model.Photo
		checks      []model.Check
		defects     []model.Defect
	}
	for range 50 {
		p := id.New()
		for n := range 8 {
			i, h, due := id.New(), id.New(), now.UnixMilli()+int64(n)+1_000_000_000
			rows.inspections = append(rows.inspections, model.Inspection{ProjectID: p, ID: i, Kind: model.Weekly, StageKey: "tiling", Day: "2026-11-23", CreatedAt: now})
			rows.hazards = append(rows.hazards, model.Hazard{ProjectID: p, ID: h, InspectionID: i, StageKey: "tiling", Severity: model.High, OwnerID: p, DueOn: "2026-11-23", State: model.HazardOpen, OverdueAt: &due, CreatedAt: now, UpdatedAt: now})
			rows.steps = append(rows.steps, model.Step{ProjectID: p, RefID: h, ID: id.New(), What: "open", At: now})
			rows.photos = append(rows.photos, model.Photo{ProjectID: p, RefID: h, FileID: id.New()})
			rows.checks = append(rows.checks, model.Check{ProjectID: p, ID: id.New(), StageKey: "tiling", Kind: model.Self, Items: "[]", CheckerID: p, CreatedAt: now})
			rows.defects = append(rows.defects, model.Defect{ProjectID: p, ID: id.New(), StageKey: "tiling", State: model.DefectReported, DueAt: now, CreatedAt: now, UpdatedAt: now})
		}
	}
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		for _, r := range []any{rows.inspections, rows.hazards, rows.steps, rows.photos, rows.checks, rows.defects} {
			require.NoError(t, tx.Conn(ctx).Create(r).Error)
		}
		return nil
	})
	if w.DB.Dialect() == db.SQLite {
		return
	}
	require.NoError(t, w.DB.Conn(t.Context()).Exec("ANALYZE TABLE inspections, hazards, quality_steps, quality_photos, stage_checks, defects").Error)
}
