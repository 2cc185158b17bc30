package diary_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/once"
	projects "guike/model/project"
	model "guike/model/project/diary"
	"guike/model/project/plan"
	"guike/model/project/quality"
	"guike/model/settings"
	"guike/service/project"
	"guike/service/project/diary"
	"guike/testkit"
)

func TestMissingLogIsTold(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		silent, late, posted := w.begin(t), w.begin(t), w.begin(t)
		w.look(t, 1) // the days before
		w.log(t, posted, "量房完成", "出图", 1)
		w.at(t, "2026-11-23 19:59")
		w.look(t, 1)
		require.Empty(t, w.Tasks(t, silent, model.MissingLog))
		w.at(t, "2026-11-23 20:00")
		w.look(t, 2)
		w.look(t, 1)
		require.Len(t, w.Tasks(t, silent, model.MissingLog), 1)
		task := w.Tasks(t, silent, model.MissingLog)[0]
		require.Equal(t, w.manager.ID, task.OwnerID)
		require.Equal(t, care.Open, task.State)
		require.Contains(t, task.Reason, "2026-11-23")
		require.Empty(t, w.Tasks(t, posted, model.MissingLog))

		w.at(t, "2026-11-24 01:30")
		w.log(t, late, "夜里补记", "", 1) // the business day ends at 04:00
		require.Equal(t, care.Done, w.Tasks(t, late, model.MissingLog)[0].State)

		w.at(t, "2026-11-24 08:00")
		w.log(t, silent, "又一天", "", 1)
		require.Equal(t, care.Open, w.Tasks(t, silent, model.MissingLog)[0].State, "today's log does not hide that yesterday's is missing")
		w.at(t, "2026-11-24 09:00")
		w.look(t, 2)
		require.Len(t, w.Tasks(t, silent, model.MissingLogManager), 1)
		told := w.Tasks(t, silent, model.MissingLogManager)[0]
		require.Equal(t, actor.StoreManager, told.OwnerRole)
		require.Equal(t, w.Shop.ID, told.StoreID)
		require.Empty(t, w.Tasks(t, late, model.MissingLogManager))
		require.Empty(t, w.Tasks(t, posted, model.MissingLogManager))

		w.log(t, silent, "又一天,补充", "", 1)
		require.Equal(t, care.Done, w.Tasks(t, silent, model.MissingLog)[0].State, "the feed speaks again")
		require.Equal(t, care.Done, w.Tasks(t, silent, model.MissingLogManager)[0].State)
	})
}

func TestAlarmsAfterAStandstill(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p := w.begin(t)
		w.look(t, 1)
		w.at(t, "2026-11-25 21:00") // Wednesday evening, after more than 48 hours
		w.look(t, 2)
		w.look(t, 2)
		var days []string
		for _, task := range w.Tasks(t, p, model.MissingLog) {
			days = append(days, strings.Split(task.Cause, ":")[2])
		}
		require.ElementsMatch(t, []string{"2026-11-23", "2026-11-24", "2026-11-25"}, days, "each missed day once")
		require.Len(t, w.Tasks(t, p, model.MissingLogManager), 2, "of Wednesday the store manager hears on Thursday")
	})
}

func TestSilenceThatIsNoMistake(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		paused, designing, planned := w.begin(t), w.begin(t), w.begin(t)
		require.NoError(t, w.Complete(t, designing, "measure"))
		w.Start(t, designing, "design")
		require.NoError(t, w.Complete(t, planned, "measure"))
		w.look(t, 1)
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			p, err := projects.LockTx(ctx, tx, w.admin, paused.ID)
			if err != nil {
				return err
			}
			p.PausedAt, p.PauseReason = &tx.Now, "客户出国"
			if err := projects.SavePauseTx(ctx, tx, &p); err != nil {
				return err
			}
			pause := plan.Pause{ProjectID: p.ID, Reason: "客户出国"}
			return plan.AddPauseTx(ctx, tx, &pause)
		})
		w.at(t, "2026-11-24 20:30")
		w.look(t, 1)
		require.Empty(t, w.Tasks(t, paused, model.MissingLog))
		for name, p := range map[string]projects.Project{"designing": designing, "between stages": planned} {
			tasks := w.Tasks(t, p, model.MissingLog)
			require.Len(t, tasks, 1, name)
			require.Contains(t, tasks[0].Cause, "2026-11-23", name+": on Monday it was still measured")
		}
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return settings.PutTx(ctx, tx, diary.LogFreeSetting, "measure")
		})
		w.at(t, "2026-11-25 20:30")
		w.look(t, 1)
		require.Len(t, w.Tasks(t, designing, model.MissingLog), 2, "which stages owe no log is policy")
	})
}

func TestNoAlarmOnADayOff(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p := w.begin(t)
		w.look(t, 1)
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return db.Insert(ctx, tx, &plan.Closure{ID: id.New(), FromDay: "2026-11-23", ToDay: "2026-11-23", Name: "停工", AddedIn: 1, CreatedAt: tx.Now})
		})
		w.at(t, "2026-11-24 21:00")
		w.look(t, 1)
		tasks := w.Tasks(t, p, model.MissingLog)
		require.Len(t, tasks, 1)
		require.Contains(t, tasks[0].Cause, "2026-11-24")
	})
}

func TestOneStuckProjectHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		first, second := w.begin(t), w.begin(t)
		w.look(t, 1)
		engine := w.alarms
		engine.broken = first.ID
		w.at(t, "2026-11-23 20:00")
		require.ErrorContains(t, w.LogAlarms(t.Context()), "broken on purpose")
		require.Empty(t, w.Tasks(t, first, model.MissingLog))
		require.Len(t, w.Tasks(t, second, model.MissingLog), 1)
		engine.broken = id.ID{}
		w.at(t, "2026-11-24 10:00") // a day later, and resumed where it was stuck
		w.look(t, 1)
		require.Len(t, w.Tasks(t, first, model.MissingLog), 1)
		require.Len(t, w.Tasks(t, first, model.MissingLogManager), 1)
		require.Len(t, w.Tasks(t, second, model.MissingLog), 1)
	})
}

func TestTheStoreManagerHearsOfWhatWasStuckOverNight(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p := w.begin(t)
		w.look(t, 1)
		engine := w.alarms
		engine.broken = p.ID
		w.at(t, "2026-11-23 20:00")
		require.ErrorContains(t, w.LogAlarms(t.Context()), "broken on purpose")
		w.at(t, "2026-11-24 09:00") // the second look falls due while the first is stuck
		require.ErrorContains(t, w.LogAlarms(t.Context()), "is not through")
		engine.broken = id.ID{}
		w.at(t, "2026-11-24 09:30")
		w.look(t, 2)
		w.look(t, 1)
		require.Len(t, w.Tasks(t, p, model.MissingLog), 1)
		require.Len(t, w.Tasks(t, p, model.MissingLogManager), 1)
	})
}

func TestTheStoreManagerHearsOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p := w.begin(t)
		w.look(t, 1)
		w.at(t, "2026-11-23 20:00")
		w.look(t, 1)
		w.at(t, "2026-11-24 09:00")
		w.look(t, 1)
		require.Nil(t, w.Tasks(t, p, model.MissingLog)[0].EscalateAt, "the second look climbs, not the first one's task")
		require.NotNil(t, w.Tasks(t, p, model.MissingLogManager)[0].EscalateAt)
	})
}

func TestNobodyIsToldOfTheSilenceOfWhatIsOver(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p, other := w.begin(t), w.begin(t)
		w.look(t, 1)
		w.at(t, "2026-11-24 20:30")
		w.look(t, 1)
		_, _, err := w.Projects.Cancel(t.Context(), w.admin, project.Cancel{ProjectID: p.ID, Reason: "客户取消"})
		require.NoError(t, err)
		for _, kind := range []string{model.MissingLog, model.MissingLogManager} {
			require.NotEmpty(t, w.Tasks(t, p, kind))
			for _, task := range w.Tasks(t, p, kind) {
				require.Equal(t, care.Done, task.State, "nobody can write a log of it any more")
			}
			require.Equal(t, care.Open, w.Tasks(t, other, kind)[0].State)
		}
		w.at(t, "2026-11-25 09:30")
		w.look(t, 1)
		require.Len(t, w.Tasks(t, p, model.MissingLogManager), 1)
	})
}

func TestMissingInspectionIsTold(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		without, silent, met := w.begin(t), w.begin(t), w.begin(t)
		w.InCharge(t, silent, w.supervisor)
		w.InCharge(t, met, w.supervisor)
		w.look(t, 1)
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return quality.AddInspectionTx(ctx, tx, &quality.Inspection{ProjectID: met.ID, ID: id.New(), Kind: quality.Weekly, Day: "2026-11-25", Summary: "合格"})
		})
		w.at(t, "2026-11-29 20:00") // Sunday
		w.look(t, 2)
		require.Empty(t, w.Tasks(t, without, model.MissingInspection), "no supervisor, no report owed")
		require.Empty(t, w.Tasks(t, met, model.MissingInspection))
		require.Len(t, w.Tasks(t, silent, model.MissingInspection), 1)
		require.Equal(t, w.supervisor.ID, w.Tasks(t, silent, model.MissingInspection)[0].OwnerID)
		w.at(t, "2026-11-30 09:00")
		w.look(t, 2)
		require.Len(t, w.Tasks(t, silent, model.MissingInspectionManager), 1)
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return w.Journal.HeardTx(ctx, tx, w.supervisor, silent.ID, model.BySupervisor)
		})
		require.Equal(t, care.Done, w.Tasks(t, silent, model.MissingInspection)[0].State)
		require.Equal(t, care.Done, w.Tasks(t, silent, model.MissingInspectionManager)[0].State)
	})
}

func TestInspectionBeforeTheManagerHears(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p := w.begin(t)
		w.InCharge(t, p, w.supervisor)
		w.look(t, 1)
		w.at(t, "2026-11-29 20:00")
		w.look(t, 1)
		w.at(t, "2026-11-30 08:00")
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return quality.AddInspectionTx(ctx, tx, &quality.Inspection{ProjectID: p.ID, ID: id.New(), Kind: quality.Weekly, Day: "2026-11-29", Summary: "合格"})
		})
		w.at(t, "2026-11-30 09:00")
		w.look(t, 1)
		require.Empty(t, w.Tasks(t, p, model.MissingInspectionManager))
		require.Equal(t, care.Done, w.Tasks(t, p, model.MissingInspection)[0].State, "what was mended without a word is closed")
	})
}

func TestServiceVisits(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p := w.begin(t)
		w.look(t, 1)
		w.at(t, "2026-12-06 20:30")
		w.look(t, 1)
		require.Empty(t, w.Tasks(t, p, model.MissingVisit), "13 days")
		w.at(t, "2026-12-07 20:00")
		w.look(t, 2)
		require.Len(t, w.Tasks(t, p, model.MissingVisit), 1)
		require.Equal(t, actor.CustomerService, w.Tasks(t, p, model.MissingVisit)[0].OwnerRole)
		w.at(t, "2026-12-08 20:00")
		w.look(t, 1)
		require.Len(t, w.Tasks(t, p, model.MissingVisit), 1, "once for what was due on the 7th")
		require.Len(t, w.Tasks(t, p, model.MissingVisitManager), 1)

		w.visit(t, p)
		require.Equal(t, care.Done, w.Tasks(t, p, model.MissingVisit)[0].State)
		require.Equal(t, care.Done, w.Tasks(t, p, model.MissingVisitManager)[0].State)
		entries := w.Noted(t, p, model.EntryVisit)
		require.Len(t, entries, 1)
		require.Equal(t, "防水高度是否够?\n答复:够", entries[0].Body)
		w.at(t, "2026-12-22 20:00")
		w.look(t, 1)
		require.Len(t, w.Tasks(t, p, model.MissingVisit), 2, "two weeks after the last visit")
	})
}

func TestRecordingAVisit(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t)
		photo := id.New()
		for want, in := range map[string]diary.NewVisit{
			"body.text":     {Text: " "},
			"body.answered": {Text: "x", Answered: strings.Repeat("长", 2001)},
			"body.file_ids": {Text: "x", FileIDs: []id.ID{photo, photo}},
		} {
			in.ProjectID = p.ID
			_, _, err := w.Visited(ctx, w.caller, in)
			require.Equal(t, want, testkit.Location(err))
		}
		in := diary.NewVisit{ProjectID: p.ID, Text: "插座不够", FileIDs: []id.ID{photo}, Once: once.Of("k", "visit", 1)}
		for _, err := range testkit.Race(5, func(int) error { _, _, err := w.Visited(ctx, w.caller, in); return err }) {
			require.NoError(t, err)
		}
		visits, _, err := w.Visits(ctx, w.Boss, p.ID, db.Page{Limit: 20})
		require.NoError(t, err)
		require.Len(t, visits, 1, "once by key")
		require.Len(t, visits[0].Pictures, 1)
		_, _, err = w.Visits(ctx, w.Stranger, p.ID, db.Page{Limit: 20})
		require.Equal(t, "not_found", fault.Code(err))
		_, _, err = w.Visited(ctx, w.Stranger, diary.NewVisit{ProjectID: p.ID, Text: "x"})
		require.Equal(t, "not_found", fault.Code(err))
	})
}

func TestRoundsAreForgotten(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		w.look(t, 1)
		long, lately := k.Clock.Now().AddDate(-1, 0, -1), k.Clock.Now().AddDate(-1, 0, 1)
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			for at, day := range map[*time.Time]clock.Day{&long: "2025-11-20", &lately: "2025-11-24"} {
				if err := db.Insert(ctx, tx, &model.Round{Name: "log", Period: day, DoneAt: at}); err != nil {
					return err
				}
			}
			return nil
		})
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			n, err := w.PruneRoundsTx(ctx, tx, 500)
			require.EqualValues(t, 1, n, "what has been through for a year")
			return err
		})
	})
}
