package earning

import (
	"context"
	"strings"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/ledger"
	"guike/model/membership"
	model "guike/model/membership/earning"
	"guike/model/project"
)

// Statement lists what changed the available amount of a customer's book, newest first, each with its reason
// in words. What vested says for what it had been promised.
func (s *Service) Statement(ctx context.Context, customer id.ID, book ledger.Book, p db.Page) ([]ledger.Line, db.Cursor, error) {
	rows, next, err := ledger.Statement(ctx, s.d.DB, ledger.Of(book, customer), ledger.Available, p)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	return rows, next, explain(ctx, s.d.DB, rows)
}

// Debt is what a customer owes in a book, 0 or less; the lines of a page of its statement know it.
func (s *Service) Debt(ctx context.Context, customer id.ID, book ledger.Book, page []ledger.Line) (int64, error) {
	if len(page) > 0 {
		return page[0].Debt, nil
	}
	return ledger.DebtOf(ctx, s.d.DB, ledger.Of(book, customer))
}

// explain gives each line its reason in words.
func explain(ctx context.Context, r db.Reader, rows []ledger.Line) error {
	var promised []id.ID
	for _, l := range rows {
		if l.RefKind == refPromise {
			promised = append(promised, l.RefID)
		}
	}
	origins, err := model.Transfers(ctx, r, promised)
	if err != nil {
		return err
	}
	words := reasons()
	for i := range rows {
		l := &rows[i]
		if o, ok := origins[l.RefID]; ok && l.RefKind == refPromise {
			l.RefKind, l.RefID = o.RefKind, o.RefID
			l.Reason = o.Reason + "(" + words[l.Kind] + ")"
		}
		if l.Reason == "" {
			l.Reason = words[l.Kind]
		}
	}
	return nil
}

// refPromise is what transfers refer to that vest a promise.
const refPromise = "promise"

// reasons are what a line says whose transfer was given no reason.
func reasons() map[ledger.Kind]string {
	return map[ledger.Kind]string{
		ledger.KindAward: "获得", ledger.KindPromise: "待生效", ledger.KindVest: "已生效", ledger.KindCancel: "已取消",
		ledger.KindSpend: "使用", ledger.KindRestore: "退回", ledger.KindExpire: "到期失效", ledger.KindTakeBack: "收回",
		ledger.KindHold: "冻结", ledger.KindCapture: "使用冻结额度", ledger.KindRelease: "解除冻结", ledger.KindReversal: "冲正",
		ledger.KindMove: "账户合并转入", ledger.KindSettle: "抵扣欠额",
	}
}

// The kinds of things that a promise waits for.
const (
	WaitsForStage      = "stage"
	WaitsForCompletion = "completion"
	WaitsForDay        = "day"
	WaitsForEvent      = "event"
)

// Waiting is what a customer is promised and cannot use yet: how much, for what, until when, and whether
// an open complaint keeps it back (feature 3).
type Waiting struct {
	Amount       int64
	Reason       string
	For          string
	ProjectID    id.ID
	ProjectTitle string
	Stage        string
	StageZH      string
	StageEN      string
	At           *time.Time
	Frozen       bool
	FrozenZH     string
	FrozenEN     string
	Since        time.Time
}

// Purse is what a customer has in a book, and what they wait for: the oldest hundred promises.
type Purse struct {
	ledger.Balance
	Waiting []Waiting
}

// Purse reads what a customer has in a book, and what is promised.
func (s *Service) Purse(ctx context.Context, customer id.ID, book ledger.Book) (Purse, error) {
	k := ledger.Of(book, customer)
	b, err := ledger.BalanceOf(ctx, s.d.DB, k, s.d.DB.Now())
	if err != nil || b.Pending == 0 {
		return Purse{Balance: b}, err
	}
	open, err := ledger.Promised(ctx, s.d.DB, k)
	if err != nil {
		return Purse{}, err
	}
	waiting, err := s.waiting(ctx, open)
	return Purse{b, waiting}, err
}

func (s *Service) waiting(ctx context.Context, open []ledger.Promise) ([]Waiting, error) {
	ids, subjects := make([]id.ID, 0, len(open)), make([]string, 0, len(open))
	var sites []id.ID
	for _, p := range open {
		ids, subjects = append(ids, p.TransferID), append(subjects, p.Subject)
		if i, ok := siteOf(p.Subject); ok {
			sites = append(sites, i)
		}
	}
	origins, err := model.Transfers(ctx, s.d.DB, ids)
	if err != nil {
		return nil, err
	}
	frozen, err := model.Frozen(ctx, s.d.DB, subjects)
	if err != nil {
		return nil, err
	}
	stages, err := project.StagesOf(ctx, s.d.DB, sites)
	if err != nil {
		return nil, err
	}
	names, err := project.TitlesOf(ctx, s.d.DB, sites)
	if err != nil {
		return nil, err
	}
	all := make([]Waiting, 0, len(open))
	for _, p := range open {
		w := Waiting{Amount: p.Remaining, Reason: origins[p.TransferID].Reason, Since: p.CreatedAt}
		w.ProjectID, _ = siteOf(p.Subject)
		w.ProjectTitle = names[w.ProjectID]
		w.until(p, stages[w.ProjectID])
		w.freeze(frozen[p.Subject])
		all = append(all, w)
	}
	return all, nil
}

// siteOf reads the project out of the name of a promise's subject.
func siteOf(subject string) (id.ID, bool) {
	text, ok := strings.CutPrefix(subject, "project:")
	if !ok {
		return id.ID{}, false
	}
	i, err := id.Parse(text)
	return i, err == nil
}

func (w *Waiting) until(p ledger.Promise, stages []project.Stage) {
	if p.VestAt != nil {
		at := time.UnixMilli(*p.VestAt).UTC()
		w.For, w.At = WaitsForDay, &at
	}
	stage, ok := strings.CutPrefix(p.Event, "stage.")
	switch {
	case ok:
		w.For, w.Stage = WaitsForStage, stage
		if at := project.StageAt(stages, stage); at >= 0 {
			w.StageZH, w.StageEN = stages[at].NameZH, stages[at].NameEN
		}
	case p.Event == EventCompleted:
		w.For = WaitsForCompletion
	case p.Event != "" || w.For == "":
		w.For = WaitsForEvent
	}
}

func (w *Waiting) freeze(causes []string) {
	if len(causes) == 0 {
		return
	}
	w.Frozen, w.FrozenZH, w.FrozenEN = true, "暂缓生效", "It is kept back for now."
	if strings.HasPrefix(causes[0], "complaint:") {
		w.FrozenZH, w.FrozenEN = "投诉处理中,处理完成后生效", "A complaint is open; it vests when the complaint is settled."
	}
}

// Worth is a customer's value on one page, for staff.
type Worth struct {
	CustomerID id.ID
	Member     membership.Member
	Titles     []string
	Purses     []BookPurse
}

// BookPurse is a Purse with its book.
type BookPurse struct {
	Book ledger.Book
	Purse
}

// Worth shows a customer's value to staff within whose reach they are. Errors: not_found.
func (s *Service) Worth(ctx context.Context, who actor.Actor, customer id.ID) (Worth, error) {
	c, err := identity.FindCustomer(ctx, s.d.DB, who, customer)
	if err != nil {
		return Worth{}, err
	}
	w := Worth{CustomerID: c.ID}
	if w.Member, err = membership.MemberOf(ctx, s.d.DB, c.ID); err != nil {
		return w, err
	}
	if w.Titles, err = titles(ctx, s.d.DB, c.ID, s.d.DB.Now()); err != nil {
		return w, err
	}
	for _, b := range model.Books() {
		p, err := s.Purse(ctx, c.ID, b)
		if err != nil {
			return w, err
		}
		w.Purses = append(w.Purses, BookPurse{b, p})
	}
	return w, nil
}

// StatementFor is Statement on behalf of staff within whose reach the customer is. Errors: not_found;
// input.invalid at query.book.
func (s *Service) StatementFor(ctx context.Context, who actor.Actor, in Asked) ([]ledger.Line, db.Cursor, error) {
	c, err := identity.FindCustomer(ctx, s.d.DB, who, in.CustomerID)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	return s.Statement(ctx, c.ID, in.Book, in.Page)
}

// Asked is a page of a customer's statement that staff ask for.
type Asked struct {
	CustomerID id.ID
	Book       ledger.Book
	Page       db.Page
}
