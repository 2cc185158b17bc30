package identity_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	model "guike/model/identity"
	"guike/model/once"
	service "guike/service/identity"
	"guike/testkit"
)

func newKeys(t *testing.T, k *testkit.Kit) *service.Keys {
	t.Helper()
	blind, err := crypt.NewBlind(make([]byte, crypt.KeyBytes))
	require.NoError(t, err)
	return service.NewKeys(k.DB, blind, slog.New(slog.DiscardHandler))
}

func TestWrongAPIKeysLockTheirAddress(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		keys, twin := newKeys(t, k), newKeys(t, k)
		made, _, err := keys.Create(t.Context(), actor.Machine(), once.Key{}, service.KeyForm{Name: "ERP", Scopes: []string{"erp.status"}})
		require.NoError(t, err)
		guess := func(address string) error {
			_, err := keys.Verify(service.WithMeta(t.Context(), service.Meta{Address: address}), "gk_"+strings.ReplaceAll(id.New().String(), "-", "")+made.Secret[35:])
			return err
		}
		codes := map[string]int{}
		for _, err := range testkit.Race(30, func(i int) error {
			if i%2 == 0 {
				return guess("198.51.100.7")
			}
			_, err := twin.Verify(service.WithMeta(t.Context(), service.Meta{Address: "::ffff:198.51.100.7"}), "nonsense")
			return err
		}) {
			codes[fault.Code(err)]++
		}
		require.Equal(t, map[string]int{"apikey.invalid": 9, "apikey.locked": 21}, codes, "of any number at once nine are answered")
		f, _ := fault.Of(guess("198.51.100.7"))
		require.Equal(t, 15*time.Minute, f.RetryAfter)
		_, err = keys.Verify(service.WithMeta(t.Context(), service.Meta{Address: "198.51.100.7"}), made.Secret)
		require.NoError(t, err, "a right key is let in")
		require.Equal(t, "apikey.locked", fault.Code(guess("198.51.100.7")), "which forgives nothing")
		require.Equal(t, "apikey.invalid", fault.Code(guess("198.51.100.8")), "a neighbour")

		for n := range 12 { // one subscriber holds many addresses
			code := "apikey.invalid"
			if n >= 9 {
				code = "apikey.locked"
			}
			require.Equal(t, code, fault.Code(guess(fmt.Sprintf("2001:db8:1:2::%d", n+1))))
		}
		require.Equal(t, "apikey.invalid", fault.Code(guess("2001:db8:1:3::1")))
		k.Clock.Advance(15 * time.Minute)
		require.Equal(t, "apikey.invalid", fault.Code(guess("198.51.100.7")))

		var kept []map[string]any
		require.NoError(t, k.DB.Conn(t.Context()).Table("sign_in_failures").Find(&kept).Error)
		require.NotContains(t, fmt.Sprint(kept), "198.51.100", "no address is kept")
	})
}

func TestAPIKeys(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, keys := t.Context(), newKeys(t, k)
		store := k.Store(t)
		admin := k.Staff(t, actor.Admin, model.Store{}, actor.All)
		form := service.KeyForm{Name: " 工厂 ERP ", Scopes: []string{"erp.status", "erp.shipments", "erp.status"}, StoreID: store.ID, ExpiresAt: k.Clock.Now().Add(time.Hour)}
		key := once.Of("k", "create", form)
		made, replayed, err := keys.Create(ctx, admin, key, form)
		require.NoError(t, err)
		require.False(t, replayed)
		require.Regexp(t, `^gk_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$`, made.Secret)
		again, replayed, err := keys.Create(ctx, admin, key, form)
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, made.ID, again.ID)
		require.Empty(t, again.Secret, "the secret is shown once")

		who, err := keys.Verify(ctx, made.Secret)
		require.NoError(t, err)
		require.Equal(t, actor.Actor{Kind: actor.Key, ID: made.ID, Name: "工厂 ERP", StoreID: store.ID, Scope: actor.Store, Grants: "erp.shipments,erp.status"}, who)
		require.True(t, who.Holds("erp.status"))
		require.False(t, who.Holds("erp"))

		rows, _, err := keys.List(ctx, db.Page{Limit: 20})
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.Equal(t, "erp", rows[0].Source)
		require.Equal(t, k.Clock.Now(), *rows[0].LastUsedAt)
		require.NotContains(t, string(rows[0].SecretHash), made.Secret, "the store knows no secret")

		first := k.Clock.Now()
		k.Clock.Advance(30 * time.Second)
		_, err = keys.Verify(ctx, made.Secret)
		require.NoError(t, err)
		row, err := model.APIKeyByID(ctx, k.DB, made.ID)
		require.NoError(t, err)
		require.Equal(t, first, *row.LastUsedAt, "noted once a minute")

		k.Clock.Advance(time.Hour)
		_, err = keys.Verify(ctx, made.Secret)
		require.Equal(t, "apikey.invalid", fault.Code(err), "expired")
		log, _, err := audit.Of(ctx, k.DB, "api_key", made.ID, db.Page{Limit: 20})
		require.NoError(t, err)
		require.Len(t, log, 1)
		require.Equal(t, "apikey.created", log[0].Action)
		require.NotContains(t, log[0].Detail, made.Secret)
	})
}

func TestWrongAPIKeys(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, keys := t.Context(), newKeys(t, k)
		made, _, err := keys.Create(ctx, actor.Machine(), once.Key{}, service.KeyForm{Name: "ERP", Scopes: []string{"erp.status"}})
		require.NoError(t, err)
		other, _, err := keys.Create(ctx, actor.Machine(), once.Key{}, service.KeyForm{Name: "WMS", Scopes: []string{"erp.shipments"}})
		require.NoError(t, err)
		for name, secret := range map[string]string{
			"nothing":               "",
			"an access token":       "eyJhbGciOiJIUzI1NiJ9.e30.x",
			"too short":             made.Secret[:len(made.Secret)-1],
			"too long":              made.Secret + "x",
			"another prefix":        "sk_" + made.Secret[3:],
			"no id":                 "gk_" + strings.Repeat("z", 32) + made.Secret[35:],
			"an id of nothing":      "gk_" + strings.ReplaceAll(id.New().String(), "-", "") + made.Secret[35:],
			"the secret of another": made.Secret[:35] + other.Secret[35:],
			"capitals":              strings.ToUpper(made.Secret),
		} {
			_, err := keys.Verify(ctx, secret)
			require.Equal(t, "apikey.invalid", fault.Code(err), name)
		}
		_, err = keys.Verify(ctx, made.Secret)
		require.NoError(t, err)
	})
}

func TestRevokedAPIKeyIsOutAtOnceEverywhere(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		ctx, here, there := t.Context(), newKeys(t, k), newKeys(t, k)
		made, _, err := here.Create(ctx, actor.Machine(), once.Key{}, service.KeyForm{Name: "ERP", Scopes: []string{"erp.status"}})
		require.NoError(t, err)
		_, err = there.Verify(ctx, made.Secret)
		require.NoError(t, err)
		for range 2 {
			row, err := here.Revoke(ctx, actor.Machine(), made.ID)
			require.NoError(t, err)
			require.NotNil(t, row.RevokedAt)
		}
		_, err = there.Verify(ctx, made.Secret)
		require.Equal(t, "apikey.invalid", fault.Code(err))
		_, err = here.Revoke(ctx, actor.Machine(), id.New())
		require.Equal(t, fault.Missing(), err)
		log, _, err := audit.Of(ctx, k.DB, "api_key", made.ID, db.Page{Limit: 20})
		require.NoError(t, err)
		require.Len(t, log, 2, "created, and revoked once")
	})
}

func TestBadAPIKeyForms(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		keys := newKeys(t, k)
		for name, c := range map[string]struct {
			change func(*service.KeyForm)
			at     string
		}{
			"no name":           {func(f *service.KeyForm) { f.Name = " " }, "body.name"},
			"no scope":          {func(f *service.KeyForm) { f.Scopes = nil }, "body.scopes"},
			"an unknown scope":  {func(f *service.KeyForm) { f.Scopes = []string{"erp.*"} }, "body.scopes"},
			"an unknown store":  {func(f *service.KeyForm) { f.StoreID = id.New() }, "body.store_id"},
			"expired already":   {func(f *service.KeyForm) { f.ExpiresAt = k.Clock.Now() }, "body.expires_at"},
			"expires in 9999":   {func(f *service.KeyForm) { f.ExpiresAt = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }, "body.expires_at"},
			"a source in words": {func(f *service.KeyForm) { f.Source = "工厂" }, "body.source"},
		} {
			form := service.KeyForm{Name: "ERP", Scopes: []string{"erp.status"}}
			c.change(&form)
			_, _, err := keys.Create(t.Context(), actor.Machine(), once.Key{}, form)
			f, ok := fault.Of(err)
			require.True(t, ok, name)
			require.Equal(t, c.at, f.Fields[0].Location, name)
		}
	})
}
