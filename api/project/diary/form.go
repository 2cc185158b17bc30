package diary

import (
	"guike/api/contract"
	"guike/internal/id"
)

// VisitBody is what customer service heard.
type VisitBody struct {
	Text     string  `json:"text" minLength:"1" maxLength:"2000" doc:"What the customer asked or doubted." example:"客户问卫生间防水高度是否够。"`
	Answered string  `json:"answered,omitempty" required:"false" maxLength:"2000" doc:"What was answered; empty while the answer is owed." example:"淋浴区防水做到 1.8 米,明天请监理现场复核。"`
	FileIDs  []id.ID `json:"file_ids,omitempty" required:"false" nullable:"false" maxItems:"9" doc:"Photos that were uploaded before, in their order." example:"[\"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e76\"]"`
}

// VisitInput is the request to record a visit.
type VisitInput struct {
	contract.Key
	contract.ByID
	Body VisitBody
}

// ListInput asks for a page of what belongs to a project.
type ListInput struct {
	contract.ByID
	contract.Paging
}

// Span is a period of days.
type Span struct {
	From string `query:"from" format:"date" maxLength:"10" doc:"The first day; 29 days before the last one when absent." example:"2026-11-01"`
	To   string `query:"to" format:"date" maxLength:"10" doc:"The last day, 91 days after the first at most; today when absent." example:"2026-11-30"`
}

// SpanInput asks for what a project came to in a period.
type SpanInput struct {
	contract.ByID
	Span
}

// DiaryInput asks for a page of a project's diary.
type DiaryInput struct {
	contract.ByID
	Span
	contract.Paging
}

// BoardInput asks for the staff board.
type BoardInput struct {
	Span
	Group string `query:"group" enum:"person,store" default:"person" doc:"Whether people or stores are ranked." example:"person"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"100" doc:"How many rows at most, the best first." example:"100"`
}

// WeekInput names the report of a week.
type WeekInput struct {
	contract.ByID
	Week string `path:"week" maxLength:"8" pattern:"^[0-9]{4}-W[0-9]{2}$" doc:"The ISO 8601 week." example:"2026-W47"`
}

// WeekActionInput names the report of a week for an action without fields.
type WeekActionInput struct {
	WeekInput
	contract.NoFields
}

// SpanActionInput names a project for an action on a period.
type SpanActionInput struct {
	contract.ByID
	Body SpanBody
}

// SpanBody is a period of days.
type SpanBody struct {
	From string `json:"from,omitempty" required:"false" format:"date" maxLength:"10" doc:"The first day; 29 days before the last one when absent." example:"2026-11-01"`
	To   string `json:"to,omitempty" required:"false" format:"date" maxLength:"10" doc:"The last day, 91 days after the first at most; today when absent." example:"2026-11-30"`
}

// TokenInput is what a link to a printable page carries.
type TokenInput struct {
	Token string `path:"token" maxLength:"64" doc:"The token of the link." example:"9mC1c0lJ9q3bFq6y2m4f8d1p5s7u0w2x4z6A8B0C2D4"`
}
