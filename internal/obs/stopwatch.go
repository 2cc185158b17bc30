package obs

import "time"

// Stopwatch starts to measure; what it returns tells how long ago that was. It reads the machine's
// monotonic clock, which nothing moves.
func Stopwatch() func() time.Duration {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}
