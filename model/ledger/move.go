package ledger

import (
	"context"
	"fmt"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
)

// MoveAllTx brings everything that one owner has into the accounts of another, since the two records turned
// out to be one person (design.md 5). Lots keep their expiry, promises what they wait for, holds their
// id. A debt of one is paid by what the other has.
func (l *Ledger) MoveAllTx(ctx context.Context, tx *db.Tx, who actor.Actor, from, to Owner) error {
	var rows []Account
	if err := tx.Conn(ctx).Where("owner_kind = ? AND owner_id = ?", from.Kind, from.ID).Find(&rows).Error; err != nil {
		return fmt.Errorf("read accounts: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	var keys []Key
	for _, a := range rows {
		keys = append(keys, a.Key(), Key{a.Book, to})
	}
	s, err := l.LockTx(ctx, tx, keys...)
	if err != nil {
		return err
	}
	for _, a := range rows {
		if err := s.move(ctx, who, a.Key(), Key{a.Book, to}); err != nil {
			return fmt.Errorf("move %s: %w", a.Book, err)
		}
	}
	return nil
}

func (s *Set) move(ctx context.Context, who actor.Actor, from, to Key) error {
	a, err := s.account(from)
	if err != nil {
		return err
	}
	b, err := s.account(to)
	if err != nil {
		return err
	}
	if err := s.expire(ctx, a); err != nil {
		return err
	}
	amount := a.Available + a.Pending + a.Held - a.Debt
	if amount == 0 {
		return nil
	}
	cause := Cause{Source: "merge:" + from.Owner.ID.String(), Rule: "move", By: who}
	p, err := s.post(ctx, draft{kind: KindMove, owner: b, amount: amount, cause: cause, legs: []leg{
		{a, Available, -a.Available},
		{a, Pending, -a.Pending},
		{a, Held, -a.Held},
		{a, Debt, -a.Debt},
		{b, Available, a.Available},
		{b, Pending, a.Pending},
		{b, Held, a.Held},
		{b, Debt, a.Debt},
	}})
	if err != nil {
		return err
	}
	if err := s.moveLots(ctx, a, b, p.Transfer); err != nil {
		return err
	}
	if err := s.movePromises(ctx, a, b); err != nil {
		return err
	}
	if err := s.moveHolds(ctx, a, b); err != nil {
		return err
	}
	return s.settle(ctx, b, cause)
}

func (s *Set) moveLots(ctx context.Context, a, b *Account, transfer id.ID) error {
	var lots []Lot
	if err := s.tx.Conn(ctx).Where("account_id = ? AND due_at > 0", a.ID).Order("due_at, id").Find(&lots).Error; err != nil {
		return fmt.Errorf("read lots: %w", err)
	}
	shares, moved := make([]share, 0, len(lots)), make([]Lot, 0, len(lots))
	for _, l := range lots {
		shares = append(shares, share{l, l.Remaining})
		due := l.ExpiresAt
		moved = append(moved, Lot{
			AccountID: b.ID, ID: id.New(), TransferID: l.TransferID, Amount: l.Remaining, Remaining: l.Remaining,
			ExpiresAt: due, DueAt: &due, CreatedAt: s.tx.Now,
		})
	}
	if len(lots) == 0 {
		return nil
	}
	if err := s.take(ctx, transfer, shares); err != nil {
		return err
	}
	if err := s.tx.Conn(ctx).CreateInBatches(&moved, batch).Error; err != nil {
		return fmt.Errorf("open moved lots: %w", err)
	}
	return nil
}

func (s *Set) movePromises(ctx context.Context, a, b *Account) error {
	var open []Promise
	if err := s.tx.Conn(ctx).Where("account_id = ? AND remaining > 0", a.ID).Order("id").Find(&open).Error; err != nil {
		return fmt.Errorf("read promises: %w", err)
	}
	for _, p := range open {
		if err := s.setPromise(ctx, p, 0); err != nil {
			return err
		}
		p.AccountID, p.ID, p.Amount, p.CreatedAt = b.ID, id.New(), p.Remaining, s.tx.Now
		if err := db.Insert(ctx, s.tx, &p); err != nil {
			return fmt.Errorf("move promise: %w", err)
		}
	}
	return nil
}

func (s *Set) moveHolds(ctx context.Context, a, b *Account) error {
	var open []Hold
	if err := s.tx.Conn(ctx).Where("account_id = ? AND due_at > 0", a.ID).Order("id").Find(&open).Error; err != nil {
		return fmt.Errorf("read holds: %w", err)
	}
	for _, h := range open {
		left := h.Open()
		h.Released += left
		if err := s.keepHold(ctx, h); err != nil {
			return err
		}
		h.AccountID, h.Amount, h.Captured, h.Released, h.CreatedAt = b.ID, left, 0, 0, s.tx.Now
		if err := db.Insert(ctx, s.tx, &h); err != nil {
			return fmt.Errorf("move hold: %w", err)
		}
	}
	return nil
}

// settleFor pays a debt with what has just come back: whoever owes cannot spend it again before. The
// statement calls it by its kind.
func (s *Set) settleFor(ctx context.Context, a *Account, cause Cause) error {
	cause.Reason = ""
	return s.settle(ctx, a, cause)
}

// settle pays a debt with what is available beside it.
func (s *Set) settle(ctx context.Context, a *Account, cause Cause) error {
	amount := min(-a.Debt, a.Available)
	if amount == 0 {
		return nil
	}
	if err := s.expire(ctx, a); err != nil {
		return err
	}
	if amount = min(amount, a.Available); amount == 0 {
		return nil
	}
	shares, err := s.pick(ctx, a, amount)
	if err != nil {
		return err
	}
	cause.Rule = "settle"
	p, err := s.post(ctx, draft{
		kind: KindSettle, owner: a, amount: amount, cause: cause, legs: []leg{{a, Available, -amount}, {a, Debt, amount}},
	})
	if err != nil {
		return err
	}
	return s.take(ctx, p.Transfer, shares)
}
