package obs

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/pprof"
	"time"
)

// readyTimeout bounds one look at the stores for /readyz.
const readyTimeout = 3 * time.Second

// The states that /readyz shows, of the server and of each check.
const (
	StatusOK       = "ok"
	StatusDegraded = "degraded" // works with less; still answered with 200
	StatusDown     = "down"
	StatusDraining = "draining"
)

// Readiness is what the server knows about itself at this moment. A nil error
// means that the thing is well.
type Readiness struct {
	// Draining is true from the moment the server was asked to stop.
	Draining bool
	// Starting is true until the server can do its work for the first time.
	Starting bool
	// Database is why the store cannot be reached.
	Database error
	// Migrations is why the schema does not fit this binary.
	Migrations error
	// Degraded holds what the server can do without for a while, by name:
	// "redis", "outbox". It never makes the server unready.
	Degraded map[string]error
}

type readyView struct {
	Status string               `json:"status"`
	Checks map[string]checkView `json:"checks"`
}

type checkView struct {
	Status string `json:"status"`
	Detail string `json:"detail,omitempty"`
}

// OpsHandler serves the operations port, which is never open to the world:
//
//	/healthz        200 while the process lives, whatever else is away
//	/readyz         503 while the database is away, migrations are behind, or the
//	                server starts or drains; else 200, with redis and outbox lag
//	                shown as degraded (design.md 5)
//	/metrics        Prometheus
//	/debug/pprof/   profiles
//
// Ready is called for each look, with a context that ends after 3 seconds, and
// must be safe for concurrent use.
func OpsHandler(ready func(context.Context) Readiness, metrics *Metrics) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": StatusOK})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		status, view := ready(ctx).view()
		answer(w, status, view)
	})
	mux.Handle("GET /metrics", metrics.Handler())
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

func (r Readiness) view() (int, readyView) {
	view := readyView{Status: StatusOK, Checks: map[string]checkView{
		"database":   check(r.Database, StatusDown),
		"migrations": check(r.Migrations, StatusDown),
	}}
	for name, err := range r.Degraded {
		view.Checks[name] = check(err, StatusDegraded)
		if err != nil {
			view.Status = StatusDegraded
		}
	}
	switch {
	case r.Draining:
		view.Status = StatusDraining
	case r.Starting, r.Database != nil, r.Migrations != nil:
		view.Status = StatusDown
	default:
		return http.StatusOK, view
	}
	return http.StatusServiceUnavailable, view
}

// check shows an error scrubbed: drivers put addresses into their errors.
func check(err error, bad string) checkView {
	if err == nil {
		return checkView{Status: StatusOK}
	}
	return checkView{Status: bad, Detail: Scrub(err.Error())}
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// The reader may be gone; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(body)
}
