package obs_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/obs"
)

func get(t *testing.T, h http.Handler, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

func TestReadyz(t *testing.T) {
	t.Parallel()
	away := errors.New("dial guike:" + secret + "@tcp(db:3306)/guike: refused")
	tests := map[string]struct {
		given  obs.Readiness
		code   int
		status string
		checks map[string]string
	}{
		"ready":             {obs.Readiness{}, 200, "ok", map[string]string{"database": "ok", "migrations": "ok"}},
		"database away":     {obs.Readiness{Database: away}, 503, "down", map[string]string{"database": "down", "migrations": "ok"}},
		"migrations behind": {obs.Readiness{Migrations: away}, 503, "down", map[string]string{"migrations": "down"}},
		"starting":          {obs.Readiness{Starting: true}, 503, "down", nil},
		"draining":          {obs.Readiness{Draining: true}, 503, "draining", map[string]string{"database": "ok"}},
		"redis away": {
			obs.Readiness{Degraded: map[string]error{"redis": away, "outbox": nil}},
			200, "degraded",
			map[string]string{"redis": "degraded", "outbox": "ok", "database": "ok"},
		},
		"everything away": {
			obs.Readiness{Database: away, Degraded: map[string]error{"redis": away}},
			503, "down",
			map[string]string{"database": "down", "redis": "degraded"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := obs.OpsHandler(func(ctx context.Context) obs.Readiness {
				_, bounded := ctx.Deadline()
				require.True(t, bounded)
				return tt.given
			}, obs.NewMetrics(obs.Build{}))
			code, body := get(t, h, "/readyz")
			require.Equal(t, tt.code, code)
			require.NotContains(t, body, secret)
			var view struct {
				Status string
				Checks map[string]struct{ Status, Detail string }
			}
			require.NoError(t, json.Unmarshal([]byte(body), &view))
			require.Equal(t, tt.status, view.Status)
			for check, want := range tt.checks {
				require.Equal(t, want, view.Checks[check].Status, check)
			}

			code, body = get(t, h, "/healthz")
			require.Equal(t, 200, code, "alive whatever is away")
			require.JSONEq(t, `{"status":"ok"}`, body)
		})
	}
}

func TestOpsServesProfilesAndMetrics(t *testing.T) {
	t.Parallel()
	h := obs.OpsHandler(func(context.Context) obs.Readiness { return obs.Readiness{} }, obs.NewMetrics(obs.Build{}))
	for path, want := range map[string]int{
		"/debug/pprof/": 200, "/debug/pprof/goroutine?debug=1": 200, "/debug/pprof/cmdline": 200, "/metrics": 200, "/other": 404,
	} {
		code, _ := get(t, h, path)
		require.Equal(t, want, code, path)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	m := obs.NewMetrics(obs.Build{Version: "1.2.3", Revision: "abc"})
	at := time.UnixMilli(1_700_000_000_500)

	m.Request("/v1/me/projects/{id}", "GET", 200, 20*time.Millisecond)
	m.Request("/v1/me/projects/{id}", "GET", 204, 20*time.Millisecond)
	m.Request("", "BREW", 404, time.Millisecond)
	end := m.Begin()
	m.JobRan("outbox", at, 250*time.Millisecond, nil)
	m.JobRan("outbox", at.Add(time.Hour), time.Second, errors.New("no"))
	m.WatchOutbox(func(ctx context.Context) (obs.Outbox, error) {
		return obs.Outbox{Waiting: 7, Oldest: 90 * time.Second, Dead: 2}, ctx.Err()
	})
	m.WatchRedis(func() obs.RedisPool {
		return obs.RedisPool{Hits: 5, Misses: 1, Timeouts: 0, Total: 4, Idle: 3, Stale: 9}
	})
	m.WatchGauge("live_connections", "Open sockets.", func() float64 { return 12 })
	m.WatchGauges("alerts", "Alerts.", "level", func(context.Context) (map[string]float64, error) {
		return map[string]float64{"1": 4, "3": 0}, nil
	})
	m.WatchGauges("lost", "Cannot be read.", "level", func(context.Context) (map[string]float64, error) {
		return nil, errors.New("no")
	})
	m.WatchDB("main", func() sql.DBStats {
		return sql.DBStats{OpenConnections: 8, InUse: 3, WaitDuration: 1500 * time.Millisecond}
	})
	m.WatchDB("read", func() sql.DBStats { return sql.DBStats{OpenConnections: 1} })

	code, body := get(t, m.Handler(), "/metrics")
	require.Equal(t, 200, code)
	for _, line := range []string{
		`guike_http_requests_total{method="GET",route="/v1/me/projects/{id}",status="2xx"} 2`,
		`guike_http_requests_total{method="OTHER",route="unmatched",status="4xx"} 1`,
		`guike_http_request_seconds_bucket{method="GET",route="/v1/me/projects/{id}",status="2xx",le="0.025"} 2`,
		`guike_http_requests_in_flight 1`,
		`guike_job_last_success_timestamp_seconds{job="outbox"} 1.7000000005e+09`,
		`guike_job_last_duration_seconds{job="outbox"} 1`,
		`guike_job_failures_total{job="outbox"} 1`,
		`guike_outbox_waiting 7`,
		`guike_outbox_oldest_seconds 90`,
		`guike_outbox_dead 2`,
		`guike_redis_pool_hits_total 5`,
		`guike_redis_pool_misses_total 1`,
		`guike_redis_pool_stale_total 9`,
		`guike_redis_pool_connections 4`,
		`guike_redis_pool_idle_connections 3`,
		`guike_live_connections 12`,
		`guike_alerts{level="1"} 4`,
		`guike_alerts{level="3"} 0`,
		`guike_verify_broken -1`,
		`guike_db_pool_connections{pool="main"} 8`,
		`guike_db_pool_in_use_connections{pool="main"} 3`,
		`guike_db_pool_wait_seconds_total{pool="main"} 1.5`,
		`guike_db_pool_connections{pool="read"} 1`,
	} {
		require.Contains(t, body, line+"\n")
	}
	require.Regexp(t, `guike_build_info\{go="go1[^"]*",revision="abc",version="1.2.3"\} 1`, body)

	end()
	m.VerifyRan(at, 3)
	_, body = get(t, m.Handler(), "/metrics")
	require.Contains(t, body, "guike_http_requests_in_flight 0\n")
	require.Contains(t, body, "guike_verify_broken 3\n")
}

func TestMetricsOutliveAFailedSource(t *testing.T) {
	t.Parallel()
	m := obs.NewMetrics(obs.Build{})
	m.WatchOutbox(func(context.Context) (obs.Outbox, error) { return obs.Outbox{}, errors.New("database is away") })
	_, _ = get(t, m.Handler(), "/metrics")
	code, body := get(t, m.Handler(), "/metrics")
	require.Equal(t, 200, code)
	require.NotContains(t, body, "guike_outbox_waiting")
	require.Regexp(t, `guike_watch_failures_total\{source="outbox"\} [12]\n`, body)
}

func TestMetricsOfTwoProcessesAreApart(t *testing.T) {
	t.Parallel()
	one, two := obs.NewMetrics(obs.Build{}), obs.NewMetrics(obs.Build{})
	one.Request("/x", "GET", 200, 0)
	_, body := get(t, two.Handler(), "/metrics")
	require.NotContains(t, body, `route="/x"`)
}
