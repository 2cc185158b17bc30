// Package migrations brings a store to the schema that the code expects: versioned SQL in one folder
// per dialect, one file per domain and change, forward only. Every file may run again after a break,
// since MySQL commits each DDL statement by itself.
package migrations

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"guike/model/db"
)

//go:embed mysql/*.sql sqlite/*.sql
var files embed.FS

// Step is one migration and whether the store has it.
type Step struct {
	Version int64
	Name    string
	Applied bool
	At      time.Time // when, if it was applied
}

// ErrBehind says that the store lacks migrations which the code needs.
var ErrBehind = errors.New("the store's schema is behind; run: guike migrate up")

// Up applies what is missing and returns the names of what it applied. Instances that start together
// wait for each other; exactly one applies.
func Up(ctx context.Context, d *db.DB) ([]string, error) {
	pool, done, err := d.Patient()
	if err != nil {
		return nil, err
	}
	p, err := provider(d, pool)
	if err != nil {
		return nil, errors.Join(err, done())
	}
	results, err := p.Up(ctx)
	if err = errors.Join(err, done()); err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	var names []string
	for _, r := range results {
		names = append(names, r.Source.Path)
	}
	return names, nil
}

// Status lists every migration, oldest first.
func Status(ctx context.Context, d *db.DB) ([]Step, error) {
	p, err := reader(d)
	if err != nil {
		return nil, err
	}
	found, err := p.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("migration status: %w", err)
	}
	var steps []Step
	for _, s := range found {
		steps = append(steps, Step{Version: s.Source.Version, Name: s.Source.Path, Applied: s.State == goose.StateApplied, At: s.AppliedAt})
	}
	return steps, nil
}

// Check returns ErrBehind when the store lacks a migration.
func Check(ctx context.Context, d *db.DB) error {
	p, err := reader(d)
	if err != nil {
		return err
	}
	behind, err := p.HasPending(ctx)
	if err != nil {
		return fmt.Errorf("migration status: %w", err)
	}
	if behind {
		return ErrBehind
	}
	return nil
}

// Fingerprint tells one set of migrations from another: who keeps tables that it made can tell whether they
// are these.
func Fingerprint() (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := files.ReadFile(path)
		fmt.Fprintf(sum, "%s %d\n%s", path, len(text), text)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}

// reader is a provider that applies nothing.
func reader(d *db.DB) (*goose.Provider, error) {
	pool, err := d.Pool()
	if err != nil {
		return nil, err
	}
	return provider(d, pool)
}

func provider(d *db.DB, pool *sql.DB) (*goose.Provider, error) {
	folder, err := fs.Sub(files, string(d.Dialect()))
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	dialect := goose.DialectSQLite3
	if d.Dialect() == db.MySQL {
		dialect = goose.DialectMySQL
		locker, err := lock.NewMySQLTableLocker(
			lock.WithTableLeaseDuration(30*time.Second),
			lock.WithTableHeartbeatInterval(5*time.Second),
			lock.WithTableLockTimeout(250*time.Millisecond, 480), // a rival may take two minutes
		)
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithLocker(locker))
	}
	p, err := goose.NewProvider(dialect, pool, folder, options...)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return p, nil
}
