package e2e_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// readyWithin is how soon a server must be ready (reliability.md F01).
const readyWithin = 5 * time.Second

// server is a process of the binary.
type server struct {
	t        testing.TB
	args     []string
	settings settings
	api, ops string // base URLs

	cmd   *exec.Cmd
	log   *output
	ended chan struct{} // closed when the process is gone
}

// output keeps what a process said, so that it can be shown when its test fails.
type output struct {
	mu   sync.Mutex
	text []byte
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, p...)
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}

// tail is the end of what was said, without what is merely told.
func (o *output) tail(n int) string {
	var lines []string
	for line := range strings.SplitSeq(o.String(), "\n") {
		if !strings.Contains(line, `"level":"INFO"`) && !strings.Contains(line, "level=INFO msg=request") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// launch starts the binary on ports of its own, unless the settings name them, and does not wait.
func launch(t testing.TB, s settings, args ...string) *server {
	t.Helper()
	own := s.with(nil)
	for _, name := range []string{"HTTP_ADDR", "OPS_ADDR"} {
		if own[name] == "" {
			own[name] = freeAddr(t)
		}
	}
	p := &server{
		t: t, args: args, settings: own, log: &output{},
		api: "http://" + own["HTTP_ADDR"], ops: "http://" + own["OPS_ADDR"],
	}
	if args[0] == "serve" && own["PUBLIC_URL"] == "" {
		own["PUBLIC_URL"] = p.api
	}
	p.run()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s said last:\n%s", p.api, p.log.tail(60))
		}
	})
	return p
}

// start launches the binary and waits until it is ready.
func start(t testing.TB, s settings, args ...string) *server {
	t.Helper()
	p := launch(t, s, args...)
	p.awaitReady(time.Minute) // a demo loads its company, a first start migrates
	return p
}

// run starts the process, again after a kill.
func (p *server) run() {
	p.t.Helper()
	p.cmd = exec.Command(theBinary(p.t), p.args...)
	p.cmd.Env = p.settings.environ()
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it never outlives the tests
	require.NoError(p.t, p.cmd.Start())
	ended := make(chan struct{})
	p.ended = ended
	cmd := p.cmd
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
}

// kill ends the process without warning and returns when it is gone.
func (p *server) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// restart starts a killed server again on the same ports and returns how long it took to be ready.
func (p *server) restart() time.Duration {
	p.t.Helper()
	p.run()
	return p.awaitReady(readyWithin)
}

// terminate asks the process to stop.
func (p *server) terminate() {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
}

// stop asks the process to stop and expects that it does so in time, and well.
func (p *server) stop() {
	p.t.Helper()
	p.terminate()
	require.Zero(p.t, p.wait(10*time.Second), "exit code of a server that was asked to stop")
}

// wait returns the exit code of a process that ends by itself.
func (p *server) wait(within time.Duration) int {
	p.t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(within):
		p.t.Fatalf("the process did not end within %s", within)
		return -1
	}
}

func (p *server) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

func (p *server) awaitReady(within time.Duration) time.Duration {
	p.t.Helper()
	return eventually(p.t, within, "a server that is ready", func() bool {
		if !p.alive() {
			p.t.Fatalf("the server ended:\n%s", p.log.tail(30))
		}
		status, _ := p.readiness()
		return status == http.StatusOK
	})
}

var lookAt = &http.Client{Timeout: 4 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// readiness is what /readyz says: the status, 0 when nobody answers, and the state of each check.
func (p *server) readiness() (int, map[string]string) {
	answer, err := lookAt.Get(p.ops + "/readyz")
	if err != nil {
		return 0, nil
	}
	defer answer.Body.Close()
	var view struct {
		Status string
		Checks map[string]struct{ Status string }
	}
	if json.NewDecoder(io.LimitReader(answer.Body, 1<<16)).Decode(&view) != nil {
		return 0, nil
	}
	states := map[string]string{"": view.Status}
	for name, check := range view.Checks {
		states[name] = check.Status
	}
	return answer.StatusCode, states
}

// signal sends a signal to a process that is not ours, such as a database.
func signal(t testing.TB, pid int, s syscall.Signal) {
	t.Helper()
	process, err := os.FindProcess(pid)
	require.NoError(t, err)
	if err := process.Signal(s); !errors.Is(err, os.ErrProcessDone) {
		require.NoError(t, err)
	}
}
