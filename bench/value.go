package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"

	"guike/app"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// valueOptions are the flags of `bench value`.
type valueOptions struct {
	customers, small, readers, rounds, conns, awards int
	round                                            time.Duration
	floors, night, reads                             bool
	only, out                                        string
}

func parseValue(args []string) (o valueOptions, err error) {
	f := flag.NewFlagSet("bench value", flag.ContinueOnError)
	f.IntVar(&o.customers, "customers", 1_000_000, "customers of the big world, with ten entries each")
	f.IntVar(&o.small, "small", 10_000, "customers of the small one")
	f.IntVar(&o.readers, "readers", 6_000, "customers of each world who are signed in, drawn by lot")
	f.IntVar(&o.rounds, "rounds", 15, "rounds of each of the four servers, in turn")
	f.DurationVar(&o.round, "round", 500*time.Millisecond, "length of a round of reads")
	f.IntVar(&o.awards, "awards", 60, "awards in a round of them")
	f.IntVar(&o.conns, "conns", 8, "connections that ask in turn")
	f.BoolVar(&o.floors, "floors", true, "fail when a ratio is beyond what is promised")
	f.BoolVar(&o.reads, "reads", true, "measure reads and awards")
	f.BoolVar(&o.night, "night", true, "measure the nightly work over both worlds, and kill it")
	f.StringVar(&o.only, "only", "", "the one row to measure, by its name; empty for all")
	f.StringVar(&o.out, "out", filepath.Join("bench", "value.json"), "file for the figures; empty for none")
	if err = f.Parse(args); err != nil {
		return o, err
	}
	if min(o.customers, o.small, o.readers, o.rounds, o.conns, o.awards) < 1 || o.round <= 0 || f.NArg() > 0 {
		return o, errors.New("numbers and lengths are positive, and there are no arguments")
	}
	return o, nil
}

// valueOperation is a row of the table. Awards are asked for by a customer once.
type valueOperation struct {
	name  string
	path  string
	award bool
	floor float64
}

func valueOperations() []valueOperation {
	return []valueOperation{
		{"card", "/v1/me/card", false, 0.7},
		{"ledger page", "/v1/me/points?limit=20", false, 0.7},
		{"award", "/v1/me/check-ins", true, 0.5},
	}
}

// growthCeiling bounds how much slower the big world may be than the small one.
const growthCeiling = 1.5

// value is what a run found.
type value struct {
	At          time.Time    `json:"at"`
	Store       string       `json:"store"`
	Connections int          `json:"connections"`
	Small       *valuePlace  `json:"small"`
	Big         *valuePlace  `json:"big"`
	Rows        []*valueRow  `json:"rows,omitempty"`
	Nights      []valueNight `json:"nights,omitempty"`
}

// valuePlace is a world of value with its two servers.
type valuePlace struct {
	Customers int     `json:"customers"`
	Entries   int     `json:"entries"`
	Readers   int     `json:"readers"`
	MB        float64 `json:"data_mb"`
	Filled    float64 `json:"fill_s"`
	Verified  float64 `json:"verify_s"` // of the whole ledger, before
	After     float64 `json:"verify_after_s"`

	w     *world
	all   []made
	path  string
	sides []*side
	next  atomic.Int64 // reader who has not been given an award yet
}

// valueRow is an operation in both worlds.
type valueRow struct {
	Operation string  `json:"operation"`
	Small     row     `json:"small"`
	Big       row     `json:"big"`
	Growth    float64 `json:"growth"` // median of the application's requests a second in the small world by that in the big one
	floor     float64
}

func runValue(ctx context.Context, args []string) (err error) {
	o, err := parseValue(args)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "guike-value-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	v := value{At: time.Now().UTC().Truncate(time.Second), Connections: o.conns}
	for _, one := range []struct {
		at **valuePlace
		n  int
	}{{&v.Small, o.small}, {&v.Big, o.customers}} {
		p, remove, err := makeValuePlace(ctx, folder, one.n)
		if remove != nil {
			defer func() { _ = remove() }() // a schema that is left over does no harm
		}
		if err != nil {
			return err
		}
		*one.at = p
	}
	v.Store = v.Big.w.describe(ctx)
	return errors.Join(v.work(ctx, o), v.publish(o)) // what was found is not lost with what was not
}

// work does and measures everything in both worlds, and looks at the end whether their books still add up.
func (v *value) work(ctx context.Context, o valueOptions) (err error) {
	if err := v.nights(ctx, o.night); err != nil {
		return err
	}
	if o.reads {
		if err := v.measure(ctx, o); err != nil {
			return err
		}
	}
	for _, p := range v.places() {
		if p.After, err = p.verify(ctx); err != nil {
			return fmt.Errorf("after the night and the awards of both servers: %w", err)
		}
	}
	return nil
}

func (v *value) places() []*valuePlace { return []*valuePlace{v.Small, v.Big} }

// makeValuePlace creates a world with many customers and looks whether its books add up.
func makeValuePlace(ctx context.Context, folder string, n int) (p *valuePlace, remove func() error, err error) {
	p = &valuePlace{Customers: n, Entries: n * entriesEach, path: filepath.Join(folder, fmt.Sprintf("world-%d.json", n))}
	folder = filepath.Join(folder, strconv.Itoa(n))
	if err := os.Mkdir(folder, 0o750); err != nil {
		return nil, nil, err
	}
	p.w, remove, err = newWorld(ctx, folder, fmt.Sprintf("guike_value_%d_%d", os.Getpid(), n))
	if err != nil {
		return nil, nil, err
	}
	start := time.Now()
	p.w.Night = start
	bar := progressbar.NewOptions(p.Entries, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription(fmt.Sprintf("%d customers", n)),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(time.Second), progressbar.OptionClearOnFinish())
	err = p.w.with(ctx, start, func(d *db.DB, c *clock.Manual) error {
		p.all, err = p.w.fillValue(ctx, d, c, n, func(rows int) { _ = bar.Add(rows) })
		if err != nil {
			return err
		}
		_ = bar.Finish() // a bar that cannot be drawn stops nothing
		p.Filled = time.Since(start).Seconds()
		p.MB, err = weigh(ctx, d, slices.Collect(maps.Keys(valueColumns()))...)
		return err
	})
	if err != nil {
		return p, remove, err
	}
	p.Verified, err = p.verify(ctx)
	fmt.Fprintf(os.Stderr, "bench: %d customers with %d entries each, filled in %.0f s, verified in %.0f s, %.0f MB\n", n, entriesEach, p.Filled, p.Verified, p.MB)
	return p, remove, err
}

// verify recomputes the whole ledger and what stands on it, and tells how long that took.
func (p *valuePlace) verify(ctx context.Context) (seconds float64, err error) {
	start := time.Now()
	d, err := db.Open(db.Options{DSN: p.w.MySQL, Folder: p.w.Folder, MaxOpen: 1, Clock: clock.System{}, ReadOnly: true})
	if err != nil {
		return 0, err
	}
	report, err := app.Verify(ctx, d, nil)
	if err == nil && report.Broken > 0 {
		err = fmt.Errorf("the books do not add up: %d findings, first %+v", report.Broken, report.Findings[0])
	}
	return time.Since(start).Seconds(), errors.Join(err, d.Close())
}

// signIn draws the customers who read. What comes before takes longer than a token is good for.
func (p *valuePlace) signIn(ctx context.Context, readers int) error {
	err := p.w.with(ctx, time.Now(), func(d *db.DB, _ *clock.Manual) error { return p.w.signIn(ctx, d, p.all, readers) })
	p.Readers = len(p.w.Readers)
	return err
}

// measure starts both servers in both worlds and lets all four work in turn.
func (v *value) measure(ctx context.Context, o valueOptions) (err error) {
	for _, p := range v.places() {
		if err := p.signIn(ctx, o.readers); err != nil {
			return err
		}
		p.sides, err = startSides(ctx, p.w, p.path)
		defer func() { err = errors.Join(err, stopSides(p.sides)) }()
		if err != nil {
			return err
		}
		if err := compareValue(ctx, p); err != nil {
			return err
		}
	}
	for _, op := range valueOperations() {
		if o.only != "" && o.only != op.name {
			continue
		}
		r, err := v.row(ctx, o, op)
		if err != nil {
			return fmt.Errorf("%s: %w", op.name, err)
		}
		v.Rows = append(v.Rows, r)
		fmt.Fprintf(os.Stderr, "bench: %s: %.2f, %.2f among many, growth %.2f\n", op.name, r.Small.Ratio, r.Big.Ratio, r.Growth)
	}
	return nil
}

// compareValue makes sure that both servers say the same, to readers and to somebody who is given points.
func compareValue(ctx context.Context, p *valuePlace) error {
	for _, op := range valueOperations() {
		var answers [][]byte
		for _, s := range p.sides {
			r := p.w.Readers[0]
			if op.award {
				r = p.w.Readers[p.next.Add(1)-1]
			}
			b, err := exchange(ctx, s.api, op.request(r))
			if err != nil {
				return fmt.Errorf("the %s server at %s: %w", s.name, op.path, err)
			}
			answers = append(answers, b)
		}
		if err := same(answers[0], answers[1]); err != nil {
			return fmt.Errorf("%s: %w\n%s\n%s", op.path, err, answers[0], answers[1])
		}
	}
	return nil
}

// request writes the request of a reader. The key of an award is the customer's own.
func (op valueOperation) request(r reader) []byte {
	const head = "Host: api.guike.example\r\nAuthorization: Bearer %s\r\nAccept: application/json\r\n"
	if op.award {
		return fmt.Appendf(nil, "POST %s HTTP/1.1\r\n"+head+"Idempotency-Key: %s\r\nContent-Length: 0\r\n\r\n", op.path, r.Token, id.New())
	}
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\n"+head+"\r\n", op.path, r.Token)
}

// round lets a server work once: reads for a while, awards so many.
func (p *valuePlace) round(ctx context.Context, s *side, o valueOptions, op valueOperation) (result, error) {
	if !op.award {
		requests := make([][]byte, 0, len(p.w.Readers))
		for _, r := range p.w.Readers {
			requests = append(requests, op.request(r))
		}
		return drive(ctx, s, [][][]byte{requests}, o.conns, o.round)
	}
	last := p.next.Add(int64(o.awards))
	if last > int64(len(p.w.Readers)) {
		return result{}, errors.New("there are not enough readers for so many awards")
	}
	return p.giveAll(ctx, s, o, op, p.w.Readers[last-int64(o.awards):last])
}

// giveAll lets connections ask for the awards of readers, each once.
func (p *valuePlace) giveAll(ctx context.Context, s *side, o valueOptions, op valueOperation, readers []reader) (r result, err error) {
	before, err := s.usage(ctx)
	if err != nil {
		return r, err
	}
	var (
		next atomic.Int64
		mu   sync.Mutex
		wait sync.WaitGroup
		errs []error
	)
	start := time.Now()
	for range o.conns {
		wait.Go(func() {
			own, err := askOnce(ctx, s.api, func() ([]byte, bool) {
				n := next.Add(1) - 1
				if n >= int64(len(readers)) {
					return nil, false
				}
				return op.request(readers[n]), true
			})
			mu.Lock()
			defer mu.Unlock()
			r.latencies, errs = append(r.latencies, own...), append(errs, err)
		})
	}
	wait.Wait()
	r.took, r.requests = time.Since(start), len(r.latencies)
	after, err := s.usage(ctx)
	r.used = usage{after.CPU - before.CPU, after.Mallocs - before.Mallocs, after.Bytes - before.Bytes}
	return r, errors.Join(append(errs, err)...)
}

// askOnce is one connection that sends each request once.
func askOnce(ctx context.Context, address string, request func() ([]byte, bool)) (took []time.Duration, err error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 32<<10)
	for ctx.Err() == nil {
		text, more := request()
		if !more {
			return took, nil
		}
		start := time.Now()
		if _, err := conn.Write(text); err != nil {
			return took, err
		}
		if _, err := receive(in, io.Discard); err != nil {
			return took, err
		}
		took = append(took, time.Since(start))
	}
	return took, ctx.Err()
}

// row lets the four servers work in turn, which of them first changing from round to round. A first round of
// each is not counted.
func (v *value) row(ctx context.Context, o valueOptions, op valueOperation) (*valueRow, error) {
	type pair struct {
		p *valuePlace
		s *side
	}
	var all []pair
	for _, p := range v.places() {
		for _, s := range p.sides {
			all = append(all, pair{p, s})
		}
	}
	results := map[pair][]result{}
	for n := range o.rounds + 1 {
		order := slices.Clone(all)
		if n%2 == 1 {
			slices.Reverse(order)
		}
		for _, at := range order {
			r, err := at.p.round(ctx, at.s, o, op)
			if err != nil {
				return nil, fmt.Errorf("the %s server among %d: %w", at.s.name, at.p.Customers, err)
			}
			if n > 0 {
				results[at] = append(results[at], r)
			}
		}
	}
	r := &valueRow{Operation: op.name, floor: op.floor}
	for i, into := range []*row{&r.Small, &r.Big} {
		by := map[string][]result{}
		for at, rounds := range results {
			if at.p == v.places()[i] {
				by[at.s.name] = rounds
			}
		}
		*into = newRow(operation{name: op.name}, by)
	}
	r.Growth = r.Small.App.Median / r.Big.App.Median
	return r, nil
}

// publish prints the figures and writes the file. It fails when a promise is not kept.
func (v *value) publish(o valueOptions) error {
	if err := v.print(os.Stdout); err != nil {
		return err
	}
	if o.out != "" {
		b, err := json.MarshalIndent(v, "", "  ")
		if err == nil {
			err = os.WriteFile(o.out, append(b, '\n'), 0o644)
		}
		if err != nil {
			return err
		}
	}
	if !o.floors {
		return nil
	}
	var errs []error
	for _, r := range v.Rows {
		if low := min(r.Small.Ratio, r.Big.Ratio); low < r.floor {
			errs = append(errs, fmt.Errorf("%s: the ratio %.2f is below %.2f", r.Operation, low, r.floor))
		}
		if r.Growth > growthCeiling {
			errs = append(errs, fmt.Errorf("%s: %.2f times slower among many, more than %.2f", r.Operation, r.Growth, growthCeiling))
		}
	}
	return errors.Join(append(errs, v.judgeNights())...)
}

func (v *value) print(to io.Writer) error {
	fmt.Fprintf(to, "%s; %d connections\n\n", v.Store, v.Connections)
	t := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, p := range v.places() {
		fmt.Fprintf(t, "%d customers\t%d entries\t%.0f MB\tfilled in %.0f s\tverified in %.0f s, after the awards in %.0f s\t%d readers\n",
			p.Customers, p.Entries, p.MB, p.Filled, p.Verified, p.After, p.Readers)
	}
	if len(v.Rows) > 0 {
		fmt.Fprintln(t, "\noperation\tcustomers\tratio\t(pairs)\tapp req/s\tbare req/s\tapp p50/p99 ms\tbare p50/p99 ms\tgrowth")
	}
	for _, r := range v.Rows {
		for i, one := range []row{r.Small, r.Big} {
			fmt.Fprintf(t, "%s\t%d\t%.2f\t(%.2f–%.2f)\t%.0f\t%.0f\t%.1f / %.1f\t%.1f / %.1f\t%.2f\n", r.Operation, v.places()[i].Customers,
				one.Ratio, one.Lowest, one.Highest, one.App.Median, one.Bare.Median, one.App.P50, one.App.P99, one.Bare.P50, one.Bare.P99, r.Growth)
		}
	}
	for _, n := range v.Nights {
		n.print(t)
	}
	return t.Flush()
}
