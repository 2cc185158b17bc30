// Package correction is the API of correcting members' books by hand.
package correction

import (
	"context"
	"time"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/ledger"
	model "guike/model/membership/correction"
	"guike/service/membership/correction"
)

// API holds the operations.
type API struct{ corrections *correction.Service }

// New returns the operations over the use cases.
func New(s *correction.Service) *API { return &API{s} }

// CorrectBody is a correction that staff ask for.
type CorrectBody struct {
	Book    string `json:"book" enum:"points,fund,growth_spend,growth_participation,growth_contribution" doc:"Which book; the fund counts cents." example:"points"`
	Amount  int64  `json:"amount" minimum:"-100000000" maximum:"100000000" doc:"What is added, or taken when below zero; never more than is there." example:"-20"`
	Reason  string `json:"reason" minLength:"1" maxLength:"200" doc:"Why; the customer reads it in their statement." example:"重复登记的付款"`
	AboutID id.ID  `json:"about_id,omitzero" required:"false" doc:"The line of the statement that is corrected, if it is one." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
}

// CorrectInput is the request to correct a customer's book.
type CorrectInput struct {
	contract.RequiredKey
	contract.ByID
	Body CorrectBody
}

// DecideInput is the request to approve or withdraw a correction.
type DecideInput struct {
	contract.RequiredKey
	contract.ByID
	contract.NoFields
}

// RefuseInput is the request to refuse a correction.
type RefuseInput struct {
	contract.RequiredKey
	contract.ByID
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for who asked." example:"与流水不符"`
	}
}

// ListInput asks for a page of corrections.
type ListInput struct {
	contract.Paging
	State string `query:"state" enum:"asked,posted,refused,withdrawn,lapsed" doc:"Those in this state alone; all when absent." example:"asked"`
}

// OfInput asks for a page of a customer's corrections.
type OfInput struct {
	contract.ByID
	contract.Paging
}

// Correction is a correction as it stands.
type Correction struct {
	ID          id.ID      `json:"id" doc:"The correction." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	CustomerID  id.ID      `json:"customer_id" doc:"Whose book." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Book        string     `json:"book" doc:"Which book; the fund counts cents." example:"points"`
	Amount      int64      `json:"amount" doc:"What is added, or taken when below zero." example:"-20"`
	Reason      string     `json:"reason" doc:"Why; the customer reads it." example:"重复登记的付款"`
	AboutID     id.ID      `json:"about_id,omitzero" doc:"The line of the statement that is corrected." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	State       string     `json:"state" enum:"asked,posted,refused,withdrawn,lapsed" doc:"asked: it waits for a second person; posted; refused; withdrawn; lapsed: nobody decided in time." example:"posted"`
	AskedBy     string     `json:"asked_by" doc:"Who asked." example:"王芳"`
	AskedAt     time.Time  `json:"asked_at" doc:"When." example:"2026-12-01T02:00:00.000Z"`
	LapsesAt    *time.Time `json:"lapses_at,omitempty" doc:"Until when a second person can decide, while it waits." example:"2026-12-15T02:00:00.000Z"`
	DecidedBy   string     `json:"decided_by,omitempty" doc:"Who approved, refused or withdrew it; nobody when it was small enough." example:"李强"`
	DecidedAt   *time.Time `json:"decided_at,omitempty" doc:"When." example:"2026-12-01T03:00:00.000Z"`
	DecidedWhy  string     `json:"decided_reason,omitempty" doc:"Why it was refused." example:"与流水不符"`
	TransferID  id.ID      `json:"transfer_id,omitzero" doc:"The transfer that it became." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	NeedsSecond bool       `json:"needs_second_person" doc:"Whether it waits for somebody else's decision." example:"false"`
}

func view(s correction.Standing) Correction {
	v := Correction{
		ID: s.ID, CustomerID: s.CustomerID, Book: string(s.Book), Amount: s.Amount, Reason: s.Reason, AboutID: s.AboutID, State: string(s.Now),
		AskedBy: s.AskedName, AskedAt: contract.Instant(s.AskedAt), DecidedBy: s.DecidedName, DecidedAt: contract.Until(s.DecidedAt), DecidedWhy: s.DecidedWhy,
		TransferID: s.TransferID, NeedsSecond: s.Now == model.Asked,
	}
	if v.NeedsSecond {
		at := time.UnixMilli(s.LapsesAt).UTC()
		v.LapsesAt = &at
	}
	return v
}

func made(s correction.Standing, replayed bool, err error) (*contract.Made[Correction], error) {
	if err != nil {
		return nil, err
	}
	return contract.NewMade(view(s), replayed), nil
}

// about is what makes an idempotency key of an act on something.
type about struct {
	ID   id.ID
	Body any
}

// Correct corrects a customer's book, or asks for a second person.
func (a *API) Correct(ctx context.Context, in *CorrectInput) (*contract.Made[Correction], error) {
	b := in.Body
	return made(a.corrections.Correct(ctx, actor.From(ctx), correction.Wish{
		CustomerID: in.ID, Book: ledger.Book(b.Book), Amount: b.Amount, Reason: b.Reason, AboutID: b.AboutID, Once: in.Once("value-correct", about{in.ID, b}),
	}))
}

// Approve posts a correction that somebody else asked for.
func (a *API) Approve(ctx context.Context, in *DecideInput) (*contract.Made[Correction], error) {
	return made(a.corrections.Approve(ctx, actor.From(ctx), in.ID, in.Once("value-correction-approve", in.ID)))
}

// Refuse ends a correction that somebody else asked for.
func (a *API) Refuse(ctx context.Context, in *RefuseInput) (*contract.Made[Correction], error) {
	return made(a.corrections.Refuse(ctx, actor.From(ctx), in.ID, in.Body.Reason, in.Once("value-correction-refuse", about{in.ID, in.Body})))
}

// Withdraw ends a correction that I asked for.
func (a *API) Withdraw(ctx context.Context, in *DecideInput) (*contract.Made[Correction], error) {
	return made(a.corrections.Withdraw(ctx, actor.From(ctx), in.ID, in.Once("value-correction-withdraw", in.ID)))
}

// List lists corrections.
func (a *API) List(ctx context.Context, in *ListInput) (*contract.Answer[contract.List[Correction]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.corrections.List(ctx, actor.From(ctx), model.State(in.State), page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, view)), nil
}

// ListOf lists the corrections of a customer.
func (a *API) ListOf(ctx context.Context, in *OfInput) (*contract.Answer[contract.List[Correction]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.corrections.ListOf(ctx, actor.From(ctx), in.ID, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, view)), nil
}

// Policy says up to what sums of a day staff correct without a second person.
type Policy struct {
	Points  int64 `json:"points" minimum:"0" maximum:"100000000" doc:"Points that a member of staff corrects in a day alone; 0 asks for a second person always." example:"500"`
	FundFen int64 `json:"fund_fen" minimum:"0" maximum:"100000000" doc:"The same for the home fund, in cents." example:"5000"`
	Growth  int64 `json:"growth" minimum:"0" maximum:"100000000" doc:"The same for each of the three growth books." example:"500"`
}

// PolicyInput is the request to change the policy.
type PolicyInput struct{ Body Policy }

// Policy shows the policy.
func (a *API) Policy(ctx context.Context, _ *struct{}) (*contract.Answer[Policy], error) {
	p, err := a.corrections.Policy(ctx)
	if err != nil {
		return nil, err
	}
	return contract.Found(Policy(p)), nil
}

// SetPolicy changes the policy.
func (a *API) SetPolicy(ctx context.Context, in *PolicyInput) (*contract.Answer[Policy], error) {
	if err := a.corrections.SetPolicy(ctx, actor.From(ctx), correction.Policy(in.Body)); err != nil {
		return nil, err
	}
	return a.Policy(ctx, nil)
}
