// Package apikit runs the application for tests as the binary runs it: the real router over real
// stores, beside the WeChat simulator, with a clock that the test moves.
package apikit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/stretchr/testify/require"

	"guike/app"
	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/id"
	"guike/internal/obs"
	"guike/internal/picture"
	"guike/internal/wechat"
	"guike/internal/wechat/sim"
	"guike/model/db"
	"guike/model/identity"
	accounts "guike/service/identity"
	"guike/service/notify"
	"guike/testkit"
)

// World is one company for one test: an application, the platform beside it, and a clock.
type World struct {
	*Instance
	Clock    *clock.Manual
	Platform *sim.Server
	settings app.Settings
}

// Instance is one application that serves on a port of its own.
type Instance struct {
	App *app.App
	URL string
}

// Each runs fn once per store that is at hand.
func Each(t *testing.T, fn func(t *testing.T, w *World)) {
	t.Helper()
	testkit.EachPlace(t, func(t *testing.T, p testkit.Place) { fn(t, open(t, p)) })
}

// At makes a world in a place.
func At(t *testing.T, p testkit.Place) *World {
	t.Helper()
	return open(t, p)
}

const (
	appID     = "wxdec0de0000000001"
	appSecret = "secret-of-the-tests"
	pushToken = "token-of-the-tests"
)

func open(t *testing.T, p testkit.Place) *World {
	t.Helper()
	w := &World{Clock: clock.NewManual(testkit.Start)}
	aesKey := strings.Repeat("A", 43)
	platform, err := sim.New(sim.Config{Clock: w.Clock, AppID: appID, AppSecret: appSecret, PushToken: pushToken, PushAESKey: aesKey, Seed: 1})
	require.NoError(t, err)
	t.Cleanup(platform.Close)
	w.Platform = platform
	upstream := httptest.NewServer(platform)
	t.Cleanup(upstream.Close)
	key := bytes.Repeat([]byte("k"), 32)
	w.settings = app.Settings{
		Folder: p.Folder, MySQLDSN: p.DSN, MySQLMaxOpen: 12, RedisURL: p.Redis, RedisPrefix: "test:" + id.New().String() + ":",
		Clock: w.Clock, Zone: testkit.Zone, Log: slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn})), Version: "test",
		RequestTimeout: 30 * time.Second, LimitsScale: 100, UploadMaxBytes: 10 << 20, CustomerQuotaBytes: 50 << 20,
		JWTKeys: []accounts.SigningKey{{ID: "t", Secret: key}}, FieldKeys: []crypt.Key{{ID: "t", Secret: key}}, IndexKey: key, LinkKey: key,
		PasswordCost: &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32},
		WeChat:       wechat.Config{APIBase: upstream.URL, AppID: appID, Secret: appSecret, PushToken: pushToken, PushAESKey: aesKey},
	}
	w.Instance = w.start(t, nil)
	platform.SetPushURL(w.URL + "/v1/wechat/push")
	require.NoError(t, w.App.DB.Tx(t.Context(), func(tx *db.Tx) error { return notify.SeedDemoTemplates(t.Context(), tx) }))
	require.NoError(t, w.App.Seed(t.Context()))
	return w
}

// testWriter hands the log to the test, as long as it runs.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	if w.t.Context().Err() == nil {
		w.t.Log(strings.TrimRight(string(b), "\n"))
	}
	return len(b), nil
}

// Second starts another instance on the same stores and clock.
func (w *World) Second(t *testing.T) *Instance {
	t.Helper()
	return w.start(t, w.App)
}

func (w *World) start(t *testing.T, beside *app.App) *Instance {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	s := w.settings
	s.PublicURL = "http://" + server.Listener.Addr().String()
	s.Metrics = obs.NewMetrics(obs.Build{})
	s.Beside = beside
	a, err := app.Open(t.Context(), s)
	require.NoError(t, err)
	server.Config.Handler = a.Handler()
	server.Start()
	ctx, stop := context.WithCancel(context.Background())
	require.NoError(t, a.Listen(ctx))
	t.Cleanup(func() {
		a.Drain()
		server.Close()
		stop()
		require.NoError(t, a.Close())
	})
	return &Instance{App: a, URL: server.URL}
}

// Settle lets everything that is due happen: jobs, side effects, and what the platform answers.
func (w *World) Settle(t *testing.T) {
	t.Helper()
	for range 2 {
		require.NoError(t, w.App.CatchUp(t.Context()))
		require.NoError(t, w.Platform.Drain(t.Context()))
	}
}

// Person is somebody who is signed in.
type Person struct {
	ID      id.ID
	Openid  string
	Token   string
	Refresh string
}

// Customer signs somebody in by WeChat; the first time registers them.
func (w *World) Customer(t *testing.T, openid string) Person {
	t.Helper()
	var out struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		Customer     struct{ ID id.ID }
	}
	w.Post(t, Person{}, "/v1/auth/wechat", map[string]any{"code": w.Code(t, openid)}).Is(200).Into(&out)
	return Person{ID: out.Customer.ID, Openid: openid, Token: out.AccessToken, Refresh: out.RefreshToken}
}

// Code is a fresh code of wx.login.
func (w *World) Code(t *testing.T, openid string) string {
	t.Helper()
	w.Platform.AddUser(sim.User{OpenID: openid})
	return w.Platform.Code(openid)
}

// Password is that of everybody whom Staff employs.
const Password = "correct horse 2026"

// Staff employs somebody in a role at a store and signs them in.
func (w *World) Staff(t *testing.T, role actor.Role, at identity.Store) Person {
	t.Helper()
	username := strings.ReplaceAll(string(role), "_", "") + id.New().String()[24:]
	joined, _, err := w.App.Employ(t.Context(), accounts.StaffForm{Username: username, Name: "王小明", Role: role, StoreID: at.ID, Password: Password})
	require.NoError(t, err)
	p := w.SignIn(t, username, Password)
	p.ID = joined.ID
	return p
}

// SignIn signs a member of staff in.
func (w *World) SignIn(t *testing.T, username, password string) Person {
	t.Helper()
	var out struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		Staff        struct{ ID id.ID }
	}
	w.Post(t, Person{}, "/v1/staff/auth/password", map[string]any{"username": username, "password": password}).Is(200).Into(&out)
	return Person{ID: out.Staff.ID, Openid: username, Token: out.AccessToken, Refresh: out.RefreshToken}
}

// Store opens a shop.
func (w *World) Store(t *testing.T) identity.Store {
	t.Helper()
	return (&testkit.Kit{DB: w.App.DB, Clock: w.Clock}).Store(t)
}

// Photo is the bytes of a small picture.
func Photo(t *testing.T, seed uint64) []byte {
	t.Helper()
	b, err := picture.Scene(seed, 320, 240, picture.Tiling, "TEST")
	require.NoError(t, err)
	return b
}

// Answer is what the API answered.
type Answer struct {
	t      *testing.T
	what   string
	Status int
	Header http.Header
	Body   []byte
}

// Is fails the test unless the status is the one wanted.
func (a Answer) Is(status int) Answer {
	a.t.Helper()
	require.Equal(a.t, status, a.Status, "%s: %s", a.what, a.Body)
	return a
}

// Fails is Is for a refusal with its code.
func (a Answer) Fails(status int, code string) Answer {
	a.t.Helper()
	a.Is(status)
	var p struct{ Code string }
	require.NoError(a.t, json.Unmarshal(a.Body, &p))
	require.Equal(a.t, code, p.Code, a.what)
	return a
}

// Into reads the body.
func (a Answer) Into(v any) Answer {
	a.t.Helper()
	require.NoError(a.t, json.Unmarshal(a.Body, v), "%s: %s", a.what, a.Body)
	return a
}

// Get asks for something.
func (i *Instance) Get(t *testing.T, who Person, path string, headers ...string) Answer {
	t.Helper()
	return i.Do(t, who, http.MethodGet, path, nil, headers...)
}

// Post sends JSON.
func (i *Instance) Post(t *testing.T, who Person, path string, body any, headers ...string) Answer {
	t.Helper()
	return i.Do(t, who, http.MethodPost, path, body, headers...)
}

// Do sends a request; body is JSON, a []byte as it is, or nil. Headers are pairs.
func (i *Instance) Do(t *testing.T, who Person, method, path string, body any, headers ...string) Answer {
	t.Helper()
	var sent io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		sent = bytes.NewReader(b)
	default:
		text, err := json.Marshal(b)
		require.NoError(t, err)
		sent = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, absolute(i.URL, path), sent)
	require.NoError(t, err)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if who.Token != "" {
		r.Header.Set("Authorization", "Bearer "+who.Token)
	}
	for n := 0; n+1 < len(headers); n += 2 {
		r.Header.Set(headers[n], headers[n+1])
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return Answer{t: t, what: method + " " + path, Status: answer.StatusCode, Header: answer.Header, Body: read}
}

func absolute(base, path string) string {
	if strings.HasPrefix(path, "http") {
		return path
	}
	return base + path
}

// Upload sends a picture and returns its id.
func (i *Instance) Upload(t *testing.T, who Person, path string, content []byte) id.ID {
	t.Helper()
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("file", "photo.jpg")
	require.NoError(t, err)
	_, err = part.Write(content)
	require.NoError(t, err)
	require.NoError(t, m.Close())
	var out struct{ ID id.ID }
	i.Do(t, who, http.MethodPost, path, form.Bytes(), "Content-Type", m.FormDataContentType()).Is(201).Into(&out)
	return out.ID
}

// Path fills a path's gaps.
func Path(format string, args ...any) string { return fmt.Sprintf(format, args...) }
