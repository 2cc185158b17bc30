package plan_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	caremodel "guike/model/care"
	"guike/model/db"
	"guike/model/once"
	projects "guike/model/project"
	"guike/model/project/diary"
	model "guike/model/project/plan"
	"guike/service/care"
	"guike/service/project"
	"guike/service/project/plan"
	"guike/testkit"
	"guike/testkit/homekit"
)

// brittle is the engine of alarms that fails for one project.
type brittle struct {
	*care.Service
	broken id.ID
}

var errBrittle = errors.New("broken on purpose")

func (b *brittle) OpenTx(ctx context.Context, tx *db.Tx, who actor.Actor, o caremodel.Order) (caremodel.Task, error) {
	if o.ProjectID == b.broken {
		return caremodel.Task{}, errBrittle
	}
	return b.Service.OpenTx(ctx, tx, who, o)
}

func (b *brittle) RaiseTx(ctx context.Context, tx *db.Tx, who actor.Actor, r caremodel.Raise) (caremodel.Alert, error) {
	if r.ProjectID == b.broken {
		return caremodel.Alert{}, errBrittle
	}
	return b.Service.RaiseTx(ctx, tx, who, r)
}

func (b *brittle) ClearTx(ctx context.Context, tx *db.Tx, who actor.Actor, cause, note string) error {
	if !b.broken.IsZero() && strings.Contains(cause, b.broken.String()) {
		return errBrittle
	}
	return b.Service.ClearTx(ctx, tx, who, cause, note)
}

// brittle makes the plans of the world stand on alarms that can be broken.
func (w *world) brittle() *brittle {
	b := &brittle{Service: care.New(w.DB)}
	j := &project.Journal{DB: w.DB, Zone: testkit.Zone, Live: &homekit.Tape{}, Alarms: b}
	w.plan = plan.New(j, slog.New(slog.NewTextHandler(io.Writer(w.log), nil)))
	return b
}

func TestOneStuckProjectHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, engine := t.Context(), w.brittle()
		all := []projects.Project{w.underway(t), w.underway(t), w.underway(t)}
		stuck := all[1]
		w.days(6)
		engine.broken = stuck.ID
		require.ErrorContains(t, w.plan.LookForDelays(ctx), "broken on purpose")
		night, _, err := model.NightOf(ctx, w.DB, w.Today())
		require.NoError(t, err)
		require.NotNil(t, night.FinishedAt, "the night is through")
		for _, p := range all {
			require.Len(t, w.notices(t, p), map[bool]int{true: 0, false: 1}[p.ID == stuck.ID])
		}
		engine.broken = id.ID{}
		w.days(1)
		require.NoError(t, w.plan.LookForDelays(ctx))
		require.Len(t, w.notices(t, stuck), 1, "the next night finds what still holds")

		engine.broken = stuck.ID // sites were closed, which ends the delays
		_, _, err = w.plan.AddClosure(ctx, w.manager, plan.NewClosure{From: "2026-11-24", To: string(w.Today()), Name: "停工"})
		require.NoError(t, err)
		require.ErrorContains(t, w.plan.ShiftPlans(ctx), "broken on purpose")
		for _, p := range all {
			require.Equal(t, p.ID == stuck.ID, w.notices(t, p)[0].State == model.NoticeOpen)
		}
		engine.broken = id.ID{}
		require.NoError(t, w.plan.ShiftPlans(ctx))
		require.Equal(t, model.NoticeCleared, w.notices(t, stuck)[0].State)
	})
}

func TestADelayThatCannotBeSettledHoldsUpNoNight(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, engine := t.Context(), w.brittle()
		stuck, other := w.underway(t), w.underway(t)
		w.days(6)
		require.NoError(t, w.plan.LookForDelays(ctx))
		fresh := w.underway(t)
		for _, p := range []projects.Project{stuck, other} {
			k.Tx(t, func(ctx context.Context, tx *db.Tx) error { // as another room moves a plan
				now, err := projects.LockTx(ctx, tx, w.manager, p.ID)
				if err != nil {
					return err
				}
				stages, err := projects.Stages(ctx, tx, p.ID)
				if err != nil {
					return err
				}
				_, changed := projects.Shift(stages, "measure", 20, nil)
				return projects.SavePlanTx(ctx, tx, &now, stages, changed)
			})
		}
		w.days(6)
		engine.broken = stuck.ID
		require.ErrorContains(t, w.plan.LookForDelays(ctx), "broken on purpose")
		require.Equal(t, model.NoticeOpen, w.notices(t, stuck)[0].State)
		require.Equal(t, model.NoticeCleared, w.notices(t, other)[0].State)
		require.Len(t, w.notices(t, fresh), 1, "the night was walked")
	})
}

func TestOneStuckPhaseHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, engine := t.Context(), w.brittle()
		stuck, other := w.begin(t), w.begin(t)
		for i, p := range []projects.Project{stuck, other} {
			until := string(w.Today().Plus(3 + i))
			_, _, err := w.plan.AddPhase(ctx, w.manager, p.ID, plan.PhaseForm{Name: "书房", AmountFen: 100, DeferredUntil: until}, once.Key{})
			require.NoError(t, err)
		}
		tasks := func() int {
			rows, _, err := caremodel.List(ctx, w.DB, actor.Machine(), caremodel.Filter{Kind: plan.TaskPhase}, db.Page{Limit: 10})
			require.NoError(t, err)
			return len(rows)
		}
		engine.broken = stuck.ID
		require.ErrorContains(t, w.plan.RemindPhases(ctx), "broken on purpose")
		require.Equal(t, 1, tasks())
		engine.broken = id.ID{}
		require.NoError(t, w.plan.RemindPhases(ctx))
		require.Equal(t, 2, tasks())
	})
}

func TestWorkThatNobodyBeginsIsLate(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.underway(t)
		require.NoError(t, w.Complete(t, p, "measure"))
		due := w.Stage(t, p, "design").PlannedEnd
		w.days(due.Since(w.Today()))
		require.NoError(t, w.plan.LookForDelays(ctx))
		require.Zero(t, w.Reread(t, p).DaysLate, "its day has come and is not over")
		w.days(4)
		require.NoError(t, w.plan.LookForDelays(ctx))
		require.Equal(t, 4, w.Reread(t, p).DaysLate)
		n := w.notices(t, p)
		require.Len(t, n, 1)
		require.Equal(t, "design", n[0].StageKey)
		end := string(w.Today().Plus(8))
		_, _, err := w.plan.Confirm(ctx, w.manager, plan.Decision{NoticeID: n[0].ID, Reason: "设计师请假", NewEnd: end})
		require.NoError(t, err)
		require.EqualValues(t, end, w.Stage(t, p, "design").PlannedEnd)
		require.Zero(t, w.Reread(t, p).DaysLate)
		require.Empty(t, w.Alerts(t, p, caremodel.AlertOpen))
		w.Start(t, p, "design")
		require.EqualValues(t, end, w.Reread(t, p).StageDue)
	})
}

func TestAPauseEndsTheAlarmsAboutSilence(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p, engine := t.Context(), w.underway(t), care.New(k.DB)
		mark := diary.Mark{ProjectID: p.ID, What: diary.MissingLogManager, Period: w.Today(), Round: w.Today()}
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			if _, err := diary.MarkTx(ctx, tx, mark); err != nil {
				return err
			}
			_, err := engine.OpenTx(ctx, tx, actor.Machine(), caremodel.Order{Kind: mark.What, Cause: mark.Cause(), Reason: "没有日志", ProjectID: p.ID, StoreID: p.StoreID})
			return err
		})
		_, _, err := w.plan.Pause(ctx, w.manager, plan.Pause{ProjectID: p.ID, Reason: "客户出国"})
		require.NoError(t, err)
		task, err := caremodel.ByCause(ctx, w.DB, mark.Cause())
		require.NoError(t, err)
		require.Equal(t, caremodel.Done, task.State)
	})
}
