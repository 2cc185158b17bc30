package plan_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
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

func TestReplan(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.underway(t)
		installation := w.Stage(t, p, "installation")
		err := w.plan.Replan(ctx, w.manager, plan.Replan{
			ProjectID: p.ID, Reason: "客户推迟", Version: p.Version,
			Stages: []plan.StageDays{{"installation", "2026-12-30", "2027-01-03"}, {"acceptance", "2027-01-03", "2027-01-04"}, {"care", "2027-01-05", "2027-02-03"}},
		})
		require.NoError(t, err)
		moved := w.Stage(t, p, "installation")
		require.EqualValues(t, "2027-01-03", moved.PlannedEnd)
		require.Equal(t, 5, moved.PlannedDays)
		require.Equal(t, installation.BaselineEnd, moved.BaselineEnd)
		now := w.Reread(t, p)
		require.EqualValues(t, "2027-01-04", now.PlannedEnd)
		require.Equal(t, p.BaselineEnd, now.BaselineEnd)
		e := w.Noted(t, p, model.EntryPlanChanged)
		require.Len(t, e, 1)
		for _, part := range []string{"安装:" + string(installation.PlannedEnd) + " → 2027-01-03", "预计完工:" + string(p.PlannedEnd) + " → 2027-01-04", "客户推迟"} {
			require.Contains(t, e[0].Body, part)
		}
		sheet, err := w.plan.MySheet(ctx, w.Owner, p.ID)
		require.NoError(t, err)
		require.Len(t, sheet.Changes, 1)
		require.Equal(t, w.manager.Name, sheet.Changes[0].ByName)

		testkit.Fails(t, w.plan.Replan(ctx, w.manager, plan.Replan{
			ProjectID: p.ID, Reason: "x", Version: p.Version, Stages: []plan.StageDays{{"acceptance", "2027-01-05", "2027-01-05"}},
		}), "plan.changed", "version")
	})
}

func TestReplanRefuses(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.underway(t)
		require.NoError(t, w.Complete(t, p, "measure"))
		w.Start(t, p, "design")
		w.close(t, "2026-12-24", "2026-12-25")
		w.days(3) // 2026-11-26
		p = w.Reread(t, p)
		for name, c := range map[string]struct {
			stages      []plan.StageDays
			field, code string
		}{
			"an end before the start":    {[]plan.StageDays{{"design", "2026-12-01", "2026-11-28"}}, "body.stages[0].planned_end", "before_start"},
			"no calendar day":            {[]plan.StageDays{{"design", "2026-11-31", "2026-12-02"}}, "body.stages[0].planned_start", "malformed"},
			"another no calendar day":    {[]plan.StageDays{{"design", "2026-11-25", "1800-01-01"}}, "body.stages[0].planned_end", "malformed"},
			"an unknown stage":           {[]plan.StageDays{{"roof", "2026-11-25", "2026-12-01"}}, "body.stages[0].key", "unknown"},
			"a stage twice":              {[]plan.StageDays{{"sign", "2026-12-02", "2026-12-02"}, {"sign", "2026-12-02", "2026-12-02"}}, "body.stages[1].key", "repeated"},
			"a day that is over":         {[]plan.StageDays{{"design", "2026-11-24", "2026-11-25"}}, "body.stages[0].planned_end", "past"},
			"a day years ahead":          {[]plan.StageDays{{"care", "2032-11-24", "2032-11-25"}}, "body.stages[0].planned_end", "out_of_range"},
			"a stage of years":           {[]plan.StageDays{{"care", "2027-01-24", "2029-11-25"}}, "body.stages[0].planned_end", "too_long"},
			"an end on a closed day":     {[]plan.StageDays{{"production", "2026-12-03", "2026-12-24"}}, "body.stages[0].planned_end", "closed"},
			"an overlap with the next":   {[]plan.StageDays{{"design", "2026-11-25", "2026-12-03"}}, "body.stages[0]", "overlap"},
			"an overlap with the former": {[]plan.StageDays{{"sign", "2026-11-30", "2026-11-30"}}, "body.stages[0]", "overlap"},
			"nothing new":                {[]plan.StageDays{{"design", "2026-11-25", "2026-12-01"}}, "body.stages", "unchanged"},
			"nothing at all":             {nil, "body.stages", "count"},
		} {
			err := w.plan.Replan(ctx, w.manager, plan.Replan{ProjectID: p.ID, Reason: "x", Version: p.Version, Stages: c.stages})
			require.Error(t, err, name)
			testkit.Fails(t, err, "input.invalid", c.field, c.code)
		}
		ok := []plan.StageDays{{"design", "2026-11-25", "2026-12-02"}}
		testkit.Fails(t, w.plan.Replan(ctx, w.manager, plan.Replan{ProjectID: p.ID, Reason: " ", Version: p.Version, Stages: ok}), "input.invalid", "body.reason")
		testkit.Fails(t, w.plan.Replan(ctx, w.manager, plan.Replan{
			ProjectID: p.ID, Reason: "x", Version: p.Version, Stages: []plan.StageDays{{"measure", "2026-11-23", "2026-11-30"}},
		}), "plan.stage_completed")
		require.Equal(t, fault.Missing(), w.plan.Replan(ctx, w.Stranger, plan.Replan{ProjectID: p.ID, Reason: "x", Version: p.Version, Stages: ok}))
		require.Equal(t, p, w.Reread(t, p), "nothing half done")

		_, _, err := w.plan.Pause(ctx, w.manager, plan.Pause{ProjectID: p.ID, Reason: "x"})
		require.NoError(t, err)
		testkit.Fails(t, w.plan.Replan(ctx, w.manager, plan.Replan{ProjectID: p.ID, Reason: "x", Version: w.Reread(t, p).Version, Stages: ok}), "project.paused")
		_, _, err = w.Projects.Cancel(ctx, w.manager, project.Cancel{ProjectID: p.ID, Reason: "x"})
		require.NoError(t, err)
		testkit.Fails(t, w.plan.Replan(ctx, w.manager, plan.Replan{ProjectID: p.ID, Reason: "x", Version: w.Reread(t, p).Version, Stages: ok}), "project.cancelled")
	})
}

func TestTwoReplanAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.underway(t)
		for round := range testkit.Rounds() {
			p = w.Reread(t, p)
			end := clock.Day("2026-12-30").Plus(round)
			errs := testkit.Race(2, func(i int) error {
				return w.plan.Replan(ctx, w.manager, plan.Replan{
					ProjectID: p.ID, Reason: "x", Version: p.Version, Stages: []plan.StageDays{{"care", "2026-12-30", string(end.Plus(30 * i).Plus(1))}},
				})
			})
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
					continue
				}
				testkit.Fails(t, err, "plan.changed", "version")
			}
			require.Equal(t, 1, won, round)
		}
	})
}

func TestExpedite(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.underway(t)
		centre := k.Staff(t, actor.ExperienceCentre, k.Store(t), actor.All)
		centre.Name = "陈敏"
		before, next := w.Stage(t, p, "production"), w.Stage(t, p, "quality_check") // 2026-12-03 to 2026-12-22
		key := once.Of("k", "plan-expedite", "x")
		for i := range 2 {
			_, replayed, err := w.plan.Expedite(ctx, centre, plan.Expedite{ProjectID: p.ID, Stage: "production", NewEnd: "2026-12-14", Reason: "婚期提前", Once: key})
			require.NoError(t, err)
			require.Equal(t, i > 0, replayed)
		}
		after := w.Stage(t, p, "production")
		require.Equal(t, before.PlannedStart, after.PlannedStart)
		require.EqualValues(t, "2026-12-14", after.PlannedEnd)
		require.Equal(t, 12, after.PlannedDays, "20 days became 12")
		require.Equal(t, next.PlannedStart.Plus(-8), w.Stage(t, p, "quality_check").PlannedStart)
		require.Equal(t, p.PlannedEnd.Plus(-8), w.Reread(t, p).PlannedEnd)
		e := w.Noted(t, p, model.EntryExpedited)
		require.Len(t, e, 1)
		require.Contains(t, e[0].Body, "批准人:陈敏")
		require.Contains(t, e[0].Body, "婚期提前")
		for name, c := range map[string]struct{ stage, end, field, code string }{
			"later":          {"production", "2026-12-14", "body.new_end", "not_earlier"},
			"before it runs": {"production", "2026-12-01", "body.new_end", "before_start"},
			"unknown":        {"roof", "2026-12-01", "body.stage", "unknown"},
			"no day":         {"production", "soon", "body.new_end", "malformed"},
		} {
			_, _, err := w.plan.Expedite(ctx, centre, plan.Expedite{ProjectID: p.ID, Stage: c.stage, NewEnd: c.end, Reason: "x"})
			require.Error(t, err, name)
			testkit.Fails(t, err, "input.invalid", c.field, c.code)
		}
		require.NoError(t, w.Complete(t, p, "measure"))
		_, _, err := w.plan.Expedite(ctx, centre, plan.Expedite{ProjectID: p.ID, Stage: "measure", NewEnd: "2026-11-23", Reason: "x"})
		testkit.Fails(t, err, "plan.stage_completed")
	})
}

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.underway(t)
		before, err := projects.Stages(ctx, w.DB, p.ID)
		require.NoError(t, err)
		_, _, err = w.plan.Resume(ctx, w.manager, plan.Pause{ProjectID: p.ID})
		testkit.Fails(t, err, "project.not_paused")
		_, _, err = w.plan.Pause(ctx, w.manager, plan.Pause{ProjectID: p.ID})
		testkit.Fails(t, err, "input.invalid", "body.reason")
		_, _, err = w.plan.Pause(ctx, w.manager, plan.Pause{ProjectID: p.ID, Reason: "客户出国"})
		require.NoError(t, err)
		_, _, err = w.plan.Pause(ctx, w.manager, plan.Pause{ProjectID: p.ID, Reason: "又"})
		testkit.Fails(t, err, "project.paused")

		for _, move := range []func() error{
			func() error {
				_, _, err := w.Projects.CompleteStage(ctx, w.manager, project.StageRef{ProjectID: p.ID, Key: "measure"})
				return err
			},
			func() error {
				_, _, err := w.Projects.StartStage(ctx, w.manager, project.StageRef{ProjectID: p.ID, Key: "design"})
				return err
			},
		} {
			f, ok := fault.Of(move())
			require.True(t, ok)
			require.Equal(t, "stage.conditions_unmet", f.Code)
			codes := []string{}
			for _, field := range f.Fields {
				codes = append(codes, field.Code)
			}
			require.Contains(t, codes, "project_paused")
		}
		d, err := w.Projects.Mine(ctx, w.Owner, p.ID)
		require.NoError(t, err)
		require.True(t, d.Paused())
		require.Equal(t, "客户出国", d.PauseReason)

		w.days(5)
		d, err = w.Projects.Mine(ctx, w.Owner, p.ID)
		require.NoError(t, err)
		require.Equal(t, p.PlannedEnd.Plus(5), d.Outlook.ForecastEnd, "if it went on today")
		w.close(t, "2026-11-30", "2026-12-01") // inside the pause
		w.days(5)                              // 2026-12-03: eight working days lost
		_, _, err = w.plan.Resume(ctx, w.manager, plan.Pause{ProjectID: p.ID, Reason: "客户已回国"})
		require.NoError(t, err)
		after, err := projects.Stages(ctx, w.DB, p.ID)
		require.NoError(t, err)
		require.Equal(t, before[0].PlannedStart, after[0].PlannedStart, "it had begun")
		for i := range after {
			require.Equal(t, before[i].PlannedEnd.Plus(10), after[i].PlannedEnd, "eight working days, and the closure")
			require.Equal(t, before[i].BaselineEnd, after[i].BaselineEnd)
		}
		now := w.Reread(t, p)
		require.False(t, now.Paused())
		require.Empty(t, now.PauseReason)
		pauses, err := model.Pauses(ctx, w.DB, p.ID)
		require.NoError(t, err)
		require.Len(t, pauses, 1)
		require.Equal(t, 8, pauses[0].Days)
		require.NotNil(t, pauses[0].UntilAt)
		require.Len(t, w.Noted(t, p, model.EntryPaused), 1)
		require.Len(t, w.Noted(t, p, model.EntryResumed), 1)
		require.NoError(t, w.Complete(t, p, "measure"))
	})
}

func TestForecast(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t)
		outlook := func() project.Outlook {
			d, err := w.Projects.Mine(ctx, w.Owner, p.ID)
			require.NoError(t, err)
			return d.Outlook
		}
		require.Equal(t, p.PlannedEnd, outlook().ForecastEnd, "as planned")
		w.days(3) // nothing has begun: measuring was to start three days ago
		o := outlook()
		require.Zero(t, o.DaysLate, "no stage is under way")
		require.EqualValues(t, "2026-11-27", o.Forecast[0])
		require.Equal(t, p.PlannedEnd.Plus(3), o.ForecastEnd)
		w.Start(t, p, "measure")
		w.days(1)
		o = outlook()
		require.EqualValues(t, "2026-11-27", o.Forecast[0], "its second day is today")
		require.Equal(t, 3, o.DaysLate)
		require.NoError(t, w.Complete(t, p, "measure"))
		w.Start(t, p, "design")
		o = outlook()
		require.True(t, o.Forecast[0].IsZero(), "completed")
		require.EqualValues(t, "2026-12-03", o.Forecast[1], "seven days from today")
		require.Equal(t, p.PlannedEnd, w.Reread(t, p).PlannedEnd, "plans do not move by themselves")
	})
}

func TestPhases(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.underway(t)
		add := func(f plan.PhaseForm) (plan.PhaseResult, error) {
			r, _, err := w.plan.AddPhase(ctx, w.manager, p.ID, f, once.Key{})
			return r, err
		}
		r, err := add(plan.PhaseForm{Name: "次卧", AmountFen: 2_800_000, DeferredUntil: "2026-12-20"})
		require.NoError(t, err)
		for name, c := range map[string]struct {
			in          plan.PhaseForm
			field, code string
		}{
			"a negative amount":      {plan.PhaseForm{Name: "x", AmountFen: -1}, "body.amount_fen", "out_of_range"},
			"more than the contract": {plan.PhaseForm{Name: "x", AmountFen: 10_000_001}, "body.amount_fen", "over_contract"},
			"no name":                {plan.PhaseForm{AmountFen: 1}, "body.name", "length"},
			"a day that is over":     {plan.PhaseForm{Name: "x", DeferredUntil: "2026-11-23"}, "body.deferred_until", "past"},
			"no day":                 {plan.PhaseForm{Name: "x", DeferredUntil: "later"}, "body.deferred_until", "malformed"},
		} {
			_, err := add(c.in)
			require.Error(t, err, name)
			testkit.Fails(t, err, "input.invalid", c.field, c.code)
		}
		tasks := func() (n int64) {
			require.NoError(t, w.DB.Conn(ctx).Model(&caremodel.Task{}).Where("kind = ? AND project_id = ?", plan.TaskPhase, p.ID).Count(&n).Error)
			return n
		}
		require.NoError(t, w.plan.RemindPhases(ctx))
		require.Zero(t, tasks(), "there is time")
		w.days(13) // 2026-12-06: 14 days before
		for range 2 {
			for _, err := range testkit.Race(2, func(int) error { return w.plan.RemindPhases(ctx) }) {
				require.NoError(t, err)
			}
		}
		require.EqualValues(t, 1, tasks(), "once")
		_, _, err = w.plan.MovePhase(ctx, w.manager, plan.PhaseMove{ProjectID: p.ID, PhaseID: r.PhaseID, To: model.PhaseDeferred, Until: "2027-02-01"})
		require.NoError(t, err)
		w.days(50)
		require.NoError(t, w.plan.RemindPhases(ctx))
		require.EqualValues(t, 2, tasks(), "of the new day once more")

		ph, err := w.plan.Phase(ctx, r)
		require.NoError(t, err)
		_, err = w.plan.ChangePhase(ctx, w.manager, plan.ChangePhase{ProjectID: p.ID, PhaseID: r.PhaseID, Name: "书房", AmountFen: 3_000_000, Version: ph.Version - 1})
		testkit.Fails(t, err, "phase.changed", "version")
		_, err = w.plan.ChangePhase(ctx, w.manager, plan.ChangePhase{ProjectID: p.ID, PhaseID: r.PhaseID, Name: "书房", AmountFen: 3_000_000, Version: ph.Version})
		require.NoError(t, err)
		errs := testkit.Race(2, func(i int) error {
			_, _, err := w.plan.MovePhase(ctx, w.manager, plan.PhaseMove{
				ProjectID: p.ID, PhaseID: r.PhaseID, To: []model.PhaseState{model.PhaseReleased, model.PhaseCancelled}[i], Reason: "客户决定",
			})
			return err
		})
		require.NotEqual(t, errs[0] == nil, errs[1] == nil, "%v", errs)
		for _, err := range errs {
			if err != nil {
				testkit.Fails(t, err, "phase.ended", "state")
			}
		}
		_, err = w.plan.Phases(ctx, w.Stranger, p.ID)
		require.Equal(t, fault.Missing(), err)
		_, money, err := w.plan.MyPhases(ctx, w.Guest, p.ID)
		require.NoError(t, err)
		require.False(t, money, "guests see no money")
		_, money, err = w.plan.MyPhases(ctx, w.Owner, p.ID)
		require.NoError(t, err)
		require.True(t, money)
	})
}

func TestOnTimeRates(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p, other := t.Context(), w.underway(t), w.underway(t)
		require.NoError(t, w.Complete(t, p, "measure")) // on time
		w.days(3)
		require.NoError(t, w.Complete(t, other, "measure")) // 2026-11-26: late
		w.Start(t, other, "design")
		rows, err := w.plan.OnTime(ctx, w.manager, "2026-11-01", "2026-11-30", projects.OnTimeByStage)
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.Equal(t, projects.OnTimeRow{StageKey: "measure", Completed: 2, OnTime: 1, Baselined: 2, OnBaseline: 1}, rows[0].OnTimeRow)
		rows, err = w.plan.OnTime(ctx, w.manager, "2026-11-24", "2026-11-30", projects.OnTimeByPerson)
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.Equal(t, w.manager.ID, rows[0].AnsweredBy)
		require.Equal(t, w.manager.Name, rows[0].Name)
		require.EqualValues(t, 1, rows[0].Completed)
		rows, err = w.plan.OnTime(ctx, w.manager, "2026-11-01", "2026-11-30", projects.OnTimeByStore)
		require.NoError(t, err)
		require.Equal(t, w.Shop.ID, rows[0].StoreID)
		require.NotEmpty(t, rows[0].Name)
		for _, by := range []projects.OnTimeGroup{projects.OnTimeByStore, projects.OnTimeByTeam} {
			rows, err = w.plan.OnTime(ctx, w.Stranger, "2026-11-01", "2026-11-30", by)
			require.NoError(t, err)
			require.Empty(t, rows, "another store's")
		}
		rows, err = w.plan.OnTime(ctx, w.Stranger, "2026-11-01", "2026-11-30", projects.OnTimeByStore)
		require.NoError(t, err)
		require.Empty(t, rows, "another store's")

		_, _, err = w.Projects.ReopenStage(ctx, w.manager, project.StageRef{ProjectID: p.ID, Key: "measure", Reason: "量错了"})
		require.NoError(t, err)
		rows, err = w.plan.OnTime(ctx, w.manager, "2026-11-01", "2026-11-30", projects.OnTimeByStage)
		require.NoError(t, err)
		require.EqualValues(t, 1, rows[0].Completed, "what is open again is not completed")
		for _, c := range []struct{ from, to, field string }{{"2026-11-30", "2026-11-01", "query.to"}, {"2026-01-01", "2027-01-02", "query.to"}, {"x", "2026-11-01", "query.from"}} {
			_, err = w.plan.OnTime(ctx, w.manager, c.from, c.to, projects.OnTimeByStage)
			testkit.Fails(t, err, "input.invalid", c.field)
		}
	})
}

// A team is the people of one role who work for one store (C19).
func TestOnTimeRatesByTeam(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx := t.Context()
		first, second := w.Hire(t, "林设计", actor.Designer, actor.Own), w.Hire(t, "陈设计", actor.Designer, actor.Own)
		for i, designer := range []actor.Actor{first, second, {}} {
			p := w.underway(t)
			if !designer.ID.IsZero() { // else the manager answers
				w.InCharge(t, p, designer)
			}
			w.days(2 * i) // 0, 2, 6 days: two were planned
			require.NoError(t, w.Complete(t, p, "measure"))
		}
		rows, err := w.plan.OnTime(ctx, w.manager, "2026-11-01", "2026-12-31", projects.OnTimeByTeam)
		require.NoError(t, err)
		require.Len(t, rows, 2)
		require.Equal(t, projects.OnTimeRow{Role: actor.Designer, StoreID: w.Shop.ID, Completed: 2, OnTime: 1, Baselined: 2, OnBaseline: 1}, rows[0].OnTimeRow, "both designers are one team")
		require.Equal(t, w.Shop.Name+" · 设计师", rows[0].Name)
		require.Equal(t, w.manager.Role, rows[1].Role)
		require.EqualValues(t, 1, rows[1].Completed)
	})
}

func TestReopeningNeedsAReason(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.underway(t)
		require.NoError(t, w.Complete(t, p, "measure"))
		_, _, err := w.Projects.ReopenStage(ctx, w.manager, project.StageRef{ProjectID: p.ID, Key: "measure", Reason: "  "})
		testkit.Fails(t, err, "input.invalid", "body.reason")
		_, _, err = w.Projects.ReopenStage(ctx, w.manager, project.StageRef{ProjectID: p.ID, Key: "measure", Reason: "误点完成"})
		require.NoError(t, err)
		e := w.Noted(t, p, projects.EntryStageReopened)
		require.Len(t, e, 1)
		require.Equal(t, "误点完成", e[0].Body)
		st := w.Stage(t, p, "measure")
		require.True(t, st.CompletedOn.IsZero())
		require.True(t, st.AnsweredBy.IsZero())
	})
}

func TestGuestsReadNoMoney(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.underway(t)
		w.days(6)
		require.NoError(t, w.plan.LookForDelays(ctx))
		_, _, err := w.plan.Confirm(ctx, w.manager, plan.Decision{NoticeID: w.notices(t, p)[0].ID, Reason: "到货晚", NewEnd: "2026-12-05"})
		require.NoError(t, err)
		for who, sees := range map[id.ID]bool{w.Owner.ID: true, w.Guest.ID: false} {
			who := actor.Actor{Kind: actor.Customer, ID: who}
			line, err := w.Projects.MyTimeline(ctx, who, p.ID, db.Page{Limit: 20})
			require.NoError(t, err)
			for _, e := range line.Entries {
				if e.Kind == model.EntryDelay {
					require.Contains(t, e.Body, "到货晚")
					require.Equal(t, sees, containsMoney(e.Body), e.Body)
				}
			}
			sheet, err := w.plan.MySheet(ctx, who, p.ID)
			require.NoError(t, err)
			require.Equal(t, sees, sheet.Money)
			require.Len(t, sheet.Delays, 1)
		}
		_, err = w.plan.MySheet(ctx, actor.Actor{Kind: actor.Customer, ID: id.New()}, p.ID)
		require.Equal(t, fault.Missing(), err)
	})
}

func containsMoney(body string) bool { return projects.WithoutMoney(body) != body }
