package notify

import (
	"time"

	"guike/api/contract"
	"guike/internal/etag"
	"guike/internal/id"
	model "guike/model/notify"
	"guike/model/outbox"
	"guike/service/notify"
)

// Message is one line of an inbox.
type Message struct {
	ID        id.ID      `json:"id" doc:"The message." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Kind      string     `json:"kind" doc:"What it tells of: daily_log, daily_log_edited, stage_started, stage_completed, stage_reopened, person_changed, project_created, project_cancelled, customers_merged." example:"daily_log"`
	At        time.Time  `json:"at" doc:"When it came." example:"2026-11-23T01:30:00Z"`
	Title     string     `json:"title" doc:"The headline." example:"今日施工日志(2026-11-23)"`
	Body      string     `json:"body" doc:"The text." example:"“滨江花园”:今日完成水电开槽。"`
	ProjectID id.ID      `json:"project_id,omitzero" doc:"The project that it is about." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e71"`
	RefKind   string     `json:"ref_kind" doc:"What ref_id is: timeline_entry, customer." example:"timeline_entry"`
	RefID     id.ID      `json:"ref_id,omitzero" doc:"The thing that it tells of." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e72"`
	ReadAt    *time.Time `json:"read_at" doc:"When it was read; null until then." example:"2026-11-23T02:00:00Z"`
}

// Inbox is a page of an inbox.
type Inbox struct {
	Items      []Message `json:"items" nullable:"false" doc:"The messages of this page, newest first."`
	NextCursor string    `json:"next_cursor" doc:"Pass it as cursor for the next page; empty on the last." example:""`
	Unread     int64     `json:"unread" doc:"How many messages of the whole inbox were not read." example:"3"`
}

func viewMessage(m model.Message) Message {
	return Message{
		ID: m.ID, Kind: m.Kind, At: contract.Instant(m.At), Title: m.Title, Body: m.Body, ProjectID: m.ProjectID,
		RefKind: m.RefKind, RefID: m.RefID, ReadAt: contract.Until(m.ReadAt),
	}
}

func viewInbox(p notify.InboxPage) Inbox {
	list := contract.NewList(p.Messages, p.Next, viewMessage)
	return Inbox{Items: list.Items, NextCursor: list.NextCursor, Unread: p.Unread}
}

// tagOf changes with every message that comes or is read.
func tagOf(p notify.InboxPage) string {
	parts := []any{p.Unread, p.Next}
	for _, m := range p.Messages {
		parts = append(parts, m.ID, m.Version)
	}
	return etag.Of(parts...)
}

// Offer is a template that the mini-program may ask about.
type Offer struct {
	Event      string `json:"event" doc:"The kind of event: daily_log, stage, person_changed, project_created, project_cancelled." example:"daily_log"`
	TemplateID string `json:"template_id" doc:"For wx.requestSubscribeMessage." example:"demo-daily_log"`
	Title      string `json:"title" doc:"What it is called." example:"施工日志提醒"`
	Remaining  int64  `json:"remaining" doc:"How many messages are accepted now; one accept is one message." example:"1"`
}

// Offers are the templates by event.
type Offers struct {
	Items []Offer `json:"items" nullable:"false" doc:"The templates in use."`
}

func viewOffers(rows []notify.Offer) Offers {
	items := make([]Offer, 0, len(rows))
	for _, o := range rows {
		items = append(items, Offer{Event: o.Event, TemplateID: o.TemplateID, Title: o.Title, Remaining: o.Remaining})
	}
	return Offers{Items: items}
}

// Granted is what a report led to.
type Granted struct {
	Counted bool    `json:"counted" doc:"The accepts of the report were counted; false when the platform's own event counts them." example:"false"`
	Items   []Offer `json:"items" nullable:"false" doc:"The templates in use, as they are accepted now."`
}

// Template is a template as staff see it.
type Template struct {
	Key        string            `json:"key" doc:"The house's name." example:"daily_log"`
	TemplateID string            `json:"template_id" doc:"The platform's id." example:"demo-daily_log"`
	Event      string            `json:"event" doc:"The kind of event." example:"daily_log"`
	Title      string            `json:"title" doc:"What it is called." example:"施工日志提醒"`
	Page       string            `json:"page" doc:"The page that the message opens." example:"pages/project/index?id={project_id}"`
	Fields     map[string]string `json:"fields" nullable:"false" doc:"The fact of each key." example:"{\"thing1\":\"project_title\"}"`
	Resendable bool              `json:"resendable" doc:"It may go out once more when its fate is unknown." example:"false"`
	Active     bool              `json:"active" doc:"It is in use." example:"true"`
	Version    int64             `json:"version" doc:"Send it back with a change." example:"1"`
	UpdatedAt  time.Time         `json:"updated_at" doc:"The last change." example:"2026-11-23T01:30:00Z"`
}

// Templates are all templates.
type Templates struct {
	Items  []Template `json:"items" nullable:"false" doc:"Every template, those switched off included."`
	Events []string   `json:"events" nullable:"false" doc:"The kinds of event that a template can be made for." example:"[\"daily_log\"]"`
	Facts  []string   `json:"facts" nullable:"false" doc:"The facts that a field can show." example:"[\"project_title\"]"`
}

func viewTemplate(t model.Template) (Template, error) {
	fields, err := t.Mapping()
	return Template{
		Key: t.Key, TemplateID: t.TemplateID, Event: t.Event, Title: t.Title, Page: t.Page, Fields: fields,
		Resendable: t.Resendable, Active: t.Active, Version: t.Version, UpdatedAt: contract.Instant(t.UpdatedAt),
	}, err
}

// DeadEvent is a side effect that was given up.
type DeadEvent struct {
	ID        id.ID      `json:"id" doc:"The event." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Topic     string     `json:"topic" doc:"What was to be done." example:"notify.send"`
	Payload   string     `json:"payload" doc:"Its payload, as JSON text: ids and numbers." example:"{}"`
	Attempts  int        `json:"attempts" doc:"How often it was tried." example:"8"`
	LastError string     `json:"last_error" doc:"Why the last try failed." example:"wechat: subscribe_send: terminal, errcode 47003"`
	CreatedAt time.Time  `json:"created_at" doc:"When it was owed." example:"2026-11-23T01:30:00Z"`
	DeadAt    *time.Time `json:"dead_at" doc:"When it was given up." example:"2026-11-23T02:30:00Z"`
}

func viewDead(e outbox.Event) DeadEvent {
	return DeadEvent{
		ID: e.ID, Topic: e.Topic, Payload: e.Payload, Attempts: e.Attempts, LastError: e.LastError,
		CreatedAt: contract.Instant(e.CreatedAt), DeadAt: contract.Until(e.EndedAt),
	}
}
