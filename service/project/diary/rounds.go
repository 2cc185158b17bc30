package diary

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/project/diary"
)

// batchSize is how many projects one step of a round reads.
const batchSize = 100

// step does a round's work on the next projects after an id and tells the last one it has looked at;
// none when nothing is left. An error of one project is collected in stuck and keeps no other waiting.
type step func(ctx context.Context, period clock.Day, after id.ID) (last id.ID, stuck error, err error)

// round is a look at all projects that falls due once a day, or once a week.
type round struct {
	name   string
	sunday bool          // falls due on Sundays only
	due    time.Duration // after the period's day has begun
	step   step
}

// LogAlarms raises what is missing from the three feeds (C1, C11): at 20:00 with those whose feed it is,
// at 09:00 of the next day with the store manager. Every day that was missed is worked, each once, by
// any number of instances; whatever a look does to a project is marked in the same transaction.
func (s *Service) LogAlarms(ctx context.Context) error {
	return s.work(ctx,
		round{"log", false, dueAfter, s.missLogs},
		round{"log-manager", false, nextAfter, s.again(diary.ByProjectManager, "log")},
		round{"inspection", true, dueAfter, s.missInspections},
		round{"inspection-manager", true, nextAfter, s.again(diary.BySupervisor, "inspection")},
		round{"visit", false, dueAfter, s.missVisits},
		round{"visit-manager", false, nextAfter, s.again(diary.ByService, "visit")},
	)
}

// JudgeDays writes down how the days went on which logs were expected, once a business day is over
// (feature 14).
func (s *Service) JudgeDays(ctx context.Context) error {
	return s.work(ctx, round{"days", false, closedAfter, s.judgeDays})
}

// BuildReports builds the home reports of every week that has ended, each Sunday at 20:00 (C6).
func (s *Service) BuildReports(ctx context.Context) error {
	return s.work(ctx, round{"report", true, dueAfter, s.buildReports})
}

// PruneRoundsTx forgets rounds that have been through for a year.
func (s *Service) PruneRoundsTx(ctx context.Context, tx *db.Tx, n int) (int64, error) {
	return diary.PruneRoundsTx(ctx, tx, tx.Now.AddDate(-1, 0, 0), n)
}

// work opens what has fallen due and works what is open, in the order of the rounds and their days.
func (s *Service) work(ctx context.Context, rounds ...round) error {
	var stuck []error
	for _, r := range rounds {
		if err := s.open(ctx, r); err != nil {
			return errors.Join(append(stuck, err)...)
		}
		open, err := diary.OpenRounds(ctx, s.j.DB, r.name)
		if err != nil {
			return errors.Join(append(stuck, err)...)
		}
		for _, at := range open {
			held, err := s.walk(ctx, r, at)
			if err != nil {
				return errors.Join(append(stuck, err)...)
			}
			if held != nil {
				stuck = append(stuck, fmt.Errorf("round %s of %s: %w", r.name, at.Period, held))
			}
		}
	}
	return errors.Join(stuck...)
}

// open opens the rounds that fell due since the last one; the first ever is the latest due one.
func (s *Service) open(ctx context.Context, r round) error {
	now := s.j.DB.Now()
	latest := s.j.Today()
	for !r.fallsOn(latest) || r.dueAt(latest, s.j.Zone).After(now) {
		latest = latest.Plus(-1)
	}
	last, err := diary.LastRound(ctx, s.j.DB, r.name)
	if err != nil || !last.IsZero() && last >= latest {
		return err
	}
	first := latest
	if !last.IsZero() {
		first = last.Plus(1)
	}
	return s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		for day := first; day <= latest; day = day.Plus(1) {
			if !r.fallsOn(day) {
				continue
			}
			if err := diary.OpenRoundTx(ctx, tx, r.name, day); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r round) fallsOn(day clock.Day) bool { return !r.sunday || day.Weekday() == time.Sunday }

func (r round) dueAt(day clock.Day, zone *time.Location) time.Time { return day.Start(zone).Add(r.due) }

// walk goes through the projects that a round has not looked at yet. With a project stuck the round
// stays open before it: the next run looks again, and what has been done is not done twice.
func (s *Service) walk(ctx context.Context, r round, at diary.Round) (stuck, err error) {
	for after := at.AfterID; ; {
		last, held, err := r.step(ctx, at.Period, after)
		if err != nil {
			return stuck, err
		}
		stuck = errors.Join(stuck, held)
		if stuck == nil {
			err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
				if last.IsZero() {
					return diary.EndRoundTx(ctx, tx, at)
				}
				return diary.MoveRoundTx(ctx, tx, at, last)
			})
		}
		if err != nil || last.IsZero() {
			return stuck, err
		}
		after = last
	}
}
