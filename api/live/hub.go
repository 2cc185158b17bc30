// Package live keeps open apps up to date over WebSocket. A message is a hint to fetch, made of ids
// alone; whoever misses it finds the same in the inbox.
package live

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"guike/internal/actor"
	"guike/internal/fault"
)

const (
	queue      = 32               // messages that a slow reader may be behind
	perActor   = 5                // sockets of one actor (wechat.md 1.15: a mini-program may open five)
	checkEvery = 3 * time.Second  // how often a session is looked at again; what is seen may be a second old, and five are promised
	pingEvery  = 30 * time.Second // how often a sign of life is asked for
)

// Close codes that tell a client what to do next.
const (
	closeSession websocket.StatusCode = 4401                           // refresh the token or sign in again
	closeSlow    websocket.StatusCode = 4408                           // fetch anew and reconnect
	closeMany    websocket.StatusCode = 4429                           // too many sockets
	closeRestart                      = websocket.StatusServiceRestart // 1012: reconnect, another instance answers
)

// Sessions tells whether the session of somebody who has signed in still stands. Errors: 401 faults.
type Sessions interface {
	Standing(ctx context.Context, who actor.Actor) (actor.Actor, error)
}

// Hub knows the sockets that are open in this process.
type Hub struct {
	sessions Sessions
	log      *slog.Logger

	mu      sync.Mutex
	sockets map[string]map[*socket]struct{} // by channel
	closed  bool
}

type socket struct{ out chan []byte }

// NewHub returns a hub without sockets.
func NewHub(sessions Sessions, log *slog.Logger) *Hub {
	return &Hub{sessions: sessions, log: log, sockets: map[string]map[*socket]struct{}{}}
}

// Channel is where messages for an actor go.
func Channel(kind actor.Kind, subject string) string { return string(kind) + ":" + subject }

// Deliver hands a message to the sockets on a channel. It never waits: a socket whose queue is full is
// closed, and its client fetches anew.
func (h *Hub) Deliver(channel string, payload []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.sockets[channel] {
		select {
		case s.out <- payload:
		default:
			close(s.out)
			h.forget(channel, s)
		}
	}
}

// Close ends every socket and accepts no more.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for channel, all := range h.sockets {
		for s := range all {
			close(s.out)
			h.forget(channel, s)
		}
	}
}

// Open is how many sockets are open in this process.
func (h *Hub) Open() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, all := range h.sockets {
		n += len(all)
	}
	return n
}

// join adds a socket, or says with which code it is refused: too many of the actor's, or the end of
// the hub.
func (h *Hub) join(channel string) (*socket, websocket.StatusCode) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return nil, closeRestart
	case len(h.sockets[channel]) >= perActor:
		return nil, closeMany
	}
	if h.sockets[channel] == nil {
		h.sockets[channel] = map[*socket]struct{}{}
	}
	s := &socket{out: make(chan []byte, queue)}
	h.sockets[channel][s] = struct{}{}
	return s, 0
}

func (h *Hub) leave(channel string, s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forget(channel, s)
}

// forget is called with the lock held.
func (h *Hub) forget(channel string, s *socket) {
	delete(h.sockets[channel], s)
	if len(h.sockets[channel]) == 0 {
		delete(h.sockets, channel)
	}
}

// ServeHTTP opens a socket for the actor of the request, who has been authenticated before. It stays
// open as long as the session stands, whatever becomes of the access token.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who := actor.From(r.Context())
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true, // no cookie signs anybody in, so a foreign page has nothing to ride on
	})
	if err != nil {
		return // Accept has answered
	}
	defer conn.CloseNow() //nolint:errcheck // closing twice is fine
	channel := Channel(who.Kind, who.ID.String())
	s, refused := h.join(channel)
	if s == nil {
		_ = conn.Close(refused, "no socket for you now")
		return
	}
	defer h.leave(channel, s)
	h.serve(conn.CloseRead(r.Context()), conn, s, who)
}

// serve writes until the client leaves, the session ends or the hub closes.
func (h *Hub) serve(ctx context.Context, conn *websocket.Conn, s *socket, who actor.Actor) {
	check, ping := time.NewTicker(checkEvery), time.NewTicker(pingEvery)
	defer check.Stop()
	defer ping.Stop()
	if write(ctx, conn, []byte(`{"kind":"hello"}`)) != nil {
		return
	}
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case message, open := <-s.out:
			if !open {
				_ = conn.Close(h.why(), "fetch anew and reconnect")
				return
			}
			err = write(ctx, conn, message)
		case <-check.C:
			if h.ended(ctx, who) {
				_ = conn.Close(closeSession, "session ended")
				return
			}
		case <-ping.C:
			pingCtx, cancel := context.WithTimeout(ctx, 10*time.Second)
			err = conn.Ping(pingCtx)
			cancel()
		}
		if err != nil {
			return
		}
	}
}

// why tells what made the hub give a socket up.
func (h *Hub) why() websocket.StatusCode {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return closeRestart
	}
	return closeSlow
}

// ended tells that the session is over. A store that is away for the moment ends nothing.
func (h *Hub) ended(ctx context.Context, who actor.Actor) bool {
	_, err := h.sessions.Standing(ctx, who)
	f, ok := fault.Of(err)
	if err != nil && !ok && !errors.Is(err, context.Canceled) {
		h.log.WarnContext(ctx, "live: session cannot be looked at", "error", err)
	}
	return ok && f.Kind == fault.Unauthenticated
}

func write(ctx context.Context, conn *websocket.Conn, message []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return conn.Write(ctx, websocket.MessageText, message)
}
