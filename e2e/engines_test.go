package e2e_test

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"guike/testkit"
)

// The engines of the suite serve many tests at once, so a test that kills one, or empties it, takes
// one of its own.

// redisServer is a Redis of one test.
type redisServer struct {
	t    testing.TB
	addr string
	cmd  *exec.Cmd
}

// ownRedis starts a Redis for this test alone; without redis-server on the machine, or without the
// suite's MySQL beside which it would stand, the test is skipped.
func ownRedis(t testing.TB) *redisServer {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil || !testkit.HasMySQL() {
		t.Skip("needs redis-server, and MySQL by GUIKE_TEST_MYSQL_DSN")
	}
	r := &redisServer{t: t, addr: freeAddr(t)}
	r.start()
	t.Cleanup(func() { r.kill() })
	return r
}

func (r *redisServer) url() string { return "redis://" + r.addr }

// start starts it, again after a kill, and returns when it answers.
func (r *redisServer) start() {
	r.t.Helper()
	_, port, err := net.SplitHostPort(r.addr)
	require.NoError(r.t, err)
	r.cmd = exec.Command("redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no")
	r.cmd.Dir = r.t.TempDir()
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(r.t, r.cmd.Start())
	c := r.client()
	eventually(r.t, 10*time.Second, "a Redis that answers", func() bool { return c.Ping(context.Background()).Err() == nil })
}

func (r *redisServer) client() *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: r.addr, MaxRetries: -1})
	r.t.Cleanup(func() { _ = c.Close() })
	return c
}

func (r *redisServer) flush() {
	r.t.Helper()
	require.NoError(r.t, r.client().FlushAll(context.Background()).Err())
}

func (r *redisServer) kill() {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
}

// pause freezes it: connections stand, nobody answers. resume lets it go on.
func (r *redisServer) pause()  { signal(r.t, r.cmd.Process.Pid, syscall.SIGSTOP) }
func (r *redisServer) resume() { signal(r.t, r.cmd.Process.Pid, syscall.SIGCONT) }

// database is a MySQL or MariaDB of one test, as scripts/services starts it.
type database struct {
	t                     testing.TB
	dsn, pidfile, restart string
}

// ownDatabase starts a database server for this test alone. It lives as long as the script that runs
// it; should that be killed with the tests, the next run of the script sweeps the server away.
func ownDatabase(t testing.TB) *database {
	t.Helper()
	if !testkit.HasMySQL() {
		t.Skip("needs MySQL, by GUIKE_TEST_MYSQL_DSN")
	}
	if _, err := exec.LookPath("mariadbd"); err != nil {
		if _, err := exec.LookPath("mysqld"); err != nil {
			t.Skip("needs a database server on this machine to kill")
		}
	}
	names := filepath.Join(t.TempDir(), "names")
	cmd := exec.Command("../scripts/services", "run", "bash", "-c", `env >"$0.part" && mv "$0.part" "$0" && exec sleep 86400`, names)
	cmd.Env = append(os.Environ(), "GUIKE_TEST_MYSQL_DSN=", "GUIKE_TEST_REDIS_URL=redis://127.0.0.1:1") // the latter: no Redis
	said := &output{}
	cmd.Stdout, cmd.Stderr = said, said
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	cmd.WaitDelay = time.Second
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	var text []byte
	eventually(t, 2*time.Minute, "a database of its own", func() (up bool) {
		var err error
		text, err = os.ReadFile(names)
		return err == nil
	})
	d := &database{t: t}
	for line := range strings.SplitSeq(string(text), "\n") {
		switch name, value, _ := strings.Cut(line, "="); name {
		case "GUIKE_TEST_MYSQL_DSN":
			d.dsn = value
		case "GUIKE_TEST_MYSQL_PIDFILE":
			d.pidfile = value
		case "GUIKE_TEST_MYSQL_RESTART":
			d.restart = value
		}
	}
	if d.pidfile == "" {
		t.Skip("the database runs in a container; it cannot be killed from here: " + said.String())
	}
	return d
}

// schema creates an empty schema and returns its data source name.
func (d *database) schema(name string) string {
	d.t.Helper()
	pool, err := sql.Open("mysql", d.dsn)
	require.NoError(d.t, err)
	defer pool.Close()
	_, err = pool.Exec("CREATE DATABASE " + name + " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
	require.NoError(d.t, err)
	return d.dsn + name
}

// kill ends the server without warning and returns when it is gone.
func (d *database) kill() {
	d.t.Helper()
	text, err := os.ReadFile(d.pidfile)
	require.NoError(d.t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(d.t, err)
	signal(d.t, pid, syscall.SIGKILL)
	eventually(d.t, 10*time.Second, "a database that is gone", func() bool {
		_, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		return err != nil
	})
}

// start brings a killed server up and returns when it answers.
func (d *database) start() {
	d.t.Helper()
	out, err := exec.Command("bash", "-c", d.restart).CombinedOutput()
	require.NoError(d.t, err, "%s", out)
}

// forward passes connections on from an address to another one until the test ends.
func forward(t testing.TB, from, to string) {
	t.Helper()
	l, err := net.Listen("tcp", from)
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				_ = in.Close()
				continue
			}
			go pipe(in, out)
			go pipe(out, in)
		}
	}()
}

func pipe(to, from net.Conn) {
	defer to.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if _, werr := to.Write(buffer[:n]); werr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
