package cache

import (
	"strconv"
	"strings"
	"time"
)

// stamp writes a value with the instant at which it ends: milliseconds, a blank, the value.
func stamp(until time.Time, value string) string {
	return strconv.FormatInt(until.UnixMilli(), 10) + " " + value
}

// unstamp reads what stamp wrote; anything else is not ours and so not there.
func unstamp(s string) (until time.Time, value string, ok bool) {
	digits, value, found := strings.Cut(s, " ")
	if !found {
		return time.Time{}, "", false
	}
	millis, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || millis < 0 || millis > maxMillis {
		return time.Time{}, "", false
	}
	return time.UnixMilli(millis).UTC(), value, true
}

// maxMillis is the end of the year 9999.
const maxMillis = 253402300799999
