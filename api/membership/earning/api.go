// Package earning is the API of how members earn: rules, statements, check-ins.
package earning

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/ledger"
	model "guike/model/membership/earning"
	"guike/service/membership/earning"
)

// API holds the operations.
type API struct{ earning *earning.Service }

// New returns the operations over the use cases.
func New(s *earning.Service) *API { return &API{s} }

// MyPoints lists what changed my points.
func (a *API) MyPoints(ctx context.Context, in *contract.Paging) (*contract.Answer[MyStatement], error) {
	return a.mine(ctx, in, ledger.Points)
}

// MyFund lists what changed my home fund.
func (a *API) MyFund(ctx context.Context, in *contract.Paging) (*contract.Answer[MyStatement], error) {
	return a.mine(ctx, in, ledger.Fund)
}

func (a *API) mine(ctx context.Context, in *contract.Paging, book ledger.Book) (*contract.Answer[MyStatement], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	me := actor.From(ctx).ID
	rows, next, err := a.earning.Statement(ctx, me, book, page)
	if err != nil {
		return nil, err
	}
	debt, err := a.earning.Debt(ctx, me, book, rows)
	if err != nil {
		return nil, err
	}
	v := MyStatement{List: contract.NewList(rows, next, viewLine), Debt: debt}
	v.DebtText, v.DebtTextEN = ledger.Balance{Debt: debt}.Owed(book)
	return contract.Found(v), nil
}

// MyPointsSummary shows my points: what I can use, what waits and for what, what expires next.
func (a *API) MyPointsSummary(ctx context.Context, _ *struct{}) (*contract.Answer[Purse], error) {
	return a.summary(ctx, ledger.Points)
}

// MyFundSummary shows my home fund as MyPointsSummary shows points.
func (a *API) MyFundSummary(ctx context.Context, _ *struct{}) (*contract.Answer[Purse], error) {
	return a.summary(ctx, ledger.Fund)
}

func (a *API) summary(ctx context.Context, book ledger.Book) (*contract.Answer[Purse], error) {
	p, err := a.earning.Purse(ctx, actor.From(ctx).ID, book)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewPurse(book, p)), nil
}

// CheckIn marks my day.
func (a *API) CheckIn(ctx context.Context, in *CheckInInput) (*contract.Made[CheckedIn], error) {
	r, replayed, err := a.earning.CheckIn(ctx, actor.From(ctx), in.Once("earning-check-in", struct{}{}))
	if err != nil {
		return nil, err
	}
	return contract.NewMade(CheckedIn{Day: string(r.Day), Points: r.Points, Streak: r.Streak}, replayed), nil
}

// MyCheckIns shows a month of my check-ins.
func (a *API) MyCheckIns(ctx context.Context, in *MonthInput) (*contract.Answer[CheckInCalendar], error) {
	c, err := a.earning.CheckIns(ctx, actor.From(ctx), in.Month)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewCalendar(c)), nil
}

// HowToEarn tells anybody how to earn.
func (a *API) HowToEarn(ctx context.Context, _ *struct{}) (*contract.Answer[EarningOffers], error) {
	rules, err := a.earning.Offered(ctx)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewOffers(rules)), nil
}

// Rules lists the rules.
func (a *API) Rules(ctx context.Context, _ *struct{}) (*contract.Answer[EarningRules], error) {
	rules, err := a.earning.Rules(ctx)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewRules(rules)), nil
}

// AddRule keeps a new rule.
func (a *API) AddRule(ctx context.Context, in *NewRuleInput) (*contract.Made[EarningRule], error) {
	r, replayed, err := a.earning.Add(ctx, actor.From(ctx), earning.NewRule{
		Key: in.Body.Key, Definition: in.Body.definition(), Once: in.Once("earning-add-rule", in.Body),
	})
	if err != nil {
		return nil, err
	}
	rule, err := a.earning.Rule(ctx, r.Key)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewRule(rule), replayed), nil
}

// ChangeRule keeps the next version of a rule.
func (a *API) ChangeRule(ctx context.Context, in *ChangeRuleInput) (*contract.Answer[EarningRule], error) {
	r, err := a.earning.Change(ctx, actor.From(ctx), earning.NewRule{Key: in.Key, Version: in.Body.Version, Definition: in.Body.definition()})
	if err != nil {
		return nil, err
	}
	return contract.Found(viewRule(r)), nil
}

// Simulate tells what the rules would give.
func (a *API) Simulate(ctx context.Context, in *SimulateInput) (*contract.Answer[Simulated], error) {
	b := in.Body
	t := earning.Trial{CustomerID: b.CustomerID, Event: model.Event(b.Event), Facts: b.Facts.facts(), StoreID: b.Facts.StoreID}
	if b.At != nil {
		t.At = *b.At
	}
	if b.Rule != nil {
		t.Draft = &earning.NewRule{Key: b.Rule.Key, Definition: b.Rule.definition()}
	}
	r, err := a.earning.Simulate(ctx, actor.From(ctx), t)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewSimulated(r)), nil
}

// CustomerValue shows a customer's value on one page.
func (a *API) CustomerValue(ctx context.Context, in *contract.ByID) (*contract.Answer[CustomerWorth], error) {
	w, err := a.earning.Worth(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewValue(w)), nil
}

// CustomerStatement lists what changed a book of a customer's.
func (a *API) CustomerStatement(ctx context.Context, in *StatementInput) (*contract.Answer[contract.List[StatementLine]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.earning.StatementFor(ctx, actor.From(ctx), earning.Asked{CustomerID: in.ID, Book: ledger.Book(in.Book), Page: page})
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewLine)), nil
}

// ExportMyStatement writes what changed a book of mine as a table.
func (a *API) ExportMyStatement(ctx context.Context, in *SpanInput) (*contract.Table, error) {
	return table(a.earning.ExportMine(ctx, actor.From(ctx).ID, ledger.Book(in.Book), in.span()))
}

// ExportStatement writes what changed a book of a customer's as a table.
func (a *API) ExportStatement(ctx context.Context, in *ExportInput) (*contract.Table, error) {
	return table(a.earning.Export(ctx, actor.From(ctx), in.ID, ledger.Book(in.Book), in.span()))
}

func table(csv []byte, err error) (*contract.Table, error) {
	if err != nil {
		return nil, err
	}
	return contract.NewTable("statement.csv", csv), nil
}

// ids is a list that is never nil.
func ids(list []id.ID) []id.ID { return append([]id.ID{}, list...) }
