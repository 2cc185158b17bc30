package diary

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/project"
	"guike/model/project/diary"
	"guike/model/project/plan"
)

// What a day's log is worth, in basis points that add up to 10,000 (feature 14).
const (
	worthLogged  = 6000
	worthPhotos  = 1500 // with three photos or more; a third for each below
	worthPlanned = 1500
	worthOnTime  = 1000
	fullPhotos   = 3
)

// Grade is the score of a judged day in basis points, 0 without a log.
func Grade(d diary.LogDay) int {
	if !d.Logged {
		return 0
	}
	score := worthLogged + worthPhotos*min(d.Photos, fullPhotos)/fullPhotos
	if d.Planned {
		score += worthPlanned
	}
	if d.OnTime {
		score += worthOnTime
	}
	return score
}

// judge judges the days of a period on which logs of a project were owed, oldest first.
func (t site) judge(p project.Project, w work, span Period) []diary.LogDay {
	of := make(map[clock.Day]project.DailyLog, len(w.logs))
	for _, l := range w.logs {
		of[l.Day] = l
	}
	var days []diary.LogDay
	for day := span.From; day <= span.To; day = day.Plus(1) {
		if !t.owesLog(p, w.stages, w.pauses, day) {
			continue
		}
		d := diary.LogDay{ProjectID: p.ID, Day: day, StoreID: p.StoreID, StaffID: inCharge(w.people, actor.ProjectManager, t.at20(day))}
		if l, ok := of[day]; ok {
			d.Logged, d.Photos, d.Planned, d.OnTime = true, w.photos[l.EntryID], l.PlanTomorrow != "", l.CreatedAt.Before(t.at20(day))
		}
		d.Score = Grade(d)
		days = append(days, d)
	}
	return days
}

// work is what a project's days are judged by.
type work struct {
	stages []project.Stage
	people []project.Person
	pauses []plan.Pause
	logs   []project.DailyLog
	photos map[id.ID]int // by entry
}

// judgeDays writes the judged days of the next projects, until the round's day: those that follow the
// last one that was written, from 91 days back at most.
func (s *Service) judgeDays(ctx context.Context, until clock.Day, after id.ID) (last id.ID, stuck, err error) {
	first := until.Plus(1 - MaxDays)
	rows, err := diary.UnderWay(ctx, s.j.DB, first.Start(s.j.Zone), after, batchSize)
	if err != nil || len(rows) == 0 {
		return last, nil, err
	}
	t, err := s.site(ctx, s.j.DB, Period{first, until})
	if err != nil {
		return last, nil, err
	}
	written, err := diary.LastLogDays(ctx, s.j.DB, idsOf(rows))
	if err != nil {
		return last, nil, err
	}
	for _, p := range rows {
		span := Period{max(first, written[p.ID].Plus(1)), until}
		if err := s.judgeProject(ctx, t, p, span); err != nil {
			stuck = errors.Join(stuck, fmt.Errorf("project %s: %w", p.ID, err))
		}
	}
	return rows[len(rows)-1].ID, stuck, nil
}

func (s *Service) judgeProject(ctx context.Context, t site, p project.Project, span Period) error {
	span.From = max(span.From, clock.DayOf(*p.StartedAt, s.j.Zone))
	if span.From > span.To {
		return nil
	}
	w, err := s.workOf(ctx, s.j.DB, p, span)
	if err != nil {
		return err
	}
	days := t.judge(p, w, span)
	if len(days) == 0 {
		return nil
	}
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error { return diary.AddLogDaysTx(ctx, tx, days) })
	if db.Duplicate(err) {
		return nil // a rival wrote them
	}
	return err
}

func (s *Service) workOf(ctx context.Context, r db.Reader, p project.Project, span Period) (w work, err error) {
	if w.stages, err = project.Stages(ctx, r, p.ID); err != nil {
		return w, err
	}
	if w.people, err = project.People(ctx, r, p.ID); err != nil {
		return w, err
	}
	if w.pauses, err = plan.Pauses(ctx, r, p.ID); err != nil {
		return w, err
	}
	logs, err := diary.Logs(ctx, r, []id.ID{p.ID}, span.From, span.To)
	if err != nil {
		return w, err
	}
	w.logs = logs[p.ID]
	w.photos, err = diary.PhotoCounts(ctx, r, logs)
	return w, err
}

// Score is how complete the logs of a group were. ScoreBP is the mean of the days' scores in basis
// points, absent when no log was owed. Streak is how many owed days in a row until the last one were
// logged, Longest the longest such row in the period.
type Score struct {
	Expected int
	Logged   int
	Photos   int
	Planned  int
	OnTime   int
	ScoreBP  *int
	Streak   int
	Longest  int

	sum int64
}

// add counts a day, which follows those that were counted before.
func (c *Score) add(t diary.Tally) {
	c.Expected, c.Logged, c.Photos = c.Expected+t.Expected, c.Logged+t.Logged, c.Photos+t.Photos
	c.Planned, c.OnTime, c.sum = c.Planned+t.Planned, c.OnTime+t.OnTime, c.sum+t.Score
	if t.Logged < t.Expected {
		c.Streak = 0
		return
	}
	c.Streak++
	c.Longest = max(c.Longest, c.Streak)
}

func (c *Score) end() {
	if c.Expected > 0 {
		mean := int(c.sum / int64(c.Expected))
		c.ScoreBP = &mean
	}
}

func tallyOf(d diary.LogDay) diary.Tally {
	t := diary.Tally{GroupID: d.StaffID, Day: d.Day, Expected: 1, Photos: d.Photos, Score: int64(d.Score)}
	for into, yes := range map[*int]bool{&t.Logged: d.Logged, &t.Planned: d.Planned, &t.OnTime: d.OnTime} {
		if yes {
			*into = 1
		}
	}
	return t
}

// PersonScore is the part of a person in charge in a project's score. Nobody in charge has no id.
type PersonScore struct {
	StaffID id.ID
	Name    string
	Score
}

// Completeness is how complete a project's logs of a period were, day by day and by person.
type Completeness struct {
	Period
	Score
	Days   []diary.LogDay
	People []PersonScore
}

// Completeness judges the logs of a project within the reach of a member of staff: the days on which
// they were owed, until now (today counts from 20:00, or once its log is there). Errors: not_found;
// input.invalid at query.from or query.to.
func (s *Service) Completeness(ctx context.Context, who actor.Actor, projectID id.ID, from, to string) (Completeness, error) {
	span, err := s.period(from, to)
	if err != nil {
		return Completeness{}, err
	}
	p, err := project.Find(ctx, s.j.DB, who, projectID)
	if err != nil {
		return Completeness{}, err
	}
	c := Completeness{Period: span}
	if c.Days, err = s.days(ctx, p, span); err != nil {
		return c, err
	}
	people := map[id.ID]*PersonScore{}
	for _, d := range c.Days {
		c.add(tallyOf(d))
		if people[d.StaffID] == nil {
			people[d.StaffID] = &PersonScore{StaffID: d.StaffID}
		}
		people[d.StaffID].add(tallyOf(d))
	}
	c.end()
	names, err := s.staffNames(ctx, people)
	for _, person := range people {
		person.end()
		person.Name = names[person.StaffID]
		c.People = append(c.People, *person)
	}
	slices.SortFunc(c.People, func(a, b PersonScore) int { return b.Expected - a.Expected })
	return c, err
}

// days are the judged days of a project: as they were written down, and judged now where they are not
// yet.
func (s *Service) days(ctx context.Context, p project.Project, span Period) ([]diary.LogDay, error) {
	days, err := diary.LogDays(ctx, s.j.DB, p.ID, span.From, span.To)
	if err != nil || p.StartedAt == nil {
		return days, err
	}
	fresh := Period{max(span.From, clock.DayOf(*p.StartedAt, s.j.Zone)), min(span.To, project.BusinessDay(s.j.DB.Now(), s.j.Zone))}
	if n := len(days); n > 0 {
		fresh.From = days[n-1].Day.Plus(1)
	}
	if fresh.From > fresh.To {
		return days, nil
	}
	t, err := s.site(ctx, s.j.DB, fresh)
	if err != nil {
		return nil, err
	}
	w, err := s.workOf(ctx, s.j.DB, p, fresh)
	if err != nil {
		return nil, err
	}
	for _, d := range t.judge(p, w, fresh) {
		if d.Logged || !s.j.DB.Now().Before(t.at20(d.Day)) {
			days = append(days, d)
		}
	}
	return days, nil
}
