package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"guike/app"
	"guike/config"
	"guike/internal/clock"
	"guike/internal/obs"
	"guike/model/db"
	"guike/model/migrations"
)

type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Apply what is missing. Instances that start together wait for each other."`
	Status migrateStatus `cmd:"" help:"List every migration and whether the store has it."`
}

type (
	migrateUp     struct{}
	migrateStatus struct{}
)

// Run applies what is missing.
func (migrateUp) Run(w world) error {
	return w.onStore(func(d *db.DB) error {
		applied, err := migrations.Up(w.ctx, d)
		if err != nil {
			return err
		}
		for _, name := range applied {
			fmt.Fprintln(w.stdout, "applied", name)
		}
		_, err = fmt.Fprintln(w.stdout, "the schema is up to date")
		return err
	})
}

// Run lists every migration.
func (migrateStatus) Run(w world) error {
	return w.onStore(func(d *db.DB) error {
		steps, err := migrations.Status(w.ctx, d)
		if err != nil {
			return err
		}
		for _, s := range steps {
			state := "missing"
			if s.Applied {
				state = "applied " + s.At.UTC().Format(time.RFC3339)
			}
			fmt.Fprintf(w.stdout, "%-36s %s\n", s.Name, state)
		}
		return nil
	})
}

// onStore opens the store that the settings name, waits for it, and runs fn.
func (w world) onStore(fn func(*db.DB) error) error { return w.onStoreWith(db.Options{}, fn) }

func (w world) onStoreWith(o db.Options, fn func(*db.DB) error) error {
	cfg, err := w.config()
	if err != nil {
		return err
	}
	o.DSN, o.Folder, o.Clock = cfg.MySQLDSN, cfg.DataDir, clock.System{}
	d, err := db.Open(o)
	if err != nil {
		return err
	}
	err = d.Check(w.ctx, func(s string) { fmt.Fprintln(w.stderr, s) })
	if err == nil {
		err = fn(d)
	}
	return errors.Join(err, d.Close())
}

// onApp opens the application on an existing store, without serving it.
func (w world) onApp(fn func(context.Context, *app.App) error) error {
	cfg, err := w.config(config.ForStore)
	if err != nil {
		return err
	}
	log, err := obs.NewLogger(w.stderr, "text", slog.LevelWarn)
	if err != nil {
		return err
	}
	a, err := app.Open(w.ctx, settings(cfg, log, clock.System{}))
	if err != nil {
		return err
	}
	return errors.Join(fn(w.ctx, a), a.Close())
}

type verifyCommand struct{}

// Run recomputes the ledger beside a running server, without changing anything.
func (verifyCommand) Run(w world) error {
	return w.onStoreWith(db.Options{ReadOnly: true}, func(d *db.DB) error {
		bar := progress(w.stderr, "ledger")
		report, err := app.Verify(w.ctx, d, func(done, total int64) { bar(int(done), int(total)) })
		if err != nil {
			return err
		}
		for _, f := range report.Findings {
			fmt.Fprintf(w.stdout, "broken %s: %s\n", f.Rule, f.What)
		}
		fmt.Fprintf(w.stdout, "%d accounts, %d transfers, %d entries looked at\n", report.Accounts, report.Transfers, report.Entries)
		if report.Broken > 0 {
			return fmt.Errorf("the ledger breaks %d of its rules; docs/ledger.md says what each means", report.Broken)
		}
		_, err = fmt.Fprintln(w.stdout, "the ledger adds up")
		return err
	})
}

type seedCommand struct{}

// Run loads the defaults.
func (seedCommand) Run(w world) error {
	return w.onApp(func(ctx context.Context, a *app.App) error {
		if err := a.Seed(ctx); err != nil {
			return err
		}
		_, err := fmt.Fprintln(w.stdout, "the default policies and templates are loaded")
		return err
	})
}

type staffCommand struct {
	Create staffCreate `cmd:"" help:"Create an administrator: the first, or the way back in; the first password is printed once and must be changed at the first sign-in."`
}

type staffCreate struct {
	Username string `required:"" help:"Name to sign in with."`
	Name     string `required:"" help:"Name that others see."`
}

// Run creates the first administrator.
func (c staffCreate) Run(w world) error {
	return w.onApp(func(ctx context.Context, a *app.App) error {
		password, err := a.CreateAdmin(ctx, c.Username, c.Name)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w.stdout, "administrator %s created; first password (works once): %s\n", c.Username, password)
		return err
	})
}

type openapiCommand struct{}

// Run prints the description.
func (openapiCommand) Run(w world) error {
	yaml, err := app.OpenAPI()
	if err != nil {
		return err
	}
	_, err = w.stdout.Write(yaml)
	return err
}

type healthCommand struct{}

// Run asks the operations port of the server with the same settings.
func (healthCommand) Run(w world) error {
	cfg, err := w.config()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(w.ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, config.LocalURL(cfg.OpsAddr).String()+"/readyz", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return errors.New("no server answers on the operations address")
	}
	defer answer.Body.Close()
	var body json.RawMessage
	if err := json.NewDecoder(io.LimitReader(answer.Body, 1<<16)).Decode(&body); err != nil {
		return fmt.Errorf("the server's answer cannot be read: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", body)
	}
	_, err = fmt.Fprintf(w.stdout, "%s\n", body)
	return err
}
