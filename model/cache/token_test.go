package cache_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/wechat"
	"guike/model/cache"
)

var _ wechat.TokenStore = (*cache.Tokens)(nil)

func TestTokens(t *testing.T) {
	t.Parallel()
	onEveryRedis(t, func(t *testing.T, s server) {
		now := clock.NewManual(noon)
		a, b := s.open(t, now).Tokens("wx1"), s.open(t, now)
		get := func() wechat.Token {
			got, err := b.Tokens("wx1").Get(t.Context())
			require.NoError(t, err)
			return got
		}
		token := wechat.Token{Value: "76_a b-c_%d ", ExpiresAt: noon.Add(time.Hour)}
		require.Zero(t, get())
		require.NoError(t, a.Put(t.Context(), token))
		require.Equal(t, token, get())
		other, err := b.Tokens("wx2").Get(t.Context())
		require.NoError(t, err)
		require.Zero(t, other)

		require.NoError(t, a.DropIf(t.Context(), "another"))
		require.Equal(t, token, get())
		require.NoError(t, a.DropIf(t.Context(), token.Value))
		require.Zero(t, get())
		require.NoError(t, a.DropIf(t.Context(), token.Value))
	})
}

func TestTokensWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	url := embedded(t)
	g := gateTo(t, url)
	now := clock.NewManual(noon)
	behind, direct := server{url: g.url}.open(t, now), server{url: url}.open(t, now)
	tokens := behind.Tokens("wx")
	first := wechat.Token{Value: "first", ExpiresAt: noon.Add(time.Hour)}
	require.NoError(t, direct.Tokens("wx").Put(t.Context(), first))
	_, err := tokens.Get(t.Context())
	require.NoError(t, err)

	g.cut()
	got, err := tokens.Get(t.Context())
	require.NoError(t, err)
	require.Equal(t, first, got, "what it saw last, fetched by another instance")
	require.ErrorIs(t, tokens.DropIf(t.Context(), "first"), cache.ErrAway)
	_, err = tokens.Get(t.Context())
	require.ErrorIs(t, err, cache.ErrAway)
	second := wechat.Token{Value: "second", ExpiresAt: noon.Add(2 * time.Hour)}
	require.ErrorIs(t, tokens.Put(t.Context(), second), cache.ErrAway)
	got, err = tokens.Get(t.Context())
	require.NoError(t, err)
	require.Equal(t, second, got)

	require.NoError(t, direct.Tokens("wx").DropIf(t.Context(), "first"))
	g.mend(t)
	require.Eventually(t, up(behind), 5*time.Second, 10*time.Millisecond)
	got, err = tokens.Get(t.Context())
	require.NoError(t, err)
	require.Zero(t, got, "a token that Redis does not hold may have been dropped by another instance")
}
