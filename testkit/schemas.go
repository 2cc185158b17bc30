package testkit

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/migrations"
)

// Making tables takes longer than most tests that use them. So the processes of a test run share what they
// made: the file that SQLite's tests copy, and schemas on the MySQL server, which one test at a time uses and
// the next one empties. Both live in a folder that is named by the migrations; a schema is taken by the lock
// of a file there, which ends with its process however that ends. Schemas stay on a server that outlives the run.

// shared is the folder of what test processes share for one set of tables.
var shared = sync.OnceValues(func() (string, error) {
	sum, err := migrations.Fingerprint()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(os.TempDir(), fmt.Sprintf("guike-tests-%d", os.Getuid()), sum[:12])
	return folder, os.MkdirAll(folder, 0o700)
})

// sqliteTemplate is a file with the tables; every test starts from a copy of it.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	folder, err := shared()
	if err != nil {
		return nil, err
	}
	made := filepath.Join(folder, "guike.db")
	if template, err := os.ReadFile(made); err == nil {
		return template, nil
	}
	here, err := os.MkdirTemp(folder, "making")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(here)
	d, err := db.Open(db.Options{Folder: here, Clock: clock.System{}})
	if err != nil {
		return nil, err
	}
	_, err = migrations.Up(context.Background(), d)
	if pool, e := d.Pool(); err == nil && e == nil {
		_, err = pool.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	}
	if err := errors.Join(err, d.Close()); err != nil {
		return nil, err
	}
	if err := os.Rename(filepath.Join(here, "guike.db"), made); err != nil {
		return nil, err
	}
	return os.ReadFile(made)
})

var schemas atomic.Int64

// FreshSchema returns the data source name of a database on the test server that nobody else uses until the
// test ends: with empty tables in it when migrated is set, otherwise without any.
func FreshSchema(t testing.TB, migrated bool) string {
	t.Helper()
	pool := server(t)
	if migrated {
		name, back, err := borrow()
		require.NoError(t, err)
		t.Cleanup(back)
		require.NoError(t, clean(t.Context(), pool, name))
		return dsn(name)
	}
	name := fmt.Sprintf("guike_%d_%d", os.Getpid(), schemas.Add(1))
	_, err := pool.Exec(create(name))
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := pool.Exec("DROP DATABASE IF EXISTS " + name)
		require.NoError(t, err)
	})
	return dsn(name)
}

func create(schema string) string {
	return "CREATE DATABASE " + schema + " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
}

func dsn(schema string) string {
	base := os.Getenv("GUIKE_TEST_MYSQL_DSN")
	at := strings.LastIndex(base, "/")
	return base[:at+1] + schema + base[at+1+len(strings.SplitN(base[at+1:], "?", 2)[0]):]
}

func server(t testing.TB) *sql.DB {
	t.Helper()
	pool, err := sql.Open("mysql", dsn(""))
	require.NoError(t, err)
	t.Cleanup(func() { _ = pool.Close() })
	return pool
}

// shelf keeps the schemas that this process has taken and no test uses now.
var shelf struct {
	sync.Mutex
	names []string
	locks []*os.File // held until the process ends
}

// borrow finds a schema that nobody uses; back gives it to the next test.
func borrow() (name string, back func(), err error) {
	shelf.Lock()
	defer shelf.Unlock()
	if n := len(shelf.names); n > 0 {
		name, shelf.names = shelf.names[n-1], shelf.names[:n-1]
	} else if name, err = claim(); err != nil {
		return "", nil, err
	}
	return name, func() {
		shelf.Lock()
		defer shelf.Unlock()
		shelf.names = append(shelf.names, name)
	}, nil
}

// group names the schemas that have these tables on this server, and the files about them.
var group = sync.OnceValues(func() (path string, err error) {
	folder, err := shared()
	if err != nil {
		return "", err
	}
	pool, err := sql.Open("mysql", dsn(""))
	if err != nil {
		return "", err
	}
	defer pool.Close()
	var version string
	if err := pool.QueryRow("SELECT VERSION()").Scan(&version); err != nil {
		return "", err
	}
	host, err := os.Hostname() // locks of files are this machine's; the server may serve others
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(folder + dsn("") + version + host))
	return filepath.Join(folder, "guike_"+hex.EncodeToString(sum[:4])), nil
})

// claim takes the first schema of the server that no other process has.
func claim() (string, error) {
	group, err := group()
	if err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		path := fmt.Sprintf("%s_%d", group, n)
		f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return "", err
		}
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			shelf.locks = append(shelf.locks, f)
			return filepath.Base(path), nil
		}
		_ = f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return "", err
		}
	}
}

// few is how many rows are deleted rather than truncated: truncating takes longer for few, and leaves no old
// statistics behind for many.
const few = 100

// clean empties the tables of a schema, and makes them where they are missing or were not finished.
func clean(ctx context.Context, pool *sql.DB, schema string) error {
	template, err := mysqlTemplate()
	if err != nil {
		return err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := alone(ctx, conn, schema); err != nil {
		return err
	}
	statements := []string{"USE " + schema, "SET FOREIGN_KEY_CHECKS = 0"}
	var newest int64
	err = conn.QueryRowContext(ctx, "SELECT MAX(version_id) FROM "+schema+".goose_db_version").Scan(&newest)
	used, errUsed := template.used(ctx, conn, schema)
	if err != nil || errUsed != nil || newest != template.Newest {
		statements = append([]string{"DROP DATABASE IF EXISTS " + schema, create(schema)}, append(statements, template.Statements...)...)
	} else {
		statements = append(statements, used...)
	}
	for _, s := range statements {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

// alone waits until nobody is connected to the schema any more: a test may end while the server still works on
// a statement that was given up.
func alone(ctx context.Context, conn *sql.Conn, schema string) error {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	for {
		others, err := connected(ctx, conn, schema)
		if err != nil || len(others) == 0 {
			return err
		}
		for _, other := range others {
			_, _ = conn.ExecContext(ctx, "KILL "+other) // it may be gone
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond): // the server rolls back meanwhile
		}
	}
}

// connected lists the connections that use the schema. SHOW, since Oracle MySQL's table of the same cannot hold
// a statement with bytes in it.
func connected(ctx context.Context, conn *sql.Conn, schema string) (ids []string, err error) {
	rows, err := conn.QueryContext(ctx, "SHOW PROCESSLIST")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns() // Id, User, Host, db, … and more of them on MariaDB
	if err != nil {
		return nil, err
	}
	row := make([]sql.RawBytes, len(columns))
	into := make([]any, len(columns))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		if string(row[3]) == schema {
			ids = append(ids, string(row[0]))
		}
	}
	return ids, rows.Err()
}

// template is what makes a schema.
type template struct {
	Tables     []string
	Statements []string
	Newest     int64 // version
}

// mysqlTemplate holds the statements that make the tables: replaying them is much faster than migrating.
var mysqlTemplate = sync.OnceValues(func() (t template, err error) {
	group, err := group()
	if err != nil {
		return t, err
	}
	made := group + ".json"
	if text, err := os.ReadFile(made); err == nil && json.Unmarshal(text, &t) == nil {
		return t, nil
	}
	if t, err = migrated(); err != nil {
		return t, err
	}
	text, err := json.Marshal(t)
	if err != nil {
		return t, err
	}
	here := fmt.Sprintf("%s.%d", made, os.Getpid())
	return t, errors.Join(os.WriteFile(here, text, 0o600), os.Rename(here, made))
})

// migrated migrates a schema and reads what that made.
func migrated() (t template, err error) {
	name := "guike_template_" + strings.ReplaceAll(id.New().String(), "-", "")
	pool, err := sql.Open("mysql", dsn(""))
	if err != nil {
		return t, err
	}
	defer pool.Close()
	if _, err := pool.Exec(create(name)); err != nil {
		return t, err
	}
	defer pool.Exec("DROP DATABASE " + name)
	d, err := db.Open(db.Options{DSN: dsn(name), Clock: clock.System{}})
	if err != nil {
		return t, err
	}
	defer d.Close()
	if _, err := migrations.Up(context.Background(), d); err != nil {
		return t, err
	}
	rows, err := pool.Query("SELECT table_name FROM information_schema.tables WHERE table_schema = ?", name)
	if t.Tables, err = column[string](rows, err); err != nil {
		return t, err
	}
	for _, table := range t.Tables {
		var statement string
		if err := pool.QueryRow("SHOW CREATE TABLE "+name+"."+table).Scan(&table, &statement); err != nil {
			return t, err
		}
		t.Statements = append(t.Statements, statement)
	}
	if err := pool.QueryRow("SELECT MAX(version_id) FROM " + name + ".goose_db_version").Scan(&t.Newest); err != nil {
		return t, err
	}
	for v := range t.Newest + 1 { // the last of them says that the schema is whole
		t.Statements = append(t.Statements, fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, 1)", v))
	}
	return t, nil
}

// used returns the statements that empty the tables which hold rows.
func (t template) used(ctx context.Context, conn *sql.Conn, schema string) (statements []string, err error) {
	var counts []string
	for _, table := range t.Tables {
		if strings.HasPrefix(table, "goose_") {
			continue
		}
		counts = append(counts, fmt.Sprintf("SELECT '%s', COUNT(*) FROM (SELECT 1 FROM %s.%s LIMIT %d) %s", table, schema, table, few+1, table))
	}
	for part := range slices.Chunk(counts, 60) { // MySQL knows 61 tables in a statement
		rows, err := conn.QueryContext(ctx, strings.Join(part, " UNION ALL "))
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		for rows.Next() {
			var table string
			var n int
			if err := rows.Scan(&table, &n); err != nil {
				return nil, err
			}
			switch {
			case n > few:
				statements = append(statements, "TRUNCATE TABLE "+table)
			case n > 0:
				statements = append(statements, "DELETE FROM "+table)
			}
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	return statements, nil
}

// column reads the only column of rows.
func column[T any](rows *sql.Rows, err error) (all []T, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}
