package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// The two servers, as they are named in the table and on the command line.
const (
	sideApp  = "app"
	sideBare = "bare"
)

// side is one of the servers, running as a child of ours.
type side struct {
	name     string
	api, ops string // addresses
	command  *exec.Cmd
	life     io.Closer // the child serves until it is closed
}

// startSides starts both servers from this program, the application first.
func startSides(ctx context.Context, w *world, path string) ([]*side, error) {
	if err := w.save(path); err != nil {
		return nil, err
	}
	var sides []*side
	for _, name := range []string{sideApp, sideBare} {
		s, err := startSide(ctx, name, path)
		if err != nil {
			return sides, fmt.Errorf("start the %s server: %w", name, err)
		}
		sides = append(sides, s)
	}
	return sides, nil
}

func startSide(ctx context.Context, name, path string) (*side, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &side{name: name, command: exec.CommandContext(context.WithoutCancel(ctx), self, name, path)}
	s.command.Stderr = os.Stderr
	if s.life, err = s.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	if _, err := fmt.Fscanln(bufio.NewReader(out), &s.api, &s.ops); err != nil {
		return nil, errors.Join(fmt.Errorf("it did not come up: %w", err), stopSides([]*side{s}))
	}
	return s, nil
}

func stopSides(sides []*side) error {
	var errs []error
	for _, s := range sides {
		_ = s.life.Close()
		if err := s.command.Wait(); err != nil {
			errs = append(errs, fmt.Errorf("the %s server: %w", s.name, err))
		}
	}
	return errors.Join(errs...)
}

// serveSide is the child: it serves the API and a port for figures until its standard input ends.
func serveSide(ctx context.Context, name, path string) error {
	w, err := loadWorld(path)
	if err != nil {
		return err
	}
	open := openApp
	if name == sideBare {
		open = openBare
	}
	handler, closeAll, err := open(ctx, w)
	if err != nil {
		return err
	}
	api, ops, err := listenTwice(ctx)
	if err != nil {
		return errors.Join(err, closeAll())
	}
	servers := []*http.Server{httpServer(handler), httpServer(figures())}
	for i, l := range []net.Listener{api, ops} {
		go func() { _ = servers[i].Serve(l) }() // ends with Close
	}
	fmt.Println(api.Addr(), ops.Addr()) // the parent reads it
	_, _ = io.Copy(io.Discard, os.Stdin)
	return errors.Join(servers[0].Close(), servers[1].Close(), closeAll())
}

func listenTwice(ctx context.Context) (api, ops net.Listener, err error) {
	var l net.ListenConfig
	if api, err = l.Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
		return nil, nil, err
	}
	if ops, err = l.Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
		return nil, nil, errors.Join(err, api.Close())
	}
	return api, ops, nil
}

// httpServer is configured as `guike serve` does it, for both.
func httpServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 40 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10}
}

// usage is what a server has consumed since it started.
type usage struct {
	CPU     time.Duration `json:"cpu_ns"`
	Mallocs uint64        `json:"mallocs"`
	Bytes   uint64        `json:"bytes"`
}

func figures() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /usage", func(w http.ResponseWriter, _ *http.Request) {
		var r syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r) // fails on mistakes in its arguments only
		var mem runtime.MemStats
		runtime.ReadMemStats(&mem)
		_ = json.NewEncoder(w).Encode(usage{time.Duration(r.Utime.Nano() + r.Stime.Nano()), mem.Mallocs, mem.TotalAlloc})
	})
	m.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	m.Handle("GET /debug/pprof/allocs", pprof.Handler("allocs"))
	return m
}

func (s *side) usage(ctx context.Context) (u usage, err error) {
	b, err := fetch(ctx, "http://"+s.ops+"/usage")
	if err != nil {
		return u, err
	}
	return u, json.Unmarshal(b, &u)
}

func fetch(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var b bytes.Buffer
	if _, err = b.ReadFrom(answer.Body); err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, b.Bytes())
	}
	return b.Bytes(), err
}
