// Package plan keeps the site calendar, pauses, delays and their notices, the changes of plans, and
// phases that may be deferred. Projects and stages themselves are the domain's own.
package plan

import (
	"context"
	"fmt"
	"hash/fnv"
	"sort"
	"time"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// lastDay is the end of a closure that has none: no plan reaches further.
const lastDay clock.Day = "2200-12-31"

// maxClosures bounds what a calendar is made of; nothing that people enter comes near.
const maxClosures = 2000

// Closure is a span of days on which no site of the company works: Spring Festival, or every Sunday
// of the span when Weekday is set. The calendar has revisions: a closure counts from the revision
// AddedIn until before RemovedIn, so that every plan can be moved from the revision that it was laid
// by to the newest one, once.
type Closure struct {
	ID            id.ID     `gorm:"primaryKey"`
	FromDay       clock.Day // the first day
	ToDay         clock.Day // the last day
	Weekday       *int      // only this day of the week, 0 is Sunday; nil is every day
	Name          string
	AddedIn       int64
	RemovedIn     int64 // 0 while it stands
	CreatedBy     id.ID
	CreatedByName string
	CreatedAt     time.Time
	RemovedBy     id.ID
	RemovedAt     *time.Time
}

// TableName is the closures' table.
func (Closure) TableName() string { return "site_closures" }

// Open tells that a closure has no last day.
func (c Closure) Open() bool { return c.ToDay == lastDay }

// span is a closure in day numbers.
type span struct{ from, to, weekday int }

// Calendar answers which days are worked. It is a value: what was read stays as it was read. The zero
// Calendar works on every day. Answers are right from the first day that it was loaded for; days after
// its last one are judged by the closures that reach into it.
type Calendar struct {
	spans []span
	tag   string
}

// LoadCalendar reads the closures that stand now and touch the days from … to; no `to` means all that
// come. One statement.
func LoadCalendar(ctx context.Context, r db.Reader, from, to clock.Day) (Calendar, error) {
	if to.IsZero() {
		to = lastDay
	}
	var rows []Closure
	err := r.Conn(ctx).Where("removed_in = 0 AND to_day >= ? AND from_day <= ?", from, to).
		Order("to_day, id").Limit(maxClosures).Find(&rows).Error
	if err != nil {
		return Calendar{}, fmt.Errorf("read site calendar: %w", err)
	}
	return NewCalendar(rows), nil
}

// NewCalendar is the calendar that some closures make.
func NewCalendar(closures []Closure) Calendar {
	c := Calendar{spans: make([]span, 0, len(closures))}
	h := fnv.New64a()
	for _, cl := range closures {
		s := span{number(cl.FromDay), number(cl.ToDay), -1}
		if cl.Weekday != nil {
			s.weekday = *cl.Weekday
		}
		c.spans = append(c.spans, s)
	}
	sort.Slice(c.spans, func(i, j int) bool { return less(c.spans[i], c.spans[j]) })
	for _, s := range c.spans {
		_, _ = fmt.Fprintf(h, "%d.%d.%d ", s.from, s.to, s.weekday) // a hash takes everything
	}
	c.tag = fmt.Sprintf("%x", h.Sum64())
	return c
}

func less(a, b span) bool {
	if a.from != b.from {
		return a.from < b.from
	}
	if a.to != b.to {
		return a.to < b.to
	}
	return a.weekday < b.weekday
}

// Tag changes whenever the calendar's days do: what is computed from it goes stale with it.
func (c Calendar) Tag() string { return c.tag }

// Off tells that no site works on the day.
func (c Calendar) Off(day clock.Day) bool { return c.off(number(day)) }

func (c Calendar) off(n int) bool {
	for _, s := range c.spans {
		if n >= s.from && n <= s.to && (s.weekday < 0 || s.weekday == weekday(n)) {
			return true
		}
	}
	return false
}

// Workdays counts the days from … to on which sites work, both included; 0 when to comes before from.
func (c Calendar) Workdays(from, to clock.Day) int {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	first, last, count := number(from), number(to), 0
	if len(c.spans) == 0 {
		return max(0, last-first+1)
	}
	for n := first; n <= last; n++ {
		if !c.off(n) {
			count++
		}
	}
	return count
}

// reach bounds a walk over closed days: after so many in a row the day itself is taken.
const reach = 4000

// Plus is the day n working days after a day; with n of 0 or less it is the day itself, or the next
// working one when the day is off.
func (c Calendar) Plus(day clock.Day, n int) clock.Day {
	if day.IsZero() {
		return day
	}
	at := c.forward(number(day))
	for ; n > 0; n-- {
		at = c.forward(at + 1)
	}
	return dayOf(at)
}

// Minus is the day n working days before a day; with n of 0 or less it is the day itself, or the last
// working one before when the day is off.
func (c Calendar) Minus(day clock.Day, n int) clock.Day {
	if day.IsZero() {
		return day
	}
	at := c.back(number(day))
	for ; n > 0; n-- {
		at = c.back(at - 1)
	}
	return dayOf(at)
}

func (c Calendar) forward(n int) int {
	for i := range reach {
		if !c.off(n + i) {
			return n + i
		}
	}
	return n
}

func (c Calendar) back(n int) int {
	for i := range reach {
		if !c.off(n - i) {
			return n - i
		}
	}
	return n
}

const secondsOfDay = 24 * 60 * 60

// number counts the days from 1970-01-01.
func number(d clock.Day) int { return int(d.Start(time.UTC).Unix() / secondsOfDay) }

func dayOf(n int) clock.Day { return clock.DayOf(time.Unix(int64(n)*secondsOfDay, 0), time.UTC) }

// weekday is the day of the week of a day's number: 1970-01-01 was a Thursday.
func weekday(n int) int { return ((n+4)%7 + 7) % 7 }
