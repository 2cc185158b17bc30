package diary_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	model "guike/model/project/diary"
	"guike/service/project/diary"
	"guike/testkit"
)

func TestGrade(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		day  model.LogDay
		want int
	}{
		"no log":                  {model.LogDay{Photos: 3, Planned: true, OnTime: true}, 0},
		"a bare log":              {model.LogDay{Logged: true}, 6000},
		"one photo":               {model.LogDay{Logged: true, Photos: 1}, 6500},
		"three photos are enough": {model.LogDay{Logged: true, Photos: 9}, 7500},
		"a plan":                  {model.LogDay{Logged: true, Planned: true}, 7500},
		"on time":                 {model.LogDay{Logged: true, OnTime: true}, 7000},
		"everything":              {model.LogDay{Logged: true, Photos: 3, Planned: true, OnTime: true}, 10000},
	} {
		require.Equal(t, tt.want, diary.Grade(tt.day), name)
	}
}

func TestCompleteness(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, p := t.Context(), w.begin(t)
		second := k.Staff(t, actor.ProjectManager, w.Shop, actor.Own)
		for _, day := range []struct {
			at, plan string
			photos   int
		}{
			{"2026-11-23 18:00", "出图", 3}, // 10000
			{"2026-11-24 21:00", "", 1},   // 6500, late
			{"2026-11-26 18:00", "出图", 3}, // 10000, after a gap on the 25th
			{"2026-11-27 18:00", "出图", 1}, // 9000
		} {
			w.at(t, day.at)
			w.log(t, p, "量房", day.plan, day.photos)
		}
		w.at(t, "2026-11-27 19:00")
		w.InCharge(t, p, second)
		w.at(t, "2026-11-28 12:00")
		check := func(from, to string) {
			t.Helper()
			c, err := w.Completeness(ctx, w.Boss, p.ID, from, to)
			require.NoError(t, err)
			require.Equal(t, [...]int{5, 4, 8, 3, 3}, [...]int{c.Expected, c.Logged, c.Photos, c.Planned, c.OnTime})
			require.Equal(t, 35500/5, *c.ScoreBP)
			require.Equal(t, 2, c.Streak)
			require.Equal(t, 2, c.Longest)
			require.Len(t, c.Days, 5, "today is not owed before 20:00")
			require.Len(t, c.People, 2)
			require.Equal(t, w.manager.ID, c.People[0].StaffID)
			require.Equal(t, 4, c.People[0].Expected)
			require.Equal(t, second.ID, c.People[1].StaffID)
			require.Equal(t, 9000, *c.People[1].ScoreBP)
			require.NotEmpty(t, c.People[0].Name)
		}
		check("2026-11-01", "2026-11-30")
		for _, err := range testkit.Race(2, func(int) error { return w.JudgeDays(ctx) }) {
			require.NoError(t, err)
		}
		check("2026-11-01", "2026-11-30")
		check("", "")

		board, err := w.Board(ctx, w.Boss, "", "", model.PerPerson, 100)
		require.NoError(t, err)
		require.Len(t, board.Rows, 2)
		require.Equal(t, [...]int{1, 9000}, [...]int{board.Rows[0].Rank, *board.Rows[0].ScoreBP})
		require.Equal(t, second.ID, board.Rows[0].ID)
		require.Equal(t, 26500/4, *board.Rows[1].ScoreBP)
		board, err = w.Board(ctx, w.admin, "", "", model.PerStore, 100)
		require.NoError(t, err)
		require.Len(t, board.Rows, 1)
		require.Equal(t, w.Shop.ID, board.Rows[0].ID)
		require.Equal(t, 5, board.Rows[0].Expected)
		require.NotEmpty(t, board.Rows[0].Name)
		board, err = w.Board(ctx, w.manager, "", "", model.PerPerson, 100)
		require.NoError(t, err)
		require.Len(t, board.Rows, 1, "own work")
		board, err = w.Board(ctx, w.Stranger, "", "", model.PerPerson, 100)
		require.NoError(t, err)
		require.Empty(t, board.Rows, "another store")
	})
}

func TestCompletenessRefuses(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		p := w.begin(t)
		for _, tt := range []struct{ from, to, want string }{
			{"2026-13-01", "", "query.from"},
			{"", "2026-11-31", "query.to"},
			{"2026-11-02", "2026-11-01", "query.to"},
			{"2026-08-01", "2026-11-01", "query.from"},
		} {
			_, err := w.Completeness(t.Context(), w.Boss, p.ID, tt.from, tt.to)
			require.Equal(t, tt.want, testkit.Location(err), tt)
			_, err = w.Board(t.Context(), w.Boss, tt.from, tt.to, model.PerPerson, 10)
			require.Equal(t, tt.want, testkit.Location(err), tt)
		}
		_, err := w.Completeness(t.Context(), w.Boss, p.ID, "2026-08-02", "2026-11-01") // 92 days
		require.NoError(t, err)
		_, err = w.Completeness(t.Context(), w.Stranger, p.ID, "", "")
		require.Equal(t, "not_found", fault.Code(err))
		_, err = w.Completeness(t.Context(), w.Boss, id.New(), "", "")
		require.Equal(t, "not_found", fault.Code(err))
		c, err := w.Completeness(t.Context(), w.Boss, p.ID, "", "")
		require.NoError(t, err)
		require.Nil(t, c.ScoreBP, "nothing was owed yet")
	})
}
