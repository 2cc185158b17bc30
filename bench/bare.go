package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/go-redis/redis_rate/v10"
	driver "github.com/go-sql-driver/mysql"
	"github.com/redis/go-redis/v9"

	"guike/internal/crypt"
	"guike/internal/id"
	"guike/model/db"
)

// limitsScale multiplies the ordinary rate limits in both servers, so that counting costs what it costs
// and refuses nobody.
const limitsScale = 1000

func redisPrefix(side string) string { return fmt.Sprintf("bench:%s:%d:", side, os.Getpid()) }

// bare is what somebody in a hurry for speed writes by hand: one handler an operation, statements in
// place, no layers. It keeps the promises that the operation makes to callers; it has no log, no
// metrics, no deadlines, no ETags and no idea of a second domain.
type bare struct {
	w      *world
	db     *sql.DB
	writer *sql.DB
	redis  *redis.Client
	limits *redis_rate.Limiter
	prefix string
	zone   *time.Location
	box    *crypt.Box
	ladder ladder

	mu   sync.RWMutex
	seen map[id.ID]sighting // sessions of the last second, as the application remembers them
}

type sighting struct {
	session
	until time.Time
}

// session is what is remembered of a session in Redis.
type session struct {
	Kind    string `json:"k"`
	Subject id.ID  `json:"s"`
}

func openBare(ctx context.Context, w *world) (http.Handler, func() error, error) {
	pool, writer, err := openPools(w)
	if err != nil {
		return nil, nil, err
	}
	box, err := crypt.NewBox([]crypt.Key{{ID: keyID, Secret: w.FieldKey}})
	if err != nil {
		return nil, nil, errors.Join(err, pool.Close())
	}
	rdb, closeRedis, err := openRedis(w.Redis)
	if err != nil {
		return nil, nil, errors.Join(err, pool.Close())
	}
	b := &bare{
		w: w, db: pool, writer: writer, redis: rdb, limits: redis_rate.NewLimiter(rdb), prefix: redisPrefix(sideBare), zone: shanghai(), box: box,
		seen: map[id.ID]sighting{},
	}
	closeAll := func() error {
		err := errors.Join(rdb.Close(), closeRedis(), pool.Close())
		if writer != pool {
			err = errors.Join(err, writer.Close())
		}
		return err
	}
	if err := b.learn(ctx); err != nil {
		return nil, nil, errors.Join(err, closeAll())
	}
	m := http.NewServeMux()
	m.HandleFunc("GET /v1/me/card", b.signedIn(b.card))
	m.HandleFunc("GET /v1/me/points", b.signedIn(b.points))
	m.HandleFunc("POST /v1/me/check-ins", b.signedIn(b.checkIn))
	m.HandleFunc("GET /v1/me/projects/{id}", b.signedIn(b.project))
	m.HandleFunc("GET /v1/me/projects/{id}/timeline", b.signedIn(b.timeline))
	m.HandleFunc("GET /v1/me/inbox", b.signedIn(b.inbox))
	return m, closeAll, nil
}

// openPools opens the same store with the same settings of the driver as the application: on SQLite one pool
// that reads and one connection that writes, on MySQL one pool for both.
func openPools(w *world) (pool, writer *sql.DB, err error) {
	if w.MySQL == "" {
		const settings = "?_busy_timeout=5000&_journal_mode=WAL&_synchronous=NORMAL&_time_format=sqlite&_timezone=UTC"
		file := "file:" + filepath.Join(w.Folder, "guike.db") + settings
		if pool, err = sql.Open("sqlite", file+"&_query_only=1"); err != nil {
			return nil, nil, err
		}
		pool.SetMaxOpenConns(4)
		pool.SetMaxIdleConns(4)
		if writer, err = sql.Open("sqlite", file+"&_txlock=immediate"); err != nil {
			return nil, nil, errors.Join(err, pool.Close())
		}
		writer.SetMaxOpenConns(1)
		return pool, writer, nil
	}
	cfg, err := db.MySQLConfig(w.MySQL)
	if err != nil {
		return nil, nil, err
	}
	connector, err := driver.NewConnector(cfg)
	if err != nil {
		return nil, nil, err
	}
	pool = sql.OpenDB(connector)
	pool.SetMaxOpenConns(poolSize)
	pool.SetMaxIdleConns(poolSize)
	return pool, pool, nil
}

func openRedis(url string) (*redis.Client, func() error, error) {
	stop := func() error { return nil }
	if url == "" {
		server := miniredis.NewMiniRedis()
		if err := server.Start(); err != nil {
			return nil, nil, err
		}
		url = "redis://" + server.Addr()
		stop = func() error { server.Close(); return nil }
	}
	o, err := redis.ParseURL(url)
	if err != nil {
		return nil, nil, errors.Join(err, stop())
	}
	o.Protocol, o.DisableIdentity, o.PoolSize = 2, true, 64
	return redis.NewClient(o), stop, nil
}

// handler answers a customer.
type handler func(w http.ResponseWriter, r *http.Request, customer id.ID) error

var errUnauthenticated = errors.New("who is there?")

// signedIn checks token, session and rate.
func (b *bare) signedIn(next handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		customer, err := b.who(r)
		if err == nil {
			err = b.allow(r.Context(), customer)
		}
		if err == nil {
			err = next(w, r, customer)
		}
		switch {
		case err == nil:
		case errors.Is(err, errUnauthenticated):
			http.Error(w, `{"code":"token.invalid"}`, http.StatusUnauthorized)
		case errors.Is(err, sql.ErrNoRows):
			http.Error(w, `{"code":"not_found"}`, http.StatusNotFound)
		default:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}
}

func (b *bare) allow(ctx context.Context, customer id.ID) error {
	rate := redis_rate.Limit{Rate: 50 * limitsScale, Burst: 200 * limitsScale, Period: time.Second}
	result, err := b.limits.Allow(ctx, b.prefix+customer.String(), rate)
	if err == nil && result.Allowed == 0 {
		err = errors.New("too many requests")
	}
	return err
}

// claims are those of the application's tokens.
type claims struct {
	Subject  string `json:"sub"`
	Session  string `json:"sid"`
	Audience string `json:"aud"`
	Expires  int64  `json:"exp"`
	Issuer   string `json:"iss"`
}

// read checks a token: HMAC-SHA256 by hand.
func (b *bare) read(token string) (c claims, err error) {
	head, rest, _ := strings.Cut(token, ".")
	body, signature, _ := strings.Cut(rest, ".")
	mac := hmac.New(sha256.New, b.w.JWTKey)
	mac.Write([]byte(token[:len(head)+1+len(body)]))
	given, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || !hmac.Equal(given, mac.Sum(nil)) {
		return c, errUnauthenticated
	}
	var header struct{ Alg, Kid string }
	if err := decodePart(head, &header); err != nil || header.Alg != "HS256" || header.Kid != keyID {
		return c, errUnauthenticated
	}
	if err := decodePart(body, &c); err != nil || c.Issuer != "guike" || c.Audience != "customer" || time.Now().Unix() >= c.Expires {
		return c, errUnauthenticated
	}
	return c, nil
}

func decodePart(part string, v any) error {
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

func (b *bare) who(r *http.Request) (id.ID, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || strings.Count(token, ".") != 2 {
		return id.ID{}, errUnauthenticated
	}
	c, err := b.read(token)
	if err != nil {
		return id.ID{}, err
	}
	sid, err := id.Parse(c.Session)
	if err != nil {
		return id.ID{}, errUnauthenticated
	}
	s, err := b.session(r.Context(), sid)
	if err != nil || s.Subject.String() != c.Subject || s.Kind != c.Audience {
		return id.ID{}, errors.Join(errUnauthenticated, err)
	}
	return s.Subject, nil
}

// session believes what it saw within a second, then Redis for 4 s, then the store.
func (b *bare) session(ctx context.Context, sid id.ID) (session, error) {
	now := time.Now()
	b.mu.RLock()
	found, ok := b.seen[sid]
	b.mu.RUnlock()
	if ok && now.Before(found.until) {
		return found.session, nil
	}
	s, err := b.remembered(ctx, sid)
	if err != nil {
		return s, err
	}
	b.mu.Lock()
	b.seen[sid] = sighting{s, now.Add(time.Second)}
	b.mu.Unlock()
	return s, nil
}

func (b *bare) remembered(ctx context.Context, sid id.ID) (s session, err error) {
	key := b.prefix + "session:" + sid.String()
	if text, err := b.redis.Get(ctx, key).Bytes(); err == nil {
		return s, json.Unmarshal(text, &s)
	}
	var until time.Time
	var revoked *time.Time
	err = b.db.QueryRowContext(ctx, "SELECT kind, subject_id, expires_at, revoked_at FROM sessions WHERE id = ?", sid).
		Scan(&s.Kind, &s.Subject, &until, &revoked)
	if err == nil && (revoked != nil || time.Now().After(until)) {
		err = errUnauthenticated
	}
	if err != nil {
		return s, err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return s, err
	}
	return s, b.redis.Set(ctx, key, text, 4*time.Second).Err()
}

// answer writes JSON.
func answer(w http.ResponseWriter, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, err := w.Write(b.Bytes())
	return err
}

// marks are the question marks of a list of n.
func marks(n int) string { return "(?" + strings.Repeat(",?", n-1) + ")" }

// collect reads every row of an answer.
func collect[T any](rows *sql.Rows, err error, scan func(*T) []any) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var one T
		if err := rows.Scan(scan(&one)...); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
