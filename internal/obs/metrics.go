package obs

import (
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// RouteUnmatched is the route label of a request that no pattern matched.
const RouteUnmatched = "unmatched"

// Build says which binary runs.
type Build struct {
	Version  string // the release, or "dev"
	Revision string // the commit, may be empty
}

// Metrics holds every metric of the process in a registry of its own. Each name
// begins with guike_, durations are seconds, instants are Unix seconds. It is safe
// for concurrent use.
type Metrics struct {
	registry *prometheus.Registry

	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	inFlight prometheus.Gauge

	jobSuccess  *prometheus.GaugeVec
	jobTook     *prometheus.GaugeVec
	jobFailures *prometheus.CounterVec

	verifyBroken prometheus.Gauge
	verifyAt     prometheus.Gauge

	unread *prometheus.CounterVec
}

// NewMetrics returns metrics that know the build, the Go runtime and the process;
// the Watch methods add stores and the outbox.
func NewMetrics(build Build) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: counters("http_requests_total", "Requests answered.", "route", "method", "status"),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "guike_http_request_seconds", Help: "How long a request took.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 15},
		}, []string{"route", "method", "status"}),
		inFlight:     gauge("http_requests_in_flight", "Requests being answered."),
		jobSuccess:   gauges("job_last_success_timestamp_seconds", "When the job last ended well.", "job"),
		jobTook:      gauges("job_last_duration_seconds", "How long the job's last run took.", "job"),
		jobFailures:  counters("job_failures_total", "Runs of the job that failed.", "job"),
		verifyBroken: gauge("verify_broken", "Broken invariants found by the last verify; -1 before the first."),
		verifyAt:     gauge("verify_last_timestamp_seconds", "When verify last ran."),
		unread:       counters("watch_failures_total", "Reads of a watched source that failed.", "source"),
	}
	m.verifyBroken.Set(-1)
	m.registry.MustRegister(
		m.requests, m.took, m.inFlight, m.jobSuccess, m.jobTook, m.jobFailures, m.verifyBroken, m.verifyAt, m.unread,
		buildInfo(build), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

func buildInfo(build Build) prometheus.Collector {
	info := gauges("build_info", "The binary that runs; always 1.", "version", "revision", "go")
	info.WithLabelValues(build.Version, build.Revision, runtime.Version()).Set(1)
	return info
}

// Handler serves the metrics in Prometheus' formats. A source that fails is left
// out of the answer, the others are still served.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		Registry: m.registry, ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4,
	})
}

// Begin counts a request as in flight until the returned function is called.
func (m *Metrics) Begin() (end func()) {
	m.inFlight.Inc()
	return m.inFlight.Dec
}

// Request records one answered request. Route is the pattern, never the path
// ("" becomes [RouteUnmatched]); an unusual method becomes "OTHER"; the status is
// kept as its class ("2xx"), so that foreign input cannot add series.
func (m *Metrics) Request(route, method string, status int, took time.Duration) {
	if route == "" {
		route = RouteUnmatched
	}
	labels := []string{route, knownMethod(method), strconv.Itoa(status/100) + "xx"}
	m.requests.WithLabelValues(labels...).Inc()
	m.took.WithLabelValues(labels...).Observe(took.Seconds())
}

func knownMethod(method string) string {
	known := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodHead, http.MethodOptions}
	if slices.Contains(known, method) {
		return method
	}
	return "OTHER"
}

// JobRan records a job's run that ended at the instant; a nil err is a success.
func (m *Metrics) JobRan(job string, at time.Time, took time.Duration, err error) {
	m.jobTook.WithLabelValues(job).Set(took.Seconds())
	failures := m.jobFailures.WithLabelValues(job)
	if err != nil {
		failures.Inc()
		return
	}
	m.jobSuccess.WithLabelValues(job).Set(unix(at))
}

// VerifyRan records how many invariants the last verify found broken.
func (m *Metrics) VerifyRan(at time.Time, broken int) {
	m.verifyAt.Set(unix(at))
	m.verifyBroken.Set(float64(broken))
}

// WatchGauge adds a gauge guike_<name> that is read at every scrape. Call it once
// for a name, while the process is put together; it panics on a name used twice.
func (m *Metrics) WatchGauge(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "guike_" + name, Help: help}, read))
}

func unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func gauge(name, help string) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Name: "guike_" + name, Help: help})
}

func gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "guike_" + name, Help: help}, labels)
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "guike_" + name, Help: help}, labels)
}
