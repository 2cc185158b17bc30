package settings_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/model/db"
	"guike/model/settings"
	"guike/testkit"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx := t.Context()
		_, ok, err := settings.Get(ctx, k.DB, "demo.plan")
		require.NoError(t, err)
		require.False(t, ok, "nothing is kept yet")

		for _, value := range []string{"first", "second", "second", ""} {
			k.Clock.Advance(time.Second)
			k.Tx(t, func(ctx context.Context, tx *db.Tx) error { return settings.PutTx(ctx, tx, "demo.plan", value) })
			got, ok, err := settings.Get(ctx, k.DB, "demo.plan")
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, value, got)
		}
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			_, ok, err := settings.LockTx(ctx, tx, "demo.customers")
			require.NoError(t, err)
			require.False(t, ok, "another name holds nothing")
			_, ok, err = settings.LockTx(ctx, tx, "demo.plan")
			require.True(t, ok)
			return err
		})
		differences, err := db.Differences(ctx, k.DB, settings.Tables()...)
		require.NoError(t, err)
		require.Empty(t, differences)
	})
}

func TestTheFirstValueIsAddedOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		add := func(value string) error {
			return k.DB.Tx(t.Context(), func(tx *db.Tx) error { return settings.AddTx(t.Context(), tx, "demo.plan", value) })
		}
		require.NoError(t, add("first"))
		require.True(t, db.Duplicate(add("second")), "whoever is second has to look again")
		value, _, err := settings.Get(t.Context(), k.DB, "demo.plan")
		require.NoError(t, err)
		require.Equal(t, "first", value)
	})
}
