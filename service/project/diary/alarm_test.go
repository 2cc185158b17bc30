package diary_test

import (
	"context"
	"fmt"
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
		told := w.task(t, silent, model.ByProjectManager)
		require.Equal(t, task.ID, told.ID, "the task stands for all of it")
		require.Equal(t, w.manager.ID, told.OwnerID, "who is told over somebody's head does not take it off theirs")
		require.Equal(t, w.Shop.ID, told.StoreID)
		owner, up := w.told(t, told)
		require.Equal(t, [2]int{1, 1}, [2]int{owner, up})
		require.Len(t, w.missed(t, silent, model.MissingLogManager), 1)
		require.Empty(t, w.missed(t, late, model.MissingLogManager))
		require.Empty(t, w.missed(t, posted, model.MissingLogManager))

		w.log(t, silent, "又一天,补充", "", 1)
		require.Equal(t, care.Done, w.task(t, silent, model.ByProjectManager).State, "the feed speaks again")
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
		require.Equal(t, []string{"2026-11-23", "2026-11-24", "2026-11-25"}, w.missed(t, p, model.MissingLog), "each missed day once")
		require.Equal(t, []string{"2026-11-23", "2026-11-24"}, w.missed(t, p, model.MissingLogManager), "of Wednesday the store manager hears on Thursday")
		task := w.task(t, p, model.ByProjectManager)
		owner, up := w.told(t, task)
		require.Equal(t, [2]int{3, 2}, [2]int{owner, up}, "of each day once, by one task")
		require.Equal(t, "已有 3 个工作日没有施工日志", task.Title)
	})
}

// A week without a log is one task that grows, of which each is told once a day, and which climbs its
// ladder as one.
func TestOneTaskStandsForALongSilence(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p := w.begin(t)
		w.look(t, 1)
		w.at(t, "2026-11-23 20:00")
		w.look(t, 1)
		first := w.task(t, p, model.ByProjectManager)
		require.Equal(t, "今日施工日志未提交", first.Title)
		for day := 24; day <= 28; day++ {
			w.at(t, fmt.Sprintf("2026-11-%d 09:00", day))
			w.look(t, 2)
			require.NoError(t, w.Care.Escalate(t.Context()))
			w.at(t, fmt.Sprintf("2026-11-%d 20:00", day))
			w.look(t, 2)
			n := day - 22
			task := w.task(t, p, model.ByProjectManager)
			owner, up := w.told(t, task)
			require.Equal(t, [2]int{n, n - 1}, [2]int{owner, up}, "each once for each day")
			require.Equal(t, fmt.Sprintf("已有 %d 个工作日没有施工日志", n), task.Title)
			require.Contains(t, task.Reason, "自 2026-11-23 起")
			require.True(t, task.DueAt.After(w.DB.Now()), "what was to be there yesterday cannot be any more")
		}
		task := w.task(t, p, model.ByProjectManager)
		require.Equal(t, first.ID, task.ID)
		history, err := care.History(t.Context(), w.DB, task.ID)
		require.NoError(t, err)
		climbed := map[actor.Role]int{}
		for _, e := range history {
			if e.What == "escalated" && e.ToRole != actor.StoreManager {
				climbed[e.ToRole]++
			}
		}
		require.Equal(t, map[actor.Role]int{actor.RegionalHead: 1, actor.Management: 1}, climbed, "a new due time does not put them off")

		w.at(t, "2026-11-29 10:00")
		w.look(t, 1)
		w.log(t, p, "水电完成", "", 1)
		require.Equal(t, care.Done, w.task(t, p, model.ByProjectManager).State)
		w.at(t, "2026-12-01 20:00")
		w.look(t, 1)
		again := w.Tasks(t, p, model.MissingLog)
		require.Len(t, again, 2, "another silence is another task")
		require.Equal(t, care.Open, again[1].State)
		days, err := w.Completeness(t.Context(), w.Boss, p.ID, "2026-11-23", "2026-12-01")
		require.NoError(t, err)
		require.Equal(t, [2]int{9, 1}, [2]int{days.Expected, days.Logged}, "every day counts for the score")
	})
}

// Who ends the task by hand while nothing is there does not keep the store manager from hearing of it.
func TestATaskEndedByHandDoesNotHideTheSilence(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p := w.begin(t)
		w.look(t, 1)
		w.at(t, "2026-11-23 20:00")
		w.look(t, 1)
		_, err := w.Care.Complete(t.Context(), w.manager, w.task(t, p, model.ByProjectManager).ID, "no_work_today", "")
		require.NoError(t, err)
		w.at(t, "2026-11-24 09:00")
		w.look(t, 2)
		told := w.Tasks(t, p, model.MissingLogManager)
		require.Len(t, told, 1)
		require.Equal(t, actor.StoreManager, told[0].OwnerRole)
		w.at(t, "2026-11-24 20:00")
		w.look(t, 2)
		require.Len(t, w.Tasks(t, p, model.MissingLog), 1, "the one that ended")
		now := w.Tasks(t, p, model.MissingLogManager)
		require.Len(t, now, 1, "one stands")
		require.Equal(t, w.manager.ID, now[0].OwnerID, "in the evening it is whose log it is")
		w.log(t, p, "补上", "", 1)
		require.Equal(t, care.Done, w.Tasks(t, p, model.MissingLogManager)[0].State)
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
		require.Equal(t, []string{"2026-11-23", "2026-11-25"}, w.missed(t, designing, model.MissingLog), "which stages owe no log is policy")
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
		for _, p := range []projects.Project{first, second} {
			owner, up := w.told(t, w.task(t, p, model.ByProjectManager))
			require.Equal(t, [2]int{1, 1}, [2]int{owner, up})
		}
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
		owner, up := w.told(t, w.task(t, p, model.ByProjectManager))
		require.Equal(t, [2]int{1, 1}, [2]int{owner, up})
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
		require.Nil(t, w.task(t, p, model.ByProjectManager).EscalateAt, "the second look tells them, not the ladder")
		w.at(t, "2026-11-24 09:00")
		w.look(t, 1)
		w.at(t, "2026-11-24 19:00")
		require.NoError(t, w.Care.Escalate(t.Context()))
		task := w.task(t, p, model.ByProjectManager)
		_, up := w.told(t, task)
		require.Equal(t, 1, up, "nor the ladder once more")
		require.EqualValues(t, 1, task.Level)
		w.at(t, "2026-11-25 17:00") // a day after it was due
		require.NoError(t, w.Care.Escalate(t.Context()))
		require.EqualValues(t, 2, w.task(t, p, model.ByProjectManager).Level)
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
		require.Equal(t, care.Done, w.task(t, p, model.ByProjectManager).State, "nobody can write a log of it any more")
		require.Equal(t, care.Open, w.task(t, other, model.ByProjectManager).State)
		require.Len(t, w.missed(t, p, model.MissingLogManager), 1)
		w.at(t, "2026-11-25 09:30")
		w.look(t, 1)
		require.Len(t, w.missed(t, p, model.MissingLogManager), 1)
		w.task(t, p, model.ByProjectManager)
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
		owner, up := w.told(t, w.task(t, silent, model.BySupervisor))
		require.Equal(t, [2]int{1, 1}, [2]int{owner, up})
		w.at(t, "2026-12-06 20:00")
		w.look(t, 2)
		require.Equal(t, "已有 2 周没有监理巡检报告", w.task(t, silent, model.BySupervisor).Title)
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return w.Journal.HeardTx(ctx, tx, w.supervisor, silent.ID, model.BySupervisor)
		})
		require.Equal(t, care.Done, w.task(t, silent, model.BySupervisor).State)
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
		require.Empty(t, w.missed(t, p, model.MissingInspectionManager))
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
		owner, up := w.told(t, w.task(t, p, model.ByService))
		require.Equal(t, [2]int{1, 1}, [2]int{owner, up}, "once for what was due on the 7th")

		w.visit(t, p)
		require.Equal(t, care.Done, w.task(t, p, model.ByService).State)
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
