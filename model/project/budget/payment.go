package budget

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/project"
)

// Kind is what a payment is for.
type Kind string

// The kinds of payment (design.md 5).
const (
	Deposit Kind = "deposit"
	Stage   Kind = "stage"
	Final   Kind = "final"
	Change  Kind = "change"
	Other   Kind = "other"
)

// Valid tells whether the kind is one of the house's.
func (k Kind) Valid() bool {
	return k == Deposit || k == Stage || k == Final || k == Change || k == Other
}

// The kinds of timeline entry that tell of money; their ref_id is the payment's. They name no amounts.
const (
	EntryPayment project.EntryKind = "payment"
	EntryRefund  project.EntryKind = "payment_refunded"
	EntryPlan    project.EntryKind = "payment_plan"
)

// Payment is what was paid for a project, as staff or the ERP recorded it (C21). AmountFen is the bill, by
// which less is open: DiscountFen of it was taken off by coupons, FundFen was paid from the home fund by the
// transfer FundTransferID, the rest was received in money. RefundedFen is how much of the bill is open again:
// the sum of its refunds, and the discount with the last of them; never more than AmountFen. ExternalNo is the
// number under which the money is known elsewhere, unique in the company; nil when there is none. Asked stands
// for what was asked beside the money: a second record of the number asks the same.
type Payment struct {
	ProjectID      id.ID `gorm:"primaryKey"`
	ID             id.ID `gorm:"primaryKey"`
	AmountFen      int64
	DiscountFen    int64
	FundFen        int64
	FundTransferID id.ID
	Asked          string
	RefundedFen    int64
	Kind           Kind
	PaidAt         time.Time
	ExternalNo     *string
	Method         string
	Note           string
	AuthorID       id.ID
	AuthorName     string
	AuthorRole     actor.Role
	EntryID        id.ID
	Version        int64
	CreatedAt      time.Time
}

// ReceivedFen is what was received in money.
func (p Payment) ReceivedFen() int64 { return p.AmountFen - p.DiscountFen - p.FundFen }

// Refundable is what can still go back, in money first and then to the fund: a discount goes back to nobody.
func (p Payment) Refundable() int64 { return max(p.AmountFen-p.DiscountFen-p.RefundedFen, 0) }

// Standing is what of the bill is not open again: Refundable and the discount, as long as it is not whole.
func (p Payment) Standing() int64 { return max(p.AmountFen-p.RefundedFen, 0) }

// Whole tells whether everything went back.
func (p Payment) Whole() bool { return p.RefundedFen == p.AmountFen }

// TableName is the payments' table.
func (Payment) TableName() string { return "payments" }

// Refund is what went back; refunds are inserted and read, never changed. FundFen of AmountFen went to the
// home fund, the rest in money. DiscountFen is what coupons had taken off and is owed again: with the refund
// that makes the payment whole, which of a bill that coupons paid entirely is the only one, of nothing.
type Refund struct {
	ProjectID   id.ID `gorm:"primaryKey"`
	ID          id.ID `gorm:"primaryKey"`
	PaymentID   id.ID
	AmountFen   int64
	FundFen     int64
	DiscountFen int64
	Reason      string
	ExternalNo  *string
	AuthorID    id.ID
	AuthorName  string
	AuthorRole  actor.Role
	At          time.Time
}

// Split says what a refund is that was asked for: of what was paid, or of all of the bill that stands. Money
// goes back first, then the fund; with the last of both the discount is owed again, since coupons come back
// whole or not at all. ok is false for what is neither.
func (p Payment) Split(askedFen int64) (f Refund, ok bool) {
	left := p.Refundable()
	if askedFen < 1 || askedFen > left && askedFen != p.Standing() {
		return f, false
	}
	f.AmountFen = min(askedFen, left)
	f.FundFen = f.AmountFen - min(f.AmountFen, max(p.ReceivedFen()-p.RefundedFen, 0))
	if f.AmountFen == left {
		f.DiscountFen = p.DiscountFen
	}
	return f, true
}

// Asked tells whether a refund is what an amount asks for: what went back, or that and the discount.
func (f Refund) Asked(fen int64) bool {
	return fen == f.AmountFen && fen > 0 || fen == f.AmountFen+f.DiscountFen
}

// TableName is the refunds' table.
func (Refund) TableName() string { return "payment_refunds" }

// Instalment is a part of the contract amount that falls due on a day, or when a stage is completed.
// OrderID names the approved change that added it, none for what was planned.
type Instalment struct {
	ProjectID id.ID `gorm:"primaryKey"`
	Seq       int   `gorm:"primaryKey;autoIncrement:false"`
	Name      string
	AmountFen int64
	DueStage  string
	DueOn     clock.Day
	OrderID   id.ID
}

// TableName is the instalments' table.
func (Instalment) TableName() string { return "payment_instalments" }

// AddPaymentTx keeps a payment. A clash of its external number is db.Duplicate.
func AddPaymentTx(ctx context.Context, tx *db.Tx, p *Payment) error {
	p.Version, p.CreatedAt = 1, tx.Now
	return db.Insert(ctx, tx, p)
}

// PaymentByNo reads the payment of an external number; db.Missing otherwise.
func PaymentByNo(ctx context.Context, r db.Reader, no string) (Payment, error) {
	var p Payment
	err := r.Conn(ctx).Where("external_no = ?", no).Take(&p).Error
	return p, err
}

// ProjectOfPayment tells to which project a payment belongs. Errors: not_found.
func ProjectOfPayment(ctx context.Context, r db.Reader, payment id.ID) (id.ID, error) {
	var p Payment
	err := r.Conn(ctx).Select("project_id").Where("id = ?", payment).Take(&p).Error
	return p.ProjectID, db.OrMissing(err, "read payment")
}

// PaymentByID reads a payment of a project. Errors: not_found.
func PaymentByID(ctx context.Context, r db.Reader, project, payment id.ID) (Payment, error) {
	var p Payment
	err := r.Conn(ctx).Where("project_id = ? AND id = ?", project, payment).Take(&p).Error
	return p, db.OrMissing(err, "read payment")
}

// AddRefundTx keeps a refund and adds it to what its payment has given back. A clash of the refund's
// external number is db.Duplicate.
func AddRefundTx(ctx context.Context, tx *db.Tx, p *Payment, r *Refund) error {
	r.ProjectID, r.PaymentID, r.At = p.ProjectID, p.ID, tx.Now
	if err := db.Insert(ctx, tx, r); err != nil {
		return err
	}
	p.RefundedFen += r.AmountFen + r.DiscountFen
	p.Version++
	err := tx.Conn(ctx).Model(&Payment{}).Where("project_id = ? AND id = ?", p.ProjectID, p.ID).
		UpdateColumns(map[string]any{"refunded_fen": p.RefundedFen, "version": p.Version}).Error
	if err != nil {
		return fmt.Errorf("save refunded amount: %w", err)
	}
	return nil
}

// RefundByNo reads the refund of an external number; db.Missing otherwise.
func RefundByNo(ctx context.Context, r db.Reader, no string) (Refund, error) {
	var f Refund
	err := r.Conn(ctx).Where("external_no = ?", no).Take(&f).Error
	return f, err
}

// RefundByID reads a refund of a project. Errors: not_found.
func RefundByID(ctx context.Context, r db.Reader, project, refund id.ID) (Refund, error) {
	var f Refund
	err := r.Conn(ctx).Where("project_id = ? AND id = ?", project, refund).Take(&f).Error
	return f, db.OrMissing(err, "read refund")
}

// Payments lists a project's payments, the newest record first.
func Payments(ctx context.Context, r db.Reader, project id.ID, p db.Page) ([]Payment, db.Cursor, error) {
	q := r.Conn(ctx).Where("project_id = ?", project)
	if !p.After.IsZero() {
		q = q.Where("id < ?", p.After.ID)
	}
	var rows []Payment
	if err := q.Order("id DESC").Limit(p.Limit + 1).Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list payments: %w", err)
	}
	rows, next := db.Cut(p, rows, func(p Payment) db.Cursor { return db.Cursor{At: p.CreatedAt, ID: p.ID} })
	return rows, next, nil
}

// shownRefunds is how many refunds of a page of payments are shown.
const shownRefunds = 1000

// RefundsOf reads the refunds of some payments of a project, oldest first, by payment.
func RefundsOf(ctx context.Context, r db.Reader, project id.ID, payments []Payment) (map[id.ID][]Refund, error) {
	ids := make([]id.ID, 0, len(payments))
	for _, p := range payments {
		if p.RefundedFen > 0 {
			ids = append(ids, p.ID)
		}
	}
	of := make(map[id.ID][]Refund, len(ids))
	if len(ids) == 0 {
		return of, nil
	}
	var rows []Refund
	err := r.Conn(ctx).Where("project_id = ? AND payment_id IN ?", project, ids).Order("payment_id, id").Limit(shownRefunds).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read refunds: %w", err)
	}
	for _, f := range rows {
		of[f.PaymentID] = append(of[f.PaymentID], f)
	}
	return of, nil
}

// Paid sums what was paid for a project and what went back, in cents.
func Paid(ctx context.Context, r db.Reader, project id.ID) (paid, refunded int64, err error) {
	var sum struct{ Paid, Refunded int64 }
	err = r.Conn(ctx).Model(&Payment{}).Select("COALESCE(SUM(amount_fen), 0) AS paid, COALESCE(SUM(refunded_fen), 0) AS refunded").
		Where("project_id = ?", project).Take(&sum).Error
	if err != nil {
		return 0, 0, fmt.Errorf("sum payments: %w", err)
	}
	return sum.Paid, sum.Refunded, nil
}

// PaidBefore tells whether anything was recorded for a customer's projects but one payment.
func PaidBefore(ctx context.Context, r db.Reader, customer, but id.ID) (bool, error) {
	var found []id.ID
	err := r.Conn(ctx).Table("payments m").Joins("JOIN projects p ON p.id = m.project_id").
		Where("p.customer_id = ? AND m.id <> ?", customer, but).Limit(1).Pluck("m.id", &found).Error
	if err != nil {
		return false, fmt.Errorf("look for earlier payments: %w", err)
	}
	return len(found) > 0, nil
}

// Instalments reads a project's plan of payments in its order.
func Instalments(ctx context.Context, r db.Reader, project id.ID) ([]Instalment, error) {
	var rows []Instalment
	if err := r.Conn(ctx).Where("project_id = ?", project).Order("seq").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read payment plan: %w", err)
	}
	return rows, nil
}

// SetInstalmentsTx replaces a project's plan of payments.
func SetInstalmentsTx(ctx context.Context, tx *db.Tx, project id.ID, rows []Instalment) error {
	if err := tx.Conn(ctx).Where("project_id = ?", project).Delete(&Instalment{}).Error; err != nil {
		return fmt.Errorf("clear payment plan: %w", err)
	}
	for i := range rows {
		rows[i].ProjectID, rows[i].Seq = project, i+1
	}
	if len(rows) == 0 {
		return nil
	}
	if err := tx.Conn(ctx).Create(&rows).Error; err != nil {
		return fmt.Errorf("keep payment plan: %w", err)
	}
	return nil
}
