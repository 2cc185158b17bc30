package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"

	"guike/internal/clock"
	"guike/model/db"
)

// volumeOptions are the flags of `bench volume`.
type volumeOptions struct {
	projects, small, entries, late int
	readers, rounds, conns         int
	round                          time.Duration
	ceiling                        float64
	reads, night                   bool
	out                            string
}

func parseVolume(args []string) (o volumeOptions, err error) {
	f := flag.NewFlagSet("bench volume", flag.ContinueOnError)
	f.IntVar(&o.projects, "projects", 10_000, "projects of the big world")
	f.IntVar(&o.small, "small", 100, "projects of the small one")
	f.IntVar(&o.entries, "entries", 200, "timeline entries of each project")
	f.IntVar(&o.late, "late", 20, "of a hundred projects how many are more days late than the policy bears; half as many are a little late")
	f.IntVar(&o.readers, "readers", 0, "customers who are signed in and read, drawn by lot; 0 for all")
	f.IntVar(&o.rounds, "rounds", 5, "rounds of each world, in turn")
	f.DurationVar(&o.round, "round", 5*time.Second, "length of a round")
	f.IntVar(&o.conns, "conns", 8, "connections that read in turn")
	f.Float64Var(&o.ceiling, "ceiling", 1.5, "fail when the ratio of the two p95 is above it; 0 for no ceiling")
	f.BoolVar(&o.reads, "reads", true, "measure what customers read")
	f.BoolVar(&o.night, "night", true, "measure the nightly look for delays, and kill it")
	f.StringVar(&o.out, "out", filepath.Join("bench", "volume.json"), "file for the figures; empty for none")
	if err = f.Parse(args); err != nil {
		return o, err
	}
	if min(o.projects, o.small, o.entries, o.rounds, o.conns) < 1 || o.readers < 0 || o.late < 0 || o.late > 60 || o.round <= 0 || f.NArg() > 0 {
		return o, errors.New("projects, small, entries, rounds, conns and round are positive, late is 60 at most, and there are no arguments")
	}
	if o.readers == 0 {
		o.readers = max(o.projects, o.small)
	}
	return o, nil
}

// volume is what a run found.
type volume struct {
	At          time.Time `json:"at"`
	Store       string    `json:"store"`
	Entries     int       `json:"entries"`
	Connections int       `json:"connections"`
	Small       *place    `json:"small"`
	Big         *place    `json:"big"`
	Ratio       float64   `json:"ratio_p95,omitempty"` // of the medians over the rounds: the big world's by the small one's
}

// place is one of the two worlds with its figures.
type place struct {
	Projects int       `json:"projects"`
	Readers  int       `json:"readers"`
	MB       float64   `json:"data_mb"`
	P50      []float64 `json:"p50_ms,omitempty"` // of a visit, round by round
	P95      []float64 `json:"p95_ms,omitempty"`
	Visits   int       `json:"visits,omitempty"`
	Night    *nightRun `json:"night,omitempty"`
	Killed   *killed   `json:"killed,omitempty"`

	w        *world
	path     string // of the world's description, for children
	size     size
	made     []made
	requests [][][]byte
	side     *side
}

func runVolume(ctx context.Context, args []string) (err error) {
	o, err := parseVolume(args)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "guike-volume-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	v := volume{At: time.Now().UTC().Truncate(time.Second), Entries: o.entries, Connections: o.conns}
	for _, one := range []struct {
		at **place
		n  int
	}{{&v.Big, o.projects}, {&v.Small, o.small}} {
		p, remove, err := makePlace(ctx, folder, size{one.n, o.entries, o.late})
		if remove != nil {
			defer func() { _ = remove() }() // a schema that is left over does no harm
		}
		if err != nil {
			return err
		}
		*one.at = p
	}
	v.Store = v.Big.w.describe(ctx)
	if o.reads {
		if err := v.read(ctx, o); err != nil {
			return err
		}
	}
	if o.night {
		if err := v.nights(ctx); err != nil {
			return err
		}
	}
	return v.publish(o)
}

// makePlace creates a world with many projects.
func makePlace(ctx context.Context, folder string, n size) (p *place, remove func() error, err error) {
	p = &place{Projects: n.projects, size: n, path: filepath.Join(folder, fmt.Sprintf("world-%d.json", n.projects))}
	folder = filepath.Join(folder, strconv.Itoa(n.projects))
	if err := os.Mkdir(folder, 0o750); err != nil {
		return nil, nil, err
	}
	p.w, remove, err = newWorld(ctx, folder, fmt.Sprintf("guike_volume_%d_%d", os.Getpid(), n.projects))
	if err != nil {
		return nil, nil, err
	}
	p.w.Night = time.Now()
	bar := progressbar.NewOptions(n.projects*n.entries, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription(fmt.Sprintf("%d projects", n.projects)),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(time.Second), progressbar.OptionClearOnFinish())
	err = p.w.with(ctx, p.w.Night, func(d *db.DB, c *clock.Manual) (err error) {
		if p.made, err = p.w.fillMany(ctx, d, c, n, func(rows int) { _ = bar.Add(rows) }); err != nil {
			return err
		}
		p.MB, err = weigh(ctx, d, "projects", "project_stages", "project_people", "timeline_entries", "timeline_photos", "files", "customers", "homes", "home_members")
		return err
	})
	_ = bar.Finish() // a bar that cannot be drawn stops nothing
	fmt.Fprintf(os.Stderr, "bench: %d projects with %d entries each in %s\n", n.projects, n.entries, time.Since(p.w.Night).Round(100*time.Millisecond))
	return p, remove, err
}

// weigh brings the store's statistics of tables up to date, as time does elsewhere, and tells how many megabytes
// its tables and indexes take.
func weigh(ctx context.Context, d *db.DB, tables ...string) (mb float64, err error) {
	if d.Dialect() == db.SQLite {
		err = d.Conn(ctx).Raw("SELECT page_count * page_size / 1048576.0 FROM pragma_page_count(), pragma_page_size()").Scan(&mb).Error
		return mb, err
	}
	var told []map[string]any
	if err := d.Conn(ctx).Raw("ANALYZE TABLE " + strings.Join(tables, ", ")).Scan(&told).Error; err != nil {
		return 0, err
	}
	err = d.Conn(ctx).Raw("SELECT CAST(SUM(data_length + index_length) / 1048576.0 AS DOUBLE) FROM information_schema.tables WHERE table_schema = DATABASE()").Scan(&mb).Error
	return mb, err
}

// read starts a server on each world and lets the customers read in alternating rounds.
func (v *volume) read(ctx context.Context, o volumeOptions) (err error) {
	places := []*place{v.Small, v.Big}
	for _, p := range places {
		if err := p.open(ctx, o); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stopSides([]*side{p.side})) }()
	}
	for _, p := range places {
		if err := p.warm(ctx, o); err != nil {
			return err
		}
	}
	for n := range o.rounds {
		order := slices.Clone(places)
		if n%2 == 1 {
			slices.Reverse(order)
		}
		for _, p := range order {
			if err := p.measure(ctx, o); err != nil {
				return err
			}
		}
	}
	v.Ratio = median(v.Big.P95) / median(v.Small.P95)
	return nil
}

// open signs the customers in and starts the server.
func (p *place) open(ctx context.Context, o volumeOptions) error {
	err := p.w.with(ctx, time.Now(), func(d *db.DB, _ *clock.Manual) error { return p.w.signIn(ctx, d, p.made, o.readers) })
	if err != nil {
		return err
	}
	p.Readers = len(p.w.Readers)
	if err := p.w.save(p.path); err != nil {
		return err
	}
	if p.side, err = startSide(ctx, sideApp, p.path); err != nil {
		return err
	}
	p.requests = operations()[0].requests(p.w)
	page, err := get(ctx, p.side.api, p.w.Readers[0].path(operations()[0].paths[1]), p.w.Readers[0].Token)
	if err != nil {
		return err
	}
	if n := bytes.Count(page, []byte(`"thumb_url"`)); n != min(pictured, p.size.entries)*photosPerLog {
		return fmt.Errorf("the first page of a timeline of %d entries shows %d pictures", p.size.entries, n)
	}
	return nil
}

// warm lets every reader visit once, so that both worlds are in the state of long use.
func (p *place) warm(ctx context.Context, o volumeOptions) error {
	var mu sync.Mutex
	next := 0
	_, err := p.visits(ctx, o.conns, func(*rand.Rand) (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		next++
		return next - 1, next <= p.Readers
	})
	return err
}

// measure is one round.
func (p *place) measure(ctx context.Context, o volumeOptions) error {
	until := time.Now().Add(o.round)
	took, err := p.visits(ctx, o.conns, func(lot *rand.Rand) (int, bool) { return lot.IntN(p.Readers), time.Now().Before(until) })
	if err != nil {
		return err
	}
	slices.Sort(took)
	p.P50, p.P95, p.Visits = append(p.P50, percentile(took, 50)), append(p.P95, percentile(took, 95)), p.Visits+len(took)
	return nil
}

// visits lets connections visit in a closed loop, each the reader that whose names, until it names none.
func (p *place) visits(ctx context.Context, conns int, whose func(*rand.Rand) (int, bool)) (took []time.Duration, err error) {
	var (
		mu   sync.Mutex
		wait sync.WaitGroup
		errs []error
	)
	for n := range conns {
		wait.Go(func() {
			lot := rand.New(rand.NewPCG(uint64(n), uint64(len(p.P95))))
			own, err := p.visit(ctx, func() (int, bool) { return whose(lot) })
			mu.Lock()
			defer mu.Unlock()
			took, errs = append(took, own...), append(errs, err)
		})
	}
	wait.Wait()
	return took, errors.Join(errs...)
}

// visit is one connection: a visit reads a customer's project and then its timeline, and takes as long
// as both.
func (p *place) visit(ctx context.Context, whose func() (int, bool)) (took []time.Duration, err error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", p.side.api)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 32<<10)
	for ctx.Err() == nil {
		n, more := whose()
		if !more {
			return took, nil
		}
		start := time.Now()
		for _, kind := range p.requests {
			if _, err := conn.Write(kind[n]); err != nil {
				return took, err
			}
			if _, err := receive(in, io.Discard); err != nil {
				return took, err
			}
		}
		took = append(took, time.Since(start))
	}
	return took, ctx.Err()
}

// publish prints the figures and writes the file. It fails when a promise is not kept.
func (v *volume) publish(o volumeOptions) error {
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
	var errs []error
	if o.reads && o.ceiling > 0 && v.Ratio > o.ceiling {
		errs = append(errs, fmt.Errorf("the p95 of the big world is %.2f times the small one's, more than %.2f", v.Ratio, o.ceiling))
	}
	if o.night {
		errs = append(errs, v.judgeNights())
	}
	return errors.Join(errs...)
}

func (v *volume) print(to io.Writer) error {
	fmt.Fprintf(to, "%s; %d entries a project\n", v.Store, v.Entries)
	t := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	if v.Ratio > 0 {
		fmt.Fprintf(t, "\nproject + timeline, %d connections\treaders\tdata MB\tvisits\tp50 ms\tp95 ms (median)\tp95 ms, round by round\n", v.Connections)
		for _, p := range []*place{v.Small, v.Big} {
			fmt.Fprintf(t, "%d projects\t%d\t%.0f\t%d\t%.1f\t%.1f\t%.1f\n", p.Projects, p.Readers, p.MB, p.Visits, median(p.P50), median(p.P95), p.P95)
		}
		fmt.Fprintf(t, "ratio of p95\t\t\t\t\t%.2f\t\n", v.Ratio)
	}
	for _, p := range []*place{v.Small, v.Big} {
		if n := p.Night; n != nil {
			fmt.Fprintf(t, "\nnight over %d projects\t%d late, %d notices\t%.2f s\t%d statements\theap %.1f MB live, %.1f MB in all\tRSS %.1f MB at most\n",
				p.Projects, n.Seen, n.Raised, n.Seconds, n.Statements, n.LiveMB, n.HeapMB, n.RSSMB)
		}
		if k := p.Killed; k != nil {
			fmt.Fprintf(t, "killed (-9) in it\tafter %d of %d\tthen two at once\t%d notices of %d projects\t%d alerts\t%d tasks\n",
				k.Seen, k.Late, k.Notices, k.Projects, k.Alerts, k.Tasks)
		}
	}
	return t.Flush()
}
