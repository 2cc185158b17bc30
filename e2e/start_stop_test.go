package e2e_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/wechat/sim"
	"guike/testkit"
)

func TestAWrongConfigurationIsRefusedWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	r := command(t, w.settings.with(settings{
		"HTP_ADDR": ":1", "ZONE": "Mars/Base", "LIMITS_SCALE": "0", "JWT_KEYS": "k1:c2hvcnQ=", "S3_BUCKET": "b", "WECHAT_SECRET": "changeme-changeme",
	}), "serve")
	require.Equal(t, 1, r.code)
	for _, mistake := range []string{
		"GUIKE_HTP_ADDR is unknown; did you mean GUIKE_HTTP_ADDR?", "GUIKE_ZONE", "GUIKE_LIMITS_SCALE", "GUIKE_JWT_KEYS",
		"GUIKE_S3_ENDPOINT", "GUIKE_WECHAT_SECRET is a placeholder", "GUIKE_PUBLIC_URL is missing",
	} {
		require.Contains(t, r.errors, mistake)
	}
	require.NotContains(t, r.errors, "c2hvcnQ=", "a secret is never shown")

	unknown := command(t, w.settings, "serve", "--no-such-flag=1")
	require.NotZero(t, unknown.code)
	require.Contains(t, unknown.errors, "no-such-flag")
	require.Equal(t, 2, command(t, w.settings, "dance").code)
}

func TestAnUnsafeStartIsRefused(t *testing.T) {
	t.Parallel()
	t.Run("schema behind", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, settings{"PUBLIC_URL": "http://127.0.0.1:1"})
		r := command(t, w.settings, "serve")
		require.Equal(t, 1, r.code)
		require.Contains(t, r.errors, "migrat")
	})
	t.Run("a second process on the folder", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, settings{"MIGRATE": "true"})
		w.serve()
		r := command(t, w.settings.with(settings{"PUBLIC_URL": "http://127.0.0.1:1", "HTTP_ADDR": freeAddr(t), "OPS_ADDR": freeAddr(t)}), "serve")
		require.Equal(t, 1, r.code)
		require.Contains(t, r.errors, "another guike uses the data folder")
	})
	t.Run("a port that is taken", func(t *testing.T) {
		t.Parallel()
		first := newWorld(t, settings{"MIGRATE": "true"}).serve()
		second := newWorld(t, settings{
			"MIGRATE": "true", "PUBLIC_URL": first.api, "HTTP_ADDR": strings.TrimPrefix(first.api, "http://"), "OPS_ADDR": freeAddr(t),
		})
		r := command(t, second.settings, "serve")
		require.Equal(t, 1, r.code)
		require.Contains(t, r.errors, "address already in use")
	})
}

// A server whose stores are away says so, tries again, and starts when they come.
func TestAServerWaitsForItsStores(t *testing.T) {
	t.Parallel()
	redis := ownRedis(t)
	redis.kill()
	door := freeAddr(t)
	dsn := testkit.FreshSchema(t, false)
	at := strings.Index(dsn, "tcp(")
	end := at + strings.Index(dsn[at:], ")")
	w := newWorld(t, settings{"MYSQL_DSN": dsn[:at+4] + door + dsn[end:], "REDIS_URL": redis.url(), "MIGRATE": "true"})
	s := launch(t, w.settings, "serve")
	eventually(t, 10*time.Second, "a second try", func() bool {
		return strings.Count(s.log.String(), "the database does not answer, trying again") >= 2
	})
	require.True(t, s.alive())
	forward(t, door, dsn[at+4:end])
	s.awaitReady(time.Minute) // it makes every table first
	_, states := s.readiness()
	require.Equal(t, "degraded", states["redis"])
	require.Contains(t, s.log.String(), "redis does not answer")
	redis.start()
	awaitRedis(t, s, "ok")
	require.NotContains(t, s.log.String(), "rig:", "a password is never shown")
	s.stop()
}

func TestAServerThatWaitsForItsStoresCanBeStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{"MYSQL_DSN": "u:p@tcp(" + freeAddr(t) + ")/guike"})
	s := launch(t, w.settings, "serve")
	eventually(t, 10*time.Second, "a first try", func() bool {
		return strings.Contains(s.log.String(), "the database does not answer, trying again")
	})
	s.terminate()
	require.NotEqual(t, -1, s.wait(5*time.Second))
}

// F02: a server that is asked to stop finishes what it has begun, is not ready meanwhile, and goes
// well within ten seconds.
func TestAServerFinishesWhatItBegan(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		c := found(t, w, 4)
		h, _ := c.customer(newOpenID())
		socket := h.live("/v1/me/live")
		require.NoError(t, w.platform.AddFault(sim.Fault{Path: "/sns/jscode2session", Mode: "delay", DelayMS: 2000, Count: -1}))
		answers := make([]answer, 6)
		var under sync.WaitGroup
		for i := range answers {
			code := w.platform.Code(newOpenID())
			under.Go(func() {
				answers[i] = newClient(t, c.server.api, "").do(context.Background(), request{
					method: http.MethodPost, path: "/v1/auth/wechat", body: map[string]string{"code": code},
				})
			})
		}
		l := newLoad(t, 4, c.projects, c.manager)
		l.awaitAcks(5, 5*time.Second)
		metrics := newClient(t, c.server.ops, "")
		eventually(t, 2*time.Second, "six requests under way", func() bool {
			return inFlight(metrics.get("/metrics")) >= len(answers)
		})

		c.server.terminate()
		asked := time.Now()
		eventually(t, time.Second, "a readiness that drops", func() bool {
			status, states := c.server.readiness()
			return status == http.StatusServiceUnavailable && states[""] == "draining"
		})
		require.True(t, c.server.alive(), "work is under way")
		under.Wait()
		for _, a := range answers {
			require.NotEmpty(t, a.want(200).text("access_token"))
		}
		socket.closed(5 * time.Second)
		require.Zero(t, c.server.wait(10*time.Second))
		t.Logf("gone %s after it was asked to", time.Since(asked).Round(time.Millisecond))

		c.server.run() // the load goes on at the next one
		c.server.awaitReady(readyWithin)
		l.awaitAcks(5, 5*time.Second)
		l.end()
		require.Zero(t, l.tally().truncated, "no answer ends in its midst")
		l.repeat(20)
		c.server.stop()
		l.check(w)
	})
}

// inFlight reads the gauge of requests under way.
func inFlight(a answer) int {
	for line := range strings.SplitSeq(string(a.body), "\n") {
		if name, value, ok := strings.Cut(line, " "); ok && strings.HasSuffix(name, "http_requests_in_flight") {
			n, err := strconv.Atoi(value)
			require.NoError(a.t, err)
			return n
		}
	}
	return 0
}
