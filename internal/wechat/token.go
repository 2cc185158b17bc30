package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"guike/internal/clock"
)

// Token is an access token and the instant, by the injected clock, until which it is used.
type Token struct {
	Value     string
	ExpiresAt time.Time
}

// TokenStore keeps the one access token of the app where every instance finds it. When it fails the
// client falls back to its own memory, so a lost cache costs fetches, never sign-ins.
type TokenStore interface {
	// Get returns the cached token, or a zero Token when there is none. Expiry is the client's matter.
	Get(ctx context.Context) (Token, error)
	// Put replaces the cached token.
	Put(ctx context.Context, t Token) error
	// DropIf removes the cached token only if its value is still the given one, as one step.
	DropIf(ctx context.Context, value string) error
}

// MemoryTokens is a TokenStore for one process. Its zero value is ready.
type MemoryTokens struct {
	mu  sync.Mutex
	now Token
}

// Get returns the token kept, or a zero Token.
func (m *MemoryTokens) Get(context.Context) (Token, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now, nil
}

// Put replaces the token kept.
func (m *MemoryTokens) Put(_ context.Context, t Token) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = t
	return nil
}

// DropIf forgets the token if it is still the given one.
func (m *MemoryTokens) DropIf(_ context.Context, value string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.now.Value == value {
		m.now = Token{}
	}
	return nil
}

// tokenCache is the shared store with the process's own memory behind it.
type tokenCache struct {
	store TokenStore
	own   MemoryTokens
	clock clock.Clock
	log   *slog.Logger
}

func (t *tokenCache) get(ctx context.Context) string {
	tok, err := t.store.Get(ctx)
	if err != nil {
		t.log.WarnContext(ctx, "wechat: token store unreadable, using own memory", "err", err)
		tok, _ = t.own.Get(ctx)
	}
	if tok.Value == "" || !t.clock.Now().Before(tok.ExpiresAt) {
		return ""
	}
	return tok.Value
}

func (t *tokenCache) put(ctx context.Context, tok Token) {
	_ = t.own.Put(ctx, tok)
	if err := t.store.Put(ctx, tok); err != nil {
		t.log.WarnContext(ctx, "wechat: token store unwritable", "err", err)
	}
}

func (t *tokenCache) dropIf(ctx context.Context, value string) {
	_ = t.own.DropIf(ctx, value)
	if err := t.store.DropIf(ctx, value); err != nil {
		t.log.WarnContext(ctx, "wechat: token store unwritable", "err", err)
	}
}

// token returns a usable access token. However many callers wait, this process has one fetch in
// flight; the fetch outlives the caller that began it, so one impatient caller fails nobody else.
func (c *Client) token(ctx context.Context) (string, error) {
	if v := c.tokens.get(ctx); v != "" {
		return v, nil
	}
	done := c.flight.DoChan("token", func() (any, error) {
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.timeout)
		defer cancel()
		if v := c.tokens.get(own); v != "" {
			return v, nil
		}
		return c.fetchToken(own)
	})
	select {
	case r := <-done:
		if r.Err != nil {
			return "", r.Err
		}
		return r.Val.(string), nil
	case <-ctx.Done():
		return "", &APIError{Call: CallStableToken, Class: ClassTransient, cause: ctx.Err()}
	}
}

func (c *Client) fetchToken(ctx context.Context) (value string, err error) {
	var ttl time.Duration
	err = c.call(ctx, request{
		call: CallStableToken, method: http.MethodPost, path: "/cgi-bin/stable_token",
		body: map[string]any{
			"grant_type": "client_credential", "appid": c.appID, "secret": c.secret, "force_refresh": false,
		},
		accept: func(b []byte) (err error) { value, ttl, err = decodeToken(b); return err },
	})
	if err != nil {
		return "", err
	}
	c.tokens.put(ctx, Token{Value: value, ExpiresAt: c.clock.Now().Add(ttl)})
	return value, nil
}

func decodeToken(body []byte) (string, time.Duration, error) {
	var reply struct {
		AccessToken string  `json:"access_token"`
		ExpiresIn   flexInt `json:"expires_in"`
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		return "", 0, errors.New("unreadable token reply")
	}
	if reply.AccessToken == "" || len(reply.AccessToken) > 2048 {
		return "", 0, errors.New("token reply without a token")
	}
	return reply.AccessToken, tokenTTL(int64(reply.ExpiresIn)), nil
}

// tokenTTL is how long a token with so many seconds left is used: max(10, min(left-300, left/2)).
// The platform returns the remaining seconds of a token that it renews five minutes early, so
// "left-300" alone would be nothing or less. No or a senseless figure gives the 10 seconds.
func tokenTTL(left int64) time.Duration {
	left = min(left, 7200)
	return time.Duration(max(10, min(left-300, left/2))) * time.Second
}
