package project

import (
	"guike/api/contract"
	"guike/internal/id"
)

// HomeForm describes a home that is not known yet.
type HomeForm struct {
	Name     string  `json:"name" minLength:"1" maxLength:"64" doc:"What the home is called." example:"滨江花园 3-1201"`
	City     string  `json:"city" minLength:"1" maxLength:"32" doc:"The city." example:"上海市"`
	District string  `json:"district,omitempty" required:"false" maxLength:"32" doc:"The district." example:"浦东新区"`
	Address  string  `json:"address" minLength:"1" maxLength:"200" doc:"The rest of the address." example:"世纪大道 100 号 3 幢 1201 室"`
	AreaM2   float64 `json:"area_m2" minimum:"0" maximum:"100000" doc:"The area in square metres." example:"126.5"`
}

// CreateBody is what a project begins with.
type CreateBody struct {
	Kind              string    `json:"kind" enum:"custom_furniture,renovation" doc:"What is being made." example:"custom_furniture"`
	Title             string    `json:"title" minLength:"1" maxLength:"100" doc:"What the project is called." example:"滨江花园 3-1201 全屋定制"`
	CustomerID        id.ID     `json:"customer_id,omitzero" required:"false" doc:"The contract party; or customer_phone." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e73"`
	CustomerPhone     string    `json:"customer_phone,omitempty" required:"false" maxLength:"32" doc:"The contract party's phone; nobody known by it is entered." example:"13800138000"`
	CustomerName      string    `json:"customer_name,omitempty" required:"false" maxLength:"64" doc:"The real name, for a customer who is entered by this request." example:"王小明"`
	HomeID            id.ID     `json:"home_id,omitzero" required:"false" doc:"A home of the customer's; or home." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e71"`
	Home              *HomeForm `json:"home,omitempty" required:"false" doc:"A home that is not known yet; the customer becomes its owner."`
	ContractAmountFen int64     `json:"contract_amount_fen" minimum:"0" maximum:"1000000000000" doc:"The contract amount in cents." example:"12800000"`
	PlannedStart      string    `json:"planned_start" format:"date" maxLength:"10" doc:"The first planned day." example:"2026-12-01"`
	Template          string    `json:"template,omitempty" required:"false" maxLength:"32" doc:"The key of the stage template; the standard one when absent." example:"standard"`
	StoreID           id.ID     `json:"store_id,omitzero" required:"false" doc:"The store in charge, for staff of no store; others work for their own." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e72"`
}

// CreateInput is the request for a new project.
type CreateInput struct {
	contract.Key
	Body CreateBody
}

// ListInput narrows the staff's list.
type ListInput struct {
	contract.Paging
	StoreID    id.ID  `query:"store_id" doc:"Projects of this store." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e72"`
	Stage      string `query:"stage" maxLength:"32" doc:"Projects whose current stage has this key." example:"installation"`
	Person     id.ID  `query:"person" doc:"Projects of which this member of staff is in charge now." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e70"`
	CustomerID id.ID  `query:"customer_id" doc:"Projects of this contract party." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e73"`
	State      string `query:"state" enum:"planned,active,completed,cancelled" doc:"Projects in this state." example:"active"`
	Late       bool   `query:"late" doc:"Only projects whose stage under way is past its planned end." example:"true"`
}

// StageInput names a stage for an action on it.
type StageInput struct {
	contract.Key
	contract.ByID
	Stage string    `path:"key" maxLength:"32" doc:"The stage's key." example:"installation"`
	Body  *struct{} `required:"false"`
}

// ReopenInput names a completed stage and why it is not done.
type ReopenInput struct {
	contract.Key
	contract.ByID
	Stage string `path:"key" maxLength:"32" doc:"The stage's key." example:"installation"`
	Body  struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why; the home reads it in the timeline." example:"误点完成,柜门尚未安装。"`
	}
}

// DailyLogBody is what was done today and what comes next.
type DailyLogBody struct {
	DoneToday    string  `json:"done_today" minLength:"1" maxLength:"2000" doc:"What was done." example:"今日完成水电开槽。"`
	PlanTomorrow string  `json:"plan_tomorrow,omitempty" required:"false" maxLength:"2000" doc:"What comes next." example:"明日进场线管。"`
	Weather      string  `json:"weather,omitempty" required:"false" maxLength:"40" doc:"The weather: sunny, cloudy, rain, snow, windy, hot, other, or words of one's own." example:"sunny"`
	Hands        *int    `json:"hands,omitempty" required:"false" nullable:"false" minimum:"0" maximum:"500" doc:"How many people worked on site." example:"4"`
	FileIDs      []id.ID `json:"file_ids,omitempty" required:"false" nullable:"false" maxItems:"9" doc:"Photos that were uploaded before, in their order: 1 to 9. Absent in an edit, the photos stay as they are." example:"[\"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e76\"]"`
	Stage        string  `json:"stage,omitempty" required:"false" maxLength:"32" doc:"The key of the stage that it tells of; the current one when absent." example:"plumbing_wiring"`
}

// DailyLogInput is the request for a daily log.
type DailyLogInput struct {
	contract.Key
	contract.ByID
	Body DailyLogBody
}

// HistoryInput asks for the versions of a daily log.
type HistoryInput struct {
	contract.ByID
	LogID id.ID `path:"log_id" doc:"The log's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e75"`
}

// PersonBody names a member of staff for a project.
type PersonBody struct {
	StaffID id.ID  `json:"staff_id" doc:"Who is put in charge." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e70"`
	Role    string `json:"role,omitempty" required:"false" maxLength:"32" doc:"In which role; the one that the person is employed as when absent. Whoever had it is replaced." example:"project_manager"`
	Note    string `json:"note,omitempty" required:"false" maxLength:"500" doc:"What the person is handed over with; required when somebody is replaced; staff see it." example:"客户对橱柜封边很在意。"`
}

// PersonInput is the request to put a person in charge.
type PersonInput struct {
	contract.Key
	contract.ByID
	Body PersonBody
}

// CancelInput is the request to cancel a project.
type CancelInput struct {
	contract.Key
	contract.ByID
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why; staff see it." example:"客户暂停装修计划。"`
	}
}

// CodeInput names a service code.
type CodeInput struct {
	Code string `path:"code" maxLength:"64" doc:"The code as scanned or typed." example:"S4T9K2M7QX3B8Z"`
}
