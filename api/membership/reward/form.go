package reward

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	model "guike/model/membership/reward"
	"guike/service/membership/reward"
)

// Body is what staff write of a reward.
type Body struct {
	Kind        string     `json:"kind" enum:"gift,coupon,product,service" doc:"What it is." example:"gift"`
	Title       string     `json:"title" minLength:"1" maxLength:"60" doc:"What people call it." example:"手冲咖啡壶"`
	TitleEN     string     `json:"title_en" minLength:"1" maxLength:"120" doc:"The same in English." example:"A kettle for pour-over coffee"`
	Text        string     `json:"text,omitempty" required:"false" maxLength:"1000" doc:"What it is, where it is handed out, on which terms." example:"凭兑换码到任一门店领取。"`
	TextEN      string     `json:"text_en,omitempty" required:"false" maxLength:"2000" doc:"The same in English." example:"Hand in the code at any store."`
	Price       int64      `json:"price" minimum:"1" maximum:"100000000" doc:"How many points one costs. A change leaves orders that were made as they are." example:"50"`
	WorthFen    int64      `json:"worth_fen,omitempty" required:"false" minimum:"0" maximum:"1000000000" doc:"What a coupon takes off, in cents; for coupons only." example:"0"`
	LimitCount  int64      `json:"limit_count,omitempty" required:"false" minimum:"0" maximum:"1000" doc:"How many a person may have; 0 is no limit." example:"1"`
	LimitPer    string     `json:"limit_per,omitempty" required:"false" enum:"ever,month" doc:"The span in which the limit counts; with limit_count only." example:"month"`
	Levels      []string   `json:"levels,omitempty" required:"false" nullable:"false" maxItems:"10" doc:"Who may have it: members of one of these levels …" example:"[\"silver\",\"gold\"]"`
	Titles      []string   `json:"titles,omitempty" required:"false" nullable:"false" maxItems:"10" doc:"… or with one of these titles. Neither is everybody." example:"[\"co_creator\"]"`
	EarlyLevels []string   `json:"early_levels,omitempty" required:"false" nullable:"false" maxItems:"10" doc:"Members of these levels may have it from early_at on." example:"[\"gold\"]"`
	EarlyAt     *time.Time `json:"early_at,omitempty" required:"false" doc:"When it opens for early_levels; before opens_at." example:"2026-11-24T02:00:00.000Z"`
	OpensAt     *time.Time `json:"opens_at,omitempty" required:"false" doc:"When it opens; at once when absent." example:"2026-11-25T02:00:00.000Z"`
	ClosesAt    *time.Time `json:"closes_at,omitempty" required:"false" doc:"From when on it can be had no more; open-ended when absent." example:"2026-12-31T16:00:00.000Z"`
	UseDays     int        `json:"use_days" minimum:"1" maximum:"1095" doc:"For how many days after the day on which it was redeemed it can be used." example:"60"`
	CancelDays  *int       `json:"cancel_days,omitempty" required:"false" minimum:"0" maximum:"1095" doc:"For how many days a customer may cancel what is unused; 0 is not at all, 7 when absent." example:"7"`
	PointsBack  *bool      `json:"points_back,omitempty" required:"false" doc:"Whether the points of what was never used come back when it lapses; they do when absent." example:"true"`
	FileIDs     []id.ID    `json:"file_ids,omitempty" required:"false" nullable:"false" maxItems:"9" doc:"Pictures that were uploaded before, in their order." example:"[\"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e76\"]"`
}

// usualCancelDays is how long what is unused can be cancelled when nothing is said.
const usualCancelDays = 7

func (b Body) form() reward.Form {
	f := reward.Form{
		Kind: model.Kind(b.Kind), TitleZH: b.Title, TitleEN: b.TitleEN, TextZH: b.Text, TextEN: b.TextEN, Price: b.Price, WorthFen: b.WorthFen,
		LimitCount: b.LimitCount, LimitPer: model.Per(b.LimitPer), Levels: b.Levels, Titles: b.Titles, EarlyLevels: b.EarlyLevels,
		EarlyAt: b.EarlyAt, OpensAt: b.OpensAt, ClosesAt: b.ClosesAt, UseDays: b.UseDays, CancelDays: usualCancelDays, PointsBack: true, FileIDs: b.FileIDs,
	}
	if b.CancelDays != nil {
		f.CancelDays = *b.CancelDays
	}
	if b.PointsBack != nil {
		f.PointsBack = *b.PointsBack
	}
	return f
}

// NewBody is a new reward.
type NewBody struct {
	Body
	Stock *int64 `json:"stock,omitempty" required:"false" minimum:"0" maximum:"1000000000" doc:"How many there are; absent is without end. A restock changes it later." example:"200"`
}

// AddInput is the request for a new reward.
type AddInput struct {
	contract.Key
	Body NewBody
}

// ChangeBody is a reward as it is to be.
type ChangeBody struct {
	Body
	Version int64 `json:"version" minimum:"1" doc:"The version that was read." example:"1"`
}

// ChangeInput is the request to change a reward.
type ChangeInput struct {
	contract.ByID
	Body ChangeBody
}

// RestockBody is a change of a reward's stock.
type RestockBody struct {
	Amount int64  `json:"amount" minimum:"-1000000000" maximum:"1000000000" doc:"How many came in; below zero for what was lost. Not zero." example:"100"`
	Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"Why." example:"十二月到货"`
}

// RestockInput is the request to change a reward's stock.
type RestockInput struct {
	contract.RequiredKey
	contract.ByID
	Body RestockBody
}

// ByIDInput is the request for an act on a reward without fields.
type ByIDInput struct {
	contract.ByID
	contract.NoFields
}

// ListInput asks for a page of the catalogue as staff see it.
type ListInput struct {
	contract.Paging
	State string `query:"state" enum:"draft,published,withdrawn" doc:"Only those in this state." example:"published"`
}

// OffersInput asks for a page of the catalogue.
type OffersInput struct {
	contract.Paging
	IfNoneMatch string `header:"If-None-Match" maxLength:"1024" doc:"The ETag that the reader has; the answer is 304 when nothing changed." example:"\"5f2b\""`
}

// RedeemBody is a wish for some of a reward.
type RedeemBody struct {
	RewardID id.ID  `json:"reward_id" doc:"Of which reward." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Quantity int64  `json:"quantity" minimum:"1" maximum:"100" doc:"How many." example:"1"`
	Price    *int64 `json:"price,omitempty" required:"false" minimum:"0" maximum:"100000000" doc:"How many points one cost when the customer looked; another price is refused. The price as it is when absent. Nothing is free: 0 is another price." example:"50"`
}

// RedeemInput is the request to redeem points.
type RedeemInput struct {
	contract.RequiredKey
	Body RedeemBody
}

// CancelMineInput is the request to cancel a redemption of mine.
type CancelMineInput struct {
	contract.RequiredKey
	contract.ByID
	contract.NoFields
}

// ByCode is the code of a redemption.
type ByCode struct {
	Code string `path:"code" maxLength:"64" doc:"The code as it was scanned or typed." example:"D4T9K2M7QX3B8Z"`
}

// UseInput is the request to use a redemption.
type UseInput struct {
	contract.Key
	ByCode
	contract.NoFields
}

// CancelBody says why a redemption is cancelled.
type CancelBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"Why; the customer reads it." example:"门店缺货"`
}

// CancelInput is the request of staff to cancel a redemption.
type CancelInput struct {
	contract.RequiredKey
	ByCode
	Body CancelBody
}
