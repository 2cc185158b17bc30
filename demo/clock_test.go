package demo_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/testkit"
)

// Otherwise an instance that reads the shared offset while it is being moved goes an hour back, and the journey
// that goes on from there ends an hour short.
func TestTimeOnlyMovesForward(t *testing.T) {
	t.Parallel()
	c := clock.NewOffset(clock.NewManual(testkit.Start), 0)
	moved := make([]time.Duration, 720)
	testkit.Race(len(moved), func(i int) error {
		moved[i] = c.Forward(time.Duration(i+1) * time.Hour)
		return nil
	})
	var sum time.Duration
	for _, by := range moved {
		sum += by
	}
	require.Equal(t, 720*time.Hour, sum, "every hour once")
	require.Zero(t, c.Forward(719*time.Hour))
	require.Equal(t, testkit.Start.Add(720*time.Hour), c.Now())
}
