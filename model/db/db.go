// Package db is the one door to the store. A write takes a *Tx, a read takes a Reader, so that a
// change outside a transaction does not compile.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	driversql "github.com/go-sql-driver/mysql"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"guike/internal/clock"
	"guike/internal/fault"
)

// attempts is how often a transaction is tried when the store chose it as the victim of a conflict.
const attempts = 5

// Reader is what a query needs: the pool or a transaction.
type Reader interface {
	// Conn returns a session for one statement, bound to ctx.
	Conn(ctx context.Context) *gorm.DB
}

// DB is an open store: SQLite in one file, or MySQL and what speaks its protocol.
type DB struct {
	write   *gorm.DB
	read    *gorm.DB // the same pool as write, but on SQLite, which has one writer
	dialect Dialect
	clock   clock.Clock
	lock    *os.File          // SQLite only: keeps a second process away from the file
	dsn     *driversql.Config // MySQL only
}

// Conn returns a session on the pool for reading.
func (d *DB) Conn(ctx context.Context) *gorm.DB { return d.read.WithContext(ctx) }

// Dialect names the store's language.
func (d *DB) Dialect() Dialect { return d.dialect }

// Now is the injected clock's time.
func (d *DB) Now() time.Time { return d.clock.Now() }

// Clock is the clock that freezes the time of every transaction.
func (d *DB) Clock() clock.Clock { return d.clock }

// Tx is a transaction under way. Its time stands still, so that every row written in it agrees.
type Tx struct {
	// Now is the instant at which this try of the transaction began.
	Now time.Time

	conn  *gorm.DB
	after []func()
}

// Conn returns a session inside the transaction.
func (t *Tx) Conn(ctx context.Context) *gorm.DB { return t.conn.WithContext(ctx) }

// Lock returns a session whose reads lock the rows that they return until the transaction ends.
// SQLite needs no such locks: its transactions run one after another.
func (t *Tx) Lock(ctx context.Context) *gorm.DB {
	return t.conn.WithContext(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
}

// AfterCommit runs fn once the transaction has been committed, and never otherwise. What fn does is a
// hint to others (cache, live channel): it may be lost by a crash right after the commit.
func (t *Tx) AfterCommit(fn func()) { t.after = append(t.after, fn) }

// Tx runs fn in one transaction and commits when it returns nil. When the store refuses the
// transaction for a conflict with another (deadlock, lock wait, certification), fn runs again from
// the start, so it must touch nothing but the transaction. When the answer to COMMIT is lost, nobody
// knows what happened: the fault store.unavailable is returned and nothing is tried again; the
// caller repeats its request with the same idempotency key.
func (d *DB) Tx(ctx context.Context, fn func(tx *Tx) error) error {
	var err error
	for try := range attempts {
		if try > 0 {
			if waitErr := pause(ctx, try); waitErr != nil {
				return err
			}
		}
		if err = d.once(ctx, fn); err == nil || !isConflict(err) {
			return err
		}
	}
	return fmt.Errorf("gave up after %d conflicts: %w", attempts, err)
}

func (d *DB) once(ctx context.Context, fn func(tx *Tx) error) (err error) {
	conn := d.write.WithContext(ctx).Begin()
	if conn.Error != nil {
		return fmt.Errorf("begin: %w", d.translate(conn.Error))
	}
	tx := &Tx{Now: d.clock.Now(), conn: conn}
	committed := false
	defer func() {
		if !committed {
			conn.Rollback() // after a failed statement or a panic in fn; the reason is already on its way up
		}
	}()
	if err = fn(tx); err != nil {
		return err
	}
	if err = conn.Commit().Error; err != nil {
		return fmt.Errorf("commit: %w", d.translate(err))
	}
	committed = true
	for _, hook := range tx.after {
		hook()
	}
	return nil
}

func (d *DB) translate(err error) error {
	if t, ok := d.write.Dialector.(gorm.ErrorTranslator); ok {
		return t.Translate(err)
	}
	return err
}

// pause waits longer after each try, with jitter, so that rivals do not meet again.
func pause(ctx context.Context, try int) error {
	wait := time.Duration(rand.Int64N(int64(5*time.Millisecond) << try))
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Missing tells that a query that wanted one row found none.
func Missing(err error) bool { return errors.Is(err, gorm.ErrRecordNotFound) }

// OrMissing turns "no such row" into the refusal not_found, and says what was being done otherwise.
func OrMissing(err error, doing string) error {
	switch {
	case err == nil:
		return nil
	case Missing(err):
		return fault.Missing()
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// Duplicate tells that an insert met a row with the same unique key.
func Duplicate(err error) bool { return errors.Is(err, gorm.ErrDuplicatedKey) }

// Ping asks the store for a sign of life.
func (d *DB) Ping(ctx context.Context) error {
	pool, err := d.write.DB()
	if err != nil {
		return err
	}
	if err := pool.PingContext(ctx); err != nil {
		return d.translate(err)
	}
	return nil
}

// Stats tells how the pool of writers is used.
func (d *DB) Stats() sql.DBStats {
	pool, err := d.write.DB()
	if err != nil {
		return sql.DBStats{}
	}
	return pool.Stats()
}

// Close gives the store back.
func (d *DB) Close() error {
	var errs []error
	for _, g := range []*gorm.DB{d.read, d.write} {
		pool, err := g.DB()
		if err == nil {
			err = pool.Close()
		}
		errs = append(errs, err)
	}
	if d.lock != nil {
		errs = append(errs, d.lock.Close())
	}
	return errors.Join(errs...)
}

// Pool is the pool of writers, for migrations alone: what goes through it escapes the rules of Tx.
func (d *DB) Pool() (*sql.DB, error) { return d.write.DB() }

// Patient is a pool for statements that change whole tables, which take longer than any request may. Whoever
// asks for it calls done.
func (d *DB) Patient() (pool *sql.DB, done func() error, err error) {
	if d.dsn == nil {
		pool, err = d.Pool()
		return pool, func() error { return nil }, err
	}
	cfg := d.dsn.Clone()
	cfg.ReadTimeout = patience
	if pool, err = newPool(cfg); err != nil {
		return nil, nil, err
	}
	return pool, pool.Close, nil
}
