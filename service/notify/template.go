package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/notify"
)

var (
	goodKey        = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
	goodTemplateID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	goodPage       = regexp.MustCompile(`^([A-Za-z0-9_-][A-Za-z0-9_/-]*(\?[A-Za-z0-9_=&{}.-]*)?)?$`)
	goodField      = regexp.MustCompile(`^([a-z_]{1,20})[0-9]{1,4}$`)
)

// TemplateInput is a template as staff write it. Version is the one that was read; 0 makes a new one.
type TemplateInput struct {
	Key        string
	TemplateID string
	Event      string
	Title      string
	Page       string
	Fields     map[string]string
	Resendable bool
	Active     bool
	Version    int64
}

// Templates lists all templates, those that are switched off included.
func (s *Service) Templates(ctx context.Context) ([]notify.Template, error) {
	return notify.Templates(ctx, s.d.DB, false)
}

// PutTemplate makes or changes a template, audited; messages that are planned go out in its new form.
// The actor holds notify.templates. Errors: input.invalid, template.changed, template.event_taken.
func (s *Service) PutTemplate(ctx context.Context, who actor.Actor, in TemplateInput) (t notify.Template, err error) {
	if err := in.valid(); err != nil {
		return t, err
	}
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		if t, err = putTx(ctx, tx, in); err != nil {
			return err
		}
		return audit.RecordTx(ctx, tx, who, audit.Entry{
			Action: "notify.template_changed", Kind: "subscription_template", Reason: t.Key,
			Detail: map[string]any{"event": t.Event, "active": t.Active, "version": t.Version},
		})
	})
	return t, err
}

func putTx(ctx context.Context, tx *db.Tx, in TemplateInput) (t notify.Template, err error) {
	t, err = notify.LockTemplate(ctx, tx, in.Key)
	exists := err == nil
	if err != nil && !errors.Is(err, fault.Missing()) {
		return t, err
	}
	if exists != (in.Version > 0) || (exists && t.Version != in.Version) {
		return t, faultTemplateChanged()
	}
	if in.Active {
		other, ok, err := notify.ActiveTemplate(ctx, tx, in.Event)
		if err != nil {
			return t, err
		}
		if ok && other.Key != in.Key {
			return t, faultEventTaken()
		}
	}
	if err := in.fill(&t); err != nil {
		return t, err
	}
	if exists {
		return t, notify.ChangeTemplateTx(ctx, tx, &t)
	}
	if err = notify.AddTemplateTx(ctx, tx, &t); db.Duplicate(err) {
		err = faultTemplateChanged()
	}
	return t, err
}

func (in TemplateInput) fill(t *notify.Template) error {
	fields, err := json.Marshal(in.Fields)
	if err != nil {
		return fmt.Errorf("fields of template: %w", err)
	}
	t.Key, t.TemplateID, t.Event, t.Title, t.Page = in.Key, in.TemplateID, in.Event, in.Title, in.Page
	t.Fields, t.Resendable, t.Active = string(fields), in.Resendable, in.Active
	return nil
}

func (in TemplateInput) valid() error {
	switch {
	case !goodKey.MatchString(in.Key):
		return fault.Broken("path.key", "malformed", "模板名只能是小写字母、数字和下划线。", "A key is lower case letters, digits and underscores.")
	case !slices.Contains(Events(), in.Event):
		return fault.Broken("body.event", "unknown", "没有这种事件。", "There is no such event.")
	case in.TemplateID != "" && !validTemplateID(in.TemplateID):
		return fault.Broken("body.template_id", "malformed", "模板编号格式不正确。", "The template id is malformed.")
	case in.Active && in.TemplateID == "":
		return fault.Broken("body.template_id", "required", "启用模板前须填写微信的模板编号。", "A template in use needs the platform's template id.")
	case !validPage(in.Page):
		return fault.Broken("body.page", "malformed", "页面须为小程序内路径,占位符只能是 {project_id} 和 {entry_id}。", "A page is a path of the mini-program; its placeholders are {project_id} and {entry_id}.")
	case strings.TrimSpace(in.Title) == "" || utf8.RuneCountInString(in.Title) > 50:
		return fault.Broken("body.title", "out_of_range", "标题须为 1 到 50 个字。", "A title has 1 to 50 characters.")
	}
	return in.validFields()
}

// validFields holds the mapping to the kinds of wechat.md 1.5 and to the facts that events have.
func (in TemplateInput) validFields() error {
	if len(in.Fields) == 0 || len(in.Fields) > 8 {
		return fault.Broken("body.fields", "out_of_range", "字段须为 1 到 8 个。", "A template has 1 to 8 fields.")
	}
	for key, fact := range in.Fields {
		if kindOf(key) == "" {
			return fault.Broken("body.fields", "malformed", "字段名须形如 thing1。", "A field is named like thing1.")
		}
		if !slices.Contains(Facts(), fact) {
			return fault.Broken("body.fields."+key, "unknown", "没有这种内容。", "There is no such fact.")
		}
		if !fits(kindOf(key), fact) {
			return fault.Broken("body.fields."+key, "unfit", "该类型的字段不能显示此内容。", "A field of this kind cannot show this fact.")
		}
	}
	return nil
}

func validTemplateID(s string) bool { return goodTemplateID.MatchString(s) }

func validPage(s string) bool {
	if len(s) > 200 || !goodPage.MatchString(s) {
		return false
	}
	rest := strings.NewReplacer("{"+factProjectID+"}", "", "{"+factEntryID+"}", "").Replace(s)
	return !strings.ContainsAny(rest, "{}")
}

// SeedTemplates loads the default templates, switched off and without the platform's ids, which every
// company has of its own. What exists stays.
func SeedTemplates(ctx context.Context, tx *db.Tx) error { return seedTx(ctx, tx, "") }

// SeedDemoTemplates loads the default templates, in use, with ids for the simulator: those of
// DemoTemplateID. What exists stays.
func SeedDemoTemplates(ctx context.Context, tx *db.Tx) error { return seedTx(ctx, tx, demoPrefix) }

const demoPrefix = "demo-"

// DemoTemplateID is the id under which SeedDemoTemplates has the template of an event.
func DemoTemplateID(event string) string { return demoPrefix + event }

func seedTx(ctx context.Context, tx *db.Tx, prefix string) error {
	known, err := notify.Templates(ctx, tx, false)
	if err != nil {
		return err
	}
	for _, in := range defaults() {
		if slices.ContainsFunc(known, func(t notify.Template) bool { return t.Key == in.Key }) {
			continue
		}
		if prefix != "" {
			in.TemplateID, in.Active = DemoTemplateID(in.Event), true
		}
		if _, err := putTx(ctx, tx, in); err != nil {
			return fmt.Errorf("seed template %s: %w", in.Key, err)
		}
	}
	return nil
}

func defaults() []TemplateInput {
	const page = "pages/project/index?id={project_id}&entry={entry_id}"
	return []TemplateInput{
		{
			Key: "daily_log", Event: EventDailyLog, Title: "施工日志提醒", Page: page,
			Fields: map[string]string{"thing1": factProjectTitle, "date2": factDay, "thing3": factDoneToday, "thing4": factPlanTomorrow},
		},
		{
			Key: "stage", Event: EventStage, Title: "施工进度通知", Page: page, Resendable: true,
			Fields: map[string]string{"thing1": factProjectTitle, "thing2": factStage, "phrase3": factStageState, "time4": factTime},
		},
		{
			Key: "person_changed", Event: EventPersonChanged, Title: "负责人变更通知", Page: page, Resendable: true,
			Fields: map[string]string{"thing1": factProjectTitle, "thing2": factRole, "thing3": factPerson, "time4": factTime},
		},
		{
			Key: "project_created", Event: EventProjectCreated, Title: "项目创建通知", Page: page, Resendable: true,
			Fields: map[string]string{"thing1": factProjectTitle, "character_string2": factProjectNo, "time3": factTime},
		},
	}
}
