package clock

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// Day is a calendar day in the company's zone, written YYYY-MM-DD. The empty Day means "none" and is
// kept as NULL.
type Day string

const dayLayout = time.DateOnly

// DayOf is the calendar day of an instant in a zone.
func DayOf(t time.Time, zone *time.Location) Day { return Day(t.In(zone).Format(dayLayout)) }

// ParseDay reads YYYY-MM-DD and refuses days that do not exist.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(dayLayout, s)
	if err != nil || t.Year() < 1900 || t.Year() > 2200 {
		return "", fmt.Errorf("%q is no calendar day", s)
	}
	return Day(s), nil
}

// Start is the first instant of the day in a zone.
func (d Day) Start(zone *time.Location) time.Time {
	t, err := time.ParseInLocation(dayLayout, string(d), zone)
	if err != nil {
		return time.Time{}
	}
	return Cut(t)
}

// Plus is the day n calendar days later.
func (d Day) Plus(n int) Day {
	t, err := time.Parse(dayLayout, string(d))
	if err != nil {
		return d
	}
	return Day(t.AddDate(0, 0, n).Format(dayLayout))
}

// Since counts the calendar days from earlier to d.
func (d Day) Since(earlier Day) int {
	a, errA := time.Parse(dayLayout, string(earlier))
	b, errB := time.Parse(dayLayout, string(d))
	if errA != nil || errB != nil {
		return 0
	}
	return int(b.Sub(a).Hours() / 24)
}

// First is the first day of the day's month; the day is a well-formed one.
func (d Day) First() Day { return d[:8] + "01" }

// Weekday is the day of the week.
func (d Day) Weekday() time.Weekday {
	t, err := time.Parse(dayLayout, string(d))
	if err != nil {
		return time.Sunday
	}
	return t.Weekday()
}

// IsZero tells that there is no day.
func (d Day) IsZero() bool { return d == "" }

// Value keeps the day as text, no day as NULL.
func (d Day) Value() (driver.Value, error) {
	if d == "" {
		return nil, nil
	}
	return string(d), nil
}

// Scan reads what any of the stores returns for a day.
func (d *Day) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = ""
	case time.Time:
		*d = Day(v.Format(dayLayout))
	case string:
		return d.scanText(v)
	case []byte:
		return d.scanText(string(v))
	default:
		return fmt.Errorf("a day cannot be read from %T", src)
	}
	return nil
}

func (d *Day) scanText(s string) error {
	if len(s) > len(dayLayout) {
		s = s[:len(dayLayout)]
	}
	day, err := ParseDay(s)
	if err != nil {
		return err
	}
	*d = day
	return nil
}
