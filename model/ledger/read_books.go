package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"guike/internal/id"
	"guike/model/db"
)

// BalancesIn reads what an owner has in some books, in two statements at most; a book without an account is not
// in the map. Next is told of points and fund alone. It is what the pages read that are opened most.
func BalancesIn(ctx context.Context, r db.Reader, o Owner, now time.Time, books ...Book) (map[Book]Balance, error) {
	var rows []Account
	if err := r.Conn(ctx).Where("owner_kind = ? AND owner_id = ? AND book IN ?", o.Kind, o.ID, books).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	open, err := expiries(ctx, r, rows, now)
	if err != nil {
		return nil, err
	}
	all := make(map[Book]Balance, len(rows))
	for _, a := range rows {
		b := Balance{Available: a.Available, Pending: a.Pending, Held: a.Held, Debt: a.Debt}
		for _, e := range open[a.ID] {
			if e.At.After(now) {
				b.Next = e
				break
			}
			b.Available -= e.Amount
		}
		all[a.Book] = b
	}
	return all, nil
}

// expiries lists when the open lots of accounts expire, soonest first, at most a batch of each account; of books
// that people are not told of, those that are due already.
func expiries(ctx context.Context, r db.Reader, accounts []Account, now time.Time) (map[id.ID][]Expiry, error) {
	var parts []string
	var args []any
	for i, a := range accounts {
		if a.Available == 0 {
			continue
		}
		until := now.UnixMilli()
		if a.Book == Points || a.Book == Fund {
			until = never.UnixMilli() - 1
		}
		parts = append(parts, fmt.Sprintf("SELECT account_id, due_at, amount FROM (?) b%d", i))
		args = append(args, r.Conn(ctx).Model(&Lot{}).Select("account_id, due_at, SUM(remaining) AS amount").
			Where("account_id = ? AND due_at <= ?", a.ID, until).Group("account_id, due_at").Order("due_at").Limit(batch))
	}
	if len(parts) == 0 {
		return nil, nil
	}
	var rows []struct {
		AccountID id.ID
		DueAt     int64
		Amount    int64
	}
	if err := r.Conn(ctx).Raw(strings.Join(parts, " UNION ALL "), args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read expiries: %w", err)
	}
	open := make(map[id.ID][]Expiry, len(accounts))
	for _, l := range rows {
		open[l.AccountID] = append(open[l.AccountID], Expiry{l.Amount, time.UnixMilli(l.DueAt).UTC()})
	}
	for _, of := range open { // a union promises no order
		slices.SortFunc(of, func(a, b Expiry) int { return a.At.Compare(b.At) })
	}
	return open, nil
}
