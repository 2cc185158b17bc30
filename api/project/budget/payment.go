package budget

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/id"
	coupons "guike/model/membership/coupon"
	model "guike/model/project/budget"
	"guike/service/flow"
	"guike/service/membership/coupon"
	"guike/service/project/budget"
)

func (b BillBody) payment(project id.ID) flow.NewPayment {
	in := flow.NewPayment{
		NewPayment: budget.NewPayment{ProjectID: project, AmountFen: b.AmountFen, Kind: model.Kind(b.Kind), PaidAt: b.PaidAt},
		Codes:      b.CouponCodes, FundFen: b.FundFen, ExpectFen: b.ReceivedFen,
	}
	for _, p := range b.Parts {
		in.Parts = append(in.Parts, coupons.Part{Scope: coupons.Scope(p.Scope), AmountFen: p.AmountFen})
	}
	return in
}

// RecordPayment writes down a bill that was paid.
func (a *API) RecordPayment(ctx context.Context, in *PaymentInput) (*contract.Made[Recorded], error) {
	b := in.Body
	paid := b.payment(in.ID)
	paid.ExternalNo, paid.Method, paid.Note, paid.Once = b.ExternalNo, b.Method, b.Note, in.Once("budget-record-payment", about(in.ID, b))
	r, replayed, err := a.value.RecordPayment(ctx, actor.From(ctx), paid)
	if err != nil {
		return nil, err
	}
	p, err := a.budget.Payment(ctx, r.ProjectID, r.PaymentID)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(Recorded{viewStaffPayment(p), r.PointsAwarded, r.PointsPending}, replayed), nil
}

// Usable is a coupon that could be used on a bill.
type Usable struct {
	Code      string `json:"code" doc:"Its code." example:"Y4T9K2M7QX3B8Z"`
	Name      string `json:"name" doc:"What people call it." example:"首单 5 元券"`
	NameEN    string `json:"name_en" doc:"The same in English." example:"5 yuan after the first payment"`
	Terms     string `json:"terms" doc:"What it takes off, in exact words." example:"全场立减 5 元,不找零,无门槛,有效期至 2027年6月1日(含当日)。"`
	TermsEN   string `json:"terms_en" doc:"The same in English." example:"5 yuan off the whole bill, no change given, whatever the amount; valid up to and including 1 June 2027."`
	MemberDay bool   `json:"member_day" doc:"Whether it is the day's offer to members, and no coupon." example:"false"`
	AmountFen int64  `json:"amount_fen" doc:"What it would take off this bill alone, in cents." example:"500"`
	Why       string `json:"why,omitempty" doc:"The code with which it would be refused alone." example:"coupon.below_threshold"`
	WhyText   string `json:"why_text,omitempty" doc:"The same for a person." example:"未达到该优惠券的使用门槛。"`
	WhyTextEN string `json:"why_text_en,omitempty" doc:"The same in English." example:"The bill is below the amount from which the coupon can be used."`
}

func viewUsable(u coupon.Usable) Usable {
	v := Usable{Code: u.Code, Name: u.NameZH, NameEN: u.NameEN, Terms: u.TermsZH, TermsEN: u.TermsEN, MemberDay: u.Day, AmountFen: u.AmountFen}
	if u.Why != nil {
		v.Why, v.WhyText, v.WhyTextEN = u.Why.Code, u.Why.Text.ZH, u.Why.Text.EN
	}
	return v
}

// PaymentQuote is what a bill would come to.
type PaymentQuote struct {
	AmountFen     int64      `json:"amount_fen" doc:"The bill, in cents." example:"3000000"`
	DiscountFen   int64      `json:"discount_fen" doc:"What the coupons would take off it." example:"500"`
	FundFen       int64      `json:"fund_fen" doc:"What the home fund would pay of it." example:"0"`
	ReceivedFen   int64      `json:"received_fen" doc:"What would be received in money." example:"2999500"`
	FundAvailable int64      `json:"fund_available_fen" doc:"What the contract party has in the home fund." example:"12000"`
	Discounts     []Discount `json:"discounts" nullable:"false" doc:"What each coupon would take off, in the order in which it is worked."`
	Usable        []Usable   `json:"usable" nullable:"false" doc:"What the contract party could use: coupons, what ends first coming first, at most 20; then the member days of the day."`
}

// QuotePayment works out a bill.
func (a *API) QuotePayment(ctx context.Context, in *PaymentQuoteInput) (*contract.Answer[PaymentQuote], error) {
	q, err := a.value.QuotePayment(ctx, actor.From(ctx), in.Body.payment(in.ID))
	if err != nil {
		return nil, err
	}
	v := PaymentQuote{
		AmountFen: q.AmountFen, DiscountFen: q.DiscountFen, FundFen: q.FundFen, ReceivedFen: q.ReceivedFen, FundAvailable: q.FundAvailable,
		Discounts: viewDiscounts(q.Uses), Usable: make([]Usable, 0, len(q.Usable)),
	}
	for _, u := range q.Usable {
		v.Usable = append(v.Usable, viewUsable(u))
	}
	return contract.Found(v), nil
}
