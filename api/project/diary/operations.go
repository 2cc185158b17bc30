package diary

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	model "guike/model/project/diary"
	"guike/service/project/diary"
)

// RecordVisit records what customer service heard.
func (a *API) RecordVisit(ctx context.Context, in *VisitInput) (*contract.Made[Visit], error) {
	b := in.Body
	made, replayed, err := a.diary.Visited(ctx, actor.From(ctx), diary.NewVisit{
		ProjectID: in.ID, Text: b.Text, Answered: b.Answered, FileIDs: b.FileIDs,
		Once: in.Once("diary-record-visit", struct {
			Project string
			Body    VisitBody
		}{in.ID.String(), b}),
	})
	if err != nil {
		return nil, err
	}
	v, err := a.diary.Visit(ctx, made)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewVisit(v), replayed), nil
}

// Visits lists what customer service heard.
func (a *API) Visits(ctx context.Context, in *ListInput) (*contract.Answer[contract.List[Visit]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.diary.Visits(ctx, actor.From(ctx), in.ID, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewVisit)), nil
}

// LogCompleteness judges a project's daily logs.
func (a *API) LogCompleteness(ctx context.Context, in *SpanInput) (*contract.Answer[Completeness], error) {
	c, err := a.diary.Completeness(ctx, actor.From(ctx), in.ID, in.From, in.To)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewCompleteness(c)), nil
}

// LogBoard ranks people or stores by their daily logs.
func (a *API) LogBoard(ctx context.Context, in *BoardInput) (*contract.Answer[Board], error) {
	b, err := a.diary.Board(ctx, actor.From(ctx), in.From, in.To, model.Group(in.Group), in.Limit)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewBoard(b)), nil
}

// MyReports lists the home reports of one of my projects.
func (a *API) MyReports(ctx context.Context, in *ListInput) (*contract.Answer[contract.List[ReportSummary]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.diary.MyReports(ctx, actor.From(ctx), in.ID, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewSummary)), nil
}

// Reports lists the home reports of a project.
func (a *API) Reports(ctx context.Context, in *ListInput) (*contract.Answer[contract.List[ReportSummary]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.diary.Reports(ctx, actor.From(ctx), in.ID, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewSummary)), nil
}

// MyReport shows the home report of a week.
func (a *API) MyReport(ctx context.Context, in *WeekInput) (*contract.Answer[Report], error) {
	return reported(a.diary.MyReport(ctx, actor.From(ctx), in.ID, in.Week))
}

// Report shows staff the home report of a week.
func (a *API) Report(ctx context.Context, in *WeekInput) (*contract.Answer[Report], error) {
	return reported(a.diary.Report(ctx, actor.From(ctx), in.ID, in.Week))
}

func reported(r diary.Report, err error) (*contract.Answer[Report], error) {
	if err != nil {
		return nil, err
	}
	return contract.Found(viewReport(r)), nil
}

// MyReportPage prints the home report of a week.
func (a *API) MyReportPage(ctx context.Context, in *WeekInput) (*Page, error) {
	return reportPage(a.diary.MyReport(ctx, actor.From(ctx), in.ID, in.Week))
}

// ReportPage prints staff the home report of a week.
func (a *API) ReportPage(ctx context.Context, in *WeekInput) (*Page, error) {
	return reportPage(a.diary.Report(ctx, actor.From(ctx), in.ID, in.Week))
}

// OpenReport prints the home report that a link leads to.
func (a *API) OpenReport(ctx context.Context, in *TokenInput) (*Page, error) {
	return reportPage(a.diary.OpenReport(ctx, in.Token))
}

// LinkMyReport makes a link to the printable report.
func (a *API) LinkMyReport(ctx context.Context, in *WeekActionInput) (*contract.Answer[PrintLink], error) {
	return linked(a.diary.PrintReport(ctx, actor.From(ctx), in.ID, in.Week))
}

// LinkReport is LinkMyReport for staff.
func (a *API) LinkReport(ctx context.Context, in *WeekActionInput) (*contract.Answer[PrintLink], error) {
	return linked(a.diary.PrintReport(ctx, actor.From(ctx), in.ID, in.Week))
}

func linked(l diary.PrintLink, err error) (*contract.Answer[PrintLink], error) {
	if err != nil {
		return nil, err
	}
	return contract.Found(viewLink(l)), nil
}

// MyDiary shows the logs of a period, oldest first.
func (a *API) MyDiary(ctx context.Context, in *DiaryInput) (*contract.Answer[contract.List[DiaryDay]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	return leafed(a.diary.MyDiary(ctx, actor.From(ctx), in.ID, in.From, in.To, page))
}

// Diary is MyDiary for staff.
func (a *API) Diary(ctx context.Context, in *DiaryInput) (*contract.Answer[contract.List[DiaryDay]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	return leafed(a.diary.Diary(ctx, actor.From(ctx), in.ID, in.From, in.To, page))
}

func leafed(d diary.Diary, err error) (*contract.Answer[contract.List[DiaryDay]], error) {
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(d.Days, d.Next, viewDiaryDay)), nil
}

// MyDiaryPage prints the diary of a period.
func (a *API) MyDiaryPage(ctx context.Context, in *SpanInput) (*Page, error) {
	return diaryPage(a.diary.WholeDiary(ctx, actor.From(ctx), in.ID, in.From, in.To))
}

// DiaryPage is MyDiaryPage for staff.
func (a *API) DiaryPage(ctx context.Context, in *SpanInput) (*Page, error) {
	return diaryPage(a.diary.WholeDiary(ctx, actor.From(ctx), in.ID, in.From, in.To))
}

// OpenDiary prints the diary that a link leads to.
func (a *API) OpenDiary(ctx context.Context, in *TokenInput) (*Page, error) {
	return diaryPage(a.diary.OpenDiary(ctx, in.Token))
}

// LinkMyDiary makes a link to the printable diary of a period.
func (a *API) LinkMyDiary(ctx context.Context, in *SpanActionInput) (*contract.Answer[PrintLink], error) {
	return linked(a.diary.PrintDiary(ctx, actor.From(ctx), in.ID, in.Body.From, in.Body.To))
}

// LinkDiary is LinkMyDiary for staff.
func (a *API) LinkDiary(ctx context.Context, in *SpanActionInput) (*contract.Answer[PrintLink], error) {
	return linked(a.diary.PrintDiary(ctx, actor.From(ctx), in.ID, in.Body.From, in.Body.To))
}
