package cache

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// embedded is a Redis server inside the process, reached over loopback, because pipes dead-lock
// under long pipelines. A password keeps the machine's other users out.
type embedded struct {
	server *miniredis.Miniredis
	url    string
}

func startEmbedded() (*embedded, error) {
	server, password := miniredis.NewMiniRedis(), rand.Text()
	server.RequireAuth(password)
	if err := server.StartAddr("127.0.0.1:0"); err != nil {
		return nil, err
	}
	return &embedded{server: server, url: "redis://:" + password + "@" + server.Addr()}, nil
}

// tick lets real time pass for the server, whose keys do not expire by themselves. Once a second,
// since every step looks at every key.
func (e *embedded) tick(ctx context.Context) {
	const step = time.Second
	ticker := time.NewTicker(step)
	defer ticker.Stop()
	var last time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			passed := step
			if !last.IsZero() {
				passed = now.Sub(last)
			}
			last = now
			e.server.FastForward(passed)
		}
	}
}

func (e *embedded) close() {
	if e != nil {
		e.server.Close()
	}
}
