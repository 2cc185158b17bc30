package earning_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	"guike/model/membership"
	"guike/model/outbox"
	"guike/service/membership/earning"
	"guike/testkit"
	"guike/testkit/homekit"
)

// world is a home whose members earn by the rules that the house begins with.
type world struct {
	*homekit.World
	*earning.Service
	l *ledger.Ledger
}

func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	w := &world{World: homekit.New(t, k), l: ledger.New(testkit.Zone)}
	w.Service = w.instance()
	k.Tx(t, earning.SeedTx)
	return w
}

// instance is another application over the same store.
func (w *world) instance() *earning.Service {
	return earning.New(earning.Deps{DB: w.DB, Ledger: w.l, Zone: testkit.Zone})
}

// each runs fn in a world on every store at hand and asserts the books at its end.
func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		fn(t, newWorld(t, k))
		testkit.Books(t, k.DB)
	})
}

// give awards an amount of a book by hand.
func (w *world) give(t *testing.T, who actor.Actor, book ledger.Book, in ledger.Award) {
	t.Helper()
	in.To = ledger.Of(book, who.ID)
	in.Cause = ledger.Cause{Source: "test:" + id.New().String(), Rule: "test", By: actor.Machine(), Reason: "开业礼", RefKind: "test"}
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		s, err := w.l.LockTx(ctx, tx, in.To)
		require.NoError(t, err)
		_, err = s.Award(ctx, in)
		return err
	})
}

func (w *world) balance(t *testing.T, who actor.Actor, book ledger.Book) ledger.Balance {
	t.Helper()
	b, err := ledger.BalanceOf(t.Context(), w.DB, ledger.Of(book, who.ID), w.DB.Now())
	require.NoError(t, err)
	return b
}

// owed lists the events of a topic, oldest first.
func (w *world) owed(t *testing.T, topic string) (all []membership.ValueMoved) {
	t.Helper()
	var rows []outbox.Event
	require.NoError(t, w.DB.Conn(t.Context()).Where("topic = ?", topic).Order("created_at, id").Find(&rows).Error)
	for _, e := range rows {
		var v membership.ValueMoved
		require.NoError(t, e.Decode(&v))
		all = append(all, v)
	}
	return all
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
