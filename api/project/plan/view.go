package plan

import (
	"math"
	"time"

	"guike/api/contract"
	"guike/internal/id"
	projects "guike/model/project"
	model "guike/model/project/plan"
	"guike/service/project/plan"
)

// Closure is a span of days on which no site works.
type Closure struct {
	ID        id.ID     `json:"id" doc:"The closure's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	From      string    `json:"from" format:"date" doc:"The first day." example:"2027-02-05"`
	To        string    `json:"to,omitempty" format:"date" doc:"The last day; absent for good." example:"2027-02-12"`
	Weekday   *int      `json:"weekday,omitempty" doc:"Only this day of the week, 0 is Sunday; every day of the span when absent." example:"0"`
	Name      string    `json:"name" doc:"Why sites are closed." example:"春节"`
	CreatedBy string    `json:"created_by" doc:"Who entered it." example:"李建国"`
	CreatedAt time.Time `json:"created_at" doc:"When." example:"2026-11-23T01:30:00.000Z"`
}

// Stage is a stage of a plan: as first promised, as planned, as it was, as it is likely.
type Stage struct {
	Key           string `json:"key" doc:"The stage's key." example:"installation"`
	Name          string `json:"name" doc:"What people call it." example:"安装"`
	NameEN        string `json:"name_en" doc:"The same in English." example:"Installation"`
	State         string `json:"state" enum:"pending,active,completed" doc:"Where the stage stands." example:"active"`
	PlannedDays   int    `json:"planned_days" doc:"How many working days it is planned to take." example:"3"`
	BaselineStart string `json:"baseline_start,omitempty" format:"date" doc:"The first day as it was first promised; it never moves." example:"2026-12-01"`
	BaselineEnd   string `json:"baseline_end,omitempty" format:"date" doc:"The last day as it was first promised; it never moves." example:"2026-12-03"`
	PlannedStart  string `json:"planned_start" format:"date" doc:"The first planned day." example:"2026-12-01"`
	PlannedEnd    string `json:"planned_end" format:"date" doc:"The last planned day." example:"2026-12-03"`
	ForecastEnd   string `json:"forecast_end,omitempty" format:"date" doc:"When it will end if the work takes from today on as long as planned; absent once it is completed." example:"2026-12-05"`

	StartedAt   *time.Time `json:"started_at,omitempty" doc:"When it started." example:"2026-12-01T01:30:00.000Z"`
	CompletedAt *time.Time `json:"completed_at,omitempty" doc:"When it was completed." example:"2026-12-03T09:00:00.000Z"`
}

// Delay is a delay that the customer was told of: reason, new date and compensation.
type Delay struct {
	ID               id.ID      `json:"id" doc:"The notice's id; its timeline entry has it as ref_id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Stage            string     `json:"stage" doc:"The key of the stage." example:"installation"`
	N                int        `json:"n" doc:"Which delay of the stage it is, from 1." example:"1"`
	Due              string     `json:"due" format:"date" doc:"The planned end that was missed." example:"2026-12-03"`
	DaysLate         int        `json:"days_late" doc:"By how many working days." example:"4"`
	Reason           string     `json:"reason,omitempty" doc:"Why, as it was decided." example:"五金配件到货晚了四天。"`
	NewEnd           string     `json:"new_end,omitempty" format:"date" doc:"The new planned end of the stage." example:"2026-12-10"`
	CompensationFen  *int64     `json:"compensation_fen,omitempty" doc:"What is offered, in cents; guests do not see it." example:"50000"`
	CompensationText string     `json:"compensation_text,omitempty" doc:"The offer in words; guests do not see it." example:"赠送家居养护礼包一份"`
	DecidedAt        *time.Time `json:"decided_at,omitempty" doc:"When it was decided." example:"2026-12-08T01:30:00.000Z"`
}

// StaffDelay is a Delay with what is proposed and who decided.
type StaffDelay struct {
	Delay
	ProjectID      id.ID     `json:"project_id" doc:"The project." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e70"`
	State          string    `json:"state" enum:"open,confirmed,dismissed,cleared" doc:"Where the notice stands: open ones wait for staff; cleared ones were over before anybody decided." example:"open"`
	ProposedReason string    `json:"proposed_reason" doc:"A draft of the reason, with a gap to fill." example:"因【请填写原因】,“安装”阶段较计划延后 4 个工作日。"`
	ProposedEnd    string    `json:"proposed_end" format:"date" doc:"The new date by the forecast." example:"2026-12-10"`
	ProposedFen    int64     `json:"proposed_fen" doc:"The compensation that the matrix proposes, in cents; it binds nobody." example:"50000"`
	ProposedText   string    `json:"proposed_text" doc:"The same in words." example:"赠送家居养护礼包一份(价值 500 元)"`
	DecidedBy      string    `json:"decided_by,omitempty" doc:"Who decided." example:"李建国"`
	RaisedAt       time.Time `json:"raised_at" doc:"When the delay was found." example:"2026-12-08T01:30:00.000Z"`
	Version        int64     `json:"version" doc:"Grows with every change." example:"1"`
}

// Change is a line of the history of a plan.
type Change struct {
	ID     id.ID     `json:"id" doc:"The change's id; its timeline entry may have it as ref_id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Kind   string    `json:"kind" enum:"replanned,delayed,expedited,resumed,calendar" doc:"What moved the plan: staff, a confirmed delay, expediting, the end of a pause, the site calendar." example:"expedited"`
	Stage  string    `json:"stage,omitempty" doc:"The key of the stage whose end it tells of; absent for the project's." example:"production"`
	OldEnd string    `json:"old_end" format:"date" doc:"The planned end before." example:"2026-12-20"`
	NewEnd string    `json:"new_end" format:"date" doc:"The planned end after." example:"2026-12-12"`
	Reason string    `json:"reason,omitempty" doc:"Why." example:"客户婚期提前,体验中心协调工厂加急。"`
	By     string    `json:"by,omitempty" doc:"Who approved it; absent for the house itself." example:"陈敏"`
	ByRole string    `json:"by_role,omitempty" doc:"In which role." example:"experience_centre"`
	At     time.Time `json:"at" doc:"When." example:"2026-12-01T01:30:00.000Z"`
}

// Plan is what a project's plan says.
type Plan struct {
	ProjectID    id.ID      `json:"project_id" doc:"The project." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e70"`
	State        string     `json:"state" enum:"planned,active,completed,cancelled" doc:"Where the project stands." example:"active"`
	PlannedStart string     `json:"planned_start" format:"date" doc:"The first planned day." example:"2026-11-23"`
	PlannedEnd   string     `json:"planned_end" format:"date" doc:"The last planned day, aftercare aside." example:"2027-01-02"`
	BaselineEnd  string     `json:"baseline_end,omitempty" format:"date" doc:"The last day as it was first promised; it never moves." example:"2027-01-02"`
	ForecastEnd  string     `json:"forecast_end,omitempty" format:"date" doc:"When the project will end if the work takes from today on as long as planned; absent once nothing is open." example:"2027-01-04"`
	DaysLate     int        `json:"days_late" doc:"By how many working days the stage under way is past its planned end." example:"0"`
	Paused       bool       `json:"paused" doc:"Work stands still on purpose." example:"false"`
	PauseReason  string     `json:"pause_reason,omitempty" doc:"Why." example:"客户出国,三周后继续。"`
	PausedAt     *time.Time `json:"paused_at,omitempty" doc:"Since when." example:"2026-12-01T01:30:00.000Z"`
	Stages       []Stage    `json:"stages" nullable:"false" doc:"Every stage in its order."`
	Changes      []Change   `json:"changes" nullable:"false" doc:"The 50 newest changes of the plan, newest first."`
	Version      int64      `json:"version" doc:"The project's version: what expected_version wants." example:"7"`
}

// MyPlan is a plan as the home sees it.
type MyPlan struct {
	Plan
	Delays []Delay `json:"delays" nullable:"false" doc:"The delays that were told of, newest first."`
}

// StaffPlan is a plan as staff see it.
type StaffPlan struct {
	Plan
	Delays []StaffDelay `json:"delays" nullable:"false" doc:"Every delay with its notice, newest first."`
}

// Phase is a part of a project that may be made later.
type Phase struct {
	ID            id.ID      `json:"id" doc:"The phase's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e75"`
	Name          string     `json:"name" doc:"What it is called." example:"次卧与书房"`
	AmountFen     *int64     `json:"amount_fen,omitempty" doc:"Its part of the contract in cents; guests do not see it." example:"3600000"`
	State         string     `json:"state" enum:"planned,deferred,released,cancelled" doc:"Where it stands." example:"deferred"`
	DeferredUntil string     `json:"deferred_until,omitempty" format:"date" doc:"Until when it was put off." example:"2027-06-01"`
	Reason        string     `json:"reason,omitempty" doc:"Why it was changed last." example:"客户资金安排。"`
	ReleasedAt    *time.Time `json:"released_at,omitempty" doc:"When it was released." example:"2027-06-01T01:30:00.000Z"`
}

// StaffPhase is a Phase with what staff need to change it.
type StaffPhase struct {
	Phase
	Reminded bool  `json:"reminded" doc:"Staff have been reminded of the day that stands." example:"false"`
	Version  int64 `json:"version" doc:"Grows with every change." example:"1"`
}

// OnTimeRow is a group of completed stages.
type OnTimeRow struct {
	Stage          string `json:"stage,omitempty" doc:"The stage's key, by stage." example:"installation"`
	PersonID       id.ID  `json:"person_id,omitzero" doc:"Who answered, by person; absent when nobody did." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e70"`
	StoreID        id.ID  `json:"store_id,omitzero" doc:"The store, by store and team; absent for work of no store." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e72"`
	Role           string `json:"role,omitempty" doc:"The role of those who answered, by team: a team is the people of one role who work for one store; absent when nobody answered." example:"installer"`
	Name           string `json:"name,omitempty" doc:"What people call the person, team or store." example:"李建国"`
	Completed      int64  `json:"completed" doc:"How many stages were completed." example:"40"`
	OnTime         int64  `json:"on_time" doc:"How many of them on or before their planned end." example:"34"`
	RateBP         int64  `json:"rate_bp" doc:"The same in basis points: 10000 is all." example:"8500"`
	Baselined      int64  `json:"baselined" doc:"How many had a first promise." example:"40"`
	OnBaseline     int64  `json:"on_baseline" doc:"How many of these on or before it." example:"30"`
	BaselineRateBP int64  `json:"baseline_rate_bp" doc:"The same in basis points." example:"7500"`
}

// OnTimeReport is on-time rates over a period.
type OnTimeReport struct {
	From  string      `json:"from" format:"date" doc:"The first day." example:"2026-11-01"`
	To    string      `json:"to" format:"date" doc:"The last day." example:"2026-11-30"`
	Group string      `json:"group" enum:"stage,person,store" doc:"By what." example:"stage"`
	Total OnTimeRow   `json:"total" doc:"All groups together."`
	Items []OnTimeRow `json:"items" nullable:"false" doc:"The groups, most stages first."`
}

func viewClosure(c model.Closure) Closure {
	v := Closure{
		ID: c.ID, From: string(c.FromDay), To: string(c.ToDay), Weekday: c.Weekday, Name: c.Name,
		CreatedBy: c.CreatedByName, CreatedAt: contract.Instant(c.CreatedAt),
	}
	if c.Open() {
		v.To = ""
	}
	return v
}

func viewPlan(s plan.Sheet) Plan {
	v := Plan{
		ProjectID: s.ID, State: string(s.State), PlannedStart: string(s.PlannedStart), PlannedEnd: string(s.PlannedEnd),
		BaselineEnd: string(s.BaselineEnd), ForecastEnd: string(s.Outlook.ForecastEnd), DaysLate: s.Outlook.DaysLate,
		Paused: s.Paused(), PauseReason: s.PauseReason, PausedAt: contract.Until(s.PausedAt), Version: s.Version,
		Stages: make([]Stage, 0, len(s.Stages)), Changes: listed(s.Changes, viewChange).Items,
	}
	for i, st := range s.Stages {
		v.Stages = append(v.Stages, viewStage(st, string(s.Outlook.Forecast[i])))
	}
	return v
}

func viewStage(st projects.Stage, forecast string) Stage {
	return Stage{
		Key: st.Key, Name: st.NameZH, NameEN: st.NameEN, State: string(st.State), PlannedDays: st.PlannedDays,
		BaselineStart: string(st.BaselineStart), BaselineEnd: string(st.BaselineEnd),
		PlannedStart: string(st.PlannedStart), PlannedEnd: string(st.PlannedEnd), ForecastEnd: forecast,
		StartedAt: contract.Until(st.StartedAt), CompletedAt: contract.Until(st.CompletedAt),
	}
}

func viewStaffPlan(s plan.Sheet) StaffPlan {
	return StaffPlan{Plan: viewPlan(s), Delays: listed(s.Delays, viewStaffDelay).Items}
}

func viewMyPlan(s plan.Sheet) MyPlan {
	return MyPlan{Plan: viewPlan(s), Delays: listed(s.Delays, func(n model.Notice) Delay { return viewDelay(n, s.Money) }).Items}
}

func viewDelay(n model.Notice, money bool) Delay {
	v := Delay{
		ID: n.ID, Stage: n.StageKey, N: n.N, Due: string(n.Due), DaysLate: n.DaysLate, Reason: n.Reason, NewEnd: string(n.NewEnd),
		DecidedAt: contract.Until(n.DecidedAt),
	}
	if money && n.State == model.NoticeConfirmed {
		v.CompensationFen, v.CompensationText = &n.CompensationFen, n.CompensationText
	}
	return v
}

func viewStaffDelay(n model.Notice) StaffDelay {
	return StaffDelay{
		Delay: viewDelay(n, true), ProjectID: n.ProjectID, State: string(n.State), ProposedReason: n.ProposedReason,
		ProposedEnd: string(n.ProposedEnd), ProposedFen: n.ProposedFen, ProposedText: n.ProposedText, DecidedBy: n.DecidedByName,
		RaisedAt: contract.Instant(n.RaisedAt), Version: n.Version,
	}
}

func viewChange(c model.Change) Change {
	return Change{
		ID: c.ID, Kind: string(c.Kind), Stage: c.StageKey, OldEnd: string(c.OldEnd), NewEnd: string(c.NewEnd), Reason: c.Reason,
		By: c.ByName, ByRole: string(c.ByRole), At: contract.Instant(c.At),
	}
}

func viewPhase(p model.Phase, money bool) Phase {
	v := Phase{
		ID: p.ID, Name: p.Name, State: string(p.State), DeferredUntil: string(p.DeferredUntil), Reason: p.Reason,
		ReleasedAt: contract.Until(p.ReleasedAt),
	}
	if money {
		v.AmountFen = &p.AmountFen
	}
	return v
}

func viewStaffPhase(p model.Phase) StaffPhase {
	return StaffPhase{Phase: viewPhase(p, true), Reminded: p.Reminded, Version: p.Version}
}

func viewOnTime(in *OnTimeInput, rows []plan.OnTimeRow) OnTimeReport {
	v := OnTimeReport{From: in.From, To: in.To, Group: in.Group, Items: make([]OnTimeRow, 0, len(rows))}
	var sum projects.OnTimeRow
	for _, r := range rows {
		v.Items = append(v.Items, viewOnTimeRow(r))
		sum.Completed, sum.OnTime = sum.Completed+r.Completed, sum.OnTime+r.OnTime
		sum.Baselined, sum.OnBaseline = sum.Baselined+r.Baselined, sum.OnBaseline+r.OnBaseline
	}
	v.Total = viewOnTimeRow(plan.OnTimeRow{OnTimeRow: sum})
	return v
}

func viewOnTimeRow(r plan.OnTimeRow) OnTimeRow {
	return OnTimeRow{
		Stage: r.StageKey, PersonID: r.AnsweredBy, StoreID: r.StoreID, Role: string(r.Role), Name: r.Name, Completed: r.Completed, OnTime: r.OnTime,
		RateBP: basisPoints(r.OnTime, r.Completed), Baselined: r.Baselined, OnBaseline: r.OnBaseline,
		BaselineRateBP: basisPoints(r.OnBaseline, r.Baselined),
	}
}

// basisPoints is a share of a whole, rounded to the nearest; 0 of nothing.
func basisPoints(part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	return int64(math.Round(float64(part) * 10_000 / float64(whole)))
}
