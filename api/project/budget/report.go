package budget

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/id"
	model "guike/model/project/budget"
)

// ReportInput asks for the report of a period.
type ReportInput struct {
	From    string `query:"from" required:"true" maxLength:"10" doc:"The first day of creation." example:"2026-11-01"`
	To      string `query:"to" required:"true" maxLength:"10" doc:"The last day; the period has 366 days at most." example:"2026-11-30"`
	StoreID id.ID  `query:"store_id" doc:"Projects of this store." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e72"`
}

// Totals is what some projects come to, in cents.
type Totals struct {
	StoreID              id.ID `json:"store_id,omitzero" doc:"The store; absent for projects of no store, and in the sum of all." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e72"`
	Projects             int64 `json:"projects" doc:"How many projects." example:"12"`
	ContractAtSigningFen int64 `json:"contract_at_signing_fen" doc:"Their contracts as they were signed." example:"153600000"`
	ChangesFen           int64 `json:"changes_fen" doc:"What approved changes added." example:"1720000"`
	ContractFen          int64 `json:"contract_fen" doc:"Their contracts now." example:"155320000"`
	PaidFen              int64 `json:"paid_fen" doc:"What came in." example:"72000000"`
	RefundedFen          int64 `json:"refunded_fen" doc:"What of it went back." example:"200000"`
	OpenFen              int64 `json:"open_fen" doc:"The contracts now less what came in and stayed; negative when more was paid." example:"83520000"`
}

// Report sums contracts, changes and money by store.
type Report struct {
	From  string   `json:"from" format:"date" doc:"The first day." example:"2026-11-01"`
	To    string   `json:"to" format:"date" doc:"The last day." example:"2026-11-30"`
	Items []Totals `json:"items" nullable:"false" doc:"Every store within reach."`
	Total Totals   `json:"total" doc:"All of them together."`
}

// Report sums contracts, changes and money by store.
func (a *API) Report(ctx context.Context, in *ReportInput) (*contract.Answer[Report], error) {
	rows, err := a.budget.Report(ctx, actor.From(ctx), in.From, in.To, in.StoreID)
	if err != nil {
		return nil, err
	}
	v, all := Report{From: in.From, To: in.To, Items: make([]Totals, 0, len(rows))}, model.Totals{}
	for _, r := range rows {
		v.Items = append(v.Items, viewTotals(r))
		all.Projects, all.Contract, all.Changes = all.Projects+r.Projects, all.Contract+r.Contract, all.Changes+r.Changes
		all.Paid, all.Refunded = all.Paid+r.Paid, all.Refunded+r.Refunded
	}
	v.Total = viewTotals(all)
	return contract.Found(v), nil
}

func viewTotals(r model.Totals) Totals {
	return Totals{
		StoreID: r.StoreID, Projects: r.Projects, ContractAtSigningFen: r.Contract - r.Changes, ChangesFen: r.Changes,
		ContractFen: r.Contract, PaidFen: r.Paid, RefundedFen: r.Refunded, OpenFen: r.Contract - r.Paid + r.Refunded,
	}
}
