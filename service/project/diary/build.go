package diary

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/excerpt"
	"guike/internal/id"
	"guike/model/db"
	model "guike/model/project"
	"guike/model/project/budget"
	"guike/model/project/delivery"
	"guike/model/project/diary"
	"guike/model/project/plan"
	"guike/model/project/quality"
	"guike/service/project"
)

const (
	maxReportPhotos  = 9
	maxReportHazards = 10
	maxLine          = 300 // characters of a text in a report
)

// buildReports builds the reports of the week that ends on the Sunday for the next projects that were
// under way in it.
func (s *Service) buildReports(ctx context.Context, sunday clock.Day, after id.ID) (last id.ID, stuck, err error) {
	w := windowOf(sunday, s.j.Zone)
	rows, err := diary.UnderWay(ctx, s.j.DB, w.from, after, batchSize)
	if err != nil || len(rows) == 0 {
		return last, nil, err
	}
	calendar, err := plan.LoadCalendar(ctx, s.j.DB, w.monday.Plus(-MaxDays), "")
	if err != nil {
		return last, nil, err
	}
	for _, p := range rows {
		if !p.StartedAt.Before(w.until) || p.PausedAt != nil && p.PausedAt.Before(w.from) {
			continue
		}
		if err := s.buildReport(ctx, p.ID, w, calendar); err != nil {
			stuck = errors.Join(stuck, fmt.Errorf("project %s: %w", p.ID, err))
		}
	}
	return rows[len(rows)-1].ID, stuck, nil
}

// buildReport keeps the report of a week and tells the home, once.
func (s *Service) buildReport(ctx context.Context, projectID id.ID, w window, calendar plan.Calendar) error {
	week := Week(w.sunday)
	if there, err := diary.HasReport(ctx, s.j.DB, projectID, week); err != nil || there {
		return err
	}
	return s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := model.LockTx(ctx, tx, actor.Machine(), projectID)
		if err != nil || p.State == model.Cancelled {
			return err
		}
		if there, err := diary.HasReport(ctx, tx, projectID, week); err != nil || there {
			return err // a rival was faster
		}
		c, err := s.compose(ctx, tx, p, w, calendar)
		if err != nil {
			return err
		}
		r := diary.Report{ProjectID: p.ID, ID: id.New(), Week: week, FromDay: w.monday, ToDay: w.sunday, Format: reportFormat}
		if r.Content, err = c.encode(); err != nil {
			return err
		}
		zh, en := WeekTitle(week)
		r.EntryID, err = s.j.TellTx(ctx, tx, actor.Machine(), &p, project.News{
			Entry:  model.Entry{Kind: diary.EntryReport, TitleZH: zh, TitleEN: en, Body: c.Summary(), RefID: r.ID},
			Action: "project.home_report", Detail: map[string]any{"report_id": r.ID, "week": week},
		})
		if err != nil {
			return err
		}
		return diary.AddReportTx(ctx, tx, &r)
	})
}

// WeekTitle is what people call the report of a week.
func WeekTitle(week string) (zh, en string) {
	year, number, _ := strings.Cut(week, "-W")
	number = strings.TrimPrefix(number, "0")
	return "家装周报 · " + year + " 年第 " + number + " 周", "Home report · week " + number + " of " + year
}

// compose gathers what happened to a project in a week.
func (s *Service) compose(ctx context.Context, r db.Reader, p model.Project, w window, calendar plan.Calendar) (Content, error) {
	stages, err := model.Stages(ctx, r, p.ID)
	if err != nil {
		return Content{}, err
	}
	c := Content{
		ProjectNo: p.No, Title: p.Title, Kind: string(p.Kind), State: string(p.State), PlannedEnd: p.PlannedEnd,
		PercentFrom: percentAt(stages, w.from), PercentTo: percentAt(stages, w.until),
		DaysLate: s.j.Outlook(p, stages, calendar, w.sunday).DaysLate,
	}
	s.composeStages(&c, stages, w)
	for _, gather := range []func(context.Context, db.Reader, model.Project, []model.Stage, window, *Content) error{
		s.composeLogs, s.composeQuality, s.composeVisits, s.composeDeliveries, s.composeBudget, s.composePeople,
	} {
		if err := gather(ctx, r, p, stages, w, &c); err != nil {
			return c, err
		}
	}
	t := site{zone: s.j.Zone, off: calendar.Off}
	if t.free, err = freeStages(ctx, r); err != nil {
		return c, err
	}
	pauses, err := plan.Pauses(ctx, r, p.ID)
	if err != nil {
		return c, err
	}
	for day := w.monday; day <= w.sunday; day = day.Plus(1) {
		if t.owesLog(p, stages, pauses, day) {
			c.LogsOwed++
		}
	}
	return c, nil
}

// percentAt is the project's percent as it was at an instant.
func percentAt(stages []model.Stage, at time.Time) int {
	done, total := 0, 0
	for _, st := range stages {
		total += st.Weight
		if st.CompletedAt != nil && st.CompletedAt.Before(at) {
			done += st.Weight
		}
	}
	if total == 0 {
		return 0
	}
	return done * 100 / total
}

// stateAt is where a stage stood at an instant.
func stateAt(st model.Stage, at time.Time) model.StageState {
	switch {
	case st.CompletedAt != nil && st.CompletedAt.Before(at):
		return model.StageCompleted
	case st.StartedAt != nil && st.StartedAt.Before(at):
		return model.StageActive
	}
	return model.StagePending
}

func (s *Service) composeStages(c *Content, stages []model.Stage, w window) {
	next := Period{w.sunday.Plus(1), w.sunday.Plus(7)}
	for _, st := range stages {
		state := stateAt(st, w.until)
		if st.Weight > 0 {
			c.Stages = append(c.Stages, StageMark{Key: st.Key, Name: st.NameZH, NameEN: st.NameEN, State: string(state)})
		}
		if state == model.StageActive && c.Stage == "" {
			c.Stage, c.StageEN = st.NameZH, st.NameEN
		}
		c.Moved = append(c.Moved, s.moves(st, w)...)
		if state == model.StageActive || state == model.StagePending && st.PlannedStart <= next.To && st.PlannedEnd >= next.From {
			c.NextStages = append(c.NextStages, PlannedStage{Key: st.Key, Name: st.NameZH, NameEN: st.NameEN, From: st.PlannedStart, To: st.PlannedEnd})
		}
	}
	slices.SortStableFunc(c.Moved, func(a, b StageMove) int { return cmp.Compare(a.Day, b.Day) })
}

// moves tells when a stage began and ended, as far as it was in the week.
func (s *Service) moves(st model.Stage, w window) []StageMove {
	var moves []StageMove
	m := StageMove{Key: st.Key, Name: st.NameZH, NameEN: st.NameEN}
	if w.has(st.StartedAt) {
		m.What, m.Day = "started", clock.DayOf(*st.StartedAt, s.j.Zone)
		moves = append(moves, m)
	}
	if w.has(st.CompletedAt) {
		m.What, m.Day = "completed", clock.DayOf(*st.CompletedAt, s.j.Zone)
		moves = append(moves, m)
	}
	return moves
}

func (s *Service) composeLogs(ctx context.Context, r db.Reader, p model.Project, stages []model.Stage, w window, c *Content) error {
	of, err := diary.Logs(ctx, r, []id.ID{p.ID}, w.monday.Plus(-1), w.sunday)
	if err != nil {
		return err
	}
	names := stageNames(stages)
	var entries []id.ID
	for _, l := range of[p.ID] {
		if !w.has(&l.CreatedAt) {
			continue
		}
		c.Logs = append(c.Logs, LogLine{Day: l.Day, LogID: l.ID, Stage: names[l.StageKey], Done: excerpt.Of(l.DoneToday, maxLine), Weather: l.Weather, Hands: l.Hands})
		c.NextWords = excerpt.Of(l.PlanTomorrow, maxLine)
		entries = append(entries, l.EntryID)
	}
	photos, err := model.PhotosOfIDs(ctx, r, p.ID, entries)
	if err != nil {
		return err
	}
	c.Photos = choose(entries, photos)
	return nil
}

// choose takes the newest logs' first photos, then their second ones, until there are nine.
func choose(entries []id.ID, photos []model.Photo) []id.ID {
	of := map[id.ID][]id.ID{}
	for _, p := range photos {
		of[p.EntryID] = append(of[p.EntryID], p.FileID)
	}
	chosen := []id.ID{}
	for turn := range maxReportPhotos {
		for _, e := range slices.Backward(entries) {
			if turn < len(of[e]) && len(chosen) < maxReportPhotos {
				chosen = append(chosen, of[e][turn])
			}
		}
	}
	return chosen
}

func (s *Service) composeQuality(ctx context.Context, r db.Reader, p model.Project, stages []model.Stage, w window, c *Content) error {
	names := stageNames(stages)
	inspections, err := quality.InspectionsBetween(ctx, r, p.ID, w.monday.Plus(-1), w.sunday)
	if err != nil {
		return err
	}
	for _, i := range inspections {
		if w.has(&i.CreatedAt) {
			c.Inspections = append(c.Inspections, Inspected{ID: i.ID, Day: i.Day, Stage: names[i.StageKey], Summary: excerpt.Of(i.Summary, maxLine), By: i.AuthorName})
		}
	}
	for _, st := range stages {
		if !st.Asks(model.NeedChecks) || st.StartedAt == nil || st.CompletedAt != nil && st.CompletedAt.Before(w.from) {
			continue
		}
		checks, err := quality.Standing(ctx, r, p.ID, st.Key, st.Reopened)
		if err != nil {
			return err
		}
		for _, kind := range quality.CheckKinds() {
			if one, ok := checks[kind]; ok && w.has(&one.CreatedAt) {
				c.Checks = append(c.Checks, Checked{Stage: st.NameZH, Kind: string(kind), Passed: one.Passed, By: one.CheckerName, Day: clock.DayOf(one.CreatedAt, s.j.Zone)})
			}
		}
	}
	standing, _, err := quality.Hazards(ctx, r, p.ID, true, db.Page{Limit: maxReportHazards})
	for _, h := range standing {
		if h.CreatedAt.Before(w.until) {
			c.Hazards = append(c.Hazards, Hazardous{ID: h.ID, Title: excerpt.Of(h.Title, maxLine), Severity: string(h.Severity), State: string(h.State), DueOn: h.DueOn, Owner: h.OwnerName})
		}
	}
	rank := map[string]int{string(quality.High): 0, string(quality.Medium): 1, string(quality.Low): 2}
	slices.SortStableFunc(c.Hazards, func(a, b Hazardous) int { return rank[a.Severity] - rank[b.Severity] })
	return err
}

func (s *Service) composeVisits(ctx context.Context, r db.Reader, p model.Project, _ []model.Stage, w window, c *Content) error {
	visits, err := diary.VisitedBetween(ctx, r, p.ID, w.from, w.until)
	for _, v := range visits {
		c.Visits = append(c.Visits, Visited{ID: v.ID, Day: clock.DayOf(v.At, s.j.Zone), Text: excerpt.Of(v.Text, maxLine), Answered: excerpt.Of(v.Answered, maxLine)})
	}
	return err
}

// composeDeliveries tells what is promised to arrive until the coming Sunday.
func (s *Service) composeDeliveries(ctx context.Context, r db.Reader, p model.Project, _ []model.Stage, w window, c *Content) error {
	batches, err := delivery.Batches(ctx, r, p.ID)
	for _, b := range batches {
		if b.State.Open() && b.PromisedOn > w.sunday && b.PromisedOn <= w.sunday.Plus(7) {
			c.Deliveries = append(c.Deliveries, Awaited{ID: b.ID, Name: b.Name, On: b.PromisedOn})
		}
	}
	return err
}

func (s *Service) composeBudget(ctx context.Context, r db.Reader, p model.Project, _ []model.Stage, _ window, c *Content) error {
	orders, err := budget.ApprovedOrders(ctx, r, p.ID)
	if err != nil {
		return err
	}
	b := Budget{}
	for _, o := range orders {
		b.ChangesFen += o.AmountFen
	}
	b.ContractFen = p.ContractAmountFen - b.ChangesFen // approvals move the contract amount
	paid, refunded, err := budget.Paid(ctx, r, p.ID)
	b.PaidFen = paid - refunded
	b.OpenFen = b.TotalFen() - b.PaidFen
	c.Budget = &b
	return err
}

func (s *Service) composePeople(ctx context.Context, r db.Reader, p model.Project, _ []model.Stage, w window, c *Content) error {
	people, err := model.People(ctx, r, p.ID)
	if err != nil {
		return err
	}
	roles, ids := map[id.ID]actor.Role{}, []id.ID{}
	for _, one := range people {
		if !one.FromAt.Before(w.until) || one.UntilAt != nil && one.UntilAt.Before(w.until) {
			continue
		}
		if _, twice := roles[one.StaffID]; !twice {
			ids = append(ids, one.StaffID)
		}
		roles[one.StaffID] = one.Role
	}
	names, err := namesOf(ctx, r, diary.PerPerson, ids)
	for _, staffID := range ids {
		c.People = append(c.People, InCharge{Role: string(roles[staffID]), Name: names[staffID]})
	}
	return err
}

func stageNames(stages []model.Stage) map[string]string {
	names := make(map[string]string, len(stages))
	for _, st := range stages {
		names[st.Key] = st.NameZH
	}
	return names
}
