package main

import (
	"context"
	"net/http"
	"time"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/identity"
	model "guike/model/project"
	"guike/model/project/plan"
)

type projectJSON struct {
	ID                id.ID        `json:"id"`
	No                string       `json:"no"`
	Kind              string       `json:"kind"`
	Title             string       `json:"title"`
	State             string       `json:"state"`
	Percent           int          `json:"percent"`
	CurrentStage      string       `json:"current_stage"`
	Late              bool         `json:"late"`
	DaysLate          int          `json:"days_late"`
	Paused            bool         `json:"paused"`
	PauseReason       string       `json:"pause_reason,omitempty"`
	HomeID            id.ID        `json:"home_id"`
	StoreID           id.ID        `json:"store_id,omitzero"`
	PlannedStart      clock.Day    `json:"planned_start"`
	PlannedEnd        clock.Day    `json:"planned_end"`
	BaselineEnd       clock.Day    `json:"baseline_end,omitempty"`
	ForecastEnd       clock.Day    `json:"forecast_end,omitempty"`
	PlannedDays       int          `json:"planned_days"`
	ActualDays        int          `json:"actual_days"`
	Stages            []stageJSON  `json:"stages"`
	Responsible       *personJSON  `json:"responsible,omitempty"`
	NextStep          *nextJSON    `json:"next_step,omitempty"`
	CreatedAt         time.Time    `json:"created_at"`
	Role              string       `json:"role"`
	ServiceCode       string       `json:"service_code"`
	ContractAmountFen *int64       `json:"contract_amount_fen,omitempty"`
	People            []personJSON `json:"people"`

	due                clock.Day
	started, completed *time.Time
	cancelled, paused  *time.Time
	amount             int64
}

type stageJSON struct {
	Key          string     `json:"key"`
	Name         string     `json:"name"`
	NameEN       string     `json:"name_en"`
	State        string     `json:"state"`
	Weight       int        `json:"weight"`
	PlannedDays  int        `json:"planned_days"`
	ActualDays   int        `json:"actual_days"`
	PlannedStart clock.Day  `json:"planned_start"`
	PlannedEnd   clock.Day  `json:"planned_end"`
	StartedAt    *time.Time `json:"started_at,omitempty"`
	CompletedAt  *time.Time `json:"completed_at,omitempty"`
	Reopened     int        `json:"reopened"`

	BaselineStart clock.Day `json:"baseline_start,omitempty"`
	BaselineEnd   clock.Day `json:"baseline_end,omitempty"`
	ForecastEnd   clock.Day `json:"forecast_end,omitempty"`
}

type personJSON struct {
	Role    string     `json:"role"`
	Name    string     `json:"name"`
	Phone   string     `json:"phone"`
	Current bool       `json:"current"`
	FromAt  time.Time  `json:"from_at"`
	UntilAt *time.Time `json:"until_at,omitempty"`

	staff id.ID
}

type nextJSON struct {
	Stage        string    `json:"stage"`
	Name         string    `json:"name"`
	NameEN       string    `json:"name_en"`
	PlannedStart clock.Day `json:"planned_start"`
	PlannedEnd   clock.Day `json:"planned_end"`
}

// project answers as GET /v1/me/projects/{id} does: five statements.
func (b *bare) project(w http.ResponseWriter, r *http.Request, customer id.ID) error {
	ctx, now := r.Context(), time.Now().UTC()
	p, err := b.find(ctx, customer, r.PathValue("id"), now)
	if err != nil {
		return err
	}
	if p.Stages, err = b.stages(ctx, p.ID, now); err != nil {
		return err
	}
	if p.People, err = b.people(ctx, p.ID); err != nil {
		return err
	}
	if err := b.outlook(ctx, &p, clock.DayOf(now, b.zone)); err != nil {
		return err
	}
	p.PlannedDays = p.PlannedEnd.Since(p.PlannedStart) + 1
	end := p.completed
	if p.cancelled != nil {
		end = p.cancelled
	}
	p.ActualDays = b.days(p.started, end, now)
	p.Responsible = responsible(p.People, p.CurrentStage)
	for _, s := range p.Stages {
		if s.State == "pending" && p.State != "cancelled" {
			p.NextStep = &nextJSON{s.Key, s.Name, s.NameEN, s.PlannedStart, s.PlannedEnd}
			break
		}
	}
	if p.Role != "guest" {
		p.ContractAmountFen = &p.amount
	}
	return answer(w, p)
}

// outlook reads the site calendar and sets how late the project is and when it will end. The arithmetic
// of days is the house's own.
func (b *bare) outlook(ctx context.Context, p *projectJSON, today clock.Day) error {
	rows, err := b.db.QueryContext(ctx, `SELECT from_day, to_day, weekday FROM site_closures
		WHERE removed_in = 0 AND to_day >= ? AND from_day <= ? ORDER BY to_day, id LIMIT 2000`, today.Plus(-800), clock.Day("2200-12-31"))
	closures, err := collect(rows, err, func(c *plan.Closure) []any { return []any{&c.FromDay, &c.ToDay, &c.Weekday} })
	if err != nil {
		return err
	}
	calendar := plan.NewCalendar(closures)
	as := model.Project{State: model.State(p.State), StageDue: p.due, PausedAt: p.paused, PlannedEnd: p.PlannedEnd}
	p.Paused, p.DaysLate = p.paused != nil, as.LateDays(today, calendar)
	p.Late = p.DaysLate > 0
	if !as.Open() {
		return nil
	}
	stages := make([]model.Stage, len(p.Stages))
	for i, s := range p.Stages {
		stages[i] = model.Stage{State: model.StageState(s.State), PlannedStart: s.PlannedStart, PlannedEnd: s.PlannedEnd, StartedAt: s.StartedAt, Weight: s.Weight}
	}
	ends := model.Forecast(as, stages, today, model.Zoned{Days: calendar, Zone: b.zone})
	for i, end := range ends {
		p.Stages[i].ForecastEnd = end
	}
	p.ForecastEnd = model.ForecastEnd(as, stages, ends)
	return nil
}

func (b *bare) find(ctx context.Context, customer id.ID, project string, now time.Time) (p projectJSON, err error) {
	if p.ID, err = id.Parse(project); err != nil {
		return p, err
	}
	err = b.db.QueryRowContext(ctx, `SELECT p.no, p.kind, p.title, p.state, p.percent, p.current_stage, p.home_id, p.store_id,
		p.planned_start, p.planned_end, p.stage_due, p.started_at, p.completed_at, p.cancelled_at, p.created_at, p.service_code,
		p.contract_amount_fen, p.baseline_end, p.paused_at, p.pause_reason, m.role
		FROM projects p JOIN home_members m ON m.home_id = p.home_id AND m.customer_id = ? AND (m.until IS NULL OR m.until > ?)
		WHERE p.id = ?`, customer, now, p.ID).
		Scan(&p.No, &p.Kind, &p.Title, &p.State, &p.Percent, &p.CurrentStage, &p.HomeID, &p.StoreID,
			&p.PlannedStart, &p.PlannedEnd, &p.due, &p.started, &p.completed, &p.cancelled, &p.CreatedAt, &p.ServiceCode,
			&p.amount, &p.BaselineEnd, &p.paused, &p.PauseReason, &p.Role)
	return p, err
}

func (b *bare) stages(ctx context.Context, project id.ID, now time.Time) ([]stageJSON, error) {
	rows, err := b.db.QueryContext(ctx, `SELECT stage_key, name_zh, name_en, state, weight, planned_days, planned_start, planned_end,
		started_at, completed_at, reopened, baseline_start, baseline_end FROM project_stages WHERE project_id = ? ORDER BY seq`, project)
	all, err := collect(rows, err, func(s *stageJSON) []any {
		return []any{
			&s.Key, &s.Name, &s.NameEN, &s.State, &s.Weight, &s.PlannedDays, &s.PlannedStart, &s.PlannedEnd,
			&s.StartedAt, &s.CompletedAt, &s.Reopened, &s.BaselineStart, &s.BaselineEnd,
		}
	})
	for i := range all {
		all[i].ActualDays = b.days(all[i].StartedAt, all[i].CompletedAt, now)
	}
	return all, err
}

func (b *bare) people(ctx context.Context, project id.ID) ([]personJSON, error) {
	rows, err := b.db.QueryContext(ctx, "SELECT staff_id, role, from_at, until_at FROM project_people WHERE project_id = ? ORDER BY id", project)
	people, err := collect(rows, err, func(p *personJSON) []any { return []any{&p.staff, &p.Role, &p.FromAt, &p.UntilAt} })
	if err != nil || len(people) == 0 {
		return people, err
	}
	ids := make([]any, 0, len(people))
	for _, p := range people {
		ids = append(ids, p.staff)
	}
	type staff struct {
		id       id.ID
		name     string
		phone    []byte
		disabled *time.Time
	}
	rows, err = b.db.QueryContext(ctx, "SELECT id, name, phone_enc, disabled_at FROM staff WHERE id IN "+marks(len(ids)), ids...)
	found, err := collect(rows, err, func(s *staff) []any { return []any{&s.id, &s.name, &s.phone, &s.disabled} })
	if err != nil {
		return nil, err
	}
	for i := range people {
		people[i].Current = people[i].UntilAt == nil
		for _, s := range found {
			if s.id != people[i].staff {
				continue
			}
			people[i].Name = s.name
			if s.disabled != nil {
				continue
			}
			if people[i].Phone, err = b.box.Open(identity.StaffPhoneField, s.phone); err != nil {
				return nil, err
			}
		}
	}
	return people, nil
}

func (b *bare) days(start, end *time.Time, now time.Time) int {
	if start == nil {
		return 0
	}
	if end == nil {
		end = &now
	}
	return clock.DayOf(*end, b.zone).Since(clock.DayOf(*start, b.zone)) + 1
}

// responsible picks whom to ask about today's work, by role.
func responsible(people []personJSON, stage string) *personJSON {
	first := map[string]string{"measure": "designer", "design": "designer", "sign": "sales", "installation": "installer", "care": "customer_service"}[stage]
	for _, role := range []string{first, "project_manager", "installer", "designer", "sales", "customer_service", "store_manager", "*"} {
		for i, p := range people {
			if p.Current && (p.Role == role || role == "*") {
				return &people[i]
			}
		}
	}
	return nil
}
