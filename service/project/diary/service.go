// Package diary holds the use cases of the discipline of daily logs, the feeds and their alarms, home
// reports. Its README says the rules in sentences.
package diary

import (
	"context"
	"fmt"
	"io"
	"time"

	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	model "guike/model/project"
	"guike/model/project/plan"
	"guike/service/project"
)

// The hours of the day at which things fall due, in the company's zone.
const (
	dueAfter    = 20 * time.Hour             // a day's log, a week's inspection and report, a visit
	nextAfter   = 24*time.Hour + 9*time.Hour // the store manager hears of what is still missing
	closedAfter = 24*time.Hour + 4*time.Hour // a business day is over
)

// MaxDays bounds the periods that are read at once.
const MaxDays = 92

// Deps is what the use cases stand on.
type Deps struct {
	*project.Journal
	Entropy   io.Reader // of links to printable pages; crypto/rand.Reader but in tests
	PublicURL string    // in front of links that are handed out; empty makes them relative
}

// Service holds the use cases.
type Service struct {
	j *project.Journal
	d Deps
}

// New returns the use cases over the domain's journal.
func New(d Deps) *Service { return &Service{d.Journal, d} }

// Period is a span of days, both ends included.
type Period struct{ From, To clock.Day }

// period reads the ends of a period as they came with a request; an absent end is today, an absent
// beginning 29 days before the end. Errors: input.invalid at query.from or query.to for what is no day,
// ends before it begins or is longer than 92 days.
func (s *Service) period(from, to string) (Period, error) {
	p := Period{To: s.j.Today()}
	var err error
	if to != "" {
		if p.To, err = clock.ParseDay(to); err != nil {
			return p, fault.Broken("query.to", "malformed", "日期须为有效的 YYYY-MM-DD。", "A day is written YYYY-MM-DD.")
		}
	}
	p.From = p.To.Plus(-29)
	if from != "" {
		if p.From, err = clock.ParseDay(from); err != nil {
			return p, fault.Broken("query.from", "malformed", "日期须为有效的 YYYY-MM-DD。", "A day is written YYYY-MM-DD.")
		}
	}
	switch {
	case p.To < p.From:
		return p, fault.Broken("query.to", "before_from", "结束日期不能早于开始日期。", "The period ends before it begins.")
	case p.To.Since(p.From) >= MaxDays:
		return p, fault.Broken("query.from", "too_long", "时间段最多 92 天。", "A period has at most 92 days.")
	}
	return p, nil
}

// Week is the ISO 8601 week that ends on a Sunday.
func Week(sunday clock.Day) string {
	year, week := sunday.Start(time.UTC).ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

// idsOf lists the ids of some projects.
func idsOf(projects []model.Project) []id.ID {
	ids := make([]id.ID, 0, len(projects))
	for _, p := range projects {
		ids = append(ids, p.ID)
	}
	return ids
}

// offDays is the site calendar for the days of a period, as a question.
func (s *Service) offDays(ctx context.Context, r db.Reader, p Period) (func(clock.Day) bool, error) {
	c, err := plan.LoadCalendar(ctx, r, p.From, p.To)
	return c.Off, err
}
