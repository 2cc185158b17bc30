package budget

import (
	"context"
	"slices"
	"strings"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/etag"
	"guike/internal/id"
	projects "guike/model/project"
	model "guike/model/project/budget"
)

// InstalmentState is how much of an instalment has come in.
type InstalmentState string

// The states of an instalment; an overdue one may be paid in part.
const (
	InstalmentOpen    InstalmentState = "open"
	InstalmentPartly  InstalmentState = "partly"
	InstalmentPaid    InstalmentState = "paid"
	InstalmentOverdue InstalmentState = "overdue"
)

// Instalment is a part of the payment plan with what has come in for it. DueOn is its day: as planned,
// or that on which its stage was completed, else is planned to end. Due tells that the day has come
// for certain: it was agreed, or the stage is completed.
type Instalment struct {
	model.Instalment
	PaidFen int64
	State   InstalmentState
	DueOn   clock.Day
	Due     bool
}

// Budget is what a project costs, in cents: the contract as it was signed, every approved change, the
// contract now, what came in, what went back, and what is still open or was paid too much.
type Budget struct {
	Project     projects.Project
	AtSigning   int64
	Changes     []model.Order // approved, oldest first
	Paid        int64
	Refunded    int64
	Open        int64
	Overpaid    int64
	Instalments []Instalment
	Next        *Instalment // of those not paid the one that is due first; nil when nothing is left or nothing was planned
	Tag         string      // changes whenever anything of it does
}

// readings is how often a budget is read again when the project changes meanwhile.
const readings = 3

// Budget reads what a project costs: for staff within reach, and for the owners and family of its home
// (D3, C21). Errors: not_found; home.family_only.
func (s *Service) Budget(ctx context.Context, who actor.Actor, projectID id.ID) (b Budget, err error) {
	for range readings {
		if b.Project, err = s.see(ctx, who, projectID); err != nil {
			return Budget{}, err
		}
		if b, err = s.budget(ctx, b.Project); err != nil {
			return Budget{}, err
		}
		now, err := projects.ByID(ctx, s.j.DB, projectID)
		if err != nil || now.Version == b.Project.Version {
			return b, err // every change of money moves the version: what was read belongs together
		}
	}
	return b, nil
}

func (s *Service) budget(ctx context.Context, p projects.Project) (Budget, error) {
	b := Budget{Project: p, AtSigning: p.ContractAmountFen}
	var err error
	if b.Changes, err = model.ApprovedOrders(ctx, s.j.DB, p.ID); err != nil {
		return b, err
	}
	for _, o := range b.Changes {
		b.AtSigning -= o.AmountFen
	}
	if b.Paid, b.Refunded, err = model.Paid(ctx, s.j.DB, p.ID); err != nil {
		return b, err
	}
	b.Open = p.ContractAmountFen - (b.Paid - b.Refunded)
	b.Open, b.Overpaid = max(b.Open, 0), max(-b.Open, 0)
	rows, err := model.Instalments(ctx, s.j.DB, p.ID)
	if err != nil {
		return b, err
	}
	today := s.j.Today()
	if len(rows) > 0 {
		stages, err := projects.Stages(ctx, s.j.DB, p.ID)
		if err != nil {
			return b, err
		}
		b.Instalments, b.Next = s.spread(rows, stages, b.Paid-b.Refunded, today)
	}
	b.Tag = etag.Of(p.ID, p.Version, today)
	return b, nil
}

// spread lets what came in pay the instalments as they fall due, and tells which one is to be paid next.
// They stay in the order of the plan.
func (s *Service) spread(rows []model.Instalment, stages []projects.Stage, left int64, today clock.Day) (all []Instalment, next *Instalment) {
	all = make([]Instalment, 0, len(rows))
	for _, r := range rows {
		all = append(all, s.dated(r, stages))
	}
	for _, i := range byDueDay(all, today) {
		it := &all[i]
		it.PaidFen = min(max(left, 0), it.AmountFen)
		left -= it.PaidFen
		switch {
		case it.PaidFen == it.AmountFen:
			it.State = InstalmentPaid
		case it.Due && it.DueOn < today:
			it.State = InstalmentOverdue
		case it.PaidFen > 0:
			it.State = InstalmentPartly
		default:
			it.State = InstalmentOpen
		}
		if next == nil && it.State != InstalmentPaid {
			next = it
		}
	}
	return all, next
}

// dated finds the day of an instalment.
func (s *Service) dated(r model.Instalment, stages []projects.Stage) Instalment {
	it := Instalment{Instalment: r, DueOn: r.DueOn, Due: !r.DueOn.IsZero()}
	for _, st := range stages {
		if r.DueStage == "" || st.Key != r.DueStage {
			continue
		}
		it.DueOn = st.PlannedEnd
		if st.CompletedAt != nil {
			it.DueOn, it.Due = clock.DayOf(*st.CompletedAt, s.j.Zone), true
		}
	}
	return it
}

// byDueDay orders instalments by the days on which they fall due, those without a day last; on one day
// the order of the plan holds. A stage that should have ended has not: its instalment falls due today at
// the earliest, and takes nothing from one that is overdue.
func byDueDay(all []Instalment, today clock.Day) []int {
	day := func(it Instalment) clock.Day {
		if !it.Due && !it.DueOn.IsZero() {
			return max(it.DueOn, today)
		}
		return it.DueOn
	}
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := day(all[a]), day(all[b])
		if x.IsZero() != y.IsZero() {
			return strings.Compare(string(y), string(x))
		}
		return strings.Compare(string(x), string(y))
	})
	return order
}
