package coupon

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"guike/internal/id"
	"guike/model/db"
)

// Use is what one coupon, or a member day, took off a payment's bill; CouponID is zero for a member day.
// Returned tells that the payment was refunded whole.
type Use struct {
	PaymentID   id.ID `gorm:"primaryKey"`
	Seq         int   `gorm:"primaryKey;autoIncrement:false"`
	CouponID    id.ID
	CampaignKey string
	Code        string
	NameZH      string `gorm:"column:name_zh"`
	NameEN      string `gorm:"column:name_en"`
	AmountFen   int64
	Returned    bool
	CreatedAt   time.Time
}

// TableName is the uses' table.
func (Use) TableName() string { return "coupon_uses" }

// AddUsesTx keeps what was taken off a payment's bill.
func AddUsesTx(ctx context.Context, tx *db.Tx, payment id.ID, rows []Use) error {
	if len(rows) == 0 {
		return nil
	}
	for i := range rows {
		rows[i].PaymentID, rows[i].Seq, rows[i].CreatedAt = payment, i+1, tx.Now
	}
	if err := tx.Conn(ctx).Create(&rows).Error; err != nil {
		return fmt.Errorf("keep what was taken off: %w", err)
	}
	return nil
}

// UsesOf reads what was taken off the bills of payments, in the order in which it was worked, by payment.
func UsesOf(ctx context.Context, r db.Reader, payments ...id.ID) (map[id.ID][]Use, error) {
	of := make(map[id.ID][]Use, len(payments))
	if len(payments) == 0 {
		return of, nil
	}
	var rows []Use
	if err := r.Conn(ctx).Where("payment_id IN ?", payments).Order("payment_id, seq").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read what was taken off: %w", err)
	}
	for _, u := range rows {
		of[u.PaymentID] = append(of[u.PaymentID], u)
	}
	return of, nil
}

// ReturnUsesTx marks that what was taken off a payment's bill is owed again.
func ReturnUsesTx(ctx context.Context, tx *db.Tx, payment id.ID) error {
	err := tx.Conn(ctx).Model(&Use{}).Where("payment_id = ?", payment).UpdateColumn("returned", true).Error
	if err != nil {
		return fmt.Errorf("return what was taken off: %w", err)
	}
	return nil
}

// RequestState is where a request stands.
type RequestState string

// The states of a request; the last two are for good.
const (
	Asked    RequestState = "asked"
	Approved RequestState = "approved"
	Refused  RequestState = "refused"
)

// Request is the wish of staff to win somebody back with a coupon after an apology: another person decides
// (G9). Incident names what went wrong; there is one request for each.
type Request struct {
	ID          id.ID `gorm:"primaryKey"`
	CampaignKey string
	CustomerID  id.ID
	Incident    string
	Reason      string
	State       RequestState
	AskedBy     id.ID
	AskedName   string
	DecidedBy   id.ID
	DecidedName string
	DecidedAt   *time.Time
	Word        string
	CouponID    id.ID
	Version     int64
	CreatedAt   time.Time
}

// TableName is the requests' table.
func (Request) TableName() string { return "coupon_requests" }

// AddRequestTx keeps a new request. An incident that has one is db.Duplicate.
func AddRequestTx(ctx context.Context, tx *db.Tx, q *Request) error {
	q.State, q.Version, q.CreatedAt = Asked, 1, tx.Now
	return db.Insert(ctx, tx, q)
}

// LockRequestTx locks a request until the transaction ends. Errors: not_found.
func LockRequestTx(ctx context.Context, tx *db.Tx, of id.ID) (Request, error) {
	var q Request
	err := tx.Lock(ctx).Where("id = ?", of).Take(&q).Error
	return q, db.OrMissing(err, "lock coupon request")
}

// RequestByID reads a request. Errors: not_found.
func RequestByID(ctx context.Context, r db.Reader, of id.ID) (Request, error) {
	var q Request
	err := r.Conn(ctx).Where("id = ?", of).Take(&q).Error
	return q, db.OrMissing(err, "read coupon request")
}

// SaveRequestTx keeps how a locked request was decided.
func SaveRequestTx(ctx context.Context, tx *db.Tx, q *Request) error {
	q.Version++
	q.DecidedAt = &tx.Now
	err := tx.Conn(ctx).Model(&Request{}).Where("id = ?", q.ID).UpdateColumns(map[string]any{
		"state": q.State, "decided_by": q.DecidedBy, "decided_name": q.DecidedName, "decided_at": q.DecidedAt, "word": q.Word, "coupon_id": q.CouponID, "version": q.Version,
	}).Error
	if err != nil {
		return fmt.Errorf("save coupon request: %w", err)
	}
	return nil
}

// Requests lists requests, newest first, in one state or all.
func Requests(ctx context.Context, r db.Reader, in RequestState, p db.Page) ([]Request, db.Cursor, error) {
	q := r.Conn(ctx)
	if in != "" {
		q = q.Where("state = ?", in)
	}
	var rows []Request
	if err := p.Newest(q, "created_at", "id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list coupon requests: %w", err)
	}
	rows, next := db.Cut(p, rows, func(q Request) db.Cursor { return db.Cursor{At: q.CreatedAt, ID: q.ID} })
	return rows, next, nil
}

// allowance is what somebody has issued by hand in a month.
type allowance struct {
	StaffID id.ID  `gorm:"primaryKey"`
	Month   string `gorm:"primaryKey"`
	UsedFen int64
}

func (allowance) TableName() string { return "coupon_allowances" }

// SpendAllowanceTx adds to what a member of staff has issued in a month and tells whether the limit allowed
// it; rivals take turns.
func SpendAllowanceTx(ctx context.Context, tx *db.Tx, staff id.ID, month string, fen, limit int64) (bool, error) {
	err := db.Insert(ctx, tx, &allowance{StaffID: staff, Month: month})
	if err != nil && !db.Duplicate(err) {
		return false, fmt.Errorf("open allowance: %w", err)
	}
	moved := tx.Conn(ctx).Model(&allowance{}).Where("staff_id = ? AND month = ? AND used_fen + ? <= ?", staff, month, fen, limit).
		UpdateColumn("used_fen", gorm.Expr("used_fen + ?", fen))
	if moved.Error != nil {
		return false, fmt.Errorf("spend allowance: %w", moved.Error)
	}
	return moved.RowsAffected == 1, nil
}

// ReturnAllowanceTx takes back what a voided coupon took from the allowance of a month.
func ReturnAllowanceTx(ctx context.Context, tx *db.Tx, staff id.ID, month string, fen int64) error {
	err := tx.Conn(ctx).Model(&allowance{}).Where("staff_id = ? AND month = ? AND used_fen >= ?", staff, month, fen).
		UpdateColumn("used_fen", gorm.Expr("used_fen - ?", fen)).Error
	if err != nil {
		return fmt.Errorf("return allowance: %w", err)
	}
	return nil
}

// AllowanceUsed is what somebody has issued by hand in a month.
func AllowanceUsed(ctx context.Context, r db.Reader, staff id.ID, month string) (int64, error) {
	var a allowance
	err := r.Conn(ctx).Where("staff_id = ? AND month = ?", staff, month).Take(&a).Error
	if db.Missing(err) {
		return 0, nil
	}
	return a.UsedFen, err
}
