package e2e_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/id"
)

// op is one daily log that a client wants to be posted, and what became of it.
type op struct {
	Key, Project, Text string
	Invoked, Returned  time.Time
	Outcome            outcome
	Status, Tries      int
	Unknown            int  // tries of which nobody knew what they did
	Cut                int  // of these, such that the server had taken
	Truncated          int  // of these, such that the answer began and did not end
	Replayed           bool // an earlier try had been committed
	Body               string

	log entry
}

// entry is what must be the same in every answer to one key.
type entry struct {
	ID       string `json:"id"`
	EntryID  string `json:"entry_id"`
	Revision int    `json:"revision"`
	Done     string `json:"done_today"`
	Written  string `json:"written_at"`
}

// journal is the client's own record, on the disk before the client believes it, so that the check
// does not depend on a server's memory (reliability.md 2.3).
type journal struct {
	mu   sync.Mutex
	file *os.File
	ops  []*op
}

func newJournal(t testing.TB) *journal {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "journal.jsonl"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return &journal{file: f}
}

// write adds a line and returns when it would survive a crash of the client.
func (j *journal) write(o *op, first bool) error {
	line, err := json.Marshal(o)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if first {
		j.ops = append(j.ops, o)
	}
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return err
	}
	return j.file.Sync()
}

// load posts daily logs with keys, again and again until told to stop. What is unknown is asked for
// again with the same key until it is known.
type load struct {
	t        testing.TB
	who      []*client // the same person at each server; a try goes to the next one
	projects []string
	journal  *journal
	stop     chan struct{}
	workers  sync.WaitGroup
	acks     atomic.Int64
	failed   atomic.Pointer[error]
	times    struct {
		sync.Mutex
		all []time.Duration
	}
}

// newLoad begins a load of so many workers on the projects of a company, over all servers given.
func newLoad(t testing.TB, workers int, projects []string, who ...*client) *load {
	t.Helper()
	l := &load{t: t, who: who, projects: projects, journal: newJournal(t), stop: make(chan struct{})}
	for range workers {
		l.workers.Go(l.work)
	}
	t.Cleanup(func() { l.end() })
	return l
}

// end lets every worker finish what it began, and returns how long that took.
func (l *load) end() time.Duration {
	began := time.Now()
	select {
	case <-l.stop:
	default:
		close(l.stop)
	}
	l.workers.Wait()
	return time.Since(began)
}

func (l *load) work() {
	for {
		select {
		case <-l.stop:
			return
		case <-time.After(rand.N(20 * time.Millisecond)): // two cores carry the load, the server and the store
		}
		key := id.New().String()
		o := &op{Key: key, Project: l.projects[rand.IntN(len(l.projects))], Text: "今日施工 " + key, Invoked: time.Now()}
		if err := l.post(o); err != nil {
			l.failed.Store(&err)
			return
		}
	}
}

// post tries until the outcome is known.
func (l *load) post(o *op) error {
	if err := l.journal.write(o, true); err != nil {
		return err
	}
	give := time.Now().Add(90 * time.Second)
	for pause := 50 * time.Millisecond; time.Now().Before(give); pause = min(2*pause, 500*time.Millisecond) {
		a := l.try(o)
		if o.Outcome != unk {
			break
		}
		o.Unknown++
		if a.cut() {
			o.Cut++
		}
		if a.err != nil && a.status != 0 {
			o.Truncated++
		}
		time.Sleep(pause/2 + rand.N(pause/2))
	}
	o.Returned = time.Now()
	if o.Outcome == ack {
		l.acks.Add(1)
	}
	return l.journal.write(o, false)
}

func (l *load) try(o *op) answer {
	who := l.who[(o.Tries+int(o.Key[len(o.Key)-1]))%len(l.who)]
	o.Tries++
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	a := who.do(ctx, o.request())
	o.Outcome, o.Status, o.Body = a.outcome(), a.status, string(a.body)
	if o.Outcome == ack {
		o.Replayed = a.header.Get("Idempotency-Replayed") == "true"
		if err := json.Unmarshal(a.body, &o.log); err != nil {
			o.Outcome = unk
		}
	}
	l.times.Lock()
	l.times.all = append(l.times.all, a.took)
	l.times.Unlock()
	return a
}

func (o *op) request() request {
	return request{
		method: http.MethodPost, path: "/v1/staff/projects/" + o.Project + "/daily-logs", key: o.Key,
		body: map[string]string{"done_today": o.Text},
	}
}

// p99 is the time within which 99 of 100 tries since the last look were answered.
func (l *load) p99() time.Duration {
	l.times.Lock()
	defer l.times.Unlock()
	sorted := slices.Sorted(slices.Values(l.times.all))
	l.times.all = nil
	if len(sorted) == 0 {
		return 0
	}
	return sorted[len(sorted)*99/100]
}

// awaitAcks waits until the load has had so many more logs acknowledged.
func (l *load) awaitAcks(more int64, within time.Duration) time.Duration {
	l.t.Helper()
	goal := l.acks.Load() + more
	return eventually(l.t, within, "acknowledged logs", func() bool {
		if err := l.failed.Load(); err != nil {
			l.t.Fatal(*err)
		}
		return l.acks.Load() >= goal
	})
}

// tally is what a load came to.
type tally struct{ ops, acked, rejected, unknown, cut, truncated, replayed int }

func (l *load) tally() (n tally) {
	for _, o := range l.journal.ops {
		n.ops++
		n.unknown += o.Unknown
		n.cut += o.Cut
		n.truncated += o.Truncated
		switch o.Outcome {
		case ack:
			n.acked++
			if o.Replayed {
				n.replayed++
			}
		case rej:
			n.rejected++
		}
	}
	return n
}

// repeat asks once more for a sample of what was acknowledged: the same key, the same answer (L7).
func (l *load) repeat(sample int) {
	l.t.Helper()
	ops := slices.Clone(l.journal.ops)
	rand.Shuffle(len(ops), func(i, k int) { ops[i], ops[k] = ops[k], ops[i] })
	slices.SortStableFunc(ops, func(a, b *op) int { return b.Unknown - a.Unknown }) // those that were in doubt first
	for _, o := range ops[:min(sample, len(ops))] {
		if o.Outcome != ack {
			continue
		}
		a := l.who[0].do(l.t.Context(), o.request()).want(201)
		require.Equal(l.t, "true", a.header.Get("Idempotency-Replayed"))
		var again entry
		require.NoError(l.t, json.Unmarshal(a.body, &again))
		require.Equal(l.t, o.log, again, "a repeated key must get the first answer")
	}
}

// check compares the journal with the store: L1 to L4 of reliability.md 2.3, and that every effect has
// its event and its line in the audit log. The servers must have stopped on SQLite.
func (l *load) check(w *world) {
	t := l.t
	t.Helper()
	d := w.store()
	var texts []string
	require.NoError(t, d.Conn(t.Context()).Raw("SELECT done_today FROM daily_logs UNION ALL SELECT done_today FROM daily_log_revisions").Scan(&texts).Error)
	effects := map[string]int{}
	for _, text := range texts {
		effects[text]++
	}
	acked := 0
	for _, o := range l.journal.ops {
		n := effects[o.Text]
		delete(effects, o.Text)
		switch o.Outcome {
		case ack:
			acked++
			require.Equal(t, 1, n, "L1: an acknowledged log is there exactly once: %+v", *o)
			require.Equal(t, o.Text, o.log.Done, "L7: the answer is about what was asked")
		case rej:
			require.Zero(t, n, "L2: a refused log has no effect: %+v", *o)
		default:
			t.Errorf("L3: nobody knows what became of %+v", *o)
		}
	}
	require.Empty(t, effects, "L4: no effect without a request")
	require.Equal(t, acked, count(t, d, "SELECT COUNT(*) FROM outbox WHERE topic = ?", "project.daily_log_posted"), "I30: one event per effect")
	require.Equal(t, acked, count(t, d, "SELECT COUNT(*) FROM audit_log WHERE action = ?", "project.daily_log_posted"), "I46: one audit row per effect")
	require.Equal(t, count(t, d, "SELECT COUNT(*) FROM daily_logs"), count(t, d, "SELECT COUNT(*) FROM timeline_entries WHERE kind = ?", "daily_log"), "a log has one line in the timeline")
	require.Zero(t, count(t, d, "SELECT COUNT(*) FROM outbox WHERE state = 2 OR attempts > 20"), "no event was given up")
}
