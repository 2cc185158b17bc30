package quality_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/id"
	caremodel "guike/model/care"
	"guike/model/db"
	core "guike/model/project"
	model "guike/model/project/quality"
	"guike/service/project/plan"
	"guike/testkit"
)

// plans are the use cases of plans with the hazards as their follower.
func (w *world) plans() *plan.Service {
	return plan.New(w.Journal, slog.New(slog.DiscardHandler), w.Service)
}

func (w *world) pause(t *testing.T, p core.Project) {
	t.Helper()
	_, _, err := w.plans().Pause(t.Context(), w.Boss, plan.Pause{ProjectID: p.ID, Reason: "客户出国"})
	require.NoError(t, err)
}

func (w *world) resume(t *testing.T, p core.Project) {
	t.Helper()
	_, _, err := w.plans().Resume(t.Context(), w.Boss, plan.Pause{ProjectID: p.ID})
	require.NoError(t, err)
}

// at sets the clock to an hour of a day in the company's zone.
func (w *world) at(t *testing.T, day string, hour int) {
	t.Helper()
	d, err := clock.ParseDay(day)
	require.NoError(t, err)
	w.Clock.Set(d.Start(testkit.Zone).Add(time.Duration(hour) * time.Hour))
}

func (w *world) read(t *testing.T, hazard id.ID) model.Hazard {
	t.Helper()
	h, err := model.HazardByID(t.Context(), w.DB, hazard)
	require.NoError(t, err)
	return h
}

// task finds the open task of a kind about the project.
func (w *world) task(t *testing.T, p core.Project, kind string) caremodel.Task {
	t.Helper()
	for _, task := range w.Tasks(t, p, kind) {
		if task.State == caremodel.Open {
			return task
		}
	}
	require.Fail(t, "no open task of kind "+kind)
	return caremodel.Task{}
}

// climbs gives the tasks of a kind a ladder, as an admin may.
func (w *world) climbs(t *testing.T, kinds ...string) {
	t.Helper()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		return tx.Conn(ctx).Model(&caremodel.Policy{}).Where("kind IN ?", kinds).UpdateColumn("steps", `[{"after_minutes":0,"role":"store_manager"}]`).Error
	})
}

// While the work stands still no clock of a hazard runs out; when it goes on each has the time that was
// left.
func TestHazardsStandStillWithTheirProject(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWorld(t, k), t.Context()
		w.climbs(t, "hazard", "hazard_recheck")
		p := w.begin(t, core.Renovation, "carpentry")
		owed, over, mended := w.hazard(t, p, model.High, "2026-11-25"), w.hazard(t, p, model.Low, "2026-11-23"), w.hazard(t, p, model.Low, "2026-11-23")
		require.NoError(t, w.fix(t, w.manager, mended)) // its recheck is due in 48 hours

		w.at(t, "2026-11-24", 9)
		w.pause(t, p)
		during := w.hazard(t, p, model.Low, "2026-11-26")
		w.at(t, "2026-12-01", 9)
		require.NoError(t, w.AlarmOverdue(ctx))
		require.NoError(t, w.Care.Escalate(ctx))
		alerts := w.Alerts(t, p)
		require.Len(t, alerts, 1, "what ran out before the pause is told")
		require.Contains(t, alerts[0].Cause, over.String())
		climbed := 0
		for _, kind := range []string{"hazard", "hazard_recheck"} {
			for _, task := range w.Tasks(t, p, kind) {
				climbed += int(task.Level)
			}
		}
		require.Equal(t, 1, climbed, "and nothing else climbs")

		w.resume(t, p)
		require.Equal(t, clock.Day("2026-12-02"), w.read(t, owed).DueOn, "a day was left after that of the pause")
		require.Equal(t, clock.Day("2026-12-03"), w.read(t, during).DueOn)
		require.Equal(t, clock.Day("2026-11-23"), w.read(t, over).DueOn, "it had run out")
		require.Equal(t, time.Date(2026, 12, 2, 1, 30, 0, 0, time.UTC), w.task(t, p, "hazard_recheck").DueAt.UTC())
		h, err := w.Hazard(ctx, w.manager, owed)
		require.NoError(t, err)
		last := h.Steps[len(h.Steps)-1]
		require.Equal(t, clock.Day("2026-12-02"), last.Day)
		require.Contains(t, last.Note, "顺延 7 个工作日")

		w.at(t, "2026-12-02", 23)
		require.NoError(t, w.AlarmOverdue(ctx))
		require.Len(t, w.Alerts(t, p), 1, "the day has not ended")
		w.at(t, "2026-12-03", 0)
		require.NoError(t, w.AlarmOverdue(ctx))
		require.Len(t, w.Alerts(t, p), 2)
		require.NoError(t, w.Care.Escalate(ctx))
		levels := map[string]int64{}
		for _, task := range w.Tasks(t, p, "hazard") {
			levels[task.Cause] = task.Level
		}
		require.EqualValues(t, 1, levels["hazard:"+owed.String()+":0"], "its clock runs again")
		require.Zero(t, levels["hazard:"+during.String()+":0"])
		require.NoError(t, w.fix(t, w.manager, during))
		require.NoError(t, w.fix(t, w.manager, owed))
	})
}

// Hazards of projects that were paused before pauses stopped them are stopped by the job.
func TestAlarmFindsAPausedProject(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWorld(t, k), t.Context()
		p := w.begin(t, core.Renovation, "carpentry")
		h := w.hazard(t, p, model.High, "2026-11-24")
		w.at(t, "2026-11-24", 9)
		_, _, err := plan.New(w.Journal, slog.New(slog.DiscardHandler)).Pause(ctx, w.Boss, plan.Pause{ProjectID: p.ID, Reason: "客户出国"})
		require.NoError(t, err)
		w.at(t, "2026-11-27", 9)
		require.NoError(t, w.AlarmOverdue(ctx))
		require.Empty(t, w.Alerts(t, p))
		require.Nil(t, w.read(t, h).OverdueAt)
		w.resume(t, p)
		require.Equal(t, clock.Day("2026-11-27"), w.read(t, h).DueOn)
		w.at(t, "2026-11-28", 1)
		require.NoError(t, w.AlarmOverdue(ctx))
		require.Len(t, w.Alerts(t, p), 1)
	})
}

func (w *world) close(t *testing.T, from, to string) id.ID {
	t.Helper()
	closed, _, err := w.plans().AddClosure(t.Context(), w.Boss, plan.NewClosure{From: from, To: to, Name: "春节"})
	require.NoError(t, err)
	return closed.ID
}

// Days on which no site works are no days of a hazard, whenever they are known.
func TestHazardsFollowTheSiteCalendar(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w, ctx := newWorld(t, k), t.Context()
		p := w.begin(t, core.Renovation, "carpentry")
		w.close(t, "2026-11-25", "2026-11-26")
		k.Clock.Advance(time.Second)
		on := w.hazard(t, p, model.High, "2026-11-25")
		require.Equal(t, clock.Day("2026-11-27"), w.read(t, on).DueOn, "the next day on which sites work")
		require.Equal(t, "2026-11-27T23:59", w.task(t, p, "hazard").DueAt.In(testkit.Zone).Format("2006-01-02T15:04"))
		before, behind := w.hazard(t, p, model.Low, "2026-11-24"), w.hazard(t, p, model.Low, "2026-12-04")
		require.NoError(t, w.AlarmOverdue(ctx))

		k.Clock.Advance(time.Second)
		festival := w.close(t, "2026-12-01", "2026-12-05")
		k.Clock.Advance(time.Second)
		for range 2 {
			for _, err := range testkit.Together(func() error { return w.AlarmOverdue(ctx) }, func() error { return w.AlarmOverdue(ctx) }) {
				require.NoError(t, err)
			}
		}
		require.Equal(t, clock.Day("2026-11-24"), w.read(t, before).DueOn)
		require.Equal(t, clock.Day("2026-11-27"), w.read(t, on).DueOn, "once for each revision")
		require.Equal(t, clock.Day("2026-12-09"), w.read(t, behind).DueOn, "the fourth working day from the first closed one")
		after := w.hazard(t, p, model.Low, "2026-12-09")
		require.NoError(t, w.AlarmOverdue(ctx))
		require.Equal(t, clock.Day("2026-12-09"), w.read(t, after).DueOn, "it knew of the closure")

		k.Clock.Advance(time.Second)
		require.NoError(t, w.plans().RemoveClosure(ctx, w.Boss, festival))
		require.NoError(t, w.AlarmOverdue(ctx))
		require.Equal(t, clock.Day("2026-12-04"), w.read(t, behind).DueOn, "the closure was taken back")
		require.Equal(t, clock.Day("2026-12-04"), w.read(t, after).DueOn)

		require.NoError(t, w.fix(t, w.manager, before))
		w.at(t, "2026-11-28", 1)
		require.NoError(t, w.AlarmOverdue(ctx))
		require.Len(t, w.Alerts(t, p), 1)
		require.NoError(t, w.fix(t, w.manager, on))
		w.at(t, "2026-12-01", 9)
		w.close(t, "2026-12-07", "2026-12-09")
		w.at(t, "2026-12-02", 9)
		require.NoError(t, w.recheck(t, w.supervisor, on, false)) // by 2026-12-08
		require.Equal(t, clock.Day("2026-12-10"), w.read(t, on).DueOn)
	})
}
