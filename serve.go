package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"guike/app"
	"guike/config"
	"guike/internal/blob"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/obs"
	"guike/internal/wechat"
	"guike/service/identity"
)

type serveCommand struct{}

// Run serves until the context ends, then drains.
func (serveCommand) Run(w world) error {
	cfg, err := w.config(config.ForServe)
	if err != nil {
		return err
	}
	log, err := obs.NewLogger(w.stderr, cfg.LogFormat, cfg.LogLevel)
	if err != nil {
		return err
	}
	log.InfoContext(w.ctx, "starting", "version", release(), "config", cfg)
	for _, note := range cfg.Notes() {
		log.InfoContext(w.ctx, note)
	}
	a, err := app.Open(w.ctx, settings(cfg, log, clock.System{}))
	if err != nil {
		return err
	}
	s, err := listen(w.ctx, cfg)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	return s.run(w.ctx, a, cfg.ShutdownTimeout)
}

// settings are the application's, out of the process's.
func settings(cfg config.Config, log *slog.Logger, c clock.Clock) app.Settings {
	s := app.Settings{
		Folder: cfg.DataDir, MySQLDSN: cfg.MySQLDSN, MySQLMaxOpen: cfg.DBMaxOpen, Migrate: cfg.Migrate, RedisURL: cfg.RedisURL,
		Clock: c, Zone: cfg.Zone, Log: log, Metrics: obs.NewMetrics(obs.Build{Version: release()}), Version: release(),
		TrustedProxies: cfg.TrustedProxies, RequestTimeout: cfg.RequestTimeout, LimitsScale: cfg.LimitsScale,
		UploadMaxBytes: cfg.UploadMaxBytes, CustomerQuotaBytes: cfg.CustomerQuotaBytes,
		IndexKey: cfg.IndexKey, LinkKey: cfg.LinkKey,
		WeChat: wechat.Config{
			AppID: cfg.WeChatAppID, Secret: cfg.WeChatSecret, PushToken: cfg.WeChatPushToken, PushAESKey: cfg.WeChatPushAESKey,
		},
		MiniProgramState: cfg.WeChatMiniProgramState,
	}
	if cfg.PublicURL != nil {
		s.PublicURL = cfg.PublicURL.String()
	}
	if cfg.WeChatAPIBase != nil {
		s.WeChat.APIBase = cfg.WeChatAPIBase.String()
	}
	for _, k := range cfg.JWTKeys {
		s.JWTKeys = append(s.JWTKeys, identity.SigningKey(k))
	}
	for _, k := range cfg.FieldKeys {
		s.FieldKeys = append(s.FieldKeys, crypt.Key(k))
	}
	if cfg.S3.Enabled() {
		s.S3 = &blob.S3Options{
			Endpoint: cfg.S3.Endpoint.String(), Bucket: cfg.S3.Bucket, Region: cfg.S3.Region,
			AccessKey: cfg.S3.AccessKey, SecretKey: cfg.S3.SecretKey,
		}
	}
	return s
}

// server listens for the API, the operations port, and in the demo the WeChat simulator.
type server struct {
	api, ops, sim net.Listener
}

// close gives up what was listened on.
func (s *server) close() error {
	errs := []error{s.api.Close(), s.ops.Close()}
	if s.sim != nil {
		errs = append(errs, s.sim.Close())
	}
	return errors.Join(errs...)
}

func listen(ctx context.Context, cfg config.Config) (*server, error) {
	api, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.HTTPAddr)
	if err != nil {
		return nil, fmt.Errorf("the API's address: %w", err)
	}
	ops, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.OpsAddr)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the operations address: %w", err), api.Close())
	}
	return &server{api: api, ops: ops}, nil
}

// run serves until ctx ends. Then readiness drops, requests in flight finish within drain, sockets are
// closed, jobs give their work back, and the stores are closed.
func (s *server) run(ctx context.Context, a *app.App, drain time.Duration) error {
	api, ops := httpServer(a.Handler()), httpServer(a.Ops())
	failed := make(chan error, 2)
	for server, listener := range map[*http.Server]net.Listener{api: s.api, ops: s.ops} {
		go func() {
			if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		}()
	}
	jobs, stopJobs := context.WithCancel(context.WithoutCancel(ctx))
	var working sync.WaitGroup
	working.Go(func() { a.Work(jobs) })
	a.Ready()
	a.Log().InfoContext(ctx, "serving", "api", s.api.Addr().String(), "ops", s.ops.Addr().String())

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	a.Drain()
	stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	err = errors.Join(err, api.Shutdown(stopCtx))
	stopJobs()
	working.Wait()
	err = errors.Join(err, ops.Shutdown(stopCtx), a.Close())
	a.Log().InfoContext(stopCtx, "stopped")
	return err
}

// httpServer bounds how slowly a client may speak. Answers have no bound of their own: handlers have a
// deadline, and sockets stay open.
func httpServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       40 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
}
