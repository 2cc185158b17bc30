package testkit

import (
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/fault"
)

// Race runs fn n times at the same moment and returns what each returned.
func Race(n int, fn func(i int) error) []error {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	errs := make([]error, n)
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			errs[i] = fn(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return errs
}

// Together runs the acts at the same moment and returns what each returned.
func Together(acts ...func() error) []error {
	return Race(len(acts), func(i int) error { return acts[i]() })
}

// Succeeded counts those that returned no error.
func Succeeded(errs []error) (n int) {
	for _, err := range errs {
		if err == nil {
			n++
		}
	}
	return n
}

// Fails asserts a refusal by its code and, if told, by the first field that it names: its place
// ("body.title"), or place and code ("body.title length").
func Fails(t testing.TB, err error, code string, field ...string) {
	t.Helper()
	require.Equal(t, code, fault.Code(err), "%v", err)
	if len(field) == 0 {
		return
	}
	f, _ := fault.Of(err)
	require.NotEmpty(t, f.Fields)
	place, why, told := strings.Cut(strings.Join(field, " "), " ")
	require.Equal(t, place, f.Fields[0].Location)
	if told {
		require.Equal(t, why, f.Fields[0].Code)
	}
}

// Fields lists the codes of the fields that a refusal names.
func Fields(err error) (codes []string) {
	if f, ok := fault.Of(err); ok {
		for _, field := range f.Fields {
			codes = append(codes, field.Code)
		}
	}
	return codes
}

// Location is the place of the first field that a refusal names; empty when it names none.
func Location(err error) string {
	if f, ok := fault.Of(err); ok && len(f.Fields) > 0 {
		return f.Fields[0].Location
	}
	return ""
}

// Rounds is how often rivals meet in a test of a race: thirty times where time is plenty, as before a change of
// value is called done, and ten times otherwise.
func Rounds() int {
	if os.Getenv("GUIKE_TEST_LONG") != "" {
		return 30
	}
	return 10
}
