package coupon

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	model "guike/model/membership/coupon"
	"guike/service/membership/coupon"
)

// Shared is what coupons took off bills on account of a partner. OffFen is PartnerFen and OwnFen.
type Shared struct {
	Used       int64 `json:"used" doc:"How many coupons were used." example:"12"`
	Returned   int64 `json:"returned" doc:"How many uses were taken back, since the payment was refunded whole." example:"1"`
	OffFen     int64 `json:"off_fen" doc:"What they took off, in cents, without what was taken back." example:"11000000"`
	PartnerFen int64 `json:"partner_fen" doc:"What of it the partner bears: its share of each use, rounded down." example:"5500000"`
	OwnFen     int64 `json:"own_fen" doc:"What of it the company bears: the rest." example:"5500000"`
}

func viewShared(s model.Shared) Shared {
	return Shared{s.Used, s.Returned, s.OffFen, s.PartnerFen, s.OffFen - s.PartnerFen}
}

// PartnerCampaign is what a partner bears of one campaign.
type PartnerCampaign struct {
	Key    string `json:"key" doc:"The campaign's key." example:"appliance_10000"`
	Name   string `json:"name" doc:"What people call it." example:"装修满 10 万送 1 万家电券"`
	NameEN string `json:"name_en" doc:"The same in English." example:"Appliances for 10,000 yuan with a contract of 100,000"`
	Shared
}

// Charge is what a partner bears of one use; below zero where it is taken back.
type Charge struct {
	ID         id.ID     `json:"id" doc:"The line." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	At         time.Time `json:"at" doc:"When the coupon was used, or its use taken back." example:"2026-12-20T02:00:00.000Z"`
	Returned   bool      `json:"returned" doc:"Whether a use is taken back." example:"false"`
	Campaign   string    `json:"campaign" doc:"The campaign's key." example:"appliance_10000"`
	Code       string    `json:"code" doc:"The coupon's code, or that of a member day." example:"Y4T9K2M7QX3B8Z"`
	PaymentID  id.ID     `json:"payment_id" doc:"The payment off whose bill it was taken." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e78"`
	PartnerBP  int64     `json:"partner_bp" doc:"The partner's share, in basis points, as it was agreed." example:"5000"`
	OffFen     int64     `json:"off_fen" doc:"What was taken off, in cents." example:"1000000"`
	PartnerFen int64     `json:"partner_fen" doc:"What of it the partner bears." example:"500000"`
	OwnFen     int64     `json:"own_fen" doc:"What of it the company bears." example:"500000"`
}

func viewCharge(c model.Charge) Charge {
	return Charge{
		ID: c.ID, At: contract.Instant(c.CreatedAt), Returned: c.Returned, Campaign: c.CampaignKey, Code: c.Code, PaymentID: c.PaymentID,
		PartnerBP: c.PartnerBP, OffFen: c.OffFen, PartnerFen: c.PartnerFen, OwnFen: c.OffFen - c.PartnerFen,
	}
}

// Settlement is what a partner bears in a period, and a page of its lines, newest first.
type Settlement struct {
	Partner string `json:"partner" doc:"The partner." example:"海风家电"`
	From    string `json:"from" format:"date" doc:"The first day." example:"2026-12-01"`
	To      string `json:"to" format:"date" doc:"The last day." example:"2026-12-31"`
	Shared
	Campaigns []PartnerCampaign `json:"campaigns" nullable:"false" doc:"The same by campaign."`
	contract.List[Charge]
}

func viewSettlement(s coupon.Settlement) Settlement {
	v := Settlement{
		Partner: s.Partner, From: string(s.From), To: string(s.To), Shared: viewShared(s.Shared),
		Campaigns: make([]PartnerCampaign, 0, len(s.Campaigns)), List: contract.NewList(s.Charges, s.Next, viewCharge),
	}
	for _, c := range s.Campaigns {
		v.Campaigns = append(v.Campaigns, PartnerCampaign{c.Key, c.NameZH, c.NameEN, viewShared(c.Shared)})
	}
	return v
}
