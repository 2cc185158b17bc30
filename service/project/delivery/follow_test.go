package delivery_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/id"
	"guike/model/db"
	core "guike/model/project"
	model "guike/model/project/delivery"
	"guike/model/project/plan"
	"guike/service/care"
	"guike/service/project"
	"guike/service/project/delivery"
	"guike/testkit"
)

// follower takes part in what happens to projects, with tasks that are kept.
func (w *world) follower() delivery.Follower {
	j := *w.Journal
	j.Alarms = care.New(w.DB)
	return delivery.Follower{J: &j}
}

func TestPromisesMoveByThePause(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, days := t.Context(), func(n int) { k.Clock.Advance(time.Duration(n) * 24 * time.Hour) }
		broken, awaited, arrived := w.batch(t, w.p, "衣柜", "2026-11-23"), w.batch(t, w.p, "书柜", "2026-11-25"), w.batch(t, w.p, "配件", "2026-11-25")
		for _, to := range []model.BatchState{model.Shipped, model.Arrived} {
			_, _, err := w.Advance(ctx, w.pm, delivery.Progress{BatchID: arrived, State: to})
			require.NoError(t, err)
		}
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error { // inside the pause
			return db.Insert(ctx, tx, &plan.Closure{ID: id.New(), FromDay: "2026-11-26", ToDay: "2026-11-26", Name: "停工", AddedIn: 1, CreatedAt: tx.Now})
		})
		days(1)
		require.NoError(t, w.WatchLate(ctx))
		require.Len(t, w.tasks(t, delivery.TaskLate), 1)
		paused := k.Clock.Now() // Tuesday, 2026-11-24
		set := func(at *time.Time) {
			k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
				return tx.Conn(ctx).Model(&core.Project{}).Where("id = ?", w.p.ID).UpdateColumn("paused_at", at).Error
			})
		}
		set(&paused)
		days(3)
		between := w.batch(t, w.p, "抽屉", "2026-11-28") // promised while nothing moved
		days(4)                                        // 2026-12-01
		set(nil)
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			p, err := core.LockByIDTx(ctx, tx, w.p.ID)
			require.NoError(t, err)
			calendar, err := w.Journal.Calendar(ctx, tx)
			require.NoError(t, err)
			return w.follower().ProjectResumedTx(ctx, tx, w.pm, &p, project.Resumption{PausedAt: paused, Days: w.Journal.Days(calendar)})
		})
		for of, want := range map[id.ID]struct {
			on   string
			late int
		}{
			broken:  {"2026-11-30", 1}, // six working days later, and as late as before
			awaited: {"2026-12-02", 0},
			between: {"2026-12-02", 0}, // four working days of the pause were left
			arrived: {"2026-11-25", 0},
		} {
			b := w.find(t, of)
			require.EqualValues(t, want.on, b.PromisedOn, b.Name)
			require.Equal(t, want.late, b.DaysLate, b.Name)
		}
		require.Len(t, w.entries(t, w.p, model.EntryRescheduled), 3, "the home reads of each")
		require.Contains(t, w.find(t, awaited).Reschedules[0].Reason, "顺延 6 个工作日")

		require.Empty(t, w.tasks(t, delivery.TaskLate), "the task about the former promise is over")
		require.NoError(t, w.WatchLate(ctx))
		require.Len(t, w.tasks(t, delivery.TaskLate), 1, "the promise that was broken before still is")
		days(1)
		require.NoError(t, w.WatchLate(ctx))
		require.Len(t, w.tasks(t, delivery.TaskLate), 1, "the pause does not count as late")
	})
}

func TestTasksOfDeliveriesEnd(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx := t.Context()
		kinds := []string{delivery.TaskMade, delivery.TaskLate, delivery.TaskShortage}
		open := func() (n []int) {
			for _, kind := range kinds {
				n = append(n, len(w.tasks(t, kind)))
			}
			return n
		}
		follow := func(fn func(ctx context.Context, tx *db.Tx, p *core.Project) error) {
			k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
				p, err := core.LockByIDTx(ctx, tx, w.p.ID)
				require.NoError(t, err)
				return fn(ctx, tx, &p)
			})
		}
		begin := func(event string) {
			_, _, err := w.status(ctx, w.Service, w.erp, w.p.No, message{EventID: event, At: k.Clock.Now(), Status: "ready"})
			require.NoError(t, err)
		}
		w.batch(t, w.p, "衣柜", "2026-11-23")
		short := w.batch(t, w.p, "书柜", "2026-11-25")
		_, _, err := w.Advance(ctx, w.pm, delivery.Progress{BatchID: short, State: model.Shipped})
		require.NoError(t, err)
		_, _, err = w.Receive(ctx, w.pm, delivery.Receipt{ProjectID: w.p.ID, BatchID: short, Shortages: []delivery.Shortage{{Item: 1, Missing: 1}}})
		require.NoError(t, err)
		begin("M1")
		k.Clock.Advance(24 * time.Hour)
		require.NoError(t, w.WatchLate(ctx))
		require.Equal(t, []int{1, 1, 1}, open())

		follow(func(ctx context.Context, tx *db.Tx, p *core.Project) error {
			return w.follower().StageMovedTx(ctx, tx, w.pm, p, core.Stage{Key: "delivery"}, core.EntryStageCompleted)
		})
		require.Equal(t, []int{1, 1, 1}, open(), "another stage is not meant")
		follow(func(ctx context.Context, tx *db.Tx, p *core.Project) error {
			return w.follower().ProjectCancelledTx(ctx, tx, w.pm, p)
		})
		require.Equal(t, []int{0, 0, 0}, open(), "nothing is owed to a cancelled project")
	})
}

func TestTheTaskAboutProductionEndsWithIt(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		_, _, err := w.status(t.Context(), w.Service, w.erp, w.p.No, message{EventID: "M1", At: k.Clock.Now(), Status: "ready"})
		require.NoError(t, err)
		require.Len(t, w.tasks(t, delivery.TaskMade), 1)
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			p, err := core.LockByIDTx(ctx, tx, w.p.ID)
			require.NoError(t, err)
			return w.follower().StageMovedTx(ctx, tx, w.pm, &p, core.Stage{Key: "production"}, core.EntryStageCompleted)
		})
		require.Empty(t, w.tasks(t, delivery.TaskMade))
	})
}
