package cache_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/model/cache"
)

// listen collects what an instance hears.
func listen(t *testing.T, c *cache.Cache) <-chan string {
	t.Helper()
	heard := make(chan string, 4096)
	require.NoError(t, c.Subscribe(t.Context(), func(channel string, payload []byte) {
		heard <- channel + "=" + string(payload)
	}))
	return heard
}

func next(t *testing.T, heard <-chan string) string {
	t.Helper()
	select {
	case m := <-heard:
		return m
	case <-time.After(5 * time.Second):
		require.Fail(t, "nothing was heard")
		return ""
	}
}

func TestLive(t *testing.T) {
	t.Parallel()
	onEveryRedis(t, func(t *testing.T, s server) {
		here, there := s.open(t, clock.System{}), s.open(t, clock.System{})
		a, b, far := listen(t, here), listen(t, here), listen(t, there)
		require.True(t, here.Stats().LiveJoined)
		require.True(t, there.Stats().LiveJoined)

		require.NoError(t, here.Publish(t.Context(), "customer:1", []byte("one")))
		require.NoError(t, here.Publish(t.Context(), "session:2", []byte{0, 255}))
		require.NoError(t, there.Publish(t.Context(), "", nil))

		// Once each: what the instance published itself does not come back over Redis.
		for _, heard := range []<-chan string{a, b} {
			got := []string{next(t, heard), next(t, heard), next(t, heard)}
			require.ElementsMatch(t, []string{"customer:1=one", "session:2=\x00\xff", "="}, got)
			require.Empty(t, heard)
		}
		got := []string{next(t, far), next(t, far), next(t, far)}
		require.ElementsMatch(t, []string{"customer:1=one", "session:2=\x00\xff", "="}, got)
		require.EqualValues(t, 2, there.Stats().LiveReceived)
		require.EqualValues(t, 1, here.Stats().LiveReceived)
	})
}

func TestLiveWithoutRedisReachesItsOwnProcess(t *testing.T) {
	t.Parallel()
	c := server{url: "redis://127.0.0.1:1"}.open(t, clock.System{})
	heard := listen(t, c)
	require.ErrorIs(t, c.Publish(t.Context(), "x", []byte("1")), cache.ErrAway)
	require.Equal(t, "x=1", next(t, heard))
	require.Empty(t, heard)
}

func TestLiveComesBackByItself(t *testing.T) {
	t.Parallel()
	url := embedded(t)
	g := gateTo(t, url)
	behind, direct := server{url: g.url}.open(t, clock.System{}), server{url: url}.open(t, clock.System{})
	heard := listen(t, behind)

	g.cut()
	require.Eventually(t, func() bool { return !behind.Stats().LiveJoined }, 5*time.Second, 10*time.Millisecond)
	require.ErrorIs(t, behind.Publish(t.Context(), "own", nil), cache.ErrAway)
	require.Equal(t, "own=", next(t, heard))
	g.mend(t)
	require.Eventually(t, func() bool { return behind.Stats().LiveJoined }, 5*time.Second, 10*time.Millisecond)
	require.NoError(t, direct.Publish(t.Context(), "other", nil))
	require.Equal(t, "other=", next(t, heard))
}

func TestLiveNoticesAServerThatHangs(t *testing.T) {
	t.Parallel()
	g := gateTo(t, embedded(t))
	c := server{url: g.url}.open(t, clock.System{})
	listen(t, c)
	require.True(t, c.Stats().LiveJoined)
	g.hang()
	require.Eventually(t, func() bool { return !c.Stats().LiveJoined }, 10*time.Second, 20*time.Millisecond)
	g.release()
	require.Eventually(t, func() bool { return c.Stats().LiveJoined }, 5*time.Second, 20*time.Millisecond)
}

func TestLiveSubscriptionEndsWithItsContext(t *testing.T) {
	t.Parallel()
	c := server{}.open(t, clock.System{})
	ctx, cancel := context.WithCancel(t.Context())
	require.NoError(t, c.Subscribe(ctx, func(string, []byte) {}))
	require.Equal(t, 1, cache.Handlers(c))
	cancel()
	require.Eventually(t, func() bool { return cache.Handlers(c) == 0 }, 5*time.Second, time.Millisecond)
}

func TestLiveDropsForASlowHandlerInsteadOfWaiting(t *testing.T) {
	t.Parallel()
	c := server{url: "redis://127.0.0.1:1"}.open(t, clock.System{})
	stuck := make(chan struct{})
	require.NoError(t, c.Subscribe(t.Context(), func(string, []byte) { <-stuck }))
	for range 1100 {
		require.ErrorIs(t, c.Publish(t.Context(), "x", nil), cache.ErrAway)
	}
	close(stuck)
	dropped := c.Stats().LiveDropped
	require.GreaterOrEqual(t, dropped, uint64(1100-1024-1))
	require.LessOrEqual(t, dropped, uint64(1100-1024))
}
