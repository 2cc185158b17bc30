package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/testkit"
)

// F08: while Redis is away, frozen or dead, writes go on, nobody gets a wrong answer and nobody who
// was shut out comes in.
func TestRedisMayBeAway(t *testing.T) {
	t.Parallel()
	lasting := 5 * time.Second
	if long() {
		lasting = time.Minute
	}
	for name, trouble := range map[string]func(r *redisServer) (end func()){
		"frozen": func(r *redisServer) func() { r.pause(); return r.resume },
		"killed": func(r *redisServer) func() { r.kill(); return r.start },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			redis := ownRedis(t)
			w := newWorld(t, settings{"MYSQL_DSN": testkit.FreshSchema(t, false), "REDIS_URL": redis.url()})
			c := found(t, w, 12)
			shut := shutOut(t, c)
			l := newLoad(t, 6, c.projects, c.manager)
			l.awaitAcks(60, 30*time.Second)
			usual := l.p99()

			end := trouble(redis)
			awaitRedis(t, c.server, "degraded")
			shut.lockOut("during")
			leaver, _ := c.customer(newOpenID())
			leaver.get("/v1/me").want(200)
			leaver.post("/v1/auth/logout", nil).want(204)
			shut.sessions = append(shut.sessions, leaver)
			for until := time.Now().Add(lasting); time.Now().Before(until); {
				l.awaitAcks(20, 5*time.Second)
				shut.check()
			}
			slow := l.p99()
			end()
			awaitRedis(t, c.server, "ok")
			shut.check()
			redis.flush()
			shut.check()
			l.awaitAcks(20, 10*time.Second)
			l.end()

			n := l.tally()
			t.Logf("Redis %s for %s: %+v, p99 %s, usually %s", name, lasting, n, slow.Round(time.Millisecond), usual.Round(time.Millisecond))
			require.Zero(t, n.unknown, "a write needs no Redis")
			if long() { // in the ordinary run other packages' tests share the machine, and times say nothing
				require.Less(t, slow, usual+time.Second, "nobody waits for Redis; a busy machine is slow anyway")
			}
			l.repeat(60)
			c.server.stop()
			l.check(w)
		})
	}
}

func awaitRedis(t *testing.T, s *server, state string) {
	t.Helper()
	eventually(t, 15*time.Second, "a Redis that is "+state, func() bool {
		status, states := s.readiness()
		require.Equal(t, http.StatusOK, status, "the server is ready without Redis")
		return states["redis"] == state
	})
}

// outsiders are those who must stay outside whatever happens to Redis.
type outsiders struct {
	t        *testing.T
	c        *company
	sessions []*client
	names    []string
}

// shutOut logs somebody out and locks a name out, while all is well.
func shutOut(t *testing.T, c *company) *outsiders {
	t.Helper()
	o := &outsiders{t: t, c: c}
	leaver, _ := c.customer(newOpenID())
	leaver.get("/v1/me").want(200)
	leaver.post("/v1/auth/logout", nil).want(204)
	eventually(t, cutWithin, "a refusal", func() bool { return leaver.get("/v1/me").status == http.StatusUnauthorized })
	o.sessions = append(o.sessions, leaver)
	o.lockOut("before")
	return o
}

// lockOut fails to sign a member of staff in until the name is locked.
func (o *outsiders) lockOut(username string) {
	o.t.Helper()
	o.c.employ(username, "sales")
	stranger := newClient(o.t, o.c.server.api, "")
	for try := range 10 {
		a := stranger.do(o.t.Context(), request{
			method: http.MethodPost, path: "/v1/staff/auth/password", body: map[string]string{"username": username, "password": "wrong-guess"},
			header: map[string]string{"X-Forwarded-For": "203.0.113." + string(rune('0'+try))},
		})
		if try < 9 {
			a.want(http.StatusUnauthorized)
		}
	}
	o.names = append(o.names, username)
	o.check()
}

// check tries to come in: with ended sessions, and with the right password of locked names. A session
// has a few seconds to end.
func (o *outsiders) check() {
	o.t.Helper()
	for _, s := range o.sessions {
		eventually(o.t, cutWithin, "a refusal", func() bool { return s.get("/v1/me").status == http.StatusUnauthorized })
		s.get("/v1/me").want(http.StatusUnauthorized)
	}
	for _, name := range o.names {
		a := newClient(o.t, o.c.server.api, "").post("/v1/staff/auth/password", map[string]string{"username": name, "password": password})
		a.want(http.StatusTooManyRequests)
		code, _ := a.problem()
		require.Equal(o.t, "auth.locked", code)
		require.NotEmpty(o.t, a.header.Get("Retry-After"))
	}
}
