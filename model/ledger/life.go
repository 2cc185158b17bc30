package ledger

import (
	"fmt"
	"strconv"
	"time"
)

// Life says how long what is given can be spent (G5):
//
//	never  it does not expire
//	24m    to the end of the month in which 24 months have passed, so that a month has one expiry
//	365d   365 days to the millisecond, for values that are counted over a rolling year
//	y1     to the end of the next calendar year; y0 of this one
type Life string

// The usual lives.
const (
	Never        Life = "never"
	TwoYears     Life = "24m"
	RollingYear  Life = "365d"
	CalendarYear Life = "y1"
)

// never is the instant at which lots that do not expire are due: 9999-12-31T23:59:59.999Z.
var never = time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)

// ParseLife reads a life and refuses what it cannot mean.
func ParseLife(s string) (Life, error) {
	if Life(s) == Never {
		return Never, nil
	}
	_, _, err := Life(s).parts()
	return Life(s), err
}

func (l Life) parts() (n int, unit byte, err error) {
	s := string(l)
	if len(s) >= 2 && s[0] == 'y' {
		n, err = strconv.Atoi(s[1:])
		unit = 'y'
	} else if len(s) >= 2 {
		n, err = strconv.Atoi(s[:len(s)-1])
		unit = s[len(s)-1]
	}
	most := map[byte]int{'y': 100, 'm': 1200, 'd': 36500}[unit]
	if err != nil || n < 0 || n > most || (n == 0 && unit != 'y') {
		return 0, 0, fmt.Errorf("%q is no life: say never, 24m, 365d or y1", s)
	}
	return n, unit, nil
}

// Ends is the instant from which something given at an instant cannot be spent any more.
func (l Life) Ends(given time.Time, zone *time.Location) (time.Time, error) {
	if l == Never {
		return never, nil
	}
	n, unit, err := l.parts()
	if err != nil {
		return time.Time{}, err
	}
	local := given.In(zone)
	switch unit {
	case 'y':
		return time.Date(local.Year()+n+1, 1, 1, 0, 0, 0, 0, zone).UTC(), nil
	case 'm':
		return time.Date(local.Year(), local.Month()+time.Month(n)+1, 1, 0, 0, 0, 0, zone).UTC(), nil
	}
	return given.AddDate(0, 0, n).UTC(), nil
}
