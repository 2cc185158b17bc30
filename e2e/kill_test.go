package e2e_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// F01: whenever a server is killed, every log that it acknowledged is there exactly once, none twice,
// and it is ready again within five seconds.
func TestNothingAcknowledgedIsLostWhenTheServerIsKilled(t *testing.T) {
	t.Parallel()
	kills := 3
	if long() {
		kills = 20
	}
	each(t, func(t *testing.T, w *world) {
		c := found(t, w, 12)
		servers, who := []*server{c.server}, []*client{c.manager}
		if w.settings["MYSQL_DSN"] != "" { // one is killed, the other one goes on
			second := start(t, w.settings, "serve")
			servers, who = append(servers, second), append(who, c.manager.at(second))
		}
		l := newLoad(t, 8, c.projects, who...)
		l.awaitAcks(20, 10*time.Second)
		var slowest time.Duration
		for i := range kills {
			victim := servers[i%len(servers)]
			l.awaitAcks(5+rand.Int64N(30), 30*time.Second)
			victim.kill()
			if len(servers) > 1 {
				l.awaitAcks(5, 5*time.Second) // the survivor keeps serving
			}
			slowest = max(slowest, victim.restart())
		}
		l.awaitAcks(20, 10*time.Second)
		converged := l.end()
		n := l.tally()
		t.Logf("%d kills: %+v, ready after %s at most, the last unknown known after %s", kills, n, slowest.Round(time.Millisecond), converged.Round(time.Millisecond))
		require.NotZero(t, n.cut, "no signal: no request was under way when a server was killed")
		if long() {
			require.NotZero(t, n.replayed, "no signal: no unknown outcome had been committed")
		}
		require.Less(t, converged, 30*time.Second)
		l.repeat(60)
		for _, s := range servers {
			s.stop()
		}
		l.check(w)
	})
}
