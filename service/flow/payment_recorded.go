package flow

import (
	"context"

	"guike/internal/actor"
	"guike/model/db"
	"guike/model/ledger"
	earnings "guike/model/membership/earning"
	"guike/model/once"
	projects "guike/model/project"
	"guike/service/membership/earning"
	"guike/service/project/budget"
)

// PaymentRecorded is what recording a payment leaves behind under its key: points that the contract party
// may use at once, and those that wait.
type PaymentRecorded struct {
	budget.PaymentResult
	PointsAwarded int64 `json:"points_awarded"`
	PointsPending int64 `json:"points_pending"`
}

// RecordPayment writes down money that was received and gives the contract party what the earning rules
// say, in one transaction and once by key (C21, G1). What waits for a stage that is completed already is
// given at once. A payment that is known by its external number answers as the first time and gives
// nothing again. Errors: as budget.Service.RecordPaymentTx.
func (v *Value) RecordPayment(ctx context.Context, who actor.Actor, in budget.NewPayment) (r PaymentRecorded, replayed bool, err error) {
	err = v.db.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (PaymentRecorded, error) { return v.recordPaymentTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func (v *Value) recordPaymentTx(ctx context.Context, tx *db.Tx, who actor.Actor, in budget.NewPayment) (PaymentRecorded, error) {
	paid, first, err := v.payments.RecordPaymentTx(ctx, tx, who, in)
	if err != nil {
		return PaymentRecorded{}, err
	}
	var e earning.Earned
	if first {
		e, err = v.earnByPaymentTx(ctx, tx, who, in, paid)
	} else {
		e, err = v.earning.GivenFor(ctx, tx, paymentSource(paid))
	}
	return PaymentRecorded{paid, e.Awarded[ledger.Points], e.Promised[ledger.Points]}, err
}

func (v *Value) earnByPaymentTx(ctx context.Context, tx *db.Tx, who actor.Actor, in budget.NewPayment, paid budget.PaymentResult) (earning.Earned, error) {
	p, err := projects.ByID(ctx, tx, paid.ProjectID)
	if err != nil {
		return earning.Earned{}, err
	}
	place, err := site(ctx, tx, p)
	if err != nil {
		return earning.Earned{}, err
	}
	return v.earning.EarnTx(ctx, tx, who, earning.Occasion{
		Occasion: earnings.Occasion{Event: earnings.Payment, At: in.PaidAt, StoreID: p.StoreID, Facts: earnings.Facts{
			AmountFen: in.AmountFen, PaymentKind: string(in.Kind), ProjectKind: string(p.Kind), ContractFen: p.ContractAmountFen,
		}},
		CustomerID: p.CustomerID, Source: paymentSource(paid), RefKind: "project", RefID: p.ID, PaymentID: paid.PaymentID, Site: place,
	})
}

// paymentSource names a payment in the ledger.
func paymentSource(p budget.PaymentResult) string { return "payment:" + p.PaymentID.String() }
