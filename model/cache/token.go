package cache

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"guike/internal/wechat"
)

var dropToken = redis.NewScript(`
local kept = redis.call("GET", KEYS[1])
if kept and string.match(kept, "^%d+ (.*)$") == ARGV[1] then return redis.call("DEL", KEYS[1]) end
return 0`)

// Tokens keeps one app's access token where every instance finds it, as wechat.TokenStore asks. A
// copy in the process serves while Redis is away.
type Tokens struct {
	cache *Cache
	key   string

	mu   sync.Mutex
	copy wechat.Token
}

// Tokens returns the token store of an app, the same one for the same name. The name is the app's
// id, so that two apps on one Redis do not take each other's token.
func (c *Cache) Tokens(app string) *Tokens {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok := c.tokens[app]
	if !ok {
		t = &Tokens{cache: c, key: c.key("token", app)}
		c.tokens[app] = t
	}
	return t
}

func (c *Cache) forgetTokens() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.tokens {
		t.keep(wechat.Token{})
	}
}

// Get returns the token that Redis holds, or a zero Token when it holds none. While Redis is away it
// is the last one that this process saw, or ErrAway when it saw none.
func (t *Tokens) Get(ctx context.Context) (wechat.Token, error) {
	var value string
	err := t.cache.do(ctx, "reading a token", func(ctx context.Context) (err error) {
		value, err = t.cache.rdb.Get(ctx, t.key).Result()
		return err
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		if seen := t.seen(); seen.Value != "" {
			return seen, nil
		}
		return wechat.Token{}, err
	}
	until, token, ok := unstamp(value)
	if !ok {
		t.keep(wechat.Token{}) // dropped by another instance, or never there
		return wechat.Token{}, nil
	}
	found := wechat.Token{Value: token, ExpiresAt: until}
	t.keep(found)
	return found, nil
}

// Put replaces the token. On ErrAway this process alone has it.
func (t *Tokens) Put(ctx context.Context, token wechat.Token) error {
	t.keep(token)
	left := max(token.ExpiresAt.Sub(t.cache.clock.Now()), time.Second)
	return t.cache.do(ctx, "keeping a token", func(ctx context.Context) error {
		return t.cache.rdb.Set(ctx, t.key, stamp(token.ExpiresAt, token.Value), left).Err()
	})
}

// DropIf removes the token if it is still the given one, in one step. On ErrAway only this process
// has dropped it.
func (t *Tokens) DropIf(ctx context.Context, value string) error {
	t.forget(value)
	return t.cache.do(ctx, "dropping a token", func(ctx context.Context) error {
		return dropToken.Run(ctx, t.cache.rdb, []string{t.key}, value).Err()
	})
}

func (t *Tokens) seen() wechat.Token {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.copy
}

func (t *Tokens) keep(token wechat.Token) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.copy = token
}

func (t *Tokens) forget(value string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.copy.Value == value {
		t.copy = wechat.Token{}
	}
}
