package sim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/wechat/sim"
)

// receiver is a system that takes pushes; it fails the first of them as often as told.
func receiver(t *testing.T, failures int) (url string, bodies func() []string) {
	t.Helper()
	got := make(chan string, 100)
	var left atomic.Int32
	left.Store(int32(failures))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var buf bytes.Buffer
		_, _ = buf.ReadFrom(r.Body)
		got <- buf.String()
		if left.Add(-1) >= 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL, func() []string {
		var all []string
		for len(got) > 0 {
			all = append(all, <-got)
		}
		return all
	}
}

func (r *rig) drain() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 5*time.Second)
	defer cancel()
	require.NoError(r.t, r.sim.Drain(ctx))
}

func TestPushes(t *testing.T) {
	t.Parallel()
	t.Run("answers in the dialogue, one as object, several as array", func(t *testing.T) {
		t.Parallel()
		url, bodies := receiver(t, 0)
		r := setup(t, func(c *sim.Config) { c.PushURL = url; c.PushToken = "tok" })
		r.sim.Accept(openid, map[string]string{"a": "accept"})
		r.json("/_sim/accept", map[string]any{"openid": openid, "results": map[string]string{"a": "accept", "b": "reject"}})
		r.drain()
		got := bodies()
		require.Len(t, got, 2)
		require.Contains(t, got[0], `"List":{"PopupScene":"0","SubscribeStatusString":"accept","TemplateId":"a"}`)
		require.Contains(t, got[0], `"CreateTime":"1793667723"`)
		require.Contains(t, got[1], `"List":[{`)
	})
	t.Run("a message sent and a file checked", func(t *testing.T) {
		t.Parallel()
		url, bodies := receiver(t, 0)
		r := setup(t, func(c *sim.Config) { c.PushURL = url; c.PushToken = "tok" })
		r.sim.Accept(openid, map[string]string{"a": "accept"})
		token := r.token()
		sent := r.json("/cgi-bin/message/subscribe/send?access_token="+token, map[string]any{
			"touser": openid, "template_id": "a", "data": map[string]any{"thing1": map[string]string{"value": "x"}},
		})
		media := map[string]any{"openid": openid, "media_url": "https://f.example/a.jpg", "media_type": 2, "version": 2, "scene": 1}
		pass := r.json("/wxa/media_check_async?access_token="+token, media)
		media["media_url"] = "https://f.example/sim-risky.jpg"
		r.json("/wxa/media_check_async?access_token="+token, media)
		r.drain()
		got := bodies()
		require.Len(t, got, 4)
		require.Contains(t, got[1], `"MsgID":"`+sent["msgid"].(json.Number).String()+`"`)
		require.Contains(t, got[2], `"trace_id":"`+pass["trace_id"].(string)+`"`)
		require.Contains(t, got[2], `"suggest":"pass"`)
		require.Contains(t, got[3], `"suggest":"risky"`)
	})
	t.Run("three tries and no more", func(t *testing.T) {
		t.Parallel()
		url, bodies := receiver(t, 2+3)
		r := setup(t, func(c *sim.Config) { c.PushURL = url; c.PushToken = "tok" })
		for range 2 {
			require.NoError(t, r.sim.Push(sim.PushRequest{Event: map[string]any{"Event": "debug_demo"}}))
		}
		r.drain()
		require.Len(t, bodies(), 6)
		pushes := r.sim.Pushes()
		require.False(t, pushes[0].OK)
		require.Equal(t, 3, pushes[0].Tries)
		require.True(t, pushes[1].OK)
		require.Equal(t, 3, pushes[1].Tries)
		require.Len(t, r.json("/_sim/pushes", nil)["items"], 2)
	})
	t.Run("nobody listens: closing does not wait", func(t *testing.T) {
		t.Parallel()
		r := setup(t, func(c *sim.Config) { c.PushURL = "http://127.0.0.1:1" })
		for range 50 {
			require.NoError(t, r.sim.Push(sim.PushRequest{Event: map[string]any{"Event": "debug_demo"}}))
		}
		begin := time.Now()
		r.sim.Close()
		require.Less(t, time.Since(begin), 2*time.Second)
		require.Error(t, r.sim.Drain(t.Context()))
	})
	t.Run("no address, no push", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		r.sim.Accept(openid, map[string]string{"a": "accept"})
		r.drain()
		require.Empty(t, r.sim.Pushes())
	})
}
