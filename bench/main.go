// Command bench measures the hot operations of the API beside a bare server: net/http, database/sql
// and go-redis, written by hand, with the same statements, the same checks of token, session and rate,
// and the same JSON. Machines differ and so do their noises; what counts is the ratio of the two, from
// alternating rounds of one run.
//
// The two servers are processes of their own, which this program starts from itself, so that neither
// pays for the other's garbage. Data, keys and stores are the same for both: MySQL and Redis when
// GUIKE_TEST_MYSQL_DSN and GUIKE_TEST_REDIS_URL name them, else SQLite and a Redis inside each server.
//
// `bench volume` compares the application with itself instead: what a customer reads among 10,000
// projects and among 100, and the nightly look for delays over both (docs/scaling.md).
//
// `bench value` measures card, ledger page and award beside the bare server among 10,000 customers and among
// a million with ten entries each, and the nightly work over both (docs/ledger.md).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	rounds, conns, customers int
	round, warm              time.Duration
	floor                    float64
	only, profiles, out      string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 2 && (args[0] == sideApp || args[0] == sideBare):
		return serveSide(ctx, args[0], args[1])
	case len(args) == 3 && args[0] == nightChild:
		return workNight(ctx, args[1], args[2])
	case len(args) > 0 && args[0] == "volume":
		return runVolume(ctx, args[1:])
	case len(args) == 3 && args[0] == valueNightChild:
		return workValueNight(ctx, args[1], args[2])
	case len(args) > 0 && args[0] == "value":
		return runValue(ctx, args[1:])
	}
	o, err := parse(args)
	if err != nil {
		return err
	}
	return measure(ctx, o)
}

func parse(args []string) (o options, err error) {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.IntVar(&o.rounds, "rounds", 30, "rounds of each server for the hot operation; the other rows take a third of them")
	f.DurationVar(&o.round, "round", 500*time.Millisecond, "length of a round; short ones let both servers see the same noise")
	f.DurationVar(&o.warm, "warm", 2*time.Second, "load before the first round of each row, not counted")
	f.IntVar(&o.conns, "conns", 8, "connections that ask in turn")
	f.IntVar(&o.customers, "customers", 200, "customers, each with a project, over whom the reads are spread")
	f.Float64Var(&o.floor, "floor", 0, "fail when the hot operation's ratio is below it")
	f.StringVar(&o.only, "only", "", "the one row to measure, by its name; empty for all")
	f.StringVar(&o.profiles, "profiles", "", "folder for CPU and allocation profiles of both servers under the hot operation")
	f.StringVar(&o.out, "out", filepath.Join("bench", "last.json"), "file for the figures; empty for none")
	if err = f.Parse(args); err != nil {
		return o, err
	}
	if o.rounds < 1 || o.conns < 1 || o.customers < 1 || o.round <= 0 || f.NArg() > 0 {
		return o, errors.New("rounds, conns, customers and round are positive, and there are no arguments")
	}
	return o, nil
}

// measure makes the world, starts both servers in it, compares what they say and then how fast.
func measure(ctx context.Context, o options) (err error) {
	folder, err := os.MkdirTemp("", "guike-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	fmt.Fprintf(os.Stderr, "bench: seeding %d customers with a project each\n", o.customers)
	w, remove, err := makeWorld(ctx, folder, o.customers)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	sides, err := startSides(ctx, w, filepath.Join(folder, "world.json"))
	defer func() { err = errors.Join(err, stopSides(sides)) }()
	if err != nil {
		return err
	}
	if err := compare(ctx, w, sides); err != nil {
		return err
	}
	r := report{Store: w.describe(ctx), Customers: o.customers, Connections: o.conns, At: time.Now().UTC().Truncate(time.Second)}
	for _, op := range operations() {
		if o.only != "" && o.only != op.name {
			continue
		}
		row, err := measureRow(ctx, o, w, sides, op)
		if err != nil {
			return fmt.Errorf("%s: %w", op.name, err)
		}
		r.Rows = append(r.Rows, row)
	}
	if err := profile(ctx, o, w, sides); err != nil {
		return err
	}
	return r.publish(o)
}
