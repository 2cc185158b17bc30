// Package budget is the API of change orders, payments, and the budget that follows from them.
package budget

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/service/flow"
	"guike/service/project/budget"
)

// API holds the operations.
type API struct {
	budget *budget.Service
	value  *flow.Value
}

// New returns the operations over the use cases; value records money with what it gives.
func New(s *budget.Service, value *flow.Value) *API { return &API{s, value} }

// about makes the fingerprint of a request about one thing: which one, and what is asked.
func about(thing id.ID, body any) any {
	return struct {
		ID   string
		Body any
	}{thing.String(), body}
}

// AskForMyHome keeps a wish of an owner or family of the home.
func (a *API) AskForMyHome(ctx context.Context, in *AskInput) (*contract.Made[Order], error) {
	return a.ask(ctx, in, "budget-ask-for-my-home")
}

// Ask keeps a wish that staff write down.
func (a *API) Ask(ctx context.Context, in *AskInput) (*contract.Made[Order], error) {
	return a.ask(ctx, in, "budget-ask")
}

func (a *API) ask(ctx context.Context, in *AskInput, operation string) (*contract.Made[Order], error) {
	r, replayed, err := a.budget.Ask(ctx, actor.From(ctx), budget.NewOrder{
		ProjectID: in.ID, Title: in.Body.Title, Text: in.Body.Text, FileIDs: in.Body.FileIDs, Once: in.Once(operation, about(in.ID, in.Body)),
	})
	return a.made(ctx, r, replayed, err)
}

// made shows the order that an act has left behind.
func (a *API) made(ctx context.Context, r budget.OrderResult, replayed bool, err error) (*contract.Made[Order], error) {
	if err != nil {
		return nil, err
	}
	o, err := a.budget.Made(ctx, r)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewOrder(o), replayed), nil
}

// MyChangeOrders lists the change orders of a project of mine.
func (a *API) MyChangeOrders(ctx context.Context, in *ListInput) (*contract.Answer[contract.List[Order]], error) {
	return a.orders(ctx, in)
}

// ChangeOrders lists the change orders of a project.
func (a *API) ChangeOrders(ctx context.Context, in *ListInput) (*contract.Answer[contract.List[Order]], error) {
	return a.orders(ctx, in)
}

func (a *API) orders(ctx context.Context, in *ListInput) (*contract.Answer[contract.List[Order]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.budget.Orders(ctx, actor.From(ctx), in.ID, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewOrder)), nil
}

// MyChangeOrder shows one change order of a project of mine.
func (a *API) MyChangeOrder(ctx context.Context, in *contract.ByID) (*contract.Answer[Order], error) {
	return a.order(ctx, in)
}

// ChangeOrder shows one change order.
func (a *API) ChangeOrder(ctx context.Context, in *contract.ByID) (*contract.Answer[Order], error) {
	return a.order(ctx, in)
}

func (a *API) order(ctx context.Context, in *contract.ByID) (*contract.Answer[Order], error) {
	o, err := a.budget.Order(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewOrder(o)), nil
}

// Quote offers a change for an amount and days.
func (a *API) Quote(ctx context.Context, in *OfferInput) (*contract.Made[Order], error) {
	b := in.Body
	offer := budget.NewOffer{
		OrderID: in.ID, AmountFen: b.AmountFen, Days: b.Days, Stage: b.Stage, ValidUntil: b.ValidUntil, Note: b.Note,
		Once: in.Once("budget-quote", about(in.ID, b)),
	}
	for _, l := range b.Lines {
		offer.Lines = append(offer.Lines, budget.OfferLine{Text: l.Text, AmountFen: l.AmountFen})
	}
	r, replayed, err := a.budget.Quote(ctx, actor.From(ctx), offer)
	return a.made(ctx, r, replayed, err)
}

// Decide approves or refuses the offer that stands.
func (a *API) Decide(ctx context.Context, in *DecisionInput) (*contract.Made[Order], error) {
	r, replayed, err := a.budget.Decide(ctx, actor.From(ctx), budget.Decision{
		OrderID: in.ID, Version: in.Body.Version, Approve: in.Body.Decision == "approve", Word: in.Body.Word,
		Once: in.Once("budget-decide", about(in.ID, in.Body)),
	})
	return a.made(ctx, r, replayed, err)
}

// Withdraw takes a change order back before it is decided.
func (a *API) Withdraw(ctx context.Context, in *WithdrawInput) (*contract.Made[Order], error) {
	body := WithdrawBody{}
	if in.Body != nil {
		body = *in.Body
	}
	r, replayed, err := a.budget.Withdraw(ctx, actor.From(ctx), budget.Withdrawal{
		OrderID: in.ID, Reason: body.Reason, Once: in.Once("budget-withdraw", about(in.ID, body)),
	})
	return a.made(ctx, r, replayed, err)
}

// MyBudget shows what a project of mine costs.
func (a *API) MyBudget(ctx context.Context, in *contract.Read) (*contract.Tagged[Budget], error) {
	return a.read(ctx, in)
}

// Budget shows what a project costs.
func (a *API) Budget(ctx context.Context, in *contract.Read) (*contract.Tagged[Budget], error) {
	return a.read(ctx, in)
}

func (a *API) read(ctx context.Context, in *contract.Read) (*contract.Tagged[Budget], error) {
	b, err := a.budget.Budget(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.NewTagged(b.Tag, in.IfNoneMatch, func() Budget { return viewBudget(b) }), nil
}

// MyPayments lists what was paid for a project of mine.
func (a *API) MyPayments(ctx context.Context, in *ListInput) (*contract.Answer[contract.List[Payment]], error) {
	return payments(ctx, a, in, viewPayment)
}

// Payments lists what was paid for a project.
func (a *API) Payments(ctx context.Context, in *ListInput) (*contract.Answer[contract.List[StaffPayment]], error) {
	return payments(ctx, a, in, viewStaffPayment)
}

func payments[V any](ctx context.Context, a *API, in *ListInput, view func(budget.Payment) V) (*contract.Answer[contract.List[V]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.budget.Payments(ctx, actor.From(ctx), in.ID, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, view)), nil
}

// RecordRefund writes down money that went back.
func (a *API) RecordRefund(ctx context.Context, in *RefundInput) (*contract.Made[Refunded], error) {
	r, replayed, err := a.value.RecordRefund(ctx, actor.From(ctx), budget.NewRefund{
		PaymentID: in.ID, AmountFen: in.Body.AmountFen, Reason: in.Body.Reason, ExternalNo: in.Body.ExternalNo,
		Once: in.Once("budget-record-refund", about(in.ID, in.Body)),
	})
	if err != nil {
		return nil, err
	}
	f, p, err := a.budget.Refund(ctx, r)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(Refunded{viewRefund(f), viewStaffPayment(p)}, replayed), nil
}

// SetPaymentPlan lays out how a project is paid.
func (a *API) SetPaymentPlan(ctx context.Context, in *PlanInput) (*contract.Answer[Budget], error) {
	who, laid := actor.From(ctx), budget.NewPaymentPlan{ProjectID: in.ID}
	for _, it := range in.Body.Instalments {
		laid.Instalments = append(laid.Instalments, budget.NewInstalment{
			Name: it.Name, AmountFen: it.AmountFen, DueStage: it.DueStage, DueOn: clock.Day(it.DueOn),
		})
	}
	if err := a.budget.SetPaymentPlan(ctx, who, laid); err != nil {
		return nil, err
	}
	b, err := a.budget.Budget(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewBudget(b)), nil
}
