package earning

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/model/db"
	"guike/model/ledger"
	"guike/model/membership"
	model "guike/model/membership/earning"
	"guike/model/once"
)

// CheckInResult is what a check-in leaves behind under its key.
type CheckInResult struct {
	Day    clock.Day `json:"day"`
	Points int64     `json:"points"`
	Streak int64     `json:"streak"`
}

// full tells whether a streak ends a week of seven days, and a month of thirty.
func full(streak int64) (week, month bool) {
	return streak > 0 && streak%7 == 0, streak > 0 && streak%30 == 0
}

// CheckIn marks the customer's day, the calendar day in the company's zone, and gives what the rules say
// for it (G4), once by key. Two at once are one. Errors: check_in.done when the day has been marked.
func (s *Service) CheckIn(ctx context.Context, who actor.Actor, key once.Key) (r CheckInResult, replayed bool, err error) {
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, key, func() (CheckInResult, error) { return s.checkInTx(ctx, tx, who) })
		return err
	})
	return r, replayed, err
}

func (s *Service) checkInTx(ctx context.Context, tx *db.Tx, who actor.Actor) (CheckInResult, error) {
	none, today := CheckInResult{}, s.day(tx.Now)
	if _, err := membership.JoinTx(ctx, tx, who.ID); err != nil {
		return none, err
	}
	last, err := model.CheckIns(ctx, tx, who.ID, today.Plus(-1), today)
	if err != nil {
		return none, err
	}
	row := model.CheckIn{CustomerID: who.ID, Day: today, Streak: 1}
	for _, c := range last {
		if c.Day == today {
			return none, errDone
		}
		row.Streak = c.Streak + 1
	}
	facts := model.Facts{Streak: row.Streak}
	facts.FullWeek, facts.FullMonth = full(row.Streak)
	e, err := s.EarnTx(ctx, tx, who, Occasion{
		Occasion:   model.Occasion{Event: model.CheckedIn, At: tx.Now, Facts: facts},
		CustomerID: who.ID, Source: "checkin:" + string(today), RefKind: "check_in", Quiet: true,
	})
	if err != nil {
		return none, err
	}
	row.Points = e.Awarded[ledger.Points]
	if err := model.AddCheckInTx(ctx, tx, &row); err != nil {
		if db.Duplicate(err) {
			err = errDone
		}
		return none, err
	}
	return CheckInResult{today, row.Points, row.Streak}, nil
}

// Calendar is a month of check-ins. Streak is the one that stands: of today, or of yesterday as long as
// today can still continue it.
type Calendar struct {
	Month  string
	Today  clock.Day
	Done   bool
	Streak int64
	Days   []model.CheckIn
}

// CheckIns shows a month of the customer's check-ins, written 2026-11; this month when none is named.
// Errors: input.invalid at query.month.
func (s *Service) CheckIns(ctx context.Context, who actor.Actor, month string) (Calendar, error) {
	c := Calendar{Month: month, Today: s.day(s.d.DB.Now())}
	if month == "" {
		c.Month = string(c.Today[:7])
	}
	first, err := clock.ParseDay(c.Month + "-01")
	if err != nil {
		return c, fault.Broken("query.month", "malformed", "月份须写成 2026-11。", "A month is written 2026-11.")
	}
	after, err := time.Parse(time.DateOnly, string(first))
	if err != nil {
		return c, fmt.Errorf("month %s: %w", first, err)
	}
	last := clock.Day(after.AddDate(0, 1, -1).Format(time.DateOnly))
	if c.Days, err = model.CheckIns(ctx, s.d.DB, who.ID, first, last); err != nil {
		return c, err
	}
	now, err := model.CheckIns(ctx, s.d.DB, who.ID, c.Today.Plus(-1), c.Today)
	for _, d := range now {
		c.Streak, c.Done = d.Streak, d.Day == c.Today
	}
	return c, err
}
