package card_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	model "guike/model/membership/card"
	"guike/model/outbox"
	"guike/service/membership/card"
	"guike/testkit"
)

// disable has somebody leave the company.
func (w *world) disable(t *testing.T, who actor.Actor) {
	t.Helper()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		return identity.ChangeStaff(ctx, tx, who.ID, map[string]any{"disabled_at": tx.Now})
	})
}

// adviser is whom a customer has; the zero id for nobody.
func (w *world) adviser(t *testing.T, who actor.Actor) id.ID {
	t.Helper()
	a, err := w.AdviserOf(t.Context(), actor.Machine(), who.ID)
	require.NoError(t, err)
	if a == nil {
		return id.ID{}
	}
	return a.ID
}

func TestAnAdviserIsNamedByHand(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		boss, designer := w.boss(t), w.Staff(t, actor.Designer, w.store, actor.Store)
		set := func(who actor.Actor, customer, staff id.ID) error {
			_, err := w.SetAdviser(t.Context(), who, customer, staff)
			return err
		}
		require.NoError(t, set(boss, w.anna.ID, designer.ID))
		require.NoError(t, set(boss, w.anna.ID, designer.ID), "again changes nothing")
		require.Equal(t, designer.ID, w.adviser(t, w.anna))
		require.NoError(t, set(boss, w.anna.ID, w.till.ID))
		c, err := w.Mine(t.Context(), w.anna)
		require.NoError(t, err)
		require.Equal(t, card.Adviser{ID: w.till.ID, Name: "王小明", Role: actor.Sales}, *c.Adviser)

		var told int64
		require.NoError(t, w.DB.Conn(t.Context()).Model(&outbox.Event{}).Where("topic = ?", model.TopicAdviserNamed).Count(&told).Error)
		require.EqualValues(t, 2, told)
		rows, _, err := audit.Of(t.Context(), w.DB, "customer", w.anna.ID, db.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, rows, 2)

		elsewhere := w.Store(t)
		far, gone := w.Staff(t, actor.Designer, elsewhere, actor.Store), w.Staff(t, actor.Sales, w.store, actor.Store)
		w.disable(t, gone)
		testkit.Fails(t, set(boss, w.anna.ID, far.ID), "input.invalid", "body.staff_id", "unknown")
		testkit.Fails(t, set(boss, w.anna.ID, id.New()), "input.invalid", "body.staff_id", "unknown")
		testkit.Fails(t, set(boss, w.anna.ID, gone.ID), "input.invalid", "body.staff_id", "unknown")
		testkit.Fails(t, set(boss, w.anna.ID, w.Staff(t, actor.Installer, w.store, actor.Own).ID), "input.invalid", "body.staff_id", "not_allowed")
		testkit.Fails(t, set(boss, w.customer(t, elsewhere.ID).ID, designer.ID), "not_found")
		testkit.Fails(t, set(boss, id.New(), designer.ID), "not_found")

		w.disable(t, w.till)
		require.Zero(t, w.adviser(t, w.anna), "who left is not shown")
		c, err = w.Mine(t.Context(), w.anna)
		require.NoError(t, err)
		require.Nil(t, c.Adviser)
	})
}

// Members whose level promises an adviser get the one with the fewest members of their store, and keep them
// until they leave (F13).
func TestAdvisersAreNamedByLevel(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.climb(t, ladder(), 1)
		elsewhere := w.Store(t)
		d1, d2 := w.Staff(t, actor.Designer, w.store, actor.Store), w.Staff(t, actor.Designer, w.store, actor.Store)
		w.Staff(t, actor.Designer, elsewhere, actor.Store)
		w.disable(t, w.Staff(t, actor.Designer, w.store, actor.Store))
		gold := make([]actor.Actor, 5)
		for i := range gold {
			gold[i] = w.customer(t, w.store.ID)
			w.join(t, gold[i], "gold")
		}
		silver, homeless := w.customer(t, w.store.ID), w.customer(t, id.ID{})
		w.join(t, silver, "silver")
		w.join(t, homeless, "gold")
		_, err := w.SetAdviser(t.Context(), w.boss(t), gold[4].ID, w.till.ID)
		require.NoError(t, err)

		other := card.New(w.deps)
		errs := testkit.Together(
			func() error { return w.NameAdvisers(t.Context()) },
			func() error { return other.NameAdvisers(t.Context()) },
		)
		require.NoError(t, errors.Join(errs...))
		require.NoError(t, w.NameAdvisers(t.Context()), "whoever came second did nothing")
		got := map[id.ID]int{}
		for _, g := range gold[:4] {
			got[w.adviser(t, g)]++
		}
		require.Equal(t, map[id.ID]int{d1.ID: 2, d2.ID: 2}, got)
		require.Equal(t, w.till.ID, w.adviser(t, gold[4]), "by hand stays")
		require.Zero(t, w.adviser(t, silver))
		require.Zero(t, w.adviser(t, homeless), "who belongs to no store has nobody of it")
		office := w.Staff(t, actor.Designer, identity.Store{}, actor.All)
		require.NoError(t, w.NameAdvisers(t.Context()))
		require.Equal(t, office.ID, w.adviser(t, homeless), "but somebody of the head office")

		kept := map[int]id.ID{}
		for i, g := range gold {
			kept[i] = w.adviser(t, g)
		}
		w.disable(t, d1)
		w.disable(t, w.till)
		w.Clock.Advance(48 * time.Hour)
		_, err = w.SetAdviser(t.Context(), w.boss(t), silver.ID, d2.ID)
		require.NoError(t, err)
		w.disable(t, d2)
		d3 := w.Staff(t, actor.Designer, w.store, actor.Store)
		require.NoError(t, w.NameAdvisers(t.Context()))
		for i, g := range gold {
			require.Equal(t, d3.ID, w.adviser(t, g), "gold %d had %s", i, kept[i])
		}
		require.Zero(t, w.adviser(t, silver))
		advisers, err := model.Advisers(t.Context(), w.DB)
		require.NoError(t, err)
		require.ElementsMatch(t, []id.ID{office.ID, d3.ID}, advisers, "who is gone is nobody's")
	})
}
