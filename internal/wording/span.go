package wording

import (
	"guike/internal/clock"
	"guike/internal/fault"
)

// maxSpan bounds the days of a table.
const maxSpan = 3 * 366

// CheckSpan reads the first and the last day of a table as they came with a request: without a last day it
// ends today, without a first one it has 366 days. Errors: input.invalid.
func CheckSpan(from, to, today clock.Day) (clock.Day, clock.Day, error) {
	if to == "" {
		to = today
	}
	if _, err := clock.ParseDay(string(to)); err != nil {
		return from, to, notDay("to")
	}
	if from == "" {
		from = to.Plus(-365)
	}
	if _, err := clock.ParseDay(string(from)); err != nil {
		return from, to, notDay("from")
	}
	if from > to || to.Since(from) > maxSpan {
		return from, to, fault.Broken("query.from", "out_of_range", "起始日须在截止日之前,期间不超过三年。", "The first day is not after the last, and at most three years before it.")
	}
	return from, to, nil
}

func notDay(at string) error {
	return fault.Broken("query."+at, "malformed", "须为日期,如 2026-11-23。", "It is a day such as 2026-11-23.")
}
