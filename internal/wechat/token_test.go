package wechat_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/wechat"
	"guike/internal/wechat/sim"
)

const tokenPath = "/cgi-bin/stable_token"

func (r *rig) qr(ctx context.Context) error {
	_, err := r.client.UnlimitedQR(ctx, wechat.QR{Scene: "x"})
	return err
}

func TestToken_FiftyCallersFetchOnce(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.fault(sim.Fault{Path: tokenPath, Mode: "delay", DelayMS: 50})
	inParallel(50, func(int) { assert.NoError(t, r.qr(t.Context())) })
	require.Equal(t, 1, r.sim.Calls(tokenPath))
}

func TestToken_ImpatientCallerFailsNobodyElse(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.fault(sim.Fault{Path: tokenPath, Mode: "delay", DelayMS: 300})
	short, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	inParallel(2, func(i int) {
		if i == 0 {
			assert.ErrorIs(t, r.qr(short), context.DeadlineExceeded)
			return
		}
		assert.NoError(t, r.qr(t.Context()))
	})
	require.Equal(t, 1, r.sim.Calls(tokenPath))
}

// TestToken_StormOfRefusals has fifty callers refused at once. The platform returns the very token
// that it refuses, which is the worst case.
func TestToken_StormOfRefusals(t *testing.T) {
	t.Parallel()
	var fetches, open, most atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != tokenPath {
			fmt.Fprint(w, `{"errcode":40001,"errmsg":"invalid credential rid: 1-2-3"}`)
			return
		}
		fetches.Add(1)
		n := open.Add(1)
		defer open.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		fmt.Fprint(w, `{"access_token":"same-old-token-0000","expires_in":7200}`)
	}))
	t.Cleanup(srv.Close)
	r := setup(t, func(c *wechat.Config) { c.APIBase = srv.URL })
	inParallel(50, func(int) { assert.Equal(t, wechat.ClassToken, wechat.ClassOf(r.qr(t.Context()))) })
	require.LessOrEqual(t, fetches.Load(), int32(51), "no loop: at most one more fetch per caller")
	require.Equal(t, int32(1), most.Load(), "one fetch in flight")
	require.True(t, r.client.PausedUntil(wechat.CallQR).After(r.clk.Now()), "the API rests before the next try")
	before := fetches.Load()
	require.Error(t, r.qr(t.Context()))
	require.Equal(t, before, fetches.Load())
}

func TestToken_KilledOneIsReplaced(t *testing.T) {
	t.Parallel()
	for _, u := range upstreams()[1:] {
		t.Run(u.name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			require.NoError(t, u.call(t.Context(), r))
			r.forceRefresh()
			require.NoError(t, u.call(t.Context(), r))
			require.Equal(t, 3, r.sim.Calls(u.path), "one refused, one repeated")
			require.Equal(t, 3, r.sim.Calls(tokenPath), "one of them the test's")
		})
	}
}

// forceRefresh kills the client's token behind its back.
func (r *rig) forceRefresh() {
	r.t.Helper()
	body, _ := json.Marshal(map[string]any{
		"grant_type": "client_credential", "appid": appID, "secret": secret, "force_refresh": true,
	})
	res, err := http.Post(r.url+tokenPath, "application/json", bytes.NewReader(body))
	require.NoError(r.t, err)
	require.NoError(r.t, res.Body.Close())
}

func TestToken_RemainingSecondsAreHonoured(t *testing.T) {
	t.Parallel()
	r := setup(t)
	require.NoError(t, r.qr(t.Context()))
	r.clk.Advance(7200*time.Second - 345*time.Second)
	fresh := r.newClient() // another instance, which finds the platform's token with 345 s left
	_, err := fresh.UnlimitedQR(t.Context(), wechat.QR{Scene: "x"})
	require.NoError(t, err)
	r.clk.Advance(44 * time.Second)
	_, err = fresh.UnlimitedQR(t.Context(), wechat.QR{Scene: "x"})
	require.NoError(t, err)
	require.Equal(t, 2, r.sim.Calls(tokenPath))
	r.clk.Advance(time.Second)
	_, err = fresh.UnlimitedQR(t.Context(), wechat.QR{Scene: "x"})
	require.NoError(t, err)
	require.Equal(t, 3, r.sim.Calls(tokenPath), "45 s = min(345-300, 345/2) are over")
}

func TestToken_IsSharedThroughTheStore(t *testing.T) {
	t.Parallel()
	store := &wechat.MemoryTokens{}
	r := setup(t, func(c *wechat.Config) { c.Tokens = store })
	require.NoError(t, r.qr(t.Context()))
	other := r.newClient(func(c *wechat.Config) { c.Tokens = store })
	_, err := other.UnlimitedQR(t.Context(), wechat.QR{Scene: "x"})
	require.NoError(t, err)
	require.Equal(t, 1, r.sim.Calls(tokenPath))
	got, err := store.Get(t.Context())
	require.NoError(t, err)
	require.NoError(t, store.DropIf(t.Context(), "another"))
	still, _ := store.Get(t.Context())
	require.Equal(t, got, still)
	require.NoError(t, store.DropIf(t.Context(), got.Value))
	gone, _ := store.Get(t.Context())
	require.Zero(t, gone)
}

type brokenStore struct{}

func (brokenStore) Get(context.Context) (wechat.Token, error) {
	return wechat.Token{}, errors.New("redis is away")
}
func (brokenStore) Put(context.Context, wechat.Token) error { return errors.New("redis is away") }
func (brokenStore) DropIf(context.Context, string) error    { return errors.New("redis is away") }

func TestToken_BrokenStoreCostsNothingButSharing(t *testing.T) {
	t.Parallel()
	r := setup(t, func(c *wechat.Config) { c.Tokens = brokenStore{} })
	for range 5 {
		require.NoError(t, r.qr(t.Context()))
	}
	require.Equal(t, 1, r.sim.Calls(tokenPath))
	r.forceRefresh()
	require.NoError(t, r.qr(t.Context()))
}

func TestToken_OddReplies(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		reply string
		life  time.Duration // 0: an error
	}{
		"no expires_in":        {`{"access_token":"token-token-token"}`, 10 * time.Second},
		"senseless expires_in": {`{"access_token":"token-token-token","expires_in":-5}`, 10 * time.Second},
		"expires_in as text":   {`{"access_token":"token-token-token","expires_in":"7200"}`, 3600 * time.Second},
		"a year":               {`{"access_token":"token-token-token","expires_in":31536000}`, 3600 * time.Second},
		"no token":             {`{"expires_in":7200}`, 0},
		"wrong type":           {`{"access_token":7,"expires_in":7200}`, 0},
		"wrong secret":         {`{"errcode":40125,"errmsg":"invalid appsecret rid: a-b-c"}`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == tokenPath {
					fmt.Fprint(w, tc.reply)
					return
				}
				fmt.Fprint(w, "\xff\xd8\xff picture \xff\xd9")
			}))
			t.Cleanup(srv.Close)
			store := &wechat.MemoryTokens{}
			r := setup(t, func(c *wechat.Config) { c.APIBase = srv.URL; c.Tokens = store })
			err := r.qr(t.Context())
			if tc.life == 0 {
				require.Error(t, err)
				r.requireNoSecrets(err)
				return
			}
			require.NoError(t, err)
			got, _ := store.Get(t.Context())
			require.Equal(t, tc.life, got.ExpiresAt.Sub(r.clk.Now()))
		})
	}
}

func TestMemoryTokens_IsAClockFreeStore(t *testing.T) {
	t.Parallel()
	var m wechat.MemoryTokens
	want := wechat.Token{Value: "v", ExpiresAt: clock.Cut(time.Unix(1, 0))}
	require.NoError(t, m.Put(t.Context(), want))
	got, err := m.Get(t.Context())
	require.NoError(t, err)
	require.Equal(t, want, got)
}

// inParallel runs n of f from one start and waits for all.
func inParallel(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() { <-start; f(i) })
	}
	close(start)
	wg.Wait()
}
