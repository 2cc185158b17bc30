package cache

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// hit counts in a window that begins with its first hit.
var hit = redis.NewScript(`
local now, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local until_, n = string.match(redis.call("GET", KEYS[1]) or "", "^(%d+) (%d+)$")
until_, n = tonumber(until_), tonumber(n)
if not until_ or until_ <= now or until_ > now + window then
  until_, n = now + window, 0
end
redis.call("SET", KEYS[1], string.format("%.0f %.0f", until_, n + 1), "PX", string.format("%.0f", until_ - now))
return n + 1`)

// Hit counts one more and returns how many there are in the window, which begins with the first and
// then starts anew. The error is always ErrAway; what must hold without Redis counts in the store.
func (c *Cache) Hit(ctx context.Context, key string, window time.Duration) (n int64, err error) {
	err = c.do(ctx, "counting", func(ctx context.Context) (err error) {
		now := c.clock.Now().UnixMilli()
		n, err = hit.Run(ctx, c.rdb, []string{c.key("count", key)}, now, window.Milliseconds()).Int64()
		return err
	})
	return n, err
}

// Count returns how many hits the running window has, without adding one.
func (c *Cache) Count(ctx context.Context, key string, window time.Duration) (n int64, err error) {
	var value string
	err = c.do(ctx, "reading a count", func(ctx context.Context) (err error) {
		value, err = c.rdb.Get(ctx, c.key("count", key)).Result()
		return err
	})
	if err != nil {
		if errors.Is(err, redis.Nil) {
			return 0, nil
		}
		return 0, err
	}
	until, digits, ok := unstamp(value)
	now := c.clock.Now()
	if !ok || !now.Before(until) || until.After(now.Add(window)) {
		return 0, nil
	}
	if counted, err := strconv.ParseInt(digits, 10, 64); err == nil { // else not written by Hit
		n = counted
	}
	return n, nil
}
