package ledger

import (
	"context"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/db"
)

// grace is how long something that comes back after its lot has expired can still be spent.
const grace = 30 * 24 * time.Hour

// batch bounds how many rows one statement brings into memory.
const batch = 100

// Lot is what one award gave, with its own expiry. TransferID is the award's, also after a lot moved to
// another account. DueAt is ExpiresAt while something remains, none otherwise, so that an index over it
// holds the lots that are open and nothing else. Both are Unix milliseconds.
type Lot struct {
	AccountID  id.ID `gorm:"primaryKey"`
	ID         id.ID `gorm:"primaryKey"`
	TransferID id.ID
	Amount     int64
	Remaining  int64
	ExpiresAt  int64
	DueAt      *int64
	ExpiredAt  *time.Time
	CreatedAt  time.Time
}

// TableName is the lots' table.
func (Lot) TableName() string { return "ledger_lots" }

// Allocation is what a transfer took from a lot (Amount below zero) or gave back to it. OriginID is the
// debit that took it first. Restored counts what came back for that debit: as Amount when it went into
// the same lot, with an Amount of zero when that lot had expired and a new one was made.
type Allocation struct {
	AccountID  id.ID `gorm:"primaryKey"`
	TransferID id.ID `gorm:"primaryKey"`
	LotID      id.ID `gorm:"primaryKey"`
	OriginID   id.ID
	Amount     int64
	Restored   int64
}

// TableName is the allocations' table.
func (Allocation) TableName() string { return "ledger_allocations" }

// addLot opens a lot. Amounts of zero open none: a debt has taken everything.
func (s *Set) addLot(ctx context.Context, a *Account, given id.ID, amount int64, expires time.Time) error {
	if amount == 0 {
		return nil
	}
	ms := expires.UnixMilli()
	row := Lot{
		AccountID: a.ID, ID: id.New(), TransferID: given, Amount: amount, Remaining: amount,
		ExpiresAt: ms, DueAt: &ms, CreatedAt: s.tx.Now,
	}
	if err := db.Insert(ctx, s.tx, &row); err != nil {
		return fmt.Errorf("open lot: %w", err)
	}
	return nil
}

// share is a part of a lot that a debit takes.
type share struct {
	lot    Lot
	amount int64
}

// pick chooses the lots that pay an amount: earliest expiry first, then the one that was opened first.
// The account's available balance covers the amount, so lots that do not are a broken book.
func (s *Set) pick(ctx context.Context, a *Account, amount int64) ([]share, error) {
	var picked []share
	after, last := s.tx.Now.UnixMilli(), id.ID{}
	for amount > 0 {
		var lots []Lot
		q := s.tx.Conn(ctx).Where("account_id = ?", a.ID)
		if last.IsZero() {
			q = q.Where("due_at > ?", after)
		} else {
			q = q.Where("due_at >= ? AND (due_at > ? OR id > ?)", after, after, last)
		}
		if err := q.Order("due_at, id").Limit(batch).Find(&lots).Error; err != nil {
			return nil, fmt.Errorf("pick lots: %w", err)
		}
		if len(lots) == 0 {
			return nil, fmt.Errorf("the lots of account %s are %d short of its balance", a.ID, amount)
		}
		for _, l := range lots {
			take := min(amount, l.Remaining)
			picked = append(picked, share{l, take})
			if amount -= take; amount == 0 {
				break
			}
		}
		after, last = lots[len(lots)-1].ExpiresAt, lots[len(lots)-1].ID
	}
	return picked, nil
}

// take allocates shares to a transfer and lowers the lots by them.
func (s *Set) take(ctx context.Context, transfer id.ID, shares []share) error {
	rows := make([]Allocation, 0, len(shares))
	for _, sh := range shares {
		rows = append(rows, Allocation{
			AccountID: sh.lot.AccountID, TransferID: transfer, LotID: sh.lot.ID, OriginID: transfer, Amount: -sh.amount,
		})
		if err := s.setRemaining(ctx, sh.lot, sh.lot.Remaining-sh.amount); err != nil {
			return err
		}
	}
	if err := s.tx.Conn(ctx).CreateInBatches(&rows, batch).Error; err != nil {
		return fmt.Errorf("allocate lots: %w", err)
	}
	return nil
}

func (s *Set) setRemaining(ctx context.Context, l Lot, remaining int64) error {
	changes := map[string]any{"remaining": remaining, "due_at": nil}
	if remaining > 0 {
		changes["due_at"] = l.ExpiresAt
	}
	done := s.tx.Conn(ctx).Model(&Lot{}).
		Where("account_id = ? AND id = ? AND remaining = ?", l.AccountID, l.ID, l.Remaining).UpdateColumns(changes)
	if done.Error != nil {
		return fmt.Errorf("change lot: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return fmt.Errorf("lot %s changed without its account's lock", l.ID)
	}
	return nil
}

// outstanding is what a debit took from each lot and has not got back, the lot that lives longest first.
func (s *Set) outstanding(ctx context.Context, origin id.ID) ([]share, error) {
	var rows []struct {
		AccountID id.ID
		LotID     id.ID
		Taken     int64
	}
	err := s.tx.Conn(ctx).Model(&Allocation{}).Where("origin_id = ?", origin).
		Select("MIN(account_id) AS account_id, lot_id, SUM(CASE WHEN transfer_id = origin_id THEN -amount ELSE -restored END) AS taken").
		Group("lot_id").Having("SUM(CASE WHEN transfer_id = origin_id THEN -amount ELSE -restored END) > 0").Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids, taken := make([]id.ID, 0, len(rows)), make(map[id.ID]int64, len(rows))
	for _, r := range rows {
		ids, taken[r.LotID] = append(ids, r.LotID), r.Taken
	}
	var lots []Lot
	err = s.tx.Conn(ctx).Where("account_id = ? AND id IN ?", rows[0].AccountID, ids).Order("expires_at DESC, id DESC").Find(&lots).Error
	if err != nil {
		return nil, fmt.Errorf("read lots of a debit: %w", err)
	}
	shares := make([]share, 0, len(lots))
	for _, l := range lots {
		shares = append(shares, share{l, taken[l.ID]})
	}
	return shares, nil
}

// giveBack returns an amount to the lots that a debit took it from, the one that lives longest first. A
// lot that has expired meanwhile, or that belongs to an account which was merged into this one, comes
// back as a new lot: with the old expiry if that lies ahead, with a period of grace otherwise.
func (s *Set) giveBack(ctx context.Context, a *Account, transfer, origin id.ID, amount int64) error {
	shares, err := s.outstanding(ctx, origin)
	if err != nil {
		return fmt.Errorf("read allocations: %w", err)
	}
	var rows []Allocation
	for _, sh := range shares {
		if amount == 0 {
			break
		}
		back := min(amount, sh.amount)
		amount -= back
		row := Allocation{AccountID: sh.lot.AccountID, TransferID: transfer, LotID: sh.lot.ID, OriginID: origin, Restored: back}
		expires, now := time.UnixMilli(sh.lot.ExpiresAt).UTC(), s.tx.Now
		if sh.lot.AccountID == a.ID && expires.After(now) {
			row.Amount = back
			err = s.setRemaining(ctx, sh.lot, sh.lot.Remaining+back)
		} else {
			if !expires.After(now) {
				expires = now.Add(grace)
			}
			err = s.addLot(ctx, a, sh.lot.TransferID, back, expires)
		}
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	if amount > 0 {
		return fmt.Errorf("transfer %s has %d less to give back than asked", origin, amount)
	}
	if err := s.tx.Conn(ctx).CreateInBatches(&rows, batch).Error; err != nil {
		return fmt.Errorf("restore lots: %w", err)
	}
	return nil
}
