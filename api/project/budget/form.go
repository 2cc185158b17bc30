package budget

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
)

// AskBody is a wish to change what was agreed.
type AskBody struct {
	Title   string  `json:"title" minLength:"1" maxLength:"100" doc:"What is to change, in a few words; guests of the home read it too." example:"增加全屋智能"`
	Text    string  `json:"text" minLength:"1" maxLength:"2000" doc:"What is wished for." example:"客厅与主卧加装智能灯光和窗帘电机。"`
	FileIDs []id.ID `json:"file_ids,omitempty" required:"false" nullable:"false" maxItems:"9" doc:"Pictures that were uploaded before, in their order." example:"[\"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e76\"]"`
}

// AskInput is the request for a change order.
type AskInput struct {
	contract.Key
	contract.ByID
	Body AskBody
}

// ListInput asks for a page of what belongs to a project.
type ListInput struct {
	contract.ByID
	contract.Paging
}

// LineBody is one part of an offer.
type LineBody struct {
	Text      string `json:"text" minLength:"1" maxLength:"200" doc:"What is added or dropped." example:"智能窗帘电机 2 套"`
	AmountFen int64  `json:"amount_fen" minimum:"-1000000000000" maximum:"1000000000000" doc:"Its amount in cents; negative for what is dropped." example:"360000"`
}

// OfferBody is what staff offer for a change.
type OfferBody struct {
	Lines      []LineBody `json:"lines" nullable:"false" minItems:"1" maxItems:"50" doc:"What the amount is made of."`
	AmountFen  *int64     `json:"amount_fen,omitempty" required:"false" minimum:"-1000000000000" maximum:"1000000000000" doc:"The sum of the lines in cents, to be checked; absent to leave it to the server." example:"860000"`
	Days       int        `json:"days" minimum:"-365" maximum:"365" doc:"By how many working days the plan moves; negative for earlier." example:"3"`
	Stage      string     `json:"stage,omitempty" required:"false" maxLength:"32" doc:"The key of the stage from whose end on the plan moves; the current one when absent." example:"plumbing_wiring"`
	ValidUntil time.Time  `json:"valid_until" doc:"The offer stands before this instant; a year ahead at most." example:"2026-12-08T10:00:00.000Z"`
	Note       string     `json:"note,omitempty" required:"false" maxLength:"500" doc:"A word to the customer." example:"电机品牌与样板间一致。"`
}

// OfferInput is the request for an offer.
type OfferInput struct {
	contract.Key
	contract.ByID
	Body OfferBody
}

// DecisionBody is the customer's answer to an offer.
type DecisionBody struct {
	Version  int64  `json:"version" minimum:"1" doc:"The version of the offer that the customer saw." example:"1"`
	Decision string `json:"decision" enum:"approve,refuse" doc:"The answer." example:"approve"`
	Word     string `json:"word,omitempty" required:"false" maxLength:"500" doc:"What the customer has to say." example:"同意,请尽快安排。"`
}

// DecisionInput is the request to decide.
type DecisionInput struct {
	contract.Key
	contract.ByID
	Body DecisionBody
}

// WithdrawBody says why a change order is withdrawn.
type WithdrawBody struct {
	Reason string `json:"reason,omitempty" required:"false" maxLength:"500" doc:"Why; owners and family of the home read it." example:"客户改变主意。"`
}

// WithdrawInput is the request to withdraw a change order.
type WithdrawInput struct {
	contract.Key
	contract.ByID
	Body *WithdrawBody `required:"false"`
}

// PartBody is how much of a bill is for goods of a scope.
type PartBody struct {
	Scope     string `json:"scope" enum:"full_price,kitchen,wardrobe,door_floor,bathroom,furniture,soft_furnishing,appliance,design,installation,cleaning" doc:"Which goods." example:"appliance"`
	AmountFen int64  `json:"amount_fen" minimum:"1" maximum:"1000000000000" doc:"How much of the bill is for them, in cents." example:"1200000"`
}

// BillBody is a bill, and with what of it is paid otherwise than in money.
type BillBody struct {
	AmountFen   int64      `json:"amount_fen" minimum:"1" maximum:"1000000000000" doc:"The bill, in cents, before coupons and fund: by so much less is open." example:"3000000"`
	Kind        string     `json:"kind" enum:"deposit,stage,final,change,other" doc:"What it is for." example:"stage"`
	PaidAt      time.Time  `json:"paid_at" doc:"When it was paid; 5 minutes ahead at most, not before the year 2000." example:"2026-12-01T02:00:00.000Z"`
	CouponCodes []string   `json:"coupon_codes,omitempty" required:"false" nullable:"false" maxItems:"5" doc:"Codes of coupons of the contract party, and of member days. Their order does not count." example:"[\"Y4T9K2M7QX3B8Z\"]"`
	Parts       []PartBody `json:"parts,omitempty" required:"false" nullable:"false" maxItems:"12" doc:"What of the bill is for goods of a scope, for coupons that are for some goods only; what is not named is for others."`
	FundFen     int64      `json:"fund_fen,omitempty" required:"false" minimum:"0" maximum:"1000000000000" doc:"What the contract party's home fund pays, in cents; no more than the coupons leave." example:"0"`
	ReceivedFen *int64     `json:"received_fen,omitempty" required:"false" minimum:"0" maximum:"1000000000000" doc:"What is received in money, to be checked; absent to leave it to the server." example:"2999500"`
}

// PaymentBody is a bill that was paid.
type PaymentBody struct {
	BillBody
	ExternalNo string `json:"external_no,omitempty" required:"false" maxLength:"64" pattern:"^[!-~]*$" doc:"The number of the receipt elsewhere, unique in the company: a second record of it is answered as the first." example:"SK20261201-0017"`
	Method     string `json:"method,omitempty" required:"false" maxLength:"32" doc:"How it was paid." example:"银行转账"`
	Note       string `json:"note,omitempty" required:"false" maxLength:"500" doc:"A note; staff see it." example:"客户配偶代付。"`
}

// PaymentInput is the request to record a payment.
type PaymentInput struct {
	contract.RequiredKey
	contract.ByID
	Body PaymentBody
}

// PaymentQuoteInput asks what a bill would come to.
type PaymentQuoteInput struct {
	contract.ByID
	Body BillBody
}

// RefundBody is money that went back.
type RefundBody struct {
	AmountFen  int64  `json:"amount_fen" minimum:"1" maximum:"1000000000000" doc:"How much, in cents: no more than is left of what was received and paid from the fund, or all of the bill that stands. Money goes back first, then the fund; with the last of both the discount is owed again and its coupons can be used again." example:"200000"`
	Reason     string `json:"reason" minLength:"1" maxLength:"500" doc:"Why; owners and family of the home read it." example:"减项退款。"`
	ExternalNo string `json:"external_no,omitempty" required:"false" maxLength:"64" pattern:"^[!-~]*$" doc:"The number of the refund elsewhere, unique in the company." example:"TK20261208-0003"`
}

// RefundInput is the request to record a refund.
type RefundInput struct {
	contract.RequiredKey
	contract.ByID
	Body RefundBody
}

// InstalmentBody is a part of a payment plan: due on a day, or when a stage is completed.
type InstalmentBody struct {
	Name      string `json:"name" minLength:"1" maxLength:"100" doc:"What people call it." example:"水电验收款"`
	AmountFen int64  `json:"amount_fen" minimum:"1" maximum:"1000000000000" doc:"Its amount in cents." example:"3000000"`
	DueStage  string `json:"due_stage,omitempty" required:"false" maxLength:"32" doc:"The key of the stage with whose completion it falls due; or due_on." example:"plumbing_wiring"`
	DueOn     string `json:"due_on,omitempty" required:"false" format:"date" maxLength:"10" doc:"The day on which it falls due; or due_stage." example:"2026-12-20"`
}

// PaymentPlanBody is how a project is paid.
type PaymentPlanBody struct {
	Instalments []InstalmentBody `json:"instalments" nullable:"false" minItems:"1" maxItems:"36" doc:"Every instalment in its order; together the contract amount as it is now."`
}

// PlanInput is the request to lay out how a project is paid.
type PlanInput struct {
	contract.ByID
	Body PaymentPlanBody
}
