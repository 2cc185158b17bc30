package coupon

import (
	"time"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/id"
	model "guike/model/membership/coupon"
	"guike/service/membership/coupon"
)

// Coupon is a coupon as its customer sees it.
type Coupon struct {
	ID           id.ID      `json:"id" doc:"The coupon." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Code         string     `json:"code" doc:"Show it to use it." example:"Y4T9K2M7QX3B8Z"`
	Kind         string     `json:"kind" enum:"amount,percent,gift,service,voucher" doc:"What it is." example:"amount"`
	Name         string     `json:"name" doc:"What people call it." example:"首单 5 元券"`
	NameEN       string     `json:"name_en" doc:"The same in English." example:"5 yuan after the first payment"`
	Terms        string     `json:"terms" doc:"What it gives, for what, from which amount on, until when, in exact words." example:"全场立减 5 元,不找零,无门槛,有效期至 2027年6月1日(含当日)。"`
	TermsEN      string     `json:"terms_en" doc:"The same in English." example:"5 yuan off the whole bill, no change given, whatever the amount; valid up to and including 1 June 2027."`
	Note         string     `json:"note" doc:"What else is to be known." example:""`
	NoteEN       string     `json:"note_en" doc:"The same in English." example:""`
	AmountFen    int64      `json:"amount_fen" doc:"What it takes off, in cents; of amount and voucher." example:"500"`
	OffBP        int64      `json:"off_bp" doc:"What it takes off, in basis points; of percent." example:"0"`
	ThresholdFen int64      `json:"threshold_fen" doc:"From which amount on, in cents." example:"0"`
	CapFen       int64      `json:"cap_fen" doc:"What it takes off at most, in cents; 0 is no bound." example:"0"`
	Scope        string     `json:"scope" doc:"For which goods; empty for gifts and services." example:"all"`
	ScopeName    string     `json:"scope_name" doc:"The same in words." example:"全场"`
	ScopeNameEN  string     `json:"scope_name_en" doc:"The same in English." example:"the whole bill"`
	Group        string     `json:"group" doc:"Of the coupons of a group a bill takes one at most; empty goes with any." example:"rule"`
	Why          string     `json:"why" enum:"payment,birthday,win_back,staff,code,redemption" doc:"Why it came." example:"payment"`
	WhyText      string     `json:"why_text" doc:"The same for a person." example:"付款后赠送"`
	WhyTextEN    string     `json:"why_text_en" doc:"The same in English." example:"Came with a payment"`
	State        string     `json:"state" enum:"open,used,void,lapsed" doc:"Where it stands now." example:"open"`
	IssuedAt     time.Time  `json:"issued_at" doc:"When it came." example:"2026-12-01T02:00:00.000Z"`
	ValidUntil   time.Time  `json:"valid_until" doc:"The first instant at which it can be used no more." example:"2027-06-01T16:00:00.000Z"`
	UsedAt       *time.Time `json:"used_at,omitempty" doc:"When it was used." example:"2026-12-20T02:00:00.000Z"`
	Reason       string     `json:"reason" doc:"Why it was taken away." example:""`
}

// why says in words why a coupon came.
func why(e model.Event) (zh, en string) {
	switch e {
	case model.Payment:
		return "付款后赠送", "Came with a payment"
	case model.Birthday:
		return "生日礼", "For your birthday"
	case model.WinBack:
		return "致歉", "With our apology"
	case model.ByStaff:
		return "员工赠送", "Given by our staff"
	case model.Claimed:
		return "活动领取", "Claimed with a code"
	case model.Redemption:
		return "积分兑换", "Redeemed for points"
	}
	return "会员日", "Member day"
}

func viewCoupon(c coupon.Card) Coupon {
	v := Coupon{
		ID: c.ID, Code: c.Code, Kind: string(c.Kind), Name: c.NameZH, NameEN: c.NameEN, Terms: c.TermsZH, TermsEN: c.TermsEN, Note: c.NoteZH, NoteEN: c.NoteEN,
		AmountFen: c.AmountFen, OffBP: c.OffBP, ThresholdFen: c.ThresholdFen, CapFen: c.CapFen, Scope: string(c.Scope), Group: c.StackGroup,
		Why: string(c.Event), State: string(c.Standing), IssuedAt: contract.Instant(c.CreatedAt), ValidUntil: contract.Instant(time.UnixMilli(c.ValidUntil)),
		UsedAt: contract.Until(c.UsedAt), Reason: c.Reason,
	}
	v.WhyText, v.WhyTextEN = why(c.Event)
	if c.Scope != "" {
		v.ScopeName, v.ScopeNameEN = c.Scope.Words()
	}
	return v
}

// StaffCoupon is a coupon as staff see it.
type StaffCoupon struct {
	Coupon
	CustomerID id.ID  `json:"customer_id" doc:"Whose it is." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e70"`
	Campaign   string `json:"campaign" doc:"The campaign's key." example:"first_payment_5"`
	IssuedBy   string `json:"issued_by" doc:"Who issued it; empty when a rule did." example:"王小明"`
	UsedBy     string `json:"used_by" doc:"Who used it." example:"王小明"`
	PaymentID  *id.ID `json:"payment_id,omitempty" doc:"The payment whose bill it took money off." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e78"`
}

func viewStaffCoupon(c coupon.Card) StaffCoupon {
	v := StaffCoupon{Coupon: viewCoupon(c), CustomerID: c.CustomerID, Campaign: c.CampaignKey, IssuedBy: c.IssuedName, UsedBy: c.UsedName}
	if !c.PaymentID.IsZero() {
		v.PaymentID = &c.PaymentID
	}
	return v
}

// Campaign is a campaign as staff see it.
type Campaign struct {
	Key string `json:"key" doc:"By which it is known." example:"fathers_day_2027"`
	Body
	Version   int64     `json:"version" doc:"Grows with every change." example:"1"`
	Terms     string    `json:"terms" doc:"What its coupons give, in exact words." example:"橱柜厨房类商品 9 折,满 10000 元可用,最高减 500 元"`
	TermsEN   string    `json:"terms_en" doc:"The same in English." example:"10% off kitchens, from 10000 yuan on, 500 yuan at most"`
	Issued    int64     `json:"issued" doc:"How many coupons were issued and not voided." example:"37"`
	IssuedFen int64     `json:"issued_fen" doc:"What they are worth, in cents." example:"1850000"`
	Shared    *Shared   `json:"shared,omitempty" doc:"What its coupons took off bills on account of partners: of a single campaign, not in the list. Like partner and partner_bp it is for those alone who manage campaigns or settle with partners."`
	CreatedAt time.Time `json:"created_at" doc:"When it was written down." example:"2027-05-20T02:00:00.000Z"`
	UpdatedAt time.Time `json:"updated_at" doc:"When it was changed last." example:"2027-05-20T02:00:00.000Z"`
}

func viewCampaign(c model.Campaign) Campaign {
	v := Campaign{
		Key: c.Key, Version: c.Version, Issued: c.Issued, IssuedFen: c.IssuedFen, CreatedAt: contract.Instant(c.CreatedAt), UpdatedAt: contract.Instant(c.UpdatedAt),
		Body: Body{
			Name: c.NameZH, NameEN: c.NameEN, Note: c.NoteZH, NoteEN: c.NoteEN, Event: string(c.Event), Enabled: c.Enabled, Code: c.Code, Condition: c.Condition,
			Per: c.Per, Kind: string(c.Kind), AmountFen: c.AmountFen, OffBP: c.OffBP, ThresholdFen: c.ThresholdFen, CapFen: c.CapFen, WorthFen: c.WorthFen,
			Scope: string(c.Scope), Group: c.Group, Days: c.Days, LastDay: string(c.LastDay), From: contract.Until(c.From), Until: contract.Until(c.Until),
			Levels: c.Levels, Titles: c.Titles, StoreIDs: c.Stores, BudgetFen: c.BudgetFen, BudgetPieces: c.BudgetPieces,
			LimitCount: c.LimitCount, LimitPer: c.LimitPer, Weekdays: c.Weekdays,
			Partner: c.Partner, PartnerBP: c.PartnerBP,
		},
	}
	if c.Shared != nil {
		shared := viewShared(*c.Shared)
		v.Shared = &shared
	}
	for _, s := range c.Steps {
		v.Steps = append(v.Steps, StepBody(s))
	}
	for _, d := range c.Dates {
		v.Dates = append(v.Dates, string(d))
	}
	v.Terms, v.TermsEN = c.Terms()
	return v
}

// Campaigns are all campaigns; there are few enough for one page.
type Campaigns struct {
	Items []Campaign `json:"items" nullable:"false" doc:"By key."`
}

// Request is the wish of staff to win somebody back.
type Request struct {
	ID         id.ID      `json:"id" doc:"The request." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	CustomerID id.ID      `json:"customer_id" doc:"Whom." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e70"`
	Campaign   string     `json:"campaign" doc:"With which campaign." example:"win_back_20"`
	Incident   string     `json:"incident" doc:"What went wrong." example:"TS20261201-0003"`
	Reason     string     `json:"reason" doc:"What was apologised for." example:"柜门色差,已致歉并更换。"`
	State      string     `json:"state" enum:"asked,approved,refused" doc:"Where it stands." example:"asked"`
	AskedBy    string     `json:"asked_by" doc:"Who asked." example:"王小明"`
	DecidedBy  string     `json:"decided_by" doc:"Who decided." example:""`
	DecidedAt  *time.Time `json:"decided_at,omitempty" doc:"When it was decided." example:"2026-12-01T03:00:00.000Z"`
	Word       string     `json:"word" doc:"A word of whoever decided." example:""`
	CouponID   *id.ID     `json:"coupon_id,omitempty" doc:"The coupon that it became." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e71"`
	CreatedAt  time.Time  `json:"created_at" doc:"When it was asked." example:"2026-12-01T02:00:00.000Z"`
}

func viewRequest(q model.Request) Request {
	v := Request{
		ID: q.ID, CustomerID: q.CustomerID, Campaign: q.CampaignKey, Incident: q.Incident, Reason: q.Reason, State: string(q.State),
		AskedBy: q.AskedName, DecidedBy: q.DecidedName, DecidedAt: contract.Until(q.DecidedAt), Word: q.Word, CreatedAt: contract.Instant(q.CreatedAt),
	}
	if !q.CouponID.IsZero() {
		v.CouponID = &q.CouponID
	}
	return v
}

// Allowances is what roles may issue by hand in a month, and what I have issued.
type Allowances struct {
	Allowances map[string]int64 `json:"allowances" doc:"Cents by role." example:"{\"sales\":20000,\"store_manager\":200000}"`
	MineFen    int64            `json:"mine_fen" doc:"What my role may issue in a month, in cents." example:"20000"`
	UsedFen    int64            `json:"used_fen" doc:"What I have issued of it this month." example:"5000"`
}

func viewAllowances(all coupon.Allowances, used int64, role actor.Role) Allowances {
	v := Allowances{Allowances: make(map[string]int64, len(all)), MineFen: all[role], UsedFen: used}
	for r, fen := range all {
		v.Allowances[string(r)] = fen
	}
	return v
}
