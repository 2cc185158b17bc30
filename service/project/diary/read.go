package diary

import (
	"context"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	model "guike/model/project"
	"guike/model/project/diary"
	"guike/service/project"
)

// Report is a home report with links to its pictures; those withdrawn since are left out. A guest's has
// no budget.
type Report struct {
	diary.Report
	Content
	Pictures []project.Picture
}

// MyReports lists the home reports of a project of one of the customer's homes, newest week first.
// Errors: not_found.
func (s *Service) MyReports(ctx context.Context, who actor.Actor, projectID id.ID, p db.Page) ([]Report, db.Cursor, error) {
	seen, err := model.FindForCustomer(ctx, s.j.DB, who, projectID, s.j.DB.Now())
	if err != nil {
		return nil, db.Cursor{}, err
	}
	return s.reports(ctx, projectID, project.SeesMoney(who, seen), p)
}

// Reports is MyReports for a project within the reach of a member of staff; third-party supervisors see no
// money.
func (s *Service) Reports(ctx context.Context, who actor.Actor, projectID id.ID, p db.Page) ([]Report, db.Cursor, error) {
	if _, err := model.Find(ctx, s.j.DB, who, projectID); err != nil {
		return nil, db.Cursor{}, err
	}
	return s.reports(ctx, projectID, !who.External, p)
}

func (s *Service) reports(ctx context.Context, projectID id.ID, money bool, p db.Page) ([]Report, db.Cursor, error) {
	rows, next, err := diary.Reports(ctx, s.j.DB, projectID, p)
	if err != nil {
		return nil, next, err
	}
	reports := make([]Report, 0, len(rows))
	for _, row := range rows {
		r, err := opened(row, money)
		if err != nil {
			return nil, next, err
		}
		reports = append(reports, r)
	}
	return reports, next, nil
}

func opened(row diary.Report, money bool) (Report, error) {
	c, err := decode(row.Format, row.Content)
	if !money {
		c.Budget = nil
	}
	return Report{Report: row, Content: c}, err
}

// MyReport reads the home report of a week, with its pictures. Errors: not_found.
func (s *Service) MyReport(ctx context.Context, who actor.Actor, projectID id.ID, week string) (Report, error) {
	seen, err := model.FindForCustomer(ctx, s.j.DB, who, projectID, s.j.DB.Now())
	if err != nil {
		return Report{}, err
	}
	return s.report(ctx, projectID, week, project.SeesMoney(who, seen))
}

// Report is MyReport for a project within the reach of a member of staff; third-party supervisors see no
// money.
func (s *Service) Report(ctx context.Context, who actor.Actor, projectID id.ID, week string) (Report, error) {
	if _, err := model.Find(ctx, s.j.DB, who, projectID); err != nil {
		return Report{}, err
	}
	return s.report(ctx, projectID, week, !who.External)
}

func (s *Service) report(ctx context.Context, projectID id.ID, week string, money bool) (Report, error) {
	row, err := diary.ReportOfWeek(ctx, s.j.DB, projectID, week)
	if err != nil {
		return Report{}, err
	}
	r, err := opened(row, money)
	if err != nil || len(r.Photos) == 0 {
		return r, err
	}
	links, err := s.j.Links.Links(ctx, s.j.DB, r.Photos)
	for _, f := range r.Photos {
		if picture, ok := links[f]; ok {
			r.Pictures = append(r.Pictures, picture)
		}
	}
	return r, err
}

// DiaryDay is a day's log in the diary.
type DiaryDay struct {
	model.DailyLog
	StageName   string
	StageNameEN string
	Pictures    []project.Picture
}

// Diary is a page of the logs of a period, oldest first.
type Diary struct {
	Period
	Project model.Project
	Days    []DiaryDay
	Next    db.Cursor
}

// MyDiary reads the diary of a project of one of the customer's homes. Errors: not_found; input.invalid at
// query.from or query.to.
func (s *Service) MyDiary(ctx context.Context, who actor.Actor, projectID id.ID, from, to string, p db.Page) (Diary, error) {
	span, err := s.period(from, to)
	if err != nil {
		return Diary{}, err
	}
	seen, err := model.FindForCustomer(ctx, s.j.DB, who, projectID, s.j.DB.Now())
	if err != nil {
		return Diary{}, err
	}
	return s.diary(ctx, seen.Project, span, p)
}

// Diary is MyDiary for a project within the reach of a member of staff.
func (s *Service) Diary(ctx context.Context, who actor.Actor, projectID id.ID, from, to string, p db.Page) (Diary, error) {
	span, err := s.period(from, to)
	if err != nil {
		return Diary{}, err
	}
	found, err := model.Find(ctx, s.j.DB, who, projectID)
	if err != nil {
		return Diary{}, err
	}
	return s.diary(ctx, found, span, p)
}

// diary reads a page in four statements, whatever it holds.
func (s *Service) diary(ctx context.Context, p model.Project, span Period, page db.Page) (Diary, error) {
	d := Diary{Period: span, Project: p, Days: []DiaryDay{}}
	logs, next, err := diary.LogsPage(ctx, s.j.DB, p.ID, span.From, span.To, page)
	if err != nil || len(logs) == 0 {
		return d, err
	}
	d.Next = next
	entries := make([]id.ID, 0, len(logs))
	for _, l := range logs {
		entries = append(entries, l.EntryID)
	}
	photos, err := model.PhotosOfIDs(ctx, s.j.DB, p.ID, entries)
	if err != nil {
		return d, err
	}
	links, err := s.j.Links.Links(ctx, s.j.DB, model.FilesOf(photos))
	if err != nil {
		return d, err
	}
	of := map[id.ID][]project.Picture{}
	for _, ph := range photos {
		if picture, ok := links[ph.FileID]; ok {
			of[ph.EntryID] = append(of[ph.EntryID], picture)
		}
	}
	stages, err := model.Stages(ctx, s.j.DB, p.ID)
	for _, l := range logs {
		day := DiaryDay{DailyLog: l, Pictures: of[l.EntryID]}
		for _, st := range stages {
			if st.Key == l.StageKey {
				day.StageName, day.StageNameEN = st.NameZH, st.NameEN
			}
		}
		d.Days = append(d.Days, day)
	}
	return d, err
}
