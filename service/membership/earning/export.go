package earning

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/ledger"
)

const (
	// maxExport bounds the lines of one table.
	maxExport = 20_000
	// maxSpan bounds the days of one table.
	maxSpan = 3 * 366
)

// Span is the days of a statement, both of them in it. Empty days mean the last 366 up to today.
type Span struct{ From, To clock.Day }

var errLong = fault.New(fault.Invalid, "statement.too_long",
	"该期间的流水超过 20000 条,请缩短期间。", "There are more than 20,000 lines in this time; ask for less of it.")

// ExportMine writes a customer's own statement of a book as a table for spreadsheets. Errors: input.invalid;
// statement.too_long.
func (s *Service) ExportMine(ctx context.Context, customer id.ID, book ledger.Book, in Span) ([]byte, error) {
	return s.export(ctx, customer, book, in)
}

// Export is ExportMine on behalf of staff within whose reach the customer is; it is audited (I14). Errors:
// not_found; input.invalid; statement.too_long.
func (s *Service) Export(ctx context.Context, who actor.Actor, customer id.ID, book ledger.Book, in Span) ([]byte, error) {
	c, err := identity.FindCustomer(ctx, s.d.DB, who, customer)
	if err != nil {
		return nil, err
	}
	table, err := s.export(ctx, c.ID, book, in)
	if err != nil {
		return nil, err
	}
	return table, s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		return audit.RecordTx(ctx, tx, who, audit.Entry{
			Action: "value.statement_exported", Kind: "customer", Subject: c.ID, Detail: map[string]any{"book": book, "from": in.From, "to": in.To},
		})
	})
}

// export reads the statement of a span from one state of the store: what there was before, every line, and
// what there is after, so that it adds up whatever is posted meanwhile.
func (s *Service) export(ctx context.Context, customer id.ID, book ledger.Book, in Span) (table []byte, err error) {
	in, err = in.checked(s.day(s.d.DB.Now()))
	if err != nil {
		return nil, err
	}
	k, span := ledger.Of(book, customer), [2]time.Time{in.From.Start(s.d.Zone), in.To.Plus(1).Start(s.d.Zone)}
	err = s.d.DB.Snapshot(ctx, func(r db.Reader) error {
		opening, err := ledger.BalanceBefore(ctx, r, k, ledger.Available, span[0])
		if err != nil {
			return err
		}
		lines, err := ledger.Between(ctx, r, k, ledger.Available, span, maxExport+1)
		if err != nil {
			return err
		}
		if len(lines) > maxExport {
			return errLong
		}
		if err := explain(ctx, r, lines); err != nil {
			return err
		}
		table, err = s.table(sheet{book, in, opening, lines})
		return err
	})
	return table, err
}

func (in Span) checked(today clock.Day) (Span, error) {
	if in.To == "" {
		in.To = today
	}
	if in.From == "" {
		in.From = in.To.Plus(-365)
	}
	for at, d := range map[string]clock.Day{"from": in.From, "to": in.To} {
		if _, err := clock.ParseDay(string(d)); err != nil {
			return in, fault.Broken("query."+at, "malformed", "须为日期,如 2026-11-23。", "It is a day such as 2026-11-23.")
		}
	}
	if in.From > in.To || in.To.Since(in.From) > maxSpan {
		return in, fault.Broken("query.from", "out_of_range", "起始日须在截止日之前,期间不超过三年。", "The first day is not after the last, and at most three years before it.")
	}
	return in, nil
}

// sheet is what a table is made of.
type sheet struct {
	book    ledger.Book
	span    Span
	opening int64
	lines   []ledger.Line
}

// table writes a sheet as CSV with a byte order mark, so that spreadsheets read it as UTF-8.
func (s *Service) table(in sheet) ([]byte, error) {
	out := bytes.NewBufferString("\ufeff")
	w := csv.NewWriter(out)
	row := func(at, what, reason, amount, balance, ref string) error {
		return w.Write([]string{at, what, cell(reason), amount, balance, ref})
	}
	rows := [][]string{{"时间", "类型", "事由", "变动", "余额", "流水号"}, {string(in.span.From), "期初余额", "", "", in.number(in.opening), ""}}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write statement: %w", err)
	}
	closing, added, taken, words := in.opening, int64(0), int64(0), reasons()
	for _, l := range in.lines {
		closing += l.Amount
		added, taken = added+max(l.Amount, 0), taken+min(l.Amount, 0)
		at := l.At.In(s.d.Zone).Format("2006-01-02 15:04:05")
		if err := row(at, words[l.Kind], l.Reason, in.number(l.Amount), in.number(closing), l.TransferID.String()); err != nil {
			return nil, fmt.Errorf("write statement: %w", err)
		}
	}
	rows = [][]string{
		{"", "增加合计", "", in.number(added), "", ""},
		{"", "减少合计", "", in.number(taken), "", ""},
		{string(in.span.To), "期末余额", "", in.number(added + taken), in.number(closing), ""},
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write statement: %w", err)
	}
	return out.Bytes(), nil
}

// number writes an amount in the unit in which people read the book: yuan for the fund.
func (in sheet) number(n int64) string {
	if in.book != ledger.Fund {
		return strconv.FormatInt(n, 10)
	}
	return wording.Yuan(n)
}

// cell makes a text safe for a spreadsheet, which would take what begins like a formula for one.
func cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r|", rune(text[0])) {
		return "'" + text
	}
	return text
}
