package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"syscall"

	driversql "github.com/go-sql-driver/mysql"
	gormmysql "gorm.io/driver/mysql"
	gormsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"modernc.org/sqlite"

	"guike/internal/fault"
)

// Dialect is the language that the store speaks.
type Dialect string

// The dialects. MariaDB and TiDB speak MySQL's.
const (
	MySQL  Dialect = "mysql"
	SQLite Dialect = "sqlite"
)

// errConflict marks a transaction that the store refused because of another one: it had no effect and
// may run again.
var errConflict = errors.New("conflict with another transaction")

func isConflict(err error) bool { return errors.Is(err, errConflict) }

type mysqlDialector struct{ *gormmysql.Dialector }

// The numbers are the servers': MySQL's and MariaDB's error reference, TiDB's error codes.
func (mysqlDialector) Translate(err error) error {
	var e *driversql.MySQLError
	if !errors.As(err, &e) {
		return away(err)
	}
	switch e.Number {
	case 1062:
		return gorm.ErrDuplicatedKey
	case 1451, 1452:
		return gorm.ErrForeignKeyViolated
	case 3819, 4025:
		return gorm.ErrCheckConstraintViolated
	case 1213, 1205, 1020, 8002, 8022, 9007: // deadlock, lock wait, snapshot changed; TiDB write conflicts
		return errors.Join(errConflict, err)
	case 1040, 1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161, 1184, 1290, 1836, 1927, 3032, 3169: // going down, too many connections, read-only after a failover
		return fault.StoreAway(err)
	}
	return err
}

type sqliteDialector struct{ *gormsqlite.Dialector }

// The numbers are SQLite's extended result codes.
func (sqliteDialector) Translate(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return away(err)
	}
	switch code := e.Code(); {
	case code == 1555 || code == 2067:
		return gorm.ErrDuplicatedKey
	case code == 787:
		return gorm.ErrForeignKeyViolated
	case code == 275:
		return gorm.ErrCheckConstraintViolated
	case code&0xff == 5, code&0xff == 6: // busy, locked
		return errors.Join(errConflict, err)
	case code&0xff == 9: // interrupted by the caller's deadline
		return errors.Join(context.DeadlineExceeded, err)
	}
	return err
}

// away recognises failures of the connection itself. They say nothing about the fate of what was sent.
func away(err error) error {
	var network net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, driver.ErrBadConn), errors.Is(err, driversql.ErrInvalidConn),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE),
		errors.Is(err, context.DeadlineExceeded), errors.As(err, &network):
		return fault.StoreAway(err)
	}
	return err
}
