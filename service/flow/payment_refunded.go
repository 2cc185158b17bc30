package flow

import (
	"context"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/ledger"
	"guike/model/membership"
	"guike/model/once"
	projects "guike/model/project"
	budgets "guike/model/project/budget"
	"guike/service/membership/earning"
	"guike/service/project/budget"
)

// RecordRefund writes down what went back of a payment, in money first and then to the lots of the home fund
// that it was taken from, and takes back, in proportion to the money, what the payment gave (G1): in one
// transaction and once by key. With the refund that makes it whole the coupons that it used can be used again,
// and those that it brought are void. A refund that is known by its external number does nothing again. Errors:
// as budget.Service.RecordRefundTx.
func (v *Value) RecordRefund(ctx context.Context, who actor.Actor, in budget.NewRefund) (r budget.RefundResult, replayed bool, err error) {
	err = v.db.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (budget.RefundResult, error) { return v.recordRefundTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (v *Value) recordRefundTx(ctx context.Context, tx *db.Tx, who actor.Actor, in budget.NewRefund) (budget.RefundResult, error) {
	back, first, err := v.payments.RecordRefundTx(ctx, tx, who, in)
	if err != nil || !first {
		return back, err
	}
	m, err := budgets.PaymentByID(ctx, tx, back.ProjectID, back.PaymentID)
	if err != nil {
		return back, err
	}
	party, err := partyTx(ctx, tx, m.ProjectID)
	if err != nil {
		return back, err
	}
	if err := v.restoreFundTx(ctx, tx, who, restoring{m, back, party}); err != nil {
		return back, err
	}
	if err := v.earning.TakeBackTx(ctx, tx, who, returned(m, back, party)); err != nil || !m.Whole() {
		return back, err
	}
	return back, v.coupons.ReturnTx(ctx, tx, who, m.ID)
}

// returned is how much of what a payment gave is to be taken back: as much as of its money went back. Of one
// without money, which gave what is given for any payment, the fund counts, and without that the discount.
func returned(m budgets.Payment, back budget.RefundResult, party id.ID) earning.Return {
	went := m.RefundedFen
	if m.Whole() {
		went -= m.DiscountFen
	}
	r := earning.Return{
		CustomerID: party, Source: "payment:" + m.ID.String(), Back: "refund:" + back.RefundID.String(), Part: went, Of: m.FundFen, Ref: back.ProjectID,
	}
	if received := m.ReceivedFen(); received > 0 {
		r.Part, r.Of = min(went, received), received
	} else if m.FundFen == 0 {
		r.Part, r.Of = m.RefundedFen, m.DiscountFen
	}
	return r
}

// partyTx locks the membership of a project's contract party, whoever they live on as.
func partyTx(ctx context.Context, tx *db.Tx, project id.ID) (id.ID, error) {
	p, err := projects.ByID(ctx, tx, project)
	if err != nil {
		return id.ID{}, err
	}
	c, err := identity.FindCustomer(ctx, tx, actor.Machine(), p.CustomerID)
	if err != nil {
		return id.ID{}, err
	}
	_, err = membership.JoinTx(ctx, tx, c.ID)
	return c.ID, err
}

// restoring is a refund under way, to somebody whose membership is locked.
type restoring struct {
	budgets.Payment
	back  budget.RefundResult
	party id.ID
}

// restoreFundTx gives fund back, if any, to the lots that a payment took it from.
func (v *Value) restoreFundTx(ctx context.Context, tx *db.Tx, who actor.Actor, r restoring) error {
	if r.back.FundFen == 0 {
		return nil
	}
	set, err := v.lockPursesTx(ctx, tx, r.party)
	if err != nil {
		return err
	}
	_, err = set.Restore(ctx, ledger.Restore{To: ledger.Of(ledger.Fund, r.party), Of: r.FundTransferID, Amount: r.back.FundFen, Cause: ledger.Cause{
		Source: "refund:" + r.back.RefundID.String(), Rule: ruleFund, RefKind: "project", RefID: r.ProjectID, Reason: "退款,退回家居基金", By: who,
	}})
	return err
}
