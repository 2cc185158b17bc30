package plan_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"guike/internal/fault"
	"guike/internal/id"
	caremodel "guike/model/care"
	"guike/model/db"
	"guike/model/once"
	projects "guike/model/project"
	model "guike/model/project/plan"
	"guike/service/project"
	"guike/service/project/plan"
	"guike/testkit"
)

func TestADelayIsFoundToldAndOver(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.underway(t) // due 2026-11-24
		w.days(4)                            // 2026-11-27: three days late
		require.NoError(t, w.plan.LookForDelays(ctx))
		require.Equal(t, 3, w.Reread(t, p).DaysLate)
		require.Empty(t, w.notices(t, p), "three days are borne")

		w.days(1)
		for _, err := range testkit.Race(2, func(int) error { return w.plan.LookForDelays(ctx) }) {
			require.NoError(t, err)
		}
		require.Equal(t, 4, w.Reread(t, p).DaysLate)
		n := w.notices(t, p)
		require.Len(t, n, 1)
		require.Equal(t, model.NoticeOpen, n[0].State)
		require.Equal(t, 1, n[0].N)
		require.EqualValues(t, "2026-11-24", n[0].Due)
		require.EqualValues(t, "2026-11-28", n[0].ProposedEnd, "measuring ends today at the earliest")
		require.EqualValues(t, 50_000, n[0].ProposedFen)
		require.Contains(t, n[0].ProposedReason, "【请填写原因】")
		require.Len(t, w.Alerts(t, p, caremodel.AlertOpen), 1)
		require.Contains(t, string(w.log.text), "took=")

		w.days(1)
		require.NoError(t, w.plan.LookForDelays(ctx))
		n = w.notices(t, p)
		require.Len(t, n, 1, "one delay, one notice")
		require.Equal(t, 5, n[0].DaysLate)

		fen := int64(30_000)
		r, _, err := w.plan.Confirm(ctx, w.manager, plan.Decision{NoticeID: n[0].ID, Reason: "客户临时改期。", NewEnd: "2026-12-01", CompensationFen: &fen})
		require.NoError(t, err)
		require.EqualValues(t, "2026-12-01", w.Stage(t, p, "measure").PlannedEnd)
		require.EqualValues(t, "2026-12-02", w.Stage(t, p, "design").PlannedStart, "what follows moves with it")
		now := w.Reread(t, p)
		require.Equal(t, p.PlannedEnd.Plus(7), now.PlannedEnd)
		require.Zero(t, now.DaysLate)
		require.Len(t, w.Alerts(t, p, caremodel.AlertClosed), 1)
		entry := w.Noted(t, p, model.EntryDelay)
		require.Len(t, entry, 1)
		require.Equal(t, r.EntryID, entry[0].ID)
		require.Equal(t, n[0].ID, entry[0].RefID)
		for _, part := range []string{"客户临时改期。", "2026-12-01", "¥300.00", string(now.PlannedEnd)} {
			require.Contains(t, entry[0].Body, part)
		}
		require.NotContains(t, projects.WithoutMoney(entry[0].Body), "补偿")

		w.days(7) // 2026-12-06: five days past the new end
		require.NoError(t, w.plan.LookForDelays(ctx))
		n = w.notices(t, p)
		require.Len(t, n, 2, "another delay")
		require.Equal(t, 2, n[0].N)
		require.NoError(t, w.Complete(t, p, "measure"))
		require.Equal(t, model.NoticeCleared, w.notices(t, p)[0].State, "the stage is done")
		require.Empty(t, w.Alerts(t, p, caremodel.AlertOpen))
	})
}

func TestDaysLateAreWorkingDays(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.underway(t)
		late := func() int {
			t.Helper()
			d, err := w.Projects.Mine(ctx, w.Owner, p.ID)
			require.NoError(t, err)
			rows, _, err := w.Projects.List(ctx, w.manager, project.Filter{Late: true}, db.Page{Limit: 10})
			require.NoError(t, err)
			require.Equal(t, d.Late(), len(rows) == 1, "the list and the project agree")
			return d.Outlook.DaysLate
		}
		w.days(1) // the planned end itself
		require.Zero(t, late())
		w.close(t, "2026-11-25", "2026-11-26")
		w.days(1)
		require.Zero(t, late(), "nobody works on a closed day")
		w.days(2) // 2026-11-27
		require.Equal(t, 1, late())
		w.days(1)
		require.Equal(t, 2, late())
		_, _, err := w.plan.Pause(ctx, w.manager, plan.Pause{ProjectID: p.ID, Reason: "客户出国"})
		require.NoError(t, err)
		w.days(20)
		require.Zero(t, late(), "a paused project is not late")
		require.NoError(t, w.plan.LookForDelays(ctx))
		require.Empty(t, w.notices(t, p))
		_, _, err = w.plan.Resume(ctx, w.manager, plan.Pause{ProjectID: p.ID})
		require.NoError(t, err)
		require.Equal(t, 2, late(), "the pause does not count")
	})
}

func TestTheTagFollowsTheCalendar(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.underway(t)
		tags := func() [2]string {
			d, err := w.Projects.Mine(ctx, w.Owner, p.ID)
			require.NoError(t, err)
			s, err := w.plan.MySheet(ctx, w.Owner, p.ID)
			require.NoError(t, err)
			return [2]string{d.Tag, s.Tag}
		}
		first := tags()
		require.Equal(t, first, tags())
		_, _, err := w.plan.AddClosure(ctx, w.manager, plan.NewClosure{From: "2026-11-24", To: "2026-11-24", Name: "停电"})
		require.NoError(t, err)
		second := tags() // before any plan follows
		require.NotEqual(t, first[0], second[0])
		require.NotEqual(t, first[1], second[1])
		w.days(1)
		require.NotEqual(t, second, tags(), "another day")
	})
}

func TestTwoDecideOnADelayAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, like := t.Context(), w.underway(t)
		rivals := many(t, w, like, 29, "2026-11-24")
		w.days(10)
		require.NoError(t, w.plan.LookForDelays(ctx))
		for round, p := range append(rivals, like.ID) {
			n, err := model.Notices(ctx, w.DB, p)
			require.NoError(t, err)
			require.Len(t, n, 1)
			errs := testkit.Race(2, func(i int) error {
				if i == 0 {
					_, _, err := w.plan.Dismiss(ctx, w.manager, plan.Decision{NoticeID: n[0].ID, Reason: "已口头说明"})
					return err
				}
				_, _, err := w.plan.Confirm(ctx, w.manager, plan.Decision{NoticeID: n[0].ID, Reason: "到货晚", NewEnd: "2026-12-05"})
				return err
			})
			won, lost := 0, 1
			if errs[0] != nil {
				won, lost = 1, 0
			}
			require.NoError(t, errs[won], round)
			testkit.Fails(t, errs[lost], "delay.decided", "state", []string{"dismissed", "confirmed"}[won])
		}
	})
}

func TestADismissedDelayDoesNotComeBack(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.underway(t)
		w.days(6)
		require.NoError(t, w.plan.LookForDelays(ctx))
		n := w.notices(t, p)
		key := once.Of("k", "plan-dismiss-delay", "x")
		for i := range 3 {
			_, replayed, err := w.plan.Dismiss(ctx, w.manager, plan.Decision{NoticeID: n[0].ID, Reason: "客户要求等待", Once: key})
			require.NoError(t, err)
			require.Equal(t, i > 0, replayed)
		}
		w.days(2) // 48 hours of silence
		require.NoError(t, w.plan.LookForDelays(ctx))
		require.Len(t, w.notices(t, p), 1)
		require.Empty(t, w.Alerts(t, p, caremodel.AlertOpen))
		mine, err := w.Projects.MyTimeline(ctx, w.Owner, p.ID, db.Page{Limit: 50})
		require.NoError(t, err)
		for _, e := range mine.Entries {
			require.NotEqual(t, model.EntryDelay, e.Kind, "customers are not told of what was dismissed")
		}
	})
}

func TestAPlanThatMovesOvertakesItsDelay(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx := t.Context()
		for name, change := range map[string]func(p projects.Project){
			"planned anew": func(p projects.Project) {
				require.NoError(t, w.plan.Replan(ctx, w.manager, plan.Replan{
					ProjectID: p.ID, Reason: "重排", Version: w.Reread(t, p).Version,
					Stages: []plan.StageDays{{"measure", string(w.Stage(t, p, "measure").PlannedStart), string(w.Today())}, {"design", string(w.Today().Plus(1)), string(w.Today().Plus(2))}},
				}))
			},
			"cancelled": func(p projects.Project) {
				_, _, err := w.Projects.Cancel(ctx, w.manager, project.Cancel{ProjectID: p.ID, Reason: "客户取消"})
				require.NoError(t, err)
			},
			"completed": func(p projects.Project) { require.NoError(t, w.Complete(t, p, "measure")) },
		} {
			p := w.underway(t)
			w.days(6)
			require.NoError(t, w.plan.LookForDelays(ctx))
			require.Len(t, w.notices(t, p), 1, name)
			require.Len(t, w.Alerts(t, p, caremodel.AlertOpen), 1, name)
			change(p)
			require.Equal(t, model.NoticeCleared, w.notices(t, p)[0].State, name)
			require.Empty(t, w.Alerts(t, p, caremodel.AlertOpen), name)
			_, _, err := w.plan.Confirm(ctx, w.manager, plan.Decision{NoticeID: w.notices(t, p)[0].ID, Reason: "x", NewEnd: string(w.Today().Plus(3))})
			require.Error(t, err, name)
		}
	})
}

func TestAChangeOrderOvertakesADelay(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.underway(t)
		w.days(6)
		require.NoError(t, w.plan.LookForDelays(ctx))
		require.Len(t, w.Alerts(t, p, caremodel.AlertOpen), 1)
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error { // as another room moves a plan
			now, err := projects.LockTx(ctx, tx, w.manager, p.ID)
			if err != nil {
				return err
			}
			stages, err := projects.Stages(ctx, tx, p.ID)
			if err != nil {
				return err
			}
			_, changed := projects.Shift(stages, "measure", 10, nil)
			return projects.SavePlanTx(ctx, tx, &now, stages, changed)
		})
		for _, err := range testkit.Race(2, func(int) error { return w.plan.LookForDelays(ctx) }) {
			require.NoError(t, err)
		}
		require.Equal(t, model.NoticeCleared, w.notices(t, p)[0].State)
		require.Empty(t, w.Alerts(t, p, caremodel.AlertOpen))
		require.Len(t, w.Alerts(t, p, caremodel.AlertClosed), 1)
	})
}

func TestDecisionsThatAreRefused(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.underway(t)
		w.days(6)
		require.NoError(t, w.plan.LookForDelays(ctx))
		n, minus, text := w.notices(t, p)[0], int64(-1), strings.Repeat("长", 501)
		w.close(t, "2026-12-10", "2026-12-10")
		before := w.Reread(t, p)
		for name, c := range map[string]struct {
			in          plan.Decision
			field, code string
		}{
			"without a reason":      {plan.Decision{Reason: " ", NewEnd: "2026-12-05"}, "body.reason", "length"},
			"the draft's gap":       {plan.Decision{Reason: n.ProposedReason, NewEnd: "2026-12-05"}, "body.reason", "required"},
			"no day":                {plan.Decision{Reason: "x", NewEnd: "2026-13-05"}, "body.new_end", "malformed"},
			"before the planned":    {plan.Decision{Reason: "x", NewEnd: "2026-11-24"}, "body.new_end", "not_later"},
			"a day that is over":    {plan.Decision{Reason: "x", NewEnd: "2026-11-26"}, "body.new_end", "past"},
			"a closed day":          {plan.Decision{Reason: "x", NewEnd: "2026-12-10"}, "body.new_end", "closed"},
			"years ahead":           {plan.Decision{Reason: "x", NewEnd: "2035-12-05"}, "body.new_end", "out_of_range"},
			"a negative amount":     {plan.Decision{Reason: "x", NewEnd: "2026-12-05", CompensationFen: &minus}, "body.compensation_fen", "out_of_range"},
			"a novel of a proposal": {plan.Decision{Reason: "x", NewEnd: "2026-12-05", CompensationText: &text}, "body.compensation_text", "too_long"},
		} {
			c.in.NoticeID = n.ID
			_, _, err := w.plan.Confirm(ctx, w.manager, c.in)
			require.Error(t, err, name)
			testkit.Fails(t, err, "input.invalid", c.field, c.code)
		}
		_, _, err := w.plan.Confirm(ctx, w.Stranger, plan.Decision{NoticeID: n.ID, Reason: "x", NewEnd: "2026-12-05"})
		require.Equal(t, fault.Missing(), err, "another store's")
		_, _, err = w.plan.Confirm(ctx, w.manager, plan.Decision{NoticeID: id.New(), Reason: "x", NewEnd: "2026-12-05"})
		require.Equal(t, fault.Missing(), err)
		_, _, err = w.plan.Pause(ctx, w.manager, plan.Pause{ProjectID: p.ID, Reason: "暂停"})
		require.NoError(t, err)
		_, _, err = w.plan.Confirm(ctx, w.manager, plan.Decision{NoticeID: n.ID, Reason: "x", NewEnd: "2026-12-05"})
		testkit.Fails(t, err, "project.paused")
		require.Equal(t, before.PlannedEnd, w.Reread(t, p).PlannedEnd, "nothing half done")
		require.Equal(t, model.NoticeOpen, w.notices(t, p)[0].State)
	})
}

// The night takes few statements a batch and constant memory, goes on where it was killed, and is shared
// by two instances: each delay is raised once.
func TestTheNightGoesOnWhereItWasKilled(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, like := t.Context(), w.underway(t)
		const late, over = 410, 30
		many(t, w, like, late, "2026-11-30")
		long := many(t, w, like, over, "2026-11-27")
		w.days(8) // 2026-12-01: one day late, and four; the first one is a week late
		killed, stop := context.WithCancel(ctx)
		batches := 0
		hook(t, w, func(g *gorm.DB) { // the second batch dies before it can keep its place
			_, update := g.Statement.Dest.(map[string]any)
			if update && g.Statement.Table == "delay_nights" && g.Statement.Context.Done() == killed.Done() {
				if batches++; batches == 2 {
					stop()
				}
			}
		})
		require.Error(t, w.plan.LookForDelays(killed))
		night, ok, err := model.NightOf(ctx, w.DB, w.Today())
		require.NoError(t, err)
		require.True(t, ok)
		require.Nil(t, night.FinishedAt)
		require.EqualValues(t, 200, night.Seen, "one batch is done")
		for _, err := range testkit.Race(2, func(int) error { return w.plan.LookForDelays(ctx) }) {
			require.NoError(t, err)
		}
		night, _, err = model.NightOf(ctx, w.DB, w.Today())
		require.NoError(t, err)
		require.NotNil(t, night.FinishedAt)
		require.EqualValues(t, late+over+1, night.Seen, "each project once")
		require.EqualValues(t, over+1, night.Raised)
		var notices, alerts, marked int64
		conn := func() *gorm.DB { return w.DB.Conn(ctx) }
		require.NoError(t, conn().Model(&model.Notice{}).Count(&notices).Error)
		require.NoError(t, conn().Model(&caremodel.Alert{}).Count(&alerts).Error)
		require.NoError(t, conn().Model(&projects.Project{}).Where("days_late = 1").Count(&marked).Error)
		require.EqualValues(t, over+1, notices)
		require.EqualValues(t, over+1, alerts)
		require.EqualValues(t, late, marked)
		require.Equal(t, 4, w.Reread(t, projects.Project{ID: long[0]}).DaysLate)
	})
}

// hook runs fn before every statement of a transaction.
func hook(t *testing.T, w *world, fn func(*gorm.DB)) {
	t.Helper()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		c := tx.Conn(ctx).Callback()
		for _, err := range []error{
			c.Query().Before("gorm:query").Register("hook", fn), c.Update().Before("gorm:update").Register("hook", fn),
			c.Create().Before("gorm:create").Register("hook", fn), c.Row().Before("gorm:row").Register("hook", fn),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func TestABatchOfTheNightTakesFewStatements(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, like := t.Context(), w.underway(t)
		many(t, w, like, 390, "2026-11-24")
		w.days(6)
		require.NoError(t, w.plan.LookForDelays(ctx)) // raises
		w.days(1)
		n := 0
		hook(t, w, func(*gorm.DB) { n++ })
		require.NoError(t, w.plan.LookForDelays(ctx))
		require.LessOrEqual(t, n, 25, "391 projects, two batches")
	})
}

func TestHotReadsOfPlansUseTheirIndexes(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, like := t.Context(), w.underway(t)
		many(t, w, like, 60, "2026-11-24")
		w.days(6)
		require.NoError(t, w.plan.LookForDelays(ctx))
		many(t, w, like, 600, "2027-06-01") // so that an index is worth its while to every optimizer
		if k.DB.Dialect() == db.MySQL {
			require.NoError(t, k.DB.Conn(ctx).Exec("ANALYZE TABLE projects").Error)
		}
		w.close(t, "2026-12-24", "2026-12-25")
		for _, read := range []struct {
			name, index, table string
			run                func(r db.Reader) error
		}{
			{"late projects", "project_due", "projects", func(r db.Reader) error {
				_, err := projects.LateProjects(ctx, r, "2026-11-29", projects.DuePlace{Due: "2026-11-24", ID: like.ID}, 20)
				return err
			}},
			{"plans behind the calendar", "project_calendar", "projects", func(r db.Reader) error {
				_, err := projects.BehindCalendar(ctx, r, projects.Active, 1, projects.DueRevision{}, 50)
				return err
			}},
			{"the calendar", "site_closure_end", "site_closures", func(r db.Reader) error {
				_, err := model.LoadCalendar(ctx, r, "2026-11-24", "")
				return err
			}},
			{"notices", "delay_notice", "delay_notices", func(r db.Reader) error { _, err := model.Notices(ctx, r, like.ID); return err }},
			{"phases that are due", "project_phase_due", "project_phases", func(r db.Reader) error { _, err := model.DuePhases(ctx, r, "2026-12-24", 50); return err }},
			{"completed stages", "project_stage_completed", "project_stages", func(r db.Reader) error {
				_, err := projects.OnTime(ctx, r, w.manager, "2026-11-01", "2026-11-30", projects.OnTimeByStage)
				return err
			}},
		} {
			plan := explain(t, w, read.table, func() error { return read.run(w.DB) })
			require.Contains(t, plan, read.index, read.name)
		}
	})
}

// explain renders the plan of the first statement over the table that fn makes.
func explain(t *testing.T, w *world, table string, fn func() error) string {
	t.Helper()
	for _, s := range w.Reads(t, func() { require.NoError(t, fn()) }) {
		if strings.Contains(s.SQL, table) {
			return w.Explain(t, s)
		}
	}
	t.Fatalf("no statement over %s", table)
	return ""
}
