// Package e2e_test runs the binary that ships, as a process of its own, and looks at it as the world
// does: over its ports, by signals, and by what is in the store afterwards.
package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// long tells whether the fault set is wanted in full.
func long() bool { return os.Getenv("GUIKE_TEST_LONG") == "1" }

// scratch is a folder of this test process, for what all tests share.
var scratch string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if scratch, err = os.MkdirTemp("", "guike-e2e-"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(scratch)
		return m.Run()
	}())
}

// built makes the binary once; GUIKE_TEST_BINARY names one that is there already, such as one with the
// race detector in it.
var built = sync.OnceValues(func() (string, error) {
	if given := os.Getenv("GUIKE_TEST_BINARY"); given != "" {
		return given, nil
	}
	path := filepath.Join(scratch, "guike")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-tags", "nomsgpack", "-o", path, ".")
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the binary: %w\n%s", err, out)
	}
	return path, nil
})

func theBinary(t testing.TB) string {
	t.Helper()
	path, err := built()
	require.NoError(t, err)
	return path
}

// settings is an environment of the binary, by name without the prefix.
type settings map[string]string

func (s settings) with(more settings) settings {
	all := settings{}
	for _, from := range []settings{s, more} {
		maps.Copy(all, from)
	}
	return all
}

func (s settings) environ() []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.Getenv("TMPDIR")}
	for name, value := range s {
		env = append(env, "GUIKE_"+name+"="+value)
	}
	return env
}

// ran is what a command of the binary that ends by itself came to.
type ran struct {
	code        int
	out, errors string
}

// command runs the binary to its end.
func command(t testing.TB, s settings, args ...string) ran {
	t.Helper()
	path := theBinary(t) // building it may take longer than running it
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = s.environ()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		require.NoError(t, err)
	}
	return ran{code: cmd.ProcessState.ExitCode(), out: out.String(), errors: errs.String()}
}

// must runs a command that has to succeed, and returns what it printed.
func must(t testing.TB, s settings, args ...string) string {
	t.Helper()
	r := command(t, s, args...)
	require.Zero(t, r.code, "guike %s: %s", strings.Join(args, " "), r.errors)
	return r.out
}

var ports = struct {
	sync.Mutex
	taken map[int]bool
}{taken: map[int]bool{}}

// freeAddr is an address of this machine that nobody uses, below the ephemeral ports and those of
// scripts/services, so that it stays free while a killed server is away.
func freeAddr(t testing.TB) string {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	for range 200 {
		port := 12000 + rand.IntN(8000)
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		if ports.taken[port] {
			continue
		}
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		require.NoError(t, l.Close())
		ports.taken[port] = true
		return addr
	}
	t.Fatal("no free port")
	return ""
}

// eventually polls until ok says so; it fails the test after the time.
func eventually(t testing.TB, within time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !ok() {
		if time.Since(began) > within {
			t.Fatalf("not within %s: %s", within, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return time.Since(began)
}
