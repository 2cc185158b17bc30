package earning_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/model/ledger"
	"guike/model/once"
	"guike/testkit"
)

func TestCheckIn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		day := func() (points, streak int64) {
			r, _, err := w.CheckIn(ctx, w.Owner, once.Key{})
			require.NoError(t, err)
			return r.Points, r.Streak
		}
		for n := range int64(30) {
			p, streak := day()
			want := int64(1)
			if streak%7 == 0 {
				want += 5
			}
			if streak%30 == 0 {
				want += 20
			}
			require.Equal(t, n+1, streak)
			require.Equal(t, want, p, "day %d", streak)
			_, _, err := w.CheckIn(ctx, w.Owner, once.Key{})
			testkit.Fails(t, err, "check_in.done")
			w.Clock.Advance(days(1))
		}
		require.EqualValues(t, 30+4*5+20, w.balance(t, w.Owner, ledger.Points).Available)
		require.EqualValues(t, 30, w.balance(t, w.Owner, ledger.GrowthParticipation).Available)

		c, err := w.CheckIns(ctx, w.Owner, "")
		require.NoError(t, err)
		require.EqualValues(t, 30, c.Streak, "today can still continue it")
		require.False(t, c.Done)
		w.Clock.Advance(days(1))
		_, streak := day()
		require.EqualValues(t, 1, streak, "a day was left out")
		c, err = w.CheckIns(ctx, w.Owner, "2026-11")
		require.NoError(t, err)
		require.Len(t, c.Days, 8)
		require.True(t, c.Done)
		for _, wrong := range []string{"2026-13", "2026", "26-11", "2026-11-23"} {
			_, err = w.CheckIns(ctx, w.Owner, wrong)
			testkit.Fails(t, err, "input.invalid", "query.month")
		}
		empty, err := w.CheckIns(ctx, w.Wife, "2026-11")
		require.NoError(t, err)
		require.Empty(t, empty.Days)
	})
}

func TestADayBeginsAtMidnightInTheCompanysZone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.Clock.Set(time.Date(2026, 11, 23, 15, 59, 59, 999e6, time.UTC)) // 23:59 in Shanghai
		key := once.Of("k", "check-in", 1)
		first, replayed, err := w.CheckIn(t.Context(), w.Owner, key)
		require.NoError(t, err)
		require.False(t, replayed)
		require.EqualValues(t, "2026-11-23", first.Day)
		w.Clock.Advance(time.Millisecond)
		again, replayed, err := w.CheckIn(t.Context(), w.Owner, key)
		require.NoError(t, err)
		require.True(t, replayed, "the key answers as before")
		require.Equal(t, first, again)
		next, _, err := w.CheckIn(t.Context(), w.Owner, once.Key{})
		require.NoError(t, err)
		require.EqualValues(t, "2026-11-24", next.Day)
		require.EqualValues(t, 2, next.Streak)
	})
}

func TestOneCheckInADayUnderAnyRace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		other := w.instance()
		for round := range testkit.Rounds() {
			errs := testkit.Race(6, func(i int) error {
				s := w.Service
				if i%2 == 1 {
					s = other
				}
				_, _, err := s.CheckIn(t.Context(), w.Owner, once.Key{})
				return err
			})
			require.Equal(t, 1, testkit.Succeeded(errs))
			for _, err := range errs {
				if err != nil {
					testkit.Fails(t, err, "check_in.done")
				}
			}
			require.EqualValues(t, round+1, w.balance(t, w.Owner, ledger.GrowthParticipation).Available)
			w.Clock.Advance(days(1))
		}
	})
}
