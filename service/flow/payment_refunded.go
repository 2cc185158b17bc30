package flow

import (
	"context"

	"guike/internal/actor"
	"guike/model/db"
	"guike/model/once"
	budgets "guike/model/project/budget"
	"guike/service/membership/earning"
	"guike/service/project/budget"
)

// RecordRefund writes down money that went back and takes back, in proportion to it, what its payment gave
// (G1), in one transaction and once by key. A refund that is known by its external number takes nothing
// again. Errors: as budget.Service.RecordRefundTx.
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
	return back, v.earning.TakeBackTx(ctx, tx, who, earning.Return{
		Source: "payment:" + m.ID.String(), Back: "refund:" + back.RefundID.String(), Part: m.RefundedFen, Of: m.AmountFen, Ref: back.ProjectID,
	})
}
