package main

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"guike/app"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/ledger"
	"guike/model/membership/level"
	"guike/service/care"
)

// A customer of a world of value has ten entries: eight of points, two of growth. One in dueEvery has points
// that expire tonight, one in staleEvery stands at a level that is not written yet.
const (
	entriesEach = 10
	dueEvery    = 20
	staleEvery  = 50
	giveRule    = "bench"
)

// deed is an entry of every customer's points: so many given or spent, so many days ago.
type deed struct {
	amount int64
	days   int
}

func deeds() []deed {
	return []deed{{100, 300}, {50, 290}, {70, 250}, {30, 200}, {-60, 150}, {45, 90}, {20, 60}, {-40, 30}}
}

// valueFill writes the members, accounts and entries of many customers straight into the store, as the ledger
// would have written them; verify is clean afterwards.
type valueFill struct {
	now     time.Time
	sqlite  bool
	store   id.ID
	rules   level.Rules
	out     *sql.Conn
	tables  map[string]*bytes.Buffer
	rows    map[string]int
	columns map[string]string
}

func valueColumns() map[string]string {
	return map[string]string{
		"customers":             "id, nickname, store_id, status, created_at, version",
		"members":               "customer_id, card_no, level, level_since, grace_until, look_at, rules_n, adviser_id, version, joined_at",
		"level_changes":         "customer_id, n, id, from_level, to_level, growth, why, reason_zh, reason_en, rules_n, at, noted_at",
		"ledger_accounts":       "id, book, owner_kind, owner_id, available, pending, held, debt, last_n, opened_at",
		"ledger_transfers":      "id, account_id, book, kind, amount, source, rule, corrects, reverses, ref_kind, ref_id, reason, actor_kind, actor_id, at",
		"ledger_entries":        "account_id, side, n, transfer_id, amount, balance, at",
		"ledger_system_entries": "transfer_id, account, amount",
		"ledger_lots":           "account_id, id, transfer_id, amount, remaining, expires_at, due_at, expired_at, created_at",
		"ledger_allocations":    "account_id, transfer_id, lot_id, origin_id, amount, restored",
	}
}

// fillValue makes a company and n customers with their value; say hears of the entries as they are written.
// It returns the customers.
func (w *world) fillValue(ctx context.Context, d *db.DB, c *clock.Manual, n int, say func(int)) (all []made, err error) {
	shop := identity.Store{ID: id.New(), Name: "徐汇旗舰店", City: "上海市", Open: true, CreatedAt: c.Now(), UpdatedAt: c.Now(), Version: 1}
	err = d.Tx(ctx, func(tx *db.Tx) error {
		if err := db.Insert(ctx, tx, &shop); err != nil {
			return err
		}
		return app.SeedTx(ctx, tx, care.New(d))
	})
	if err != nil {
		return nil, err
	}
	pool, done, err := d.Patient() // an index over all the rows takes longer to build than a request may
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	rules, err := level.RulesNow(ctx, d)
	if err != nil {
		return nil, err
	}
	f := &valueFill{
		rules: rules, now: c.Now(), sqlite: d.Dialect() == db.SQLite, store: shop.ID, out: conn,
		tables: map[string]*bytes.Buffer{}, rows: map[string]int{}, columns: valueColumns(),
	}
	type book struct {
		account id.ID
		of      int
		key     ledger.Key
	}
	books := make([]book, 0, 2*n)
	for i := range n {
		m := made{customer: id.New()}
		all = append(all, m)
		for _, b := range []ledger.Book{ledger.Points, ledger.GrowthSpend} {
			k := ledger.Of(b, m.customer)
			books = append(books, book{k.AccountID(), i, k})
		}
	}
	slices.SortFunc(books, func(a, b book) int { return cmp.Compare(string(a.account[:]), string(b.account[:])) })
	again, err := f.dropIndexes(ctx)
	if err != nil {
		return nil, err
	}
	err = f.batches(ctx, 3*n, func(i int) error {
		if i < n {
			f.person(i, all[i].customer)
			return nil
		}
		b := books[i-n]
		if b.key.Book == ledger.Points {
			say(len(deeds()))
			return f.points(b.key, b.of)
		}
		f.growth(b.key, b.of)
		say(entriesEach - len(deeds()))
		return nil
	})
	for _, statement := range again {
		if err == nil {
			_, err = f.out.ExecContext(ctx, statement)
		}
	}
	return all, err
}

// dropIndexes takes the indexes off that are not the tables' order, and returns the statements that put them
// back: rows that come in another order than an index make a page of it dirty each.
func (f *valueFill) dropIndexes(ctx context.Context) (again []string, err error) {
	for _, table := range slices.Sorted(maps.Keys(f.columns)) {
		drop, add, err := f.indexes(ctx, table)
		if err != nil {
			return nil, fmt.Errorf("indexes of %s: %w", table, err)
		}
		for _, statement := range drop {
			if _, err := f.out.ExecContext(ctx, statement); err != nil {
				return nil, err
			}
		}
		again = append(again, add...)
	}
	return again, nil
}

// indexes reads the indexes of a table as statements that drop and add them.
func (f *valueFill) indexes(ctx context.Context, table string) (drop, add []string, err error) {
	query := `SELECT CONCAT(' INDEX ', index_name), CONCAT(IF(non_unique, ' ADD INDEX ', ' ADD UNIQUE INDEX '), index_name, ' (', GROUP_CONCAT(column_name ORDER BY seq_in_index), ')')
		FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? AND index_name <> 'PRIMARY' GROUP BY index_name, non_unique`
	if f.sqlite {
		query = "SELECT 'DROP INDEX ' || name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
	}
	type index struct{ drop, add string }
	rows, err := f.out.QueryContext(ctx, query, table)
	all, err := collect(rows, err, func(i *index) []any { return []any{&i.drop, &i.add} })
	for _, i := range all {
		drop, add = append(drop, i.drop), append(add, i.add)
	}
	if err != nil || f.sqlite || len(all) == 0 {
		return drop, add, err
	}
	return []string{"ALTER TABLE " + table + " DROP" + strings.Join(drop, ", DROP")}, []string{"ALTER TABLE " + table + strings.Join(add, ",")}, nil
}

// batches runs write for 0 … n-1, some thousand in a transaction.
func (f *valueFill) batches(ctx context.Context, n int, write func(i int) error) error {
	begun := false
	for i := range n {
		if !begun {
			if _, err := f.out.ExecContext(ctx, "BEGIN"); err != nil {
				return err
			}
			begun = true
		}
		if err := write(i); err != nil {
			return err
		}
		if err := f.flush(ctx, insertRows); err != nil {
			return err
		}
		if i%5000 == 4999 || i == n-1 {
			if err := f.flush(ctx, 1); err != nil {
				return err
			}
			if _, err := f.out.ExecContext(ctx, "COMMIT"); err != nil {
				return err
			}
			begun = false
		}
	}
	return nil
}

// flush sends what waits of every table that has at least so many rows.
func (f *valueFill) flush(ctx context.Context, least int) error {
	for table, b := range f.tables {
		if f.rows[table] < least {
			continue
		}
		if _, err := f.out.ExecContext(ctx, b.String()); err != nil {
			return fmt.Errorf("fill %s: %w", table, err)
		}
		b.Reset()
		f.rows[table] = 0
	}
	return nil
}

// put adds a row of literals to a table's next statement.
func (f *valueFill) put(table string, values ...any) {
	b := f.tables[table]
	if b == nil {
		b = &bytes.Buffer{}
		f.tables[table] = b
	}
	if f.rows[table] == 0 {
		b.WriteString("INSERT INTO " + table + " (" + f.columns[table] + ") VALUES ")
	} else {
		b.WriteByte(',')
	}
	f.rows[table]++
	for i, v := range values {
		b.WriteByte("(,"[min(i, 1)])
		f.literal(b, v)
	}
	b.WriteByte(')')
}

// literal writes a value of ours; texts hold no quotes.
func (f *valueFill) literal(b *bytes.Buffer, v any) {
	switch v := v.(type) {
	case nil:
		b.WriteString("NULL")
	case id.ID:
		b.WriteString("x'")
		b.WriteString(hex.EncodeToString(v[:]))
		b.WriteByte('\'')
	case int:
		b.WriteString(strconv.Itoa(v))
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case time.Time:
		form := "2006-01-02 15:04:05.000"
		if f.sqlite {
			form = "2006-01-02 15:04:05.999999999-07:00" // as the driver writes it
		}
		b.WriteByte('\'')
		b.WriteString(v.UTC().Format(form))
		b.WriteByte('\'')
	default:
		b.WriteByte('\'')
		fmt.Fprint(b, v)
		b.WriteByte('\'')
	}
}

func (f *valueFill) ago(days int) time.Time {
	return f.now.AddDate(0, 0, -days).Truncate(time.Millisecond)
}

func (f *valueFill) person(i int, customer id.ID) {
	joined := f.ago(300)
	f.put("customers", customer, "小雨 "+strconv.Itoa(i), f.store, string(identity.CustomerActive), joined, 1)
	growth, at := f.level(i)
	if i%staleEvery == 0 { // the night gives them their level
		at = ""
	}
	since := any(joined)
	if at == "" {
		since = nil
	}
	f.put("members", customer, cardNo(i), at, since, nil, f.now.UnixMilli(), f.rules.N, nil, 1, joined)
	if at != "" {
		f.put("level_changes", customer, 1, id.New(), "", at, growth, "growth_rose", "成长值", "Growth", f.rules.N, joined, joined)
	}
}

// level is a customer's growth value, and the level that the rules give for it.
func (f *valueFill) level(i int) (growth int64, key string) {
	growth = f.rules.Ladder.Weights.Value(level.Parts{Spend: 2 * growthEach(i)})
	for _, s := range f.rules.Ladder.Steps {
		if growth >= s.From {
			key = s.Key
		}
	}
	return growth, key
}

// growthEach is what each of a customer's two payments gave in growth: a third of them have spent much.
func growthEach(i int) int64 {
	if i%3 == 0 {
		return int64(5_000 + i%60_000)
	}
	return int64(100 + i%400)
}

// cardNo is a card's number with its check digit (ISO/IEC 7812-1).
func cardNo(i int) string {
	digits := fmt.Sprintf("6%014d", i)
	sum := 0
	for at := range digits {
		d := int(digits[len(digits)-1-at] - '0')
		if at%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return digits + strconv.Itoa((10-sum%10)%10)
}

// points writes the eight entries of a customer's points. What is spent comes from the oldest lot.
func (f *valueFill) points(k ledger.Key, i int) error {
	account, zone := k.AccountID(), shanghai()
	var balance int64
	var first, firstLot id.ID
	for n, d := range deeds() {
		at := f.ago(d.days)
		t, kind, reason, system := id.New(), ledger.KindAward, "消费积分", ledger.Issued
		if d.amount < 0 {
			kind, reason, system = ledger.KindSpend, "积分兑换", ledger.Spent
		}
		balance += d.amount
		f.transfer(t, k, kind, max(d.amount, -d.amount), n, reason, at)
		f.put("ledger_entries", account, string(ledger.Available), n+1, t, d.amount, balance, at)
		f.put("ledger_system_entries", t, string(system), -d.amount)
		if d.amount < 0 {
			f.put("ledger_allocations", account, t, firstLot, t, d.amount, 0)
			continue
		}
		ends, err := ledger.TwoYears.Ends(at, zone)
		if err != nil {
			return err
		}
		if n < 2 && i%dueEvery == 0 {
			ends = f.now.Add(-time.Second).Truncate(time.Second)
		}
		if first.IsZero() {
			first, firstLot = t, id.New()
			f.put("ledger_lots", account, firstLot, t, d.amount, d.amount-f.spends(), ends.UnixMilli(), nil, nil, at)
			continue
		}
		f.put("ledger_lots", account, id.New(), t, d.amount, d.amount, ends.UnixMilli(), ends.UnixMilli(), nil, at)
	}
	f.put("ledger_accounts", account, string(k.Book), string(k.Owner.Kind), k.Owner.ID, balance, 0, 0, 0, len(deeds()), f.ago(300))
	return nil
}

// spends is how much every customer spent: all of the first lot.
func (f *valueFill) spends() (sum int64) {
	for _, d := range deeds() {
		sum -= min(d.amount, 0)
	}
	return sum
}

func (f *valueFill) transfer(t id.ID, k ledger.Key, kind ledger.Kind, amount int64, n int, reason string, at time.Time) {
	f.put("ledger_transfers", t, k.AccountID(), string(k.Book), string(kind), amount, "bench:"+strconv.Itoa(n), giveRule, nil, nil, "bench", nil, reason, "system", nil, at)
}

// growth writes two entries of growth value.
func (f *valueFill) growth(k ledger.Key, i int) {
	account, balance := k.AccountID(), int64(0)
	for n, days := range []int{250, 90} {
		amount := growthEach(i)
		at, t := f.ago(days), id.New()
		balance += amount
		f.transfer(t, k, ledger.KindAward, amount, n, "消费成长值", at)
		f.put("ledger_entries", account, string(ledger.Available), n+1, t, amount, balance, at)
		f.put("ledger_system_entries", t, string(ledger.Issued), -amount)
		ends := at.AddDate(0, 0, 365)
		f.put("ledger_lots", account, id.New(), t, amount, amount, ends.UnixMilli(), ends.UnixMilli(), nil, at)
	}
	f.put("ledger_accounts", account, string(k.Book), string(k.Owner.Kind), k.Owner.ID, balance, 0, 0, 0, 2, f.ago(250))
}
