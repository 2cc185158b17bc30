package cache_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/model/cache"
)

func TestAllow(t *testing.T) {
	t.Parallel()
	onEveryRedis(t, func(t *testing.T, s server) {
		c, second := s.open(t, clock.System{}), s.open(t, clock.System{})
		rate := cache.Rate{PerSecond: 1, Burst: 5}

		t.Run("lets the burst through, counted over all instances, then says how long to wait", func(t *testing.T) {
			for i := range 5 {
				ok, wait := []*cache.Cache{c, second}[i%2].Allow(t.Context(), "actor:1", rate)
				require.True(t, ok)
				require.Zero(t, wait)
			}
			ok, wait := second.Allow(t.Context(), "actor:1", rate)
			require.False(t, ok)
			require.Greater(t, wait, time.Duration(0))
			require.LessOrEqual(t, wait, time.Second)
		})
		t.Run("counts every key for itself", func(t *testing.T) {
			ok, _ := c.Allow(t.Context(), "actor:2", rate)
			require.True(t, ok)
		})
		t.Run("without a rate is no limit", func(t *testing.T) {
			for range 20 {
				ok, _ := c.Allow(t.Context(), "actor:3", cache.Rate{})
				require.True(t, ok)
			}
		})
		require.Zero(t, c.Stats().LocalLimits)
	})
}

func TestAllowWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	now := clock.NewManual(noon)
	c := server{url: "redis://127.0.0.1:1"}.open(t, now)
	rate := cache.Rate{PerSecond: 10, Burst: 3}
	take := func() (bool, time.Duration) { return c.Allow(t.Context(), "actor:1", rate) }
	for range 3 {
		ok, _ := take()
		require.True(t, ok)
	}
	ok, wait := take()
	require.False(t, ok)
	require.Equal(t, 100*time.Millisecond, wait)

	now.Advance(wait)
	ok, _ = take()
	require.True(t, ok)
	ok, _ = take()
	require.False(t, ok)

	now.Advance(-time.Hour)
	_, wait = take()
	require.LessOrEqual(t, wait, 300*time.Millisecond, "a clock that goes back locks nobody out")
	require.EqualValues(t, 7, c.Stats().LocalLimits)
}

func TestAllowWhileRedisIsAwayIsBounded(t *testing.T) {
	t.Parallel()
	c := server{url: "redis://127.0.0.1:1"}.open(t, clock.NewManual(noon))
	for i := range 200_000 {
		ok, _ := c.Allow(t.Context(), fmt.Sprint("address:", i), cache.Rate{PerSecond: 1, Burst: 1})
		require.True(t, ok)
	}
	require.LessOrEqual(t, cache.LocalBuckets(c), 1<<16)
}

func TestHit(t *testing.T) {
	t.Parallel()
	onEveryRedis(t, func(t *testing.T, s server) {
		now := clock.NewManual(noon)
		c, second := s.open(t, now), s.open(t, now)
		const window = 15 * time.Minute
		count := func() int64 {
			n, err := second.Count(t.Context(), "sign-in:wang", window)
			require.NoError(t, err)
			return n
		}
		hit := func() int64 {
			n, err := c.Hit(t.Context(), "sign-in:wang", window)
			require.NoError(t, err)
			return n
		}
		require.Zero(t, count())
		for want := range int64(10) {
			require.Equal(t, want+1, hit())
		}
		require.EqualValues(t, 10, count())

		now.Advance(window - time.Millisecond)
		require.EqualValues(t, 11, hit())
		now.Advance(time.Millisecond)
		require.Zero(t, count())
		require.EqualValues(t, 1, hit())
	})
}
