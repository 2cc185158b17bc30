package ledger

import (
	"context"
	"fmt"

	"guike/internal/fault"
	"guike/internal/id"
)

// Award is an amount that an owner is given.
type Award struct {
	To     Key
	Amount int64 // > 0, in the book's unit
	Life   Life
	From   System // Issued when empty
	Cause  Cause
}

func (a Award) from() System {
	if a.From == "" {
		return Issued
	}
	return a.From
}

// Award gives an amount at once. What the owner owes is paid first, the rest opens a lot (G1). Posted
// says whether this call was the first of its cause. Errors: ledger.cause_differs.
func (s *Set) Award(ctx context.Context, in Award) (Posted, error) {
	a, err := s.account(in.To)
	if err != nil {
		return Posted{}, err
	}
	if known, ok, err := s.known(ctx, a, in.Cause, in.Amount); ok || err != nil {
		return known, err
	}
	ends, err := in.Life.Ends(s.tx.Now, s.zone)
	if err != nil {
		return Posted{}, err
	}
	owed := min(-a.Debt, in.Amount)
	p, err := s.post(ctx, draft{
		kind: KindAward, owner: a, amount: in.Amount, cause: in.Cause, system: in.from(),
		legs: []leg{{a, Debt, owed}, {a, Available, in.Amount - owed}},
	})
	if err != nil {
		return Posted{}, err
	}
	return p, s.addLot(ctx, a, p.Transfer, in.Amount-owed, ends)
}

// errUnreversible refuses to undo what cannot be undone exactly.
var errUnreversible = fault.New(fault.Conflict, "ledger.not_reversible",
	"该笔已被冲正、已部分退回或已被使用,不能整笔冲正。", "This transfer was reversed or used already, in part or whole.")

// Reverse undoes an earlier award or spend by its exact opposite, once. What comes back of a spend pays a debt
// first. An award of which something was used cannot be reversed, only taken back; neither can a reversal.
// Errors: not_found; ledger.not_reversible.
func (s *Set) Reverse(ctx context.Context, of id.ID, cause Cause) (Posted, error) {
	t, err := s.transfer(ctx, of)
	if err != nil {
		return Posted{}, err
	}
	a, err := s.byID(t.AccountID)
	if err != nil {
		return Posted{}, err
	}
	if known, ok, err := s.known(ctx, a, cause, t.Amount); ok || err != nil {
		return known, err
	}
	var undone int64
	err = s.tx.Conn(ctx).Model(&Transfer{}).Where("corrects = ? OR reverses = ?", of, of).Count(&undone).Error
	if err != nil {
		return Posted{}, fmt.Errorf("look for corrections: %w", err)
	}
	var from SystemEntry
	if err := s.tx.Conn(ctx).Where("transfer_id = ?", of).Take(&from).Error; err != nil {
		return Posted{}, fmt.Errorf("read system entry: %w", err)
	}
	d := draft{kind: KindReversal, owner: a, amount: t.Amount, cause: cause, reverses: of, system: from.Account}
	switch {
	case undone > 0:
		return Posted{}, errUnreversible
	case t.Kind == KindSpend:
		d.legs = []leg{{a, Available, t.Amount}}
		p, err := s.post(ctx, d)
		if err != nil {
			return Posted{}, err
		}
		if err := s.giveBack(ctx, a, p.Transfer, of, t.Amount); err != nil {
			return Posted{}, err
		}
		return p, s.settleFor(ctx, a, cause)
	case t.Kind == KindAward:
		return s.reverseAward(ctx, a, t, d)
	}
	return Posted{}, errUnreversible
}

func (s *Set) reverseAward(ctx context.Context, a *Account, t Transfer, d draft) (Posted, error) {
	var lot Lot
	err := s.tx.Conn(ctx).Where("transfer_id = ? AND account_id = ?", t.ID, a.ID).Limit(1).Find(&lot).Error
	if err != nil {
		return Posted{}, fmt.Errorf("read lot of award: %w", err)
	}
	if lot.Remaining != t.Amount { // spent or expired in part, or a debt took its share
		return Posted{}, errUnreversible
	}
	d.legs = []leg{{a, Available, -t.Amount}}
	p, err := s.post(ctx, d)
	if err != nil {
		return Posted{}, err
	}
	return p, s.take(ctx, p.Transfer, []share{{lot, t.Amount}})
}

// TakeBack is an amount of an earlier award or promise that is not deserved any more.
type TakeBack struct {
	From   Key // who has it now: the beneficiary, or whom their account was merged into
	Of     id.ID
	Amount int64
	Cause  Cause
}

var errTooMuch = fault.New(fault.Conflict, "ledger.over_taken",
	"要收回的数额超过当时给出的数额。", "More would be taken back than was given.")

// TakeBack takes an amount of an award back: first what of it is still pending, then what remains of its
// own lots, then of the owner's other lots, and what nobody has any more becomes a debt that later
// awards pay (G1). The available balance never falls below zero. Errors: not_found; ledger.over_taken;
// ledger.cause_differs.
func (s *Set) TakeBack(ctx context.Context, in TakeBack) (Posted, error) {
	a, err := s.account(in.From)
	if err != nil {
		return Posted{}, err
	}
	if known, ok, err := s.known(ctx, a, in.Cause, in.Amount); ok || err != nil {
		return known, err
	}
	if err := s.mayTake(ctx, in); err != nil {
		return Posted{}, err
	}
	if err := s.expire(ctx, a); err != nil {
		return Posted{}, err
	}
	promised, err := s.lowerPromises(ctx, a, in.Of, in.Amount)
	if err != nil {
		return Posted{}, err
	}
	own, err := s.lotsOf(ctx, a, in.Of, in.Amount-promised)
	if err != nil {
		return Posted{}, err
	}
	shares, paid, err := s.addOthers(ctx, a, own, in.Amount-promised)
	if err != nil {
		return Posted{}, err
	}
	p, err := s.post(ctx, draft{
		kind: KindTakeBack, owner: a, amount: in.Amount, cause: in.Cause, corrects: in.Of, system: Issued,
		legs: []leg{{a, Pending, -promised}, {a, Available, -paid}, {a, Debt, -(in.Amount - promised - paid)}},
	})
	if err != nil {
		return Posted{}, err
	}
	return p, s.take(ctx, p.Transfer, shares)
}

// mayTake looks whether so much of the transfer is left. What was cancelled while pending has gone back
// already.
func (s *Set) mayTake(ctx context.Context, in TakeBack) error {
	t, err := s.transfer(ctx, in.Of)
	if err != nil {
		return err
	}
	if t.Book != in.From.Book || (t.Kind != KindAward && t.Kind != KindPromise) {
		return fmt.Errorf("a %s of %s cannot be taken back from %s", t.Kind, t.Book, in.From.Book)
	}
	gone := int64(0)
	for _, kind := range []Kind{KindTakeBack, KindCancel} {
		sum, err := s.corrected(ctx, kind, in.Of)
		if err != nil {
			return err
		}
		gone += sum
	}
	var reversed int64
	if err := s.tx.Conn(ctx).Model(&Transfer{}).Where("reverses = ?", in.Of).Count(&reversed).Error; err != nil {
		return fmt.Errorf("look for reversal: %w", err)
	}
	if reversed > 0 || in.Amount > t.Amount-gone {
		return errTooMuch
	}
	return nil
}

// lotsOf picks up to an amount from the lots that an award opened.
func (s *Set) lotsOf(ctx context.Context, a *Account, award id.ID, amount int64) ([]share, error) {
	var lots []Lot
	err := s.tx.Conn(ctx).Where("transfer_id = ? AND account_id = ? AND remaining > 0", award, a.ID).
		Order("expires_at, id").Find(&lots).Error
	if err != nil {
		return nil, fmt.Errorf("read lots of award: %w", err)
	}
	var shares []share
	for _, l := range lots {
		if take := min(amount, l.Remaining); take > 0 {
			shares = append(shares, share{l, take})
			amount -= take
		}
	}
	return shares, nil
}

// addOthers completes shares from the owner's other lots, as far as the available balance goes.
func (s *Set) addOthers(ctx context.Context, a *Account, own []share, amount int64) (all []share, paid int64, err error) {
	chosen := make(map[id.ID]bool, len(own))
	for _, sh := range own {
		paid += sh.amount
		chosen[sh.lot.ID] = true
	}
	short := min(amount, a.Available) - paid
	if short <= 0 {
		return own, paid, nil
	}
	// What is picked may meet the award's own lots again, which are used up already: ask for both together
	// and leave those out.
	picked, err := s.pick(ctx, a, short+paid)
	if err != nil {
		return nil, 0, err
	}
	for _, sh := range picked {
		if !chosen[sh.lot.ID] && short > 0 {
			sh.amount = min(sh.amount, short)
			own, short, paid = append(own, sh), short-sh.amount, paid+sh.amount
		}
	}
	if short > 0 {
		return nil, 0, fmt.Errorf("the lots of account %s are %d short of its balance", a.ID, short)
	}
	return own, paid, nil
}
