package coupon

import (
	"context"
	"fmt"
	"time"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// CodeKind is the first letter of a coupon's code: 优惠 is yōuhuì.
const CodeKind = 'Y'

// State is where a coupon stands.
type State string

// The states of a coupon. A coupon whose bill was refunded whole is open again.
const (
	Open   State = "open"
	Used   State = "used"
	Void   State = "void"
	Lapsed State = "lapsed"
)

// Ending is told three days before an unused coupon ends; no row stands so.
const Ending State = "ending"

// Coupon is the right to a reduction, a gift or a service, with what its campaign said when it was issued:
// later changes of the campaign do not touch it. Cause is unique for a customer and campaign, Source is what
// it was issued for: "payment:<id>". ValidUntil, DueAt and NoticeAt are Unix milliseconds, the last two nil
// when there is nothing more to wait for. PaymentID is the bill that it took money off.
//
// Whoever changes a coupon holds the lock of its customer's membership.
type Coupon struct {
	CustomerID      id.ID `gorm:"primaryKey"`
	ID              id.ID `gorm:"primaryKey"`
	Code            string
	CampaignKey     string
	CampaignVersion int64
	Cause           string
	Source          string
	Event           Event
	ProjectID       id.ID
	Kind            Kind
	NameZH          string `gorm:"column:name_zh"`
	NameEN          string `gorm:"column:name_en"`
	TermsZH         string `gorm:"column:terms_zh"`
	TermsEN         string `gorm:"column:terms_en"`
	NoteZH          string `gorm:"column:note_zh"`
	NoteEN          string `gorm:"column:note_en"`
	AmountFen       int64
	OffBP           int64
	ThresholdFen    int64
	CapFen          int64
	Scope           Scope
	StackGroup      string
	WorthFen        int64
	Partner         string
	PartnerBP       int64
	State           State
	ValidUntil      int64
	DueAt           *int64
	NoticeAt        *int64
	PaymentID       id.ID
	UsedAt          *time.Time
	UsedBy          id.ID
	UsedName        string
	StoreID         id.ID
	EndedAt         *time.Time
	EndedKind       string
	EndedBy         id.ID
	Reason          string
	IssuedBy        id.ID
	IssuedName      string
	Version         int64
	CreatedAt       time.Time
}

// TableName is the coupons' table.
func (Coupon) TableName() string { return "coupons" }

// StateAt is where the coupon stands at an instant, whether the job has come by or not.
func (c Coupon) StateAt(now time.Time) State {
	if c.State == Open && now.UnixMilli() >= c.ValidUntil {
		return Lapsed
	}
	return c.State
}

// Wait makes the coupon wait for its notice and its end, as long as they lie ahead.
func (c *Coupon) Wait(now time.Time, notice time.Duration) {
	until := c.ValidUntil
	c.DueAt, c.NoticeAt = &until, nil
	if at := until - notice.Milliseconds(); at > now.UnixMilli() {
		c.NoticeAt = &at
	}
}

// Draw makes the coupon that a campaign issues on a day, worth what the contract makes it. Until, Unix
// milliseconds, takes the place of the campaign's own end unless it is 0. The caller names code, customer and
// cause.
func (c Campaign) Draw(today clock.Day, zone *time.Location, contractFen, until int64) Coupon {
	if until == 0 {
		until = c.ends(today, zone).UnixMilli()
	}
	out := Coupon{
		ID: id.New(), CampaignKey: c.Key, CampaignVersion: c.Version, Event: c.Event, Kind: c.Kind,
		NameZH: c.NameZH, NameEN: c.NameEN, NoteZH: c.NoteZH, NoteEN: c.NoteEN,
		AmountFen: c.AmountFen, OffBP: c.OffBP, ThresholdFen: c.ThresholdFen, CapFen: c.CapFen, Scope: c.Scope,
		StackGroup: c.Group, WorthFen: c.Worth(contractFen), Partner: c.Partner, PartnerBP: c.PartnerBP, ValidUntil: until,
	}
	if c.Kind == Voucher {
		out.AmountFen = out.WorthFen
	}
	out.say(zone)
	return out
}

// AddTx keeps a new coupon.
func AddTx(ctx context.Context, tx *db.Tx, c *Coupon) error {
	c.State, c.Version, c.CreatedAt = Open, 1, tx.Now
	if err := db.Insert(ctx, tx, c); err != nil {
		return fmt.Errorf("add coupon: %w", err)
	}
	return nil
}

// SaveTx keeps where a coupon stands now.
func SaveTx(ctx context.Context, tx *db.Tx, c *Coupon) error {
	c.Version++
	err := tx.Conn(ctx).Model(&Coupon{}).Where("customer_id = ? AND id = ?", c.CustomerID, c.ID).UpdateColumns(map[string]any{
		"cause": c.Cause, "state": c.State, "due_at": c.DueAt, "notice_at": c.NoticeAt, "payment_id": c.PaymentID,
		"used_at": c.UsedAt, "used_by": c.UsedBy, "used_name": c.UsedName, "store_id": c.StoreID,
		"ended_at": c.EndedAt, "ended_kind": c.EndedKind, "ended_by": c.EndedBy, "reason": c.Reason, "version": c.Version,
	}).Error
	if err != nil {
		return fmt.Errorf("save coupon: %w", err)
	}
	return nil
}

// ByID reads a coupon, whoever it belongs to. Errors: not_found.
func ByID(ctx context.Context, r db.Reader, of id.ID) (Coupon, error) {
	var c Coupon
	err := r.Conn(ctx).Where("id = ?", of).Take(&c).Error
	return c, db.OrMissing(err, "read coupon")
}

// ByCode reads the coupon that a code opens. Errors: not_found.
func ByCode(ctx context.Context, r db.Reader, code string) (Coupon, error) {
	var c Coupon
	err := r.Conn(ctx).Where("code = ?", code).Take(&c).Error
	return c, db.OrMissing(err, "read coupon by code")
}

// ByCause reads what a campaign has issued to a customer for a cause; ok is false for nothing.
func ByCause(ctx context.Context, r db.Reader, customer id.ID, campaign, cause string) (c Coupon, ok bool, err error) {
	err = r.Conn(ctx).Where("customer_id = ? AND campaign_key = ? AND cause = ?", customer, campaign, cause).Take(&c).Error
	if db.Missing(err) {
		return c, false, nil
	}
	return c, err == nil, err
}

// Filter narrows a list of coupons; an empty state is all.
type Filter struct {
	CustomerID id.ID
	State      State
	Now        time.Time
}

// List reads the coupons of a customer, newest first.
func List(ctx context.Context, r db.Reader, f Filter, p db.Page) ([]Coupon, db.Cursor, error) {
	q, now := r.Conn(ctx).Where("customer_id = ?", f.CustomerID), f.Now.UnixMilli()
	switch f.State {
	case "":
	case Open:
		q = q.Where("state = ? AND valid_until > ?", Open, now)
	case Lapsed:
		q = q.Where("(state = ? OR (state = ? AND valid_until <= ?))", Lapsed, Open, now)
	default:
		q = q.Where("state = ?", f.State)
	}
	var rows []Coupon
	if err := p.Newest(q, "created_at", "id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list coupons: %w", err)
	}
	rows, next := db.Cut(p, rows, func(c Coupon) db.Cursor { return db.Cursor{At: c.CreatedAt, ID: c.ID} })
	return rows, next, nil
}

// Usable reads the open coupons of a customer that take money off a bill, what ends first coming first, at
// most n.
func Usable(ctx context.Context, r db.Reader, customer id.ID, now time.Time, n int) ([]Coupon, error) {
	var rows []Coupon
	err := r.Conn(ctx).Where("customer_id = ? AND state = ? AND valid_until > ? AND kind IN ?", customer, Open, now.UnixMilli(), []Kind{Amount, Percent, Voucher}).
		Order("valid_until, id").Limit(n).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read usable coupons: %w", err)
	}
	return rows, nil
}

// CountOf counts what a campaign has issued to a customer since an instant; what was voided does not count.
func CountOf(ctx context.Context, r db.Reader, customer id.ID, campaign string, since time.Time) (n int64, err error) {
	q := r.Conn(ctx).Model(&Coupon{}).Where("customer_id = ? AND campaign_key = ? AND state <> ?", customer, campaign, Void)
	if !since.IsZero() { // which MySQL does not take for an instant
		q = q.Where("created_at >= ?", since)
	}
	if err = q.Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count coupons: %w", err)
	}
	return n, nil
}

// From reads the unused coupons that came from a source, by campaign.
func From(ctx context.Context, r db.Reader, source string) ([]Coupon, error) {
	var rows []Coupon
	err := r.Conn(ctx).Where("source = ? AND state = ?", source, Open).Order("campaign_key, id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read coupons of a source: %w", err)
	}
	return rows, nil
}

// OfProject reads the unused coupons that rules issued for payments of a project, by campaign.
func OfProject(ctx context.Context, r db.Reader, project id.ID) ([]Coupon, error) {
	var rows []Coupon
	err := r.Conn(ctx).Where("project_id = ? AND state = ? AND event = ?", project, Open, Payment).Order("campaign_key, id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read coupons of a project: %w", err)
	}
	return rows, nil
}

// Overdue finds coupons whose time is over and who wait to be marked, at most n.
func Overdue(ctx context.Context, r db.Reader, now time.Time, n int) ([]id.ID, error) {
	return due(ctx, r, "due_at", now, n)
}

// Unwarned finds coupons of which the customer is to be told that they end, at most n.
func Unwarned(ctx context.Context, r db.Reader, now time.Time, n int) ([]id.ID, error) {
	return due(ctx, r, "notice_at", now, n)
}

// due looks at a column, a name of ours.
func due(ctx context.Context, r db.Reader, column string, now time.Time, n int) (ids []id.ID, err error) {
	err = r.Conn(ctx).Model(&Coupon{}).Where(column+" <= ?", now.UnixMilli()).Order(column+", id").Limit(n).Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("look for coupons: %w", err)
	}
	return ids, nil
}

// ReassignTx brings the coupons of one record of a customer to another, since both are one person. Causes
// that both have stay apart.
func ReassignTx(ctx context.Context, tx *db.Tx, from, to id.ID) error {
	var rows []Coupon
	if err := tx.Conn(ctx).Where("customer_id = ?", from).Find(&rows).Error; err != nil {
		return fmt.Errorf("read coupons of former record: %w", err)
	}
	for _, c := range rows {
		_, taken, err := ByCause(ctx, tx, to, c.CampaignKey, c.Cause)
		if err != nil {
			return err
		}
		if taken {
			c.Cause = "merged:" + c.ID.String()
		}
		err = tx.Conn(ctx).Model(&Coupon{}).Where("customer_id = ? AND id = ?", from, c.ID).
			UpdateColumns(map[string]any{"customer_id": to, "cause": c.Cause, "version": c.Version + 1}).Error
		if err != nil {
			return fmt.Errorf("move coupon: %w", err)
		}
	}
	if err := tx.Conn(ctx).Model(&Request{}).Where("customer_id = ?", from).UpdateColumn("customer_id", to).Error; err != nil {
		return fmt.Errorf("move coupon requests: %w", err)
	}
	return nil
}
