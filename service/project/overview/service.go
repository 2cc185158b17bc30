// Package overview answers, on one screen, what an owner asks: what is happening, who is responsible,
// what comes next, what changed, what it costs, and whether it can be trusted. It only reads. Its
// README says the rules in sentences.
package overview

import (
	"context"
	"slices"
	"time"

	"guike/internal/actor"
	"guike/internal/etag"
	"guike/internal/id"
	"guike/model/db"
	model "guike/model/project"
	"guike/model/project/budget"
	"guike/model/project/delivery"
	"guike/model/project/design"
	"guike/model/project/handover"
	"guike/model/project/material"
	"guike/model/project/plan"
	"guike/model/project/quality"
	"guike/service/project"
)

// Service holds the use case.
type Service struct {
	j        *project.Journal
	projects *project.Service
}

// New returns the use case over the domain's journal and its own use cases.
func New(j *project.Journal, projects *project.Service) *Service { return &Service{j, projects} }

// Kinds of what waits for a customer's word.
const (
	WaitingDesign     = "design"
	WaitingChange     = "change_order"
	WaitingAcceptance = "acceptance"
)

// Waiting is something that the home's owner has to decide, and the version that the decision names.
type Waiting struct {
	Kind    string
	ID      id.ID
	Title   string
	Version int64
	Until   *time.Time // afterwards the offer lapses; nil when there is no deadline
}

// Cost is where the money stands, in fen. Open is what remains of the contract as it is now.
type Cost struct {
	SignedFen, ChangesFen, ContractFen int64
	PaidFen, RefundedFen, OpenFen      int64
}

// Trust counts what shows that the home is made as it was agreed.
type Trust struct {
	quality.Tally
	material.InstallTally
	PromisesOpen, PromisesKept, PromisesBroken int
	SignedStages                               int
}

// Overview is a project on one screen. Cost is nil for who sees no money.
type Overview struct {
	project.Detail
	LastLog  *model.Entry  // whatever was told since
	Changed  []model.Entry // what was decided, moved or replaced lately, newest first
	Delay    *plan.Notice  // the last delay that was explained to the customer
	Delivery *delivery.Batch
	Waiting  []Waiting
	Cost     *Cost
	Trust    Trust
}

const (
	recent     = 50 // entries in which what changed lately is looked for
	maxChanged = 5
	maxOffers  = 20
)

// Mine reads the overview of a project of one of the customer's homes, in some twenty statements,
// whatever the project holds. Errors: not_found.
func (s *Service) Mine(ctx context.Context, who actor.Actor, projectID id.ID) (o Overview, err error) {
	if o.Detail, err = s.projects.Mine(ctx, who, projectID); err != nil {
		return o, err
	}
	for _, read := range []func(context.Context, db.Reader, *Overview) error{news, s.waiting, sheets, cost, trust, coming} {
		if err := read(ctx, s.j.DB, &o); err != nil {
			return o, err
		}
	}
	worded(&o)
	o.Tag = retag(o)
	return o, nil
}

// worded leaves out of the texts what they do not read who see no money, as the timeline and the plan do:
// amounts, and what is given for a delay.
func worded(o *Overview) {
	text := model.Readable
	if !o.Money {
		text = model.WithoutMoney
		if o.Delay != nil {
			o.Delay.CompensationFen, o.Delay.CompensationText = 0, ""
		}
	}
	for i := range o.Changed {
		o.Changed[i].Body = text(o.Changed[i].Body)
	}
	if o.LastLog != nil {
		log := *o.LastLog
		log.Body = text(log.Body)
		o.LastLog = &log
	}
}

// retag adds to the project's tag what changes with time alone: which offers still stand.
func retag(o Overview) string {
	parts := []any{o.Tag}
	for _, w := range o.Waiting {
		parts = append(parts, w.ID, w.Version)
	}
	return etag.Of(parts...)
}

// routine are the kinds of entry that tell of work as it was planned.
var routine = [...]model.EntryKind{
	model.EntryCreated, model.EntryDailyLog, model.EntryStageStarted, model.EntryStageCompleted, material.EntryInstalled,
	quality.EntryInspection, quality.EntryCheck, "service_visit", "report", "production",
}

// news finds the last log, what changed lately, and the delay of which the customer was told last.
func news(ctx context.Context, r db.Reader, o *Overview) error {
	entries, err := model.NewestEntries(ctx, r, o.ID, model.ForCustomers, recent)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !slices.Contains(routine[:], e.Kind) && len(o.Changed) < maxChanged {
			o.Changed = append(o.Changed, e)
		}
	}
	log, logged, err := model.LastLogEntry(ctx, r, o.ID)
	if err != nil {
		return err
	}
	if logged {
		o.LastLog = &log
	}
	notice, told, err := plan.LastTold(ctx, r, o.ID)
	if told {
		o.Delay = &notice
	}
	return err
}

// waiting gathers what the owner has to decide: offers, at most twenty, and designs, of which a project has
// few. Nothing of a cancelled project waits for anybody.
func (s *Service) waiting(ctx context.Context, r db.Reader, o *Overview) error {
	if o.State == model.Cancelled {
		return nil
	}
	orders, err := budget.StandingOffers(ctx, r, o.ID, s.j.DB.Now(), maxOffers)
	if err != nil {
		return err
	}
	for _, c := range orders {
		o.Waiting = append(o.Waiting, Waiting{Kind: WaitingChange, ID: c.ID, Title: c.Title, Version: c.Offer, Until: c.ValidUntil})
	}
	designs, err := design.OfProject(ctx, r, o.ID, model.ForCustomers)
	if err != nil {
		return err
	}
	for _, d := range designs {
		if d.State == design.Waiting {
			o.Waiting = append(o.Waiting, Waiting{Kind: WaitingDesign, ID: d.ID, Title: d.Title, Version: int64(d.Shown)})
		}
	}
	return nil
}

// sheets looks at what is to be signed, and counts what was.
func sheets(ctx context.Context, r db.Reader, o *Overview) error {
	standing, err := handover.StandingAcceptances(ctx, r, o.ID)
	if err != nil {
		return err
	}
	for _, a := range standing {
		at := model.StageAt(o.Stages, a.StageKey)
		switch {
		case a.State == handover.AcceptanceSigned:
			o.Trust.SignedStages++
		case a.State == handover.AcceptanceOpen && at >= 0 && o.State != model.Cancelled:
			o.Waiting = append(o.Waiting, Waiting{Kind: WaitingAcceptance, ID: a.ID, Title: o.Stages[at].NameZH, Version: a.Version})
		}
	}
	return nil
}

// cost adds up the money, for who sees any.
func cost(ctx context.Context, r db.Reader, o *Overview) error {
	if !o.Money {
		return nil
	}
	changes, err := budget.ApprovedSum(ctx, r, o.ID)
	if err != nil {
		return err
	}
	c := Cost{SignedFen: o.ContractAmountFen - changes, ChangesFen: changes, ContractFen: o.ContractAmountFen}
	if c.PaidFen, c.RefundedFen, err = budget.Paid(ctx, r, o.ID); err != nil {
		return err
	}
	c.OpenFen = c.ContractFen - c.PaidFen + c.RefundedFen
	o.Cost = &c
	return nil
}

// trust counts checks, hazards, promises and materials.
func trust(ctx context.Context, r db.Reader, o *Overview) (err error) {
	if o.Trust.Tally, err = quality.TallyOf(ctx, r, o.ID); err != nil {
		return err
	}
	promises, err := handover.PromiseStates(ctx, r, o.ID)
	if err != nil {
		return err
	}
	for state, n := range promises {
		switch state {
		case handover.PromiseKept:
			o.Trust.PromisesKept += n
		case handover.PromiseBroken, handover.PromiseDisputed:
			o.Trust.PromisesBroken += n
		default:
			o.Trust.PromisesOpen += n
		}
	}
	o.Trust.InstallTally, err = material.InstallTallyOf(ctx, r, o.ID)
	return err
}

// coming finds the next delivery.
func coming(ctx context.Context, r db.Reader, o *Overview) error {
	next, awaited, err := delivery.NextBatch(ctx, r, o.ID)
	if awaited {
		o.Delivery = &next
	}
	return err
}
