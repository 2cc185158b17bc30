package ledger

import (
	"context"
	"fmt"

	"guike/internal/fault"
	"guike/internal/id"
)

// Spend is an amount that an owner uses.
type Spend struct {
	From   Key
	Amount int64 // > 0
	To     System
	Cause  Cause
}

var (
	errPoints = fault.New(fault.Conflict, "points.insufficient", "积分不足。", "There are not enough points.")
	errFund   = fault.New(fault.Conflict, "fund.insufficient", "家居基金余额不足。", "There is not enough home fund.")
	errOther  = fault.New(fault.Conflict, "ledger.insufficient", "可用余额不足。", "The balance does not cover it.")
)

func insufficient(b Book) error {
	switch b {
	case Points:
		return errPoints
	case Fund:
		return errFund
	}
	return errOther
}

// Spend uses an amount of what is available, lots that expire first going first (I09). Errors:
// points.insufficient, fund.insufficient or ledger.insufficient by the book; ledger.cause_differs.
func (s *Set) Spend(ctx context.Context, in Spend) (Posted, error) {
	to := in.To
	if to == "" {
		to = Spent
	}
	return s.debit(ctx, in, draft{kind: KindSpend, system: to}, nil)
}

// debit takes an amount from the available side by lots; then says what else the transfer's side effect is.
func (s *Set) debit(ctx context.Context, in Spend, d draft, extra func(a *Account) leg) (Posted, error) {
	a, err := s.account(in.From)
	if err != nil {
		return Posted{}, err
	}
	if known, ok, err := s.known(ctx, a, in.Cause, in.Amount); ok || err != nil {
		return known, err
	}
	if err := s.expire(ctx, a); err != nil {
		return Posted{}, err
	}
	if a.Available < in.Amount {
		return Posted{}, insufficient(a.Book)
	}
	shares, err := s.pick(ctx, a, in.Amount)
	if err != nil {
		return Posted{}, err
	}
	d.owner, d.amount, d.cause = a, in.Amount, in.Cause
	d.legs = []leg{{a, Available, -in.Amount}}
	if extra != nil {
		d.legs = append(d.legs, extra(a))
	}
	p, err := s.post(ctx, d)
	if err != nil {
		return Posted{}, err
	}
	return p, s.take(ctx, p.Transfer, shares)
}

// Restore is an amount of an earlier spend that comes back: an order was cancelled, a payment refunded.
type Restore struct {
	To     Key // the owner who spent it, or whom their account was merged into
	Of     id.ID
	Amount int64
	Cause  Cause
}

var errOverRestored = fault.New(fault.Conflict, "ledger.over_restored",
	"要退回的数额超过当时使用的数额。", "More would come back than was spent.")

// Restore gives an amount of a spend, or of a captured hold, back to the lots it came from, in as many
// parts as needed but never more than was spent. Errors: not_found; ledger.over_restored;
// ledger.cause_differs.
func (s *Set) Restore(ctx context.Context, in Restore) (Posted, error) {
	a, err := s.account(in.To)
	if err != nil {
		return Posted{}, err
	}
	if known, ok, err := s.known(ctx, a, in.Cause, in.Amount); ok || err != nil {
		return known, err
	}
	t, err := s.transfer(ctx, in.Of)
	if err != nil {
		return Posted{}, err
	}
	if t.Book != a.Book || (t.Kind != KindSpend && t.Kind != KindCapture) {
		return Posted{}, fmt.Errorf("a %s of %s cannot be restored to %s", t.Kind, t.Book, a.Book)
	}
	back, err := s.corrected(ctx, KindRestore, t.ID)
	if err != nil {
		return Posted{}, err
	}
	var reversed int64
	if err := s.tx.Conn(ctx).Model(&Transfer{}).Where("reverses = ?", t.ID).Count(&reversed).Error; err != nil {
		return Posted{}, fmt.Errorf("look for reversal: %w", err)
	}
	if reversed > 0 || in.Amount > t.Amount-back {
		return Posted{}, errOverRestored
	}
	var to SystemEntry
	if err := s.tx.Conn(ctx).Where("transfer_id = ?", t.ID).Take(&to).Error; err != nil {
		return Posted{}, fmt.Errorf("read system entry: %w", err)
	}
	origin := t.ID
	if t.Kind == KindCapture {
		origin = t.Corrects // the hold took the lots
	}
	p, err := s.post(ctx, draft{
		kind: KindRestore, owner: a, amount: in.Amount, cause: in.Cause, corrects: t.ID, system: to.Account,
		legs: []leg{{a, Available, in.Amount}},
	})
	if err != nil {
		return Posted{}, err
	}
	if err := s.giveBack(ctx, a, p.Transfer, origin, in.Amount); err != nil {
		return Posted{}, err
	}
	return p, s.settleFor(ctx, a, in.Cause)
}
