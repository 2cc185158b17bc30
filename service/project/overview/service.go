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
	PromisesOpen, PromisesKept, PromisesBroken int
	Installed, Mismatched, Recalled            int
	SignedStages                               int
}

// Overview is a project on one screen. Cost is nil for who sees no money.
type Overview struct {
	project.Detail
	LastLog  *model.Entry
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
	maxWaiting = 20
)

// Mine reads the overview of a project of one of the customer's homes, in some twenty statements,
// whatever the project holds. Errors: not_found.
func (s *Service) Mine(ctx context.Context, who actor.Actor, projectID id.ID) (o Overview, err error) {
	if o.Detail, err = s.projects.Mine(ctx, who, projectID); err != nil {
		return o, err
	}
	for _, read := range []func(context.Context, db.Reader, *Overview) error{news, s.waiting, cost, trust, coming} {
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

// news finds the last log, and what changed lately.
func news(ctx context.Context, r db.Reader, o *Overview) error {
	entries, _, _, err := model.Timeline(ctx, r, o.ID, model.ForCustomers, db.Page{Limit: recent})
	if err != nil {
		return err
	}
	for i, e := range entries {
		if e.Kind == model.EntryDailyLog && o.LastLog == nil {
			o.LastLog = &entries[i]
		}
		if !slices.Contains(routine[:], e.Kind) && len(o.Changed) < maxChanged {
			o.Changed = append(o.Changed, e)
		}
	}
	notices, err := plan.Notices(ctx, r, o.ID, plan.NoticeConfirmed)
	if n := len(notices); n > 0 {
		o.Delay = &notices[n-1]
	}
	return err
}

// waiting gathers what the owner has to decide; nothing of a cancelled project waits for anybody.
func (s *Service) waiting(ctx context.Context, r db.Reader, o *Overview) error {
	orders, _, err := budget.Orders(ctx, r, o.ID, db.Page{Limit: db.MaxLimit})
	if err != nil {
		return err
	}
	for _, c := range orders {
		if c.StateAt(s.j.DB.Now()) == budget.Quoted {
			o.Waiting = append(o.Waiting, Waiting{Kind: WaitingChange, ID: c.ID, Title: c.Title, Version: c.Offer, Until: c.ValidUntil})
		}
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
	sheets, _, err := handover.Acceptances(ctx, r, o.ID, db.Page{Limit: db.MaxLimit})
	if err != nil {
		return err
	}
	for _, a := range sheets {
		at := model.StageAt(o.Stages, a.StageKey)
		if at < 0 {
			continue
		}
		st := o.Stages[at]
		switch {
		case a.Round != st.Reopened: // of an earlier round: it counts no more
		case a.State == handover.AcceptanceOpen:
			o.Waiting = append(o.Waiting, Waiting{Kind: WaitingAcceptance, ID: a.ID, Title: st.NameZH, Version: a.Version})
		case a.State == handover.AcceptanceSigned:
			o.Trust.SignedStages++
		}
	}
	if o.State == model.Cancelled {
		o.Waiting = nil
	}
	o.Waiting = o.Waiting[:min(len(o.Waiting), maxWaiting)]
	return nil
}

// cost adds up the money, for who sees any.
func cost(ctx context.Context, r db.Reader, o *Overview) error {
	if !o.Money {
		return nil
	}
	approved, err := budget.ApprovedOrders(ctx, r, o.ID)
	if err != nil {
		return err
	}
	c := Cost{ContractFen: o.ContractAmountFen}
	for _, a := range approved {
		c.ChangesFen += a.AmountFen
	}
	c.SignedFen = c.ContractFen - c.ChangesFen
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
	promises, err := handover.Promises(ctx, r, o.ID)
	if err != nil {
		return err
	}
	for _, p := range promises {
		switch p.State {
		case handover.PromiseKept:
			o.Trust.PromisesKept++
		case handover.PromiseBroken, handover.PromiseDisputed:
			o.Trust.PromisesBroken++
		default:
			o.Trust.PromisesOpen++
		}
	}
	installs, err := material.Installs(ctx, r, o.ID)
	if err != nil {
		return err
	}
	batches := make([]id.ID, 0, len(installs))
	for _, in := range installs {
		if !in.Matches {
			o.Trust.Mismatched++
		}
		batches = append(batches, in.BatchID)
	}
	o.Trust.Installed = len(installs)
	of, err := material.BatchesByIDs(ctx, r, batches)
	for _, in := range installs {
		if of[in.BatchID].State == material.BatchRecalled {
			o.Trust.Recalled++
		}
	}
	return err
}

// coming finds the next delivery.
func coming(ctx context.Context, r db.Reader, o *Overview) error {
	batches, err := delivery.Batches(ctx, r, o.ID)
	if err != nil {
		return err
	}
	for i, b := range batches {
		if b.State.Open() && (o.Delivery == nil || b.PromisedOn < o.Delivery.PromisedOn) {
			o.Delivery = &batches[i]
		}
	}
	return nil
}
