package card_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/ledger"
	"guike/model/membership"
	model "guike/model/membership/card"
	"guike/model/once"
	"guike/service/membership/card"
	"guike/testkit"
)

// once0 asks for no idempotency.
var once0 = once.Key{}

// world is a company with a store, somebody at its till, and a customer of it.
type world struct {
	*testkit.Kit
	*card.Service
	deps  card.Deps
	store identity.Store
	till  actor.Actor
	anna  actor.Actor
}

func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	key := bytes.Repeat([]byte("k"), crypt.KeyBytes)
	box, err := crypt.NewBox([]crypt.Key{{ID: "t", Secret: key}})
	require.NoError(t, err)
	blind, err := crypt.NewBlind(key)
	require.NoError(t, err)
	w := &world{Kit: k, store: k.Store(t)}
	w.deps = card.Deps{DB: k.DB, Zone: testkit.Zone, Box: box, Blind: blind, Guests: guests{k.DB}, Concerns: worries{}}
	w.Service = card.New(w.deps)
	w.till = k.Staff(t, actor.Sales, w.store, actor.Store)
	w.anna = w.customer(t, w.store.ID)
	return w
}

// each runs fn in a world on every store at hand and asserts the books at its end.
func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		fn(t, newWorld(t, k))
		testkit.Books(t, k.DB)
	})
}

// customer enters somebody who belongs to a store.
func (w *world) customer(t *testing.T, store id.ID) actor.Actor {
	t.Helper()
	c := identity.Customer{ID: id.New(), Nickname: "安娜", Status: identity.CustomerActive, StoreID: store, CreatedAt: w.Clock.Now(), Version: 1}
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error { return db.Insert(ctx, tx, &c) })
	return actor.Actor{Kind: actor.Customer, ID: c.ID}
}

// guests shows customers by their nickname.
type guests struct{ db *db.DB }

// Guest finds a customer, also one whose record was merged.
func (g guests) Guest(ctx context.Context, _ actor.Actor, customer id.ID) (card.Guest, error) {
	c, err := identity.FindCustomer(ctx, g.db, actor.Machine(), customer)
	return card.Guest{ID: c.ID, Nickname: c.Nickname, Name: "安*"}, err
}

// worries has one for everybody.
type worries struct{}

// ConcernsOf tells of a complaint.
func (worries) ConcernsOf(context.Context, db.Reader, id.ID) ([]card.Concern, error) {
	return []card.Concern{{Kind: "complaint", Text: "投诉处理中"}}, nil
}

// code makes a code for the till.
func (w *world) code(t *testing.T, who actor.Actor) card.Code {
	t.Helper()
	c, _, err := w.NewCode(t.Context(), who, once0)
	require.NoError(t, err)
	return c
}

func (w *world) scan(t *testing.T, code string) (card.Visit, error) {
	t.Helper()
	v, _, err := w.Scan(t.Context(), w.till, code, once0)
	return v, err
}

// join makes somebody a member at a level.
func (w *world) join(t *testing.T, who actor.Actor, level string) membership.Member {
	t.Helper()
	var m membership.Member
	w.Tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		if m, err = membership.JoinTx(ctx, tx, who.ID); err != nil {
			return err
		}
		m.Level = level
		return tx.Conn(ctx).Model(&membership.Member{}).Where("customer_id = ?", who.ID).UpdateColumn("level", level).Error
	})
	return m
}

// give awards an amount of a book.
func (w *world) give(t *testing.T, who actor.Actor, book ledger.Book, amount int64, life ledger.Life) {
	t.Helper()
	purse := ledger.Of(book, who.ID)
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		set, err := ledger.New(testkit.Zone).LockTx(ctx, tx, purse)
		if err != nil {
			return err
		}
		_, err = set.Award(ctx, ledger.Award{To: purse, Amount: amount, Life: life, Cause: ledger.Cause{Source: "gift:" + id.New().String(), Rule: "test", By: actor.Machine()}})
		return err
	})
}

// codes reads the codes of a customer, newest first.
func (w *world) codes(t *testing.T, who actor.Actor) []model.TillCode {
	t.Helper()
	rows, err := model.Recent(t.Context(), w.DB, who.ID, 1000)
	require.NoError(t, err)
	return rows
}
