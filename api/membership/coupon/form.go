package coupon

import (
	"time"

	"guike/api/contract"
	"guike/internal/clock"
	"guike/internal/id"
	model "guike/model/membership/coupon"
	"guike/service/membership/coupon"
)

// StepBody makes a voucher worth an amount from a contract amount on.
type StepBody struct {
	FromFen   int64 `json:"from_fen" minimum:"0" maximum:"1000000000000" doc:"From which contract amount on, in cents." example:"10000000"`
	AmountFen int64 `json:"amount_fen" minimum:"1" maximum:"100000000" doc:"What the voucher is worth, in cents." example:"1000000"`
}

// Body is what staff write of a campaign.
type Body struct {
	Name         string     `json:"name" minLength:"1" maxLength:"60" doc:"What people call the coupon. Words that promise without saying what are refused." example:"父亲节厨房 9 折"`
	NameEN       string     `json:"name_en" minLength:"1" maxLength:"120" doc:"The same in English." example:"Father's Day: 10% off kitchens"`
	Note         string     `json:"note,omitempty" required:"false" maxLength:"300" doc:"What else is to be known. Scope, amount, threshold and validity follow from the numbers, in exact words." example:"需提前一天预约。"`
	NoteEN       string     `json:"note_en,omitempty" required:"false" maxLength:"600" doc:"The same in English." example:"By appointment a day before."`
	Event        string     `json:"event" enum:"payment,birthday,win_back,staff,code,redemption,member_day" doc:"How the coupons come to people: by rule with a payment, three days before a birthday, after an apology with approval, by staff, by a code that customers claim, for points. A member day issues nothing: its code takes something off the bills of its days." example:"code"`
	Enabled      bool       `json:"enabled" doc:"Whether it is on." example:"true"`
	Code         string     `json:"code,omitempty" required:"false" maxLength:"12" pattern:"^[A-Z0-9]*$" doc:"Of code and member_day: 4 to 12 capitals or digits." example:"DAD2027"`
	Condition    string     `json:"condition,omitempty" required:"false" maxLength:"500" doc:"Of payment: over the facts of earning rules, goods among them, the scopes of which the bill says a part; empty always holds." example:"'appliance' in goods"`
	Per          string     `json:"per,omitempty" required:"false" enum:"customer,project,payment" doc:"Of payment: one for a customer, a project, or each payment." example:"customer"`
	Kind         string     `json:"kind" enum:"amount,percent,gift,service,voucher" doc:"What it is; amount, percent and voucher take money off a bill." example:"percent"`
	AmountFen    int64      `json:"amount_fen,omitempty" required:"false" minimum:"0" maximum:"100000000" doc:"Of amount and voucher: what it takes off, in cents." example:"0"`
	Steps        []StepBody `json:"steps,omitempty" required:"false" nullable:"false" maxItems:"20" doc:"Of voucher: its worth by the contract amount, rising."`
	OffBP        int64      `json:"off_bp,omitempty" required:"false" minimum:"0" maximum:"9999" doc:"Of percent: what is taken off, in basis points; 1000 is 9折." example:"1000"`
	ThresholdFen int64      `json:"threshold_fen,omitempty" required:"false" minimum:"0" maximum:"1000000000000" doc:"From which amount of its scope on it can be used, in cents; 0 is any." example:"1000000"`
	CapFen       int64      `json:"cap_fen,omitempty" required:"false" minimum:"0" maximum:"100000000" doc:"Of percent: what it takes off at most, in cents; 0 is no bound." example:"50000"`
	WorthFen     int64      `json:"worth_fen,omitempty" required:"false" minimum:"0" maximum:"100000000" doc:"Of gift and service: what one is worth in the budget, in cents." example:"0"`
	Scope        string     `json:"scope,omitempty" required:"false" enum:"all,full_price,kitchen,wardrobe,door_floor,bathroom,furniture,soft_furnishing,appliance,design,installation,cleaning" doc:"For which goods; all is the whole bill. Coupons of money say one." example:"kitchen"`
	Group        string     `json:"group,omitempty" required:"false" maxLength:"32" doc:"Of the coupons of a group a bill takes one at most." example:"festival"`
	Days         int        `json:"days,omitempty" required:"false" minimum:"0" maximum:"1095" doc:"For how many days after the day of issue a coupon is valid …" example:"30"`
	LastDay      string     `json:"last_day,omitempty" required:"false" format:"date" maxLength:"10" doc:"… or its last day, or whichever comes first." example:"2027-06-30"`
	From         *time.Time `json:"from,omitempty" required:"false" doc:"From when on coupons are issued; at once when absent." example:"2027-06-01T00:00:00.000Z"`
	Until        *time.Time `json:"until,omitempty" required:"false" doc:"From when on no more are; open-ended when absent." example:"2027-06-21T16:00:00.000Z"`
	Levels       []string   `json:"levels,omitempty" required:"false" nullable:"false" maxItems:"50" doc:"Members of one of these levels only." example:"[\"silver\",\"gold\"]"`
	Titles       []string   `json:"titles,omitempty" required:"false" nullable:"false" maxItems:"50" doc:"Members with one of these titles only." example:"[]"`
	StoreIDs     []id.ID    `json:"store_ids,omitempty" required:"false" nullable:"false" maxItems:"50" doc:"Customers of one of these stores only." example:"[]"`
	BudgetFen    int64      `json:"budget_fen,omitempty" required:"false" minimum:"0" maximum:"1000000000000" doc:"What all coupons together are worth at most, in cents; 0 is no bound." example:"1000000"`
	BudgetPieces int64      `json:"budget_pieces,omitempty" required:"false" minimum:"0" maximum:"1000000000" doc:"How many coupons there are; 0 is no bound." example:"200"`
	LimitCount   int64      `json:"limit_count,omitempty" required:"false" minimum:"0" maximum:"1000" doc:"How many a person may have; 0 is no limit." example:"1"`
	LimitPer     string     `json:"limit_per,omitempty" required:"false" enum:"ever,month" doc:"The span in which the limit counts; with limit_count only." example:"ever"`
	Weekdays     []string   `json:"weekdays,omitempty" required:"false" nullable:"false" maxItems:"7" enum:"mon,tue,wed,thu,fri,sat,sun" doc:"Of member_day: on these days of every week …" example:"[]"`
	Partner      string     `json:"partner,omitempty" required:"false" maxLength:"60" doc:"Of amount, percent and voucher: the partner of the company who bears a part of what the coupons take off. Coupons keep what was said when they were issued." example:"海风家电"`
	PartnerBP    int64      `json:"partner_bp,omitempty" required:"false" minimum:"0" maximum:"10000" doc:"Which part of it the partner bears, in basis points; 5000 is half." example:"5000"`
	Dates        []string   `json:"dates,omitempty" required:"false" nullable:"false" maxItems:"100" format:"date" doc:"… and on these days." example:"[]"`
}

func (b Body) campaign() coupon.NewCampaign {
	d := model.Definition{
		NameZH: b.Name, NameEN: b.NameEN, NoteZH: b.Note, NoteEN: b.NoteEN, Event: model.Event(b.Event), Code: b.Code, Condition: b.Condition, Per: b.Per,
		Kind: model.Kind(b.Kind), AmountFen: b.AmountFen, OffBP: b.OffBP, ThresholdFen: b.ThresholdFen, CapFen: b.CapFen, WorthFen: b.WorthFen,
		Scope: model.Scope(b.Scope), Group: b.Group, Days: b.Days, LastDay: clock.Day(b.LastDay), From: b.From, Until: b.Until,
		Levels: b.Levels, Titles: b.Titles, Stores: b.StoreIDs, BudgetFen: b.BudgetFen, BudgetPieces: b.BudgetPieces,
		LimitCount: b.LimitCount, LimitPer: b.LimitPer, Weekdays: b.Weekdays, Partner: b.Partner, PartnerBP: b.PartnerBP,
	}
	for _, s := range b.Steps {
		d.Steps = append(d.Steps, model.Step(s))
	}
	for _, day := range b.Dates {
		d.Dates = append(d.Dates, clock.Day(day))
	}
	return coupon.NewCampaign{Enabled: b.Enabled, Definition: d}
}

// NewBody is a new campaign.
type NewBody struct {
	Key string `json:"key" minLength:"1" maxLength:"32" pattern:"^[a-z][a-z0-9_]*$" doc:"By which it is known for ever: lower-case letters, digits, underscores." example:"fathers_day_2027"`
	Body
}

// AddInput is the request for a new campaign.
type AddInput struct {
	contract.Key
	Body NewBody
}

// ByKey names a campaign.
type ByKey struct {
	CampaignKey string `path:"key" maxLength:"32" doc:"The campaign's key." example:"fathers_day_2027"`
}

// ChangeBody is a campaign as it is to be.
type ChangeBody struct {
	Body
	Version int64 `json:"version" minimum:"1" doc:"The version that was read." example:"1"`
}

// ChangeInput is the request to change a campaign.
type ChangeInput struct {
	ByKey
	Body ChangeBody
}

// SwitchInput is the request to stop a campaign, or to let it go on.
type SwitchInput struct {
	ByKey
	contract.NoFields
}

// CampaignsInput asks for campaigns.
type CampaignsInput struct {
	Event string `query:"event" enum:"payment,birthday,win_back,staff,code,redemption,member_day" doc:"Only those of this event." example:"staff"`
}

// PeriodInput asks for the settlement of a partner over days.
type PeriodInput struct {
	Partner string `query:"partner" required:"true" minLength:"1" maxLength:"60" doc:"The partner, as campaigns name it." example:"海风家电"`
	From    string `query:"from" format:"date" maxLength:"10" doc:"The first day, in the company's zone; 365 days before the last when absent." example:"2026-12-01"`
	To      string `query:"to" format:"date" maxLength:"10" doc:"The last day; today when absent. Of the table it is a day that has been over for ten minutes, the latest one when absent." example:"2026-12-31"`
}

func (in PeriodInput) period() coupon.Period {
	return coupon.Period{Partner: in.Partner, From: clock.Day(in.From), To: clock.Day(in.To)}
}

// SettlementInput asks for a page of a settlement.
type SettlementInput struct {
	PeriodInput
	contract.Paging
}

// MineInput asks for a page of my coupons.
type MineInput struct {
	contract.Paging
	State string `query:"state" enum:"open,used,void,lapsed" doc:"Only those that stand so now." example:"open"`
}

// OfInput asks for a page of a customer's coupons.
type OfInput struct {
	contract.ByID
	MineInput
}

// ClaimBody is the code of a campaign.
type ClaimBody struct {
	Code string `json:"code" minLength:"1" maxLength:"32" doc:"The campaign's code, as it was read or typed." example:"DAD2027"`
}

// ClaimInput is the request for the coupon of a code.
type ClaimInput struct {
	contract.RequiredKey
	Body ClaimBody
}

// IssueBody is a coupon that staff issue.
type IssueBody struct {
	Campaign string `json:"campaign" minLength:"1" maxLength:"32" doc:"The key of a campaign for staff." example:"goodwill_50"`
	Reason   string `json:"reason" minLength:"1" maxLength:"200" doc:"Why." example:"安装延误半天,客户体谅。"`
}

// IssueInput is the request to issue a coupon.
type IssueInput struct {
	contract.RequiredKey
	contract.ByID
	Body IssueBody
}

// ByCode is the code of a coupon.
type ByCode struct {
	Code string `path:"code" maxLength:"64" doc:"The code as it was scanned or typed." example:"Y4T9K2M7QX3B8Z"`
}

// UseInput is the request to hand out a gift or service.
type UseInput struct {
	contract.RequiredKey
	ByCode
	contract.NoFields
}

// VoidBody says why a coupon is taken away.
type VoidBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"Why; the customer reads it." example:"重复发放"`
}

// VoidInput is the request to take a coupon away.
type VoidInput struct {
	contract.RequiredKey
	ByCode
	Body VoidBody
}

// RequestBody is the wish to win somebody back.
type RequestBody struct {
	CustomerID id.ID  `json:"customer_id" doc:"Whom." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Campaign   string `json:"campaign" minLength:"1" maxLength:"32" doc:"The key of a campaign for it." example:"win_back_20"`
	Incident   string `json:"incident" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9][A-Za-z0-9:_-]*$" doc:"What went wrong, by its number: there is one coupon for an incident." example:"TS20261201-0003"`
	Reason     string `json:"reason" minLength:"1" maxLength:"200" doc:"What was apologised for." example:"柜门色差,已致歉并更换。"`
}

// RequestInput is the request for a coupon after an apology.
type RequestInput struct {
	contract.RequiredKey
	Body RequestBody
}

// RequestsInput asks for a page of requests.
type RequestsInput struct {
	contract.Paging
	State string `query:"state" enum:"asked,approved,refused" doc:"Only those in this state." example:"asked"`
}

// DecisionBody is the answer to a request.
type DecisionBody struct {
	Decision string `json:"decision" enum:"approve,refuse" doc:"The answer; an approval issues the coupon." example:"approve"`
	Word     string `json:"word,omitempty" required:"false" maxLength:"200" doc:"A word to whoever asked." example:"同意。"`
}

// DecisionInput is the request to decide.
type DecisionInput struct {
	contract.RequiredKey
	contract.ByID
	Body DecisionBody
}

// AllowancesBody is what roles may issue by hand in a month.
type AllowancesBody struct {
	Allowances map[string]int64 `json:"allowances" doc:"Cents by role; a role that is not named issues nothing." example:"{\"sales\":20000,\"store_manager\":200000}"`
}

// AllowancesInput is the request to set what roles may issue.
type AllowancesInput struct {
	Body AllowancesBody
}
