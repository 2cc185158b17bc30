// Package cache is the house's door to Redis: session validity, limits, counters, the WeChat token
// and the live channel. It holds nothing that the store cannot rebuild, and everything here may be
// lost at any moment; whoever calls it must have another way when it answers ErrAway.
//
// Without an address a Redis server runs inside the process, so that callers never ask which one
// they have. With an address no call waits for Redis longer than 200 ms: the first call that gets
// no answer opens a circuit, the following ones fail at once, and a probe in the background closes
// it again when Redis is back. WithBudget makes the 200 ms one for a whole request.
//
// Only commands of Redis 6.2 are used, and every script touches one key, so that a cluster serves
// as well as a single server. Deadlines are kept in the values and compared with the house's clock;
// the expiry that Redis knows is housekeeping.
package cache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"guike/internal/clock"
)

// ErrAway says that Redis gave no usable answer: it is down, too slow, full or refuses us. The
// caller goes on without it. It never says whether a write took place.
var ErrAway = errors.New("the cache is away")

// ErrClosed says that the cache was closed by this process.
var ErrClosed = errors.New("the cache is closed")

// Options say which Redis to use and how.
type Options struct {
	// URL is redis://[user:password@]host:port[/db] or rediss:// for TLS; several hosts separated
	// by commas are a cluster; empty is a server inside the process.
	URL string
	// Prefix begins every key and channel, "guike:" when empty. Letters, digits and ":_.-" only.
	Prefix string
	// Clock tells the time that deadlines are compared with; the machine's when nil.
	Clock clock.Clock
	// Log hears when Redis goes and comes back; slog.Default when nil.
	Log *slog.Logger
}

// Cache is one process's connection to Redis, safe for concurrent use.
type Cache struct {
	rdb      redis.UniversalClient
	embedded *embedded
	prefix   string
	clock    clock.Clock
	log      *slog.Logger
	circuit  *circuit
	limits   *limits
	live     *live
	tokens   map[string]*Tokens
	tally    tally

	ctx    context.Context // ends with Close; what runs in the background lives in it
	cancel context.CancelFunc
	mu     sync.Mutex // guards closed, tokens and the growth of wait
	closed bool
	wait   sync.WaitGroup
}

var goodPrefix = regexp.MustCompile(`^[A-Za-z0-9:_.-]+$`)

// Open connects to Redis, or starts one inside the process when there is no address. It fails only
// on mistakes in the options: a Redis that is away is logged, used as soon as it answers, and
// answered for with ErrAway until then. Close must be called.
func Open(ctx context.Context, o Options) (*Cache, error) {
	o = o.withDefaults()
	if !goodPrefix.MatchString(o.Prefix) {
		return nil, fmt.Errorf("the cache prefix %q has other characters than letters, digits and :_.-", o.Prefix)
	}
	c := &Cache{prefix: o.Prefix, clock: o.Clock, log: o.Log}
	url := o.URL
	if url == "" {
		server, err := startEmbedded()
		if err != nil {
			return nil, fmt.Errorf("starting the embedded redis: %w", err)
		}
		c.embedded, url = server, server.url
	}
	if err := c.connect(url); err != nil {
		c.embedded.close()
		return nil, err
	}
	c.start(ctx)
	return c, nil
}

func (o Options) withDefaults() Options {
	if o.Prefix == "" {
		o.Prefix = "guike:"
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

func (c *Cache) connect(url string) error {
	options, err := parse(url)
	if err != nil {
		return err
	}
	c.rdb = redis.NewUniversalClient(options)
	c.circuit = newCircuit(c.log)
	c.limits = newLimits(c)
	c.live = newLive()
	c.tokens = map[string]*Tokens{}
	return nil
}

func (c *Cache) start(ctx context.Context) {
	c.ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if c.embedded != nil {
		c.spawn(c.embedded.tick)
	}
	c.spawn(c.probe)
	_ = c.Ping(ctx) // opens the circuit, and so tells the log, when Redis is away
}

// spawn runs f in the background until Close; false when the cache is closed.
func (c *Cache) spawn(f func(ctx context.Context)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.wait.Go(func() { f(c.ctx) })
	return true
}

// Close ends the connections, the subscriptions and the embedded server. Calls that come later
// answer ErrAway.
func (c *Cache) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	c.mu.Unlock()
	c.cancel()
	err := c.rdb.Close()
	c.wait.Wait()
	c.limits.local.close()
	c.embedded.close()
	return err
}

// Ping asks Redis for a sign of life: nil or ErrAway, after 200 ms at the latest.
func (c *Cache) Ping(ctx context.Context) error {
	return c.do(ctx, "pinging", c.lookAlive)
}

// Embedded tells that Redis runs inside this process: nothing survives it and nobody else sees it.
func (c *Cache) Embedded() bool { return c.embedded != nil }

// URL is the address of the embedded server, password included, with which a second Cache of this
// process can share it; empty for a Redis of its own.
func (c *Cache) URL() string {
	if c.embedded == nil {
		return ""
	}
	return c.embedded.url
}

// Advance lets d pass for what the embedded server keeps, for a clock that was moved forward. A
// Redis of its own is not touched: deadlines are compared with the house's clock anyway.
func (c *Cache) Advance(d time.Duration) {
	if c.embedded != nil && d > 0 {
		c.embedded.server.FastForward(d)
	}
}

// FlushAll forgets everything under the prefix, in Redis and in this process. It is for tests and
// repairs: it looks at every key and is bounded by ctx alone.
func (c *Cache) FlushAll(ctx context.Context) error {
	c.limits.local.forget()
	c.forgetTokens()
	if cluster, ok := c.rdb.(*redis.ClusterClient); ok {
		return cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
			return c.flush(ctx, node)
		})
	}
	return c.flush(ctx, c.rdb)
}

func (c *Cache) flush(ctx context.Context, node redis.Cmdable) error {
	var cursor uint64
	for {
		keys, next, err := node.Scan(ctx, cursor, c.prefix+"*", 500).Result()
		if err != nil {
			return fmt.Errorf("%w: looking for keys: %w", ErrAway, err)
		}
		for _, key := range keys {
			if err := node.Unlink(ctx, key).Err(); err != nil {
				return fmt.Errorf("%w: forgetting a key: %w", ErrAway, err)
			}
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

// key names what is kept under a kind, such as "session" or "token".
func (c *Cache) key(kind, name string) string { return c.prefix + kind + ":" + name }
