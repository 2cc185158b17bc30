package cache_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/cache"
)

// slack is what a busy machine may add to a wait.
const slack = 250 * time.Millisecond

func TestRedisThatIsAwayAtTheStartIsUsedWhenItComes(t *testing.T) {
	t.Parallel()
	g := gateTo(t, embedded(t))
	g.cut()
	var log syncBuffer
	c, err := cache.Open(t.Context(), cache.Options{URL: g.url, Log: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	require.False(t, c.Embedded())
	require.ErrorIs(t, c.Ping(t.Context()), cache.ErrAway)
	require.Contains(t, log.String(), "redis does not answer")

	g.mend(t)
	require.Eventually(t, up(c), 5*time.Second, 10*time.Millisecond)
	require.NoError(t, c.Ping(t.Context()))
	require.Contains(t, log.String(), "redis answers again")
}

// F08, F10: whatever is wrong with Redis, the first call waits 200 ms at the most, later ones not at
// all, and all is well when Redis is.
func TestNobodyWaitsForADeadRedis(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]func(t *testing.T) (url string, begin, end func()){
		"refused":          refused,
		"stopped":          stopped,
		"2 s behind":       delayed,
		"refused, cluster": asCluster(refusedServer),
		"stopped, cluster": asCluster(stoppedServer),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, begin, end := trouble(t)
			c := server{url: url}.open(t, clock.System{})
			require.NoError(t, c.Ping(t.Context()))
			begin()
			require.Less(t, took(func() { useAll(t, c) }), 200*time.Millisecond+slack)
			require.Less(t, took(func() { useAll(t, c) }), slack)
			require.False(t, c.Stats().Up)
			end()
			require.Eventually(t, up(c), 10*time.Second, 10*time.Millisecond)
			require.NoError(t, c.Ping(t.Context()))
		})
	}
}

func refused(t *testing.T) (url string, begin, end func()) {
	g := gateTo(t, embedded(t))
	return g.url, g.cut, func() { g.mend(t) }
}

func stopped(t *testing.T) (url string, begin, end func()) {
	g := gateTo(t, embedded(t))
	return g.url, g.hang, g.release
}

func delayed(t *testing.T) (url string, begin, end func()) {
	g := gateTo(t, embedded(t))
	return g.url, func() { g.slow(2 * time.Second) }, func() { g.slow(0) }
}

// asCluster reaches a server through the cluster client, which finds its nodes past every gate.
func asCluster(trouble func(t *testing.T, m *miniredis.Miniredis) (begin, end func())) func(t *testing.T) (string, func(), func()) {
	return func(t *testing.T) (string, func(), func()) {
		m := miniredis.RunT(t)
		begin, end := trouble(t, m)
		return "redis://" + m.Addr() + "," + m.Addr(), begin, end
	}
}

func refusedServer(t *testing.T, m *miniredis.Miniredis) (begin, end func()) {
	return m.Close, func() { require.NoError(t, m.Restart()) }
}

// stoppedServer keeps the lock that every command needs.
func stoppedServer(_ *testing.T, m *miniredis.Miniredis) (begin, end func()) {
	return m.Lock, m.Unlock
}

// useAll does what a request does, and expects to be told that Redis is away.
func useAll(t *testing.T, c *cache.Cache) {
	t.Helper()
	ctx, sid := t.Context(), id.New()
	ok, _ := c.Allow(ctx, "x", cache.Rate{PerSecond: 100, Burst: 100})
	require.True(t, ok)
	_, found, err := c.Session(ctx, sid)
	require.ErrorIs(t, err, cache.ErrAway)
	require.False(t, found)
	require.ErrorIs(t, c.PutSession(ctx, cache.Entry{SID: sid, Until: clock.System{}.Now().Add(time.Hour)}), cache.ErrAway)
	require.ErrorIs(t, c.DropSessions(ctx, sid), cache.ErrAway)
	_, err = c.Hit(ctx, "x", time.Minute)
	require.ErrorIs(t, err, cache.ErrAway)
	_, err = c.Count(ctx, "x", time.Minute)
	require.ErrorIs(t, err, cache.ErrAway)
	require.ErrorIs(t, c.Publish(ctx, "x", nil), cache.ErrAway)
	require.ErrorIs(t, c.Ping(ctx), cache.ErrAway)
}

func TestARequestHasOneBudget(t *testing.T) {
	t.Parallel()
	g := gateTo(t, embedded(t))
	c := server{url: g.url}.open(t, clock.System{})
	g.slow(35 * time.Millisecond) // each way: slow, but within the budget of a single call
	ctx := cache.WithBudget(t.Context())
	total := took(func() {
		for range 10 {
			_ = c.Ping(ctx)
		}
	})
	require.Less(t, total, 200*time.Millisecond+slack)
	require.ErrorIs(t, c.Ping(ctx), cache.ErrAway)
	require.True(t, c.Stats().Up, "a spent budget says nothing about Redis")
	require.NoError(t, c.Ping(t.Context()), "others go on")
}

func TestACallerWhoGoesAwayDoesNotOpenTheCircuit(t *testing.T) {
	t.Parallel()
	g := gateTo(t, embedded(t))
	c := server{url: g.url}.open(t, clock.System{})
	g.hang()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, c.Ping(ctx), cache.ErrAway)
	require.True(t, c.Stats().Up)
}

// F11: a full Redis refuses writes and still answers.
func TestAFullRedisIsAwayForWritesOnly(t *testing.T) {
	t.Parallel()
	full := miniredis.RunT(t)
	now := clock.NewManual(noon)
	c := server{url: "redis://" + full.Addr()}.open(t, now)
	full.SetError("OOM command not allowed when used memory > 'maxmemory'.")
	err := c.PutSession(t.Context(), cache.Entry{SID: id.New(), Until: noon.Add(time.Hour)})
	require.ErrorIs(t, err, cache.ErrAway)
	ok, _ := c.Allow(t.Context(), "x", cache.Rate{PerSecond: 1, Burst: 1})
	require.True(t, ok)
	require.EqualValues(t, 1, c.Stats().LocalLimits)
	require.True(t, c.Stats().Up)
	full.SetError("")
	require.NoError(t, c.PutSession(t.Context(), cache.Entry{SID: id.New(), Until: noon.Add(time.Hour)}))
}

func TestARedisThatRefusesUsIsAway(t *testing.T) {
	t.Parallel()
	for _, reply := range []string{
		"LOADING Redis is loading the dataset in memory", "CLUSTERDOWN The cluster is down",
		"NOAUTH Authentication required.", "ERR max number of clients reached",
	} {
		t.Run(reply[:6], func(t *testing.T) {
			t.Parallel()
			sick := miniredis.RunT(t)
			c := server{url: "redis://" + sick.Addr()}.open(t, clock.System{})
			require.True(t, c.Stats().Up)
			sick.SetError(reply)
			require.ErrorIs(t, c.Ping(t.Context()), cache.ErrAway)
			require.False(t, c.Stats().Up)
			sick.SetError("")
			require.Eventually(t, up(c), 5*time.Second, 10*time.Millisecond)
		})
	}
}

func TestARestartedRedisIsUsedAgain(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	c := server{url: "redis://" + redis.Addr()}.open(t, clock.System{})
	for range 3 { // the limit's script is known to the server, then not any more
		ok, _ := c.Allow(t.Context(), "x", cache.Rate{PerSecond: 10, Burst: 100})
		require.True(t, ok)
	}
	require.Zero(t, c.Stats().LocalLimits)
	redis.Close()
	require.ErrorIs(t, c.Ping(t.Context()), cache.ErrAway)
	require.NoError(t, redis.Restart())
	redis.FlushAll()
	require.Eventually(t, up(c), 5*time.Second, 10*time.Millisecond)
	ok, _ := c.Allow(t.Context(), "x", cache.Rate{PerSecond: 10, Burst: 100})
	require.True(t, ok)
	require.Zero(t, c.Stats().LocalLimits)
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
