package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"guike/internal/clock"
	"guike/model/db"
	"guike/model/ledger"
	"guike/service/membership/earning"
	"guike/service/membership/level"
)

// valueNightChild is the nightly work as a process of its own, on the command line.
const valueNightChild = "value-night"

// leaseOver is how much later others take up what somebody who was killed had claimed.
const leaseOver = 5 * time.Minute

// valueNight is the nightly work over a world: what expires tonight, then a look at everybody's level. Each
// half is killed (-9) when a third of it is done, and ended by two instances at once.
type valueNight struct {
	Customers int       `json:"customers"`
	Expiry    valueHalf `json:"expiry"`
	Levels    valueHalf `json:"levels"`
}

// valueHalf is one half of a night: so much was to be done, so much was left when it was killed.
type valueHalf struct {
	Due     int64   `json:"due"`
	Left    int64   `json:"left_at_kill"`
	Done    int64   `json:"done"` // what it left behind: amounts that expired, changes of level
	Wanted  int64   `json:"wanted"`
	Seconds float64 `json:"seconds"` // of both processes, one after the other
	LiveMB  float64 `json:"live_mb"`
	RSSMB   float64 `json:"rss_mb"`
	Remains int64   `json:"remains"`
	Stmts   int64   `json:"statements"` // after the kill
}

// workValueNight is the child: it does one half in a world, tells how much is left, and at last what it took.
func workValueNight(ctx context.Context, path, half string) error {
	half, instances, _ := strings.Cut(half, ":")
	w, err := loadWorld(path)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(instances)
	if err != nil {
		return err
	}
	d, err := db.Open(db.Options{DSN: w.MySQL, Folder: w.Folder, MaxOpen: 6, Clock: clock.NewManual(w.Night)})
	if err != nil {
		return err
	}
	var run nightRun
	watching, stop := context.WithCancel(ctx)
	var watch, all sync.WaitGroup
	statements := count(ctx, d)
	watch.Go(func() { sample(watching, &run) })
	watch.Go(func() { followLeft(watching, d, half, w.Night) })
	start, errs := time.Now(), make([]error, n)
	for i := range n {
		all.Go(func() { errs[i] = workHalf(ctx, d, half) })
	}
	all.Wait()
	run.Seconds, run.Statements = time.Since(start).Seconds(), statements.Load()
	stop()
	watch.Wait()
	run.RSSMB = highWater()
	if err := errors.Join(errors.Join(errs...), d.Close()); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(run)
}

// workHalf does one half: what expires, or everybody's level.
func workHalf(ctx context.Context, d *db.DB, half string) error {
	if half == "expiry" {
		return earning.New(earning.Deps{DB: d, Ledger: ledger.New(shanghai()), Zone: shanghai()}).ExpireDue(ctx)
	}
	return level.New(level.Deps{DB: d, Zone: shanghai()}).LookDue(ctx)
}

// leftOf counts what a half has not done yet.
func leftOf(ctx context.Context, d *db.DB, half string, night time.Time) (left int64, err error) {
	query := "SELECT COUNT(*) FROM ledger_lots WHERE due_at <= ?"
	if half == "levels" {
		query = "SELECT COUNT(*) FROM members WHERE look_at <= ?"
	}
	err = d.Conn(ctx).Raw(query, night.UnixMilli()).Scan(&left).Error
	return left, err
}

func followLeft(ctx context.Context, d *db.DB, half string, night time.Time) {
	beat := time.NewTicker(200 * time.Millisecond)
	defer beat.Stop()
	for ctx.Err() == nil {
		if left, err := leftOf(ctx, d, half, night); err == nil {
			fmt.Println("left", left)
		}
		<-beat.C
	}
}

// nights works the night over both worlds, so that cards are read as on any day. When it is not to be measured
// nothing is killed.
func (v *value) nights(ctx context.Context, measured bool) error {
	for _, p := range v.places() {
		if err := p.w.save(p.path); err != nil {
			return err
		}
		if !measured {
			for _, half := range []string{"expiry", "levels"} {
				if _, err := p.finishHalf(ctx, half); err != nil {
					return err
				}
			}
			continue
		}
		n := valueNight{Customers: p.Customers}
		for half, into := range map[string]*valueHalf{"expiry": &n.Expiry, "levels": &n.Levels} {
			if err := p.half(ctx, half, into); err != nil {
				return fmt.Errorf("the %s of %d customers: %w", half, p.Customers, err)
			}
		}
		v.Nights = append(v.Nights, n)
		fmt.Fprintf(os.Stderr, "bench: night over %d customers: expiry %.0f s, levels %.0f s\n", p.Customers, n.Expiry.Seconds, n.Levels.Seconds)
	}
	return nil
}

// half works one half of a night: killed after a third, ended by two instances at once.
func (p *valuePlace) half(ctx context.Context, half string, h *valueHalf) error {
	look := func(into *int64) error {
		return p.w.with(ctx, p.w.Night, func(d *db.DB, _ *clock.Manual) (err error) {
			*into, err = leftOf(ctx, d, half, p.w.Night)
			return err
		})
	}
	if err := look(&h.Due); err != nil {
		return err
	}
	start := time.Now()
	if err := p.killedAt(ctx, half, h.Due*2/3); err != nil {
		return err
	}
	h.Seconds = time.Since(start).Seconds()
	if err := look(&h.Left); err != nil {
		return err
	}
	p.w.Night = p.w.Night.Add(leaseOver)
	if err := p.w.save(p.path); err != nil {
		return err
	}
	runs, err := p.finishHalf(ctx, half)
	if err != nil {
		return err
	}
	for _, r := range runs {
		h.LiveMB, h.RSSMB, h.Stmts = max(h.LiveMB, r.LiveMB), max(h.RSSMB, r.RSSMB), h.Stmts+r.Statements
	}
	h.Seconds += runs[0].Seconds
	if err := look(&h.Remains); err != nil {
		return err
	}
	return p.w.with(ctx, p.w.Night, func(d *db.DB, _ *clock.Manual) error { return h.count(ctx, d, half, p.Customers) })
}

// killedAt starts a half and kills it (-9) when no more than so much is left.
func (p *valuePlace) killedAt(ctx context.Context, half string, left int64) error {
	cmd, out, err := startChild(ctx, valueNightChild, p.path, half+":1")
	if err != nil {
		return err
	}
	for out.Scan() {
		if text, found := strings.CutPrefix(out.Text(), "left "); found {
			if n, err := strconv.ParseInt(text, 10, 64); err == nil && n <= left {
				break
			}
		}
	}
	_ = cmd.Process.Kill() // -9
	_ = cmd.Wait()         // it was killed
	return nil
}

// finishHalf ends a half by two instances: two processes, or on SQLite, which admits one, two in one.
func (p *valuePlace) finishHalf(ctx context.Context, half string) ([]nightRun, error) {
	processes, each := 2, 1
	if p.w.MySQL == "" {
		processes, each = 1, 2
	}
	runs, errs := make([]nightRun, processes), make([]error, processes)
	var all sync.WaitGroup
	for i := range processes {
		all.Go(func() {
			cmd, out, err := startChild(ctx, valueNightChild, p.path, half+":"+strconv.Itoa(each))
			if err == nil {
				runs[i], err = finishNight(cmd, out)
			}
			errs[i] = err
		})
	}
	all.Wait()
	if len(runs) > 1 && runs[1].Seconds > runs[0].Seconds {
		runs[0], runs[1] = runs[1], runs[0]
	}
	return runs, errors.Join(errs...)
}

// count reads what a half left behind, and what it should have.
func (h *valueHalf) count(ctx context.Context, d *db.DB, half string, customers int) error {
	var errs []error
	read := func(into *int64, query string) { errs = append(errs, d.Conn(ctx).Raw(query).Scan(into).Error) }
	if half == "expiry" {
		h.Wanted = int64((customers + dueEvery - 1) / dueEvery)
		read(&h.Done, "SELECT COUNT(*) FROM ledger_transfers WHERE kind = 'expire'")
		return errors.Join(errs...)
	}
	h.Wanted = int64((customers + staleEvery - 1) / staleEvery)
	read(&h.Done, "SELECT COUNT(*) FROM outbox WHERE topic = 'membership.level_changed'")
	return errors.Join(errs...)
}

// judgeNights fails unless memory is constant, everything was done once, and the kill fell in the middle.
func (v *value) judgeNights() error {
	var errs []error
	for _, n := range v.Nights {
		for name, h := range map[string]valueHalf{"expiry": n.Expiry, "levels": n.Levels} {
			at := fmt.Sprintf("the %s of %d customers", name, n.Customers)
			if h.Done != h.Wanted || h.Remains != 0 || h.Wanted == 0 {
				errs = append(errs, fmt.Errorf("%s: %d done of %d, %d remain", at, h.Done, h.Wanted, h.Remains))
			}
			if h.Left == 0 || h.Left == h.Due {
				errs = append(errs, fmt.Errorf("no signal: %s was killed with %d of %d left", at, h.Left, h.Due))
			}
		}
	}
	if len(v.Nights) == 2 {
		few, many := v.Nights[0], v.Nights[1]
		for name, pair := range map[string][2]float64{"expiry": {few.Expiry.LiveMB, many.Expiry.LiveMB}, "levels": {few.Levels.LiveMB, many.Levels.LiveMB}} {
			if ceiling := pair[0]*1.5 + 12; pair[1] > ceiling {
				errs = append(errs, fmt.Errorf("the %s of many held %.1f MB, more than %.1f", name, pair[1], ceiling))
			}
		}
	}
	return errors.Join(errs...)
}

func (n valueNight) print(to io.Writer) {
	for name, h := range map[string]valueHalf{"expiry": n.Expiry, "levels": n.Levels} {
		fmt.Fprintf(to, "\nnight, %s of %d customers\t%d due\tkilled with %d left, then two at once\t%.1f s in all\t%d of %d done\theap %.1f MB live\tRSS %.1f MB\n",
			name, n.Customers, h.Due, h.Left, h.Seconds, h.Done, h.Wanted, h.LiveMB, h.RSSMB)
	}
}
