package level_test

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
	model "guike/model/membership/level"
	"guike/model/outbox"
	"guike/service/membership/level"
	"guike/testkit"
	"guike/testkit/homekit"
)

// world is a home whose owner climbs a ladder of three steps: silver from 100 on, kept for 10 days, gold from
// 1000 on, kept for 20.
type world struct {
	*homekit.World
	*level.Service
	books *ledger.Ledger
	anna  actor.Actor
}

func ladder() model.Plan {
	told := []model.Benefit{{Kind: model.Service, NameZH: "免费测量", NameEN: "Measuring free of charge", Times: 1, Period: model.PerYear}}
	return model.Plan{Weights: model.Weights{Spend: 10_000, Participation: 10_000, Contribution: 10_000}, Steps: []model.Step{
		{Key: "bronze", NameZH: "铜卡会员", NameEN: "Bronze", Benefits: told},
		{Key: "silver", NameZH: "银卡会员", NameEN: "Silver", From: 100, GraceDays: 10, Priority: 1, Benefits: told},
		{Key: "gold", NameZH: "金卡会员", NameEN: "Gold", From: 1000, GraceDays: 20, Priority: 2, Benefits: told},
	}}
}

func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	w := &world{World: homekit.New(t, k), Service: level.New(level.Deps{DB: k.DB, Zone: testkit.Zone}), books: ledger.New(testkit.Zone)}
	w.anna = w.Owner
	k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		if err := model.AddLadderTx(ctx, tx, &model.Ladder{Version: 1, Plan: ladder()}); err != nil {
			return err
		}
		return level.SeedTx(ctx, tx)
	})
	return w
}

// each runs fn in a world on every store at hand and asserts books and levels at its end.
func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		fn(t, w)
		testkit.Books(t, k.DB)
		w.sound(t)
	})
}

func (w *world) sound(t *testing.T) {
	t.Helper()
	found, err := model.Verify(t.Context(), w.DB, w.DB.Now())
	require.NoError(t, err)
	require.Empty(t, found)
}

// growTx gives growth for a year, and looks.
func (w *world) growTx(ctx context.Context, tx *db.Tx, who actor.Actor, amount int64) error {
	purse := ledger.Of(ledger.GrowthSpend, who.ID)
	if _, err := membership.JoinTx(ctx, tx, who.ID); err != nil {
		return err
	}
	set, err := w.books.LockTx(ctx, tx, purse)
	if err != nil {
		return err
	}
	_, err = set.Award(ctx, ledger.Award{To: purse, Amount: amount, Life: ledger.RollingYear, Cause: ledger.Cause{Source: "test:" + id.New().String(), Rule: "test", By: actor.Machine()}})
	if err != nil {
		return err
	}
	return w.LookTx(ctx, tx, who, who.ID)
}

func (w *world) grow(t *testing.T, who actor.Actor, amount int64) {
	t.Helper()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error { return w.growTx(ctx, tx, who, amount) })
}

func (w *world) deed(t *testing.T, who actor.Actor, event string, n int) {
	t.Helper()
	for range n {
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return membership.AddDeedTx(ctx, tx, membership.Deed{CustomerID: who.ID, Event: event, Source: id.New().String(), At: tx.Now.UnixMilli()})
		})
	}
	w.look(t, who)
}

func (w *world) look(t *testing.T, who actor.Actor) {
	t.Helper()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error { return w.LookTx(ctx, tx, who, who.ID) })
}

func (w *world) standing(t *testing.T, who actor.Actor) model.Standing {
	t.Helper()
	s, err := model.StandingOf(t.Context(), w.DB, who.ID, w.DB.Now())
	require.NoError(t, err)
	return s
}

// at is the level that is shown.
func (w *world) at(t *testing.T, who actor.Actor) string {
	t.Helper()
	if s := w.standing(t, who); s.Level != nil {
		return s.Level.Key
	}
	return ""
}

// written is the level that is stored.
func (w *world) written(t *testing.T, who actor.Actor) string {
	t.Helper()
	m, err := membership.MemberOf(t.Context(), w.DB, who.ID)
	require.NoError(t, err)
	return m.Level
}

// history lists the levels that a customer came to, oldest first.
func (w *world) history(t *testing.T, who actor.Actor) (to []string) {
	t.Helper()
	rows, _, err := w.Changes(t.Context(), who.ID, db.Page{Limit: 100})
	require.NoError(t, err)
	for i := range rows {
		to = append(to, rows[len(rows)-1-i].ToLevel)
	}
	return to
}

// told counts the events of a topic that a customer is owed.
func (w *world) told(t *testing.T, topic string, who actor.Actor) (n int) {
	t.Helper()
	var rows []outbox.Event
	require.NoError(t, w.DB.Conn(t.Context()).Where("topic = ?", topic).Find(&rows).Error)
	for _, e := range rows {
		var in struct {
			CustomerID id.ID `json:"customer_id"`
		}
		require.NoError(t, e.Decode(&in))
		if in.CustomerID == who.ID {
			n++
		}
	}
	return n
}

func (w *world) titles(t *testing.T, who actor.Actor) (keys []string) {
	t.Helper()
	for _, h := range w.standing(t, who).Titles {
		keys = append(keys, h.Key)
	}
	return keys
}

// expire takes off what the ledger's job would.
func (w *world) expire(t *testing.T) {
	t.Helper()
	for more := true; more; {
		w.Tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
			_, more, err = w.books.ExpireDueTx(ctx, tx, 50)
			return err
		})
	}
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
