package card

import (
	"encoding/base64"
	"time"

	"guike/api/contract"
	"guike/internal/id"
	"guike/model/ledger"
	"guike/model/membership/level"
	"guike/service/membership/card"
)

// TillCode is a code that a customer shows at the till.
type TillCode struct {
	Code      string    `json:"code" doc:"The code: K and 13 characters." example:"K4T9K2M7QX3B8Z"`
	ExpiresAt time.Time `json:"expires_at" doc:"From when on it opens nothing." example:"2026-11-23T01:31:00.000Z"`
	ExpiresIn int64     `json:"expires_in" doc:"How many seconds it can still be scanned, for phones whose clock is wrong. Ask for another a little before." example:"60"`
	QR        string    `json:"qr" doc:"The code as a QR picture of 480 by 480 pixels: a data URI of a PNG, for the src of an image." example:"data:image/png;base64,iVBORw0KGgo="`
	Barcode   string    `json:"barcode" doc:"The code as a barcode (Code 128) of 640 by 160 pixels: a data URI of a PNG." example:"data:image/png;base64,iVBORw0KGgo="`
}

func viewCode(c card.Code) (TillCode, error) {
	square, err := c.QR()
	if err != nil {
		return TillCode{}, err
	}
	bars, err := c.Barcode()
	return TillCode{
		Code: c.Text, ExpiresAt: contract.Instant(c.ExpiresAt), ExpiresIn: int64(c.Left / time.Second), QR: dataURI(square), Barcode: dataURI(bars),
	}, err
}

// dataURI writes a picture into the address itself: an <image> of a mini-program sends no token, and a second
// request would take from the minute that a code lives.
func dataURI(png []byte) string {
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)
}

// Adviser is the member of staff to whom a member turns.
type Adviser struct {
	ID    id.ID  `json:"id" doc:"Who it is." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e72"`
	Name  string `json:"name" doc:"The name." example:"李建国"`
	Role  string `json:"role" doc:"What they are." example:"designer"`
	Phone string `json:"phone" doc:"The work phone; empty when there is none." example:"13800138000"`
}

func viewAdviser(a *card.Adviser) *Adviser {
	if a == nil {
		return nil
	}
	return &Adviser{a.ID, a.Name, string(a.Role), a.Phone}
}

// AdviserOf is a customer's adviser.
type AdviserOf struct {
	Adviser *Adviser `json:"adviser" doc:"The adviser; null without one."`
}

// Level is a step of the ladder.
type Level struct {
	Key       string     `json:"key" doc:"The stable word for it." example:"silver"`
	Name      string     `json:"name" doc:"What people call it." example:"银卡"`
	NameEN    string     `json:"name_en" doc:"The same in English." example:"Silver"`
	Since     *time.Time `json:"since,omitempty" doc:"Since when it is held." example:"2026-03-02T02:00:00.000Z"`
	KeptUntil *time.Time `json:"kept_until,omitempty" doc:"Until when it is kept although growth no longer gives it." example:"2027-01-01T00:00:00.000Z"`
}

// Title is a title that is held.
type Title struct {
	Key    string     `json:"key" doc:"The stable word for it." example:"referrer"`
	Name   string     `json:"name" doc:"What people call it." example:"推荐会员"`
	NameEN string     `json:"name_en" doc:"The same in English." example:"Referrer"`
	Reason string     `json:"reason" doc:"Why it was granted." example:"成功推荐一位好友"`
	Since  time.Time  `json:"since" doc:"Since when." example:"2026-05-02T02:00:00.000Z"`
	Until  *time.Time `json:"until,omitempty" doc:"Up to when; absent without an end." example:"2027-05-02T02:00:00.000Z"`
}

// Benefit is what a level or a title gives, in exact words.
type Benefit struct {
	Kind      string     `json:"kind" doc:"What it is: discount, voucher, points, gift, service, early_access, priority, adviser, invitation. More may come." example:"discount"`
	By        string     `json:"by" doc:"The key of the level or title that gives it." example:"silver"`
	Name      string     `json:"name" doc:"What people call it." example:"正价商品 9 折"`
	NameEN    string     `json:"name_en" doc:"The same in English." example:"10% off at full price"`
	Text      string     `json:"text" doc:"What it gives, in exact words: for what, how much, how often, how long." example:"正价商品 9 折,每次最多减 500 元"`
	TextEN    string     `json:"text_en" doc:"The same in English." example:"10% off goods at full price, at most 500 yuan each time"`
	How       string     `json:"how,omitempty" doc:"How and where it is had." example:"到店结账时出示会员码。"`
	HowEN     string     `json:"how_en,omitempty" doc:"The same in English." example:"Show the code of your card when you pay."`
	Scope     string     `json:"scope,omitempty" doc:"For what it is good, as a stable word." example:"full_price"`
	ScopeName string     `json:"scope_name,omitempty" doc:"The same for people." example:"正价商品"`
	RateBP    int64      `json:"rate_bp,omitempty" doc:"Of a discount what is paid, of points what is given, in ten-thousandths: 9000 is 9折." example:"9000"`
	LimitFen  int64      `json:"limit_fen,omitempty" doc:"At most so many cents off each time." example:"50000"`
	Times     int        `json:"times,omitempty" doc:"How often in a period; absent is as often as one likes." example:"2"`
	Period    string     `json:"period,omitempty" doc:"month or year; absent counts as long as the level or title is held." example:"year"`
	Hours     int        `json:"hours,omitempty" doc:"Of early access: how many hours before everybody else." example:"24"`
	Until     *time.Time `json:"until,omitempty" doc:"From when on it is good no more; absent as long as the level or title is held." example:"2027-01-01T00:00:00.000Z"`
	AtTill    bool       `json:"at_till" doc:"Whether staff at a till have something to do for it." example:"true"`
}

// Expiring is an amount that expires.
type Expiring struct {
	Amount int64     `json:"amount" doc:"How much; cents for the fund." example:"120"`
	At     time.Time `json:"at" doc:"From when on it cannot be used any more." example:"2026-12-31T16:00:00.000Z"`
}

// Value is what is had of points or fund.
type Value struct {
	Available  int64     `json:"available" doc:"What can be used now; cents for the fund." example:"1280"`
	Pending    int64     `json:"pending" doc:"What is promised and cannot be used yet." example:"20000"`
	Debt       int64     `json:"debt" doc:"What was taken back after it had been used: at most 0, paid by what comes next." example:"0"`
	DebtText   string    `json:"debt_text,omitempty" doc:"The same in a sentence; absent without a debt." example:"欠 35 积分(已使用的部分被收回),之后获得的先用于抵扣。"`
	DebtTextEN string    `json:"debt_text_en,omitempty" doc:"The same in English." example:"35 points are owed, since they were taken back after they had been used; what comes next pays them first."`
	NextExpiry *Expiring `json:"next_expiry" doc:"What expires next; null when nothing does."`
}

func viewBalance(book ledger.Book, b ledger.Balance) Value {
	v := Value{Available: b.Available, Pending: b.Pending, Debt: b.Debt}
	v.DebtText, v.DebtTextEN = b.Owed(book)
	if b.Next.Amount > 0 {
		v.NextExpiry = &Expiring{b.Next.Amount, contract.Instant(b.Next.At)}
	}
	return v
}

func viewLevel(st level.Standing) *Level {
	if st.Level == nil {
		return nil
	}
	return &Level{st.Level.Key, st.Level.NameZH, st.Level.NameEN, contract.Until(st.Since), contract.Until(st.KeptUntil)}
}

func viewTitles(held []level.HeldTitle) []Title {
	all := make([]Title, 0, len(held))
	for _, t := range held {
		all = append(all, Title{t.Key, t.NameZH, t.NameEN, t.Reason, contract.Instant(t.Since), contract.Until(t.Until)})
	}
	return all
}

func viewBenefit(b card.Granted) Benefit {
	v := Benefit{
		Kind: string(b.Kind), By: b.By, Name: b.NameZH, NameEN: b.NameEN, How: b.TextZH, HowEN: b.TextEN, Scope: b.Scope, ScopeName: b.ScopeZH,
		RateBP: b.RateBP, LimitFen: b.LimitFen, Times: b.Times, Period: string(b.Period), Hours: b.Hours, Until: contract.Until(b.Until), AtTill: card.AtTill(b.Kind),
	}
	v.Text, v.TextEN = b.Words()
	return v
}

func viewBenefits(st level.Standing, wanted func(level.BenefitKind) bool) []Benefit {
	all := []Benefit{}
	for _, b := range card.GrantedBy(st) {
		if wanted(b.Kind) {
			all = append(all, viewBenefit(b))
		}
	}
	return all
}
