package cache

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// originLength is how many characters of a message say which instance sent it.
	originLength = 16
	// liveQueue is how many messages may wait for one handler.
	liveQueue = 1024
	// liveSilence is how long a subscription may be silent before it is asked for a sign of life,
	// and again before it is given up.
	liveSilence = 2 * time.Second
	// liveRetry is the pause before a lost subscription is renewed.
	liveRetry = 500 * time.Millisecond
)

// live fans messages out. An instance hands its own messages to its own handlers directly and
// leaves out those that Redis brings back, so that nothing inside a process depends on Redis.
type live struct {
	origin string
	once   sync.Once
	joined chan struct{} // closed when the first subscription stands
	first  sync.Once

	mu       sync.RWMutex
	handlers map[*handler]struct{}
}

type handler struct{ queue chan message }

type message struct {
	channel string
	payload []byte
}

func newLive() *live {
	return &live{
		origin:   rand.Text()[:originLength],
		joined:   make(chan struct{}),
		handlers: map[*handler]struct{}{},
	}
}

// Publish hands a message to everyone who subscribed, in this process and in others. Nothing is
// kept: whoever is not there at the moment misses it. ErrAway says that other processes may not
// have it; this one has.
func (c *Cache) Publish(ctx context.Context, channel string, payload []byte) error {
	c.tally.liveSent.Add(1)
	c.deliver(message{channel, bytes.Clone(payload)})
	return c.do(ctx, "publishing", func(ctx context.Context) error {
		return c.rdb.Publish(ctx, c.key("live", channel), c.live.origin+string(payload)).Err()
	})
}

// Subscribe calls f with every message of every channel until ctx ends: those of this process once
// whether Redis is there or not, those of others when it is. f is called by one goroutine, in the
// order of arrival, must not change the payload, and misses messages when more than 1024 wait for
// it. All subscriptions of a process share one connection, which is renewed by itself. Subscribe
// returns when it is established, or after 200 ms if Redis is away; its only error is ErrClosed.
func (c *Cache) Subscribe(ctx context.Context, f func(channel string, payload []byte)) error {
	h := &handler{queue: make(chan message, liveQueue)}
	c.live.add(h)
	started := c.spawn(func(closing context.Context) {
		defer c.live.remove(h)
		h.run(ctx, closing, f)
	})
	if !started {
		c.live.remove(h)
		return ErrClosed
	}
	c.live.once.Do(func() { c.spawn(c.receive) })
	select {
	case <-c.live.joined:
	case <-time.After(budget):
	case <-ctx.Done():
	}
	return nil
}

func (h *handler) run(ctx, closing context.Context, f func(channel string, payload []byte)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-closing.Done():
			return
		case m := <-h.queue:
			f(m.channel, m.payload)
		}
	}
}

func (l *live) add(h *handler) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.handlers[h] = struct{}{}
}

func (l *live) remove(h *handler) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.handlers, h)
}

func (c *Cache) deliver(m message) {
	c.live.mu.RLock()
	defer c.live.mu.RUnlock()
	for h := range c.live.handlers {
		select {
		case h.queue <- m:
		default:
			c.tally.liveDropped.Add(1)
		}
	}
}

// receive keeps a subscription standing until the cache is closed.
func (c *Cache) receive(ctx context.Context) {
	for ctx.Err() == nil {
		c.subscription(ctx)
		c.tally.liveJoined.Store(false)
		if cluster, ok := c.rdb.(*redis.ClusterClient); ok {
			cluster.ReloadState(ctx) // its node may be gone for good
		}
		select {
		case <-ctx.Done():
		case <-time.After(liveRetry):
		}
	}
}

// subscription lives as long as its connection does.
func (c *Cache) subscription(ctx context.Context) {
	sub := c.rdb.PSubscribe(ctx)
	stop := context.AfterFunc(ctx, func() { _ = sub.Close() })
	defer func() {
		stop()
		_ = sub.Close()
	}()
	if err := c.join(ctx, sub); err != nil {
		return
	}
	asked := false
	for {
		got, err := sub.ReceiveTimeout(ctx, liveSilence)
		switch {
		case err == nil:
			asked = false
			c.arrived(got)
		case !timedOut(err) || asked:
			return
		default:
			asked = true
			if sub.Ping(ctx) != nil {
				return
			}
		}
	}
}

func (c *Cache) join(ctx context.Context, sub *redis.PubSub) error {
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	return sub.PSubscribe(ctx, c.key("live", "*"))
}

func timedOut(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

func (c *Cache) arrived(got any) {
	switch got := got.(type) {
	case *redis.Subscription:
		c.tally.liveJoined.Store(true)
		c.live.first.Do(func() { close(c.live.joined) })
	case *redis.Message:
		origin, m, ok := c.opened(got.Channel, got.Payload)
		if ok && origin != c.live.origin {
			c.tally.liveReceived.Add(1)
			c.deliver(m)
		}
	}
}

// opened takes a message of the wire apart; false for what is not ours.
func (c *Cache) opened(channel, payload string) (origin string, m message, ok bool) {
	name, ours := strings.CutPrefix(channel, c.key("live", ""))
	if !ours || len(payload) < originLength {
		return "", message{}, false
	}
	return payload[:originLength], message{name, []byte(payload[originLength:])}, true
}
