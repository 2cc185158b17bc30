package project

import (
	"time"

	"guike/internal/clock"
)

// Zoned is the company's working days with its zone, by which instants become days.
type Zoned struct {
	Days Workdays
	Zone *time.Location
}

// Day is the calendar day of an instant.
func (z Zoned) Day(at time.Time) clock.Day { return clock.DayOf(at, z.Zone) }

// Lost counts the working days that a pause has cost until a day on which work can go on: from the day
// of the pause to the day before. A pause that ends on the day on which it began costs nothing.
func (z Zoned) Lost(paused time.Time, resumed clock.Day) int {
	return z.Days.Workdays(z.Day(paused), resumed.Plus(-1))
}

// push is a day n working days later; with 0 the day as it is.
func (z Zoned) push(day clock.Day, n int) clock.Day {
	if n <= 0 {
		return day
	}
	return z.Days.Plus(day, n)
}
