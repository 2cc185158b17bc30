package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"guike/internal/clock"
	"guike/model/db"
	"guike/model/migrations"
)

const (
	// publicURL stands before every link to a picture.
	publicURL = "https://api.guike.example"
	// keyID names the one key of each ring.
	keyID = "k1"
	// poolSize is how many connections to MySQL each server keeps.
	poolSize = 32
)

// world is what both servers and the generator agree on.
type world struct {
	Folder   string   `json:"folder"` // of SQLite and of the application's log
	MySQL    string   `json:"mysql"`  // data source name with the schema; empty for SQLite
	Redis    string   `json:"redis"`  // empty for one inside each server
	JWTKey   []byte   `json:"jwt_key"`
	FieldKey []byte   `json:"field_key"`
	IndexKey []byte   `json:"index_key"`
	LinkKey  []byte   `json:"link_key"`
	Readers  []reader `json:"readers"`

	// Volume alone: the instant at which the nightly job looks.
	Night time.Time `json:"night"`
}

// reader is a customer who is signed in.
type reader struct {
	Token   string `json:"token"`
	Project string `json:"project"`
}

func shanghai() *time.Location { return time.FixedZone("Asia/Shanghai", 8*3600) }

// makeWorld creates a schema with its data. remove gives it back.
func makeWorld(ctx context.Context, folder string, customers int) (w *world, remove func() error, err error) {
	w, remove, err = newWorld(ctx, folder, fmt.Sprintf("guike_bench_%d", os.Getpid()))
	if err != nil {
		return nil, nil, err
	}
	if err := w.fill(ctx, customers); err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	return w, remove, nil
}

// newWorld creates a schema without tables.
func newWorld(ctx context.Context, folder, schema string) (w *world, remove func() error, err error) {
	w = &world{
		Folder: folder, Redis: os.Getenv("GUIKE_TEST_REDIS_URL"),
		JWTKey: secret(), FieldKey: secret(), IndexKey: secret(), LinkKey: secret(),
	}
	remove = func() error { return nil }
	if dsn := os.Getenv("GUIKE_TEST_MYSQL_DSN"); dsn != "" {
		w.MySQL, remove, err = createSchema(ctx, dsn, schema)
	}
	return w, remove, err
}

func (w *world) fill(ctx context.Context, customers int) error {
	return w.with(ctx, time.Now(), func(d *db.DB, c *clock.Manual) error { return seed(ctx, w, d, c, customers) })
}

// with brings the tables up and runs fn on the world's store, its clock standing at now.
func (w *world) with(ctx context.Context, now time.Time, fn func(d *db.DB, c *clock.Manual) error) (err error) {
	c := clock.NewManual(now)
	d, err := db.Open(db.Options{DSN: w.MySQL, Folder: w.Folder, MaxOpen: 4, Clock: c})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if _, err := migrations.Up(ctx, d); err != nil {
		return err
	}
	return fn(d, c)
}

func secret() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return b
}

// createSchema makes a database of our own on the server.
func createSchema(ctx context.Context, dsn, name string) (ours string, remove func() error, err error) {
	cfg, err := driver.ParseDSN(dsn)
	if err != nil {
		return "", nil, errors.New("GUIKE_TEST_MYSQL_DSN cannot be read")
	}
	cfg.DBName = ""
	pool, err := sql.Open("mysql", cfg.FormatDSN())
	if err != nil {
		return "", nil, err
	}
	if _, err := pool.ExecContext(ctx, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"); err != nil {
		return "", nil, errors.Join(fmt.Errorf("create the schema: %w", err), pool.Close())
	}
	cfg.DBName = name
	remove = func() error {
		_, err := pool.ExecContext(context.WithoutCancel(ctx), "DROP DATABASE "+name)
		return errors.Join(err, pool.Close())
	}
	return cfg.FormatDSN(), remove, nil
}

// describe says on which stores the figures were taken.
func (w *world) describe(ctx context.Context) string {
	store, cache := "SQLite", "a Redis inside each server"
	if w.Redis != "" {
		cache = "Redis"
	}
	if w.MySQL == "" {
		return store + ", " + cache
	}
	store = "MySQL"
	var version, flush, pages string
	if pool, err := sql.Open("mysql", w.MySQL); err == nil {
		if pool.QueryRowContext(ctx, "SELECT VERSION(), @@innodb_flush_log_at_trx_commit, @@innodb_buffer_pool_size DIV 1048576").Scan(&version, &flush, &pages) == nil {
			if strings.Contains(version, "MariaDB") {
				store = "MariaDB"
			}
			store = fmt.Sprintf("%s %s (flush %s, buffer pool %s MB)", store, strings.SplitN(version, "-", 2)[0], flush, pages)
		}
		_ = pool.Close()
	}
	return store + ", " + cache
}

func (w *world) save(path string) error {
	b, err := json.Marshal(w)
	if err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o600)
}

func loadWorld(path string) (*world, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var w world
	return &w, json.Unmarshal(b, &w)
}
