package ledger

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"

	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/db"
)

// Balance is what an owner has in a book. Available leaves out what is due to expire already, though the
// job may not have come by yet. Next is the earliest part of it that will expire; zero when nothing does.
type Balance struct {
	Available int64
	Pending   int64
	Held      int64
	Debt      int64 // at most zero
	Next      Expiry
}

// Expiry is an amount that expires at an instant.
type Expiry struct {
	Amount int64
	At     time.Time
}

// Balances reads what an owner has in every book; a book without an account is not in the map.
func Balances(ctx context.Context, r db.Reader, o Owner, now time.Time) (map[Book]Balance, error) {
	var rows []Account
	if err := r.Conn(ctx).Where("owner_kind = ? AND owner_id = ?", o.Kind, o.ID).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	all := make(map[Book]Balance, len(rows))
	for _, a := range rows {
		b, err := a.see(ctx, r, now)
		if err != nil {
			return nil, err
		}
		all[a.Book] = b
	}
	return all, nil
}

// Owed says a debt in exact words; nothing where there is none.
func (b Balance) Owed(book Book) (zh, en string) {
	if b.Debt >= 0 {
		return "", ""
	}
	n := strconv.FormatInt(-b.Debt, 10)
	switch book {
	case Points:
		zh, en = n+" 积分", n+" points are owed"
	case Fund:
		n = wording.Yuan(-b.Debt)
		zh, en = "家居基金 "+n+" 元", n+" yuan of home fund are owed"
	default:
		zh, en = n+" 成长值", n+" of growth are owed"
	}
	return "欠 " + zh + "(已使用的部分被收回),之后获得的先用于抵扣。", en + ", since they were taken back after they had been used; what comes next pays them first."
}

// DebtOf reads what is owed in one account, 0 or less.
func DebtOf(ctx context.Context, r db.Reader, k Key) (int64, error) {
	var a Account
	err := r.Conn(ctx).Select("debt").Where("id = ?", k.AccountID()).Take(&a).Error
	if err != nil && !db.Missing(err) {
		return 0, fmt.Errorf("read debt: %w", err)
	}
	return a.Debt, nil
}

// BalanceOf reads one account; all zero when it was never opened.
func BalanceOf(ctx context.Context, r db.Reader, k Key, now time.Time) (Balance, error) {
	var a Account
	err := r.Conn(ctx).Where("id = ?", k.AccountID()).Take(&a).Error
	if db.Missing(err) {
		return Balance{}, nil
	}
	if err != nil {
		return Balance{}, fmt.Errorf("read account: %w", err)
	}
	return a.see(ctx, r, now)
}

func (a Account) see(ctx context.Context, r db.Reader, now time.Time) (Balance, error) {
	b := Balance{Available: a.Available, Pending: a.Pending, Held: a.Held, Debt: a.Debt}
	if a.Available == 0 {
		return b, nil
	}
	var open []struct {
		DueAt  int64
		Amount int64
	}
	err := r.Conn(ctx).Model(&Lot{}).Select("due_at, SUM(remaining) AS amount").Where("account_id = ? AND due_at < ?", a.ID, never.UnixMilli()).
		Group("due_at").Order("due_at").Limit(batch).Scan(&open).Error
	if err != nil {
		return Balance{}, fmt.Errorf("read expiries: %w", err)
	}
	for _, e := range open {
		if e.DueAt > now.UnixMilli() {
			b.Next = Expiry{e.Amount, time.UnixMilli(e.DueAt).UTC()}
			break
		}
		b.Available -= e.Amount
	}
	return b, nil
}

// Line is a line of a statement: an entry and the transfer behind it.
type Line struct {
	TransferID id.ID
	Kind       Kind
	Amount     int64 // signed, in the book's unit
	Balance    int64 // after the line
	Source     string
	Rule       string
	RefKind    string
	RefID      id.ID
	Reason     string
	At         time.Time
	Debt       int64 // of the account as it stands, 0 or less
}

// Statement lists the entries of one side of an account, newest first; empty when it was never opened.
func Statement(ctx context.Context, r db.Reader, k Key, side Side, p db.Page) ([]Line, db.Cursor, error) {
	q := lineQuery(ctx, r, k, side)
	if !p.After.IsZero() {
		q = q.Where("e.n < (SELECT n FROM ledger_entries WHERE transfer_id = ? AND account_id = ? AND side = ?)", p.After.ID, k.AccountID(), side)
	}
	var lines []Line
	if err := q.Order("e.n DESC").Limit(p.Limit + 1).Scan(&lines).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("read statement: %w", err)
	}
	lines, next := db.Cut(p, lines, func(l Line) db.Cursor { return db.Cursor{At: l.At, ID: l.TransferID} })
	return lines, next, nil
}

// lineQuery reads entries with the transfers behind them.
func lineQuery(ctx context.Context, r db.Reader, k Key, side Side) *gorm.DB {
	return r.Conn(ctx).Table("ledger_entries e").
		Select("e.transfer_id, t.kind, e.amount, e.balance, t.source, t.rule, t.ref_kind, t.ref_id, t.reason, e.at, a.debt").
		Joins("JOIN ledger_transfers t ON t.id = e.transfer_id").Joins("JOIN ledger_accounts a ON a.id = e.account_id").
		Where("e.account_id = ? AND e.side = ?", k.AccountID(), side)
}

// BalanceBefore sums what was entered on one side of an account before an instant.
func BalanceBefore(ctx context.Context, r db.Reader, k Key, side Side, at time.Time) (int64, error) {
	var sum int64
	err := r.Conn(ctx).Model(&Entry{}).Select("COALESCE(SUM(amount), 0)").
		Where("account_id = ? AND side = ? AND at < ?", k.AccountID(), side, at).Scan(&sum).Error
	if err != nil {
		return 0, fmt.Errorf("sum entries: %w", err)
	}
	return sum, nil
}

// Between lists the entries of one side of an account from an instant on and before another, in the order
// in which they were made, at most n.
func Between(ctx context.Context, r db.Reader, k Key, side Side, span [2]time.Time, n int) ([]Line, error) {
	var lines []Line
	err := lineQuery(ctx, r, k, side).Where("e.at >= ? AND e.at < ?", span[0], span[1]).Order("e.n").Limit(n).Scan(&lines).Error
	if err != nil {
		return nil, fmt.Errorf("read statement: %w", err)
	}
	return lines, nil
}

// Promised lists what an owner is promised in a book and has not got yet, oldest first, at most a hundred.
func Promised(ctx context.Context, r db.Reader, k Key) ([]Promise, error) {
	var open []Promise
	err := r.Conn(ctx).Where("account_id = ? AND remaining > 0", k.AccountID()).Order("id").Limit(batch).Find(&open).Error
	return open, err
}

// Touched tells whether a transfer has an entry in an owner's account.
func Touched(ctx context.Context, r db.Reader, k Key, transfer id.ID) (bool, error) {
	var n int64
	err := r.Conn(ctx).Model(&Entry{}).Where("transfer_id = ? AND account_id = ?", transfer, k.AccountID()).Count(&n).Error
	if err != nil {
		return false, fmt.Errorf("look for entries: %w", err)
	}
	return n > 0, nil
}
