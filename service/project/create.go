package project

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/outbox"
	"guike/model/project"
	"guike/model/project/plan"
)

const (
	// serviceCodeKind is the first letter of a service code.
	serviceCodeKind = 'S'
	// maxAmountFen bounds a contract at ten thousand million yuan: beyond it somebody mistyped.
	maxAmountFen = 1_000_000_000_000
	maxTitle     = 100
	maxReason    = 500
)

// NewProject is what a project begins with. The customer and the home are known to exist and to belong
// together: the flow has seen to it.
type NewProject struct {
	Kind              project.Kind
	Title             string
	CustomerID        id.ID
	HomeID            id.ID
	StoreID           id.ID
	ContractAmountFen int64
	PlannedStart      clock.Day
	Template          string // key; empty for the standard one
}

// Check reads the fields that the flow does not look at. Errors: input.invalid naming the first field
// that breaks a rule.
func (n *NewProject) Check() error {
	n.Title = wording.Trim(n.Title)
	switch length := utf8.RuneCountInString(n.Title); {
	case !n.Kind.Valid():
		return fault.Broken("body.kind", "unknown", "项目类型须为全屋定制或装修。", "The kind is custom_furniture or renovation.")
	case length < 1 || length > maxTitle:
		return fault.Broken("body.title", "length", "标题须为 1 到 100 个字。", "The title has 1 to 100 characters.")
	case n.ContractAmountFen < 0 || n.ContractAmountFen > maxAmountFen:
		return fault.Broken("body.contract_amount_fen", "out_of_range", "合同金额超出范围。", "The contract amount is out of range.")
	}
	if _, err := clock.ParseDay(string(n.PlannedStart)); err != nil {
		return fault.Broken("body.planned_start", "malformed", "计划开始日期须为有效的 YYYY-MM-DD。", "The planned start is a calendar day, YYYY-MM-DD.")
	}
	return wording.CheckCharacters("body.title", n.Title)
}

// CreateTx begins a project with the stages of its template's newest version laid out from the planned
// start over the days on which sites work, a service code, and the member of staff who acts as the first
// person in charge in their own role. Errors: input.invalid as Check says, or at body.template.
func (s *Service) CreateTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewProject) (project.Project, error) {
	d, err := s.draft(ctx, tx, &in)
	if err != nil {
		return project.Project{}, err
	}
	p, err := s.keepTx(ctx, tx, who, d)
	if err != nil {
		return project.Project{}, err
	}
	return p, s.beginTx(ctx, tx, who, p)
}

// draft is a project that is not kept yet: its stages, laid out by a revision of the calendar.
type draft struct {
	NewProject
	template project.Template
	stages   []project.Stage
	revision int64
	calendar plan.Calendar
}

func (s *Service) draft(ctx context.Context, r db.Reader, in *NewProject) (draft, error) {
	d := draft{}
	if err := in.Check(); err != nil {
		return d, err
	}
	if in.Template == "" {
		in.Template = StandardTemplate
	}
	template, items, err := project.CurrentTemplate(ctx, r, in.Kind, in.Template)
	if err != nil {
		return d, err
	}
	h, err := plan.LoadHistory(ctx, r, in.PlannedStart)
	if err != nil {
		return d, err
	}
	calendar := h.Newest()
	return draft{*in, template, project.Plan(items, in.PlannedStart, calendar), h.Revision, calendar}, nil
}

// keepTx keeps a drafted project and its stages.
func (s *Service) keepTx(ctx context.Context, tx *db.Tx, who actor.Actor, d draft) (project.Project, error) {
	start, began := d.PlannedStart, (*time.Time)(nil)
	if len(d.stages) > 0 {
		start, began = d.stages[0].PlannedStart, d.stages[0].StartedAt
	}
	end := project.PlannedEnd(d.stages, start)
	p := project.Project{
		ID: id.New(), Kind: d.Kind, Title: d.Title, HomeID: d.HomeID, CustomerID: d.CustomerID, StoreID: d.StoreID,
		ContractAmountFen: d.ContractAmountFen, PlannedStart: start, PlannedEnd: end, BaselineEnd: end, CalendarRev: d.revision,
		TemplateKey: d.template.Key, TemplateVersion: d.template.Version, CreatedBy: who.ID, StartedAt: began,
	}
	p.Derive(d.stages, tx.Now)
	if err := s.numberTx(ctx, tx, &p); err != nil {
		return project.Project{}, err
	}
	for i := range d.stages {
		d.stages[i].ProjectID = p.ID
	}
	return p, project.AddStagesTx(ctx, tx, d.stages)
}

// beginTx names the first person in charge and tells everybody of the new project.
func (s *Service) beginTx(ctx context.Context, tx *db.Tx, who actor.Actor, p project.Project) error {
	if who.Kind == actor.Staff {
		first := project.Person{ProjectID: p.ID, ID: id.New(), StaffID: who.ID, Role: who.Role, FromAt: tx.Now, AssignedBy: who.ID}
		if err := project.AddPersonTx(ctx, tx, &first); err != nil {
			return err
		}
	}
	e := project.Entry{ProjectID: p.ID, Kind: project.EntryCreated, TitleZH: "项目已创建", TitleEN: "Project created", Body: p.Title, RefID: p.ID}
	if err := s.announceTx(ctx, tx, who, p, &e); err != nil {
		return err
	}
	if err := outbox.AddTx(ctx, tx, project.TopicCreated, project.Created{ProjectID: p.ID, EntryID: e.ID, At: tx.Now}); err != nil {
		return err
	}
	return audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: "project.created", Kind: "project", Subject: p.ID,
		Detail: map[string]any{"no": p.No, "customer_id": p.CustomerID, "home_id": p.HomeID, "contract_amount_fen": p.ContractAmountFen},
	})
}

// numberTx keeps the project under a fresh number and service code, drawing again on a clash.
func (s *Service) numberTx(ctx context.Context, tx *db.Tx, p *project.Project) error {
	year := tx.Now.In(s.d.Zone).Year()
	for range 5 {
		no, err := crypt.Code('G', s.d.Entropy)
		if err != nil {
			return err
		}
		if p.ServiceCode, err = crypt.Code(serviceCodeKind, s.d.Entropy); err != nil {
			return err
		}
		p.No = fmt.Sprintf("G%d-%s", year, no[1:8])
		if err = project.AddTx(ctx, tx, p); !db.Duplicate(err) {
			return err
		}
	}
	return fmt.Errorf("no free project number in %d", year)
}
