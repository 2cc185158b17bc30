package project_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/once"
	model "guike/model/project"
	"guike/model/settings"
	"guike/service/project"
	"guike/testkit"
)

func TestBusinessDay(t *testing.T) {
	t.Parallel()
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, testkit.Zone)
		require.NoError(t, err)
		return v
	}
	require.Equal(t, day("2026-12-01"), model.BusinessDay(at("2026-12-01 04:00"), testkit.Zone))
	require.Equal(t, day("2026-12-01"), model.BusinessDay(at("2026-12-01 23:59"), testkit.Zone))
	require.Equal(t, day("2026-12-01"), model.BusinessDay(at("2026-12-02 01:00"), testkit.Zone))
	require.Equal(t, day("2026-12-01"), model.BusinessDay(at("2026-12-02 03:59"), testkit.Zone))
}

func TestDailyLog(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t, model.Renovation)
		a, b, c := id.New(), id.New(), id.New()
		before := w.Reread(t, p).Version

		first, _, err := w.log(ctx, w.manager, project.NewLog{ProjectID: p.ID, DoneToday: "今日完成水电开槽", PlanTomorrow: "明日进场线管", FileIDs: []id.ID{a, b}})
		require.NoError(t, err)
		require.EqualValues(t, 1, first.Revision)
		require.Greater(t, w.Reread(t, p).Version, before)

		k.Clock.Advance(3 * time.Hour)
		second, _, err := w.log(ctx, w.admin, project.NewLog{ProjectID: p.ID, DoneToday: "改:开槽完成八成", Stage: "tiling", FileIDs: []id.ID{c}})
		require.NoError(t, err)
		require.Equal(t, first.LogID, second.LogID, "the second post of the day edits the first")
		require.EqualValues(t, 2, second.Revision)
		require.Len(t, w.Noted(t, p, model.EntryDailyLog), 1, "and its entry")

		line, err := w.Timeline(ctx, w.manager, p.ID, db.Page{Limit: 20})
		require.NoError(t, err)
		e := line.Entries[0]
		require.Equal(t, "改:开槽完成八成", e.Body)
		require.Equal(t, "管理员", e.AuthorName)
		require.Equal(t, "tiling", e.StageKey)
		require.Equal(t, []project.Picture{{URL: "/f/" + c.String(), ThumbURL: "/t/" + c.String()}}, e.Photos)

		history, err := w.LogHistory(ctx, w.manager, p.ID, first.LogID)
		require.NoError(t, err)
		require.Len(t, history, 2)
		require.Equal(t, "今日完成水电开槽", history[1].DoneToday)
		require.Equal(t, "明日进场线管", history[1].PlanTomorrow)
		require.Equal(t, w.manager.Name, history[1].AuthorName)
		require.Len(t, history[1].Photos, 2)
		require.True(t, history[0].ReplacedAt.IsZero())
		require.Equal(t, testkit.Start, history[1].WrittenAt.UTC())
		require.Equal(t, 2, w.Owed(t, p, model.TopicDailyLogPosted))

		k.Clock.Advance(24 * time.Hour)
		third, _, err := w.log(ctx, w.manager, project.NewLog{ProjectID: p.ID, DoneToday: "布管"})
		require.NoError(t, err)
		require.NotEqual(t, first.LogID, third.LogID, "another day, another log")
		require.Len(t, w.Noted(t, p, model.EntryDailyLog), 2)
	})
}

func TestDailyLogRefuses(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p, twice := w.begin(t, model.Renovation), id.New()
		for name, in := range map[string]project.NewLog{
			"body.done_today":    {DoneToday: " \n "},
			"body.plan_tomorrow": {DoneToday: "x", PlanTomorrow: strings.Repeat("长", 2001)},
			"body.stage":         {DoneToday: "x", Stage: "production"},
			"body.file_ids":      {DoneToday: "x", FileIDs: []id.ID{twice, twice}},
		} {
			in.ProjectID = p.ID
			_, _, err := w.log(t.Context(), w.manager, in)
			f, ok := fault.Of(err)
			require.True(t, ok, name)
			require.Equal(t, name, f.Fields[0].Location)
		}
		_, _, err := w.log(t.Context(), w.manager, project.NewLog{ProjectID: p.ID, DoneToday: strings.Repeat("长", 2000), PlanTomorrow: strings.Repeat("𠮷", 2000)})
		require.NoError(t, err, "the limits count characters, not bytes")
		for _, who := range []struct {
			name string
			err  error
		}{
			{"a stranger", func() error {
				_, _, err := w.log(t.Context(), w.Stranger, project.NewLog{ProjectID: p.ID, DoneToday: "x"})
				return err
			}()},
			{"nothing", func() error {
				_, _, err := w.log(t.Context(), w.manager, project.NewLog{ProjectID: id.New(), DoneToday: "x"})
				return err
			}()},
		} {
			require.Equal(t, "not_found", fault.Code(who.err), who.name)
		}
	})
}

func TestTwoLogsOfADayAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		for range testkit.Rounds() {
			p := w.begin(t, model.Renovation)
			errs := testkit.Race(2, func(i int) error {
				text := []string{"one", "two"}[i]
				_, _, err := w.log(t.Context(), w.manager, project.NewLog{ProjectID: p.ID, DoneToday: text, Once: once.Of(text+p.No, "log", text)})
				return err
			})
			require.Equal(t, 2, testkit.Succeeded(errs), errs)
			require.Len(t, w.Noted(t, p, model.EntryDailyLog), 1)
			l, ok, err := model.LogOfDay(t.Context(), k.DB, p.ID, "2026-11-23")
			require.NoError(t, err)
			require.True(t, ok)
			require.EqualValues(t, 2, l.Version)
			former, err := model.Revisions(t.Context(), k.DB, p.ID, l.ID)
			require.NoError(t, err)
			require.Len(t, former, 1)
			require.NotEqual(t, l.DoneToday, former[0].DoneToday, "nobody's text is lost")
		}
	})
}

func TestOneLogSentFiveTimes(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		for range testkit.Rounds() {
			p := w.begin(t, model.Renovation)
			key := once.Of(p.ID.String(), "log", 1)
			errs := testkit.Race(5, func(int) error {
				r, _, err := w.log(t.Context(), w.manager, project.NewLog{ProjectID: p.ID, DoneToday: "x", FileIDs: []id.ID{p.ID}, Once: key})
				require.EqualValues(t, 1, max(r.Revision, 1))
				return err
			})
			require.Equal(t, 5, testkit.Succeeded(errs), errs)
			require.Equal(t, 1, w.Owed(t, p, model.TopicDailyLogPosted))
			require.Len(t, w.Noted(t, p, model.EntryDailyLog), 1)
		}
	})
}

func TestWeatherAndHandsAreKeptInTheHistory(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p, four, none := t.Context(), w.begin(t, model.Renovation), 4, 0
		r, _, err := w.log(ctx, w.manager, project.NewLog{ProjectID: p.ID, DoneToday: "开槽", PlanTomorrow: "布管", Weather: " rain ", Hands: &four})
		require.NoError(t, err)
		line, err := w.Timeline(ctx, w.manager, p.ID, db.Page{Limit: 1})
		require.NoError(t, err)
		require.Equal(t, "开槽\n明日计划:布管\n天气:雨 · 现场 4 人", line.Entries[0].Body)
		_, _, err = w.log(ctx, w.manager, project.NewLog{ProjectID: p.ID, DoneToday: "停工一天", Weather: "台风过境", Hands: &none})
		require.NoError(t, err)
		history, err := w.LogHistory(ctx, w.manager, p.ID, r.LogID)
		require.NoError(t, err)
		require.Equal(t, []string{"台风过境", "rain"}, []string{history[0].Weather, history[1].Weather})
		require.Equal(t, []int{0, 4}, []int{*history[0].Hands, *history[1].Hands})
		_, _, err = w.log(ctx, w.manager, project.NewLog{ProjectID: p.ID, DoneToday: "不说"})
		require.NoError(t, err)
		history, err = w.LogHistory(ctx, w.manager, p.ID, r.LogID)
		require.NoError(t, err)
		require.Empty(t, history[0].Weather)
		require.Nil(t, history[0].Hands)

		tooMany, below := 501, -1
		for want, in := range map[string]project.NewLog{
			"body.weather": {Weather: strings.Repeat("晴", 41)}, "body.hands": {Hands: &tooMany},
		} {
			in.ProjectID, in.DoneToday = p.ID, "x"
			_, _, err := w.log(ctx, w.manager, in)
			f, ok := fault.Of(err)
			require.True(t, ok)
			require.Equal(t, want, f.Fields[0].Location)
		}
		_, _, err = w.log(ctx, w.manager, project.NewLog{ProjectID: p.ID, DoneToday: "x", Hands: &below})
		require.Equal(t, "input.invalid", fault.Code(err))
	})
}

func TestALogShowsAPhoto(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p, photo := t.Context(), w.begin(t, model.Renovation), id.New()
		post := func(files []id.ID) error {
			return w.DB.Tx(ctx, func(tx *db.Tx) error {
				_, err := w.PostLogTx(ctx, tx, w.manager, project.NewLog{ProjectID: p.ID, DoneToday: "x", FileIDs: files})
				return err
			})
		}
		shown := func() []project.Picture {
			line, err := w.Timeline(ctx, w.manager, p.ID, db.Page{Limit: 1})
			require.NoError(t, err)
			return line.Entries[0].Photos
		}
		refused := func(err error) {
			t.Helper()
			f, ok := fault.Of(err)
			require.True(t, ok, err)
			require.Equal(t, [2]string{"body.file_ids", "too_few"}, [2]string{f.Fields[0].Location, f.Fields[0].Code})
		}
		refused(post(nil))
		refused(post([]id.ID{}))
		require.NoError(t, post([]id.ID{photo}))
		require.NoError(t, post(nil), "an edit that names none keeps them")
		require.Len(t, shown(), 1)
		refused(post([]id.ID{}))
		require.NoError(t, post([]id.ID{id.New(), id.New()}))
		require.Len(t, shown(), 2)

		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return settings.PutTx(ctx, tx, project.MinPhotosSetting, "0")
		})
		require.NoError(t, post([]id.ID{}), "how many is policy")
		require.Empty(t, shown())
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return settings.PutTx(ctx, tx, project.MinPhotosSetting, "many")
		})
		refused(post([]id.ID{}))
	})
}
