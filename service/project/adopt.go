package project

import (
	"context"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/project"
)

// AdoptTx takes over a project that runs already, from a system that the company leaves. The stages before
// the named one count as completed on their planned days, which no on-time rate counts; the named one is
// under way; without a name nothing has begun. What would be overdue on the first day gets its planned days
// anew from today on, so that nobody is alarmed by a plan that was made elsewhere. Nobody is in charge yet,
// and nobody is told. Errors: as CreateTx; input.invalid at body.stage.
func (s *Service) AdoptTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewProject, stage string) (project.Project, error) {
	d, err := s.draft(ctx, tx, &in)
	if err != nil {
		return project.Project{}, err
	}
	if err := s.takeUp(&d, stage, tx.Now); err != nil {
		return project.Project{}, err
	}
	p, err := s.keepTx(ctx, tx, who, d)
	if err != nil {
		return project.Project{}, err
	}
	e := project.Entry{ProjectID: p.ID, Kind: project.EntryCreated, TitleZH: "项目已转入系统", TitleEN: "Project taken over", Body: p.Title, RefID: p.ID}
	if err := project.AddEntryTx(ctx, tx, who, &e); err != nil {
		return p, err
	}
	return p, audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: "project.adopted", Kind: "project", Subject: p.ID,
		Detail: map[string]any{"no": p.No, "customer_id": p.CustomerID, "home_id": p.HomeID, "contract_amount_fen": p.ContractAmountFen, "stage": stage},
	})
}

// takeUp puts a drafted project where it stands.
func (s *Service) takeUp(d *draft, stage string, now time.Time) error {
	at := 0
	if stage != "" {
		if at = project.StageAt(d.stages, stage); at < 0 {
			return fault.Broken("body.stage", "unknown", "项目没有这个阶段。", "The project has no such stage.")
		}
		for i := range d.stages[:at] {
			began, ended := s.noon(d.stages[i].PlannedStart, now), s.noon(d.stages[i].PlannedEnd, now)
			d.stages[i].State, d.stages[i].StartedAt, d.stages[i].CompletedAt = project.StageCompleted, &began, &ended
		}
		began := s.noon(d.stages[at].PlannedStart, now)
		d.stages[at].State, d.stages[at].StartedAt = project.StageActive, &began
	}
	today := s.d.dayOf(now)
	if at < len(d.stages) && d.stages[at].PlannedEnd < today {
		target := d.calendar.Plus(today, d.stages[at].PlannedDays-1)
		late := d.calendar.Workdays(d.stages[at].PlannedEnd.Plus(1), target)
		project.Shift(d.stages, d.stages[at].Key, late, d.calendar.Off)
		for i := at; i < len(d.stages); i++ {
			d.stages[i].BaselineStart, d.stages[i].BaselineEnd = d.stages[i].PlannedStart, d.stages[i].PlannedEnd
		}
	}
	return nil
}

// noon is the middle of a day, or now when that lies ahead.
func (s *Service) noon(day clock.Day, now time.Time) time.Time {
	if at := day.Start(s.d.Zone).Add(12 * time.Hour); at.Before(now) {
		return at
	}
	return now
}
