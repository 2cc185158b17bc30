package notify

import (
	"context"
	"strconv"
	"strings"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/excerpt"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/outbox"
	"guike/model/project"
)

// The kinds of event that a template can be made for.
const (
	EventDailyLog         = "daily_log"
	EventStage            = "stage"
	EventPersonChanged    = "person_changed"
	EventProjectCreated   = "project_created"
	EventProjectCancelled = "project_cancelled"
	EventDecision         = "decision" // something waits for the customer's word
	EventDelay            = "delay"
	EventReport           = "report"
)

// Events lists the kinds of event that a template can be made for.
func Events() []string {
	return []string{EventDailyLog, EventStage, EventPersonChanged, EventProjectCreated, EventProjectCancelled, EventDecision, EventDelay, EventReport}
}

// news is what an event comes to: the inbox message to each member of the home, and the facts from
// which a subscription message is made.
type news struct {
	project project.Project
	kind    string // of the inbox message
	event   string // of the template; empty when no subscription message is due
	entry   id.ID
	title   string
	body    string
	facts   map[string]string
	staff   id.ID // a member of staff who is told too, in their own words
	staffTo string
}

// The facts that templates may name.
const (
	factProjectTitle = "project_title"
	factProjectNo    = "project_no"
	factDay          = "day"  // 2026-11-23
	factTime         = "time" // 2026年11月23日 15:01
	factSummary      = "summary"
	factStage        = "stage"
	factStageState   = "stage_state"
	factPercent      = "percent"
	factDoneToday    = "done_today"
	factPlanTomorrow = "plan_tomorrow"
	factAuthor       = "author"
	factPerson       = "person"
	factRole         = "role"
	factEntryID      = "entry_id"   // for pages
	factProjectID    = "project_id" // for pages
)

// Facts lists the facts that the fields of a template may name.
func Facts() []string {
	return []string{
		factProjectTitle, factProjectNo, factDay, factTime, factSummary, factStage, factStageState, factPercent,
		factDoneToday, factPlanTomorrow, factAuthor, factPerson, factRole,
	}
}

// begin fills in what every event of a project has in common.
func (s *Service) begin(ctx context.Context, r db.Reader, projectID, entry id.ID, at time.Time) (news, error) {
	p, err := project.ByID(ctx, r, projectID)
	if err != nil {
		return news{}, err
	}
	n := news{project: p, entry: entry, facts: map[string]string{
		factProjectTitle: p.Title, factProjectNo: p.No, factPercent: strconv.Itoa(p.Percent),
		factDay: string(clock.DayOf(at, s.d.Zone)), factTime: at.In(s.d.Zone).Format("2006年01月02日 15:04"),
		factProjectID: p.ID.String(), factEntryID: entry.String(),
	}}
	n.facts[factStage], err = stageName(ctx, r, p.ID, p.CurrentStage)
	return n, err
}

// say sets the words of the inbox message.
func (n *news) say(kind, event, title, body string) {
	n.kind, n.event, n.title, n.body = kind, event, title, body
	n.facts[factSummary] = title
}

func stageName(ctx context.Context, r db.Reader, projectID id.ID, key string) (string, error) {
	stages, err := project.Stages(ctx, r, projectID)
	if err != nil {
		return "", err
	}
	for _, s := range stages {
		if s.Key == key {
			return s.NameZH, nil
		}
	}
	return key, nil
}

func (s *Service) created(ctx context.Context, r db.Reader, e outbox.Event) (news, error) {
	var in project.Created
	if err := e.Decode(&in); err != nil {
		return news{}, err
	}
	n, err := s.begin(ctx, r, in.ProjectID, in.EntryID, in.At)
	if err != nil {
		return n, err
	}
	n.say("project_created", EventProjectCreated, "项目已建立", "“"+n.project.Title+"”已建立,您可以随时查看进度、照片和负责人。")
	return n, nil
}

func (s *Service) cancelled(ctx context.Context, r db.Reader, e outbox.Event) (news, error) {
	var in project.Cancellation
	if err := e.Decode(&in); err != nil {
		return news{}, err
	}
	n, err := s.begin(ctx, r, in.ProjectID, in.EntryID, in.At)
	if err != nil {
		return n, err
	}
	n.say("project_cancelled", EventProjectCancelled, "项目已取消", "“"+n.project.Title+"”已取消,如有疑问请联系您的负责人。")
	return n, nil
}

func (s *Service) stageChanged(ctx context.Context, r db.Reader, e outbox.Event) (news, error) {
	var in project.StageChanged
	if err := e.Decode(&in); err != nil {
		return news{}, err
	}
	n, err := s.begin(ctx, r, in.ProjectID, in.EntryID, in.At)
	if err != nil {
		return n, err
	}
	name, err := stageName(ctx, r, in.ProjectID, in.StageKey)
	if err != nil {
		return n, err
	}
	kind, state, body := "stage_started", "已开始", "“"+n.project.Title+"”进入"+name+"阶段。"
	switch e.Topic {
	case project.TopicStageCompleted:
		kind, state, body = "stage_completed", "已完成", "“"+n.project.Title+"”的"+name+"阶段已完成。"
	case project.TopicStageReopened:
		kind, state, body = "stage_reopened", "重新施工", "“"+n.project.Title+"”的"+name+"阶段重新打开,将继续施工。"
	}
	n.facts[factStage], n.facts[factStageState] = name, state
	n.say(kind, EventStage, name+state, body)
	return n, nil
}

// dailyLogPosted tells of a day's log. An edit of it changes the inbox only: an accept is worth more
// than a corrected sentence.
func (s *Service) dailyLogPosted(ctx context.Context, r db.Reader, e outbox.Event) (news, error) {
	var in project.DailyLogPosted
	if err := e.Decode(&in); err != nil {
		return news{}, err
	}
	n, err := s.begin(ctx, r, in.ProjectID, in.EntryID, in.At)
	if err != nil {
		return n, err
	}
	l, err := project.LogByID(ctx, r, in.ProjectID, in.LogID)
	if err != nil {
		return n, err
	}
	n.facts[factDay], n.facts[factAuthor] = string(in.Day), l.AuthorName
	n.facts[factDoneToday], n.facts[factPlanTomorrow] = cut(l.DoneToday, 100), cut(l.PlanTomorrow, 100)
	body := "“" + n.project.Title + "”:" + cut(l.DoneToday, 150)
	if l.PlanTomorrow != "" {
		body += "\n明日计划:" + cut(l.PlanTomorrow, 150)
	}
	if in.Revision > 1 {
		n.say("daily_log_edited", "", "施工日志已更新("+string(in.Day)+")", body)
	} else {
		n.say("daily_log", EventDailyLog, "今日施工日志("+string(in.Day)+")", body)
	}
	return n, nil
}

func (s *Service) personChanged(ctx context.Context, r db.Reader, e outbox.Event) (news, error) {
	var in project.PersonChanged
	if err := e.Decode(&in); err != nil {
		return news{}, err
	}
	n, err := s.begin(ctx, r, in.ProjectID, in.EntryID, in.At)
	if err != nil {
		return n, err
	}
	staff, err := identity.StaffByID(ctx, r, in.StaffID)
	if err != nil {
		return n, err
	}
	role := roleName(actor.Role(in.Role))
	n.facts[factPerson], n.facts[factRole] = staff.Name, role
	n.say("person_changed", EventPersonChanged, role+"已更新", "“"+n.project.Title+"”的"+role+"现在是"+staff.Name+"。")
	n.staff, n.staffTo = staff.ID, "您已成为“"+n.project.Title+"”的"+role+"。"
	return n, nil
}

func roleName(role actor.Role) string {
	names := map[actor.Role]string{
		actor.Sales: "销售顾问", actor.Designer: "设计师", actor.ProjectManager: "项目经理", actor.Installer: "安装师傅",
		actor.Supervisor: "监理", actor.CustomerService: "客服", actor.ExperienceCentre: "客户体验中心",
		actor.StoreManager: "店长", actor.RegionalHead: "区域负责人", actor.Management: "管理层",
		actor.DataOfficer: "数据专员", actor.Admin: "管理员",
	}
	if name, ok := names[role]; ok {
		return name
	}
	return "负责人"
}

// cut shortens a text to n characters, white space around it aside.
func cut(text string, n int) string { return excerpt.Of(strings.TrimSpace(text), n) }
