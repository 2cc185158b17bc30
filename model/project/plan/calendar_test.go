package plan_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/project/plan"
)

func closure(from, to clock.Day, weekday ...int) plan.Closure {
	c := plan.Closure{ID: id.New(), FromDay: from, ToDay: to, AddedIn: 1}
	if len(weekday) > 0 {
		c.Weekday = &weekday[0]
	}
	return c
}

func TestCalendar(t *testing.T) {
	t.Parallel()
	spring := closure("2027-02-05", "2027-02-12")
	sundays := closure("2027-01-01", "2200-12-31", 0)
	for name, c := range map[string]struct {
		closures []plan.Closure
		from, to clock.Day
		days     int
		plus     int
		after    clock.Day
		before   clock.Day
	}{
		"no closures":               {nil, "2027-02-01", "2027-02-28", 28, 10, "2027-02-11", "2027-01-22"},
		"a closure inside":          {[]plan.Closure{spring}, "2027-02-01", "2027-02-28", 20, 10, "2027-02-19", "2027-01-22"},
		"a day of the week":         {[]plan.Closure{sundays}, "2027-02-01", "2027-02-28", 24, 6, "2027-02-08", "2027-01-25"},
		"both, a day counted once":  {[]plan.Closure{spring, sundays}, "2027-02-01", "2027-02-28", 17, 4, "2027-02-13", "2027-01-27"},
		"the day itself is closed":  {[]plan.Closure{spring}, "2027-02-06", "2027-02-13", 1, 0, "2027-02-13", "2027-02-04"},
		"the end before the start":  {nil, "2027-02-28", "2027-02-01", 0, 0, "2027-02-28", "2027-02-28"},
		"no plus is the day itself": {[]plan.Closure{spring}, "2027-02-01", "2027-02-01", 1, 0, "2027-02-01", "2027-02-01"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cal := plan.NewCalendar(c.closures)
			require.Equal(t, c.days, cal.Workdays(c.from, c.to))
			require.Equal(t, c.after, cal.Plus(c.from, c.plus))
			require.Equal(t, c.before, cal.Minus(c.from, c.plus))
		})
	}
	cal := plan.NewCalendar([]plan.Closure{spring, sundays})
	require.True(t, cal.Off("2027-02-05"))
	require.True(t, cal.Off("2027-02-14"), "a Sunday")
	require.False(t, cal.Off("2027-02-13"))
	require.NotEqual(t, cal.Tag(), plan.NewCalendar([]plan.Closure{spring}).Tag())
	require.Equal(t, cal.Tag(), plan.NewCalendar([]plan.Closure{sundays, spring}).Tag(), "whatever order they are read in")
}

// Whatever closures stand, walking n working days on and counting them agree.
func TestWalkingAndCountingAgree(t *testing.T) {
	t.Parallel()
	dice := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var closures []plan.Closure
		for range dice.IntN(5) {
			from := clock.Day("2027-01-01").Plus(dice.IntN(80))
			c := closure(from, from.Plus(dice.IntN(20)))
			if day := dice.IntN(7); dice.IntN(2) == 0 {
				c.Weekday = &day
			}
			closures = append(closures, c)
		}
		cal, n := plan.NewCalendar(closures), dice.IntN(40)
		start := cal.Plus(clock.Day("2027-01-01").Plus(dice.IntN(60)), 0)
		end := cal.Plus(start, n)
		require.False(t, cal.Off(end))
		require.Equal(t, n+1, cal.Workdays(start, end), "%v from %s to %s", closures, start, end)
		require.Equal(t, start, cal.Minus(end, n))
	}
}
