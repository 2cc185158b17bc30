package delivery_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/once"
	core "guike/model/project"
	model "guike/model/project/delivery"
	"guike/model/project/plan"
	"guike/service/project/delivery"
	"guike/testkit"
)

func day(s string) clock.Day { return clock.Day(s) }

func TestBatches(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx := t.Context()
		in := newBatch(w.p, "衣柜与书柜", "2026-12-20")
		in.Priority, in.Once = 1, once.Of("key", "plan", in.Name)
		made, replayed, err := w.Plan(ctx, w.pm, in)
		require.NoError(t, err)
		require.False(t, replayed)
		again, replayed, err := w.Plan(ctx, w.pm, in)
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, made, again)
		later := w.batch(t, w.p, "配件", "2026-12-10")

		d := w.look(t)
		require.Len(t, d.Batches, 2)
		require.Equal(t, []id.ID{made.ID, later}, []id.ID{d.Batches[0].ID, d.Batches[1].ID}, "by priority, not by day")
		require.Equal(t, 1, d.Batches[0].Seq)
		require.Equal(t, 2, d.Batches[1].Seq)
		require.Len(t, d.Batches[0].Items, 2)
		require.Equal(t, []string{"第 1 批“衣柜与书柜”预计 2026-12-20 送达", "第 2 批“配件”预计 2026-12-10 送达"}, w.entries(t, w.p, model.EntryPlanned))

		tag := d.Tag
		move := delivery.Reschedule{BatchID: made.ID, PromisedOn: "2026-12-27", Reason: "五金到货晚了一周。"}
		_, _, err = w.Reschedule(ctx, w.Boss, move)
		require.NoError(t, err)
		_, _, err = w.Reschedule(ctx, w.Boss, move)
		require.NoError(t, err, "the same day again changes nothing")
		b := w.find(t, made.ID)
		require.Equal(t, day("2026-12-27"), b.PromisedOn)
		require.Equal(t, day("2026-12-20"), b.FirstPromisedOn)
		require.Len(t, b.Reschedules, 1)
		require.Equal(t, "五金到货晚了一周。", b.Reschedules[0].Reason)
		require.Equal(t, w.Boss.Name, b.Reschedules[0].ByName)
		require.Equal(t, []string{"第 1 批“衣柜与书柜”改期至 2026-12-27"}, w.entries(t, w.p, model.EntryRescheduled))
		require.NotEqual(t, tag, w.look(t).Tag)

		_, _, err = w.Cancel(ctx, w.pm, delivery.Drop{BatchID: later, Reason: "客户自购"})
		require.NoError(t, err)
		_, _, err = w.Cancel(ctx, w.pm, delivery.Drop{BatchID: later, Reason: "客户自购"})
		require.Equal(t, `delivery.state`, fault.Code(err))
		require.Contains(t, codesOf(err), `"Code":"cancelled"`, "the refusal tells the state")
		w.batch(t, w.p, "配件", "2026-12-12") // the name is free again
	})
}

func TestBadBatches(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx := t.Context()
		w.batch(t, w.p, "衣柜", "2026-12-20")
		for name, c := range map[string]struct {
			change func(*delivery.NewBatch)
			want   string
		}{
			"promised before the order": {func(b *delivery.NewBatch) { b.PromisedOn = "2026-11-22" }, "before_order"},
			"no day":                    {func(b *delivery.NewBatch) { b.PromisedOn = "2026-02-30" }, `"Code":"day"`},
			"nothing in it":             {func(b *delivery.NewBatch) { b.Items = nil }, "body.items"},
			"none of a thing":           {func(b *delivery.NewBatch) { b.Items[1].Quantity = 0 }, "body.items[1].quantity"},
			"less than none":            {func(b *delivery.NewBatch) { b.Items[0].Quantity = -1 }, "body.items[0].quantity"},
			"no name":                   {func(b *delivery.NewBatch) { b.Name = " " }, "body.name"},
			"a name that is taken":      {func(b *delivery.NewBatch) { b.Name = "衣柜" }, "delivery.name_taken"},
			"a phase of nothing":        {func(b *delivery.NewBatch) { b.PhaseID = id.New() }, "body.phase_id"},
			"priority":                  {func(b *delivery.NewBatch) { b.Priority = 10 }, "body.priority"},
			"a project of nobody":       {func(b *delivery.NewBatch) { b.ProjectID = id.New() }, "not_found"},
		} {
			in := newBatch(w.p, "书柜", "2026-12-20")
			c.change(&in)
			_, _, err := w.Plan(ctx, w.pm, in)
			require.Contains(t, codesOf(err), c.want, name)
		}
		_, _, err := w.Plan(ctx, w.Stranger, newBatch(w.p, "书柜", "2026-12-20"))
		require.Equal(t, fault.Missing(), err, "another store's project is not there")
		require.Len(t, w.look(t).Batches, 1, "nothing half done")

		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			ph := plan.Phase{ProjectID: w.p.ID, Name: "一期", State: plan.PhasePlanned}
			return plan.AddPhaseTx(ctx, tx, &ph)
		})
		phases, err := plan.Phases(ctx, k.DB, w.p.ID)
		require.NoError(t, err)
		in := newBatch(w.p, "分期", "2026-12-20")
		in.PhaseID = phases[0].ID
		made, _, err := w.Plan(ctx, w.pm, in)
		require.NoError(t, err)
		require.Equal(t, phases[0].ID, w.find(t, made.ID).PhaseID)

		batch := w.look(t).Batches[0].ID
		_, _, err = w.Reschedule(ctx, w.pm, delivery.Reschedule{BatchID: batch, PromisedOn: "2026-11-01", Reason: "x"})
		require.Contains(t, codesOf(err), "before_order")
		_, _, err = w.Reschedule(ctx, w.pm, delivery.Reschedule{BatchID: batch, PromisedOn: "2026-12-30", Reason: " "})
		require.Contains(t, codesOf(err), "body.reason")
		_, _, err = w.Reschedule(ctx, w.Stranger, delivery.Reschedule{BatchID: batch, PromisedOn: "2026-12-30", Reason: "x"})
		require.Equal(t, fault.Missing(), err)

		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			p, err := core.LockByIDTx(ctx, tx, w.p.ID)
			require.NoError(t, err)
			p.State = core.Cancelled
			return core.SaveStateTx(ctx, tx, &p)
		})
		_, _, err = w.Plan(ctx, w.pm, newBatch(w.p, "书柜", "2026-12-20"))
		require.Equal(t, "project.cancelled", fault.Code(err))
		_, _, err = w.Advance(ctx, w.pm, delivery.Progress{BatchID: batch, State: model.Shipped})
		require.Equal(t, "project.cancelled", fault.Code(err))
		_, _, err = w.Ship(ctx, w.pm, delivery.NewShipment{ProjectID: w.p.ID, Carrier: "顺丰", TrackingNo: "SF1000"})
		require.Equal(t, "project.cancelled", fault.Code(err))
	})
}

func TestBatchGoesForwardByHand(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx := t.Context()
		batch := w.batch(t, w.p, "衣柜", "2026-12-20")
		step := func(to model.BatchState) error {
			_, _, err := w.Advance(ctx, w.pm, delivery.Progress{BatchID: batch, State: to})
			return err
		}
		require.Equal(t, "delivery.state", fault.Code(step(model.Arrived)), "nothing arrives that was not sent")
		require.NoError(t, step(model.InProduction))
		require.Equal(t, "delivery.state", fault.Code(step(model.InProduction)))
		require.NoError(t, step(model.Shipped))
		require.Equal(t, "delivery.state", fault.Code(step(model.InProduction)), "never back")
		require.Equal(t, "input.invalid", fault.Code(step(model.Received)))
		require.NoError(t, step(model.Arrived))
		require.Equal(t, []string{"第 1 批“衣柜”已发货", "第 1 批“衣柜”已送达"}, w.entries(t, w.p, model.EntryDelivery))
		_, _, err := w.Reschedule(ctx, w.pm, delivery.Reschedule{BatchID: batch, PromisedOn: "2026-12-30", Reason: "x"})
		require.Contains(t, codesOf(err), `"Code":"arrived"`)
		require.Equal(t, 1, w.acts(t, w.pm, "delivery.advanced"))
	})
}

func TestReceive(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx := t.Context()
		batch := w.batch(t, w.p, "衣柜", "2026-12-20")
		receipt := delivery.Receipt{BatchID: batch, ProjectID: w.p.ID, Note: "外包装完好", Photos: []id.ID{id.New()}, Shortages: []delivery.Shortage{{Item: 2, Missing: 1, Note: "磕碰"}}}
		_, _, err := w.Receive(ctx, w.pm, receipt)
		require.Contains(t, codesOf(err), `"Code":"planned"`, "what was not sent is not received")
		_, _, err = w.Advance(ctx, w.pm, delivery.Progress{BatchID: batch, State: model.Shipped})
		require.NoError(t, err)
		for name, c := range map[string]struct {
			short []delivery.Shortage
			want  string
		}{
			"an item that is not in it": {[]delivery.Shortage{{Item: 3, Missing: 1}}, "unknown"},
			"more than was promised":    {[]delivery.Shortage{{Item: 1, Missing: 3}}, "out_of_range"},
			"none missing":              {[]delivery.Shortage{{Item: 1}}, "out_of_range"},
			"an item twice":             {[]delivery.Shortage{{Item: 1, Missing: 1}, {Item: 1, Missing: 1}}, "repeated"},
		} {
			bad := receipt
			bad.Shortages = c.short
			_, _, err := w.Receive(ctx, w.pm, bad)
			require.Contains(t, codesOf(err), c.want, name)
		}
		_, _, err = w.ReceiveMine(ctx, w.Guest, receipt)
		require.Equal(t, "home.guest_read_only", fault.Code(err))
		_, _, err = w.ReceiveMine(ctx, w.Outsider, receipt)
		require.Equal(t, fault.Missing(), err)
		_, _, err = w.Receive(ctx, w.Stranger, receipt)
		require.Equal(t, fault.Missing(), err)
		require.Empty(t, w.tasks(t, delivery.TaskShortage), "nothing half done")

		_, _, err = w.ReceiveMine(ctx, w.Family, receipt)
		require.NoError(t, err)
		b := w.find(t, batch)
		require.Equal(t, model.Received, b.State)
		require.EqualValues(t, 1, b.Items[1].Missing)
		require.Equal(t, "磕碰", b.Items[1].Shortage)
		require.Len(t, b.Photos, 1)
		tasks := w.tasks(t, delivery.TaskShortage)
		require.Len(t, tasks, 1)
		require.Equal(t, w.pm.ID, tasks[0].OwnerID)
		require.Contains(t, tasks[0].Reason, "抽屉 缺 1/3(磕碰)")
		require.Len(t, w.entries(t, w.p, model.EntryReceived), 1)
		_, _, err = w.Receive(ctx, w.pm, receipt)
		require.Contains(t, codesOf(err), `"Code":"received"`)
	})
}

func TestOneOfTwoReceivers(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, second := t.Context(), w.second()
		for range testkit.Rounds() {
			name := id.New().String()
			batch := w.batch(t, w.p, name, "2026-12-20")
			_, _, err := w.Advance(ctx, w.pm, delivery.Progress{BatchID: batch, State: model.Shipped})
			require.NoError(t, err)
			errs := testkit.Race(2, func(i int) error {
				if i == 0 {
					_, _, err := second.Receive(ctx, w.pm, delivery.Receipt{BatchID: batch})
					return err
				}
				_, _, err := w.ReceiveMine(ctx, w.Owner, delivery.Receipt{BatchID: batch, ProjectID: w.p.ID})
				return err
			})
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
					continue
				}
				require.Contains(t, codesOf(err), `"Code":"received"`)
			}
			require.Equal(t, 1, won)
		}
		require.Len(t, w.entries(t, w.p, model.EntryReceived), testkit.Rounds())
	})
}

func TestWhoSeesDeliveries(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx := t.Context()
		w.batch(t, w.p, "衣柜", "2026-12-20")
		seen, err := w.Mine(ctx, w.Guest, w.p.ID)
		require.NoError(t, err)
		require.Len(t, seen.Batches, 1)
		_, err = w.Mine(ctx, w.Outsider, w.p.ID)
		_, none := w.Mine(ctx, w.Outsider, id.New())
		require.Equal(t, none, err)
		_, err = w.Of(ctx, w.Boss, w.p.ID)
		require.NoError(t, err)
		_, err = w.Of(ctx, w.Stranger, w.p.ID)
		require.Equal(t, fault.Missing(), err)
		_, _, err = w.Messages(ctx, w.Stranger, w.p.ID, db.Page{Limit: 20})
		require.Equal(t, fault.Missing(), err)
	})
}

func TestLateBatches(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx := t.Context()
		watch := func() {
			t.Helper()
			for _, err := range testkit.Race(2, func(i int) error { return []*delivery.Service{w.Service, w.second()}[i].WatchLate(ctx) }) {
				require.NoError(t, err)
			}
		}
		late := w.batch(t, w.p, "衣柜", "2026-11-24") // Tuesday
		intime := w.batch(t, w.p, "书柜", "2026-11-24")
		w.batch(t, w.p, "配件", "2026-12-24")
		for _, to := range []model.BatchState{model.Shipped, model.Arrived} {
			_, _, err := w.Advance(ctx, w.pm, delivery.Progress{BatchID: intime, State: to})
			require.NoError(t, err)
		}
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error { // the site rests on Wednesday
			return db.Insert(ctx, tx, &plan.Closure{ID: id.New(), FromDay: "2026-11-25", ToDay: "2026-11-25", Name: "停工", AddedIn: 1, CreatedAt: tx.Now})
		})
		k.Clock.Advance(24 * time.Hour) // Tuesday: not late yet
		watch()
		require.Empty(t, w.tasks(t, delivery.TaskLate))
		k.Clock.Advance(24 * time.Hour) // Wednesday, a day off
		watch()
		require.Empty(t, w.tasks(t, delivery.TaskLate))
		require.Zero(t, w.find(t, late).DaysLate)

		k.Clock.Advance(48 * time.Hour) // Friday: nothing ran for two days
		watch()
		watch()
		tasks := w.tasks(t, delivery.TaskLate)
		require.Len(t, tasks, 1, "once, by two instances, twice")
		require.Equal(t, w.pm.ID, tasks[0].OwnerID)
		require.Contains(t, tasks[0].Reason, "已晚 2 个工作日")
		require.Equal(t, 2, w.find(t, late).DaysLate)
		require.Zero(t, w.find(t, intime).DaysLate)

		_, _, err := w.Reschedule(ctx, w.pm, delivery.Reschedule{BatchID: late, PromisedOn: "2026-11-28", Reason: "工厂补板"})
		require.NoError(t, err)
		require.Zero(t, w.find(t, late).DaysLate)
		require.Empty(t, w.tasks(t, delivery.TaskLate), "promised anew: nobody climbs a ladder for the former promise")
		k.Clock.Advance(72 * time.Hour)
		watch()
		require.Len(t, w.tasks(t, delivery.TaskLate), 1, "a second promise broken is a second task")

		for _, to := range []model.BatchState{model.Shipped, model.Arrived} {
			_, _, err := w.Advance(ctx, w.pm, delivery.Progress{BatchID: late, State: to})
			require.NoError(t, err)
		}
		k.Clock.Advance(72 * time.Hour)
		watch()
		require.Empty(t, w.tasks(t, delivery.TaskLate), "it has arrived")
		require.Equal(t, 2, w.find(t, late).DaysLate, "counted until it arrived, and kept")
	})
}

func TestPausedProjectsRaiseNoLateTask(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		batch := w.batch(t, w.p, "衣柜", "2026-11-24")
		paused := k.Clock.Now()
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return tx.Conn(ctx).Model(&core.Project{}).Where("id = ?", w.p.ID).UpdateColumn("paused_at", paused).Error
		})
		k.Clock.Advance(10 * 24 * time.Hour)
		require.NoError(t, w.WatchLate(t.Context()))
		require.Empty(t, w.tasks(t, delivery.TaskLate))
		require.Zero(t, w.find(t, batch).DaysLate)
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return tx.Conn(ctx).Model(&core.Project{}).Where("id = ?", w.p.ID).UpdateColumn("paused_at", nil).Error
		})
		require.NoError(t, w.WatchLate(t.Context()))
		require.Len(t, w.tasks(t, delivery.TaskLate), 1)
	})
}
