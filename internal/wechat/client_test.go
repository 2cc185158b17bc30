package wechat_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/wechat"
	"guike/internal/wechat/sim"
)

const (
	appID  = "wx0123456789abcdef"
	secret = "very-secret-app-secret"
	openid = "o_customer_1"
	tmpl   = "tmpl-daily-log"
)

// rig is a client, the platform it speaks to, and what the client logged.
type rig struct {
	t      *testing.T
	clk    *clock.Manual
	sim    *sim.Server
	url    string
	client *wechat.Client
	logs   *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func setup(t *testing.T, change ...func(*wechat.Config)) *rig {
	t.Helper()
	r := &rig{t: t, clk: clock.NewManual(time.Date(2026, 11, 3, 1, 2, 3, 0, time.UTC)), logs: &lockedBuffer{}}
	var err error
	r.sim, err = sim.New(sim.Config{Clock: r.clk, AppID: appID, AppSecret: secret, Seed: 7})
	require.NoError(t, err)
	srv := httptest.NewServer(r.sim)
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close(); r.sim.Close() })
	r.url = srv.URL
	r.client = r.newClient(change...)
	return r
}

func (r *rig) newClient(change ...func(*wechat.Config)) *wechat.Client {
	r.t.Helper()
	cfg := wechat.Config{
		APIBase: r.url, AppID: appID, Secret: secret, Clock: r.clk, Timeout: 20 * time.Second,
		Logger: slog.New(slog.NewTextHandler(r.logs, nil)),
	}
	for _, f := range change {
		f(&cfg)
	}
	c, err := wechat.New(cfg)
	require.NoError(r.t, err)
	return c
}

func (r *rig) fault(f sim.Fault) {
	r.t.Helper()
	require.NoError(r.t, r.sim.AddFault(f))
}

func (r *rig) message() wechat.Message {
	return wechat.Message{
		OpenID: openid, TemplateID: tmpl, Page: "pages/home?id=1",
		Data: map[string]string{"thing1": "今日完成水电", "time2": "2026年11月3日 18:00"},
	}
}

// upstream is one API as a test sees it.
type upstream struct {
	name, path string
	once       bool
	call       func(context.Context, *rig) error
}

func upstreams() []upstream {
	return []upstream{
		{"login", "/sns/jscode2session", true, func(ctx context.Context, r *rig) error {
			_, err := r.client.Code2Session(ctx, r.sim.Code(openid))
			return err
		}},
		{"phone", "/wxa/business/getuserphonenumber", true, func(ctx context.Context, r *rig) error {
			_, err := r.client.PhoneNumber(ctx, r.sim.PhoneCode(openid, "13800001111"), openid)
			return err
		}},
		{"send", "/cgi-bin/message/subscribe/send", true, func(ctx context.Context, r *rig) error {
			r.sim.Accept(openid, map[string]string{tmpl: "accept"})
			_, err := r.client.SendSubscribe(ctx, r.message())
			return err
		}},
		{"qr", "/wxa/getwxacodeunlimit", false, func(ctx context.Context, r *rig) error {
			_, err := r.client.UnlimitedQR(ctx, wechat.QR{Scene: "R7KQ2M", Page: "pages/index"})
			return err
		}},
		{"text check", "/wxa/msg_sec_check", false, func(ctx context.Context, r *rig) error {
			r.sim.Code(openid)
			_, err := r.client.CheckText(ctx, wechat.TextCheck{OpenID: openid, Scene: wechat.SceneComment, Content: "很满意"})
			return err
		}},
		{"media check", "/wxa/media_check_async", false, func(ctx context.Context, r *rig) error {
			r.sim.Code(openid)
			_, err := r.client.CheckMedia(ctx, wechat.MediaCheck{
				OpenID: openid, URL: "https://f.example/1.jpg", Type: wechat.MediaImage, Scene: wechat.SceneSocial,
			})
			return err
		}},
	}
}

// TestFaults runs every call through every fault, on a connection that has been used before, so that
// a repetition by net/http would show.
func TestFaults(t *testing.T) {
	t.Parallel()
	type want struct {
		once, other   wechat.Class
		onceN, otherN int // requests that the platform saw
	}
	faults := map[string]struct {
		fault sim.Fault
		want  want
	}{
		"short delay succeeds":       {sim.Fault{Mode: "delay", DelayMS: 20}, want{0, 0, 1, 1}},
		"busy once":                  {sim.Fault{Mode: "errcode", Errcode: -1}, want{wechat.ClassTransient, 0, 1, 2}},
		"busy for ever":              {sim.Fault{Mode: "errcode", Errcode: -1, Count: -1}, want{wechat.ClassTransient, wechat.ClassTransient, 1, 3}},
		"http 503":                   {sim.Fault{Mode: "http"}, want{wechat.ClassUnknown, 0, 1, 2}},
		"http 429 is a minute limit": {sim.Fault{Mode: "http", Status: 429}, want{wechat.ClassMinuteLimit, wechat.ClassMinuteLimit, 1, 1}},
		"http 403 is the operator's": {sim.Fault{Mode: "http", Status: 403}, want{wechat.ClassOperator, wechat.ClassOperator, 1, 1}},
		"empty 200":                  {sim.Fault{Mode: "http", Status: 200}, want{wechat.ClassUnknown, 0, 1, 2}},
		"html 502":                   {sim.Fault{Mode: "html502"}, want{wechat.ClassUnknown, 0, 1, 2}},
		"reset before the effect":    {sim.Fault{Mode: "close_before"}, want{wechat.ClassUnknown, 0, 1, 2}},
		"reset after the effect":     {sim.Fault{Mode: "close_after"}, want{wechat.ClassUnknown, 0, 1, 2}},
		"truncated answer":           {sim.Fault{Mode: "truncate"}, want{wechat.ClassUnknown, 0, 1, 2}},
	}
	for _, u := range upstreams() {
		for name, f := range faults {
			t.Run(u.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				r := setup(t)
				require.NoError(t, u.call(t.Context(), r))
				f.fault.Path = u.path
				r.fault(f.fault)
				err := u.call(t.Context(), r)
				class, n := f.want.other, f.want.otherN
				if u.once {
					class, n = f.want.once, f.want.onceN
				}
				require.Equal(t, class, wechat.ClassOf(err), "%v", err)
				require.Equal(t, n, r.sim.Calls(u.path)-1)
				r.requireNoSecrets(err)
			})
		}
	}
}

func (r *rig) requireNoSecrets(err error) {
	r.t.Helper()
	said := r.logs.String()
	if err != nil {
		said += err.Error()
	}
	for _, e := range r.sim.Journal() {
		for _, hidden := range []string{e.Token, e.Query["js_code"]} {
			if hidden != "" {
				require.NotContains(r.t, said, hidden)
			}
		}
	}
	require.NotContains(r.t, said, secret)
	require.NotContains(r.t, said, openid)
	require.NotContains(r.t, said, "access_token=")
}

func TestSlowUpstreamEndsInTime(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"delay", "slow_body"} {
		for _, u := range upstreams() {
			t.Run(u.name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				r := setup(t, func(c *wechat.Config) { c.Timeout = 250 * time.Millisecond })
				r.fault(sim.Fault{Path: u.path, Mode: mode, DelayMS: 5000, Count: -1})
				begin := time.Now()
				err := u.call(t.Context(), r)
				require.Less(t, time.Since(begin), 3*time.Second)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				want := wechat.ClassTransient
				if u.once {
					want = wechat.ClassUnknown
				}
				require.Equal(t, want, wechat.ClassOf(err))
				r.requireNoSecrets(err)
			})
		}
	}
}

func TestNothingListening_IsTransientAndTriedAgain(t *testing.T) {
	t.Parallel()
	r := setup(t, func(c *wechat.Config) { c.APIBase = "http://127.0.0.1:1" })
	_, err := r.client.Code2Session(t.Context(), "code")
	require.Equal(t, wechat.ClassTransient, wechat.ClassOf(err))
	require.NotContains(t, err.Error(), secret)
}

func TestCallerGone_EndsTheCall(t *testing.T) {
	t.Parallel()
	r := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := r.client.Code2Session(ctx, r.sim.Code(openid))
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, r.sim.Calls("/sns/jscode2session"))
}

func TestUnansweringUpstream_OpensTheCircuit(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.fault(sim.Fault{Path: "/sns/jscode2session", Mode: "html502", Count: -1})
	for range 30 {
		_, err := r.client.Code2Session(t.Context(), r.sim.Code(openid))
		require.Error(t, err)
	}
	require.Equal(t, 10, r.sim.Calls("/sns/jscode2session"))
	_, err := r.client.UnlimitedQR(t.Context(), wechat.QR{Scene: "x"})
	require.NoError(t, err, "one circuit per API")
}

func TestPauses(t *testing.T) {
	t.Parallel()
	send := "/cgi-bin/message/subscribe/send"
	midnight := time.Date(2026, 11, 3, 16, 0, 0, 0, time.UTC)
	start := time.Date(2026, 11, 3, 1, 2, 3, 0, time.UTC)
	for name, tc := range map[string]struct {
		errcode int
		until   time.Time // zero: not paused
	}{
		"day limit until midnight in Shanghai": {45009, midnight},
		"minute limit for a minute":            {45011, start.Add(time.Minute)},
		"second limit for a second":            {44990, start.Add(time.Second)},
		"operator for a minute":                {40164, start.Add(time.Minute)},
		"one banned template stops no other":   {43107, time.Time{}},
		"refusal of one message":               {43101, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			r.sim.Accept(openid, map[string]string{tmpl: "accept"})
			r.fault(sim.Fault{Path: send, Mode: "errcode", Errcode: tc.errcode})
			_, err := r.client.SendSubscribe(t.Context(), r.message())
			require.Error(t, err)
			require.True(t, tc.until.Equal(r.client.PausedUntil(wechat.CallSend)))
			if tc.until.IsZero() {
				return
			}
			_, err = r.client.SendSubscribe(t.Context(), r.message())
			var e *wechat.APIError
			require.ErrorAs(t, err, &e)
			require.Equal(t, tc.errcode, e.Errcode)
			require.True(t, tc.until.Equal(e.RetryAt))
			require.Equal(t, 1, r.sim.Calls(send), "a paused API is not called")
			r.clk.Set(tc.until)
			_, err = r.client.SendSubscribe(t.Context(), r.message())
			require.NoError(t, err)
		})
	}
}

func TestOneUsersLimit_PausesNobodyElsesSignIn(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.fault(sim.Fault{Path: "/sns/jscode2session", Mode: "errcode", Errcode: 45011})
	_, err := r.client.Code2Session(t.Context(), r.sim.Code(openid))
	require.Equal(t, wechat.ClassMinuteLimit, wechat.ClassOf(err))
	_, err = r.client.Code2Session(t.Context(), r.sim.Code("o_other"))
	require.NoError(t, err)
}

func TestRequestID_IsInTheError(t *testing.T) {
	t.Parallel()
	r := setup(t)
	_, err := r.client.Code2Session(t.Context(), "no-such-code")
	var e *wechat.APIError
	require.ErrorAs(t, err, &e)
	require.Equal(t, 40029, e.Errcode)
	require.NotEmpty(t, e.RID)
	require.Contains(t, r.logs.String(), e.RID)
	r.fault(sim.Fault{Path: "/sns/jscode2session", Mode: "errcode", Errcode: 40029})
	_, err = r.client.Code2Session(t.Context(), "no-such-code")
	require.ErrorAs(t, err, &e)
	require.Equal(t, "5imFault-40029", e.RID, "the older form")
}

func TestNew_RefusesBadConfiguration(t *testing.T) {
	t.Parallel()
	good := wechat.Config{AppID: "a", Secret: "s", Clock: clock.System{}}
	for name, change := range map[string]func(*wechat.Config){
		"no app id":        func(c *wechat.Config) { c.AppID = "" },
		"no secret":        func(c *wechat.Config) { c.Secret = "" },
		"no clock":         func(c *wechat.Config) { c.Clock = nil },
		"short AES key":    func(c *wechat.Config) { c.PushAESKey = "short" },
		"base not http":    func(c *wechat.Config) { c.APIBase = "ftp://x" },
		"base with secret": func(c *wechat.Config) { c.APIBase = "http://u:p@x" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := good
			change(&cfg)
			_, err := wechat.New(cfg)
			require.Error(t, err)
		})
	}
	_, err := wechat.New(good)
	require.NoError(t, err)
}

func TestClassTable(t *testing.T) {
	t.Parallel()
	table := map[wechat.Class][]int{
		wechat.ClassTransient:     {-1},
		wechat.ClassToken:         {40001, 40014, 42001, 41001},
		wechat.ClassMinuteLimit:   {45011, 44991, 44990},
		wechat.ClassDayLimit:      {45009, 44993, 85406},
		wechat.ClassClientMustAct: {40029, 40163},
		wechat.ClassTerminal: {
			40003, 40037, 43101, 43104, 45168, 47003, 41030, 40129, 40169, 40097, 40165, 40212, 85401, 85402,
		},
		wechat.ClassSerialise: {43108},
		wechat.ClassOperator: {
			40013, 40125, 40164, 40243, 48001, 50004, 50007, 43107, 85407, 85408, 89503, 89506, 89507,
		},
		wechat.ClassRisk: {40226, 61010, 87020},
	}
	for class, codes := range table {
		for _, code := range codes {
			require.Equal(t, class, wechat.Classify(wechat.CallSend, code), code)
		}
	}
	require.Equal(t, wechat.ClassNone, wechat.Classify(wechat.CallSend, 0))
	require.Equal(t, wechat.ClassTerminal, wechat.Classify(wechat.CallSend, 99999), "unknown codes are refusals")
	require.Equal(t, wechat.ClassMinuteLimit, wechat.Classify(wechat.CallQR, 45009))
	require.Equal(t, wechat.ClassOperator, wechat.Classify(wechat.CallStableToken, 40001))
	require.Equal(t, wechat.ClassClientMustAct, wechat.Classify(wechat.CallPhoneNumber, 40013))
	require.Equal(t, wechat.ClassNone, wechat.ClassOf(errors.New("other")))
	require.Equal(t, wechat.ClassNone, wechat.ClassOf(nil))
	require.NotContains(t, wechat.ClassUnknown.String(), "none")
}
