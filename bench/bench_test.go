package main

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

func TestFiguresAreMedians(t *testing.T) {
	t.Parallel()
	round := func(requests int) result {
		return result{requests: requests, took: time.Second, latencies: []time.Duration{time.Millisecond}, used: usage{CPU: time.Second, Mallocs: 1000, Bytes: 1}}
	}
	r := newRow(operations()[0], map[string][]result{
		sideApp:  {round(60), round(1), round(70)},
		sideBare: {round(100), round(100), round(900)},
	})
	require.InDelta(t, 0.6, r.Ratio, 1e-9, "one disturbed round does not move it")
	require.InDelta(t, 0.01, r.Lowest, 1e-9)
	require.InDelta(t, 1.0, r.App.P99, 1e-9)
	require.Zero(t, median(nil))
	require.InDelta(t, 2.5, median([]float64{4, 1, 3, 2}), 1e-9)

	r.Hot = true
	require.NoError(t, report{Rows: []row{r}}.publish(options{floor: 0.6}))
	require.Error(t, report{Rows: []row{r}}.publish(options{floor: 0.61}))
}

func TestOnlyAnswersCount(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer string
		ok     bool
		body   string
	}{
		"length":  {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", true, "hi"},
		"chunked": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", true, "hi"},
		"refused": {"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\n\r\nno", false, ""},
		"cut off": {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", false, "hi"},
		"silence": {"", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var body bytes.Buffer
			_, err := receive(bufio.NewReader(strings.NewReader(c.answer)), &body)
			require.Equal(t, c.ok, err == nil, err)
			require.Equal(t, c.body, body.String())
		})
	}
}

func TestBareServerChecksTokens(t *testing.T) {
	t.Parallel()
	b := &bare{w: &world{JWTKey: secret()}}
	sign := func(key []byte, head, body string) string {
		text := base64.RawURLEncoding.EncodeToString([]byte(head)) + "." + base64.RawURLEncoding.EncodeToString([]byte(body))
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(text))
		return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}
	const head, good = `{"alg":"HS256","kid":"k1"}`, `{"sub":"s","sid":"i","aud":"customer","exp":99999999999,"iss":"guike"}`
	for name, c := range map[string]struct {
		token string
		ok    bool
	}{
		"good":           {sign(b.w.JWTKey, head, good), true},
		"other key":      {sign(secret(), head, good), false},
		"no algorithm":   {sign(b.w.JWTKey, `{"alg":"none","kid":"k1"}`, good), false},
		"expired":        {sign(b.w.JWTKey, head, strings.Replace(good, "99999999999", "1", 1)), false},
		"staff's":        {sign(b.w.JWTKey, head, strings.Replace(good, "customer", "staff", 1)), false},
		"of nobody":      {"..", false},
		"no token":       {"", false},
		"signature only": {sign(b.w.JWTKey, head, good)[100:], false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "/v1/me/inbox", http.NoBody)
			r.Header.Set("Authorization", "Bearer "+c.token)
			if c.ok {
				_, err := b.read(c.token)
				require.NoError(t, err)
				return
			}
			_, err := b.who(r)
			require.ErrorIs(t, err, errUnauthenticated)
		})
	}
}

func TestDifferencesAreSeen(t *testing.T) {
	t.Parallel()
	require.NoError(t, same([]byte(`{"a":1,"b":[2]}`), []byte(`{"b":[2],"a":1}`)))
	require.Error(t, same([]byte(`{"a":1}`), []byte(`{"a":1,"b":null}`)))
	require.Error(t, same([]byte(`{"a":1}`), []byte(`{`)))
}

// opened serves a world by both servers, in this process.
func opened(t *testing.T, w *world) (sides []*side) {
	t.Helper()
	for name, open := range map[string]func() (http.Handler, func() error, error){
		sideApp:  func() (http.Handler, func() error, error) { return openApp(t.Context(), w) },
		sideBare: func() (http.Handler, func() error, error) { return openBare(t.Context(), w) },
	} {
		h, closeAll, err := open()
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, closeAll()) })
		api, ops := httptest.NewServer(h), httptest.NewServer(figures())
		t.Cleanup(func() { api.Close(); ops.Close() })
		sides = append(sides, &side{name: name, api: api.Listener.Addr().String(), ops: ops.Listener.Addr().String()})
	}
	return sides
}

// Both servers say the same of members' value, and leave books behind that add up; so does the loader, and the
// night over what it loaded.
func TestValueIsTheSameOnBothServers(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	p := &valuePlace{Customers: 60, w: &world{Folder: t.TempDir(), JWTKey: secret(), FieldKey: secret(), IndexKey: secret(), LinkKey: secret(), Night: time.Now()}}
	require.NoError(t, p.w.with(ctx, p.w.Night, func(d *db.DB, c *clock.Manual) error {
		all, err := p.w.fillValue(ctx, d, c, p.Customers, func(int) {})
		if err != nil {
			return err
		}
		return p.w.signIn(ctx, d, all, p.Customers)
	}))
	_, err := p.verify(ctx)
	require.NoError(t, err)
	for half, wanted := range map[string]int64{"expiry": 3, "levels": 2} {
		var h valueHalf
		require.NoError(t, p.w.with(ctx, p.w.Night, func(d *db.DB, _ *clock.Manual) error {
			return errors.Join(workHalf(ctx, d, half), h.count(ctx, d, half, p.Customers))
		}))
		require.Equal(t, wanted, h.Done, half)
		require.Equal(t, wanted, h.Wanted, half)
	}
	p.sides = opened(t, p.w)
	require.NoError(t, compareValue(ctx, p))
	for _, op := range valueOperations() {
		for _, s := range p.sides {
			r, err := p.round(ctx, s, valueOptions{conns: 2, awards: 5, round: 20 * time.Millisecond}, op)
			require.NoError(t, err, op.name)
			require.Positive(t, r.requests)
		}
	}
	_, err = p.round(ctx, p.sides[0], valueOptions{conns: 2, awards: p.Customers}, valueOperations()[2])
	require.Error(t, err, "nobody is given an award twice")
}

// TestBothServersSayTheSame runs the whole of it once, briefly, on SQLite: seed, both servers, comparison, rows.
func TestBothServersSayTheSame(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := &world{Folder: t.TempDir(), JWTKey: secret(), FieldKey: secret(), IndexKey: secret(), LinkKey: secret()}
	require.NoError(t, w.fill(ctx, 2))
	require.Len(t, w.Readers, 2)
	sides := opened(t, w)
	require.NoError(t, compare(ctx, w, sides))
	r, err := measureRow(ctx, options{rounds: 1, conns: 2, round: 20 * time.Millisecond, warm: time.Millisecond}, w, sides, operations()[0])
	require.NoError(t, err)
	require.Positive(t, r.Ratio)

	for name, path := range map[string]string{"somebody else's": "/v1/me/projects/" + w.Readers[1].Project, "nothing": "/v1/me/projects/" + id.New().String()} {
		for _, s := range sides {
			_, err := get(ctx, s.api, path, w.Readers[0].Token)
			require.ErrorContains(t, err, "404", "%s on %s", name, s.name)
		}
	}
}
