package flow

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/ledger"
	"guike/model/membership"
	coupons "guike/model/membership/coupon"
	earnings "guike/model/membership/earning"
	"guike/model/once"
	projects "guike/model/project"
	"guike/service/membership/coupon"
	"guike/service/membership/earning"
	"guike/service/project"
	"guike/service/project/budget"
)

// NewPayment is a bill that is paid: AmountFen of it by coupons, by the home fund, and the rest in money. Parts
// say how much of the bill is for goods of a scope. ExpectFen is what the till took to be received in money;
// nil leaves it to the server.
type NewPayment struct {
	budget.NewPayment
	Codes     []string
	Parts     []coupons.Part
	FundFen   int64
	ExpectFen *int64
}

// PaymentRecorded is what recording a payment leaves behind under its key: what of the bill was received, and
// points that the contract party may use at once, and those that wait.
type PaymentRecorded struct {
	budget.PaymentResult
	PointsAwarded int64 `json:"points_awarded"`
	PointsPending int64 `json:"points_pending"`
}

var errFund = fault.New(fault.Conflict, "fund.insufficient", "家居基金余额不足。", "There is not enough home fund.")

// ruleFund tells in the ledger what a payment took from the home fund.
const ruleFund = "payment:fund"

// RecordPayment writes down a bill that was paid, uses the coupons and the home fund that were named, gives the
// contract party what the earning rules say for the money, and issues the coupons that campaigns give for it: in
// one transaction and once by key (C21, G1, G8, G10). What waits for a stage that is completed already is given
// at once. A payment that is known by its external number, with the same coupons and fund, answers as the first
// time and does nothing again. Errors: as budget.Service.RecordPaymentTx and coupon.Service.Take;
// fund.insufficient; payment.received_differs.
func (v *Value) RecordPayment(ctx context.Context, who actor.Actor, in NewPayment) (r PaymentRecorded, replayed bool, err error) {
	bill, err := in.bill()
	if err != nil {
		return r, false, err
	}
	in.Unasked = len(bill.Codes) == 0 && in.FundFen == 0
	if in.Asked = in.asked(bill); in.Asked != "" || in.ExpectFen != nil {
		in.Settle = func(ctx context.Context, tx *db.Tx, p projects.Project, payment id.ID) (budget.Settlement, error) {
			return v.settleTx(ctx, tx, who, settling{in, bill, p, payment})
		}
	}
	err = v.db.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (PaymentRecorded, error) { return v.recordPaymentTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

// bill is what coupons look at. Errors: input.invalid.
func (in *NewPayment) bill() (coupon.Bill, error) {
	if err := in.Check(); err != nil {
		return coupon.Bill{}, err
	}
	if in.FundFen < 0 || in.FundFen > in.AmountFen {
		return coupon.Bill{}, fault.Broken("body.fund_fen", "out_of_range", "家居基金不能超过应付金额。", "The fund pays no more than the bill.")
	}
	b := coupon.Bill{AmountFen: in.AmountFen, PaidAt: in.PaidAt, Parts: in.Parts, Codes: in.Codes}
	return b, b.Check()
}

// asked stands for what is asked beside the money, whatever its order; empty for nothing.
func (in *NewPayment) asked(b coupon.Bill) string {
	if len(b.Codes) == 0 && len(b.Parts) == 0 && in.FundFen == 0 {
		return ""
	}
	parts := slices.SortedFunc(slices.Values(b.Parts), func(x, y coupons.Part) int { return cmp.Compare(x.Scope, y.Scope) })
	text, err := json.Marshal([]any{slices.Sorted(slices.Values(b.Codes)), parts, in.FundFen})
	if err != nil { // words and numbers always have a form
		text = fmt.Appendf(nil, "%#v", parts)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// goods are the scopes of which the bill says a part, sorted.
func (in *NewPayment) goods() (all []string) {
	for _, p := range in.Parts {
		all = append(all, string(p.Scope))
	}
	slices.Sort(all)
	return all
}

// numbers are what of a bill comes in how: they add up to it.
type numbers struct{ discount, fund, received int64 }

// numbers works out what is received. Errors: input.invalid; payment.received_differs.
func (in *NewPayment) numbers(t coupon.Taken) (numbers, error) {
	n := numbers{discount: t.DiscountFen, fund: in.FundFen, received: in.AmountFen - t.DiscountFen - in.FundFen}
	if n.received < 0 {
		return n, fault.Broken("body.fund_fen", "out_of_range", "家居基金不能超过券后应付金额。", "The fund pays no more than what the coupons leave.")
	}
	if in.ExpectFen != nil && *in.ExpectFen != n.received {
		return n, coupon.ReceivedDiffers(n.received)
	}
	return n, nil
}

// settling is a bill that is being settled.
type settling struct {
	in      NewPayment
	bill    coupon.Bill
	project projects.Project
	payment id.ID
}

// settleTx uses coupons and fund for a bill. It locks the member first, whose coupons nobody else can use from
// then on, then all accounts that the payment can touch.
func (v *Value) settleTx(ctx context.Context, tx *db.Tx, who actor.Actor, s settling) (budget.Settlement, error) {
	none := budget.Settlement{}
	c, err := identity.FindCustomer(ctx, tx, actor.Machine(), s.project.CustomerID)
	if err != nil {
		return none, err
	}
	if _, err := membership.JoinTx(ctx, tx, c.ID); err != nil {
		return none, err
	}
	s.bill.CustomerID, s.bill.StoreID = c.ID, s.project.StoreID
	taken, err := v.coupons.Take(ctx, tx, s.bill, tx.Now)
	if err != nil {
		return none, err
	}
	n, err := s.in.numbers(taken)
	if err != nil {
		return none, err
	}
	with := budget.Settlement{DiscountFen: n.discount, FundFen: n.fund}
	if n.fund > 0 {
		if with.FundTransferID, err = v.spendFundTx(ctx, tx, who, s, c.ID); err != nil {
			return none, err
		}
	}
	return with, v.coupons.UseTx(ctx, tx, who, s.payment, taken)
}

func (v *Value) spendFundTx(ctx context.Context, tx *db.Tx, who actor.Actor, s settling, customer id.ID) (id.ID, error) {
	set, err := v.lockPursesTx(ctx, tx, customer)
	if err != nil {
		return id.ID{}, err
	}
	spent, err := set.Spend(ctx, ledger.Spend{From: ledger.Of(ledger.Fund, customer), Amount: s.in.FundFen, Cause: ledger.Cause{
		Source: "payment:" + s.payment.String(), Rule: ruleFund, RefKind: "project", RefID: s.project.ID, Reason: "抵扣工程款", By: who,
	}})
	return spent.Transfer, err
}

// lockPursesTx locks every account of a customer that a payment can touch, in one order.
func (v *Value) lockPursesTx(ctx context.Context, tx *db.Tx, customer id.ID) (*ledger.Set, error) {
	keys := make([]ledger.Key, 0, len(earnings.Books()))
	for _, b := range earnings.Books() { // the fund is among them
		keys = append(keys, ledger.Of(b, customer))
	}
	return v.ledger.LockTx(ctx, tx, keys...)
}

func (v *Value) recordPaymentTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewPayment) (PaymentRecorded, error) {
	paid, first, err := v.payments.RecordPaymentTx(ctx, tx, who, in.NewPayment)
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

// earnByPaymentTx gives what rules and campaigns say for the money that was received.
func (v *Value) earnByPaymentTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewPayment, paid budget.PaymentResult) (earning.Earned, error) {
	p, err := projects.ByID(ctx, tx, paid.ProjectID)
	if err != nil {
		return earning.Earned{}, err
	}
	place, err := site(ctx, tx, p)
	if err != nil {
		return earning.Earned{}, err
	}
	o := earnings.Occasion{Event: earnings.Payment, At: in.PaidAt, StoreID: p.StoreID, Facts: earnings.Facts{
		AmountFen: paid.ReceivedFen, PaymentKind: string(in.Kind), ProjectKind: string(p.Kind), ContractFen: p.ContractAmountFen, Goods: in.goods(),
	}}
	e, err := v.earning.EarnTx(ctx, tx, who, earning.Occasion{
		Occasion: o, CustomerID: p.CustomerID, Source: paymentSource(paid), RefKind: "project", RefID: p.ID, PaymentID: paid.PaymentID, Site: place,
	})
	if err != nil {
		return e, err
	}
	return e, v.coupons.PaidTx(ctx, tx, who, coupon.Paid{Occasion: o, CustomerID: p.CustomerID, ProjectID: p.ID, PaymentID: paid.PaymentID})
}

// paymentSource names a payment in the ledger.
func paymentSource(p budget.PaymentResult) string { return "payment:" + p.PaymentID.String() }

// PaymentQuote is what a bill would come to: the numbers of PaymentRecorded beforehand, what each coupon does,
// and what the customer could use beside.
type PaymentQuote struct {
	AmountFen     int64
	DiscountFen   int64
	FundFen       int64
	ReceivedFen   int64
	FundAvailable int64
	Uses          []coupons.Use
	Usable        []coupon.Usable
}

// QuotePayment works out a bill as RecordPayment would, and writes nothing. Errors: as RecordPayment.
func (v *Value) QuotePayment(ctx context.Context, who actor.Actor, in NewPayment) (q PaymentQuote, err error) {
	bill, err := in.bill()
	if err != nil {
		return q, err
	}
	p, err := projects.Find(ctx, v.db, who, in.ProjectID)
	switch {
	case err != nil:
		return q, err
	case p.State == projects.Cancelled:
		return q, project.ErrCancelled
	}
	c, err := identity.FindCustomer(ctx, v.db, actor.Machine(), p.CustomerID)
	if err != nil {
		return q, err
	}
	bill.CustomerID, bill.StoreID = c.ID, p.StoreID
	now := v.db.Now()
	taken, err := v.coupons.Take(ctx, v.db, bill, now)
	if err != nil {
		return q, err
	}
	n, err := in.numbers(taken)
	if err != nil {
		return q, err
	}
	purse, err := ledger.BalanceOf(ctx, v.db, ledger.Of(ledger.Fund, c.ID), now)
	switch {
	case err != nil:
		return q, err
	case purse.Available < in.FundFen:
		return q, errFund
	}
	q = PaymentQuote{AmountFen: in.AmountFen, DiscountFen: n.discount, FundFen: n.fund, ReceivedFen: n.received, FundAvailable: purse.Available, Uses: taken.Uses}
	q.Usable, err = v.coupons.Usables(ctx, v.db, bill, now)
	return q, err
}
