// Package wechat speaks to the WeChat mini-program platform: sign-in, phone, access token,
// subscription messages, QR codes, content checks, and the platform's pushes.
//
// Every call ends within Config.Timeout (5 s by default) and its context, whatever comes first,
// retries included. A failure is an *APIError whose Class says what to do. Calls with an effect that
// cannot be repeated (Code2Session, PhoneNumber, SendSubscribe) are never repeated once their
// request may have been written; a lost answer is ClassUnknown. Nothing secret enters an error or a
// log line. No call may be made inside a database transaction.
package wechat

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"guike/internal/clock"
)

// Config is what a Client needs. AppID, Secret and Clock are required.
type Config struct {
	APIBase    string // default https://api.weixin.qq.com
	AppID      string
	Secret     string
	PushToken  string // empty: pushes are refused
	PushAESKey string // 43 characters: safe mode only; empty: plain mode only
	// PushMaxAge bounds the distance between a push's signed timestamp and the clock, because a
	// plain push's signature does not cover its body. Default 1 hour, negative unbounded.
	PushMaxAge time.Duration
	Timeout    time.Duration     // of a whole call, default 5 s
	Transport  http.RoundTripper // default: a transport of the client's own
	Clock      clock.Clock
	Tokens     TokenStore   // default: this process's memory
	Logger     *slog.Logger // default: none
}

// Client is safe for concurrent use.
type Client struct {
	base, appID, secret string
	pushToken           string
	pushKey             []byte
	pushMaxAge          time.Duration
	timeout             time.Duration
	http                *http.Client
	clock               clock.Clock
	log                 *slog.Logger
	tokens              *tokenCache
	flight              singleflight.Group
	gates               *gates
	sending             *queues
}

// New checks the configuration and builds a client. It makes no call.
func New(cfg Config) (*Client, error) {
	base, err := baseURL(cfg.APIBase)
	if err != nil {
		return nil, err
	}
	if cfg.AppID == "" || cfg.Secret == "" || cfg.Clock == nil {
		return nil, errors.New("wechat: AppID, Secret and Clock are required")
	}
	key, err := pushKey(cfg.PushAESKey)
	if err != nil {
		return nil, err
	}
	c := &Client{
		base: base, appID: cfg.AppID, secret: cfg.Secret,
		pushToken: cfg.PushToken, pushKey: key, pushMaxAge: or(cfg.PushMaxAge, time.Hour),
		timeout: or(cfg.Timeout, 5*time.Second), clock: cfg.Clock, log: cfg.Logger,
		http:  httpClient(cfg.Transport),
		gates: newGates(cfg.Clock), sending: newQueues(),
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	c.tokens = &tokenCache{store: cfg.Tokens, clock: cfg.Clock, log: c.log}
	if cfg.Tokens == nil {
		c.tokens.store = &MemoryTokens{}
	}
	return c, nil
}

// PausedUntil is when a paused API opens again, by the injected clock; the zero time when it is not
// paused. Limits and configuration errors of the platform pause an API; a caller with a queue looks
// here before it takes work.
func (c *Client) PausedUntil(call Call) time.Time {
	if p := c.gates.pause(call); p != nil {
		return p.RetryAt
	}
	return time.Time{}
}

func baseURL(s string) (string, error) {
	if s == "" {
		s = "https://api.weixin.qq.com"
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.RawQuery != "" || u.User != nil {
		return "", errors.New("wechat: the API base must be an http(s) address without credentials or query")
	}
	return strings.TrimRight(s, "/"), nil
}

func pushKey(s string) ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	key, err := base64.StdEncoding.DecodeString(s + "=")
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("wechat: the push AES key must be 43 characters of base64, not %d of something", len(s))
	}
	return key, nil
}

func httpClient(rt http.RoundTripper) *http.Client {
	if rt == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = 32
		t.MaxResponseHeaderBytes = 64 << 10
		rt = t
	}
	return &http.Client{
		Transport:     rt,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func or(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// callWithToken makes a call that carries the access token. A refused token is dropped if it is
// still the cached one, fetched again and the call repeated, once; the refusal came before any
// effect, so this holds for sends too. A second refusal closes the API for a few seconds, also to
// those who were refused meanwhile.
func (c *Client) callWithToken(ctx context.Context, r request) error {
	if p := c.gates.pause(r.call); p != nil {
		return p
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var err error
	for range 2 {
		if r.token, err = c.token(ctx); err != nil {
			return err
		}
		if err = c.call(ctx, r); ClassOf(err) != ClassToken || c.gates.pause(r.call) != nil {
			return err
		}
		c.tokens.dropIf(ctx, r.token)
	}
	c.log.ErrorContext(ctx, "wechat: a fresh access token was refused", "call", r.call, "err", err)
	c.gates.shut(err, 5*time.Second)
	return err
}

// call makes one call: through its gate, with as many attempts as its kind allows, and notes what
// the answer means for the gate.
func (c *Client) call(ctx context.Context, r request) error {
	if p := c.gates.pause(r.call); p != nil {
		return p
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	err := c.gates.through(r.call, func() error { return c.attempts(ctx, r) })
	if err != nil {
		c.note(ctx, err)
	}
	return err
}

func (c *Client) note(ctx context.Context, err error) {
	c.gates.learn(err)
	var e *APIError
	if !errors.As(err, &e) {
		return
	}
	level := slog.LevelWarn
	switch e.Class {
	case ClassOperator, ClassDayLimit:
		level = slog.LevelError
	case ClassClientMustAct:
		level = slog.LevelInfo
	default:
	}
	c.log.Log(ctx, level, "wechat call failed",
		"call", e.Call, "errcode", e.Errcode, "class", e.Class.String(), "rid", e.RID, "err", e.cause)
}
