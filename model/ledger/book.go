// Package ledger is the only code that can change a balance of points, fund, growth or goodwill. It
// keeps double entries: a transfer moves an amount of one book between the sides of owners' accounts
// and the system's accounts, its entries sum to zero and are never changed. Every number of an account
// can be recomputed from them; Verify does so.
package ledger

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/db"
)

// Book names a unit of account; amounts of different books never meet in one transfer.
type Book string

// The books (design.md 6). Growth is kept as three, since levels weigh them apart (F4).
const (
	Points              Book = "points"               // points
	Fund                Book = "fund"                 // home fund, fen
	GrowthSpend         Book = "growth_spend"         // growth value from money spent
	GrowthParticipation Book = "growth_participation" // growth value from taking part
	GrowthContribution  Book = "growth_contribution"  // growth value from friends, reviews, ideas
	StaffPoints         Book = "staff_points"         // points of staff (O3)
	Goodwill            Book = "goodwill"             // what front-line staff may spend on the spot, fen
)

// Books lists them all.
func Books() []Book {
	return []Book{Points, Fund, GrowthSpend, GrowthParticipation, GrowthContribution, StaffPoints, Goodwill}
}

// OwnerKind says what an owner is.
type OwnerKind string

// The kinds of owner.
const (
	Customer OwnerKind = "customer"
	Staff    OwnerKind = "staff"
)

// Owner is whom an account belongs to.
type Owner struct {
	Kind OwnerKind
	ID   id.ID
}

// Of names a customer's purse of a book, the most usual key.
func Of(book Book, customer id.ID) Key { return Key{book, Owner{Customer, customer}} }

// Key names an account: one owner has at most one in a book.
type Key struct {
	Book  Book
	Owner Owner
}

// AccountID is the id under which the account is kept. It follows from the key (a UUID of version 8),
// so that accounts are found and locked in one order without being looked up first.
func (k Key) AccountID() id.ID {
	sum := sha256.Sum256(append([]byte(string(k.Book)+"\x00"+string(k.Owner.Kind)+"\x00"), k.Owner.ID[:]...))
	i := id.ID(sum[:16])
	i[6], i[8] = i[6]&0x0f|0x80, i[8]&0x3f|0x80
	return i
}

// Side is a part of an owner's account; each has a balance and entries of its own.
type Side string

// The sides. Held plus available is what the owner has; pending is promised; debt is what was taken back
// after it had been spent, at most zero, and paid by what is earned next (G1).
const (
	Available Side = "available"
	Pending   Side = "pending"
	Held      Side = "held"
	Debt      Side = "debt"
)

// Account is an owner's account in a book. LastN counts its entries.
type Account struct {
	ID        id.ID `gorm:"primaryKey"`
	Book      Book
	OwnerKind OwnerKind
	OwnerID   id.ID
	Available int64
	Pending   int64
	Held      int64
	Debt      int64
	LastN     int64
	OpenedAt  time.Time
}

// TableName is the accounts' table.
func (Account) TableName() string { return "ledger_accounts" }

// Key names the account.
func (a Account) Key() Key { return Key{a.Book, Owner{a.OwnerKind, a.OwnerID}} }

func (a *Account) balance(s Side) *int64 {
	switch s {
	case Available:
		return &a.Available
	case Pending:
		return &a.Pending
	case Held:
		return &a.Held
	}
	return &a.Debt
}

// Tables lists the structs of this package for the schema check.
func Tables() []any {
	return []any{
		Account{}, Transfer{}, Entry{}, SystemEntry{}, Lot{}, Allocation{}, Promise{}, subject{}, Freeze{}, Hold{},
	}
}

// Ledger knows the zone in which months and years end. It holds nothing else.
type Ledger struct{ zone *time.Location }

// New makes the ledger of a company in its zone.
func New(zone *time.Location) *Ledger { return &Ledger{zone} }

// Set is the accounts that a transaction has locked. What it posts touches no other, so the order in
// which accounts are locked is decided in one place.
type Set struct {
	tx       *db.Tx
	zone     *time.Location
	accounts map[id.ID]*Account
}

// LockTx opens the accounts that do not exist yet and locks them all until the transaction ends, lowest
// id first. A use case that touches several owners names them in one call, after it has locked its
// subject (design.md 4).
func (l *Ledger) LockTx(ctx context.Context, tx *db.Tx, keys ...Key) (*Set, error) {
	wanted := make(map[id.ID]Key, len(keys))
	ids := make([]id.ID, 0, len(keys))
	for _, k := range keys {
		i := k.AccountID()
		if _, twice := wanted[i]; !twice {
			ids = append(ids, i)
		}
		wanted[i] = k
	}
	s := &Set{tx: tx, zone: l.zone, accounts: make(map[id.ID]*Account, len(ids))}
	if err := s.lock(ctx, ids); err != nil || len(s.accounts) == len(ids) {
		return s, err
	}
	for _, i := range ids { // a row that is not there cannot be locked: insert, then lock
		k := wanted[i]
		if s.accounts[i] != nil {
			continue
		}
		row := Account{ID: i, Book: k.Book, OwnerKind: k.Owner.Kind, OwnerID: k.Owner.ID, OpenedAt: tx.Now}
		if err := db.Insert(ctx, tx, &row); err != nil && !db.Duplicate(err) {
			return nil, fmt.Errorf("open account: %w", err)
		}
	}
	return s, s.lock(ctx, ids)
}

func (s *Set) lock(ctx context.Context, ids []id.ID) error {
	var rows []Account
	if err := s.tx.Lock(ctx).Where("id IN ?", ids).Order("id").Find(&rows).Error; err != nil {
		return fmt.Errorf("lock accounts: %w", err)
	}
	for i := range rows {
		s.accounts[rows[i].ID] = &rows[i]
	}
	return nil
}

// Account is the locked account of a key as it stands now.
func (s *Set) Account(k Key) (Account, error) {
	a, err := s.account(k)
	if err != nil {
		return Account{}, err
	}
	return *a, nil
}

func (s *Set) account(k Key) (*Account, error) { return s.byID(k.AccountID()) }

func (s *Set) byID(i id.ID) (*Account, error) {
	if a := s.accounts[i]; a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("account %s is not locked by this transaction", i)
}
