package cache_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/cache"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	t.Run("refuses what it cannot read and keeps the password to itself", func(t *testing.T) {
		t.Parallel()
		for _, url := range []string{
			"http://:s3cret@host", "redis://:s3cret@", "redis://:s3cret@host:port", "redis://:s3cret@host/one",
			"redis://:s3cret@a:1,b:2/3", "redis://:s3cret@host?read_timeout=5s", "redis://:s3%cret@host", "redis://a:1,",
		} {
			_, err := cache.Open(t.Context(), cache.Options{URL: url, Log: quiet()})
			require.Error(t, err, url)
			require.NotContains(t, err.Error(), "s3", url)
		}
	})
	t.Run("refuses a prefix that is a pattern", func(t *testing.T) {
		t.Parallel()
		_, err := cache.Open(t.Context(), cache.Options{Prefix: "guike*", Log: quiet()})
		require.ErrorContains(t, err, "prefix")
	})
	t.Run("can be closed twice and says that it is away then", func(t *testing.T) {
		t.Parallel()
		c := server{}.open(t, clock.System{})
		require.NoError(t, c.Close())
		require.NoError(t, c.Close())
		require.ErrorIs(t, c.Ping(t.Context()), cache.ErrAway)
		require.ErrorIs(t, c.Subscribe(t.Context(), func(string, []byte) {}), cache.ErrClosed)
		ok, _ := c.Allow(t.Context(), "x", cache.Rate{PerSecond: 1})
		require.True(t, ok)
	})
}

func TestEmbedded(t *testing.T) {
	t.Parallel()
	t.Run("wants its password", func(t *testing.T) {
		t.Parallel()
		stranger := redis.NewClient(&redis.Options{Addr: host(embedded(t)), Protocol: 2})
		t.Cleanup(func() { _ = stranger.Close() })
		require.ErrorContains(t, stranger.Get(t.Context(), "x").Err(), "NOAUTH")
	})
	t.Run("lets keys expire by themselves", func(t *testing.T) {
		t.Parallel()
		client := rawClient(t, embedded(t))
		require.NoError(t, client.Set(t.Context(), "soon", 1, 500*time.Millisecond).Err())
		require.NoError(t, client.Set(t.Context(), "later", 1, time.Hour).Err())
		gone := func() bool { return client.Exists(t.Context(), "soon").Val() == 0 }
		require.Eventually(t, gone, 5*time.Second, 50*time.Millisecond)
		require.EqualValues(t, 1, client.Exists(t.Context(), "later").Val())
	})
	t.Run("follows a clock that is moved", func(t *testing.T) {
		t.Parallel()
		c := server{}.open(t, clock.System{})
		client := rawClient(t, c.URL())
		require.NoError(t, client.Set(t.Context(), "x", 1, time.Hour).Err())
		c.Advance(59 * time.Minute)
		require.EqualValues(t, 1, client.Exists(t.Context(), "x").Val())
		c.Advance(time.Minute)
		require.EqualValues(t, 0, client.Exists(t.Context(), "x").Val())
	})
}

func TestFlushAllForgetsOnlyItsOwn(t *testing.T) {
	t.Parallel()
	onEveryRedis(t, func(t *testing.T, s server) {
		now := clock.NewManual(noon)
		c := s.open(t, now)
		other := server{url: s.url, prefix: s.prefix + "other:"}
		if s.prefix == "" {
			other.prefix = "other:"
		}
		neighbour := other.open(t, now)
		entry := cache.Entry{SID: id.New(), Data: []byte(`{}`), Until: noon.Add(time.Hour)}
		require.NoError(t, c.PutSession(t.Context(), entry))
		require.NoError(t, neighbour.PutSession(t.Context(), entry))

		require.NoError(t, neighbour.FlushAll(t.Context()))

		_, found, err := neighbour.Session(t.Context(), entry.SID)
		require.NoError(t, err)
		require.False(t, found)
		_, found, err = c.Session(t.Context(), entry.SID)
		require.NoError(t, err)
		require.True(t, found)
	})
}

func TestStatsCountWhatHappened(t *testing.T) {
	t.Parallel()
	c := server{}.open(t, clock.NewManual(noon))
	sid := id.New()
	_, _, err := c.Session(t.Context(), sid)
	require.NoError(t, err)
	require.NoError(t, c.PutSession(t.Context(), cache.Entry{SID: sid, Until: noon.Add(time.Hour)}))
	_, _, err = c.Session(t.Context(), sid)
	require.NoError(t, err)
	got := c.Stats()
	require.True(t, got.Up)
	require.True(t, got.Embedded)
	require.EqualValues(t, 1, got.SessionHits)
	require.EqualValues(t, 1, got.SessionMisses)
	require.EqualValues(t, 4, got.Calls, "a ping at the start, two reads, a write")
	require.Zero(t, got.Away)
	require.NotZero(t, got.Conns)
}

// rawClient is a client beside the cache, to see what it left.
func rawClient(t *testing.T, url string) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(url)
	require.NoError(t, err)
	o.Protocol = 2
	client := redis.NewClient(o)
	t.Cleanup(func() { _ = client.Close() })
	return client
}
