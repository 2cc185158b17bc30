package plan_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/once"
	projects "guike/model/project"
	model "guike/model/project/plan"
	"guike/service/project/plan"
	"guike/testkit"
)

func TestPlansFollowTheSiteCalendar(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.underway(t)
		before, err := projects.Stages(ctx, w.DB, p.ID)
		require.NoError(t, err)
		require.EqualValues(t, "2026-11-25", before[1].PlannedStart)
		require.EqualValues(t, "2026-12-01", before[1].PlannedEnd)

		c := w.close(t, "2026-11-26", "2026-11-28") // three days inside the design
		after, err := projects.Stages(ctx, w.DB, p.ID)
		require.NoError(t, err)
		require.Equal(t, before[0].PlannedEnd, after[0].PlannedEnd, "what lies before stays")
		require.Equal(t, before[1].PlannedStart, after[1].PlannedStart, "it begins before the closure")
		for i := 1; i < len(after); i++ {
			require.Equal(t, before[i].PlannedEnd.Plus(3), after[i].PlannedEnd, after[i].Key)
			require.Equal(t, before[i].BaselineEnd, after[i].BaselineEnd, "baselines never move")
		}
		now := w.Reread(t, p)
		require.Equal(t, p.PlannedEnd.Plus(3), now.PlannedEnd)
		require.Equal(t, p.BaselineEnd, now.BaselineEnd)
		require.Greater(t, now.Version, p.Version, "whoever reads by ETag reads anew")
		require.Len(t, w.Noted(t, p, model.EntryPlanChanged), 1)

		for range 3 { // repeated and by rivals: once
			for _, err := range testkit.Race(2, func(int) error { return w.plan.ShiftPlans(ctx) }) {
				require.NoError(t, err)
			}
		}
		require.Equal(t, now, w.Reread(t, p))

		require.NoError(t, w.plan.RemoveClosure(ctx, w.manager, c.ID))
		require.NoError(t, w.plan.ShiftPlans(ctx))
		back, err := projects.Stages(ctx, w.DB, p.ID)
		require.NoError(t, err)
		for i := range back {
			require.Equal(t, before[i].PlannedEnd, back[i].PlannedEnd, "taken back, the plan comes back")
			require.Equal(t, before[i].PlannedStart, back[i].PlannedStart)
		}
		require.Len(t, w.Noted(t, p, model.EntryPlanChanged), 2)
	})
}

func TestNewPlansLeapOverClosures(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		w.close(t, "2026-11-23", "2026-11-24")
		sunday := 0
		_, _, err := w.plan.AddClosure(t.Context(), w.manager, plan.NewClosure{From: "2026-11-23", Weekday: &sunday, Name: "周日休息"})
		require.NoError(t, err)
		p := w.begin(t)
		require.EqualValues(t, "2026-11-25", p.PlannedStart, "the first day on which sites work")
		design := w.Stage(t, p, "design")
		require.EqualValues(t, "2026-11-27", design.PlannedStart)
		require.EqualValues(t, "2026-12-04", design.PlannedEnd, "seven days without a Sunday")
		require.Equal(t, design.PlannedEnd, design.BaselineEnd)
		require.NoError(t, w.plan.ShiftPlans(t.Context()))
		require.Equal(t, design, w.Stage(t, p, "design"), "born with the closure, it is not pushed by it again")
	})
}

func TestAClosureIsSkippedOnlyOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.underway(t)
		_, _, err := w.plan.AddClosure(ctx, w.manager, plan.NewClosure{From: "2026-12-03", To: "2026-12-07", Name: "台风"})
		require.NoError(t, err)
		// Before the job comes by, somebody plans anew: the plan follows the calendar first.
		err = w.plan.Replan(ctx, w.manager, plan.Replan{
			ProjectID: p.ID, Reason: "客户要求", Version: p.Version, Stages: []plan.StageDays{{"sign", "2026-12-02", "2026-12-02"}, {"production", "2026-12-10", "2026-12-27"}},
		})
		require.NoError(t, err)
		delivery := w.Stage(t, p, "quality_check")
		require.NoError(t, w.plan.ShiftPlans(ctx))
		require.EqualValues(t, "2026-12-10", w.Stage(t, p, "production").PlannedStart, "as it was asked for")
		require.Equal(t, delivery, w.Stage(t, p, "quality_check"))
		require.EqualValues(t, "2026-12-28", delivery.PlannedStart, "five days after its first plan")
	})
}

func TestClosuresThatAreRefused(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, eight := t.Context(), 8
		for name, c := range map[string]struct {
			in          plan.NewClosure
			field, code string
		}{
			"without a name":        {plan.NewClosure{From: "2026-12-01", To: "2026-12-02"}, "body.name", "length"},
			"that ends before":      {plan.NewClosure{From: "2026-12-02", To: "2026-12-01", Name: "x"}, "body.to", "before_start"},
			"of no day":             {plan.NewClosure{From: "2026-02-30", To: "2026-12-01", Name: "x"}, "body.from", "malformed"},
			"long ago":              {plan.NewClosure{From: "2026-01-01", To: "2026-01-02", Name: "x"}, "body.from", "out_of_range"},
			"for more than a year":  {plan.NewClosure{From: "2026-12-01", To: "2027-12-02", Name: "x"}, "body.to", "too_long"},
			"of every day for good": {plan.NewClosure{From: "2026-12-01", Name: "x"}, "body.to", "required"},
			"of no weekday":         {plan.NewClosure{From: "2026-12-01", To: "2026-12-02", Weekday: &eight, Name: "x"}, "body.weekday", "out_of_range"},
		} {
			_, _, err := w.plan.AddClosure(ctx, w.manager, c.in)
			require.Error(t, err, name)
			testkit.Fails(t, err, "input.invalid", c.field, c.code)
		}
		revision, err := model.Revision(ctx, w.DB)
		require.NoError(t, err)
		require.Zero(t, revision, "nothing half done")

		key := once.Of("k1", "plan-close-sites", "x")
		first, replayed, err := w.plan.AddClosure(ctx, w.manager, plan.NewClosure{From: "2026-11-23", To: "2026-11-25", Name: "停工", Once: key})
		require.NoError(t, err)
		require.False(t, replayed)
		again, replayed, err := w.plan.AddClosure(ctx, w.manager, plan.NewClosure{From: "2026-11-23", To: "2026-11-25", Name: "停工", Once: key})
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, first.ID, again.ID)
		testkit.Fails(t, w.plan.RemoveClosure(ctx, w.manager, first.ID), "calendar.begun")
		testkit.Fails(t, w.plan.RemoveClosure(ctx, w.manager, id.New()), "not_found")
	})
}

func TestARestDayThatEndsKeepsItsPast(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, sunday := t.Context(), 0
		c, _, err := w.plan.AddClosure(ctx, w.manager, plan.NewClosure{From: "2026-11-23", Weekday: &sunday, Name: "周日休息"})
		require.NoError(t, err)
		w.days(10)
		require.NoError(t, w.plan.RemoveClosure(ctx, w.manager, c.ID))
		days, err := model.LoadCalendar(ctx, w.DB, "2026-11-01", "")
		require.NoError(t, err)
		require.True(t, days.Off("2026-11-29"), "it was a rest day")
		require.False(t, days.Off("2026-12-06"), "and is none any more")
	})
}

func TestShiftingGoesOnInBatches(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx := t.Context()
		p := w.underway(t)
		many(t, w, p, 120, "2026-11-24")
		ctx2, stop := context.WithCancel(ctx)
		stop() // killed at once
		_, _, err := w.plan.AddClosure(ctx, w.manager, plan.NewClosure{From: "2026-11-24", To: "2026-11-25", Name: "停工"})
		require.NoError(t, err)
		require.Error(t, w.plan.ShiftPlans(ctx2))
		require.NoError(t, w.plan.ShiftPlans(ctx))
		var moved int64
		require.NoError(t, w.DB.Conn(ctx).Model(&projects.Project{}).Where("stage_due = ? AND calendar_rev = 1", clock.Day("2026-11-26")).Count(&moved).Error)
		require.EqualValues(t, 121, moved)
	})
}

// many adds projects under way that are due on a day, as copies of one.
func many(t *testing.T, w *world, like projects.Project, n int, due clock.Day) []id.ID {
	t.Helper()
	ctx := t.Context()
	stages, err := projects.Stages(ctx, w.DB, like.ID)
	require.NoError(t, err)
	var ids []id.ID
	var rows []projects.Project
	var parts []projects.Stage
	for range n {
		p := like
		p.ID = id.New()
		p.No, p.ServiceCode, p.StageDue = "N"+p.ID.String()[24:], "S"+p.ID.String()[23:], due
		rows, ids = append(rows, p), append(ids, p.ID)
		for i, st := range stages {
			st.ProjectID = p.ID
			if i == 0 {
				st.PlannedEnd = due
			}
			parts = append(parts, st)
		}
	}
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		if err := tx.Conn(ctx).CreateInBatches(&rows, 200).Error; err != nil {
			return err
		}
		return tx.Conn(ctx).CreateInBatches(&parts, 500).Error
	})
	return ids
}
