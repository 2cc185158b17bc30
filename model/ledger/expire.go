package ledger

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
)

// Lapsed is an amount that expired.
type Lapsed struct {
	Owner  Owner
	Book   Book
	Amount int64
}

// ExpireDueTx expires the lots that are due of at most n accounts (G5). It returns what expired and
// whether more may be due. A lot expires once, whoever comes first.
func (l *Ledger) ExpireDueTx(ctx context.Context, tx *db.Tx, n int) (done []Lapsed, more bool, err error) {
	ids, err := dueAccounts(ctx, tx, &Lot{}, n)
	if err != nil || len(ids) == 0 {
		return nil, false, err
	}
	s := &Set{tx: tx, zone: l.zone, accounts: map[id.ID]*Account{}}
	if err := s.lock(ctx, ids); err != nil {
		return nil, false, err
	}
	for _, i := range ids {
		a, err := s.byID(i)
		if err != nil {
			return nil, false, err
		}
		before := a.Available
		if err := s.expire(ctx, a); err != nil {
			return nil, false, err
		}
		if before > a.Available {
			done = append(done, Lapsed{a.Key().Owner, a.Book, before - a.Available})
		}
	}
	return done, true, nil
}

// dueAccounts finds up to n accounts that have a row which is due, in the order of their ids.
func dueAccounts(ctx context.Context, tx *db.Tx, of any, n int) ([]id.ID, error) {
	var ids []id.ID
	err := tx.Conn(ctx).Model(of).Where("due_at <= ?", tx.Now.UnixMilli()).Order("due_at, account_id").Limit(n).Pluck("account_id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("find due accounts: %w", err)
	}
	slices.SortFunc(ids, func(a, b id.ID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(ids), nil
}

// expire moves what remains of an account's due lots away, one transfer for each instant at which lots
// were due, so that the statement has one line for it. Whoever spends does it first, so that nothing is
// spent after its time, whenever the job runs.
func (s *Set) expire(ctx context.Context, a *Account) error {
	var lots []Lot
	err := s.tx.Conn(ctx).Where("account_id = ? AND due_at <= ?", a.ID, s.tx.Now.UnixMilli()).Order("due_at, id").Find(&lots).Error
	if err != nil {
		return fmt.Errorf("find due lots: %w", err)
	}
	for len(lots) > 0 {
		due, n := lots[0].ExpiresAt, 0
		var shares []share
		for n < len(lots) && lots[n].ExpiresAt == due {
			shares = append(shares, share{lots[n], lots[n].Remaining})
			n++
		}
		if err := s.expireLots(ctx, a, due, shares); err != nil {
			return err
		}
		lots = lots[n:]
	}
	return nil
}

func (s *Set) expireLots(ctx context.Context, a *Account, due int64, shares []share) error {
	amount, ids := int64(0), make([]id.ID, 0, len(shares))
	for _, sh := range shares {
		amount += sh.amount
		ids = append(ids, sh.lot.ID)
	}
	p, err := s.post(ctx, draft{
		kind: KindExpire, owner: a, amount: amount, system: Expired, legs: []leg{{a, Available, -amount}},
		cause: Cause{Source: "expiry:" + strconv.FormatInt(due, 10), Rule: "expire", By: actor.Machine()},
	})
	if err != nil {
		return err
	}
	if err := s.take(ctx, p.Transfer, shares); err != nil {
		return err
	}
	err = s.tx.Conn(ctx).Model(&Lot{}).Where("account_id = ? AND id IN ?", a.ID, ids).UpdateColumn("expired_at", s.tx.Now).Error
	if err != nil {
		return fmt.Errorf("mark expired lots: %w", err)
	}
	return nil
}

// ReleaseDueTx releases what is open of holds whose time is over, of at most n accounts, and tells
// whether more may be due (I08).
func (l *Ledger) ReleaseDueTx(ctx context.Context, tx *db.Tx, n int) (more bool, err error) {
	ids, err := dueAccounts(ctx, tx, &Hold{}, n)
	if err != nil || len(ids) == 0 {
		return false, err
	}
	s := &Set{tx: tx, zone: l.zone, accounts: map[id.ID]*Account{}}
	if err := s.lock(ctx, ids); err != nil {
		return false, err
	}
	var due []Hold
	err = tx.Conn(ctx).Where("account_id IN ? AND due_at <= ?", ids, tx.Now.UnixMilli()).Order("account_id, id").Find(&due).Error
	if err != nil {
		return false, fmt.Errorf("read due holds: %w", err)
	}
	for _, h := range due {
		a, err := s.byID(h.AccountID)
		if err != nil {
			return false, err
		}
		cause := Cause{Source: "hold:" + h.ID.String(), Rule: "lapse", By: actor.Machine()}
		if _, err := s.Release(ctx, a.Key(), h.ID, h.Open(), cause); err != nil {
			return false, err
		}
	}
	return true, nil
}
