package identity_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	model "guike/model/identity"
	"guike/service/identity"
	"guike/testkit"
)

const phone1, phone2 = "13800138001", "13900139002"

func TestBindPhone(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		ctx := t.Context()
		who, other := w.customer(t, "o1"), w.customer(t, "o2")

		b, err := w.bind(ctx, who, phone1)
		require.NoError(t, err)
		require.Equal(t, identity.PhoneBound{Customer: who.ID, Changed: true}, b)
		me, err := w.customers.Me(ctx, who)
		require.NoError(t, err)
		require.Equal(t, phone1, me.Phone)
		require.NotContains(t, string(me.PhoneEnc), phone1)
		require.NotNil(t, me.PhoneBoundAt)

		b, err = w.bind(ctx, who, phone1)
		require.NoError(t, err)
		require.False(t, b.Changed, "the same number again changes nothing")

		_, err = w.bind(ctx, other, phone1)
		require.Equal(t, "phone.taken", fault.Code(err))

		b, err = w.bind(ctx, who, phone2)
		require.NoError(t, err)
		require.True(t, b.Rebound)
		_, err = w.bind(ctx, other, phone1)
		require.NoError(t, err, "a number that was given up is free")
	})
}

func TestMainlandPhone(t *testing.T) {
	t.Parallel()
	phone, err := identity.MainlandPhone("86", phone1)
	require.NoError(t, err)
	require.Equal(t, phone1, phone)
	for _, bad := range [][2]string{{"852", "91234567"}, {"86", "02112345678"}, {"1", phone1}} {
		_, err := identity.MainlandPhone(bad[0], bad[1])
		require.Equal(t, "phone.unsupported", fault.Code(err), bad)
	}
}

// entered makes a record as staff and the first project leave it: with a store, a home and a consent.
func entered(t *testing.T, w *customerWorld, store id.ID) (customer, home id.ID) {
	t.Helper()
	sales := staffActor(actor.Store, store)
	customer = w.enter(t, sales, "李明", phone1)
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		if _, err := w.customers.TieToStoreTx(ctx, tx, customer, store); err != nil {
			return err
		}
		h, err := w.homes.CreateTx(ctx, tx, sales, customer, someHome())
		home = h.ID
		if err != nil {
			return err
		}
		return db.Insert(ctx, tx, &model.Consent{
			CustomerID: customer, ID: id.New(), Policy: "privacy", Version: 1, Purpose: model.PurposePrivacy, Granted: true, At: tx.Now,
		})
	})
	return customer, home
}

func TestBindPhoneClaimsTheEnteredRecord(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		ctx, store := t.Context(), id.New()
		merged, home := entered(t, w, store)
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return model.ChangeCustomerTx(ctx, tx, merged, map[string]any{"birthday": "1990-05-20", "birthday_changed_at": tx.Now})
		})
		who := w.customer(t, "o1")
		b, err := w.bind(ctx, who, phone1)
		require.NoError(t, err)
		require.Equal(t, merged, b.Merged)
		require.False(t, b.EnteredBy.IsZero())

		me, err := w.customers.Me(ctx, who)
		require.NoError(t, err)
		require.Equal(t, "李明", me.Name)
		require.Equal(t, phone1, me.Phone)
		require.Equal(t, store, me.StoreID)
		role, err := w.homes.HomeRole(ctx, w.DB, who, home)
		require.NoError(t, err)
		require.Equal(t, model.HomeOwner, role)
		given, err := w.consents.ConsentGiven(ctx, w.DB, who.ID, model.PurposePrivacy)
		require.NoError(t, err)
		require.True(t, given)

		gone := w.row(t, merged)
		require.Equal(t, model.CustomerMerged, gone.Status)
		require.Equal(t, who.ID, gone.MergedInto)
		require.Nil(t, gone.PhoneEnc)
		require.Nil(t, gone.NameEnc)
		require.Zero(t, gone.Birthday)
		require.Nil(t, gone.BirthdayChangedAt)
		require.NotNil(t, w.row(t, who.ID).BirthdayChangedAt)

		found, err := w.customers.Read(ctx, staffActor(actor.All, id.ID{}), merged)
		require.NoError(t, err)
		require.Equal(t, who.ID, found.ID, "the old id leads to the record that lives")
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			living, err := w.customers.TieToStoreTx(ctx, tx, merged, id.New())
			require.Equal(t, who.ID, living.ID)
			require.Equal(t, store, living.StoreID, "a customer of a store stays with it")
			return err
		})
	})
}

func TestMergeKeepsTheStrongerMembership(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		_, home := entered(t, w, id.New())
		who := w.customer(t, "o1")
		w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return model.SetMemberTx(ctx, tx, model.HomeMember{
				CustomerID: who.ID, HomeID: home, Role: model.HomeGuest, Since: tx.Now, Until: new(tx.Now.Add(hours(24))),
			})
		})
		_, err := w.bind(t.Context(), who, phone1)
		require.NoError(t, err)
		seen, err := w.homes.Read(t.Context(), who, home)
		require.NoError(t, err)
		require.Equal(t, model.HomeOwner, seen.Role)
		require.Nil(t, seen.Until)
		require.Len(t, seen.Members, 1)
	})
}

func TestOnePhoneBoundByTwoAtOnce(t *testing.T) {
	t.Parallel()
	eachCustomerWorld(t, func(t *testing.T, w *customerWorld) {
		for round := range testkit.Rounds() {
			phone := fmt.Sprintf("137%08d", round)
			unclaimed := id.ID{}
			if round%2 == 1 { // every other round the two also claim the same entered record
				unclaimed = w.enter(t, staffActor(actor.All, id.ID{}), "王芳", phone)
			}
			rivals := []actor.Actor{w.customer(t, fmt.Sprintf("a%d", round)), w.customer(t, fmt.Sprintf("b%d", round))}
			var merged [2]id.ID
			errs := testkit.Race(2, func(i int) error {
				b, err := w.bind(t.Context(), rivals[i], phone)
				merged[i] = b.Merged
				return err
			})
			winner := 0
			if errs[0] != nil {
				winner = 1
			}
			require.NoError(t, errs[winner])
			require.Equal(t, "phone.taken", fault.Code(errs[1-winner]))
			require.Equal(t, unclaimed, merged[winner])
			require.True(t, merged[1-winner].IsZero())
			require.Nil(t, w.row(t, rivals[1-winner].ID).PhoneIdx)
		}
	})
}
