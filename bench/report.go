package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"
)

// report is what a run found.
type report struct {
	At          time.Time `json:"at"`
	Store       string    `json:"store"`
	Customers   int       `json:"customers"`
	Connections int       `json:"connections"`
	Procs       int       `json:"gomaxprocs"`
	Rows        []row     `json:"rows"`
}

// row is an operation on both servers.
type row struct {
	Operation string  `json:"operation"`
	Hot       bool    `json:"hot"`
	Ratio     float64 `json:"ratio"`     // median of the application's requests a second by that of the bare server
	RatioCPU  float64 `json:"ratio_cpu"` // the bare server's processor time for a request by the application's
	Lowest    float64 `json:"lowest"`    // ratio of a single pair of rounds
	Highest   float64 `json:"highest"`
	App       figure  `json:"app"`
	Bare      figure  `json:"bare"`
}

// figure is one server in a row.
type figure struct {
	PerSecond []float64 `json:"per_second"` // round by round
	Median    float64   `json:"median"`
	P50       float64   `json:"p50_ms"`
	P99       float64   `json:"p99_ms"`
	CPU       float64   `json:"cpu_us"` // of the server's process, for a request
	Mallocs   float64   `json:"mallocs"`
	Bytes     float64   `json:"bytes"`
}

func newRow(op operation, results map[string][]result) row {
	r := row{Operation: op.name, Hot: op.hot, App: newFigure(results[sideApp]), Bare: newFigure(results[sideBare])}
	r.Ratio, r.RatioCPU = r.App.Median/r.Bare.Median, r.Bare.CPU/r.App.CPU
	for i, x := range r.App.PerSecond {
		pair := x / r.Bare.PerSecond[i]
		if i == 0 {
			r.Lowest, r.Highest = pair, pair
		}
		r.Lowest, r.Highest = min(r.Lowest, pair), max(r.Highest, pair)
	}
	return r
}

func newFigure(rounds []result) (f figure) {
	var latencies []time.Duration
	var cpu, mallocs, bytes []float64
	for _, r := range rounds {
		n := float64(r.requests)
		f.PerSecond = append(f.PerSecond, n/r.took.Seconds())
		cpu = append(cpu, float64(r.used.CPU.Nanoseconds())/1e3/n)
		mallocs = append(mallocs, float64(r.used.Mallocs)/n)
		bytes = append(bytes, float64(r.used.Bytes)/n)
		latencies = append(latencies, r.latencies...)
	}
	slices.Sort(latencies)
	f.Median, f.CPU, f.Mallocs, f.Bytes = median(f.PerSecond), median(cpu), median(mallocs), median(bytes)
	f.P50, f.P99 = percentile(latencies, 50), percentile(latencies, 99)
	return f
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// percentile is in milliseconds, of sorted latencies.
func percentile(sorted []time.Duration, p int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, len(sorted)*p/100)].Seconds() * 1000
}

// publish prints the table and writes the file. It fails on a hot operation below the floor.
func (r report) publish(o options) error {
	r.Procs = runtime.GOMAXPROCS(0)
	if err := r.print(os.Stdout); err != nil {
		return err
	}
	if o.out != "" {
		b, err := json.MarshalIndent(r, "", "  ")
		if err == nil {
			err = os.WriteFile(o.out, append(b, '\n'), 0o644)
		}
		if err != nil {
			return err
		}
	}
	for _, row := range r.Rows {
		if row.Hot && row.Ratio < o.floor {
			return fmt.Errorf("%s: the ratio %.2f is below %.2f", row.Operation, row.Ratio, o.floor)
		}
	}
	return nil
}

func (r report) print(to io.Writer) error {
	fmt.Fprintf(to, "%s; %d customers, %d connections, GOMAXPROCS %d\n\n", r.Store, r.Customers, r.Connections, r.Procs)
	t := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "operation\tratio\t(pairs)\tapp req/s\tbare req/s\tapp p50/p99 ms\tbare p50/p99 ms\tCPU µs/req app, bare\tallocs/req app, bare")
	for _, row := range r.Rows {
		fmt.Fprintf(t, "%s\t%.2f\t(%.2f–%.2f)\t%.0f\t%.0f\t%.1f / %.1f\t%.1f / %.1f\t%.0f, %.0f (%.2f)\t%.0f, %.0f\n",
			row.Operation, row.Ratio, row.Lowest, row.Highest, row.App.Median, row.Bare.Median,
			row.App.P50, row.App.P99, row.Bare.P50, row.Bare.P99, row.App.CPU, row.Bare.CPU, row.RatioCPU, row.App.Mallocs, row.Bare.Mallocs)
	}
	return t.Flush()
}

// profile drives both servers once more and keeps where their time and memory went.
func profile(ctx context.Context, o options, w *world, sides []*side) error {
	if o.profiles == "" {
		return nil
	}
	if err := os.MkdirAll(o.profiles, 0o755); err != nil {
		return err
	}
	requests := operations()[0].requests(w)
	for _, s := range sides {
		var driven error
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, driven = drive(ctx, s, requests, o.conns, 6*time.Second)
		}()
		cpu, err := fetch(ctx, "http://"+s.ops+"/debug/pprof/profile?seconds=5")
		<-done
		allocs, errAllocs := fetch(ctx, "http://"+s.ops+"/debug/pprof/allocs")
		if err := errors.Join(err, errAllocs, driven); err != nil {
			return fmt.Errorf("profile of the %s server: %w", s.name, err)
		}
		for kind, b := range map[string][]byte{"cpu": cpu, "allocs": allocs} {
			if err := os.WriteFile(filepath.Join(o.profiles, s.name+"."+kind+".pprof"), b, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}
