package coupon

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"guike/internal/id"
	"guike/model/db"
)

// Charge is what a partner bears of what one coupon, or a member day, took off a bill (G10): PartnerFen of
// OffFen, its share in basis points rounded down; the company bears the rest. It is written with the use and
// never changed. When the payment is refunded whole a second one, Returned and below zero, takes it back on its
// own day, so that days that have been over for some minutes, in which whatever began on them ends, stay as they
// were.
type Charge struct {
	ID          id.ID `gorm:"primaryKey"`
	Partner     string
	PartnerBP   int64
	CampaignKey string
	Code        string
	PaymentID   id.ID
	Seq         int
	Returned    bool
	OffFen      int64
	PartnerFen  int64
	CreatedAt   time.Time
}

// TableName is the charges' table.
func (Charge) TableName() string { return "coupon_charges" }

// Deal is a partner and its share in basis points; nobody's is empty.
type Deal struct {
	Partner string
	BP      int64
}

// Charge is what the partner of a deal bears of a use that is kept.
func (d Deal) Charge(u Use) Charge {
	return Charge{
		Partner: d.Partner, PartnerBP: d.BP, CampaignKey: u.CampaignKey, Code: u.Code, PaymentID: u.PaymentID, Seq: u.Seq,
		OffFen: u.AmountFen, PartnerFen: share(u.AmountFen, d.BP),
	}
}

// AddChargesTx keeps what partners bear of a payment's uses.
func AddChargesTx(ctx context.Context, tx *db.Tx, rows []Charge) error {
	if len(rows) == 0 {
		return nil
	}
	for i := range rows {
		rows[i].ID, rows[i].CreatedAt = id.New(), tx.Now
	}
	if err := tx.Conn(ctx).Create(&rows).Error; err != nil {
		return fmt.Errorf("keep what partners bear: %w", err)
	}
	return nil
}

// ReturnChargesTx takes back what partners bear of a payment that was refunded whole.
func ReturnChargesTx(ctx context.Context, tx *db.Tx, payment id.ID) error {
	var rows []Charge
	if err := tx.Conn(ctx).Where("payment_id = ? AND returned = ?", payment, false).Order("seq").Find(&rows).Error; err != nil {
		return fmt.Errorf("read what partners bear: %w", err)
	}
	for i := range rows {
		rows[i].Returned, rows[i].OffFen, rows[i].PartnerFen = true, -rows[i].OffFen, -rows[i].PartnerFen
	}
	return AddChargesTx(ctx, tx, rows)
}

// Shared is what the coupons of a campaign took off bills on account of partners, and what of it the partners
// bear; what was taken back counts no more. Used and Returned count the uses.
type Shared struct {
	Used       int64
	Returned   int64
	OffFen     int64
	PartnerFen int64
}

// SharedOf sums up one campaign.
func SharedOf(ctx context.Context, r db.Reader, campaign string) (Shared, error) {
	all, err := shared(r.Conn(ctx).Where("campaign_key = ?", campaign))
	return all[campaign], err
}

// SharedIn sums up what a partner bears of what was used, and taken back, from one instant until before
// another, by campaign.
func SharedIn(ctx context.Context, r db.Reader, partner string, span [2]time.Time) (map[string]Shared, error) {
	return shared(of(r.Conn(ctx), partner, span))
}

func of(q *gorm.DB, partner string, span [2]time.Time) *gorm.DB {
	return q.Where("partner = ? AND created_at >= ? AND created_at < ?", partner, span[0], span[1])
}

func shared(q *gorm.DB) (map[string]Shared, error) {
	var rows []struct {
		CampaignKey string
		Shared      `gorm:"embedded"`
	}
	err := q.Model(&Charge{}).Group("campaign_key").
		Select("campaign_key, SUM(CASE WHEN returned = ? THEN 0 ELSE 1 END) AS used, SUM(CASE WHEN returned = ? THEN 1 ELSE 0 END) AS returned, "+
			"SUM(off_fen) AS off_fen, SUM(partner_fen) AS partner_fen", true, true).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("sum up what partners bear: %w", err)
	}
	all := make(map[string]Shared, len(rows))
	for _, row := range rows {
		all[row.CampaignKey] = row.Shared
	}
	return all, nil
}

// Charges lists what a partner bears in a span, newest first.
func Charges(ctx context.Context, r db.Reader, partner string, span [2]time.Time, p db.Page) ([]Charge, db.Cursor, error) {
	var rows []Charge
	if err := p.Newest(of(r.Conn(ctx), partner, span), "created_at", "id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list what a partner bears: %w", err)
	}
	rows, next := db.Cut(p, rows, func(c Charge) db.Cursor { return db.Cursor{At: c.CreatedAt, ID: c.ID} })
	return rows, next, nil
}

// ChargesIn reads what a partner bears in a span as it came, at most n.
func ChargesIn(ctx context.Context, r db.Reader, partner string, span [2]time.Time, n int) ([]Charge, error) {
	var rows []Charge
	if err := of(r.Conn(ctx), partner, span).Order("created_at, id").Limit(n).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read what a partner bears: %w", err)
	}
	return rows, nil
}

// Charged tells whether a partner has ever borne anything.
func Charged(ctx context.Context, r db.Reader, partner string) (bool, error) {
	var c Charge
	err := r.Conn(ctx).Where("partner = ?", partner).Take(&c).Error
	if db.Missing(err) {
		return false, nil
	}
	return err == nil, err
}
