package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"

	"guike/app"
	"guike/config"
	"guike/demo"
	"guike/internal/obs"
)

type demoCommand struct {
	Data      string `help:"Data folder; a demo in it is continued. A fresh one under ./data when absent." placeholder:"DIR"`
	Customers int    `help:"How many customers the demo company has." default:"60"`
	Join      bool   `help:"Be a second instance beside a running demo, on the same MySQL, Redis, data folder and clock."`
}

// Run runs everything in one process, with a demo company in mid-life.
func (c demoCommand) Run(w world) error {
	cfg, err := c.config(w)
	if err != nil {
		return err
	}
	log, err := obs.NewLogger(w.stderr, cfg.LogFormat, cfg.LogLevel)
	if err != nil {
		return err
	}
	s, err := c.listen(w.ctx, &cfg)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(w.ctx)
	defer stop()
	at := demo.NewClock()
	set := settings(cfg, log, at)
	a, err := app.Open(ctx, set)
	if err != nil {
		return errors.Join(err, s.close())
	}
	if err := at.Follow(ctx, a); err != nil {
		return errors.Join(err, a.Close(), s.close())
	}
	if !c.Join {
		if err := c.stage(ctx, w, cfg, set, a, at, s); err != nil {
			return errors.Join(err, a.Close(), s.close())
		}
	}
	return s.run(w.ctx, a, cfg.ShutdownTimeout)
}

// stage loads the company, starts the platform, and tells how to sign in. A joining instance finds all
// of it there.
func (c demoCommand) stage(ctx context.Context, w world, cfg config.Config, set app.Settings, a *app.App, at *demo.Clock, s *server) error {
	people, err := demo.Load(ctx, demo.Deps{DB: a.DB, Box: a.Box, Blind: a.Blind, Blobs: a.Blobs, Zone: cfg.Zone}, demo.Options{Customers: c.Customers, Progress: progress(w.stderr, "demo company")})
	if err != nil {
		return fmt.Errorf("load the demo company: %w", err)
	}
	platform, err := demo.Platform(a, at, set.WeChat, a.Log())
	if err != nil {
		return err
	}
	demo.Recall(platform, people, set.PublicURL)
	server := httpServer(platform)
	go func() {
		if err := server.Serve(s.sim); !errors.Is(err, http.ErrServerClosed) {
			a.Log().ErrorContext(ctx, "simulator", "error", err)
		}
	}()
	go func() {
		<-ctx.Done()
		platform.Close()
		_ = server.Close() // nothing of it outlives the demo
	}()
	if err := demo.Enact(ctx, a, platform, &people); err != nil {
		return err
	}
	addresses := demo.Addresses{API: config.LocalURL(s.api.Addr().String()).String(), Sim: config.LocalURL(s.sim.Addr().String()).String(), Ops: config.LocalURL(s.ops.Addr().String()).String()}
	if err := demo.WriteJSON(filepath.Join(cfg.DataDir, "demo.json"), addresses, people); err != nil {
		return err
	}
	return demo.Welcome(w.stdout, cfg.DataDir, addresses, people)
}

// config reads the settings of the demo. Its log says warnings only, unless somebody asks for more: the
// terminal belongs to the sign-ins.
func (c demoCommand) config(w world) (config.Config, error) {
	if c.Data != "" {
		w.flags["data-dir"] = c.Data
	}
	cfg, err := w.config(config.ForDemo)
	if err != nil {
		return cfg, err
	}
	if !cfg.Given("DATA_DIR") {
		if c.Join {
			return cfg, errors.New("--join needs --data: the folder of the demo to join")
		}
		cfg.DataDir = filepath.Join("data", "demo-"+time.Now().Format("20060102-150405")) //nolint:forbidigo // a folder's name, before there is a clock
	}
	if !cfg.Given("LOG_LEVEL") {
		cfg.LogLevel = slog.LevelWarn
	}
	if c.Join {
		for name, addr := range map[string]*string{"HTTP_ADDR": &cfg.HTTPAddr, "OPS_ADDR": &cfg.OpsAddr} {
			if !cfg.Given(name) {
				*addr = "127.0.0.1:0"
			}
		}
	}
	return cfg, cfg.FillSecrets(rand.Reader)
}

// listen takes the ports first, so that links and the platform's address are right when the system
// chose them.
func (c demoCommand) listen(ctx context.Context, cfg *config.Config) (*server, error) {
	s, err := listen(ctx, *cfg)
	if err != nil {
		return nil, err
	}
	if !cfg.Given("PUBLIC_URL") {
		cfg.PublicURL = config.LocalURL(s.api.Addr().String())
	}
	if c.Join {
		return s, nil
	}
	if s.sim, err = new(net.ListenConfig).Listen(ctx, "tcp", cfg.SimAddr); err != nil {
		return nil, errors.Join(fmt.Errorf("the simulator's address: %w", err), s.close())
	}
	if !cfg.Given("WECHAT_API_BASE") {
		cfg.WeChatAPIBase = config.LocalURL(s.sim.Addr().String())
	}
	return s, nil
}

// progress draws a bar for long work.
func progress(to io.Writer, of string) func(done, total int) {
	var bar *progressbar.ProgressBar
	return func(done, total int) {
		if bar == nil {
			bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(to), progressbar.OptionSetDescription(of),
				progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
		}
		_ = bar.Set(done) // a bar that cannot be drawn stops nothing
	}
}
