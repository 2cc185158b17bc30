package demo

import (
	"encoding/json"
	"slices"
	"time"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/identity"
	"guike/model/project"
	"guike/model/project/diary"
	"guike/model/project/quality"
	diaryservice "guike/service/project/diary"
)

const (
	// reportsSince is how many days back homes have their weekly reports.
	reportsSince = 28
	reportHour   = 20
	reportFormat = 1
	reportPhotos = 9
)

// week is what a home report tells of: from one Sunday at 20:00 until before the next.
type week struct {
	monday, sunday clock.Day
	from, until    time.Time
}

func (w week) has(at time.Time) bool { return !at.Before(w.from) && at.Before(w.until) }

// reportHome keeps the report of the week that ends on the day and tells the home (C6).
func (l *life) reportHome(sunday clock.Day) {
	w := week{
		monday: sunday.Plus(-6), sunday: sunday, from: sunday.Plus(-7).Start(l.c.zone).Add(reportHour * time.Hour),
		until: sunday.Start(l.c.zone).Add(reportHour * time.Hour),
	}
	if l.c.today().Since(sunday) > reportsSince || l.p.StartedAt == nil || !l.p.StartedAt.Before(w.until) || l.p.PausedAt != nil && l.p.PausedAt.Before(w.from) {
		return
	}
	at := l.at(sunday, reportHour, l.r.IntN(2))
	c := l.content(w)
	r := &diary.Report{
		ProjectID: l.p.ID, ID: l.r.id(at), Week: diaryservice.Week(sunday), FromDay: w.monday, ToDay: sunday, Format: reportFormat,
		CreatedAt: at,
	}
	zh, en := diaryservice.WeekTitle(r.Week)
	r.EntryID = l.say(at, identity.Staff{}, line{loud: true, Entry: project.Entry{
		Kind: diary.EntryReport, TitleZH: zh, TitleEN: en, Body: c.Summary(), RefID: r.ID,
	}})
	l.put(r)
	l.reported = append(l.reported, homeReport{r, c})
}

// homeReport is a report on its way into the store: the project has no title yet.
type homeReport struct {
	row     *diary.Report
	content diaryservice.Content
}

// entitle finishes the reports, once the project has its title.
func (l *life) entitle() {
	for _, r := range l.reported {
		r.content.Title = l.p.Title
		text, _ := json.Marshal(r.content) // words, numbers and ids always have a JSON form
		r.row.Content = string(text)
	}
}

func (l *life) content(w week) diaryservice.Content {
	c := diaryservice.Content{
		ProjectNo: l.p.No, Kind: string(l.p.Kind), State: string(l.p.State), PlannedEnd: l.p.PlannedEnd,
		PercentFrom: l.percentAt(w.from), PercentTo: l.percentAt(w.until), DaysLate: l.p.LateDays(w.sunday, l.c.calendar),
	}
	l.tellStages(&c, w)
	l.tellLogs(&c, w)
	l.tellQuality(&c, w)
	for _, v := range l.visits {
		if w.has(v.At) {
			c.Visits = append(c.Visits, diaryservice.Visited{ID: v.ID, Day: clock.DayOf(v.At, l.c.zone), Text: v.Text, Answered: v.Answered})
		}
	}
	for _, b := range l.batches {
		if b.State.Open() && b.PromisedOn > w.sunday && b.PromisedOn <= w.sunday.Plus(7) {
			c.Deliveries = append(c.Deliveries, diaryservice.Awaited{ID: b.ID, Name: b.Name, On: b.PromisedOn})
		}
	}
	c.Budget = &diaryservice.Budget{
		ContractFen: l.p.ContractAmountFen - l.changesFen, ChangesFen: l.changesFen, PaidFen: l.paidFen, OpenFen: l.p.ContractAmountFen - l.paidFen,
	}
	for _, p := range l.people {
		if p.Current() {
			c.People = append(c.People, diaryservice.InCharge{Role: string(p.Role), Name: l.person(p.StaffID, p.Role).Name})
		}
	}
	return c
}

func (l *life) percentAt(at time.Time) int {
	done, total := 0, 0
	for _, s := range l.stages {
		total += s.Weight
		if s.CompletedAt != nil && s.CompletedAt.Before(at) {
			done += s.Weight
		}
	}
	return done * 100 / max(total, 1)
}

func (l *life) tellStages(c *diaryservice.Content, w week) {
	for _, s := range l.stages {
		if s.Weight > 0 {
			c.Stages = append(c.Stages, diaryservice.StageMark{Key: s.Key, Name: s.NameZH, NameEN: s.NameEN, State: string(s.State)})
		}
		if s.State == project.StageActive && c.Stage == "" {
			c.Stage, c.StageEN = s.NameZH, s.NameEN
		}
		m := diaryservice.StageMove{Key: s.Key, Name: s.NameZH, NameEN: s.NameEN}
		if s.StartedAt != nil && w.has(*s.StartedAt) {
			m.What, m.Day = "started", clock.DayOf(*s.StartedAt, l.c.zone)
			c.Moved = append(c.Moved, m)
		}
		if s.CompletedAt != nil && w.has(*s.CompletedAt) {
			m.What, m.Day = "completed", clock.DayOf(*s.CompletedAt, l.c.zone)
			c.Moved = append(c.Moved, m)
		}
		if s.State == project.StageActive || s.State == project.StagePending && s.PlannedStart <= w.sunday.Plus(7) && s.PlannedEnd > w.sunday {
			c.NextStages = append(c.NextStages, diaryservice.PlannedStage{Key: s.Key, Name: s.NameZH, NameEN: s.NameEN, From: s.PlannedStart, To: s.PlannedEnd})
		}
	}
	slices.SortStableFunc(c.Moved, func(a, b diaryservice.StageMove) int { return a.Day.Since(b.Day) })
}

// tellLogs takes the week's logs, and their photos: the newest logs' first ones, then their second ones.
func (l *life) tellLogs(c *diaryservice.Content, w week) {
	of := map[id.ID][]id.ID{}
	for _, p := range l.photos {
		of[p.EntryID] = append(of[p.EntryID], p.FileID)
	}
	var entries []id.ID
	for _, g := range l.logs {
		if !w.has(g.CreatedAt) {
			continue
		}
		c.Logs = append(c.Logs, diaryservice.LogLine{Day: g.Day, LogID: g.ID, Stage: l.stages[l.stageAt(g.StageKey)].NameZH, Done: g.DoneToday})
		c.NextWords = g.PlanTomorrow
		entries = append(entries, g.EntryID)
	}
	c.LogsOwed = len(c.Logs)
	c.Photos = []id.ID{}
	for turn := range reportPhotos {
		for _, e := range slices.Backward(entries) {
			if turn < len(of[e]) && len(c.Photos) < reportPhotos {
				c.Photos = append(c.Photos, of[e][turn])
			}
		}
	}
}

func (l *life) tellQuality(c *diaryservice.Content, w week) {
	for _, i := range l.inspections {
		if w.has(i.CreatedAt) {
			c.Inspections = append(c.Inspections, diaryservice.Inspected{ID: i.ID, Day: i.Day, Stage: l.stages[l.stageAt(i.StageKey)].NameZH, Summary: i.Summary, By: i.AuthorName})
		}
	}
	for _, k := range l.checks {
		if w.has(k.CreatedAt) {
			c.Checks = append(c.Checks, diaryservice.Checked{
				Stage: l.stages[l.stageAt(k.StageKey)].NameZH, Kind: string(k.Kind), Passed: k.Passed, By: k.CheckerName, Day: clock.DayOf(k.CreatedAt, l.c.zone),
			})
		}
	}
	for _, h := range l.hazards {
		if h.State != quality.HazardPassed {
			c.Hazards = append(c.Hazards, diaryservice.Hazardous{ID: h.ID, Title: h.Title, Severity: string(h.Severity), State: string(h.State), DueOn: h.DueOn, Owner: h.OwnerName})
		}
	}
}
