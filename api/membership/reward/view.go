package reward

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	model "guike/model/membership/reward"
	"guike/service/membership/reward"
)

// Why is what stands between a customer and a reward.
type Why struct {
	Code   string `json:"code" doc:"The code with which redeeming would be refused." example:"points.insufficient"`
	Text   string `json:"text" doc:"The same for a person." example:"积分不足,还差 20 积分。"`
	TextEN string `json:"text_en" doc:"The same in English." example:"20 more points are needed."`
}

// Reward is an item of the catalogue as a customer sees it.
type Reward struct {
	ID         id.ID            `json:"id" doc:"The reward." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Kind       string           `json:"kind" enum:"gift,coupon,product,service" doc:"What it is." example:"gift"`
	Title      string           `json:"title" doc:"What people call it." example:"手冲咖啡壶"`
	TitleEN    string           `json:"title_en" doc:"The same in English." example:"A kettle for pour-over coffee"`
	Text       string           `json:"text" doc:"What it is, where it is handed out, on which terms." example:"凭兑换码到任一门店领取。"`
	TextEN     string           `json:"text_en" doc:"The same in English." example:"Hand in the code at any store."`
	Price      int64            `json:"price" doc:"How many points one costs." example:"50"`
	WorthFen   int64            `json:"worth_fen,omitempty" doc:"What a coupon takes off, in cents." example:"1000"`
	Stock      *int64           `json:"stock,omitempty" doc:"How many are left; absent when there is no end of it." example:"12"`
	LimitCount int64            `json:"limit_count,omitempty" doc:"How many a person may have." example:"1"`
	LimitPer   string           `json:"limit_per,omitempty" enum:"ever,month" doc:"The span in which the limit counts." example:"month"`
	Left       *int64           `json:"left,omitempty" doc:"How many more I may have; absent without a limit." example:"1"`
	Levels     []string         `json:"levels" nullable:"false" doc:"Who may have it: members of one of these levels …" example:"[\"gold\"]"`
	Titles     []string         `json:"titles" nullable:"false" doc:"… or with one of these titles. Neither is everybody." example:"[\"co_creator\"]"`
	OpensAt    *time.Time       `json:"opens_at,omitempty" doc:"When it opens for me; absent when it is open from ever on." example:"2026-11-25T02:00:00.000Z"`
	ClosesAt   *time.Time       `json:"closes_at,omitempty" doc:"From when on it can be had no more." example:"2026-12-31T16:00:00.000Z"`
	UseDays    int              `json:"use_days" doc:"For how many days after the day on which it was redeemed it can be used." example:"60"`
	CancelDays int              `json:"cancel_days" doc:"For how many days I may cancel what is unused; 0 is not at all." example:"7"`
	PointsBack bool             `json:"points_back" doc:"Whether the points of what was never used come back." example:"true"`
	Photos     []contract.Photo `json:"photos" nullable:"false" doc:"Its pictures."`
	Redeemable bool             `json:"redeemable" doc:"Whether I can have one now." example:"true"`
	Why        *Why             `json:"why,omitempty" doc:"Why I cannot."`
}

func viewReward(o reward.Offer) Reward {
	v := Reward{
		ID: o.ID, Kind: string(o.Kind), Title: o.TitleZH, TitleEN: o.TitleEN, Text: o.TextZH, TextEN: o.TextEN, Price: o.Price, WorthFen: o.WorthFen,
		Stock: o.Stock, LimitCount: o.LimitCount, LimitPer: string(o.LimitPer), Left: o.Left, Levels: model.Keys(o.Levels), Titles: model.Keys(o.Titles),
		OpensAt: contract.Until(o.OpensAt), ClosesAt: contract.Until(o.ClosesAt), UseDays: o.UseDays, CancelDays: o.CancelDays, PointsBack: o.PointsBack,
		Photos: contract.NewPhotos(o.Photos), Redeemable: o.Why == nil,
	}
	if o.Why != nil {
		v.Why = &Why{o.Why.Code, o.Why.Text.ZH, o.Why.Text.EN}
	}
	return v
}

// Restock is a change of a reward's stock.
type Restock struct {
	Amount int64     `json:"amount" doc:"How many came in; below zero for what was lost." example:"100"`
	Stock  int64     `json:"stock" doc:"How many were left after it." example:"112"`
	Reason string    `json:"reason" doc:"Why." example:"十二月到货"`
	By     string    `json:"by" doc:"Who did it." example:"李建国"`
	At     time.Time `json:"at" doc:"When." example:"2026-12-01T02:00:00.000Z"`
}

// StaffReward is an item of the catalogue as staff see it.
type StaffReward struct {
	ID          id.ID            `json:"id" doc:"The reward." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	State       string           `json:"state" enum:"draft,published,withdrawn" doc:"Where it stands; customers see the published ones." example:"published"`
	Version     int64            `json:"version" doc:"Counts what staff write; name it to change the reward." example:"1"`
	Kind        string           `json:"kind" enum:"gift,coupon,product,service" doc:"What it is." example:"gift"`
	Title       string           `json:"title" doc:"What people call it." example:"手冲咖啡壶"`
	TitleEN     string           `json:"title_en" doc:"The same in English." example:"A kettle for pour-over coffee"`
	Text        string           `json:"text" doc:"What it is, where it is handed out, on which terms." example:"凭兑换码到任一门店领取。"`
	TextEN      string           `json:"text_en" doc:"The same in English." example:"Hand in the code at any store."`
	Price       int64            `json:"price" doc:"How many points one costs." example:"50"`
	WorthFen    int64            `json:"worth_fen" doc:"What a coupon takes off, in cents." example:"0"`
	Stock       *int64           `json:"stock,omitempty" doc:"How many are left; absent when there is no end of it." example:"12"`
	LimitCount  int64            `json:"limit_count" doc:"How many a person may have; 0 is no limit." example:"1"`
	LimitPer    string           `json:"limit_per" enum:"ever,month," doc:"The span in which the limit counts; empty without a limit." example:"month"`
	Levels      []string         `json:"levels" nullable:"false" doc:"Who may have it: members of one of these levels …" example:"[\"gold\"]"`
	Titles      []string         `json:"titles" nullable:"false" doc:"… or with one of these titles. Neither is everybody." example:"[\"co_creator\"]"`
	EarlyLevels []string         `json:"early_levels" nullable:"false" doc:"Members of these levels may have it from early_at on." example:"[\"gold\"]"`
	EarlyAt     *time.Time       `json:"early_at,omitempty" doc:"When it opens for early_levels." example:"2026-11-24T02:00:00.000Z"`
	OpensAt     *time.Time       `json:"opens_at,omitempty" doc:"When it opens." example:"2026-11-25T02:00:00.000Z"`
	ClosesAt    *time.Time       `json:"closes_at,omitempty" doc:"From when on it can be had no more." example:"2026-12-31T16:00:00.000Z"`
	UseDays     int              `json:"use_days" doc:"For how many days after the day on which it was redeemed it can be used." example:"60"`
	CancelDays  int              `json:"cancel_days" doc:"For how many days a customer may cancel what is unused." example:"7"`
	PointsBack  bool             `json:"points_back" doc:"Whether the points of what was never used come back." example:"true"`
	FileIDs     []id.ID          `json:"file_ids" nullable:"false" doc:"Its pictures, for a change." example:"[\"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e76\"]"`
	Photos      []contract.Photo `json:"photos" nullable:"false" doc:"Its pictures, to look at."`
	Restocks    []Restock        `json:"restocks" nullable:"false" doc:"The last changes of its stock, newest first; in the answers about one reward only."`
	CreatedAt   time.Time        `json:"created_at" doc:"When it was written down." example:"2026-11-23T02:00:00.000Z"`
	UpdatedAt   time.Time        `json:"updated_at" doc:"When it was changed last." example:"2026-11-23T02:00:00.000Z"`
}

func viewSheet(s reward.Sheet) StaffReward {
	v := StaffReward{
		ID: s.ID, State: string(s.State), Version: s.Version, Kind: string(s.Kind), Title: s.TitleZH, TitleEN: s.TitleEN, Text: s.TextZH, TextEN: s.TextEN,
		Price: s.Price, WorthFen: s.WorthFen, Stock: s.Stock, LimitCount: s.LimitCount, LimitPer: string(s.LimitPer),
		Levels: model.Keys(s.Levels), Titles: model.Keys(s.Titles), EarlyLevels: model.Keys(s.EarlyLevels), EarlyAt: contract.Until(s.EarlyAt),
		OpensAt: contract.Until(s.OpensAt), ClosesAt: contract.Until(s.ClosesAt), UseDays: s.UseDays, CancelDays: s.CancelDays, PointsBack: s.PointsBack,
		FileIDs: append([]id.ID{}, s.FileIDs...), Photos: contract.NewPhotos(s.Photos), Restocks: make([]Restock, 0, len(s.Restocks)),
		CreatedAt: contract.Instant(s.CreatedAt), UpdatedAt: contract.Instant(s.UpdatedAt),
	}
	for _, r := range s.Restocks {
		v.Restocks = append(v.Restocks, Restock{r.Amount, r.Stock, r.Reason, r.AuthorName, contract.Instant(r.At)})
	}
	return v
}

// Redemption is an order for a reward, with what the catalogue said when it was made.
type Redemption struct {
	ID          id.ID      `json:"id" doc:"The redemption." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Code        string     `json:"code" doc:"What staff scan or type to use it." example:"D4T9K2M7QX3B8Z"`
	RewardID    id.ID      `json:"reward_id" doc:"Of which reward." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e70"`
	Kind        string     `json:"kind" enum:"gift,coupon,product,service" doc:"What it is." example:"gift"`
	Title       string     `json:"title" doc:"What people call it." example:"手冲咖啡壶"`
	TitleEN     string     `json:"title_en" doc:"The same in English." example:"A kettle for pour-over coffee"`
	WorthFen    int64      `json:"worth_fen,omitempty" doc:"What one coupon takes off, in cents." example:"1000"`
	Quantity    int64      `json:"quantity" doc:"How many." example:"1"`
	Price       int64      `json:"price" doc:"How many points one cost." example:"50"`
	Points      int64      `json:"points" doc:"How many points all cost together." example:"50"`
	State       string     `json:"state" enum:"open,used,cancelled,lapsed" doc:"Where it stands." example:"open"`
	UseUntil    time.Time  `json:"use_until" doc:"It can be used before this instant." example:"2027-01-22T16:00:00.000Z"`
	Cancellable bool       `json:"cancellable" doc:"Whether its customer may cancel it now." example:"true"`
	CancelUntil time.Time  `json:"cancel_until" doc:"Before which instant its customer may cancel it while it is open." example:"2026-11-30T01:30:00.000Z"`
	PointsBack  bool       `json:"points_back" doc:"Whether its points come back when it lapses." example:"true"`
	CreatedAt   time.Time  `json:"created_at" doc:"When it was made." example:"2026-11-23T01:30:00.000Z"`
	UsedAt      *time.Time `json:"used_at,omitempty" doc:"When it was used." example:"2026-11-25T03:00:00.000Z"`
	EndedAt     *time.Time `json:"ended_at,omitempty" doc:"When it was cancelled or lapsed." example:"2026-11-26T03:00:00.000Z"`
	Reason      string     `json:"reason" doc:"Why staff cancelled it." example:""`
}

// StaffRedemption is a redemption as staff see it who were shown its code.
type StaffRedemption struct {
	Redemption
	CustomerID id.ID  `json:"customer_id" doc:"Whose it is." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e71"`
	UsedBy     string `json:"used_by" doc:"The colleague who used it." example:"李建国"`
	StoreID    id.ID  `json:"store_id,omitzero" doc:"At which store." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e72"`
}

func viewRedemption(o reward.Order) Redemption {
	return Redemption{
		ID: o.ID, Code: o.Code, RewardID: o.RewardID, Kind: string(o.Kind), Title: o.TitleZH, TitleEN: o.TitleEN, WorthFen: o.WorthFen,
		Quantity: o.Quantity, Price: o.Price, Points: o.Total, State: string(o.Standing), UseUntil: time.UnixMilli(o.UseUntil).UTC(),
		Cancellable: o.Cancellable, CancelUntil: time.UnixMilli(o.CancelUntil).UTC(), PointsBack: o.PointsBack, CreatedAt: contract.Instant(o.CreatedAt),
		UsedAt: contract.Until(o.UsedAt), EndedAt: contract.Until(o.EndedAt), Reason: o.Reason,
	}
}

func viewStaffRedemption(o reward.Order) StaffRedemption {
	return StaffRedemption{viewRedemption(o), o.CustomerID, o.UsedName, o.StoreID}
}
