package reward_test

import (
	"context"
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	"guike/model/membership"
	model "guike/model/membership/reward"
	"guike/model/outbox"
	"guike/service/membership/level"
	"guike/service/membership/reward"
	"guike/testkit"
)

// world is a company with a catalogue, somebody who works there, and a customer.
type world struct {
	*testkit.Kit
	*reward.Service
	books *ledger.Ledger
	files *files
	boss  actor.Actor
	anna  actor.Actor
}

func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	w := &world{Kit: k, books: ledger.New(testkit.Zone), files: &files{}, anna: customer()}
	w.Service = reward.New(reward.Deps{DB: k.DB, Zone: testkit.Zone, Ledger: w.books, Links: w.files, Files: w.files, Entropy: rand.Reader})
	k.Tx(t, level.SeedTx)
	w.boss = k.Staff(t, actor.StoreManager, k.Store(t), actor.Store)
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

func customer() actor.Actor { return actor.Actor{Kind: actor.Customer, ID: id.New()} }

// files shows every picture and remembers which row has which.
type files struct{ bound map[id.ID]id.ID }

// Links shows every picture.
func (*files) Links(_ context.Context, _ db.Reader, wanted []id.ID) (map[id.ID]reward.Picture, error) {
	all := map[id.ID]reward.Picture{}
	for _, f := range wanted {
		all[f] = reward.Picture{URL: "/" + f.String(), ThumbURL: "/t/" + f.String()}
	}
	return all, nil
}

// AttachTx binds.
func (f *files) AttachTx(_ context.Context, _ *db.Tx, _ actor.Actor, ids []id.ID, _ string, ref id.ID) error {
	if f.bound == nil {
		f.bound = map[id.ID]id.ID{}
	}
	for _, i := range ids {
		f.bound[i] = ref
	}
	return nil
}

// ReleaseTx frees all but those to keep.
func (f *files) ReleaseTx(_ context.Context, _ *db.Tx, _ string, ref id.ID, keep []id.ID) error {
	kept := map[id.ID]bool{}
	for _, i := range keep {
		kept[i] = true
	}
	for i, of := range f.bound {
		if of == ref && !kept[i] {
			delete(f.bound, i)
		}
	}
	return nil
}

// form is a gift of 50 points, of which a stock is had.
func form(stock int64) reward.Form {
	return reward.Form{
		Kind: model.Gift, TitleZH: "手冲壶", TitleEN: "Kettle", Price: 50, Stock: &stock, UseDays: 30, CancelDays: 7, PointsBack: true,
	}
}

// offer puts a reward into the catalogue.
func (w *world) offer(t *testing.T, f reward.Form) id.ID {
	t.Helper()
	s, _, err := w.Add(t.Context(), w.boss, once0, f)
	require.NoError(t, err)
	_, err = w.Publish(t.Context(), w.boss, s.ID)
	require.NoError(t, err)
	return s.ID
}

// give awards points that live for so long.
func (w *world) give(t *testing.T, who actor.Actor, points int64, life ledger.Life) {
	t.Helper()
	purse := ledger.Of(ledger.Points, who.ID)
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		set, err := w.books.LockTx(ctx, tx, purse)
		if err != nil {
			return err
		}
		_, err = set.Award(ctx, ledger.Award{To: purse, Amount: points, Life: life, Cause: ledger.Cause{Source: "gift:" + id.New().String(), Rule: "test", By: actor.Machine()}})
		return err
	})
}

// rich is a new customer with points.
func (w *world) rich(t *testing.T, points int64) actor.Actor {
	t.Helper()
	who := customer()
	w.give(t, who, points, ledger.TwoYears)
	return who
}

func (w *world) redeem(t *testing.T, who actor.Actor, of id.ID, quantity int64) (reward.Order, error) {
	t.Helper()
	o, _, err := w.Redeem(t.Context(), who, reward.NewRedemption{RewardID: of, Quantity: quantity})
	return o, err
}

func (w *world) redeemed(t *testing.T, who actor.Actor, of id.ID) reward.Order {
	t.Helper()
	o, err := w.redeem(t, who, of, 1)
	require.NoError(t, err)
	return o
}

func (w *world) use(t *testing.T, o reward.Order) error {
	t.Helper()
	_, _, err := w.Use(t.Context(), w.boss, o.Code, once0)
	return err
}

func (w *world) cancel(t *testing.T, who actor.Actor, o reward.Order) error {
	t.Helper()
	_, _, err := w.CancelMine(t.Context(), who, o.ID, once0)
	return err
}

func (w *world) points(t *testing.T, who actor.Actor) int64 {
	t.Helper()
	b, err := ledger.BalanceOf(t.Context(), w.DB, ledger.Of(ledger.Points, who.ID), w.DB.Now())
	require.NoError(t, err)
	return b.Available
}

func (w *world) stock(t *testing.T, of id.ID) int64 {
	t.Helper()
	r, err := model.ByID(t.Context(), w.DB, of)
	require.NoError(t, err)
	return *r.Stock
}

// join makes somebody a member at a level.
func (w *world) join(t *testing.T, who actor.Actor, level string, titles ...string) {
	t.Helper()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		if _, err := membership.JoinTx(ctx, tx, who.ID); err != nil {
			return err
		}
		for _, title := range titles {
			if err := db.Insert(ctx, tx, &membership.Title{CustomerID: who.ID, ID: id.New(), Title: title, Source: "test", GrantedAt: tx.Now}); err != nil {
				return err
			}
		}
		return tx.Conn(ctx).Model(&membership.Member{}).Where("customer_id = ?", who.ID).UpdateColumn("level", level).Error
	})
}

// told lists what a redemption's customer was told of it, in order.
func (w *world) told(t *testing.T, o reward.Order) (states []string) {
	t.Helper()
	var rows []outbox.Event
	require.NoError(t, w.DB.Conn(t.Context()).Where("topic = ?", membership.TopicRedeemed).Order("id").Find(&rows).Error)
	for _, e := range rows {
		var in membership.Redeemed
		require.NoError(t, e.Decode(&in))
		if in.RedemptionID == o.ID {
			states = append(states, in.State)
		}
	}
	return states
}

// untouched runs fn, which is refused, and asserts that nothing has moved.
func (w *world) untouched(t *testing.T, of id.ID, who actor.Actor, fn func() error) error {
	t.Helper()
	var before, after int64
	count := func(n *int64) {
		require.NoError(t, w.DB.Conn(t.Context()).Model(&ledger.Transfer{}).Count(n).Error)
	}
	stock, points := w.stock(t, of), w.points(t, who)
	count(&before)
	err := fn()
	count(&after)
	require.Error(t, err)
	require.Equal(t, before, after, "no transfer")
	require.Equal(t, stock, w.stock(t, of))
	require.Equal(t, points, w.points(t, who))
	return err
}
