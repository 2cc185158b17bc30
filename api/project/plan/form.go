package plan

import (
	"guike/api/contract"
	"guike/internal/id"
)

// CalendarInput asks for the closures from a day on.
type CalendarInput struct {
	From string `query:"from" maxLength:"10" doc:"Closures that end on this day or later; today when absent." example:"2026-12-01"`
}

// ClosureBody is a span of days on which no site works.
type ClosureBody struct {
	From    string `json:"from" format:"date" maxLength:"10" doc:"The first day; at most 31 days ago." example:"2027-02-05"`
	To      string `json:"to,omitempty" required:"false" format:"date" maxLength:"10" doc:"The last day; may be absent with weekday, which then is closed for good." example:"2027-02-12"`
	Name    string `json:"name" minLength:"1" maxLength:"60" doc:"Why sites are closed." example:"春节"`
	Weekday *int   `json:"weekday,omitempty" required:"false" nullable:"false" minimum:"0" maximum:"6" doc:"Only this day of the week, 0 is Sunday: a weekly rest day; every day of the span when absent." example:"0"`
}

// ClosureInput is the request for a closure.
type ClosureInput struct {
	contract.Key
	Body ClosureBody
}

// StageDays are the planned days that a stage shall have.
type StageDays struct {
	Key          string `json:"key" minLength:"1" maxLength:"32" doc:"The stage's key." example:"installation"`
	PlannedStart string `json:"planned_start" format:"date" maxLength:"10" doc:"The first planned day, one on which sites work." example:"2026-12-01"`
	PlannedEnd   string `json:"planned_end" format:"date" maxLength:"10" doc:"The last planned day, today or later, one on which sites work." example:"2026-12-03"`
}

// ReplanInput is the request for other planned days.
type ReplanInput struct {
	contract.ByID
	Body struct {
		Stages          []StageDays `json:"stages" minItems:"1" maxItems:"50" nullable:"false" doc:"The stages to plan anew; what is not named stays. A stage starts no earlier than the day on which the one before it ends."`
		Reason          string      `json:"reason" minLength:"1" maxLength:"500" doc:"Why; the home reads it." example:"客户要求推迟入场。"`
		ExpectedVersion int64       `json:"expected_version" minimum:"1" doc:"The project's version that the change was made of." example:"7"`
	}
}

// ExpediteInput is the request to have a stage done earlier.
type ExpediteInput struct {
	contract.Key
	contract.ByID
	Body struct {
		Stage  string `json:"stage" minLength:"1" maxLength:"32" doc:"The stage's key." example:"production"`
		NewEnd string `json:"new_end" format:"date" maxLength:"10" doc:"When it shall end, before the planned end; what follows moves with it." example:"2026-12-12"`
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why; the home reads it." example:"客户婚期提前,体验中心协调工厂加急。"`
	}
}

// PauseInput is an action on a thing with its reason.
type PauseInput struct {
	contract.Key
	contract.ByID
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why." example:"客户出国,三周后继续。"`
	}
}

// ResumeInput is the request to go on.
type ResumeInput struct {
	contract.Key
	contract.ByID
	Body *struct {
		Reason string `json:"reason,omitempty" required:"false" maxLength:"500" doc:"A word on it." example:"客户已回国。"`
	} `required:"false"`
}

// ConfirmBody is what the customer is told of a delay.
type ConfirmBody struct {
	Reason           string  `json:"reason" minLength:"1" maxLength:"500" doc:"Why; the home reads it." example:"五金配件到货晚了四天。"`
	NewEnd           string  `json:"new_end" format:"date" maxLength:"10" doc:"The new planned end of the stage; what follows moves with it." example:"2026-12-10"`
	CompensationFen  *int64  `json:"compensation_fen,omitempty" required:"false" nullable:"false" minimum:"0" maximum:"1000000000000" doc:"What is offered, in cents; the proposal when absent, 0 for nothing." example:"50000"`
	CompensationText *string `json:"compensation_text,omitempty" required:"false" nullable:"false" maxLength:"500" doc:"The offer in words; the proposal when absent." example:"赠送家居养护礼包一份"`
}

// ConfirmInput is the request to tell the customer of a delay.
type ConfirmInput struct {
	contract.Key
	contract.ByID
	Body ConfirmBody
}

// PhaseBody is a part of a project that may be made later.
type PhaseBody struct {
	Name          string `json:"name" minLength:"1" maxLength:"60" doc:"What it is called." example:"次卧与书房"`
	AmountFen     int64  `json:"amount_fen" minimum:"0" maximum:"1000000000000" doc:"Its part of the contract in cents; all phases together do not exceed the contract." example:"3600000"`
	DeferredUntil string `json:"deferred_until,omitempty" required:"false" format:"date" maxLength:"10" doc:"Until when it is put off; staff are reminded 14 days before." example:"2027-06-01"`
}

// PhaseInput is the request for a phase.
type PhaseInput struct {
	contract.Key
	contract.ByID
	Body PhaseBody
}

// PhaseRef names a phase of the project.
type PhaseRef struct {
	PhaseID id.ID `path:"phase_id" doc:"The phase's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e75"`
}

// ChangePhaseInput is the request for another name or amount.
type ChangePhaseInput struct {
	contract.ByID
	PhaseRef
	Body struct {
		Name            string `json:"name" minLength:"1" maxLength:"60" doc:"What it is called." example:"次卧与书房"`
		AmountFen       int64  `json:"amount_fen" minimum:"0" maximum:"1000000000000" doc:"Its part of the contract in cents." example:"3600000"`
		ExpectedVersion int64  `json:"expected_version" minimum:"1" doc:"The phase's version that the change was made of." example:"1"`
	}
}

// DeferInput is the request to put a phase off.
type DeferInput struct {
	contract.Key
	contract.ByID
	PhaseRef
	Body struct {
		DeferredUntil string `json:"deferred_until" format:"date" maxLength:"10" doc:"Until when, after today." example:"2027-06-01"`
		Reason        string `json:"reason,omitempty" required:"false" maxLength:"500" doc:"Why; the home reads it." example:"客户资金安排。"`
	}
}

// ReleaseInput is the request to let a phase be made.
type ReleaseInput struct {
	contract.Key
	contract.ByID
	PhaseRef
	Body *struct{} `required:"false"`
}

// CancelPhaseInput is the request to give a phase up.
type CancelPhaseInput struct {
	contract.Key
	contract.ByID
	PhaseRef
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why; the home reads it." example:"客户决定不做次卧。"`
	}
}

// OnTimeInput asks for on-time rates.
type OnTimeInput struct {
	From  string `query:"from" required:"true" maxLength:"10" doc:"The first day of completion." example:"2026-11-01"`
	To    string `query:"to" required:"true" maxLength:"10" doc:"The last day; the period has 366 days at most." example:"2026-11-30"`
	Group string `query:"group" enum:"stage,person,team,store" default:"stage" doc:"By stage, by who answered for the stage when it was completed, by their team (the people of one role who work for one store), or by store." example:"stage"`
}
