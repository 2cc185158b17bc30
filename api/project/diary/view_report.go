package diary

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	"guike/service/project/diary"
)

// ReportSummary is a home report as a list shows it.
type ReportSummary struct {
	ID          id.ID     `json:"id" doc:"The report's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e75"`
	Week        string    `json:"week" doc:"The ISO 8601 week." example:"2026-W47"`
	From        string    `json:"from" format:"date" doc:"Its Monday." example:"2026-11-16"`
	To          string    `json:"to" format:"date" doc:"Its Sunday." example:"2026-11-22"`
	Title       string    `json:"title" doc:"What people call it." example:"家装周报 · 2026 年第 47 周"`
	TitleEN     string    `json:"title_en" doc:"The same in English." example:"Home report · week 47 of 2026"`
	Summary     string    `json:"summary" doc:"The week in a sentence." example:"本周进度 20% → 35%,当前阶段:水电。施工日志 6 篇,照片 9 张。"`
	PercentFrom int       `json:"percent_from" doc:"How much was done when the week began." example:"20"`
	PercentTo   int       `json:"percent_to" doc:"How much was done when it ended." example:"35"`
	CreatedAt   time.Time `json:"created_at" doc:"When the report was built." example:"2026-11-22T12:00:00.000Z"`
}

// StageMark is a stage in the row that shows how far the work is.
type StageMark struct {
	Key    string `json:"key" doc:"The stage's key." example:"tiling"`
	Name   string `json:"name" doc:"What people call it." example:"泥瓦铺贴"`
	NameEN string `json:"name_en" doc:"The same in English." example:"Tiling"`
	State  string `json:"state" enum:"pending,active,completed" doc:"Where it stood when the week ended." example:"active"`
}

// StageMove is a stage that moved in the week.
type StageMove struct {
	Key    string `json:"key" doc:"The stage's key." example:"plumbing_wiring"`
	Name   string `json:"name" doc:"What people call it." example:"水电"`
	NameEN string `json:"name_en" doc:"The same in English." example:"Plumbing and wiring"`
	What   string `json:"what" enum:"started,completed" doc:"What happened to it." example:"completed"`
	Day    string `json:"day" format:"date" doc:"On which day." example:"2026-11-20"`
}

// LogLine is a day's log in short.
type LogLine struct {
	Day     string `json:"day" format:"date" doc:"The business day." example:"2026-11-20"`
	LogID   id.ID  `json:"log_id" doc:"The log." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e75"`
	Stage   string `json:"stage" doc:"The stage that it tells of." example:"水电"`
	Done    string `json:"done" doc:"What was done, cut to 300 characters." example:"今日完成水电开槽。"`
	Weather string `json:"weather,omitempty" doc:"The weather." example:"sunny"`
	Hands   *int   `json:"hands,omitempty" doc:"How many people worked on site." example:"4"`
}

// Inspection is a supervisor's report in short.
type Inspection struct {
	ID      id.ID  `json:"id" doc:"The inspection." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e75"`
	Day     string `json:"day" format:"date" doc:"The day of the visit." example:"2026-11-19"`
	Stage   string `json:"stage" doc:"The stage that was looked at." example:"水电"`
	Summary string `json:"summary" doc:"What was found, cut to 300 characters." example:"线管间距合格,卫生间防水需加高 5 厘米。"`
	By      string `json:"by" doc:"Who looked." example:"陈监理"`
}

// Check is one of the three checks of a stage.
type Check struct {
	Stage  string `json:"stage" doc:"The stage." example:"水电"`
	Kind   string `json:"kind" enum:"self,mutual,special" doc:"Which check." example:"self"`
	Passed bool   `json:"passed" doc:"Whether it passed." example:"true"`
	By     string `json:"by" doc:"Who checked." example:"张师傅"`
	Day    string `json:"day" format:"date" doc:"On which day." example:"2026-11-20"`
}

// Hazard is one that has not passed its recheck.
type Hazard struct {
	ID       id.ID  `json:"id" doc:"The hazard." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e75"`
	Title    string `json:"title" doc:"What is wrong." example:"卫生间防水高度需增加 5 厘米"`
	Severity string `json:"severity" enum:"low,medium,high" doc:"How much harm it may do." example:"medium"`
	State    string `json:"state" enum:"open,fixed,passed,reopened" doc:"Where it stands." example:"open"`
	DueOn    string `json:"due_on,omitempty" doc:"By when it is to be mended." example:"2026-11-25"`
	Owner    string `json:"owner" doc:"Who owes it." example:"李建国"`
}

// VisitLine is a service visit in short.
type VisitLine struct {
	ID       id.ID  `json:"id" doc:"The visit." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e75"`
	Day      string `json:"day" format:"date" doc:"On which day." example:"2026-11-18"`
	Text     string `json:"text" doc:"What was asked or doubted, cut to 300 characters." example:"客户问卫生间防水高度是否够。"`
	Answered string `json:"answered" doc:"What was answered, cut likewise." example:"淋浴区防水做到 1.8 米。"`
}

// PlannedStage is a stage that is planned for the coming week.
type PlannedStage struct {
	Key    string `json:"key" doc:"The stage's key." example:"tiling"`
	Name   string `json:"name" doc:"What people call it." example:"泥瓦铺贴"`
	NameEN string `json:"name_en" doc:"The same in English." example:"Tiling"`
	From   string `json:"from" format:"date" doc:"Its first planned day." example:"2026-11-23"`
	To     string `json:"to" format:"date" doc:"Its last planned day." example:"2026-12-04"`
}

// Delivery is one that is promised for the coming week.
type Delivery struct {
	ID   id.ID  `json:"id" doc:"The batch." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e75"`
	Name string `json:"name" doc:"What it holds." example:"主卧衣柜"`
	On   string `json:"on" format:"date" doc:"The promised day." example:"2026-11-26"`
}

// Budget is what the home costs.
type Budget struct {
	ContractFen int64 `json:"contract_fen" doc:"As signed, in cents." example:"12800000"`
	ChangesFen  int64 `json:"changes_fen" doc:"Approved changes, in cents; negative when they save." example:"360000"`
	TotalFen    int64 `json:"total_fen" doc:"Both together, in cents." example:"13160000"`
	PaidFen     int64 `json:"paid_fen" doc:"What has been paid, refunds taken off, in cents." example:"7680000"`
	OpenFen     int64 `json:"open_fen" doc:"What is still to be paid, in cents." example:"5480000"`
}

// Report is a home report: a week as it was when it ended.
type Report struct {
	ReportSummary
	ProjectNo   string           `json:"project_no" doc:"The number that people say." example:"G2026-7K3QX9B"`
	Project     string           `json:"project" doc:"What the project is called." example:"滨江花园 3-1201 全屋定制"`
	Kind        string           `json:"kind" enum:"custom_furniture,renovation" doc:"What is being made." example:"renovation"`
	DaysLate    int              `json:"days_late" doc:"Working days behind the plan when the week ended." example:"0"`
	PlannedEnd  string           `json:"planned_end" format:"date" doc:"The last planned day, aftercare aside." example:"2027-01-02"`
	Stage       string           `json:"stage" doc:"The stage under way when the week ended; empty between two." example:"水电"`
	StageEN     string           `json:"stage_en" doc:"The same in English." example:"Plumbing and wiring"`
	Stages      []StageMark      `json:"stages" nullable:"false" doc:"Every stage in its order, aftercare aside."`
	Moved       []StageMove      `json:"moved" nullable:"false" doc:"Stages that started or were completed in the week."`
	LogsOwed    int              `json:"logs_owed" doc:"On how many days of the week a daily log was owed." example:"6"`
	Logs        []LogLine        `json:"logs" nullable:"false" doc:"The daily logs, oldest first."`
	Inspections []Inspection     `json:"inspections" nullable:"false" doc:"What supervisors reported."`
	Checks      []Check          `json:"checks" nullable:"false" doc:"The checks of the week."`
	Hazards     []Hazard         `json:"hazards" nullable:"false" doc:"Hazards that stand, the newest ten."`
	Visits      []VisitLine      `json:"visits" nullable:"false" doc:"What customer service heard."`
	NextStages  []PlannedStage   `json:"next_stages" nullable:"false" doc:"What is planned for the coming week."`
	NextWords   string           `json:"next_words" doc:"What the newest log plans." example:"明日进场线管。"`
	Deliveries  []Delivery       `json:"deliveries" nullable:"false" doc:"What is promised to arrive in the coming week."`
	Budget      *Budget          `json:"budget,omitempty" doc:"What the home costs; guests do not see it."`
	Photos      []contract.Photo `json:"photos" nullable:"false" doc:"Up to nine pictures; those withdrawn since are left out."`
	People      []Author         `json:"people" nullable:"false" doc:"Who was in charge when the week ended."`
}

func viewSummary(r diary.Report) ReportSummary {
	zh, en := diary.WeekTitle(r.Week)
	return ReportSummary{
		ID: r.ID, Week: r.Week, From: string(r.FromDay), To: string(r.ToDay), Title: zh, TitleEN: en, Summary: r.Summary(),
		PercentFrom: r.PercentFrom, PercentTo: r.PercentTo, CreatedAt: contract.Instant(r.CreatedAt),
	}
}

func viewReport(r diary.Report) Report {
	v := Report{
		ReportSummary: viewSummary(r), ProjectNo: r.ProjectNo, Project: r.Title, Kind: r.Kind, DaysLate: r.DaysLate,
		PlannedEnd: string(r.PlannedEnd), Stage: r.Stage, StageEN: r.StageEN, LogsOwed: r.LogsOwed, NextWords: r.NextWords,
		Stages: each(r.Stages, func(s diary.StageMark) StageMark { return StageMark(s) }),
		Moved:  each(r.Moved, func(m diary.StageMove) StageMove { return StageMove{m.Key, m.Name, m.NameEN, m.What, string(m.Day)} }),
		Logs: each(r.Logs, func(l diary.LogLine) LogLine {
			return LogLine{string(l.Day), l.LogID, l.Stage, l.Done, l.Weather, l.Hands}
		}),
		Inspections: each(r.Inspections, func(i diary.Inspected) Inspection { return Inspection{i.ID, string(i.Day), i.Stage, i.Summary, i.By} }),
		Checks:      each(r.Checks, func(c diary.Checked) Check { return Check{c.Stage, c.Kind, c.Passed, c.By, string(c.Day)} }),
		Hazards: each(r.Hazards, func(h diary.Hazardous) Hazard {
			return Hazard{h.ID, h.Title, h.Severity, h.State, string(h.DueOn), h.Owner}
		}),
		Visits: each(r.Visits, func(v diary.Visited) VisitLine { return VisitLine{v.ID, string(v.Day), v.Text, v.Answered} }),
		NextStages: each(r.NextStages, func(s diary.PlannedStage) PlannedStage {
			return PlannedStage{s.Key, s.Name, s.NameEN, string(s.From), string(s.To)}
		}),
		Deliveries: each(r.Deliveries, func(d diary.Awaited) Delivery { return Delivery{d.ID, d.Name, string(d.On)} }),
		Photos:     contract.NewPhotos(r.Pictures),
		People:     each(r.People, func(p diary.InCharge) Author { return Author{Name: p.Name, Role: p.Role} }),
	}
	if b := r.Budget; b != nil {
		v.Budget = &Budget{ContractFen: b.ContractFen, ChangesFen: b.ChangesFen, TotalFen: b.TotalFen(), PaidFen: b.PaidFen, OpenFen: b.OpenFen}
	}
	return v
}

func each[R, V any](rows []R, view func(R) V) []V {
	views := make([]V, 0, len(rows))
	for _, r := range rows {
		views = append(views, view(r))
	}
	return views
}
