package router

import "github.com/danielgtaylor/huma/v2"

// diaryOperations are the discipline of daily logs, the feeds and their alarms, home reports.
func diaryOperations(s *surface, a APIs) {
	d := a.Diary
	customer(s, "GET /v1/me/projects/{id}/weekly-reports", d.MyReports, "The home reports of my project, newest week first")
	customer(s, "GET /v1/me/projects/{id}/weekly-reports/{week}", d.MyReport, "The home report of a week; guests do not see the budget")
	customer(s, "GET /v1/me/projects/{id}/weekly-reports/{week}/print", d.MyReportPage, "The home report of a week as a page of A4", page)
	customer(s, "POST /v1/me/projects/{id}/weekly-reports/{week}/print-link", d.LinkMyReport, "A link to that page, for a web view or a printer, for 15 minutes")
	customer(s, "GET /v1/me/projects/{id}/diary", d.MyDiary, "The daily logs of a period, oldest first")
	customer(s, "GET /v1/me/projects/{id}/diary/print", d.MyDiaryPage, "The daily logs of a period as pages of A4", page)
	customer(s, "POST /v1/me/projects/{id}/diary/print-link", d.LinkMyDiary, "A link to these pages, for 15 minutes")

	staff(s, "GET /v1/staff/projects/{id}/weekly-reports", "report.read", d.Reports, "The home reports of a project, newest week first")
	staff(s, "GET /v1/staff/projects/{id}/weekly-reports/{week}", "report.read", d.Report, "The home report of a week")
	staff(s, "GET /v1/staff/projects/{id}/weekly-reports/{week}/print", "report.read", d.ReportPage, "The home report of a week as a page of A4", page)
	staff(s, "POST /v1/staff/projects/{id}/weekly-reports/{week}/print-link", "report.read", d.LinkReport, "A link to that page, for 15 minutes")
	staff(s, "GET /v1/staff/projects/{id}/diary", "project.read", d.Diary, "The daily logs of a period, oldest first", thirdParties)
	staff(s, "GET /v1/staff/projects/{id}/diary/print", "project.read", d.DiaryPage, "The daily logs of a period as pages of A4", thirdParties, page)
	staff(s, "POST /v1/staff/projects/{id}/diary/print-link", "project.read", d.LinkDiary, "A link to these pages, for 15 minutes", thirdParties)

	staff(s, "POST /v1/staff/projects/{id}/service-visits", "visit.write", d.RecordVisit, "Record what customer service heard; due every two weeks during the work", creates, fails("404 file.not_found", "409 file.attached_elsewhere", "409 file.risky", "409 file.withdrawn", "409 project.cancelled", "422 file.not_a_picture"))
	staff(s, "GET /v1/staff/projects/{id}/service-visits", "project.read", d.Visits, "What customer service heard, newest first")
	staff(s, "GET /v1/staff/projects/{id}/log-completeness", "report.read", d.LogCompleteness, "How complete a project's daily logs were, by day and person")
	staff(s, "GET /v1/staff/reports/log-completeness", "report.read", d.LogBoard, "The staff board: who keeps the daily logs best")

	public(s, "GET /print/reports/{token}", d.OpenReport, "The home report that a link leads to", page)
	public(s, "GET /print/diaries/{token}", d.OpenDiary, "The diary that a link leads to", page)
}

// page describes an operation that answers with a page for a browser.
func page(op *huma.Operation) {
	op.Responses["200"] = &huma.Response{Description: "The page, to read and to print: no script, no foreign content.", Content: map[string]*huma.MediaType{
		"text/html": {Schema: &huma.Schema{Type: "string"}},
	}}
}
