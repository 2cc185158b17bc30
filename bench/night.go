package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"guike/internal/clock"
	"guike/model/db"
	nights "guike/model/project/plan"
	"guike/service/care"
	"guike/service/project"
	"guike/service/project/plan"
)

// nightChild is the job as a process of its own, on the command line.
const nightChild = "night"

// nightRun is what one process's night came to. Memory is of that process alone.
type nightRun struct {
	Seconds    float64 `json:"seconds"`
	Statements int64   `json:"statements"`
	LiveMB     float64 `json:"live_mb"` // what a collection found in use, at most
	HeapMB     float64 `json:"heap_mb"` // the same with what was not collected yet
	RSSMB      float64 `json:"rss_mb"`  // the kernel's high-water mark
	Seen       int64   `json:"seen"`
	Raised     int64   `json:"raised"`
}

// killed is what stood after a night that was killed had been finished by two instances at once.
type killed struct {
	Late     int64 `json:"late"`     // projects that the night has to see
	Beyond   int64 `json:"beyond"`   // of which it has to raise
	Seen     int64 `json:"seen"`     // when the process was killed
	Total    int64 `json:"total"`    // seen in the end, over all processes
	Notices  int64 `json:"notices"`  //
	Projects int64 `json:"projects"` // that have a notice
	Alerts   int64 `json:"alerts"`
	Tasks    int64 `json:"tasks"`
	Marked   int64 `json:"marked"` // projects that are marked as late
}

// workNight is the child: it looks for delays in a world, so many instances at once as it is told, says
// how far the night has come whenever that changes, and at last what it took.
func workNight(ctx context.Context, path, instances string) error {
	w, err := loadWorld(path)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(instances)
	if err != nil {
		return err
	}
	d, err := db.Open(db.Options{DSN: w.MySQL, Folder: w.Folder, MaxOpen: 4, Clock: clock.NewManual(w.Night)})
	if err != nil {
		return err
	}
	var run nightRun
	watching, stop := context.WithCancel(ctx)
	var watch sync.WaitGroup
	statements := count(ctx, d)
	watch.Go(func() { sample(watching, &run) })
	watch.Go(func() { follow(watching, d, clock.DayOf(w.Night, shanghai())) })
	start := time.Now()
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			j := &project.Journal{DB: d, Zone: shanghai(), Live: silent{}, Alarms: care.New(d)}
			errs[i] = plan.New(j, slog.New(slog.DiscardHandler)).LookForDelays(ctx)
		})
	}
	all.Wait()
	run.Seconds, run.Statements = time.Since(start).Seconds(), statements.Load()
	stop()
	watch.Wait()
	night, _, err := nights.NightOf(ctx, d, clock.DayOf(w.Night, shanghai()))
	run.Seen, run.Raised = night.Seen, night.Raised
	run.RSSMB = highWater()
	if err := errors.Join(errors.Join(errs...), err, d.Close()); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(run)
}

// count counts the statements of transactions.
func count(ctx context.Context, d *db.DB) *atomic.Int64 {
	var n atomic.Int64
	more := func(*gorm.DB) { n.Add(1) }
	_ = d.Tx(ctx, func(tx *db.Tx) error { // a name that is free is always taken
		c := tx.Conn(ctx).Callback()
		return errors.Join(
			c.Create().Before("gorm:create").Register("count", more), c.Query().Before("gorm:query").Register("count", more),
			c.Update().Before("gorm:update").Register("count", more), c.Row().Before("gorm:row").Register("count", more),
			c.Raw().Before("gorm:raw").Register("count", more), c.Delete().Before("gorm:delete").Register("count", more),
		)
	})
	return &n
}

// sample keeps the most that the heap held.
func sample(ctx context.Context, run *nightRun) {
	heap := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
	beat := time.NewTicker(2 * time.Millisecond)
	defer beat.Stop()
	for ctx.Err() == nil {
		metrics.Read(heap)
		run.LiveMB = max(run.LiveMB, float64(heap[0].Value.Uint64())/(1<<20))
		run.HeapMB = max(run.HeapMB, float64(heap[1].Value.Uint64())/(1<<20))
		<-beat.C
	}
}

// follow prints how many projects the night has seen.
func follow(ctx context.Context, d *db.DB, day clock.Day) {
	beat := time.NewTicker(10 * time.Millisecond)
	defer beat.Stop()
	for seen := int64(0); ctx.Err() == nil; <-beat.C {
		n, ok, err := nights.NightOf(ctx, d, day)
		if err == nil && ok && n.Seen != seen {
			seen = n.Seen
			fmt.Println("seen", seen)
		}
	}
}

// highWater is the most memory that the process ever had, in megabytes; 0 where the kernel does not say.
func highWater() float64 {
	text, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(text)) {
		var kb float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kb); err == nil {
			return kb / 1024
		}
	}
	return 0
}

// startNight starts the child; out ends with it.
func startNight(ctx context.Context, path string, instances int) (cmd *exec.Cmd, out *bufio.Scanner, err error) {
	return startChild(ctx, nightChild, path, strconv.Itoa(instances))
}

func startChild(ctx context.Context, args ...string) (cmd *exec.Cmd, out *bufio.Scanner, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	cmd = exec.CommandContext(ctx, self, args...)
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	return cmd, bufio.NewScanner(pipe), cmd.Start()
}

// finishNight waits for a child and reads what it took.
func finishNight(cmd *exec.Cmd, out *bufio.Scanner) (run nightRun, err error) {
	for out.Scan() {
		if line := out.Bytes(); len(line) > 0 && line[0] == '{' {
			err = json.Unmarshal(line, &run)
		}
	}
	return run, errors.Join(err, out.Err(), cmd.Wait())
}

// nights runs the job over both worlds from its beginning to its end, and once more over the big one
// with a kill in the middle.
func (v *volume) nights(ctx context.Context) error {
	for _, p := range []*place{v.Small, v.Big} {
		if err := p.w.save(p.path); err != nil {
			return err
		}
		cmd, out, err := startNight(ctx, p.path, 1)
		if err != nil {
			return err
		}
		run, err := finishNight(cmd, out)
		if err != nil {
			return fmt.Errorf("the night over %d projects: %w", p.Projects, err)
		}
		p.Night = &run
	}
	return v.Big.interrupted(ctx)
}

// interrupted forgets the night that was, kills the next one half-way, lets two instances at once end
// it, and counts.
func (p *place) interrupted(ctx context.Context) error {
	late, beyond := p.size.lateness()
	k := &killed{Late: int64(late), Beyond: int64(beyond)}
	p.Killed = k
	err := p.w.with(ctx, p.w.Night, func(d *db.DB, _ *clock.Manual) error { return forgetNight(ctx, d) })
	if err != nil {
		return err
	}
	cmd, out, err := startNight(ctx, p.path, 1)
	if err != nil {
		return err
	}
	for out.Scan() {
		if n, found := strings.CutPrefix(out.Text(), "seen "); found {
			if seen, err := strconv.Atoi(n); err != nil || seen+100 >= late/2 { // a batch is 200
				break
			}
		}
	}
	_ = cmd.Process.Kill() // -9
	_ = cmd.Wait()         // it was killed
	err = p.w.with(ctx, p.w.Night, func(d *db.DB, _ *clock.Manual) error {
		night, _, err := nights.NightOf(ctx, d, clock.DayOf(p.w.Night, shanghai()))
		k.Seen = night.Seen
		return err
	})
	if err != nil {
		return err
	}
	if err := p.resume(ctx); err != nil {
		return fmt.Errorf("the night after the kill: %w", err)
	}
	return p.w.with(ctx, p.w.Night, func(d *db.DB, _ *clock.Manual) error { return k.count(ctx, d, clock.DayOf(p.w.Night, shanghai())) })
}

// resume ends the night by two instances at once: two processes, or on SQLite, which admits one, two in
// one.
func (p *place) resume(ctx context.Context) error {
	processes, each := 2, 1
	if p.w.MySQL == "" {
		processes, each = 1, 2
	}
	errs := make([]error, processes)
	var all sync.WaitGroup
	for i := range processes {
		all.Go(func() {
			cmd, out, err := startNight(ctx, p.path, each)
			if err == nil {
				_, err = finishNight(cmd, out)
			}
			errs[i] = err
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

func forgetNight(ctx context.Context, d *db.DB) error {
	return d.Tx(ctx, func(tx *db.Tx) error {
		for _, table := range []string{"delay_nights", "delay_notices", "alerts", "alert_events", "tasks", "task_events", "outbox"} {
			if err := tx.Conn(ctx).Exec("DELETE FROM " + table).Error; err != nil {
				return err
			}
		}
		return tx.Conn(ctx).Exec("UPDATE projects SET days_late = 0").Error
	})
}

func (k *killed) count(ctx context.Context, d *db.DB, day clock.Day) error {
	night, _, err := nights.NightOf(ctx, d, day)
	k.Total = night.Seen
	errs := []error{err}
	for into, query := range map[*int64]string{
		&k.Notices:  "SELECT COUNT(*) FROM delay_notices",
		&k.Projects: "SELECT COUNT(DISTINCT project_id) FROM delay_notices",
		&k.Alerts:   "SELECT COUNT(*) FROM alerts WHERE kind = 'plan_delay'",
		&k.Tasks:    "SELECT COUNT(*) FROM tasks WHERE kind = 'plan_delay'",
		&k.Marked:   "SELECT COUNT(*) FROM projects WHERE days_late > 0",
	} {
		errs = append(errs, d.Conn(ctx).Raw(query).Scan(into).Error)
	}
	return errors.Join(errs...)
}

// judgeNights fails unless memory is constant and each delay was raised exactly once.
func (v *volume) judgeNights() error {
	var errs []error
	few, many, k := v.Small.Night, v.Big.Night, v.Big.Killed
	if ceiling := few.LiveMB*1.5 + 12; many.LiveMB > ceiling { // a full batch, and what was allocated while it was collected
		errs = append(errs, fmt.Errorf("the night over %d projects held %.1f MB, more than %.1f", v.Big.Projects, many.LiveMB, ceiling))
	}
	if many.Seen != k.Late || many.Raised != k.Beyond {
		errs = append(errs, fmt.Errorf("the night saw %d and raised %d, instead of %d and %d", many.Seen, many.Raised, k.Late, k.Beyond))
	}
	if k.Seen == 0 || k.Seen >= k.Late {
		errs = append(errs, fmt.Errorf("no signal: the night was killed after %d of %d", k.Seen, k.Late))
	}
	if k.Total != k.Late || k.Marked != k.Late {
		errs = append(errs, fmt.Errorf("the night that was killed saw %d and marked %d of %d", k.Total, k.Marked, k.Late))
	}
	for what, n := range map[string]int64{"notices": k.Notices, "projects with a notice": k.Projects, "alerts": k.Alerts, "tasks": k.Tasks} {
		if n != k.Beyond {
			errs = append(errs, fmt.Errorf("%d %s instead of %d", n, what, k.Beyond))
		}
	}
	return errors.Join(errs...)
}
