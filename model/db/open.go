package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	driversql "github.com/go-sql-driver/mysql"
	gormmysql "gorm.io/driver/mysql"
	gormsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"guike/internal/clock"
	"guike/internal/fault"
)

// Options say where the store is.
type Options struct {
	DSN     string      // MySQL data source name; empty means SQLite
	Folder  string      // SQLite: the data folder
	MaxOpen int         // MySQL: connections at most; 0 means 32
	Clock   clock.Clock // freezes the time of transactions

	// ReadOnly opens a store for reading beside whoever serves it: on SQLite nobody is locked out and
	// nothing can be written; MySQL serves many anyway, and gives it longer to answer.
	ReadOnly bool
}

// Open opens the store. On MySQL it does not wait for the server: see Check. On SQLite a second
// process on the same folder is refused.
func Open(o Options) (*DB, error) {
	switch {
	case o.DSN != "":
		return openMySQL(o)
	case o.ReadOnly:
		return openSQLiteToRead(o)
	}
	return openSQLite(o)
}

func gormConfig(c clock.Clock) *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true,
		TranslateError:         true,
		DisableAutomaticPing:   true, // the server may be away now
		NowFunc:                c.Now,
		Logger:                 logger.Discard, // errors are returned, and statements would carry personal data
	}
}

// patience is how long who only reads, or migrates, waits for an answer: what goes over a whole table takes longer
// than any request.
const patience = time.Hour

func openMySQL(o Options) (*DB, error) {
	dsn, err := MySQLConfig(o.DSN)
	if err != nil {
		return nil, err
	}
	if o.ReadOnly {
		dsn.ReadTimeout = patience
	}
	pool, err := newPool(dsn)
	if err != nil {
		return nil, err
	}
	maxOpen := o.MaxOpen
	if maxOpen == 0 {
		maxOpen = 32
	}
	pool.SetMaxOpenConns(maxOpen)
	pool.SetMaxIdleConns(maxOpen) // gorm's two idle connections cost a fifth of a read (dependencies: measured)
	pool.SetConnMaxLifetime(30 * time.Minute)
	dialector := mysqlDialector{gormmysql.New(gormmysql.Config{
		Conn:                      pool,
		SkipInitializeWithVersion: true, // the server may be away now
		DisableWithReturning:      true, // the same SQL on MariaDB as on MySQL
	}).(*gormmysql.Dialector)}
	g, err := gorm.Open(dialector, gormConfig(o.Clock))
	if err != nil {
		return nil, fmt.Errorf("open mysql: %w", err)
	}
	return &DB{write: g, read: g, dialect: MySQL, clock: o.Clock, dsn: dsn}, nil
}

func newPool(cfg *driversql.Config) (*sql.DB, error) {
	connector, err := driversql.NewConnector(cfg)
	if err != nil {
		return nil, fmt.Errorf("mysql data source name: %w", err)
	}
	return sql.OpenDB(readCommitted{connector}), nil
}

// readCommitted sets the isolation level of every new connection: MySQL and MariaDB have different
// names for the variable, and the same statement.
type readCommitted struct{ driver.Connector }

func (c readCommitted) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	execer, ok := conn.(driver.ExecerContext)
	if !ok {
		return nil, errors.Join(errors.New("the driver cannot set the isolation level"), conn.Close())
	}
	if _, err := execer.ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", nil); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// MySQLConfig completes a data source name with what the house relies on: UTC, found rows instead of
// changed rows, READ COMMITTED, strict mode, bounded waits.
func MySQLConfig(dsn string) (*driversql.Config, error) {
	cfg, err := driversql.ParseDSN(dsn)
	if err != nil {
		return nil, errors.New("the MySQL data source name cannot be read; it looks like user:password@tcp(host:3306)/guike")
	}
	cfg.ParseTime = true
	cfg.Loc = time.UTC
	cfg.ClientFoundRows = true
	cfg.InterpolateParams = true
	if cfg.Timeout == 0 {
		cfg.Timeout = 2 * time.Second
	}
	if cfg.ReadTimeout == 0 {
		cfg.ReadTimeout = 20 * time.Second
	}
	if cfg.WriteTimeout == 0 {
		cfg.WriteTimeout = 20 * time.Second
	}
	if cfg.Params == nil {
		cfg.Params = map[string]string{}
	}
	maps.Copy(cfg.Params, map[string]string{
		"time_zone":                "'+00:00'",
		"sql_mode":                 "'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
		"innodb_lock_wait_timeout": "3",
	})
	cfg.Logger = &driversql.NopLogger{}
	return cfg, nil
}

const sqliteParams = "?_busy_timeout=5000&_journal_mode=WAL&_foreign_keys=1&_synchronous=NORMAL&_txlock=immediate&_time_format=sqlite&_timezone=UTC"

func openSQLite(o Options) (*DB, error) {
	if err := os.MkdirAll(o.Folder, 0o750); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	lock, err := lockFolder(o.Folder)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(o.Folder, "guike.db")
	if err := private(path); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	file := "file:" + escapePath(path) + sqliteParams
	write, err := openSQLitePool(file, 1, o.Clock)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	read, err := openSQLitePool(file+"&_query_only=1", max(4, runtime.NumCPU()), o.Clock)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &DB{write: write, read: read, dialect: SQLite, clock: o.Clock, lock: lock}, nil
}

// openSQLiteToRead takes neither the folder's lock nor a connection that can write.
func openSQLiteToRead(o Options) (*DB, error) {
	path := filepath.Join(o.Folder, "guike.db")
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("data file: %w", err)
	}
	read, err := openSQLitePool("file:"+escapePath(path)+sqliteParams+"&_query_only=1", 2, o.Clock)
	if err != nil {
		return nil, err
	}
	return &DB{write: read, read: read, dialect: SQLite, clock: o.Clock}, nil
}

// private makes the file readable by its owner alone; SQLite gives its journals the same mode.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = errors.Join(f.Chmod(0o600), f.Close())
	}
	if err != nil {
		return fmt.Errorf("data file: %w", err)
	}
	return nil
}

// openSQLitePool opens one pool on the file. Writers get one connection: with more, they starve each
// other (dependencies: 5 s waits and SQLITE_BUSY, measured).
func openSQLitePool(dsn string, size int, c clock.Clock) (*gorm.DB, error) {
	g, err := gorm.Open(sqliteDialector{gormsqlite.New(gormsqlite.Config{DriverName: "sqlite", DSN: dsn}).(*gormsqlite.Dialector)}, gormConfig(c))
	if err != nil {
		return nil, fmt.Errorf("open sqlite: %w", err)
	}
	pool, err := g.DB()
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return g, nil
}

func escapePath(p string) string {
	return strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(p)
}

// lockFolder makes sure that one process at a time has the SQLite file: the caches and the embedded
// Redis of a second one would know nothing of its writes.
func lockFolder(folder string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(folder, "guike.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another guike uses the data folder %s; several instances need MySQL", folder), f.Close())
	}
	return f, nil
}

// Check waits for the store and refuses one that cannot keep promises: a server that may lose
// acknowledged commits, one too old, or one without utf8mb4. say is told about every wait.
func (d *DB) Check(ctx context.Context, say func(string)) error {
	if err := d.await(ctx, say); err != nil {
		return err
	}
	if d.dialect == SQLite {
		return nil
	}
	return d.checkMySQL(ctx)
}

func (d *DB) await(ctx context.Context, say func(string)) error {
	wait := 200 * time.Millisecond
	for {
		err := d.Ping(ctx)
		if err == nil {
			return nil
		}
		// One that is full or going down answers too, and will serve us later.
		if _, refused := errors.AsType[*driversql.MySQLError](err); refused && fault.Code(err) != "store.unavailable" {
			return fmt.Errorf("the database refuses us: %w", err)
		}
		say(fmt.Sprintf("the database does not answer, trying again in %s: %v", wait, err))
		select {
		case <-ctx.Done():
			return fmt.Errorf("the database did not answer in time: %w", err)
		case <-time.After(wait):
		}
		wait = min(2*wait, 5*time.Second)
	}
}

func (d *DB) checkMySQL(ctx context.Context) error {
	var s server
	err := d.Conn(ctx).Raw("SELECT VERSION() AS version, @@innodb_flush_log_at_trx_commit AS flush, @@collation_connection AS collation, @@time_zone AS time_zone").Scan(&s).Error
	if err != nil {
		return fmt.Errorf("look at the database's settings: %w", err)
	}
	return s.fit()
}

// server is what a MySQL server says of itself.
type server struct{ Version, Flush, Collation, TimeZone string }

// fit refuses, all at once, what would break a promise.
func (s server) fit() error {
	var mistakes []error
	if s.Flush == "0" {
		mistakes = append(mistakes, errors.New("innodb_flush_log_at_trx_commit=0 loses acknowledged commits on a crash; set it to 1"))
	}
	if !strings.HasPrefix(s.Collation, "utf8mb4_") {
		mistakes = append(mistakes, fmt.Errorf("the connection's collation is %s; one of utf8mb4 is needed", s.Collation))
	}
	if s.TimeZone != "+00:00" {
		mistakes = append(mistakes, fmt.Errorf("the session's time zone is %s; +00:00 is needed", s.TimeZone))
	}
	if old := tooOld(s.Version); old != "" {
		mistakes = append(mistakes, errors.New(old))
	}
	return errors.Join(mistakes...)
}

// tooOld names what is wrong with a server's version; MySQL 8.0.19 and MariaDB 10.6 are the floors.
func tooOld(version string) string {
	var major, minor, patch int
	if n, err := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch); err != nil || n < 3 {
		return fmt.Sprintf("the server's version %q cannot be read", version)
	}
	at := major*10000 + minor*100 + patch
	switch {
	case strings.Contains(version, "MariaDB") && at < 100600:
		return fmt.Sprintf("MariaDB %s is too old; 10.6 is the oldest that works", version)
	case strings.Contains(version, "TiDB"):
		return ""
	case !strings.Contains(version, "MariaDB") && at < 80019:
		return fmt.Sprintf("MySQL %s is too old; 8.0.19 is the oldest that works", version)
	}
	return ""
}
