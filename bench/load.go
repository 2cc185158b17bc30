package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// operation is a row of the table: requests that a connection sends in turn, each to the project of a
// customer drawn by lot.
type operation struct {
	name  string
	hot   bool // the one that the floor is about
	paths []string
}

func operations() []operation {
	const project = "/v1/me/projects/%s"
	return []operation{
		{"project + timeline", true, []string{project, project + "/timeline?limit=20"}},
		{"project", false, []string{project}},
		{"timeline", false, []string{project + "/timeline?limit=20"}},
		{"inbox", false, []string{"/v1/me/inbox?limit=20"}},
	}
}

// path is the path of a request on behalf of a reader.
func (r reader) path(form string) string {
	if form == "/v1/me/inbox?limit=20" {
		return form
	}
	return fmt.Sprintf(form, r.Project)
}

// requests writes every request that an operation can send, by path and reader.
func (op operation) requests(w *world) [][][]byte {
	all := make([][][]byte, len(op.paths))
	for i, form := range op.paths {
		for _, r := range w.Readers {
			all[i] = append(all[i], fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: api.guike.example\r\nAuthorization: Bearer %s\r\nAccept: application/json\r\n\r\n", r.path(form), r.Token))
		}
	}
	return all
}

// result is one round of one server.
type result struct {
	requests  int
	took      time.Duration
	latencies []time.Duration
	used      usage
}

// drive lets conns connections ask a server in a closed loop until d is over.
func drive(ctx context.Context, s *side, requests [][][]byte, conns int, d time.Duration) (r result, err error) {
	before, err := s.usage(ctx)
	if err != nil {
		return r, err
	}
	var (
		mu   sync.Mutex
		wait sync.WaitGroup
		errs []error
	)
	start := time.Now()
	for n := range conns {
		wait.Go(func() {
			latencies, err := ask(ctx, s.api, requests, rand.New(rand.NewPCG(uint64(n), 1)), start.Add(d))
			mu.Lock()
			defer mu.Unlock()
			r.latencies = append(r.latencies, latencies...)
			errs = append(errs, err)
		})
	}
	wait.Wait()
	r.took, r.requests = time.Since(start), len(r.latencies)
	after, err := s.usage(ctx)
	r.used = usage{after.CPU - before.CPU, after.Mallocs - before.Mallocs, after.Bytes - before.Bytes}
	return r, errors.Join(append(errs, err)...)
}

// ask is one connection. It speaks just enough HTTP to leave the machine to the servers.
func ask(ctx context.Context, address string, requests [][][]byte, lot *rand.Rand, until time.Time) ([]time.Duration, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 32<<10)
	latencies := make([]time.Duration, 0, 1<<14)
	for turn := lot.IntN(len(requests)); ctx.Err() == nil; turn++ {
		kind := requests[turn%len(requests)]
		start := time.Now()
		if start.After(until) {
			return latencies, nil
		}
		if _, err := conn.Write(kind[lot.IntN(len(kind))]); err != nil {
			return latencies, err
		}
		if _, err := receive(in, io.Discard); err != nil {
			return latencies, err
		}
		latencies = append(latencies, time.Since(start))
	}
	return latencies, ctx.Err()
}

// receive reads an answer and fails unless it is a 200 or a 201.
func receive(in *bufio.Reader, body io.Writer) (http.Header, error) {
	answer, err := http.ReadResponse(in, nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusCreated {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 500))
		return nil, fmt.Errorf("answered %s: %s", answer.Status, text)
	}
	_, err = io.Copy(body, answer.Body)
	return answer.Header, err
}

// measureRow drives both servers in turn, which of them first changing from round to round.
func measureRow(ctx context.Context, o options, w *world, sides []*side, op operation) (row, error) {
	rounds := o.rounds
	if !op.hot {
		rounds = max(1, o.rounds/3)
	}
	requests := op.requests(w)
	for _, s := range sides {
		if _, err := drive(ctx, s, requests, o.conns, o.warm); err != nil {
			return row{}, fmt.Errorf("the %s server: %w", s.name, err)
		}
	}
	results := map[string][]result{}
	for n := range rounds {
		order := slices.Clone(sides)
		if n%2 == 1 {
			slices.Reverse(order)
		}
		for _, s := range order {
			r, err := drive(ctx, s, requests, o.conns, o.round)
			if err != nil {
				return row{}, fmt.Errorf("the %s server: %w", s.name, err)
			}
			results[s.name] = append(results[s.name], r)
		}
	}
	return newRow(op, results), nil
}
