package cache

import (
	"context"
	"sync"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/maypok86/otter/v2"
	"github.com/redis/go-redis/v9"

	"guike/internal/clock"
)

// localLimits is how many keys the fallback remembers; the least used are forgotten first.
const localLimits = 1 << 16

// Rate says how often something may happen. Without a positive PerSecond there is no limit.
type Rate struct {
	PerSecond int
	Burst     int // at once, after a pause; at least one
}

type limits struct {
	shared *redis_rate.Limiter
	local  *localLimiter
}

func newLimits(c *Cache) *limits {
	return &limits{
		shared: redis_rate.NewLimiter(prefixed{c.rdb, c.prefix}),
		local:  newLocalLimiter(c.clock),
	}
}

// Allow tells whether key may happen once more now, and if not, when it is worth trying again.
// All instances share one count. While Redis is away each instance counts for itself, for the
// 65,536 most used keys, so that a limit then holds per instance. It never fails.
func (c *Cache) Allow(ctx context.Context, key string, rate Rate) (ok bool, retryAfter time.Duration) {
	if rate.PerSecond <= 0 {
		return true, 0
	}
	rate.Burst = max(rate.Burst, 1)
	limit := redis_rate.Limit{Rate: rate.PerSecond, Burst: rate.Burst, Period: time.Second}
	var result *redis_rate.Result
	err := c.do(ctx, "counting against a limit", func(ctx context.Context) (err error) {
		result, err = c.limits.shared.Allow(ctx, key, limit)
		return err
	})
	if err != nil {
		c.tally.localLimits.Add(1)
		return c.limits.local.allow(key, rate)
	}
	return result.Allowed > 0, max(result.RetryAfter, 0)
}

// prefixed puts the house's prefix before the one of redis_rate.
type prefixed struct {
	redis.UniversalClient
	prefix string
}

// Eval runs a script on the prefixed key.
func (p prefixed) Eval(ctx context.Context, script string, keys []string, args ...any) *redis.Cmd {
	return p.UniversalClient.Eval(ctx, script, []string{p.prefix + keys[0]}, args...)
}

// EvalSha runs a known script on the prefixed key.
func (p prefixed) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	return p.UniversalClient.EvalSha(ctx, sha, []string{p.prefix + keys[0]}, args...)
}

// localLimiter is the same algorithm (GCRA) in the process.
type localLimiter struct {
	clock   clock.Clock
	buckets *otter.Cache[string, *bucket]
}

// bucket knows when it will be full again; it is full when that has passed.
type bucket struct {
	mu   sync.Mutex
	full time.Time
}

func newLocalLimiter(c clock.Clock) *localLimiter {
	return &localLimiter{clock: c, buckets: otter.Must(&otter.Options[string, *bucket]{MaximumSize: localLimits})}
}

func (l *localLimiter) allow(key string, rate Rate) (bool, time.Duration) {
	b, ok := l.buckets.GetIfPresent(key)
	if !ok {
		b, _ = l.buckets.ComputeIfAbsent(key, func() (*bucket, bool) { return new(bucket), false })
	}
	return b.take(l.clock.Now(), rate)
}

func (b *bucket) take(now time.Time, rate Rate) (bool, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	interval := time.Second / time.Duration(rate.PerSecond)
	depth := interval * time.Duration(rate.Burst)
	full := b.full
	if full.Before(now) {
		full = now
	}
	if latest := now.Add(depth); full.After(latest) {
		full = latest // the clock went back
	}
	full = full.Add(interval)
	if wait := full.Add(-depth).Sub(now); wait > 0 {
		return false, wait
	}
	b.full = full
	return true, 0
}

func (l *localLimiter) forget() { l.buckets.InvalidateAll() }

func (l *localLimiter) close() { l.buckets.StopAllGoroutines() }
