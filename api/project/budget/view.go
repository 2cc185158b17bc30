package budget

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	coupons "guike/model/membership/coupon"
	model "guike/model/project/budget"
	"guike/service/project/budget"
)

// Author is a member of staff as they were called then; without a name it was a customer.
type Author struct {
	Kind string `json:"kind" enum:"customer,staff,system" doc:"Whether a customer, staff, or another system did it." example:"staff"`
	Name string `json:"name" doc:"The name of staff; empty for customers." example:"李建国"`
	Role string `json:"role" doc:"Their role; empty for customers." example:"project_manager"`
}

// Line is one part of an offer.
type Line struct {
	Text      string `json:"text" doc:"What is added or dropped." example:"智能窗帘电机 2 套"`
	AmountFen int64  `json:"amount_fen" doc:"Its amount in cents; negative for what is dropped." example:"360000"`
}

// Offer is what was offered once.
type Offer struct {
	Version    int64     `json:"version" doc:"Counts the offers of the order from 1." example:"1"`
	AmountFen  int64     `json:"amount_fen" doc:"By how many cents the contract grows; negative when it shrinks." example:"860000"`
	Days       int       `json:"days" doc:"By how many working days the plan moves." example:"3"`
	Stage      string    `json:"stage" doc:"The key of the stage from whose end on it moves." example:"plumbing_wiring"`
	ValidUntil time.Time `json:"valid_until" doc:"The offer stands before this instant." example:"2026-12-08T10:00:00.000Z"`
	Note       string    `json:"note" doc:"A word to the customer." example:"电机品牌与样板间一致。"`
	By         Author    `json:"by" doc:"Who offered it."`
	At         time.Time `json:"at" doc:"When." example:"2026-12-01T09:30:00.000Z"`
}

// Order is a change order.
type Order struct {
	ID          id.ID            `json:"id" doc:"The change order's id, the ref_id of its timeline entries." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e77"`
	ProjectID   id.ID            `json:"project_id" doc:"Its project." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	No          int64            `json:"no" doc:"Its number within the project: the first that was asked for is 1." example:"2"`
	Title       string           `json:"title" doc:"What is to change." example:"增加全屋智能"`
	Text        string           `json:"text" doc:"What is wished for." example:"客厅与主卧加装智能灯光和窗帘电机。"`
	Photos      []contract.Photo `json:"photos" nullable:"false" doc:"Its pictures; withdrawn ones are left out."`
	AskedBy     Author           `json:"asked_by" doc:"Who asked."`
	AskedAt     time.Time        `json:"asked_at" doc:"When." example:"2026-12-01T08:00:00.000Z"`
	State       string           `json:"state" enum:"asked,quoted,approved,refused,lapsed,withdrawn" doc:"Where it stands: an offer past its deadline has lapsed." example:"quoted"`
	Version     int64            `json:"version" doc:"The version of the offer that stands, as a decision names it; 0 before the first." example:"1"`
	AmountFen   int64            `json:"amount_fen" doc:"By how many cents the contract grows by that offer; negative when it shrinks." example:"860000"`
	Days        int              `json:"days" doc:"By how many working days the plan moves by that offer." example:"3"`
	Stage       string           `json:"stage,omitempty" doc:"The key of the stage from whose end on it moves." example:"plumbing_wiring"`
	ValidUntil  *time.Time       `json:"valid_until,omitempty" doc:"The offer stands before this instant." example:"2026-12-08T10:00:00.000Z"`
	Lines       []Line           `json:"lines" nullable:"false" doc:"What the amount is made of."`
	ContractFen int64            `json:"contract_fen" doc:"The contract amount in cents: now, with this change while it waits for a decision, or right after its approval." example:"13660000"`
	DecidedAt   *time.Time       `json:"decided_at,omitempty" doc:"When it was approved, refused or withdrawn." example:"2026-12-02T03:00:00.000Z"`
	Word        string           `json:"word" doc:"What was said at the end." example:"同意,请尽快安排。"`
	ShiftedDays int              `json:"shifted_days" doc:"By how many working days the approval moved the plan." example:"3"`
	Offers      []Offer          `json:"offers,omitempty" doc:"The newest 20 offers, newest first; of a single change order only."`
}

// Refund is money that went back.
type Refund struct {
	ID          id.ID     `json:"id" doc:"The refund's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e79"`
	AmountFen   int64     `json:"amount_fen" doc:"How much, in cents: in money, but for fund_fen." example:"200000"`
	FundFen     int64     `json:"fund_fen" doc:"What of it went back to the home fund." example:"0"`
	DiscountFen int64     `json:"discount_fen" doc:"What coupons had taken off and is owed again beside: with the last refund." example:"0"`
	Reason      string    `json:"reason" doc:"Why." example:"减项退款。"`
	ExternalNo  string    `json:"external_no,omitempty" doc:"The number of the refund elsewhere." example:"TK20261208-0003"`
	At          time.Time `json:"at" doc:"When it was recorded." example:"2026-12-08T02:00:00.000Z"`
}

// Discount is what one coupon, or a member day, took off a bill.
type Discount struct {
	Code      string `json:"code" doc:"The coupon's code, or that of the member day." example:"Y4T9K2M7QX3B8Z"`
	Name      string `json:"name" doc:"What people call it." example:"首单 5 元券"`
	NameEN    string `json:"name_en" doc:"The same in English." example:"5 yuan after the first payment"`
	AmountFen int64  `json:"amount_fen" doc:"What it took off, in cents." example:"500"`
}

func viewDiscounts(uses []coupons.Use) []Discount {
	all := make([]Discount, 0, len(uses))
	for _, u := range uses {
		all = append(all, Discount{u.Code, u.NameZH, u.NameEN, u.AmountFen})
	}
	return all
}

// Payment is money that was received, as members of the home see it.
type Payment struct {
	ID          id.ID     `json:"id" doc:"The payment's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e78"`
	ProjectID   id.ID     `json:"project_id" doc:"Its project." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	AmountFen   int64     `json:"amount_fen" doc:"The bill, in cents: by so much less is open." example:"3000000"`
	DiscountFen int64     `json:"discount_fen" doc:"What coupons took off it." example:"500"`
	FundFen     int64     `json:"fund_fen" doc:"What the home fund paid of it." example:"0"`
	ReceivedFen int64     `json:"received_fen" doc:"What was received in money: the bill less discount_fen and fund_fen." example:"2999500"`
	RefundedFen int64     `json:"refunded_fen" doc:"How much of the bill is open again, in cents: what went back, and the discount once everything did." example:"200000"`
	Kind        string    `json:"kind" enum:"deposit,stage,final,change,other" doc:"What it is for." example:"stage"`
	PaidAt      time.Time `json:"paid_at" doc:"When it was received." example:"2026-12-01T02:00:00.000Z"`
	ExternalNo  string    `json:"external_no,omitempty" doc:"The number of the receipt elsewhere." example:"SK20261201-0017"`
	Method      string    `json:"method" doc:"How it was paid." example:"银行转账"`
	RecordedAt  time.Time `json:"recorded_at" doc:"When it was recorded." example:"2026-12-01T02:10:00.000Z"`
	Refunds     []Refund  `json:"refunds" nullable:"false" doc:"What went back, oldest first."`

	Discounts []Discount `json:"discounts" nullable:"false" doc:"What each coupon took off, in the order in which it was worked."`
}

// StaffPayment is a Payment with what staff know besides.
type StaffPayment struct {
	Payment
	Note string `json:"note" doc:"A note of whoever recorded it." example:"客户配偶代付。"`
	By   Author `json:"by" doc:"Who recorded it."`
}

// Recorded is a payment right after it was recorded, with the points that it gave the contract party.
type Recorded struct {
	StaffPayment
	PointsAwarded int64 `json:"points_awarded" doc:"Points that the customer may use at once." example:"0"`
	PointsPending int64 `json:"points_pending" doc:"Points that wait, as the rule says: for the acceptance by default." example:"30000"`
}

// Refunded is a refund right after it was recorded, with its payment.
type Refunded struct {
	Refund
	Payment StaffPayment `json:"payment" doc:"The payment as it stands now."`
}

// Change is an approved change order as a line of the budget.
type Change struct {
	ID         id.ID      `json:"id" doc:"The change order's id." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e77"`
	Title      string     `json:"title" doc:"What changed." example:"增加全屋智能"`
	AmountFen  int64      `json:"amount_fen" doc:"By how many cents the contract grew; negative when it shrank." example:"860000"`
	Days       int        `json:"days" doc:"By how many working days the plan moved." example:"3"`
	ApprovedAt *time.Time `json:"approved_at,omitempty" doc:"When it was approved." example:"2026-12-02T03:00:00.000Z"`
}

// Instalment is a part of the payment plan with what has come in for it.
type Instalment struct {
	Name      string `json:"name" doc:"What people call it." example:"水电验收款"`
	AmountFen int64  `json:"amount_fen" doc:"Its amount in cents." example:"3000000"`
	PaidFen   int64  `json:"paid_fen" doc:"What has come in for it, in cents: payments fill the instalments as they fall due, those of one day in the order of the plan." example:"1000000"`
	OpenFen   int64  `json:"open_fen" doc:"What is still open of it, in cents." example:"2000000"`
	State     string `json:"state" enum:"open,partly,paid,overdue" doc:"Where it stands." example:"partly"`
	DueStage  string `json:"due_stage,omitempty" doc:"The key of the stage with whose completion it falls due." example:"plumbing_wiring"`
	DueOn     string `json:"due_on,omitempty" format:"date" doc:"Its day: as agreed, or on which its stage was completed, else is planned to end." example:"2026-12-20"`
	Due       bool   `json:"due" doc:"Whether the day is certain: agreed, or the stage is completed." example:"true"`
	ChangeID  id.ID  `json:"change_id,omitzero" doc:"The approved change order that added it." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e77"`
}

// Budget is what a project costs, in cents.
type Budget struct {
	ProjectID            id.ID        `json:"project_id" doc:"The project." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	ContractAtSigningFen int64        `json:"contract_at_signing_fen" doc:"The contract as it was signed." example:"12800000"`
	Changes              []Change     `json:"changes" nullable:"false" doc:"Every approved change, oldest first."`
	ContractFen          int64        `json:"contract_fen" doc:"The contract now: as signed, and every approved change." example:"13660000"`
	PaidFen              int64        `json:"paid_fen" doc:"What came in." example:"6000000"`
	RefundedFen          int64        `json:"refunded_fen" doc:"What of it went back." example:"200000"`
	OpenFen              int64        `json:"open_fen" doc:"What is still to be paid of the contract." example:"7860000"`
	OverpaidFen          int64        `json:"overpaid_fen" doc:"What was paid beyond the contract." example:"0"`
	Instalments          []Instalment `json:"instalments" nullable:"false" doc:"How the contract is paid, in its order; empty when no plan was laid out."`
	NextDue              *Instalment  `json:"next_due,omitempty" doc:"Of the instalments that are not paid the one that falls due first."`
}

func viewLines(rows []model.Line) []Line {
	lines := make([]Line, 0, len(rows))
	for _, l := range rows {
		lines = append(lines, Line{l.Text, l.AmountFen})
	}
	return lines
}

func viewOrder(o budget.Order) Order {
	v := Order{
		ID: o.ID, ProjectID: o.ProjectID, No: o.No, Title: o.Title, Text: o.Text, Photos: contract.NewPhotos(o.Photos),
		AskedBy: Author{string(o.AskedKind), o.AskedName, string(o.AskedRole)}, AskedAt: contract.Instant(o.CreatedAt),
		State: string(o.Standing), Version: o.Offer, AmountFen: o.AmountFen, Days: o.Days, Stage: o.StageKey,
		ValidUntil: contract.Until(o.ValidUntil), Lines: viewLines(o.Lines), ContractFen: o.ContractFen,
		DecidedAt: contract.Until(o.DecidedAt), Word: o.Word, ShiftedDays: o.ShiftedDays,
	}
	if o.Standing == model.Quoted {
		v.ContractFen += o.AmountFen
	}
	if o.Order.ContractFen != nil {
		v.ContractFen = *o.Order.ContractFen
	}
	for _, f := range o.Offers {
		v.Offers = append(v.Offers, Offer{
			Version: f.Offer, AmountFen: f.AmountFen, Days: f.Days, Stage: f.StageKey, ValidUntil: contract.Instant(f.ValidUntil),
			Note: f.Note, By: Author{"staff", f.AuthorName, string(f.AuthorRole)}, At: contract.Instant(f.At),
		})
	}
	return v
}

func viewRefund(f model.Refund) Refund {
	return Refund{ID: f.ID, AmountFen: f.AmountFen, FundFen: f.FundFen, DiscountFen: f.DiscountFen, Reason: f.Reason, ExternalNo: text(f.ExternalNo), At: contract.Instant(f.At)}
}

func viewPayment(p budget.Payment) Payment {
	v := Payment{
		ID: p.ID, ProjectID: p.ProjectID, AmountFen: p.AmountFen, RefundedFen: p.RefundedFen, Kind: string(p.Kind),
		DiscountFen: p.DiscountFen, FundFen: p.FundFen, ReceivedFen: p.ReceivedFen(), Discounts: viewDiscounts(p.Uses),
		PaidAt: contract.Instant(p.PaidAt), ExternalNo: text(p.ExternalNo), Method: p.Method, RecordedAt: contract.Instant(p.CreatedAt),
		Refunds: make([]Refund, 0, len(p.Refunds)),
	}
	for _, f := range p.Refunds {
		v.Refunds = append(v.Refunds, viewRefund(f))
	}
	return v
}

func viewStaffPayment(p budget.Payment) StaffPayment {
	by := Author{"staff", p.AuthorName, string(p.AuthorRole)}
	if p.AuthorID.IsZero() {
		by.Kind = "system"
	}
	return StaffPayment{Payment: viewPayment(p), Note: p.Note, By: by}
}

func viewInstalment(it budget.Instalment) Instalment {
	return Instalment{
		Name: it.Name, AmountFen: it.AmountFen, PaidFen: it.PaidFen, OpenFen: it.AmountFen - it.PaidFen, State: string(it.State),
		DueStage: it.DueStage, DueOn: string(it.DueOn), Due: it.Due, ChangeID: it.OrderID,
	}
}

func viewBudget(b budget.Budget) Budget {
	v := Budget{
		ProjectID: b.Project.ID, ContractAtSigningFen: b.AtSigning, ContractFen: b.Project.ContractAmountFen,
		PaidFen: b.Paid, RefundedFen: b.Refunded, OpenFen: b.Open, OverpaidFen: b.Overpaid,
		Changes: make([]Change, 0, len(b.Changes)), Instalments: make([]Instalment, 0, len(b.Instalments)),
	}
	for _, o := range b.Changes {
		v.Changes = append(v.Changes, Change{o.ID, o.Title, o.AmountFen, o.ShiftedDays, contract.Until(o.DecidedAt)})
	}
	for _, it := range b.Instalments {
		v.Instalments = append(v.Instalments, viewInstalment(it))
	}
	if b.Next != nil {
		next := viewInstalment(*b.Next)
		v.NextDue = &next
	}
	return v
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
