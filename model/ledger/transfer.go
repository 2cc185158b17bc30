package ledger

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
)

// Kind says what a transfer does.
type Kind string

// The kinds of transfer.
const (
	KindAward    Kind = "award"    // issued → available; pays a debt first
	KindPromise  Kind = "promise"  // issued → pending
	KindVest     Kind = "vest"     // pending → available
	KindCancel   Kind = "cancel"   // pending → issued
	KindSpend    Kind = "spend"    // available → spent
	KindRestore  Kind = "restore"  // spent → available, into the lots it came from
	KindExpire   Kind = "expire"   // available → expired
	KindTakeBack Kind = "takeback" // pending, available, then debt → issued
	KindHold     Kind = "hold"     // available → held
	KindCapture  Kind = "capture"  // held → spent
	KindRelease  Kind = "release"  // held → available
	KindReversal Kind = "reversal" // the exact opposite of an earlier transfer
	KindMove     Kind = "move"     // one owner's account → another's, when two records turn out to be one person
	KindSettle   Kind = "settle"   // available → debt
)

// System names an account of the company itself: it has entries but no balance row, so that nothing is
// hot, and it may go below zero.
type System string

// The system's accounts.
const (
	Issued   System = "issued"   // where awards come from and what is taken back goes
	Spent    System = "spent"    // where spent amounts go
	Expired  System = "expired"  // where lots go that expired
	Adjusted System = "adjusted" // the other side of corrections by staff
	Opening  System = "opening"  // the other side of balances that were imported
)

// MaxAmount bounds what one transfer moves, and a hundredfold what an account holds.
const MaxAmount = 1_000_000_000_000

// Cause says why a transfer is made. (account, Source, Rule) is unique: the same cause is never posted
// twice by the same rule. Reason is a sentence for the owner, without personal data.
type Cause struct {
	Source  string // what happened: "payment:<id>"
	Rule    string // what makes it give or take: an earning rule's id, or a word of the house
	RefKind string // what a reader of the statement may open: "project", "redemption"
	RefID   id.ID
	Reason  string
	By      actor.Actor
}

// Transfer is one movement. AccountID is the beneficiary's account, by which its cause is unique.
type Transfer struct {
	ID        id.ID `gorm:"primaryKey"`
	AccountID id.ID
	Book      Book
	Kind      Kind
	Amount    int64
	Source    string
	Rule      string
	Corrects  id.ID // the earlier transfer that this one takes back, restores, captures or releases in part
	Reverses  id.ID // the earlier transfer that this one undoes as a whole; unique
	RefKind   string
	RefID     id.ID
	Reason    string
	ActorKind actor.Kind
	ActorID   id.ID
	At        time.Time
}

// TableName is the transfers' table.
func (Transfer) TableName() string { return "ledger_transfers" }

// Entry is a transfer's effect on one side of an owner's account; Balance is the side's balance after it.
type Entry struct {
	AccountID  id.ID `gorm:"primaryKey"`
	Side       Side  `gorm:"primaryKey"`
	N          int64 `gorm:"primaryKey;autoIncrement:false"`
	TransferID id.ID
	Amount     int64
	Balance    int64
	At         time.Time
}

// TableName is the entries' table.
func (Entry) TableName() string { return "ledger_entries" }

// SystemEntry is a transfer's effect on an account of the system.
type SystemEntry struct {
	TransferID id.ID  `gorm:"primaryKey"`
	Account    System `gorm:"primaryKey"`
	Amount     int64
}

// TableName is the system entries' table.
func (SystemEntry) TableName() string { return "ledger_system_entries" }

// Posted is what a posting leaves behind. First is false when the cause had been posted before with the
// same amount, and nothing was done.
type Posted struct {
	Transfer id.ID
	Amount   int64
	First    bool
}

var errDiffers = fault.New(fault.Conflict, "ledger.cause_differs",
	"同一笔业务已按不同的数额入账。", "The same cause was posted before with another amount.")

// leg is what a draft does to one side of a locked account.
type leg struct {
	account *Account
	side    Side
	amount  int64
}

// draft is a transfer before it is posted.
type draft struct {
	kind     Kind
	owner    *Account // whose cause it is
	amount   int64
	cause    Cause
	corrects id.ID
	reverses id.ID
	legs     []leg
	system   System // takes the opposite of what the legs sum up to
}

// known tells whether the cause was posted before. The account is locked, so no rival can post it now.
func (s *Set) known(ctx context.Context, a *Account, c Cause, amount int64) (Posted, bool, error) {
	var t Transfer
	err := s.tx.Conn(ctx).Where("account_id = ? AND source = ? AND rule = ?", a.ID, c.Source, c.Rule).Take(&t).Error
	switch {
	case db.Missing(err):
		return Posted{}, false, nil
	case err != nil:
		return Posted{}, false, fmt.Errorf("look for cause: %w", err)
	case t.Amount != amount:
		return Posted{}, false, errDiffers
	}
	return Posted{t.ID, t.Amount, false}, true, nil
}

// post writes a transfer, its entries and the balances after it. A draft whose amount is not positive,
// whose legs repeat a side or that would leave a balance on the wrong side of zero is a bug of the
// caller, since the use cases of this package look first.
func (s *Set) post(ctx context.Context, d draft) (Posted, error) {
	if d.amount < 1 || d.amount > MaxAmount || d.cause.Source == "" || d.cause.Rule == "" {
		return Posted{}, fmt.Errorf("%s of %d by %q/%q cannot be posted", d.kind, d.amount, d.cause.Source, d.cause.Rule)
	}
	t := Transfer{
		ID: id.New(), AccountID: d.owner.ID, Book: d.owner.Book, Kind: d.kind, Amount: d.amount,
		Source: d.cause.Source, Rule: d.cause.Rule, Corrects: d.corrects, Reverses: d.reverses,
		RefKind: d.cause.RefKind, RefID: d.cause.RefID, Reason: d.cause.Reason,
		ActorKind: d.cause.By.Kind, ActorID: d.cause.By.ID, At: s.tx.Now,
	}
	if err := db.Insert(ctx, s.tx, &t); err != nil {
		return Posted{}, fmt.Errorf("post %s: %w", d.kind, err)
	}
	entries, sum, err := s.enter(t, d.legs)
	if err != nil {
		return Posted{}, err
	}
	if err := s.tx.Conn(ctx).Create(&entries).Error; err != nil {
		return Posted{}, fmt.Errorf("post entries: %w", err)
	}
	if err := s.counter(ctx, t, d.system, -sum); err != nil {
		return Posted{}, err
	}
	return Posted{t.ID, t.Amount, true}, s.keepBalances(ctx, d.legs)
}

// enter moves the balances of the locked accounts and makes the entries that say so.
func (s *Set) enter(t Transfer, legs []leg) (entries []Entry, sum int64, err error) {
	for _, l := range legs {
		if l.amount == 0 {
			continue
		}
		if l.account.Book != t.Book {
			return nil, 0, fmt.Errorf("a transfer of %s cannot touch %s", t.Book, l.account.Book)
		}
		b := l.account.balance(l.side)
		*b += l.amount
		if wrong(l.side, *b) {
			return nil, 0, fmt.Errorf("%s of %d would leave %d on side %s", t.Kind, t.Amount, *b, l.side)
		}
		l.account.LastN++
		sum += l.amount
		entries = append(entries, Entry{
			AccountID: l.account.ID, Side: l.side, N: l.account.LastN, TransferID: t.ID, Amount: l.amount, Balance: *b, At: t.At,
		})
	}
	return entries, sum, nil
}

func wrong(s Side, balance int64) bool {
	if s == Debt {
		return balance > 0 || balance < -100*MaxAmount
	}
	return balance < 0 || balance > 100*MaxAmount
}

// counter books what the owners' legs leave open on the system's account.
func (s *Set) counter(ctx context.Context, t Transfer, account System, amount int64) error {
	switch {
	case amount == 0 && account == "":
		return nil
	case amount == 0 || account == "":
		return fmt.Errorf("%s of %d is not balanced: %d on %q", t.Kind, t.Amount, amount, account)
	}
	if err := db.Insert(ctx, s.tx, &SystemEntry{TransferID: t.ID, Account: account, Amount: amount}); err != nil {
		return fmt.Errorf("post system entry: %w", err)
	}
	return nil
}

func (s *Set) keepBalances(ctx context.Context, legs []leg) error {
	kept := map[id.ID]bool{}
	for _, l := range legs {
		a := l.account
		if kept[a.ID] {
			continue
		}
		kept[a.ID] = true
		done := s.tx.Conn(ctx).Model(&Account{}).Where("id = ?", a.ID).UpdateColumns(map[string]any{
			"available": a.Available, "pending": a.Pending, "held": a.Held, "debt": a.Debt, "last_n": a.LastN,
		})
		if done.Error != nil {
			return fmt.Errorf("keep balance: %w", done.Error)
		}
		if done.RowsAffected != 1 {
			return fmt.Errorf("account %s is gone", a.ID)
		}
	}
	return nil
}

// transfer reads an earlier transfer of a book.
func (s *Set) transfer(ctx context.Context, i id.ID) (Transfer, error) {
	var t Transfer
	err := s.tx.Conn(ctx).Where("id = ?", i).Take(&t).Error
	return t, db.OrMissing(err, "read transfer")
}

// corrected sums what transfers of a kind took of an earlier one.
func (s *Set) corrected(ctx context.Context, kind Kind, of id.ID) (int64, error) {
	var sum int64
	err := s.tx.Conn(ctx).Model(&Transfer{}).Where("corrects = ? AND kind = ?", of, kind).
		Select("COALESCE(SUM(amount), 0)").Scan(&sum).Error
	if err != nil {
		return 0, fmt.Errorf("sum corrections: %w", err)
	}
	return sum, nil
}
