// Package coupon keeps coupons: campaigns that issue them, what every customer has, and what of them paid
// which bill. Settle decides what a bill comes to; Verify compares coupons, budgets and payments.
package coupon

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// Event is what a campaign issues its coupons for.
type Event string

// The events (G7–G10, G14, L4). A member day issues nothing: its code takes a part off the bills of its days.
const (
	Payment    Event = "payment"    // by rule, when a payment is recorded
	Birthday   Event = "birthday"   // three days before it
	WinBack    Event = "win_back"   // after an apology, when a second person agrees
	ByStaff    Event = "staff"      // by hand, within the limit of the role
	Claimed    Event = "code"       // a customer claims one by the campaign's code
	Redemption Event = "redemption" // for points
	MemberDay  Event = "member_day"
)

// Events lists them all.
func Events() []Event {
	return []Event{Payment, Birthday, WinBack, ByStaff, Claimed, Redemption, MemberDay}
}

// Kind is what a coupon is.
type Kind string

// The kinds of coupon. Amount, Percent and Voucher take money off a bill; Gift and Service are handed out.
const (
	Amount  Kind = "amount"
	Percent Kind = "percent"
	Gift    Kind = "gift"
	Service Kind = "service"
	Voucher Kind = "voucher" // for appliances, as much as the contract says (G10)
)

// Kinds lists them all.
func Kinds() []Kind { return []Kind{Amount, Percent, Gift, Service, Voucher} }

// Money tells whether coupons of the kind are used on a payment.
func (k Kind) Money() bool { return k == Amount || k == Percent || k == Voucher }

// The spans in which a limit per person counts; none without a limit.
const (
	Ever  = "ever"
	Month = "month" // of the company's calendar
)

// How often a campaign for payments issues to one customer: once, once for a project, or for each payment.
const (
	PerCustomer = "customer"
	PerProject  = "project"
	PerPayment  = "payment"
)

// Step makes a coupon worth AmountFen from a contract amount on, up to the next step (G10).
type Step struct {
	FromFen   int64 `json:"from_fen"`
	AmountFen int64 `json:"amount_fen"`
}

// Definition is what staff write of a campaign. Amounts are in cents; OffBP is what is taken off, in basis
// points: 2000 is 8折; PartnerBP is what of it the partner bears. Scope says of which goods, All of the whole bill.
// Coupons live Days days after the day on which they were issued, or until the end of a day. Levels, Titles and
// Stores narrow the audience; each that is empty is everybody.
type Definition struct {
	NameZH       string      `json:"name_zh"`
	NameEN       string      `json:"name_en"`
	NoteZH       string      `json:"note_zh,omitempty"`
	NoteEN       string      `json:"note_en,omitempty"`
	Event        Event       `json:"event"`
	Code         string      `json:"code,omitempty"` // of Claimed and MemberDay
	Condition    string      `json:"condition,omitempty"`
	Per          string      `json:"per,omitempty"` // of Payment
	Kind         Kind        `json:"kind"`
	AmountFen    int64       `json:"amount_fen,omitzero"`
	Steps        []Step      `json:"steps,omitempty"` // of Voucher
	OffBP        int64       `json:"off_bp,omitzero"`
	ThresholdFen int64       `json:"threshold_fen,omitzero"`
	CapFen       int64       `json:"cap_fen,omitzero"`
	WorthFen     int64       `json:"worth_fen,omitzero"` // of a gift or service
	Scope        Scope       `json:"scope,omitempty"`
	Group        string      `json:"group,omitempty"` // of the coupons of a group a bill takes one at most
	Days         int         `json:"days,omitzero"`
	LastDay      clock.Day   `json:"last_day,omitempty"`
	From         *time.Time  `json:"from,omitempty"`
	Until        *time.Time  `json:"until,omitempty"` // the first instant at which it is over
	Levels       []string    `json:"levels,omitempty"`
	Titles       []string    `json:"titles,omitempty"`
	Stores       []id.ID     `json:"stores,omitempty"`
	BudgetFen    int64       `json:"budget_fen,omitzero"`
	BudgetPieces int64       `json:"budget_pieces,omitzero"`
	LimitCount   int64       `json:"limit_count,omitzero"`
	LimitPer     string      `json:"limit_per,omitempty"`
	Weekdays     []string    `json:"weekdays,omitempty"` // of MemberDay: mon … sun …
	Dates        []clock.Day `json:"dates,omitempty"`    // … and days
	Partner      string      `json:"partner,omitempty"`  // who bears a part of what the coupons take off (G10) …
	PartnerBP    int64       `json:"partner_bp,omitzero"`
}

// Campaign is a definition as it stands, with what was issued under it: pieces, and what they are worth. What
// was voided unused counts no more. Enabled is its switch. Shared is what its partners bear; nil where it was not
// read, or is not for whoever reads.
type Campaign struct {
	Key       string
	Version   int64
	Enabled   bool
	Issued    int64
	IssuedFen int64
	CreatedAt time.Time
	UpdatedAt time.Time
	Shared    *Shared
	Definition
}

// Worth is what one coupon of the campaign is counted at, for a contract amount.
func (d Definition) Worth(contractFen int64) int64 {
	switch d.Kind {
	case Amount:
		return d.AmountFen
	case Percent:
		return d.CapFen
	case Voucher:
		worth := d.AmountFen
		for _, s := range d.Steps {
			if s.FromFen <= contractFen {
				worth = s.AmountFen
			}
		}
		return worth
	}
	return d.WorthFen
}

// Greatest is what one coupon of the campaign is counted at, at most.
func (d Definition) Greatest() int64 {
	most := d.Worth(0)
	for _, s := range d.Steps {
		most = max(most, s.AmountFen)
	}
	return most
}

// OnDay tells whether a day is one of a member day's.
func (d Definition) OnDay(day clock.Day, weekday string) bool {
	return slices.Contains(d.Dates, day) || slices.Contains(d.Weekdays, weekday)
}

// ends is the first instant at which a coupon issued on a day can be used no more.
func (d Definition) ends(today clock.Day, zone *time.Location) time.Time {
	last := d.LastDay
	if d.Days > 0 {
		if by := today.Plus(d.Days); last.IsZero() || by < last {
			last = by
		}
	}
	return last.Plus(1).Start(zone)
}

// campaignRow is a campaign as it is kept.
type campaignRow struct {
	CampaignKey  string `gorm:"primaryKey"`
	Version      int64
	Event        Event
	Enabled      bool
	Code         *string
	Definition   string
	BudgetFen    int64
	BudgetPieces int64
	Issued       int64
	IssuedFen    int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// TableName is the campaigns' table.
func (campaignRow) TableName() string { return "coupon_campaigns" }

// Tables lists the structs of this package for the schema check.
func Tables() []any { return []any{campaignRow{}, Coupon{}, Use{}, Charge{}, Request{}, allowance{}} }

func (row campaignRow) campaign() (Campaign, error) {
	c := Campaign{
		Key: row.CampaignKey, Version: row.Version, Enabled: row.Enabled, Issued: row.Issued, IssuedFen: row.IssuedFen,
		CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt,
	}
	if err := json.Unmarshal([]byte(row.Definition), &c.Definition); err != nil {
		return c, fmt.Errorf("coupon campaign %s, version %d: %w", row.CampaignKey, row.Version, err)
	}
	return c, nil
}

// columns are what staff change of a campaign.
func (c Campaign) columns() (map[string]any, error) {
	text, err := json.Marshal(c.Definition)
	if err != nil {
		return nil, fmt.Errorf("write campaign: %w", err)
	}
	return map[string]any{
		"version": c.Version, "event": c.Event, "enabled": c.Enabled, "code": codeOf(c.Definition), "definition": string(text),
		"budget_fen": c.BudgetFen, "budget_pieces": c.BudgetPieces, "updated_at": c.UpdatedAt,
	}, nil
}

func codeOf(d Definition) *string {
	if d.Code == "" {
		return nil
	}
	return &d.Code
}

// AddCampaignTx keeps a new campaign. A key or code that is taken is db.Duplicate.
func AddCampaignTx(ctx context.Context, tx *db.Tx, c *Campaign) error {
	c.Version, c.CreatedAt, c.UpdatedAt = 1, tx.Now, tx.Now
	text, err := json.Marshal(c.Definition)
	if err != nil {
		return fmt.Errorf("write campaign: %w", err)
	}
	return db.Insert(ctx, tx, &campaignRow{
		CampaignKey: c.Key, Version: 1, Event: c.Event, Enabled: c.Enabled, Code: codeOf(c.Definition), Definition: string(text),
		BudgetFen: c.BudgetFen, BudgetPieces: c.BudgetPieces, CreatedAt: tx.Now, UpdatedAt: tx.Now,
	})
}

// SaveCampaignTx keeps what staff changed of a locked campaign as its next version. A code that is taken is
// db.Duplicate.
func SaveCampaignTx(ctx context.Context, tx *db.Tx, c *Campaign) error {
	c.Version++
	c.UpdatedAt = tx.Now
	columns, err := c.columns()
	if err != nil {
		return err
	}
	return tx.Conn(ctx).Model(&campaignRow{}).Where("campaign_key = ?", c.Key).UpdateColumns(columns).Error
}

// LockCampaignTx locks a campaign until the transaction ends. Errors: not_found.
func LockCampaignTx(ctx context.Context, tx *db.Tx, key string) (Campaign, error) {
	return oneCampaign(tx.Lock(ctx).Where("campaign_key = ?", key))
}

// CampaignByKey reads a campaign. Errors: not_found.
func CampaignByKey(ctx context.Context, r db.Reader, key string) (Campaign, error) {
	return oneCampaign(r.Conn(ctx).Where("campaign_key = ?", key))
}

// CampaignByCode reads the campaign of a code. Errors: not_found.
func CampaignByCode(ctx context.Context, r db.Reader, code string) (Campaign, error) {
	return oneCampaign(r.Conn(ctx).Where("code = ?", code))
}

func oneCampaign(q *gorm.DB) (Campaign, error) {
	var row campaignRow
	if err := q.Take(&row).Error; err != nil {
		return Campaign{}, db.OrMissing(err, "read campaign")
	}
	return row.campaign()
}

// Campaigns reads every campaign by key, or those of one event.
func Campaigns(ctx context.Context, r db.Reader, of Event) ([]Campaign, error) {
	q := r.Conn(ctx)
	if of != "" {
		q = q.Where("event = ?", of)
	}
	var rows []campaignRow
	if err := q.Order("campaign_key").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read campaigns: %w", err)
	}
	all := make([]Campaign, 0, len(rows))
	for _, row := range rows {
		c, err := row.campaign()
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// ReserveTx takes one piece and what it is worth out of a campaign's budget, and tells whether there was
// enough and the campaign is on. Rivals for a budget take turns here.
func ReserveTx(ctx context.Context, tx *db.Tx, key string, worth int64) (bool, error) {
	taken := tx.Conn(ctx).Model(&campaignRow{}).
		Where("campaign_key = ? AND enabled = ? AND (budget_pieces = 0 OR issued < budget_pieces) AND (budget_fen = 0 OR issued_fen + ? <= budget_fen)", key, true, worth).
		UpdateColumns(map[string]any{"issued": gorm.Expr("issued + 1"), "issued_fen": gorm.Expr("issued_fen + ?", worth)})
	if taken.Error != nil {
		return false, fmt.Errorf("reserve budget: %w", taken.Error)
	}
	return taken.RowsAffected == 1, nil
}

// UnreserveTx gives one piece back to a campaign's budget.
func UnreserveTx(ctx context.Context, tx *db.Tx, key string, worth int64) error {
	err := tx.Conn(ctx).Model(&campaignRow{}).Where("campaign_key = ?", key).
		UpdateColumns(map[string]any{"issued": gorm.Expr("issued - 1"), "issued_fen": gorm.Expr("issued_fen - ?", worth)}).Error
	if err != nil {
		return fmt.Errorf("give budget back: %w", err)
	}
	return nil
}
