package notify

import "guike/api/contract"

// InboxInput asks for a page of the inbox, unless the reader has it already.
type InboxInput struct {
	contract.Paging
	Unread      bool   `query:"unread" doc:"Only messages that were not read." example:"true"`
	IfNoneMatch string `header:"If-None-Match" maxLength:"1024" doc:"The ETag that the reader has; the answer is 304 when nothing changed." example:"\"5f2b\""`
}

// ReadInput names a message that was read.
type ReadInput struct {
	contract.ByID
	contract.NoFields
}

// GrantsBody is what wx.requestSubscribeMessage answered.
type GrantsBody struct {
	Results map[string]string `json:"results" minProperties:"1" maxProperties:"20" doc:"By template id: accept, reject, ban or filter." example:"{\"demo-daily_log\":\"accept\"}"`
}

// GrantsInput reports what a customer answered.
type GrantsInput struct {
	contract.Key
	Body GrantsBody
}

// RequeueInput names a dead event.
type RequeueInput struct {
	contract.ByID
	contract.NoFields
}

// TemplateBody is a template as staff write it.
type TemplateBody struct {
	TemplateID string            `json:"template_id" maxLength:"64" doc:"The platform's id from its console; empty while there is none." example:"demo-daily_log"`
	Event      string            `json:"event" enum:"daily_log,stage,person_changed,project_created,project_cancelled" doc:"The kind of event that it tells of." example:"daily_log"`
	Title      string            `json:"title" minLength:"1" maxLength:"50" doc:"What the template is called." example:"施工日志提醒"`
	Page       string            `json:"page" maxLength:"200" doc:"The page that the message opens, with {project_id} and {entry_id} as placeholders; empty for none." example:"pages/project/index?id={project_id}"`
	Fields     map[string]string `json:"fields" minProperties:"1" maxProperties:"8" doc:"By the template's key: project_title, project_no, day, time, summary, stage, stage_state, percent, done_today, plan_tomorrow, author, person or role." example:"{\"thing1\":\"project_title\",\"date2\":\"day\",\"thing3\":\"done_today\"}"`
	Resendable bool              `json:"resendable" doc:"It may go out once more when nobody knows, after ten minutes, whether it did." example:"false"`
	Active     bool              `json:"active" doc:"It is in use; one template per event is." example:"true"`
	Version    int64             `json:"version" minimum:"0" doc:"The version that was read; 0 makes a new template." example:"1"`
}

// ChangeTemplateInput makes or changes a template.
type ChangeTemplateInput struct {
	Key  string `path:"key" maxLength:"32" doc:"The house's name of the template." example:"daily_log"`
	Body TemplateBody
}
