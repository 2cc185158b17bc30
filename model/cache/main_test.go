package cache_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"guike/internal/clock"
	"guike/model/cache"
)

// A pool that met a Redis which was away goes on asking for it once a second, and ends at the first
// question after it was closed.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"))
}

var noon = time.Date(2026, 11, 21, 4, 0, 0, 0, time.UTC)

// server is a Redis that several instances share.
type server struct{ url, prefix string }

// open starts an instance beside the others on the server.
func (s server) open(t *testing.T, now clock.Clock) *cache.Cache {
	t.Helper()
	c, err := cache.Open(t.Context(), cache.Options{URL: s.url, Prefix: s.prefix, Clock: now, Log: quiet()})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// onEveryRedis runs a test on the embedded server, on the same one through the cluster client, and
// on the real one of GUIKE_TEST_REDIS_URL if there is one.
func onEveryRedis(t *testing.T, test func(t *testing.T, s server)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		test(t, server{url: embedded(t)})
	})
	t.Run("embedded, cluster client", func(t *testing.T) {
		t.Parallel()
		url := embedded(t)
		test(t, server{url: url + "," + host(url)})
	})
	if url := os.Getenv("GUIKE_TEST_REDIS_URL"); url != "" {
		t.Run("real", func(t *testing.T) {
			t.Parallel()
			s := server{url: url, prefix: "guike-test-" + rand.Text() + ":"}
			c := s.open(t, clock.System{})
			t.Cleanup(func() { _ = c.FlushAll(context.Background()) })
			test(t, s)
		})
	}
}

// embedded starts a server of its own for the test.
func embedded(t *testing.T) string {
	t.Helper()
	c := server{}.open(t, clock.System{})
	require.True(t, c.Embedded())
	return c.URL()
}

func host(url string) string { return url[strings.LastIndex(url, "@")+1:] }

// gate is a way to a Redis that can be made bad.
type gate struct {
	url    string
	target string

	mu    sync.Mutex
	in    net.Listener
	conns []net.Conn
	delay time.Duration
	hung  chan struct{} // not nil: nothing passes until it is closed
	done  chan struct{} // the test is over
}

// gateTo opens a way to an embedded server.
func gateTo(t *testing.T, url string) *gate {
	t.Helper()
	g := &gate{target: host(url), done: make(chan struct{})}
	g.listen(t, "127.0.0.1:0")
	g.url = strings.Replace(url, g.target, g.in.Addr().String(), 1)
	t.Cleanup(func() {
		close(g.done)
		g.release()
		g.cut()
	})
	return g
}

func (g *gate) listen(t *testing.T, addr string) {
	t.Helper()
	in, err := net.Listen("tcp", addr)
	require.NoError(t, err)
	g.mu.Lock()
	g.in = in
	g.mu.Unlock()
	go func() {
		for {
			conn, err := in.Accept()
			if err != nil {
				return
			}
			go g.carry(conn)
		}
	}()
}

func (g *gate) carry(client net.Conn) {
	far, err := net.Dial("tcp", g.target)
	if err != nil {
		_ = client.Close()
		return
	}
	g.mu.Lock()
	g.conns = append(g.conns, client, far)
	g.mu.Unlock()
	go g.pump(client, far)
	g.pump(far, client)
}

func (g *gate) pump(to, from net.Conn) {
	defer to.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		g.mu.Lock()
		hung, delay := g.hung, g.delay
		g.mu.Unlock()
		if hung != nil {
			<-hung
		}
		select {
		case <-time.After(delay):
		case <-g.done:
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// cut closes the way: connections are reset and new ones refused.
func (g *gate) cut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	_ = g.in.Close()
	for _, c := range g.conns {
		_ = c.Close()
	}
	g.conns = nil
}

// mend opens the way again at the same address.
func (g *gate) mend(t *testing.T) {
	t.Helper()
	g.listen(t, host(g.url))
}

// hang lets connections stand and nothing through, as a stopped server does.
func (g *gate) hang() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hung = make(chan struct{})
}

func (g *gate) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.hung != nil {
		close(g.hung)
		g.hung = nil
	}
}

func (g *gate) slow(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.delay = d
}

// took measures f.
func took(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

func up(c *cache.Cache) func() bool { return func() bool { return c.Stats().Up } }
