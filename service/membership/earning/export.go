package earning

import (
	"context"
	"strconv"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/sheet"
	"guike/internal/wording"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/ledger"
)

// maxExport bounds the lines of one table.
const maxExport = 20_000

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
	if in.From, in.To, err = wording.CheckSpan(in.From, in.To, s.day(s.d.DB.Now())); err != nil {
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
		owed, err := ledger.BalanceBefore(ctx, r, k, ledger.Debt, span[1])
		if err != nil {
			return err
		}
		table, err = s.table(statement{book, in, opening, lines, owed})
		return err
	})
	return table, err
}

// statement is what a table is made of.
type statement struct {
	book    ledger.Book
	span    Span
	opening int64
	lines   []ledger.Line
	debt    int64 // at the end
}

func (s *Service) table(in statement) ([]byte, error) {
	rows := [][]string{{"时间", "类型", "事由", "变动", "余额", "流水号"}, {string(in.span.From), "期初余额", "", "", in.number(in.opening), ""}}
	closing, added, taken, words := in.opening, int64(0), int64(0), reasons()
	for _, l := range in.lines {
		closing += l.Amount
		added, taken = added+max(l.Amount, 0), taken+min(l.Amount, 0)
		at := l.At.In(s.d.Zone).Format("2006-01-02 15:04:05")
		rows = append(rows, []string{at, words[l.Kind], sheet.Safe(l.Reason), in.number(l.Amount), in.number(closing), l.TransferID.String()})
	}
	rows = append(rows,
		[]string{"", "增加合计", "", in.number(added), "", ""},
		[]string{"", "减少合计", "", in.number(taken), "", ""},
		[]string{string(in.span.To), "期末余额", "", in.number(added + taken), in.number(closing), ""},
	)
	if zh, _ := (ledger.Balance{Debt: in.debt}).Owed(in.book); zh != "" {
		rows = append(rows, []string{string(in.span.To), "期末欠额", zh, "", in.number(in.debt), ""})
	}
	return sheet.Table(rows)
}

// number writes an amount in the unit in which people read the book: yuan for the fund.
func (in statement) number(n int64) string {
	if in.book != ledger.Fund {
		return strconv.FormatInt(n, 10)
	}
	return wording.Yuan(n)
}
