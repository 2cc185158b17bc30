package identity_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/cache"
	"guike/model/db"
	models "guike/model/identity"
	"guike/service/identity"
	"guike/testkit"
)

// visit opens a customer's session.
func (o *office) visit(t testing.TB, customer id.ID) identity.Tokens {
	t.Helper()
	var pair identity.Tokens
	o.Tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		pair, err = o.sessions.Open(ctx, tx, actor.Customer, customer, identity.Meta{})
		return err
	})
	return pair
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := newOffice(t, k)
		ctx := t.Context()
		customer := id.New()
		first := o.visit(t, customer)
		require.EqualValues(t, 1800, first.ExpiresIn)

		second, err := o.sessions.Refresh(ctx, actor.Customer, first.Refresh)
		require.NoError(t, err)
		require.NotEqual(t, first.Refresh, second.Refresh)
		require.Equal(t, first.SessionID, second.SessionID)

		k.Clock.Advance(identity.RefreshGrace)
		third, err := o.sessions.Refresh(ctx, actor.Customer, first.Refresh)
		require.NoError(t, err, "a network repeats within the grace")
		require.Equal(t, first.SessionID, third.SessionID)
		for _, pair := range []identity.Tokens{second, third} {
			_, err = o.sessions.Refresh(ctx, actor.Customer, pair.Refresh)
			require.NoError(t, err, "both answers are good")
		}

		k.Clock.Advance(time.Millisecond)
		_, err = o.sessions.Refresh(ctx, actor.Customer, first.Refresh)
		requireCode(t, "session.reused", err)
		_, err = o.sessions.Verify(ctx, third.Access)
		requireCode(t, "session.revoked", err)
		_, err = o.sessions.Refresh(ctx, actor.Customer, third.Refresh)
		requireCode(t, "session.revoked", err)
	})
}

func TestRefreshRefuses(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := newOffice(t, k)
		ctx := t.Context()
		pair := o.visit(t, id.New())
		for _, token := range []string{"", "nonsense", pair.Access} {
			_, err := o.sessions.Refresh(ctx, actor.Customer, token)
			requireCode(t, "token.invalid", err)
		}
		_, err := o.sessions.Refresh(ctx, actor.Staff, pair.Refresh)
		requireCode(t, "token.invalid", err)

		k.Clock.Advance(identity.CustomerLifetime - time.Millisecond)
		pair, err = o.sessions.Refresh(ctx, actor.Customer, pair.Refresh)
		require.NoError(t, err, "the lifetime slides")
		k.Clock.Advance(identity.CustomerLifetime)
		_, err = o.sessions.Refresh(ctx, actor.Customer, pair.Refresh)
		requireCode(t, "session.revoked", err)

		k.Clock.Advance(25 * time.Hour)
		gone, err := o.sessions.Prune(ctx, 100)
		require.NoError(t, err)
		require.EqualValues(t, 2, gone, "the tokens; the session is kept for another month")
		k.Clock.Advance(identity.CustomerLifetime)
		gone, err = o.sessions.Prune(ctx, 100)
		require.NoError(t, err)
		require.EqualValues(t, 1, gone)
	})
}

func TestRefreshUnderRivals(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := newOffice(t, k)
		ctx := t.Context()
		customer := id.New()
		for round := range testkit.Rounds() {
			pair := o.visit(t, customer)
			answers := make([]identity.Tokens, 10)
			errs := atOnce(len(answers), func(i int) (err error) {
				answers[i], err = o.sessions.Refresh(ctx, actor.Customer, pair.Refresh)
				return err
			})
			require.NoError(t, errors.Join(errs...), "round %d", round)
			for _, a := range answers {
				require.Equal(t, pair.SessionID, a.SessionID)
				_, err := o.sessions.Verify(ctx, a.Access)
				require.NoError(t, err)
			}
			errs = atOnce(len(answers), func(i int) error {
				_, err := o.sessions.Refresh(ctx, actor.Customer, answers[i].Refresh)
				return err
			})
			require.NoError(t, errors.Join(errs...), "every answer can be used, round %d", round)
			live, err := models.LiveSessions(ctx, k.DB, actor.Customer, customer)
			require.NoError(t, err)
			require.Len(t, live, round+1, "one family each")
		}
	})
}

func TestLogout(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := newOffice(t, k)
		ctx := t.Context()
		customer := id.New()
		pair, other := o.visit(t, customer), o.visit(t, customer)
		who, err := o.sessions.Verify(ctx, pair.Access)
		require.NoError(t, err)
		require.Equal(t, actor.Actor{Kind: actor.Customer, ID: customer, SessionID: pair.SessionID}, who)
		require.NoError(t, o.sessions.Logout(ctx, who))
		require.NoError(t, o.sessions.Logout(ctx, who))
		_, err = o.sessions.Verify(ctx, pair.Access)
		requireCode(t, "session.revoked", err)
		_, err = o.sessions.Standing(ctx, who)
		requireCode(t, "session.revoked", err)
		_, err = o.sessions.Verify(ctx, other.Access)
		require.NoError(t, err)

		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return o.sessions.RevokeAllTx(ctx, tx, actor.Customer, customer, models.WhyDeleted)
		})
		_, err = o.sessions.Verify(ctx, other.Access)
		requireCode(t, "session.revoked", err)
	})
}

func TestRevocationReachesOtherInstances(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		here := newOffice(t, k)
		there := officeOver(t, k, here.cache)
		ctx := t.Context()
		pair := here.visit(t, id.New())
		who, err := here.sessions.Verify(ctx, pair.Access)
		require.NoError(t, err)
		_, err = there.sessions.Verify(ctx, pair.Access)
		require.NoError(t, err)
		require.NoError(t, here.sessions.Logout(ctx, who))
		_, err = here.sessions.Verify(ctx, pair.Access)
		requireCode(t, "session.revoked", err)
		k.Clock.Advance(time.Second)
		_, err = there.sessions.Verify(ctx, pair.Access)
		requireCode(t, "session.revoked", err)
	})
}

// away is a cache that never answers.
type away struct{}

func (away) Session(context.Context, id.ID) (cache.Entry, bool, error) {
	return cache.Entry{}, false, cache.ErrAway
}
func (away) PutSession(context.Context, cache.Entry) error { return cache.ErrAway }
func (away) DropSessions(context.Context, ...id.ID) error  { return cache.ErrAway }

// forgetful is a cache whose drops are lost, as when Redis was away just then.
type forgetful struct{ *cache.Cache }

func (forgetful) DropSessions(context.Context, ...id.ID) error { return cache.ErrAway }

func TestRevocationWithoutCache(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		o := newOffice(t, k)
		ctx := t.Context()
		for name, c := range map[string]identity.SessionCache{"away": away{}, "lost drop": forgetful{o.cache}} {
			here, err := identity.NewSessions(k.DB, c, ring, discard)
			require.NoError(t, err)
			there, err := identity.NewSessions(k.DB, c, ring, discard)
			require.NoError(t, err)
			pair := o.visit(t, id.New())
			who, err := here.Verify(ctx, pair.Access)
			require.NoError(t, err, name)
			_, err = there.Verify(ctx, pair.Access)
			require.NoError(t, err, name)
			require.NoError(t, here.Logout(ctx, who), name)
			k.Clock.Advance(4 * time.Second)
			for _, s := range []*identity.Sessions{here, there} {
				_, err = s.Verify(ctx, pair.Access)
				requireCode(t, "session.revoked", err)
			}
		}
	})
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	k := testkit.SQLite(t)
	o := newOffice(t, k)
	customer := id.New()
	pair := o.visit(t, customer)
	now := k.Clock.Now()
	good := func() jwt.MapClaims {
		return jwt.MapClaims{
			"sub": customer.String(), "sid": pair.SessionID.String(), "aud": "customer", "iss": "guike", "exp": now.Add(time.Minute).Unix(),
		}
	}
	forge := func(method jwt.SigningMethod, kid string, secret any, change func(jwt.MapClaims)) string {
		c := good()
		if change != nil {
			change(c)
		}
		token := jwt.NewWithClaims(method, c)
		token.Header["kid"] = kid
		text, err := token.SignedString(secret)
		require.NoError(t, err)
		return text
	}
	ours := func(change func(jwt.MapClaims)) string {
		return forge(jwt.SigningMethodHS256, "k1", ring[0].Secret, change)
	}
	_, err := o.sessions.Verify(t.Context(), ours(nil))
	require.NoError(t, err, "the forgery without a mistake is good")

	tests := []struct{ name, token, code string }{
		{"nothing", "", "token.invalid"},
		{"rubbish", "a.b.c", "token.invalid"},
		{"too long", string(make([]byte, 4000)), "token.invalid"},
		{"no signature", forge(jwt.SigningMethodNone, "k1", jwt.UnsafeAllowNoneSignatureType, nil), "token.invalid"},
		{"another method", forge(jwt.SigningMethodHS512, "k1", ring[0].Secret, nil), "token.invalid"},
		{"another secret", forge(jwt.SigningMethodHS256, "k1", make([]byte, 32), nil), "token.invalid"},
		{"unknown key", forge(jwt.SigningMethodHS256, "k9", ring[0].Secret, nil), "token.invalid"},
		{"another issuer", ours(func(c jwt.MapClaims) { c["iss"] = "other" }), "token.invalid"},
		{"another issuer, expired", ours(func(c jwt.MapClaims) { c["iss"] = "other"; c["exp"] = now.Unix() }), "token.invalid"},
		{"no expiry", ours(func(c jwt.MapClaims) { delete(c, "exp") }), "token.invalid"},
		{"no audience", ours(func(c jwt.MapClaims) { delete(c, "aud") }), "token.invalid"},
		{"system audience", ours(func(c jwt.MapClaims) { c["aud"] = "system" }), "token.invalid"},
		{"staff audience", ours(func(c jwt.MapClaims) { c["aud"] = "staff" }), "token.invalid"},
		{"somebody else", ours(func(c jwt.MapClaims) { c["sub"] = id.New().String() }), "token.invalid"},
		{"no subject", ours(func(c jwt.MapClaims) { delete(c, "sub") }), "token.invalid"},
		{"unknown session", ours(func(c jwt.MapClaims) { c["sid"] = id.New().String() }), "session.revoked"},
		{"expired", ours(func(c jwt.MapClaims) { c["exp"] = now.Unix() }), "token.expired"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := o.sessions.Verify(t.Context(), tt.token)
			requireCode(t, tt.code, err)
		})
	}
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	k := testkit.SQLite(t)
	o := newOffice(t, k)
	old := o.visit(t, id.New())
	fresh := identity.SigningKey{ID: "k2", Secret: []byte("another secret of 32 bytes or so!")}
	turned, err := identity.NewSessions(k.DB, o.cache, []identity.SigningKey{fresh, ring[0]}, discard)
	require.NoError(t, err)
	_, err = turned.Verify(t.Context(), old.Access)
	require.NoError(t, err)
	pair, err := turned.Refresh(t.Context(), actor.Customer, old.Refresh)
	require.NoError(t, err)
	_, err = o.sessions.Verify(t.Context(), pair.Access)
	requireCode(t, "token.invalid", err)

	for name, bad := range map[string][]identity.SigningKey{
		"empty": nil, "short": {{ID: "a", Secret: []byte("short")}}, "twice": {fresh, fresh}, "no id": {{Secret: fresh.Secret}},
	} {
		_, err := identity.NewSessions(k.DB, o.cache, bad, discard)
		require.Error(t, err, name)
	}
}

func TestAccessTokenExpires(t *testing.T) {
	t.Parallel()
	k := testkit.SQLite(t)
	o := newOffice(t, k)
	pair := o.visit(t, id.New())
	k.Clock.Advance(identity.AccessLifetime - time.Second)
	_, err := o.sessions.Verify(t.Context(), pair.Access)
	require.NoError(t, err)
	k.Clock.Advance(time.Second)
	_, err = o.sessions.Verify(t.Context(), pair.Access)
	requireCode(t, "token.expired", err)
}
