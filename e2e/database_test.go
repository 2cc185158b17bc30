package e2e_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// F03: whenever the database is killed, the server stays, says so at once, and is back by itself;
// nothing that was acknowledged is lost.
func TestNothingAcknowledgedIsLostWhenTheDatabaseIsKilled(t *testing.T) {
	t.Parallel()
	database := ownDatabase(t)
	kills := 1
	if long() {
		kills = 5
	}
	w := newWorld(t, settings{"MYSQL_DSN": database.schema("guike_killed")})
	c := found(t, w, 12)
	l := newLoad(t, 8, c.projects, c.manager)
	var slowestNo, slowestBack time.Duration
	for range kills {
		l.awaitAcks(20, 20*time.Second)
		database.kill()
		slowestNo = max(slowestNo, refusesAtOnce(t, c))
		require.True(t, c.server.alive(), "a server outlives its database")
		status, states := c.server.readiness()
		require.Equal(t, http.StatusServiceUnavailable, status)
		require.Equal(t, "down", states["database"])
		database.start()
		back := time.Now()
		l.awaitAcks(1, 10*time.Second)
		slowestBack = max(slowestBack, time.Since(back))
		c.server.awaitReady(10 * time.Second)
	}
	l.awaitAcks(20, 20*time.Second)
	converged := l.end()
	n := l.tally()
	t.Logf("%d kills of the database: %+v, slowest 503 %s, back after %s at most", kills, n, slowestNo.Round(time.Millisecond), slowestBack.Round(time.Millisecond))
	require.NotZero(t, n.unknown, "no signal: no request met the dead database")
	require.Less(t, converged, 30*time.Second)
	l.repeat(60)
	c.server.stop()
	l.check(w)
}

// refusesAtOnce asks a server whose database is away, to write and to read, and returns how long the
// slowest refusal took.
func refusesAtOnce(t *testing.T, c *company) (slowest time.Duration) {
	t.Helper()
	project := "/v1/staff/projects/" + c.projects[0]
	for range 5 {
		for _, a := range []answer{
			c.manager.get(project), c.manager.post(project+"/daily-logs", map[string]string{"done_today": "在数据库缺席时"}),
		} {
			a.want(http.StatusServiceUnavailable)
			slowest = max(slowest, a.took)
			code, _ := a.problem()
			require.Equal(t, "store.unavailable", code)
			wait, err := strconv.Atoi(a.header.Get("Retry-After"))
			require.NoError(t, err, "Retry-After")
			require.Positive(t, wait)
		}
	}
	require.Less(t, slowest, 3*time.Second)
	return slowest
}
