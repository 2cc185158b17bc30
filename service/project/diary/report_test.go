package diary_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/outbox"
	projects "guike/model/project"
	"guike/model/project/budget"
	model "guike/model/project/diary"
	"guike/model/project/quality"
	"guike/service/project/diary"
	"guike/testkit"
)

func TestWeek(t *testing.T) {
	t.Parallel()
	for sunday, want := range map[clock.Day]string{
		"2026-11-22": "2026-W47", "2027-01-03": "2026-W53", "2026-01-04": "2026-W01", "2027-01-10": "2027-W01",
	} {
		require.Equal(t, want, diary.Week(sunday))
	}
	zh, en := diary.WeekTitle("2026-W05")
	require.Equal(t, "家装周报 · 2026 年第 5 周", zh)
	require.Equal(t, "Home report · week 5 of 2026", en)
}

// lived lets a week pass in a home: measured, designed, logged, inspected, paid.
func lived(t *testing.T, w *world) projects.Project {
	t.Helper()
	p := w.begin(t)
	w.InCharge(t, p, w.supervisor)
	require.NoError(t, w.BuildReports(t.Context()))
	w.at(t, "2026-11-23 18:00")
	w.log(t, p, "量房完成,复尺无误", "出平面图", 2)
	w.at(t, "2026-11-24 18:00")
	w.log(t, p, "补量卫生间", "设计师出图", 9)
	require.NoError(t, w.Complete(t, p, "measure"))
	w.Start(t, p, "design")
	w.visit(t, p)
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		seen := quality.Inspection{ProjectID: p.ID, ID: id.New(), Kind: quality.Weekly, Day: "2026-11-24", StageKey: "measure", Summary: "现场整洁", AuthorID: w.supervisor.ID, AuthorName: "陈监理", AuthorRole: w.supervisor.Role}
		if err := quality.AddInspectionTx(ctx, tx, &seen); err != nil {
			return err
		}
		due := tx.Now.Add(72 * time.Hour).UnixMilli()
		err := quality.AddHazardTx(ctx, tx, &quality.Hazard{
			ProjectID: p.ID, ID: id.New(), InspectionID: seen.ID, StageKey: "measure", Title: "卫生间防水高度需增加 5 厘米", Severity: quality.Medium,
			State: quality.HazardOpen, DueOn: "2026-11-27", OwnerID: w.manager.ID, OwnerName: "李建国", OwnerRole: w.manager.Role, OverdueAt: &due,
		})
		if err != nil {
			return err
		}
		paid := budget.Payment{ProjectID: p.ID, ID: id.New(), Kind: "deposit", AmountFen: 2_000_000, PaidAt: tx.Now, AuthorID: w.manager.ID, EntryID: id.New()}
		return budget.AddPaymentTx(ctx, tx, &paid)
	})
	return p
}

func TestWeeklyReport(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), lived(t, w)
		w.at(t, "2026-11-29 19:59")
		require.NoError(t, w.BuildReports(ctx))
		require.Empty(t, w.Noted(t, p, model.EntryReport))
		w.at(t, "2026-11-29 20:00")
		for _, err := range testkit.Race(2, func(int) error { return w.BuildReports(ctx) }) {
			require.NoError(t, err)
		}
		require.NoError(t, w.BuildReports(ctx))
		entries := w.Noted(t, p, model.EntryReport)
		require.Len(t, entries, 1, "two instances, one report")
		require.Equal(t, "家装周报 · 2026 年第 48 周", entries[0].TitleZH)

		r, err := w.MyReport(ctx, w.Owner, p.ID, "2026-W48")
		require.NoError(t, err)
		require.Equal(t, entries[0].RefID, r.ID)
		require.Equal(t, [...]int{0, 3}, [...]int{r.PercentFrom, r.PercentTo})
		require.Equal(t, "设计", r.Stage)
		require.Equal(t, []diary.StageMove{
			{Key: "measure", Name: "量房", NameEN: "Measuring", What: "started", Day: "2026-11-23"},
			{Key: "measure", Name: "量房", NameEN: "Measuring", What: "completed", Day: "2026-11-24"},
			{Key: "design", Name: "设计", NameEN: "Design", What: "started", Day: "2026-11-24"},
		}, r.Moved)
		require.Len(t, r.Logs, 2)
		require.Equal(t, 2, r.LogsOwed)
		require.Equal(t, "设计师出图", r.NextWords)
		require.Len(t, r.Pictures, 9)
		require.Len(t, r.Inspections, 1)
		require.Equal(t, "李建国", r.Hazards[0].Owner)
		require.Equal(t, clock.Day("2026-11-27"), r.Hazards[0].DueOn)
		require.Len(t, r.Visits, 1)
		require.NotEmpty(t, r.NextStages)
		require.Len(t, r.People, 2)
		require.Equal(t, diary.Budget{ContractFen: 12_800_000, PaidFen: 2_000_000, OpenFen: 10_800_000}, *r.Budget)

		guest, err := w.MyReport(ctx, w.Guest, p.ID, "2026-W48")
		require.NoError(t, err)
		require.Nil(t, guest.Budget, "guests see no money")
		staff, err := w.Report(ctx, w.Boss, p.ID, "2026-W48")
		require.NoError(t, err)
		require.NotNil(t, staff.Budget)
		for name, err := range map[string]error{
			"an outsider":     second(w.MyReport(ctx, w.Outsider, p.ID, "2026-W48")),
			"another store":   second(w.Report(ctx, w.Stranger, p.ID, "2026-W48")),
			"no such week":    second(w.MyReport(ctx, w.Owner, p.ID, "2026-W47")),
			"no such project": second(w.MyReport(ctx, w.Owner, id.New(), "2026-W48")),
		} {
			require.Equal(t, "not_found", fault.Code(err), name)
		}
		w.Files.Withdraw(r.Photos[0])
		r, err = w.MyReport(ctx, w.Owner, p.ID, "2026-W48")
		require.NoError(t, err)
		require.Len(t, r.Pictures, 8, "a withdrawn photo is gone from reports too")
	})
}

func second[T any](_ T, err error) error { return err }

func TestReportsAfterAStandstill(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), lived(t, w)
		w.at(t, "2026-11-29 21:00")
		w.log(t, p, "周日晚上补记", "", 1) // after the report of its week
		w.at(t, "2026-12-14 09:00")  // three Sundays later
		for _, err := range testkit.Race(2, func(int) error { return w.BuildReports(ctx) }) {
			require.NoError(t, err)
		}
		reports, next, err := w.MyReports(ctx, w.Owner, p.ID, db.Page{Limit: 2})
		require.NoError(t, err)
		require.Len(t, reports, 2)
		require.Equal(t, "2026-W50", reports[0].Week)
		require.Empty(t, reports[0].Logs, "built from its own week")
		require.Len(t, reports[1].Logs, 1, "what came on Sunday evening is in the next report")
		reports, _, err = w.Reports(ctx, w.Boss, p.ID, db.Page{Limit: 2, After: next})
		require.NoError(t, err)
		require.Len(t, reports, 1)
		require.Equal(t, "2026-W48", reports[0].Week)
		require.Len(t, reports[0].Logs, 2)
		require.Equal(t, 3, reports[0].PercentTo)
		require.Len(t, w.Noted(t, p, model.EntryReport), 3)
		var owed int64
		require.NoError(t, k.DB.Conn(ctx).Model(&outbox.Event{}).Where("topic = ? AND payload LIKE ?", projects.TopicEntryPosted, "%\"report\"%").Count(&owed).Error)
		require.EqualValues(t, 3, owed, "the home is told of each")
	})
}

func TestDiary(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), lived(t, w)
		d, err := w.MyDiary(ctx, w.Guest, p.ID, "2026-11-01", "2026-11-30", db.Page{Limit: 1})
		require.NoError(t, err)
		require.Len(t, d.Days, 1)
		require.Equal(t, "量房完成,复尺无误", d.Days[0].DoneToday, "oldest first")
		require.Equal(t, "量房", d.Days[0].StageName)
		require.Len(t, d.Days[0].Pictures, 2)
		d, err = w.Diary(ctx, w.Boss, p.ID, "2026-11-01", "2026-11-30", db.Page{Limit: 1, After: d.Next})
		require.NoError(t, err)
		require.Len(t, d.Days, 1)
		require.Len(t, d.Days[0].Pictures, 9)
		require.True(t, d.Next.IsZero())
		_, err = w.MyDiary(ctx, w.Outsider, p.ID, "", "", db.Page{Limit: 1})
		require.Equal(t, "not_found", fault.Code(err))
		_, err = w.MyDiary(ctx, w.Owner, p.ID, "2026-01-01", "2026-11-30", db.Page{Limit: 1})
		require.Equal(t, "query.from", testkit.Location(err))
	})
}

func TestPrintLinks(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), lived(t, w)
		w.at(t, "2026-11-29 20:00")
		require.NoError(t, w.BuildReports(ctx))
		token := func(l diary.PrintLink, err error) string {
			require.NoError(t, err)
			require.Equal(t, k.Clock.Now().Add(15*time.Minute), l.Until)
			return l.URL[strings.LastIndex(l.URL, "/")+1:]
		}
		mine, theirs := token(w.PrintReport(ctx, w.Owner, p.ID, "2026-W48")), token(w.PrintReport(ctx, w.Guest, p.ID, "2026-W48"))
		staff, pages := token(w.PrintReport(ctx, w.Boss, p.ID, "2026-W48")), token(w.PrintDiary(ctx, w.Owner, p.ID, "2026-11-01", "2026-11-30"))
		for name, err := range map[string]error{
			"an outsider":   second(w.PrintReport(ctx, w.Outsider, p.ID, "2026-W48")),
			"no report":     second(w.PrintReport(ctx, w.Owner, p.ID, "2026-W01")),
			"another store": second(w.PrintDiary(ctx, w.Stranger, p.ID, "", "")),
			"no token":      second(w.OpenReport(ctx, "")),
			"a wrong token": second(w.OpenReport(ctx, mine[1:]+"A")),
			"another page":  second(w.OpenReport(ctx, pages)),
		} {
			require.Equal(t, "not_found", fault.Code(err), name)
		}
		k.Clock.Advance(15*time.Minute - time.Millisecond)
		r, err := w.OpenReport(ctx, mine)
		require.NoError(t, err)
		require.NotNil(t, r.Budget)
		r, err = w.OpenReport(ctx, theirs)
		require.NoError(t, err)
		require.Nil(t, r.Budget, "a guest's link shows what the guest sees")
		_, err = w.OpenReport(ctx, staff)
		require.NoError(t, err)
		d, err := w.OpenDiary(ctx, pages)
		require.NoError(t, err)
		require.Len(t, d.Days, 2)

		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return tx.Conn(ctx).Model(&identity.HomeMember{}).Where("customer_id = ?", w.Guest.ID).UpdateColumn("until", tx.Now).Error
		})
		_, err = w.OpenReport(ctx, theirs)
		require.Equal(t, "not_found", fault.Code(err), "who has left the home opens nothing")
		k.Clock.Advance(time.Millisecond)
		_, err = w.OpenReport(ctx, mine)
		require.Equal(t, "not_found", fault.Code(err), "the time is over")
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			n, err := w.PruneLinksTx(ctx, tx, 100)
			require.EqualValues(t, 4, n)
			return err
		})
	})
}

func TestHotReadsUseTheirIndexes(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t)
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			for i := range 60 {
				r := model.Report{ProjectID: p.ID, ID: id.New(), Week: fmt.Sprintf("%04d-W01", 1900+i), FromDay: "2026-01-01", ToDay: "2026-01-07", Format: 1, Content: "{}", EntryID: id.New()}
				if i%2 == 1 {
					r.ProjectID = id.New()
				}
				if err := model.AddReportTx(ctx, tx, &r); err != nil {
					return err
				}
				if _, err := model.MarkTx(ctx, tx, model.Mark{ProjectID: id.New(), What: model.MissingLog, Period: clock.Day("2026-01-01").Plus(i % 7), Round: clock.Day("2026-01-01").Plus(i % 7)}); err != nil {
					return err
				}
			}
			return nil
		})
		for day := range 40 {
			w.log(t, p, fmt.Sprint(day), "", 1)
			k.Clock.Advance(24 * time.Hour)
		}
		reads := k.Reads(t, func() {
			page := db.Page{Limit: 5}
			_, _, err := model.Reports(ctx, k.DB, p.ID, page)
			require.NoError(t, err)
			_, err = model.ReportOfWeek(ctx, k.DB, p.ID, "1902-W01")
			require.NoError(t, err)
			_, next, err := model.LogsPage(ctx, k.DB, p.ID, "2026-11-01", "2027-01-30", page)
			require.NoError(t, err)
			_, _, err = model.LogsPage(ctx, k.DB, p.ID, "2026-11-01", "2027-01-30", db.Page{Limit: 5, After: next})
			require.NoError(t, err)
			_, err = model.OpenMarksOfRound(ctx, k.DB, model.MissingLog, "2026-01-03", id.New(), 5)
			require.NoError(t, err)
			_, err = model.OpenMarks(ctx, k.DB, p.ID, model.MissingLog, model.MissingLogManager)
			require.NoError(t, err)
		})
		require.Len(t, reads, 6)
		for _, s := range reads {
			plan := k.Explain(t, s)
			if k.DB.Dialect() == db.SQLite {
				require.Contains(t, plan, "SEARCH", s.SQL)
				require.NotContains(t, plan, "SCAN", s.SQL)
				continue
			}
			require.Regexp(t, "(?i)type=(ref|range|const)", plan, s.SQL)
		}
	})
}
