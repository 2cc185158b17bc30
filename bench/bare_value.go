package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	cardapi "guike/api/membership/card"
	earningapi "guike/api/membership/earning"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	"guike/model/membership/level"
)

// ladder is what the bare server keeps of the rules: what they say, and of which state.
type ladder struct {
	n        int64
	rules    level.Rules
	benefits map[string][]cardapi.Benefit // by level, worded beforehand
}

// learn reads the rules once; the bare server asks for their state with every card, and knows no change of them.
func (b *bare) learn(ctx context.Context) error {
	d, err := db.Open(db.Options{DSN: b.w.MySQL, Folder: b.w.Folder, MaxOpen: 1, Clock: clock.System{}, ReadOnly: true})
	if err != nil {
		return err
	}
	rules, err := level.RulesNow(ctx, d)
	if err = errors.Join(err, d.Close()); err != nil || rules.Ladder == nil {
		return err
	}
	b.ladder = ladder{rules.N, rules, map[string][]cardapi.Benefit{}}
	atTill := []level.BenefitKind{level.Discount, level.Voucher, level.PointsTimes, level.Gift, level.Service, level.Priority}
	for _, step := range rules.Ladder.Steps {
		all := make([]cardapi.Benefit, 0, len(step.Benefits))
		for _, x := range step.Benefits {
			v := cardapi.Benefit{
				Kind: string(x.Kind), By: step.Key, Name: x.NameZH, NameEN: x.NameEN, How: x.TextZH, HowEN: x.TextEN, Scope: x.Scope, ScopeName: x.ScopeZH,
				RateBP: x.RateBP, LimitFen: x.LimitFen, Times: x.Times, Period: string(x.Period), Hours: x.Hours, Until: x.Until, AtTill: slices.Contains(atTill, x.Kind),
			}
			v.Text, v.TextEN = x.Words()
			all = append(all, v)
		}
		b.ladder.benefits[step.Key] = all
	}
	return nil
}

type memberRow struct {
	cardNo, level string
	since         *time.Time
	joined        time.Time
}

type accountRow struct {
	id        id.ID
	book      ledger.Book
	available int64
	pending   int64
	debt      int64
}

// card answers as GET /v1/me/card does: five statements.
func (b *bare) card(w http.ResponseWriter, r *http.Request, customer id.ID) error {
	ctx := r.Context()
	var n int64
	if err := b.db.QueryRowContext(ctx, "SELECT COALESCE(MAX(n), 0) FROM level_rounds").Scan(&n); err != nil {
		return err
	}
	if n != b.ladder.n {
		return errors.New("the rules have changed")
	}
	var m memberRow
	err := b.db.QueryRowContext(ctx, "SELECT card_no, level, level_since, joined_at FROM members WHERE customer_id = ?", customer).
		Scan(&m.cardNo, &m.level, &m.since, &m.joined)
	if err != nil {
		return err
	}
	books := []ledger.Book{ledger.Points, ledger.Fund, ledger.GrowthSpend, ledger.GrowthParticipation, ledger.GrowthContribution}
	accounts, err := b.accounts(ctx, b.db, customer, books)
	if err != nil {
		return err
	}
	now := time.Now()
	next, err := b.expiries(ctx, accounts, now)
	if err != nil {
		return err
	}
	rows, err := b.db.QueryContext(ctx, `SELECT title FROM member_titles WHERE customer_id = ? AND ended_at IS NULL AND (until_at IS NULL OR until_at > ?)
		ORDER BY id`, customer, now.UnixMilli())
	held, err := collect(rows, err, func(s *string) []any { return []any{s} })
	if err != nil {
		return err
	}
	if len(held) > 0 {
		return errors.New("nobody here holds a title")
	}
	return answer(w, b.draw(m, accounts, next))
}

func (b *bare) accounts(ctx context.Context, q querier, customer id.ID, books []ledger.Book) (map[ledger.Book]*accountRow, error) {
	args := []any{string(ledger.Customer), customer}
	for _, k := range books {
		args = append(args, string(k))
	}
	rows, err := q.QueryContext(ctx, "SELECT id, book, available, pending, debt FROM ledger_accounts WHERE owner_kind = ? AND owner_id = ? AND book IN "+marks(len(books)), args...)
	all, err := collect(rows, err, func(a *accountRow) []any { return []any{&a.id, &a.book, &a.available, &a.pending, &a.debt} })
	by := map[ledger.Book]*accountRow{}
	for i := range all {
		by[all[i].book] = &all[i]
	}
	return by, err
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// expiries reads what of points and fund expires next, and takes off what is due of every book.
func (b *bare) expiries(ctx context.Context, accounts map[ledger.Book]*accountRow, now time.Time) (map[ledger.Book]*cardapi.Expiring, error) {
	var parts []string
	var args []any
	of := map[id.ID]*accountRow{}
	for k, a := range accounts {
		if a.available == 0 {
			continue
		}
		of[a.id] = a
		until := now.UnixMilli()
		if k == ledger.Points || k == ledger.Fund {
			until = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli() - 1
		}
		parts = append(parts, fmt.Sprintf("SELECT account_id, due_at, total FROM (SELECT account_id, due_at, SUM(remaining) AS total FROM ledger_lots WHERE account_id = ? AND due_at <= ? GROUP BY account_id, due_at ORDER BY due_at LIMIT 100) b%d", len(parts)))
		args = append(args, a.id, until)
	}
	next := map[ledger.Book]*cardapi.Expiring{}
	if len(parts) == 0 {
		return next, nil
	}
	type due struct {
		account id.ID
		at, sum int64
	}
	rows, err := b.db.QueryContext(ctx, strings.Join(parts, " UNION ALL "), args...)
	all, err := collect(rows, err, func(d *due) []any { return []any{&d.account, &d.at, &d.sum} })
	for _, d := range all {
		a := of[d.account]
		switch {
		case d.at <= now.UnixMilli():
			a.available -= d.sum
		case next[a.book] == nil || next[a.book].At.UnixMilli() > d.at:
			next[a.book] = &cardapi.Expiring{Amount: d.sum, At: time.UnixMilli(d.at).UTC()}
		}
	}
	return next, err
}

func (b *bare) draw(m memberRow, accounts map[ledger.Book]*accountRow, next map[ledger.Book]*cardapi.Expiring) cardapi.Card {
	has := func(k ledger.Book) (a accountRow) {
		if found := accounts[k]; found != nil {
			a = *found
		}
		return a
	}
	points, fund := has(ledger.Points), has(ledger.Fund)
	v := cardapi.Card{
		No: m.cardNo, NoGrouped: m.cardNo[:4] + " " + m.cardNo[4:8] + " " + m.cardNo[8:12] + " " + m.cardNo[12:], Since: m.joined, Titles: []cardapi.Title{},
		Points:  cardapi.Value{Available: points.available, Pending: points.pending, Debt: points.debt, NextExpiry: next[ledger.Points]},
		FundFen: cardapi.Value{Available: fund.available, Pending: fund.pending, Debt: fund.debt, NextExpiry: next[ledger.Fund]}, Benefits: []cardapi.Benefit{},
	}
	parts := level.Parts{
		Spend: has(ledger.GrowthSpend).available, Participation: has(ledger.GrowthParticipation).available, Contribution: has(ledger.GrowthContribution).available,
	}
	steps := b.ladder.rules.Ladder.Steps
	p := &cardapi.Progress{Growth: b.ladder.rules.Ladder.Weights.Value(parts), Spend: parts.Spend, Participation: parts.Participation, Contribution: parts.Contribution}
	at, base := -1, int64(0)
	for i := range steps {
		if steps[i].Key == m.level {
			at, base = i, steps[i].From
			v.Level = &cardapi.Level{Key: steps[i].Key, Name: steps[i].NameZH, NameEN: steps[i].NameEN, Since: m.since}
			v.Benefits = b.ladder.benefits[m.level]
		}
	}
	if at+1 < len(steps) {
		s := steps[at+1]
		p.Missing = max(s.From-p.Growth, 0)
		p.Next = &cardapi.NextLevel{Key: s.Key, Name: s.NameZH, NameEN: s.NameEN, From: s.From, Missing: p.Missing}
		p.Percent = int(min(max((p.Growth-base)*100/(s.From-base), 0), 99))
		p.Text = fmt.Sprintf("再获得 %d 成长值即可升级为“%s”。", p.Missing, s.NameZH)
		p.TextEN = fmt.Sprintf("%d more growth value to %s.", p.Missing, s.NameEN)
	} else {
		p.Percent, p.Text, p.TextEN = 100, fmt.Sprintf("您已是最高等级“%s”。", steps[at].NameZH), steps[at].NameEN+" is the highest level."
	}
	v.Progress = p
	return v
}

// points answers as GET /v1/me/points does: one statement, since everybody here has entries.
func (b *bare) points(w http.ResponseWriter, r *http.Request, customer id.ID) error {
	limit, err := limitOf(r)
	if err != nil {
		return err
	}
	var page struct {
		listJSON[earningapi.StatementLine]
		Debt int64 `json:"debt"`
	}
	account := ledger.Of(ledger.Points, customer).AccountID()
	rows, err := b.db.QueryContext(r.Context(), `SELECT e.transfer_id, e.amount, e.balance, t.ref_kind, t.ref_id, CASE WHEN t.kind = 'expire' THEN '到期失效' ELSE t.reason END, e.at, a.debt
		FROM ledger_entries e JOIN ledger_transfers t ON t.id = e.transfer_id JOIN ledger_accounts a ON a.id = e.account_id
		WHERE e.account_id = ? AND e.side = 'available' ORDER BY e.n DESC LIMIT ?`, account, limit+1)
	lines, err := collect(rows, err, func(l *earningapi.StatementLine) []any {
		return []any{&l.ID, &l.Amount, &l.Balance, &l.Ref.Kind, &l.Ref.ID, &l.Reason, &l.At, &page.Debt}
	})
	if err != nil {
		return err
	}
	page.Items = lines
	if len(lines) > limit {
		page.Items = lines[:limit]
		page.NextCursor = cursor(page.Items[limit-1].At, page.Items[limit-1].ID)
	}
	return answer(w, page)
}

// checkIn answers as POST /v1/me/check-ins does for a first day in a row, and leaves the same rows behind.
func (b *bare) checkIn(w http.ResponseWriter, r *http.Request, customer id.ID) (err error) {
	ctx, now := r.Context(), time.Now().UTC().Truncate(time.Millisecond)
	tx, err := b.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tx.Rollback())
		}
	}()
	a := &awarding{b: b, tx: tx, customer: customer, now: now, day: clock.DayOf(now, b.zone)}
	scope := sha256.Sum256([]byte(customer.String() + "|check-in|" + r.Header.Get("Idempotency-Key")))
	a.exec(ctx, "INSERT INTO idempotency (scope, fingerprint, result, created_at) VALUES (?, ?, NULL, ?)", scope[:], scope[:], now)
	a.give(ctx)
	result := earningapi.CheckedIn{Day: string(a.day), Points: 1, Streak: 1}
	text, err := json.Marshal(result)
	if err != nil {
		return err
	}
	a.exec(ctx, "UPDATE idempotency SET result = ? WHERE scope = ?", string(text), scope[:])
	if a.err != nil {
		return a.err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	w.WriteHeader(http.StatusCreated)
	return answer(w, result)
}

// awarding is a check-in under way; its first error ends it.
type awarding struct {
	b        *bare
	tx       *sql.Tx
	customer id.ID
	now      time.Time
	day      clock.Day
	err      error
}

func (a *awarding) exec(ctx context.Context, query string, args ...any) {
	if a.err == nil {
		_, a.err = a.tx.ExecContext(ctx, query, args...)
	}
}

func (a *awarding) scan(ctx context.Context, into []any, query string, args ...any) {
	if a.err == nil {
		a.err = a.tx.QueryRowContext(ctx, query, args...).Scan(into...)
	}
}

func (a *awarding) lock() string {
	if a.b.w.MySQL == "" {
		return ""
	}
	return " FOR UPDATE"
}

func (a *awarding) give(ctx context.Context) {
	var held, streak int
	var birthday, store, rules any
	a.scan(ctx, []any{&held}, "SELECT 1 FROM members WHERE customer_id = ?"+a.lock(), a.customer)
	a.scan(ctx, []any{&streak}, "SELECT COUNT(*) FROM check_ins WHERE customer_id = ? AND day >= ? AND day <= ?", a.customer, string(a.day.Plus(-1)), string(a.day))
	a.scan(ctx, []any{&birthday, &store}, "SELECT birthday, store_id FROM customers WHERE id = ?", a.customer)
	a.scan(ctx, []any{&rules}, "SELECT MAX(definition) FROM earning_rules WHERE standing = 1 AND event = 'check_in'")
	a.scan(ctx, []any{&held}, "SELECT COUNT(*) FROM member_titles WHERE customer_id = ? AND ended_at IS NULL", a.customer)
	source := "checkin:" + string(a.day)
	a.exec(ctx, "INSERT INTO member_deeds (customer_id, event, source, at) VALUES (?, 'check_in', ?, ?)", a.customer, source, a.now.UnixMilli())
	a.award(ctx, award{ledger.Points, "check_in_points", "签到积分", source, ledger.TwoYears})
	a.award(ctx, award{ledger.GrowthParticipation, "check_in_growth", "签到成长值", source, ledger.RollingYear})
	a.look(ctx)
	a.exec(ctx, "INSERT INTO check_ins (customer_id, day, streak, points, created_at) VALUES (?, ?, 1, 1, ?)", a.customer, string(a.day), a.now)
}

// award is one unit that a rule gives.
type award struct {
	book         ledger.Book
	rule, reason string
	source       string
	life         ledger.Life
}

func (a *awarding) award(ctx context.Context, w award) {
	account, transfer := ledger.Of(w.book, a.customer).AccountID(), id.New()
	var available, lastN int64
	const open = "SELECT available, last_n FROM ledger_accounts WHERE id = ?"
	if a.scan(ctx, []any{&available, &lastN}, open+a.lock(), account); errors.Is(a.err, sql.ErrNoRows) {
		a.err = nil
		a.exec(ctx, "INSERT INTO ledger_accounts (id, book, owner_kind, owner_id, available, pending, held, debt, last_n, opened_at) VALUES (?, ?, 'customer', ?, 0, 0, 0, 0, 0, ?)",
			account, string(w.book), a.customer, a.now)
		a.scan(ctx, []any{&available, &lastN}, open+a.lock(), account)
	}
	ends, err := w.life.Ends(a.now, a.b.zone)
	a.err = errors.Join(a.err, err)
	a.exec(ctx, `INSERT INTO ledger_transfers (id, account_id, book, kind, amount, source, rule, ref_kind, reason, actor_kind, actor_id, at)
		VALUES (?, ?, ?, 'award', 1, ?, ?, 'check_in', ?, 'customer', ?, ?)`, transfer, account, string(w.book), w.source, w.rule, w.reason, a.customer, a.now)
	a.exec(ctx, "INSERT INTO ledger_entries (account_id, side, n, transfer_id, amount, balance, at) VALUES (?, 'available', ?, ?, 1, ?, ?)",
		account, lastN+1, transfer, available+1, a.now)
	a.exec(ctx, "INSERT INTO ledger_system_entries (transfer_id, account, amount) VALUES (?, 'issued', -1)", transfer)
	a.exec(ctx, "UPDATE ledger_accounts SET available = ?, last_n = ? WHERE id = ?", available+1, lastN+1, account)
	a.exec(ctx, "INSERT INTO ledger_lots (account_id, id, transfer_id, amount, remaining, expires_at, due_at, expired_at, created_at) VALUES (?, ?, ?, 1, 1, ?, ?, NULL, ?)",
		account, id.New(), transfer, ends.UnixMilli(), ends.UnixMilli(), a.now)
	a.exec(ctx, `INSERT INTO earning_grants (customer_id, rule_key, source, rule_version, book, amount, taken, transfer_id, subject, day, created_at)
		VALUES (?, ?, ?, 1, ?, 1, 0, ?, '', ?, ?)`, a.customer, w.rule, w.source, string(w.book), transfer, string(a.day), a.now)
}

// look reads what the level follows from, and notes when to look next; nobody here rises by one.
func (a *awarding) look(ctx context.Context) {
	spend, part := ledger.Of(ledger.GrowthSpend, a.customer).AccountID(), ledger.Of(ledger.GrowthParticipation, a.customer).AccountID()
	var growth, n int64
	var next *int64
	a.scan(ctx, []any{&n}, "SELECT COALESCE(MAX(n), 0) FROM level_rounds")
	a.scan(ctx, []any{&growth}, "SELECT SUM(available) FROM ledger_accounts WHERE id IN (?, ?)", spend, part)
	a.scan(ctx, []any{&next}, "SELECT MIN(due_at) FROM ledger_lots WHERE account_id IN (?, ?) AND due_at > ?", spend, part, a.now.UnixMilli())
	a.scan(ctx, []any{&growth}, "SELECT COUNT(*) FROM member_deeds WHERE customer_id = ?", a.customer)
	a.exec(ctx, "UPDATE members SET look_at = ?, rules_n = ?, version = version + 1 WHERE customer_id = ?", next, n, a.customer)
}
