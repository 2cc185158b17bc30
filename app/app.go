// Package app builds the application once, by hand: the only place that knows every package. It stands
// apart from main so that tests run what the binary runs.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alexedwards/argon2id"

	"guike/api/live"
	"guike/internal/blob"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/obs"
	"guike/internal/wechat"
	"guike/model/cache"
	"guike/model/db"
	"guike/model/migrations"
	"guike/model/outbox"
	"guike/router"
	"guike/service/identity"
)

// Settings are plain values: the application never reads the environment.
type Settings struct {
	Folder       string // of everything embedded, and of files without S3
	MySQLDSN     string // empty: SQLite in Folder
	MySQLMaxOpen int
	Migrate      bool // bring the schema up to date at the start
	RedisURL     string
	RedisPrefix  string
	// Beside makes the application a second instance on the stores of another one in this process,
	// which must outlive it. SQLite belongs to one process, so this is how tests have two of them.
	Beside *App

	Clock   clock.Clock
	Zone    *time.Location
	Log     *slog.Logger
	Metrics *obs.Metrics
	Version string

	PublicURL          string
	TrustedProxies     []netip.Prefix
	RequestTimeout     time.Duration
	LimitsScale        int
	UploadMaxBytes     int64
	CustomerQuotaBytes int64

	JWTKeys           []identity.SigningKey
	FieldKeys         []crypt.Key
	PasswordCost      *argon2id.Params // of new passwords; nil is what the house asks
	IndexKey, LinkKey []byte
	S3                *blob.S3Options
	WeChat            wechat.Config // without Clock, Tokens and Logger
	MiniProgramState  string
}

// App is the application, built and open.
type App struct {
	s        Settings
	DB       *db.DB
	Cache    *cache.Cache
	Box      *crypt.Box   // seals personal data
	Blind    *crypt.Blind // indexes it
	Blobs    blob.Store   // keeps files
	surface  *router.Surface
	hub      *live.Hub
	worker   *outbox.Worker
	runner   *runner
	services services
	closers  []func() error

	ready, draining atomic.Bool
}

// Open opens the stores and builds the application. It waits for a database that is away until ctx
// ends, and refuses one that is unsafe or whose schema is behind.
func Open(ctx context.Context, s Settings) (*App, error) {
	a := &App{s: s}
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *App) open(ctx context.Context) error {
	if err := a.openStore(ctx); err != nil {
		return err
	}
	redis := a.s.RedisURL
	if a.s.Beside != nil && a.s.Beside.Cache.Embedded() {
		redis = a.s.Beside.Cache.URL()
	}
	c, err := cache.Open(ctx, cache.Options{URL: redis, Prefix: a.s.RedisPrefix, Clock: a.s.Clock, Log: a.s.Log})
	if err != nil {
		return err
	}
	a.Cache = c
	a.closers = append(a.closers, c.Close)
	if err := a.wire(); err != nil {
		return err
	}
	a.watch()
	return nil
}

func (a *App) openStore(ctx context.Context) error {
	if a.s.Beside != nil {
		a.DB = a.s.Beside.DB
		return nil
	}
	d, err := db.Open(db.Options{DSN: a.s.MySQLDSN, Folder: a.s.Folder, MaxOpen: a.s.MySQLMaxOpen, Clock: a.s.Clock})
	if err != nil {
		return err
	}
	a.DB = d
	a.closers = append(a.closers, d.Close)
	if err := d.Check(ctx, func(s string) { a.s.Log.WarnContext(ctx, s) }); err != nil {
		return err
	}
	if a.s.Migrate {
		applied, err := migrations.Up(ctx, d)
		if err != nil {
			return err
		}
		a.s.Log.InfoContext(ctx, "schema is up to date", "applied", len(applied))
		return nil
	}
	return migrations.Check(ctx, d)
}

func (a *App) openBlobs() (blob.Store, http.Handler, error) {
	if a.s.S3 != nil {
		s3, err := blob.NewS3(*a.s.S3)
		return s3, nil, err
	}
	folder, err := blob.NewFolder(blob.FolderOptions{
		Dir: filepath.Join(a.s.Folder, "files"), PublicURL: a.s.PublicURL, Secret: a.s.LinkKey, Clock: a.s.Clock, Log: a.s.Log,
	})
	if err != nil {
		return nil, nil, err
	}
	a.closers = append(a.closers, folder.Close)
	return folder, folder.Handler(), nil
}

// Handler serves the API.
func (a *App) Handler() http.Handler { return a.surface }

// Surface is the API as data.
func (a *App) Surface() *router.Surface { return a.surface }

// Log is the application's log.
func (a *App) Log() *slog.Logger { return a.s.Log }

// Ops serves the operations port.
func (a *App) Ops() http.Handler { return obs.OpsHandler(a.readiness, a.s.Metrics) }

// Ready lets /readyz turn 200.
func (a *App) Ready() { a.ready.Store(true) }

// Drain lets /readyz turn 503 and closes the open sockets.
func (a *App) Drain() {
	a.draining.Store(true)
	a.hub.Close()
}

// Listen hands what is published on any instance to the sockets that are open here, until ctx ends.
func (a *App) Listen(ctx context.Context) error { return a.Cache.Subscribe(ctx, a.hub.Deliver) }

// Work runs the jobs, the outbox and the live channel until ctx ends.
func (a *App) Work(ctx context.Context) {
	if err := a.Listen(ctx); err != nil {
		a.s.Log.ErrorContext(ctx, "live channel", "error", err)
	}
	var all sync.WaitGroup
	all.Go(func() { a.runner.loop(ctx) })
	for range deliverers {
		all.Go(func() { paced(ctx, 200*time.Millisecond, func() { a.deliver(ctx) }) })
	}
	all.Wait()
}

// deliverers is how many events an instance delivers at once: one that waits for a slow platform must
// not hold up the others.
const deliverers = 3

// deliver empties the outbox.
func (a *App) deliver(ctx context.Context) {
	if _, err := a.worker.Drain(ctx); err != nil && ctx.Err() == nil {
		a.s.Log.WarnContext(ctx, "outbox", "error", err)
	}
}

// CatchUp runs every job that is due and empties the outbox, until nothing is left to do at this
// instant of the clock. The demo's clock calls it after every step.
func (a *App) CatchUp(ctx context.Context) error {
	a.runner.catchUp(ctx)
	_, err := a.worker.Drain(ctx)
	return err
}

// Close gives everything back, in the reverse order of opening.
func (a *App) Close() error {
	var errs []error
	for _, give := range slices.Backward(a.closers) {
		errs = append(errs, give())
	}
	a.closers = nil
	return errors.Join(errs...)
}

func (a *App) readiness(ctx context.Context) obs.Readiness {
	r := obs.Readiness{Draining: a.draining.Load(), Starting: !a.ready.Load(), Degraded: map[string]error{}}
	r.Database = a.DB.Ping(ctx)
	if r.Database != nil {
		return r
	}
	r.Migrations = migrations.Check(ctx, a.DB)
	r.Degraded["redis"] = a.Cache.Ping(ctx)
	depth, err := outbox.Measure(ctx, a.DB, a.s.Clock.Now())
	if err == nil && depth.Oldest > 5*time.Minute {
		err = fmt.Errorf("the oldest event has waited for %s", depth.Oldest.Round(time.Second))
	}
	r.Degraded["outbox"] = err
	return r
}

// watch lets the metrics read the stores when they are scraped.
func (a *App) watch() {
	m := a.s.Metrics
	m.WatchDB("store", a.DB.Stats)
	m.WatchRedis(func() obs.RedisPool {
		s := a.Cache.Stats()
		return obs.RedisPool{Timeouts: uint32(s.PoolTimeouts), Total: s.Conns, Idle: s.IdleConns}
	})
	m.WatchOutbox(func(ctx context.Context) (obs.Outbox, error) {
		d, err := outbox.Measure(ctx, a.DB, a.s.Clock.Now())
		return obs.Outbox{Waiting: d.Due, Oldest: d.Oldest, Dead: d.Dead}, err
	})
	m.WatchGauges("alerts_open", "Alerts that are not closed.", "level", a.services.care.OpenByLevel)
	m.WatchGauge("live_sockets", "Sockets that are open in this process.", func() float64 { return float64(a.hub.Open()) })
}
