package notify_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	api "guike/api/notify"
	"guike/internal/clock"
	"guike/internal/wechat"
	"guike/internal/wechat/sim"
	model "guike/model/notify"
	"guike/service/notify"
	"guike/testkit"
)

const pushKey = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" // 43 characters

// live is nobody's open app.
type live struct{}

func (live) Publish(context.Context, string, []byte) {}

// receiver is the push address over a real store, with the platform before it.
type receiver struct {
	*testkit.Kit
	sim    *sim.Server
	url    string
	log    *bytes.Buffer
	hooked atomic.Int64 // media checks that came through
	broken atomic.Bool  // the hook fails
}

func newReceiver(t *testing.T, k *testkit.Kit, aesKey string) *receiver {
	t.Helper()
	c, err := wechat.New(wechat.Config{AppID: "wxtest", Secret: "secret", PushToken: "push-token", PushAESKey: aesKey, Clock: k.Clock})
	require.NoError(t, err)
	r := &receiver{Kit: k, log: &bytes.Buffer{}}
	log := slog.New(slog.NewTextHandler(r.log, nil))
	events := notify.New(notify.Deps{DB: k.DB, Zone: testkit.Zone, WeChat: c, Live: live{}, Log: log, PushConfigured: true}).PushEvents()
	events["wxa_media_check"] = func(context.Context, wechat.Event) error {
		if r.broken.Swap(false) {
			return errors.New("not now")
		}
		r.hooked.Add(1)
		return nil
	}
	server := httptest.NewServer(api.NewPushHandler(c, events, log))
	t.Cleanup(server.Close)
	r.url = server.URL
	r.sim, err = sim.New(sim.Config{Clock: k.Clock, AppID: "wxtest", AppSecret: "secret", PushToken: "push-token", PushAESKey: aesKey, PushURL: r.url})
	require.NoError(t, err)
	t.Cleanup(r.sim.Close)
	return r
}

func (r *receiver) push(t *testing.T, p sim.PushRequest) sim.Delivery {
	t.Helper()
	require.NoError(t, r.sim.Push(p))
	require.NoError(t, r.sim.Drain(t.Context()))
	all := r.sim.Pushes()
	return all[len(all)-1]
}

func (r *receiver) accepts(t *testing.T) int64 {
	t.Helper()
	grants, err := model.GrantsOf(t.Context(), r.DB, "o_user")
	require.NoError(t, err)
	return grants["tmpl"].Remaining
}

func accepted(at time.Time) map[string]any {
	return map[string]any{
		"Event": "subscribe_msg_popup_event", "FromUserName": "o_user", "CreateTime": fmt.Sprint(at.Unix()),
		"List": map[string]any{"TemplateId": "tmpl", "SubscribeStatusString": "accept", "PopupScene": "0"},
	}
}

func TestPush(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		for name, key := range map[string]string{"plain": "", "safe": pushKey} {
			r := newReceiver(t, k, key)
			want := r.accepts(t)
			for _, format := range []string{"json", "xml"} {
				k.Clock.Advance(time.Second)
				t.Run(name+" "+format+" counts once, however often it comes", func(t *testing.T) {
					require.True(t, r.push(t, sim.PushRequest{Event: accepted(k.Clock.Now()), Format: format, Duplicate: 3}).OK)
					want++
					require.Equal(t, want, r.accepts(t))
				})
			}
			t.Run(name+" forged is refused without effect", func(t *testing.T) {
				k.Clock.Advance(time.Second)
				d := r.push(t, sim.PushRequest{Event: accepted(k.Clock.Now()), Tamper: true})
				require.Equal(t, http.StatusForbidden, d.Status)
				require.Equal(t, want, r.accepts(t))
			})
			t.Run(name+" of an unknown kind is taken, and its kind alone is logged", func(t *testing.T) {
				d := r.push(t, sim.PushRequest{Event: map[string]any{"Event": "debug_demo", "FromUserName": "o_secret_person"}})
				require.Equal(t, http.StatusOK, d.Status)
				require.Contains(t, r.log.String(), "debug_demo")
				require.NotContains(t, r.log.String(), "o_secret_person")
			})
			t.Run(name+" reaches what was hooked in, again after a failure", func(t *testing.T) {
				r.broken.Store(true)
				d := r.push(t, sim.PushRequest{Event: map[string]any{"Event": "wxa_media_check", "trace_id": "t", "errcode": 0, "result": map[string]any{"suggest": "pass", "label": "100"}}})
				require.Equal(t, 2, d.Tries)
				require.EqualValues(t, 1, r.hooked.Load())
			})
		}
	})
}

func TestPushOutsideTheProtocol(t *testing.T) {
	t.Parallel()
	c, err := wechat.New(wechat.Config{AppID: "wxtest", Secret: "secret", PushToken: "AAAAA", Clock: clock.NewManual(time.Unix(1714036504, 0))})
	require.NoError(t, err)
	server := httptest.NewServer(api.NewPushHandler(c, nil, slog.New(slog.DiscardHandler)))
	t.Cleanup(server.Close)
	const signed = "?timestamp=1714036504&nonce=1514711492&signature=f464b24fc39322e44b38aa78f5edd27bd1441696"
	for _, c := range []struct {
		name, method, query, body, want string
		status                          int
	}{
		{"the console's check is echoed raw", http.MethodGet, signed + "&echostr=%3Cb%3E42%22", "", `<b>42"`, http.StatusOK},
		{"a check with another signature is refused", http.MethodGet, strings.Replace(signed, "=f4", "=e4", 1) + "&echostr=42", "", "", http.StatusForbidden},
		{"a check without anything is refused", http.MethodGet, "", "", "", http.StatusForbidden},
		{"an unreadable body is refused", http.MethodPost, signed, "{", "", http.StatusForbidden},
		{"a body of two megabytes is refused", http.MethodPost, signed, strings.Repeat(" ", 2<<20), "", http.StatusForbidden},
		{"another method is refused", http.MethodPut, signed, "", "", http.StatusMethodNotAllowed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequestWithContext(t.Context(), c.method, server.URL+c.query, strings.NewReader(c.body))
			require.NoError(t, err)
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			defer res.Body.Close()
			text, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			require.Equal(t, c.status, res.StatusCode)
			require.Equal(t, c.want, string(text))
			if c.status == http.StatusOK {
				require.Equal(t, "text/plain; charset=utf-8", res.Header.Get("Content-Type"))
			}
		})
	}
}
