package ledger

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"guike/internal/id"
	"guike/model/db"
)

// Finding is a rule of the ledger that a row breaks. Rule is the invariant's number in docs/ledger.md.
type Finding struct {
	Rule string
	What string
}

// Report is what Verify found. Findings holds the first hundred of Broken.
type Report struct {
	Accounts  int64
	Transfers int64
	Entries   int64
	Broken    int64
	Findings  []Finding
}

func (r *Report) brokenf(rule, format string, args ...any) {
	r.Broken++
	if len(r.Findings) < batch {
		r.Findings = append(r.Findings, Finding{rule, fmt.Sprintf(format, args...)})
	}
}

// Add counts what another verification found: that of what stands on the ledger.
func (r *Report) Add(found []Finding) {
	r.Broken += int64(len(found))
	r.Findings = append(r.Findings, found[:min(len(found), batch-min(batch, len(r.Findings)))]...)
}

// verification walks through the ledger in strides, so that its memory does not grow with it.
type verification struct {
	r        db.Reader
	report   *Report
	progress func(done, total int64)
	done     int64
	total    int64
}

// stride is how many accounts or transfers are looked at together.
const stride = 500

// Verify recomputes every balance and every rule that the ledger keeps, reading only. Give it a snapshot
// (db.DB.Snapshot) when others write meanwhile. progress, which may be nil, is told how many of the
// accounts and transfers have been looked at.
func Verify(ctx context.Context, r db.Reader, progress func(done, total int64)) (Report, error) {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	v := &verification{r: r, report: &Report{}, progress: progress}
	if err := r.Conn(ctx).Model(&Account{}).Count(&v.report.Accounts).Error; err != nil {
		return Report{}, fmt.Errorf("count accounts: %w", err)
	}
	if err := r.Conn(ctx).Model(&Transfer{}).Count(&v.report.Transfers).Error; err != nil {
		return Report{}, fmt.Errorf("count transfers: %w", err)
	}
	v.total = v.report.Accounts + v.report.Transfers
	if err := v.accounts(ctx); err != nil {
		return Report{}, err
	}
	return *v.report, v.transfers(ctx)
}

// span is a stride of accounts or transfers: those with an id after one and up to another, and what is known
// of the accounts. The last span has no end and knows none, so that rows of accounts, or transfers, which do
// not exist are found.
type span struct {
	after, to id.ID
	known     map[id.ID]*Account
}

// of narrows a query to the span; column is a name of ours.
func (s span) of(q *gorm.DB, column string) *gorm.DB {
	if !s.after.IsZero() {
		q = q.Where(column+" > ?", s.after)
	}
	if !s.to.IsZero() {
		q = q.Where(column+" <= ?", s.to)
	}
	return q
}

func (v *verification) accounts(ctx context.Context) error {
	var last id.ID
	for {
		var rows []Account
		q := v.r.Conn(ctx).Order("id").Limit(stride)
		if !last.IsZero() {
			q = q.Where("id > ?", last)
		}
		if err := q.Find(&rows).Error; err != nil {
			return fmt.Errorf("read accounts: %w", err)
		}
		s := span{after: last, known: make(map[id.ID]*Account, len(rows))}
		for i := range rows {
			s.known[rows[i].ID] = &rows[i]
			s.to = rows[i].ID
			v.signs(rows[i])
		}
		for _, check := range []func(context.Context, span) error{v.entries, v.lots, v.allocations, v.promises, v.holds} {
			if err := check(ctx, s); err != nil {
				return err
			}
		}
		if len(rows) == 0 {
			return nil
		}
		last = s.to
		v.done += int64(len(rows))
		v.progress(v.done, v.total)
	}
}

// signs is I03: what an owner has is never below zero, a debt never above.
func (v *verification) signs(a Account) {
	if a.Available < 0 || a.Pending < 0 || a.Held < 0 || a.Debt > 0 {
		v.report.brokenf("I03", "account %s has %d available, %d pending, %d held and a debt of %d", a.ID, a.Available, a.Pending, a.Held, a.Debt)
	}
	if a.Key().AccountID() != a.ID {
		v.report.brokenf("I03", "account %s does not carry the id of its owner and book", a.ID)
	}
}

// entries is I02: each balance continues the one before it and the last is the account's.
func (v *verification) entries(ctx context.Context, s span) error {
	rows, err := s.of(v.r.Conn(ctx).Model(&Entry{}), "account_id").Select("account_id, side, n, amount, balance").
		Order("account_id, side, n").Rows()
	if err != nil {
		return fmt.Errorf("read entries: %w", err)
	}
	defer rows.Close()
	type place struct {
		account id.ID
		side    Side
	}
	sums, counts := map[place]int64{}, map[id.ID]int64{}
	for rows.Next() {
		var e Entry
		if err := rows.Scan(&e.AccountID, &e.Side, &e.N, &e.Amount, &e.Balance); err != nil {
			return fmt.Errorf("scan entry: %w", err)
		}
		at := place{e.AccountID, e.Side}
		if sums[at] += e.Amount; sums[at] != e.Balance {
			v.report.brokenf("I02", "entry %d of account %s, side %s, says a balance of %d where the entries before it make %d", e.N, e.AccountID, e.Side, e.Balance, sums[at])
			sums[at] = e.Balance
		}
		counts[e.AccountID]++
		v.report.Entries++
		if s.known[e.AccountID] == nil {
			v.report.brokenf("I02", "entry %d belongs to account %s, which does not exist", e.N, e.AccountID)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read entries: %w", err)
	}
	for i, a := range s.known {
		for _, side := range []Side{Available, Pending, Held, Debt} {
			if have := *a.balance(side); have != sums[place{i, side}] {
				v.report.brokenf("I02", "account %s has %d on side %s where its entries make %d", i, have, side, sums[place{i, side}])
			}
		}
		if a.LastN != counts[i] {
			v.report.brokenf("I02", "account %s counts %d entries and has %d", i, a.LastN, counts[i])
		}
	}
	return nil
}

// sum is an amount of an account.
type sum struct {
	AccountID id.ID
	Amount    int64
}

func (v *verification) sums(ctx context.Context, of any, what string, s span) (map[id.ID]int64, error) {
	var rows []sum
	err := s.of(v.r.Conn(ctx).Model(of), "account_id").Select("account_id, SUM(" + what + ") AS amount").
		Group("account_id").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("sum %T: %w", of, err)
	}
	by := make(map[id.ID]int64, len(rows))
	for _, r := range rows {
		by[r.AccountID] = r.Amount
		if s.known[r.AccountID] == nil && r.Amount != 0 {
			v.report.brokenf("I02", "%d of %T belong to account %s, which does not exist", r.Amount, of, r.AccountID)
		}
	}
	return by, nil
}

// lots is the first half of I09: what remains in lots is what is available.
func (v *verification) lots(ctx context.Context, s span) error {
	by, err := v.sums(ctx, &Lot{}, "remaining", s)
	for i, a := range s.known {
		if err == nil && a.Available != by[i] {
			v.report.brokenf("I09", "account %s has %d available and lots of %d", i, a.Available, by[i])
		}
	}
	return err
}

// allocations is the second: what remains of a lot follows from what was taken and given back; an expired
// one is empty; the index of open lots tells the truth.
func (v *verification) allocations(ctx context.Context, s span) error {
	var rows []struct {
		ID        id.ID
		Amount    int64
		Remaining int64
		Moved     int64
	}
	err := s.of(v.r.Conn(ctx).Table("ledger_lots l"), "l.account_id").
		Select("l.id, l.amount, l.remaining, COALESCE(SUM(a.amount), 0) AS moved").
		Joins("LEFT JOIN ledger_allocations a ON a.account_id = l.account_id AND a.lot_id = l.id").
		Group("l.account_id, l.id, l.amount, l.remaining").
		Having("l.remaining <> l.amount + COALESCE(SUM(a.amount), 0)").Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("compare lots: %w", err)
	}
	for _, r := range rows {
		v.report.brokenf("I09", "lot %s of %d has %d left where %d was moved", r.ID, r.Amount, r.Remaining, r.Moved)
	}
	var lying []Lot
	err = s.of(v.r.Conn(ctx), "account_id").
		Where("(remaining > 0 AND (due_at IS NULL OR due_at <> expires_at OR expired_at IS NOT NULL)) OR (remaining = 0 AND due_at IS NOT NULL)").
		Limit(batch).Find(&lying).Error
	if err != nil {
		return fmt.Errorf("look at lots: %w", err)
	}
	for _, l := range lying {
		v.report.brokenf("I09", "lot %s with %d left is marked as what it is not", l.ID, l.Remaining)
	}
	return nil
}

// promises: what is promised is what is pending.
func (v *verification) promises(ctx context.Context, s span) error {
	by, err := v.sums(ctx, &Promise{}, "remaining", s)
	for i, a := range s.known {
		if err == nil && a.Pending != by[i] {
			v.report.brokenf("I02", "account %s has %d pending and promises of %d", i, a.Pending, by[i])
		}
	}
	return err
}

// holds is I08: what is held is what is open of the holds.
func (v *verification) holds(ctx context.Context, s span) error {
	by, err := v.sums(ctx, &Hold{}, "amount - captured - released", s)
	for i, a := range s.known {
		if err == nil && a.Held != by[i] {
			v.report.brokenf("I08", "account %s has %d held and open holds of %d", i, a.Held, by[i])
		}
	}
	return err
}

// transfers is I01 and I07: entries sum to zero; a reversal undoes one transfer as a whole, once.
func (v *verification) transfers(ctx context.Context) error {
	var last id.ID
	for {
		var rows []Transfer
		q := v.r.Conn(ctx).Select("id", "kind", "amount", "reverses", "book").Order("id").Limit(stride)
		if !last.IsZero() {
			q = q.Where("id > ?", last)
		}
		if err := q.Find(&rows).Error; err != nil {
			return fmt.Errorf("read transfers: %w", err)
		}
		s := span{after: last}
		if len(rows) > 0 {
			s.to = rows[len(rows)-1].ID
		}
		if err := v.balanced(ctx, rows, s); err != nil {
			return err
		}
		if len(rows) == 0 {
			return nil
		}
		if err := v.reversals(ctx, s); err != nil {
			return err
		}
		last = s.to
		v.done += int64(len(rows))
		v.progress(v.done, v.total)
	}
}

// balanced is I01: the entries of every transfer sum to zero, and none belongs to a transfer that does not exist.
func (v *verification) balanced(ctx context.Context, rows []Transfer, s span) error {
	type posted struct {
		TransferID id.ID
		Amount     int64
		Gross      int64
	}
	sums, moved := map[id.ID]int64{}, make(map[id.ID]bool, len(rows))
	for _, t := range rows {
		moved[t.ID] = false
	}
	for _, of := range []any{&Entry{}, &SystemEntry{}} {
		var found []posted
		err := s.of(v.r.Conn(ctx).Model(of), "transfer_id").Select("transfer_id, SUM(amount) AS amount, SUM(ABS(amount)) AS gross").
			Group("transfer_id").Scan(&found).Error
		if err != nil {
			return fmt.Errorf("sum %T: %w", of, err)
		}
		for _, p := range found {
			if _, known := moved[p.TransferID]; !known {
				v.report.brokenf("I01", "entries of %T name transfer %s, which does not exist", of, p.TransferID)
				continue
			}
			sums[p.TransferID] += p.Amount
			moved[p.TransferID] = moved[p.TransferID] || p.Gross > 0
		}
	}
	for _, t := range rows {
		if sums[t.ID] != 0 || !moved[t.ID] {
			v.report.brokenf("I01", "the entries of transfer %s (%s of %d %s) sum to %d", t.ID, t.Kind, t.Amount, t.Book, sums[t.ID])
		}
	}
	return nil
}

func (v *verification) reversals(ctx context.Context, s span) error {
	var odd []Transfer
	err := s.of(v.r.Conn(ctx).Table("ledger_transfers t"), "t.id").Select("t.id, t.amount").
		Joins("LEFT JOIN ledger_transfers o ON o.id = t.reverses").Where("t.reverses IS NOT NULL").
		Where("o.id IS NULL OR o.reverses IS NOT NULL OR o.amount <> t.amount OR o.account_id <> t.account_id OR o.book <> t.book").Scan(&odd).Error
	if err != nil {
		return fmt.Errorf("look at reversals: %w", err)
	}
	for _, t := range odd {
		v.report.brokenf("I07", "transfer %s does not undo what it says it reverses", t.ID)
	}
	return nil
}
