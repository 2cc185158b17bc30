package e2e_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
)

// socket is an open app: what it was told arrives in hints, in order.
type socket struct {
	t     testing.TB
	hints chan map[string]any
	ended chan struct{} // closed when the server ended it
	code  websocket.StatusCode
}

// live opens the socket of a person and returns once the server has said hello.
func (c *client) live(path string) *socket {
	c.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(c.base, "http")+path, &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer " + c.token}},
	})
	require.NoError(c.t, err)
	s := &socket{t: c.t, hints: make(chan map[string]any, 100), ended: make(chan struct{})}
	c.t.Cleanup(func() {
		cancel()
		_ = conn.CloseNow()
		<-s.ended
	})
	go func() {
		defer close(s.ended)
		for {
			_, text, err := conn.Read(ctx)
			if err != nil {
				s.code = websocket.CloseStatus(err)
				return
			}
			var hint map[string]any
			if json.Unmarshal(text, &hint) == nil {
				s.hints <- hint
			}
		}
	}()
	require.Equal(c.t, "hello", s.next(5 * time.Second)["kind"])
	return s
}

// next is the next hint.
func (s *socket) next(within time.Duration) map[string]any {
	s.t.Helper()
	select {
	case hint := <-s.hints:
		return hint
	case <-s.ended:
		s.t.Fatalf("the socket was closed with %d", s.code)
	case <-time.After(within):
		s.t.Fatalf("no hint within %s", within)
	}
	return nil
}

// closed waits until the server ends the socket, and returns its code.
func (s *socket) closed(within time.Duration) websocket.StatusCode {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(within):
		s.t.Fatalf("the socket is still open after %s", within)
	}
	return s.code
}
