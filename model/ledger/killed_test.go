package ledger_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"guike/internal/clock"
	"guike/model/db"
	"guike/testkit"
)

// The environment of a process that does steps and nothing else.
const (
	envFolder = "GUIKE_TEST_LEDGER_FOLDER"
	envDSN    = "GUIKE_TEST_LEDGER_DSN"
)

// TestMain lets the test's own binary be the server that is killed.
func TestMain(m *testing.M) {
	if os.Getenv(envFolder) == "" {
		os.Exit(m.Run())
	}
	if err := serveSteps(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serveSteps does the steps that come in, one a line, and answers each when it is committed.
func serveSteps(in io.Reader, out io.Writer) error {
	c := clock.NewManual(testkit.Start)
	d, err := db.Open(db.Options{Folder: os.Getenv(envFolder), DSN: os.Getenv(envDSN), Clock: c})
	if err != nil {
		return err
	}
	defer d.Close()
	w := newWorld(&testkit.Kit{DB: d, Clock: c})
	steps, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var s step
		if err := steps.Decode(&s); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		done, err := w.step(context.Background(), s)
		if err != nil {
			return err
		}
		if err := answers.Encode(done); err != nil {
			return err
		}
	}
}

// victim is a server that is killed and begun again; whoever waits for an answer asks anew.
type victim struct {
	t       *testing.T
	place   testkit.Place
	process *exec.Cmd
	steps   io.WriteCloser
	answers *json.Decoder

	done, kills, committed int // how many steps, how often it was killed, and how often the step was done nevertheless
}

func (v *victim) start() error {
	v.process = exec.Command(os.Args[0])
	v.process.Env = append(os.Environ(), envFolder+"="+v.place.Folder, envDSN+"="+v.place.DSN)
	v.process.Stderr = os.Stderr
	steps, err := v.process.StdinPipe()
	if err != nil {
		return err
	}
	answers, err := v.process.StdoutPipe()
	if err != nil {
		return err
	}
	v.steps, v.answers = steps, json.NewDecoder(answers)
	return v.process.Start()
}

func (v *victim) kill() error {
	if err := v.process.Process.Kill(); err != nil {
		return err
	}
	_ = v.process.Wait() // killed: that is no mistake
	v.kills++
	return v.start()
}

// step has a step done. After a kill it is sent again as it was.
func (v *victim) step(s step, killAfter time.Duration) (done outcome, err error) {
	if err := json.NewEncoder(v.steps).Encode(s); err != nil {
		return done, err
	}
	if killAfter > 0 {
		time.Sleep(killAfter) // to hit it anywhere between the first statement and the answer
		if err := v.kill(); err != nil {
			return done, err
		}
		if err := json.NewEncoder(v.steps).Encode(s); err != nil {
			return done, err
		}
	}
	err = v.answers.Decode(&done)
	if s.Kind != stepLook {
		v.done++
	}
	if killAfter > 0 && done.Known {
		v.committed++
	}
	return done, err
}

func long() bool { return os.Getenv("GUIKE_TEST_LONG") != "" }

// The ledger is as on paper although its server is killed in between: what was acknowledged is there, and
// a step that is sent again is done once.
func TestLedgerIsAsOnPaperThoughItsServerIsKilled(t *testing.T) {
	checks, steps, one := 1, 300, 12
	if long() {
		checks, steps, one = 18, 1_000, 25
	}
	bounded(t, checks, steps)
	testkit.EachPlace(t, func(t *testing.T, p testkit.Place) {
		v := &victim{t: t, place: p}
		require.NoError(t, v.start())
		rapid.Check(t, func(rt *rapid.T) {
			run(rt, testkit.Start, func(rt *rapid.T, s step) outcome {
				var after time.Duration
				if s.Kind != stepLook && rand.IntN(one) == 0 {
					after = time.Duration(1+rand.IntN(6_000)) * time.Microsecond
				}
				done, err := v.step(s, after)
				if err != nil {
					rt.Fatalf("%s: %v", s.Kind, err)
				}
				return done
			})
		})
		require.NoError(t, v.steps.Close())
		require.NoError(t, v.process.Wait())
		t.Logf("%d steps, %d kills, %d of them between the commit and its answer", v.done, v.kills, v.committed)
		require.NotZero(t, v.kills, "no signal: nothing was killed")
		if long() {
			require.NotZero(t, v.committed, "no signal: no commit was left without an answer")
			require.Less(t, v.committed, v.kills, "no signal: every commit had been made")
		}
		c := clock.NewManual(testkit.Start)
		d, err := db.Open(db.Options{Folder: p.Folder, DSN: p.DSN, Clock: c})
		require.NoError(t, err)
		defer d.Close()
		testkit.Books(t, d)
	})
}
