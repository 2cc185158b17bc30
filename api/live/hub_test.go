package live_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"guike/api/live"
	"guike/internal/actor"
	"guike/internal/id"
)

// standing lets every session stand.
type standing struct{}

func (standing) Standing(_ context.Context, who actor.Actor) (actor.Actor, error) { return who, nil }

type bundle struct {
	hub    *live.Hub
	server *httptest.Server
	who    actor.Actor
}

// setup serves a hub to one person, as the middleware would.
func setup(t *testing.T) bundle {
	t.Helper()
	b := bundle{hub: live.NewHub(standing{}, slog.New(slog.DiscardHandler)), who: actor.Actor{Kind: actor.Customer, ID: id.New()}}
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.hub.ServeHTTP(w, r.WithContext(actor.With(r.Context(), b.who)))
	}))
	t.Cleanup(b.server.Close)
	t.Cleanup(b.hub.Close)
	return b
}

// socket opens a socket and reads the greeting.
func (b bundle) socket(t *testing.T) *websocket.Conn {
	t.Helper()
	conn := b.dial(t)
	_, hello, err := conn.Read(t.Context())
	require.NoError(t, err)
	require.JSONEq(t, `{"kind":"hello"}`, string(hello))
	return conn
}

func (b bundle) dial(t *testing.T) *websocket.Conn {
	t.Helper()
	conn, answer, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(b.server.URL, "http"), nil)
	require.NoError(t, err)
	if answer.Body != nil {
		require.NoError(t, answer.Body.Close())
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}

func closed(t *testing.T, conn *websocket.Conn) websocket.StatusCode {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		if _, _, err := conn.Read(ctx); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}

func TestMessagesReachTheSocketsOfTheirChannelOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, two := b.socket(t), b.socket(t)
	b.hub.Deliver(live.Channel(actor.Customer, id.New().String()), []byte("somebody else's"))
	b.hub.Deliver(live.Channel(actor.Staff, b.who.ID.String()), []byte("another kind's"))
	b.hub.Deliver(live.Channel(actor.Customer, b.who.ID.String()), []byte("mine"))
	for _, conn := range []*websocket.Conn{one, two} {
		_, message, err := conn.Read(t.Context())
		require.NoError(t, err)
		require.Equal(t, "mine", string(message))
	}
}

func TestSixthSocketIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 5 {
		b.socket(t)
	}
	require.Equal(t, 5, b.hub.Open())
	require.EqualValues(t, 4429, closed(t, b.dial(t)))
}

func TestSocketsEndWithTheServer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	conn := b.socket(t)
	b.hub.Close()
	require.Equal(t, websocket.StatusServiceRestart, closed(t, conn))
	require.Zero(t, b.hub.Open())
	require.Equal(t, websocket.StatusServiceRestart, closed(t, b.dial(t)), "a socket that comes too late is sent elsewhere")
}

func TestReaderThatFallsBehindIsToldToFetchAnew(t *testing.T) {
	t.Parallel()
	b := setup(t)
	conn := b.socket(t)
	big := []byte(strings.Repeat("x", 1<<20)) // fills the buffers of the connection soon
	for range 200 {
		b.hub.Deliver(live.Channel(actor.Customer, b.who.ID.String()), big)
	}
	conn.SetReadLimit(2 << 20)
	require.EqualValues(t, 4408, closed(t, conn))
}

func TestSocketThatLeftIsForgotten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.NoError(t, b.socket(t).Close(websocket.StatusNormalClosure, ""))
	require.Eventually(t, func() bool { return b.hub.Open() == 0 }, 10*time.Second, 5*time.Millisecond)
}
