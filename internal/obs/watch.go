package obs

import (
	"context"
	"database/sql"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// watchTimeout bounds what one source may cost a scrape.
const watchTimeout = 2 * time.Second

// Outbox is the state of the outbox as its owner reads it.
type Outbox struct {
	Waiting int64         // rows not delivered yet, dead ones apart
	Oldest  time.Duration // how long the oldest of them has been due; 0 when none is
	Dead    int64         // rows given up, for a person to look at
}

// WatchOutbox adds gauges of the outbox that are read at every scrape. A failed
// read leaves them out and counts in guike_watch_failures_total. Call it once.
func (m *Metrics) WatchOutbox(read func(context.Context) (Outbox, error)) {
	m.registry.MustRegister(&outboxCollector{
		read: read, failed: m.unread.WithLabelValues("outbox"),
		waiting: desc("outbox_waiting", "Outbox rows not delivered yet."),
		oldest:  desc("outbox_oldest_seconds", "How long the oldest waiting outbox row has been due."),
		dead:    desc("outbox_dead", "Outbox rows given up."),
	})
}

type outboxCollector struct {
	read                  func(context.Context) (Outbox, error)
	failed                prometheus.Counter
	waiting, oldest, dead *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (c *outboxCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.waiting
	ch <- c.oldest
	ch <- c.dead
}

// Collect implements prometheus.Collector.
func (c *outboxCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), watchTimeout)
	defer cancel()
	state, err := c.read(ctx)
	if err != nil {
		c.failed.Inc()
		return
	}
	ch <- prometheus.MustNewConstMetric(c.waiting, prometheus.GaugeValue, float64(state.Waiting))
	ch <- prometheus.MustNewConstMetric(c.oldest, prometheus.GaugeValue, state.Oldest.Seconds())
	ch <- prometheus.MustNewConstMetric(c.dead, prometheus.GaugeValue, float64(state.Dead))
}

// WatchGauges adds a gauge guike_<name> with one label whose values and numbers are read at every
// scrape. A failed read leaves it out and counts in guike_watch_failures_total. Call it once for a name.
func (m *Metrics) WatchGauges(name, help, label string, read func(context.Context) (map[string]float64, error)) {
	d := prometheus.NewDesc("guike_"+name, help, []string{label}, nil)
	m.registry.MustRegister(&gaugesCollector{desc: d, read: read, failed: m.unread.WithLabelValues(name)})
}

type gaugesCollector struct {
	desc   *prometheus.Desc
	read   func(context.Context) (map[string]float64, error)
	failed prometheus.Counter
}

// Describe implements prometheus.Collector.
func (c *gaugesCollector) Describe(ch chan<- *prometheus.Desc) { ch <- c.desc }

// Collect implements prometheus.Collector.
func (c *gaugesCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), watchTimeout)
	defer cancel()
	values, err := c.read(ctx)
	if err != nil {
		c.failed.Inc()
		return
	}
	for value, n := range values {
		ch <- prometheus.MustNewConstMetric(c.desc, prometheus.GaugeValue, n, value)
	}
}

// WatchDB adds the statistics of a connection pool of the store, read at every
// scrape, under a name such as "main". Call it once for a name.
func (m *Metrics) WatchDB(name string, read func() sql.DBStats) {
	c := &poolCollector[sql.DBStats]{read: read, labels: prometheus.Labels{"pool": name}}
	c.gauge("db_pool_max_connections", "Most connections allowed.", func(s sql.DBStats) float64 { return float64(s.MaxOpenConnections) })
	c.gauge("db_pool_connections", "Connections open.", func(s sql.DBStats) float64 { return float64(s.OpenConnections) })
	c.gauge("db_pool_in_use_connections", "Connections at work.", func(s sql.DBStats) float64 { return float64(s.InUse) })
	c.gauge("db_pool_idle_connections", "Connections idle.", func(s sql.DBStats) float64 { return float64(s.Idle) })
	c.counter("db_pool_waits_total", "Waits for a connection.", func(s sql.DBStats) float64 { return float64(s.WaitCount) })
	c.counter("db_pool_wait_seconds_total", "Time waited for connections.", func(s sql.DBStats) float64 { return s.WaitDuration.Seconds() })
	m.registry.MustRegister(c)
}

// RedisPool is the state of the Redis connection pool, as go-redis counts it.
type RedisPool struct {
	Hits, Misses, Timeouts uint32 // since the start
	Total, Idle, Stale     uint32 // connections; Stale counts removals since the start
}

// WatchRedis adds the statistics of the Redis pool, read at every scrape. Call it once.
func (m *Metrics) WatchRedis(read func() RedisPool) {
	c := &poolCollector[RedisPool]{read: read}
	c.counter("redis_pool_hits_total", "Free connections found.", func(p RedisPool) float64 { return float64(p.Hits) })
	c.counter("redis_pool_misses_total", "Free connections not found.", func(p RedisPool) float64 { return float64(p.Misses) })
	c.counter("redis_pool_timeouts_total", "Waits that ran out.", func(p RedisPool) float64 { return float64(p.Timeouts) })
	c.counter("redis_pool_stale_total", "Stale connections removed.", func(p RedisPool) float64 { return float64(p.Stale) })
	c.gauge("redis_pool_connections", "Connections open.", func(p RedisPool) float64 { return float64(p.Total) })
	c.gauge("redis_pool_idle_connections", "Connections idle.", func(p RedisPool) float64 { return float64(p.Idle) })
	m.registry.MustRegister(c)
}

// poolCollector turns one snapshot of a pool into several metrics.
type poolCollector[T any] struct {
	read   func() T
	labels prometheus.Labels
	values []poolValue[T]
}

type poolValue[T any] struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(T) float64
}

func (c *poolCollector[T]) gauge(name, help string, of func(T) float64) {
	c.values = append(c.values, poolValue[T]{c.desc(name, help), prometheus.GaugeValue, of})
}

func (c *poolCollector[T]) counter(name, help string, of func(T) float64) {
	c.values = append(c.values, poolValue[T]{c.desc(name, help), prometheus.CounterValue, of})
}

func (c *poolCollector[T]) desc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("guike_"+name, help, nil, c.labels)
}

// Describe implements prometheus.Collector.
func (c *poolCollector[T]) Describe(ch chan<- *prometheus.Desc) {
	for _, v := range c.values {
		ch <- v.desc
	}
}

// Collect implements prometheus.Collector.
func (c *poolCollector[T]) Collect(ch chan<- prometheus.Metric) {
	snapshot := c.read()
	for _, v := range c.values {
		ch <- prometheus.MustNewConstMetric(v.desc, v.kind, v.of(snapshot))
	}
}

func desc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("guike_"+name, help, nil, nil)
}
