package supervisor

import (
	"guike/api/contract"
	"guike/internal/id"
)

// SupervisorBody is what is said of a third-party supervisor.
type SupervisorBody struct {
	Name         string   `json:"name" minLength:"1" maxLength:"60" doc:"The supervisor's name." example:"陈志远"`
	Company      string   `json:"company" minLength:"1" maxLength:"100" doc:"Their company." example:"正衡工程监理有限公司"`
	Certificate  string   `json:"certificate" minLength:"1" maxLength:"100" doc:"The number of their certificate." example:"监理工程师 31008821"`
	Introduction string   `json:"introduction,omitempty" required:"false" maxLength:"1000" doc:"A word for customers." example:"从业 15 年,专注住宅装修监理。"`
	Phone        string   `json:"phone" minLength:"1" maxLength:"32" doc:"A mobile number; kept encrypted, masked to customers until the choice is confirmed." example:"13800138000"`
	Cities       []string `json:"cities" nullable:"false" minItems:"1" maxItems:"20" doc:"Where they work." example:"[\"上海市\"]"`
	FeeFen       int64    `json:"fee_fen" minimum:"0" maximum:"1000000000000" doc:"The fee in cents." example:"300000"`
	FeePer       string   `json:"fee_per" enum:"project,month" doc:"What the fee is asked for." example:"project"`
	Active       bool     `json:"active" doc:"Whether customers may choose them." example:"true"`
}

// SupervisorInput is the request for a new entry of the directory.
type SupervisorInput struct {
	contract.Key
	Body SupervisorBody
}

// SupervisorChangeInput is the request to change an entry.
type SupervisorChangeInput struct {
	contract.ByID
	Body struct {
		SupervisorBody
		Version int64 `json:"version" minimum:"1" doc:"The version that was read." example:"1"`
	}
}

// DirectoryInput asks for a page of the directory.
type DirectoryInput struct {
	contract.Paging
	City string `query:"city" maxLength:"32" doc:"Only those who work in this city." example:"上海市"`
}

// StaffDirectoryInput asks staff's view of it.
type StaffDirectoryInput struct {
	DirectoryInput
	Active bool `query:"active" doc:"Only those who may be chosen." example:"true"`
}

// ChooseInput is the request to choose a supervisor.
type ChooseInput struct {
	contract.Key
	contract.ByID
	Body struct {
		SupervisorID id.ID `json:"supervisor_id" doc:"Who is chosen." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e80"`
	}
}

// ConfirmInput is staff's yes to a choice.
type ConfirmInput struct {
	contract.Key
	contract.ByID
	Body struct {
		Username string `json:"username,omitempty" required:"false" maxLength:"64" doc:"For a supervisor who has no sign-in yet; drawn when absent." example:"chen.zhiyuan"`
	}
}

// ReasonInput is a request that takes a reason.
type ReasonInput struct {
	contract.Key
	contract.ByID
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why; both sides read it." example:"档期冲突,请另选一位。"`
	}
}

// SplitBody is how the fee of a supervisor is shared.
type SplitBody struct {
	CompanyBP int `json:"company_bp" minimum:"0" maximum:"10000" doc:"The company's part in basis points; the customer bears the rest, rounded down to the cent." example:"5000"`
}

// SplitInput is the request to change it for choices to come.
type SplitInput struct {
	Body SplitBody
}
