package project

import (
	"time"

	"guike/api/contract"
	"guike/internal/clock"
	"guike/internal/id"
	model "guike/model/project"
	"guike/service/project"
)

// Stage is a step of a project.
type Stage struct {
	Key          string     `json:"key" doc:"The stage's key, as actions on it use." example:"installation"`
	Name         string     `json:"name" doc:"What people call it." example:"安装"`
	NameEN       string     `json:"name_en" doc:"The same in English." example:"Installation"`
	State        string     `json:"state" enum:"pending,active,completed" doc:"Where the stage stands." example:"active"`
	Weight       int        `json:"weight" doc:"Its share in the project's percent; 0 for aftercare." example:"20"`
	PlannedDays  int        `json:"planned_days" doc:"How many days it is planned to take." example:"3"`
	ActualDays   int        `json:"actual_days" doc:"On how many days it has been under way so far; 0 before it starts." example:"2"`
	PlannedStart string     `json:"planned_start" format:"date" doc:"The first planned day." example:"2026-12-01"`
	PlannedEnd   string     `json:"planned_end" format:"date" doc:"The last planned day." example:"2026-12-03"`
	StartedAt    *time.Time `json:"started_at,omitempty" doc:"When it started." example:"2026-12-01T01:30:00.000Z"`
	CompletedAt  *time.Time `json:"completed_at,omitempty" doc:"When it was completed." example:"2026-12-03T09:00:00.000Z"`
	Reopened     int        `json:"reopened" doc:"How often it was reopened." example:"0"`

	BaselineStart string `json:"baseline_start,omitempty" format:"date" doc:"The first day as it was first promised; it never moves." example:"2026-12-01"`
	BaselineEnd   string `json:"baseline_end,omitempty" format:"date" doc:"The last day as it was first promised; it never moves." example:"2026-12-03"`
	ForecastEnd   string `json:"forecast_end,omitempty" format:"date" doc:"When it will end if the work takes from today on as long as planned; absent once it is completed." example:"2026-12-05"`
}

// Person is somebody in charge, now or before.
type Person struct {
	Role    string     `json:"role" doc:"In which role." example:"project_manager"`
	Name    string     `json:"name" doc:"Whom to ask for." example:"李建国"`
	Phone   string     `json:"phone" doc:"The work phone: in full for members of the home and staff, masked for others, empty when there is none." example:"13800138000"`
	Current bool       `json:"current" doc:"Whether the person is in charge now." example:"true"`
	FromAt  time.Time  `json:"from_at" doc:"Since when." example:"2026-11-23T01:30:00.000Z"`
	UntilAt *time.Time `json:"until_at,omitempty" doc:"Until when; absent while it lasts." example:"2026-12-01T01:30:00.000Z"`
}

// StaffPerson is a Person with what colleagues know besides.
type StaffPerson struct {
	ID      id.ID `json:"id" doc:"The id of this period in charge." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	StaffID id.ID `json:"staff_id" doc:"Who it is." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e70"`
	Person
	Note string `json:"note" doc:"What the person was handed over with." example:"客户对橱柜封边很在意。"`
}

// NextStep is what comes after the stage under way.
type NextStep struct {
	Stage        string `json:"stage" doc:"The key of the next stage." example:"acceptance"`
	Name         string `json:"name" doc:"What people call it." example:"验收"`
	NameEN       string `json:"name_en" doc:"The same in English." example:"Acceptance"`
	PlannedStart string `json:"planned_start" format:"date" doc:"When it is planned to start." example:"2026-12-04"`
	PlannedEnd   string `json:"planned_end" format:"date" doc:"When it is planned to end." example:"2026-12-04"`
}

// Summary is a project as lists show it.
type Summary struct {
	ID           id.ID     `json:"id" doc:"The project's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	No           string    `json:"no" doc:"The number that people say." example:"G2026-7K3QX9B"`
	Kind         string    `json:"kind" enum:"custom_furniture,renovation" doc:"What is being made." example:"custom_furniture"`
	Title        string    `json:"title" doc:"What the project is called." example:"滨江花园 3-1201 全屋定制"`
	State        string    `json:"state" enum:"planned,active,completed,cancelled" doc:"Where the project stands." example:"active"`
	Percent      int       `json:"percent" doc:"How much is done, by the weight of the completed stages, 0 to 100." example:"65"`
	CurrentStage string    `json:"current_stage" doc:"The key of the stage under way, or of the next one." example:"installation"`
	Late         bool      `json:"late" doc:"The stage under way is past its planned end." example:"false"`
	DaysLate     int       `json:"days_late" doc:"By how many working days it is past it, today included; days on which sites are closed and pauses do not count." example:"0"`
	Paused       bool      `json:"paused" doc:"Work stands still on purpose." example:"false"`
	PauseReason  string    `json:"pause_reason,omitempty" doc:"Why." example:"客户出国,三周后继续。"`
	HomeID       id.ID     `json:"home_id" doc:"The home that it is made for." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e71"`
	StoreID      id.ID     `json:"store_id,omitzero" doc:"The store in charge." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e72"`
	PlannedStart string    `json:"planned_start" format:"date" doc:"The first planned day." example:"2026-11-23"`
	PlannedEnd   string    `json:"planned_end" format:"date" doc:"The last planned day, aftercare aside." example:"2027-01-02"`
	BaselineEnd  string    `json:"baseline_end,omitempty" format:"date" doc:"The last day as it was first promised; it never moves." example:"2027-01-02"`
	ForecastEnd  string    `json:"forecast_end,omitempty" format:"date" doc:"When the project will end if the work takes from today on as long as planned; absent once nothing is open." example:"2027-01-04"`
	PlannedDays  int       `json:"planned_days" doc:"How many days it is planned to take, aftercare aside." example:"41"`
	ActualDays   int       `json:"actual_days" doc:"How many days it has taken so far; 0 before the first stage starts." example:"12"`
	Stages       []Stage   `json:"stages" nullable:"false" doc:"Every stage in its order."`
	Responsible  *Person   `json:"responsible,omitempty" doc:"Who answers for today's work."`
	NextStep     *NextStep `json:"next_step,omitempty" doc:"What comes next; absent when nothing is left."`
	CreatedAt    time.Time `json:"created_at" doc:"When the project was created." example:"2026-11-23T01:30:00.000Z"`
}

// MyProject is a project as a member of its home sees it.
type MyProject struct {
	Summary
	Role              string   `json:"role" enum:"owner,family,guest" doc:"What the reader is to the home." example:"owner"`
	ServiceCode       string   `json:"service_code" doc:"The code on the label: who scans it sees who is responsible." example:"S4T9K2M7QX3B8Z"`
	ContractAmountFen *int64   `json:"contract_amount_fen,omitempty" doc:"The contract amount in cents; guests do not see it." example:"12800000"`
	People            []Person `json:"people" nullable:"false" doc:"Everybody in charge, now and before, oldest first."`
}

// Contact is how staff reach the customer.
type Contact struct {
	CustomerID id.ID  `json:"customer_id" doc:"The contract party." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e73"`
	Nickname   string `json:"nickname" doc:"What the customer calls themselves." example:"小雨"`
	Name       string `json:"name" doc:"The real name; masked unless full." example:"王*明"`
	Phone      string `json:"phone" doc:"The phone; masked unless full." example:"138******00"`
	HomeName   string `json:"home_name" doc:"What the home is called." example:"滨江花园"`
	City       string `json:"city" doc:"The home's city." example:"上海市"`
	District   string `json:"district" doc:"The home's district." example:"浦东新区"`
	Address    string `json:"address" doc:"The rest of the address; masked unless full." example:"****"`
	Full       bool   `json:"full" doc:"Whether name, phone and address are given in full: to those in charge while the work lasts, audited." example:"false"`
}

// StaffProject is a project as staff see it.
type StaffProject struct {
	Summary
	ServiceCode       string        `json:"service_code" doc:"The code on the label." example:"S4T9K2M7QX3B8Z"`
	CustomerID        id.ID         `json:"customer_id" doc:"The contract party." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e73"`
	ContractAmountFen *int64        `json:"contract_amount_fen,omitempty" doc:"The contract amount in cents; third-party supervisors do not see it." example:"12800000"`
	Template          string        `json:"template" doc:"The stage template that it was born with." example:"standard"`
	TemplateVersion   int           `json:"template_version" doc:"And its version." example:"1"`
	People            []StaffPerson `json:"people" nullable:"false" doc:"Everybody in charge, now and before, oldest first."`
	Contact           *Contact      `json:"contact,omitempty" doc:"How the customer is reached."`
	PreviousProjects  []Previous    `json:"previous_projects" nullable:"false" doc:"Earlier projects of the same home, newest first, at most 10, when one project is read; GET /v1/staff/homes/{id}/history tells them in full."`
	CancelReason      string        `json:"cancel_reason,omitempty" doc:"Why the project was cancelled." example:"客户暂停装修计划。"`
	Version           int64         `json:"version" doc:"Grows with every change." example:"7"`
}

// Previous is an earlier project of the same home.
type Previous struct {
	ID          id.ID      `json:"id" doc:"The project's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	No          string     `json:"no" doc:"The number that people say." example:"G2024-7K3QX9B"`
	Kind        string     `json:"kind" enum:"custom_furniture,renovation" doc:"What was made." example:"renovation"`
	Title       string     `json:"title" doc:"What the project is called." example:"滨江花园 3-1201 全屋定制"`
	State       string     `json:"state" enum:"planned,active,completed,cancelled" doc:"Where it stands." example:"completed"`
	CreatedAt   time.Time  `json:"created_at" doc:"When it was created." example:"2024-11-23T01:30:00.000Z"`
	CompletedAt *time.Time `json:"completed_at,omitempty" doc:"When it was completed." example:"2025-01-02T09:00:00.000Z"`
}

// StageChange is a stage after an action on it, with what that did to the project.
type StageChange struct {
	Stage
	ProjectState   string `json:"project_state" doc:"Where the project stands now." example:"active"`
	ProjectPercent int    `json:"project_percent" doc:"How much of the project is done now." example:"65"`
}

// Author is who wrote a timeline entry, as he was called then.
type Author struct {
	Name string `json:"name" doc:"The name." example:"李建国"`
	Role string `json:"role" doc:"The role." example:"project_manager"`
}

// Entry is a line of the timeline.
type Entry struct {
	ID        id.ID            `json:"id" doc:"The entry's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e74"`
	Kind      string           `json:"kind" doc:"What it tells of: project_created, daily_log, stage_started, stage_completed, stage_reopened, person_changed, project_cancelled; more kinds will come." example:"daily_log"`
	At        time.Time        `json:"at" doc:"When it was written." example:"2026-12-01T09:30:00.000Z"`
	Title     string           `json:"title" doc:"One line." example:"施工日志 · 安装"`
	TitleEN   string           `json:"title_en" doc:"The same in English." example:"Daily log · Installation"`
	Body      string           `json:"body" doc:"The text; may be empty." example:"今日完成水电开槽。"`
	Stage     string           `json:"stage,omitempty" doc:"The key of the stage that it belongs to." example:"installation"`
	RefID     id.ID            `json:"ref_id,omitzero" doc:"The thing that it tells of: a daily log, a period in charge." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e75"`
	Photos    []contract.Photo `json:"photos" nullable:"false" doc:"Its pictures; withdrawn ones are left out."`
	Author    Author           `json:"author" doc:"Who wrote it."`
	UpdatedAt time.Time        `json:"updated_at" doc:"When it was last edited." example:"2026-12-01T10:00:00.000Z"`
	Version   int64            `json:"version" doc:"1 unless it was edited." example:"1"`
}

// DailyLog is a version of a day's log.
type DailyLog struct {
	ID           id.ID            `json:"id" doc:"The log's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e75"`
	EntryID      id.ID            `json:"entry_id,omitzero" doc:"Its entry in the timeline." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e74"`
	Day          string           `json:"day,omitempty" format:"date" doc:"The business day that it tells of; it ends at 04:00." example:"2026-12-01"`
	Stage        string           `json:"stage" doc:"The key of the stage that it tells of." example:"plumbing_wiring"`
	DoneToday    string           `json:"done_today" doc:"What was done." example:"今日完成水电开槽。"`
	PlanTomorrow string           `json:"plan_tomorrow" doc:"What comes next." example:"明日进场线管。"`
	Weather      string           `json:"weather,omitempty" doc:"The weather: sunny, cloudy, rain, snow, windy, hot, other, or words of the author's own." example:"sunny"`
	Hands        *int             `json:"hands,omitempty" doc:"How many people worked on site; absent when not told." example:"4"`
	Photos       []contract.Photo `json:"photos" nullable:"false" doc:"Its pictures; withdrawn ones are left out."`
	Author       Author           `json:"author" doc:"Who wrote this version."`
	Revision     int64            `json:"revision" doc:"1 for the first version of the day." example:"1"`
	WrittenAt    time.Time        `json:"written_at" doc:"When this version was written." example:"2026-12-01T09:30:00.000Z"`
	ReplacedAt   *time.Time       `json:"replaced_at,omitempty" doc:"When the next version replaced it; absent in the one that stands." example:"2026-12-01T10:00:00.000Z"`
}

// Store is the shop that a service code leads to.
type Store struct {
	Name    string `json:"name" doc:"The store." example:"徐汇旗舰店"`
	Phone   string `json:"phone" doc:"Its line." example:"021-66668888"`
	Address string `json:"address" doc:"Where it is." example:"漕溪北路 18 号"`
}

// ServiceCode is what scanning a service code tells.
type ServiceCode struct {
	Code         string   `json:"code" doc:"The code in its canonical form." example:"S4T9K2M7QX3B8Z"`
	No           string   `json:"no" doc:"The project's number." example:"G2026-7K3QX9B"`
	Kind         string   `json:"kind" enum:"custom_furniture,renovation" doc:"What is being made." example:"custom_furniture"`
	State        string   `json:"state" enum:"planned,active,completed,cancelled" doc:"Where the project stands." example:"active"`
	Stage        string   `json:"stage" doc:"The key of the current stage." example:"installation"`
	StageName    string   `json:"stage_name" doc:"What people call it." example:"安装"`
	StageNameEN  string   `json:"stage_name_en" doc:"The same in English." example:"Installation"`
	Store        *Store   `json:"store,omitempty" doc:"The store in charge."`
	People       []Person `json:"people" nullable:"false" doc:"Everybody responsible, now and before, oldest first."`
	PhonesMasked bool     `json:"phones_masked" doc:"False for a signed-in member of the home." example:"true"`
}

func viewStage(st model.Stage, actual int, forecast clock.Day) Stage {
	return Stage{
		BaselineStart: string(st.BaselineStart), BaselineEnd: string(st.BaselineEnd), ForecastEnd: string(forecast),
		Key: st.Key, Name: st.NameZH, NameEN: st.NameEN, State: string(st.State), Weight: st.Weight,
		PlannedDays: st.PlannedDays, ActualDays: actual, PlannedStart: string(st.PlannedStart), PlannedEnd: string(st.PlannedEnd),
		StartedAt: contract.Until(st.StartedAt), CompletedAt: contract.Until(st.CompletedAt), Reopened: st.Reopened,
	}
}

func viewPerson(p project.Person) Person {
	return Person{
		Role: string(p.Role), Name: p.Name, Phone: p.Phone, Current: p.Current(),
		FromAt: contract.Instant(p.FromAt), UntilAt: contract.Until(p.UntilAt),
	}
}

func viewPeople[V any](people []project.Person, view func(project.Person) V) []V {
	views := make([]V, 0, len(people))
	for _, p := range people {
		views = append(views, view(p))
	}
	return views
}

func viewStaffPerson(p project.Person) StaffPerson {
	return StaffPerson{ID: p.ID, StaffID: p.StaffID, Person: viewPerson(p), Note: p.Note}
}

func (a *API) viewSummary(s project.Summary) Summary {
	v := Summary{
		ID: s.ID, No: s.No, Kind: string(s.Kind), Title: s.Title, State: string(s.State), Percent: s.Percent,
		CurrentStage: s.CurrentStage, Late: s.Late(), DaysLate: s.Outlook.DaysLate, Paused: s.Paused(), PauseReason: s.PauseReason, HomeID: s.HomeID, StoreID: s.StoreID,
		PlannedStart: string(s.PlannedStart), PlannedEnd: string(s.PlannedEnd),
		BaselineEnd: string(s.BaselineEnd), ForecastEnd: string(s.Outlook.ForecastEnd), PlannedDays: plannedDays(s.PlannedStart, s.PlannedEnd),
		ActualDays: a.projects.ProjectDays(s.Project), Stages: make([]Stage, 0, len(s.Stages)), CreatedAt: contract.Instant(s.CreatedAt),
	}
	for i, st := range s.Stages {
		v.Stages = append(v.Stages, viewStage(st, a.projects.ActualDays(st), s.Outlook.Forecast[i]))
	}
	if s.Responsible != nil {
		p := viewPerson(*s.Responsible)
		v.Responsible = &p
	}
	if next, ok := s.Next(); ok {
		v.NextStep = &NextStep{
			Stage: next.Key, Name: next.NameZH, NameEN: next.NameEN,
			PlannedStart: string(next.PlannedStart), PlannedEnd: string(next.PlannedEnd),
		}
	}
	return v
}

func plannedDays(start, end clock.Day) int { return end.Since(start) + 1 }

func (a *API) viewMine(d project.Detail) MyProject {
	v := MyProject{
		Summary: a.viewSummary(d.Summary), Role: d.Member, ServiceCode: d.ServiceCode, People: viewPeople(d.People, viewPerson),
	}
	if d.Money {
		v.ContractAmountFen = &d.ContractAmountFen
	}
	return v
}

func (a *API) viewStaff(d project.Detail) StaffProject {
	v := StaffProject{
		Summary: a.viewSummary(d.Summary), ServiceCode: d.ServiceCode, CustomerID: d.CustomerID,
		ContractAmountFen: &d.ContractAmountFen, Template: d.TemplateKey, TemplateVersion: d.TemplateVersion,
		People: viewPeople(d.People, viewStaffPerson), CancelReason: d.CancelReason, Version: d.Version,
	}
	v.PreviousProjects = make([]Previous, 0, len(d.Earlier))
	for _, p := range d.Earlier {
		v.PreviousProjects = append(v.PreviousProjects, Previous{
			ID: p.ID, No: p.No, Kind: string(p.Kind), Title: p.Title, State: string(p.State),
			CreatedAt: contract.Instant(p.CreatedAt), CompletedAt: contract.Until(p.CompletedAt),
		})
	}
	if c := d.Contact; c != nil {
		v.Contact = &Contact{
			CustomerID: c.CustomerID, Nickname: c.Nickname, Name: c.Name, Phone: c.Phone, HomeName: c.HomeName,
			City: c.City, District: c.District, Address: c.Address, Full: c.Full,
		}
	}
	return v
}

func viewEntry(e project.Entry) Entry {
	return Entry{
		ID: e.ID, Kind: string(e.Kind), At: contract.Instant(e.At), Title: e.TitleZH, TitleEN: e.TitleEN, Body: model.Readable(e.Body),
		Stage: e.StageKey, RefID: e.RefID, Photos: contract.NewPhotos(e.Photos),
		Author: Author{Name: e.AuthorName, Role: string(e.AuthorRole)}, UpdatedAt: contract.Instant(e.UpdatedAt), Version: e.Version,
	}
}

func viewVersion(v project.Version) DailyLog {
	l := DailyLog{
		ID: v.LogID, Stage: v.StageKey, DoneToday: v.DoneToday, PlanTomorrow: v.PlanTomorrow, Photos: contract.NewPhotos(v.Photos),
		Author: Author{Name: v.AuthorName, Role: string(v.AuthorRole)}, Revision: v.Version, WrittenAt: contract.Instant(v.WrittenAt),
		EntryID: v.EntryID, Day: string(v.Day), Weather: v.Weather, Hands: v.Hands,
	}
	if !v.ReplacedAt.IsZero() {
		l.ReplacedAt = contract.Until(&v.ReplacedAt)
	}
	return l
}

func viewServiceCode(c project.Card) ServiceCode {
	v := ServiceCode{
		Code: c.Project.ServiceCode, No: c.Project.No, Kind: string(c.Project.Kind), State: string(c.Project.State),
		Stage: c.Stage.Key, StageName: c.Stage.NameZH, StageNameEN: c.Stage.NameEN,
		People: viewPeople(c.People, viewPerson), PhonesMasked: !c.Member,
	}
	if !c.Store.ID.IsZero() {
		v.Store = &Store{Name: c.Store.Name, Phone: c.Store.Phone, Address: c.Store.Address}
	}
	return v
}
