package budget

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/db"
	"guike/model/once"
	projects "guike/model/project"
	model "guike/model/project/budget"
	"guike/service/project"
)

const (
	// ahead is how far the clock of whoever records a payment may go wrong (design.md 5).
	ahead = 5 * time.Minute
	// firstYear is the first in which a payment can lie.
	firstYear = 2000

	maxMethod, maxNo = 32, 64
)

// NewPayment is a bill of a project that was paid.
type NewPayment struct {
	ProjectID  id.ID
	AmountFen  int64 // of the bill
	Kind       model.Kind
	PaidAt     time.Time
	ExternalNo string // the number of the receipt elsewhere, unique in the company; empty for none
	Method     string
	Note       string
	Once       once.Key

	// Asked stands for what is asked beside the money; Settle says what of the bill is not received in money,
	// under the project's lock and once for each payment. Both are empty when all of it is. Unasked says that
	// nothing takes anything off the bill: then one that is known without Asked is the same, since the parts of
	// a bill were once not written down.
	Asked   string
	Unasked bool
	Settle  func(ctx context.Context, tx *db.Tx, p projects.Project, payment id.ID) (Settlement, error)
}

// Settlement is what of a bill is not received in money.
type Settlement struct {
	DiscountFen    int64
	FundFen        int64
	FundTransferID id.ID
}

// PaymentResult is what recording a payment leaves behind under its key.
type PaymentResult struct {
	ProjectID   id.ID `json:"project_id"`
	PaymentID   id.ID `json:"payment_id"`
	EntryID     id.ID `json:"entry_id"`
	DiscountFen int64 `json:"discount_fen,omitzero"`
	FundFen     int64 `json:"fund_fen,omitzero"`
	ReceivedFen int64 `json:"received_fen,omitzero"`
}

func resultOf(m model.Payment) PaymentResult {
	return PaymentResult{m.ProjectID, m.ID, m.EntryID, m.DiscountFen, m.FundFen, m.ReceivedFen()}
}

// RecordPayment writes down money that was received (C21); it pays nothing by itself. A number that is
// known with the same content is answered as it was the first time. Errors: as RecordPaymentTx.
func (s *Service) RecordPayment(ctx context.Context, who actor.Actor, in NewPayment) (r PaymentResult, replayed bool, err error) {
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (PaymentResult, error) {
			r, _, err := s.RecordPaymentTx(ctx, tx, who, in)
			return r, err
		})
		return err
	})
	return r, replayed, err
}

// Check reads the fields that need no store. Errors: input.invalid naming the first that breaks a rule.
func (in *NewPayment) Check() error {
	switch {
	case in.AmountFen < 1 || in.AmountFen > maxFen:
		return fault.Broken("body.amount_fen", "out_of_range", "金额须为正且不超出范围。", "The amount is positive and within range.")
	case !in.Kind.Valid():
		return fault.Broken("body.kind", "unknown", "没有这种收款类型。", "There is no such kind of payment.")
	case in.PaidAt.UTC().Year() < firstYear || !clock.Keepable(in.PaidAt):
		return fault.Broken("body.paid_at", "out_of_range", "收款时间不能早于 2000 年。", "Nothing was paid before the year 2000.")
	}
	in.PaidAt = clock.Cut(in.PaidAt)
	if err := wording.CheckText("body.method", &in.Method, 0, maxMethod); err != nil {
		return err
	}
	if err := wording.CheckText("body.note", &in.Note, 0, maxWord); err != nil {
		return err
	}
	return checkNo(in.ExternalNo)
}

// checkNo takes numbers of visible ASCII: they are compared byte by byte.
func checkNo(no string) error {
	if len(no) > maxNo {
		return fault.Broken("body.external_no", "too_long", "外部单号最多 64 个字符。", "The number has at most 64 characters.")
	}
	for _, b := range []byte(no) {
		if b < '!' || b > '~' {
			return fault.Broken("body.external_no", "characters", "外部单号只能用可见的英文字符。", "The number is made of visible ASCII characters.")
		}
	}
	return nil
}

// RecordPaymentTx writes down money in the caller's transaction; first is false when the number was
// known with the same content, and nothing was done. A payment is taken in every state but cancelled.
// Errors: not_found; project.cancelled; input.invalid; payment.external_no_taken.
func (s *Service) RecordPaymentTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewPayment) (r PaymentResult, first bool, err error) {
	if err := in.Check(); err != nil {
		return r, false, err
	}
	if in.PaidAt.After(tx.Now.Add(ahead)) {
		return r, false, fault.Broken("body.paid_at", "future", "收款时间不能晚于现在。", "The payment lies in the future.")
	}
	p, err := projects.LockTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return r, false, err
	}
	if known, err := knownPayment(ctx, tx, in); err != nil || !known.ID.IsZero() {
		return resultOf(known), false, err
	}
	if p.State == projects.Cancelled {
		return r, false, project.ErrCancelled
	}
	paid, _, err := model.Paid(ctx, tx, p.ID)
	if err != nil {
		return r, false, err
	}
	if paid > maxPaidFen-in.AmountFen {
		return r, false, fault.Broken("body.amount_fen", "out_of_range", "该项目的收款总额超出范围。", "The sum of the project's payments is out of range.")
	}
	return s.addPaymentTx(ctx, tx, who, p, in)
}

func (s *Service) addPaymentTx(ctx context.Context, tx *db.Tx, who actor.Actor, p projects.Project, in NewPayment) (r PaymentResult, first bool, err error) {
	m := model.Payment{
		ProjectID: p.ID, ID: id.New(), AmountFen: in.AmountFen, Kind: in.Kind, PaidAt: in.PaidAt, ExternalNo: number(in.ExternalNo),
		Method: in.Method, Note: in.Note, AuthorID: who.ID, AuthorName: who.Name, AuthorRole: who.Role, EntryID: id.New(), Asked: in.Asked,
	}
	if in.Settle != nil {
		with, err := in.Settle(ctx, tx, p, m.ID)
		if err != nil {
			return r, false, err
		}
		m.DiscountFen, m.FundFen, m.FundTransferID = with.DiscountFen, with.FundFen, with.FundTransferID
	}
	if err := model.AddPaymentTx(ctx, tx, &m); err != nil {
		if !db.Duplicate(err) {
			return r, false, fmt.Errorf("keep payment: %w", err)
		}
		if in.Settle != nil { // what it took has to be given back
			return r, false, errNumberTaken
		}
		known, err := knownPayment(ctx, tx, in) // a rival used the number in this moment
		return resultOf(known), false, err
	}
	zh, en := kindName(in.Kind)
	_, err = s.j.TellTx(ctx, tx, who, &p, project.News{
		Entry: projects.Entry{
			ID: m.EntryID, Kind: model.EntryPayment, TitleZH: "已登记收款:" + zh, TitleEN: "Payment recorded: " + en, StageKey: p.CurrentStage, RefID: m.ID,
		},
		Action: "payment.recorded", Detail: map[string]any{"payment_id": m.ID, "amount_fen": m.AmountFen, "discount_fen": m.DiscountFen, "fund_fen": m.FundFen, "kind": m.Kind, "paid_at": m.PaidAt},
	})
	return resultOf(m), true, err
}

// knownPayment finds the payment that has the number already, the zero one when none has. One of other
// content is refused.
func knownPayment(ctx context.Context, tx *db.Tx, in NewPayment) (model.Payment, error) {
	none := model.Payment{}
	if in.ExternalNo == "" {
		return none, nil
	}
	m, err := model.PaymentByNo(ctx, tx, in.ExternalNo)
	switch {
	case db.Missing(err):
		return none, nil
	case err != nil:
		return none, fmt.Errorf("read payment by number: %w", err)
	case m.ProjectID != in.ProjectID || m.AmountFen != in.AmountFen || m.Kind != in.Kind || !m.PaidAt.Equal(in.PaidAt) ||
		m.Method != in.Method || m.Note != in.Note || m.Asked != in.Asked && (!in.Unasked || m.Asked != ""):
		return none, errNumberTaken
	}
	return m, nil
}

func number(no string) *string {
	if no == "" {
		return nil
	}
	return &no
}

func kindName(k model.Kind) (zh, en string) {
	switch k {
	case model.Deposit:
		return "定金", "deposit"
	case model.Stage:
		return "进度款", "stage payment"
	case model.Final:
		return "尾款", "final payment"
	case model.Change:
		return "变更款", "for a change"
	}
	return "其他", "other"
}

// NewRefund is what of a payment went back: of what was paid, or all of the bill that stands.
type NewRefund struct {
	PaymentID  id.ID
	AmountFen  int64 // in parts of what was paid; or of the bill, all that stands
	Reason     string
	ExternalNo string
	Once       once.Key
}

// RefundResult is what recording a refund leaves behind under its key.
type RefundResult struct {
	ProjectID id.ID `json:"project_id"`
	PaymentID id.ID `json:"payment_id"`
	RefundID  id.ID `json:"refund_id"`
	EntryID   id.ID `json:"entry_id"`
	FundFen   int64 `json:"fund_fen,omitzero"`
}

func refundOf(f model.Refund, entry id.ID) RefundResult {
	return RefundResult{f.ProjectID, f.PaymentID, f.ID, entry, f.FundFen}
}

// RecordRefund writes down money that went back, in any state of the project, cancelled ones too.
// Errors: as RecordRefundTx.
func (s *Service) RecordRefund(ctx context.Context, who actor.Actor, in NewRefund) (r RefundResult, replayed bool, err error) {
	err = s.j.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (RefundResult, error) {
			r, _, err := s.RecordRefundTx(ctx, tx, who, in)
			return r, err
		})
		return err
	})
	return r, replayed, err
}

// RecordRefundTx writes down a refund in the caller's transaction; first is false when the number was
// known with the same content, and nothing was done. Errors: not_found; input.invalid;
// payment.over_refunded; payment.external_no_taken.
func (s *Service) RecordRefundTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewRefund) (r RefundResult, first bool, err error) {
	if err := in.check(); err != nil {
		return r, false, err
	}
	projectID, err := model.ProjectOfPayment(ctx, tx, in.PaymentID)
	if err != nil {
		return r, false, err
	}
	p, err := projects.LockTx(ctx, tx, who, projectID)
	if err != nil {
		return r, false, err
	}
	if known, err := knownRefund(ctx, tx, in); err != nil || !known.ID.IsZero() {
		return refundOf(known, id.ID{}), false, err
	}
	m, err := model.PaymentByID(ctx, tx, p.ID, in.PaymentID)
	if err != nil {
		return r, false, err
	}
	f, ok := m.Split(in.AmountFen)
	if !ok {
		return r, false, overRefunded(m)
	}
	f.ID, f.Reason, f.ExternalNo = id.New(), in.Reason, number(in.ExternalNo)
	f.AuthorID, f.AuthorName, f.AuthorRole = who.ID, who.Name, who.Role
	if err := model.AddRefundTx(ctx, tx, &m, &f); err != nil {
		if !db.Duplicate(err) {
			return r, false, fmt.Errorf("keep refund: %w", err)
		}
		known, err := knownRefund(ctx, tx, in)
		return refundOf(known, id.ID{}), false, err
	}
	zh, en := kindName(m.Kind)
	entry, err := s.j.TellTx(ctx, tx, who, &p, project.News{
		Entry: projects.Entry{
			Kind: model.EntryRefund, TitleZH: "已登记退款:" + zh, TitleEN: "Refund recorded: " + en, StageKey: p.CurrentStage, RefID: m.ID,
		},
		Action: "payment.refunded", Reason: in.Reason, Detail: map[string]any{"payment_id": m.ID, "refund_id": f.ID, "amount_fen": f.AmountFen, "fund_fen": f.FundFen, "discount_fen": f.DiscountFen},
	})
	return refundOf(f, entry), true, err
}

// overRefunded says what can still go back.
func overRefunded(m model.Payment) error {
	left, bill := wording.Yuan(m.Refundable()), wording.Yuan(m.Standing())
	if m.Whole() || m.DiscountFen == 0 {
		return errOverRefunded.At("body.amount_fen", "out_of_range", "最多可退 "+left+" 元。", "At most "+left+" yuan are left.")
	}
	return errOverRefunded.At("body.amount_fen", "out_of_range", "最多可退实付 "+left+" 元,或连同优惠整笔 "+bill+" 元。",
		"At most "+left+" yuan that were paid are left, or with the discount all "+bill+" of the bill.")
}

func (in *NewRefund) check() error {
	if in.AmountFen < 1 || in.AmountFen > maxFen {
		return fault.Broken("body.amount_fen", "out_of_range", "金额须为正且不超出范围。", "The amount is positive and within range.")
	}
	if err := wording.CheckText("body.reason", &in.Reason, 1, maxWord); err != nil {
		return err
	}
	return checkNo(in.ExternalNo)
}

func knownRefund(ctx context.Context, tx *db.Tx, in NewRefund) (model.Refund, error) {
	none := model.Refund{}
	if in.ExternalNo == "" {
		return none, nil
	}
	f, err := model.RefundByNo(ctx, tx, in.ExternalNo)
	switch {
	case db.Missing(err):
		return none, nil
	case err != nil:
		return none, fmt.Errorf("read refund by number: %w", err)
	case f.PaymentID != in.PaymentID || !f.Asked(in.AmountFen) || f.Reason != in.Reason:
		return none, errNumberTaken
	}
	return f, nil
}
