package e2e_test

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/id"
	"guike/testkit"
)

// cutWithin is how soon a session that was ended must be refused everywhere (design.md 5).
const cutWithin = 5 * time.Second

// Two processes on MySQL and Redis are one service.
func TestTwoInstances(t *testing.T) {
	t.Parallel()
	redis := ownRedis(t)
	w := newWorld(t, settings{"MYSQL_DSN": testkit.FreshSchema(t, false), "REDIS_URL": redis.url()})
	c := found(t, w, 0)
	a := c.server
	b := start(t, w.settings, "serve")
	t.Run("news cross", func(t *testing.T) {
		t.Parallel()
		newsCross(t, c, b)
	})
	t.Run("ten refreshes leave one family", func(t *testing.T) {
		t.Parallel()
		tenRefreshes(t, c, a, b)
	})
	t.Run("a key is good for both", func(t *testing.T) {
		t.Parallel()
		oneKey(t, c, a, b)
	})
	for _, flush := range []bool{false, true} {
		name := ""
		if flush {
			name = ", Redis emptied"
		}
		t.Run("logout reaches the other one"+name, func(t *testing.T) {
			t.Parallel()
			h, _ := c.customer(newOpenID())
			ends(t, h.at(b), "/v1/me", "/v1/me/live", func() {
				h.post("/v1/auth/logout", nil).want(204)
				if flush {
					redis.flush()
				}
			})
		})
		t.Run("disabling somebody reaches the other one"+name, func(t *testing.T) {
			t.Parallel()
			username := map[bool]string{false: "gone", true: "gone.flushed"}[flush]
			somebody, staffID := c.employ(username, "designer")
			ends(t, somebody.at(b), "/v1/staff/me", "/v1/staff/live", func() {
				c.admin.post("/v1/staff/staff/"+staffID+"/disable", nil).want(200)
				if flush {
					redis.flush()
				}
			})
			refusal := newClient(t, b.api, "").post("/v1/staff/auth/password", map[string]string{"username": username, "password": password}).want(401)
			code, _ := refusal.problem()
			require.Equal(t, "auth.failed", code)
		})
	}
}

// newsCross posts at one instance and hears of it at the other one.
func newsCross(t *testing.T, c *company, b *server) {
	h := c.homeowner("13700000001")
	socket := h.at(b).live("/v1/me/live")
	began := time.Now()
	log := c.manager.post("/v1/staff/projects/"+h.project+"/daily-logs", map[string]string{"done_today": "今日完成水电开槽"}).want(201)
	for {
		hint := socket.next(cutWithin)
		if hint["kind"] == "daily_log" {
			t.Logf("the hint crossed in %s", time.Since(began).Round(time.Millisecond))
			require.Equal(t, h.project, hint["project_id"])
			require.Equal(t, log.text("entry_id"), hint["id"])
			break
		}
	}
	timeline := h.at(b).get("/v1/me/projects/" + h.project + "/timeline").want(200)
	require.Equal(t, log.text("entry_id"), timeline.text("items.0.id"), "what the hint is about is there")
}

// ends does what ends a session and measures how long the other instance, which knows the session
// well, still takes it.
func ends(t *testing.T, there *client, path, live string, end func()) {
	t.Helper()
	there = there.with(t)
	for range 3 {
		there.get(path).want(200) // remembered by the process and by Redis
	}
	socket := there.live(live)
	if long() { // at another moment between two looks at the session, which the process remembers
		for until := time.Now().Add(rand.N(4 * time.Second)); time.Now().Before(until); {
			there.get(path).want(200)
		}
	}
	end()
	began := time.Now()
	var last answer
	refused := eventually(t, cutWithin, "a refusal", func() bool {
		last = there.get(path)
		return last.status == http.StatusUnauthorized
	})
	code, _ := last.problem()
	require.Equal(t, "session.revoked", code)
	require.EqualValues(t, 4401, socket.closed(cutWithin-time.Since(began)))
	t.Logf("refused after %s, the socket was closed after %s", refused.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
	for range 20 {
		there.get(path).want(401)
	}
}

func tenRefreshes(t *testing.T, c *company, a, b *server) {
	h, in := c.customer(newOpenID())
	refresh := in.text("refresh_token")
	answers := make([]answer, 10)
	var ready, done sync.WaitGroup
	ready.Add(len(answers))
	for i := range answers {
		at := h.at([]*server{a, b}[i%2])
		done.Go(func() {
			ready.Done()
			ready.Wait()
			answers[i] = at.post("/v1/auth/refresh", map[string]string{"refresh_token": refresh})
		})
	}
	done.Wait()
	for _, one := range answers {
		one.want(200)
		for _, s := range []*server{a, b} {
			p := newClient(t, s.api, one.text("access_token"))
			p.get("/v1/me").want(200)
		}
	}
	customer, err := id.Parse(in.text("customer.id"))
	require.NoError(t, err)
	d := c.w.store()
	require.Equal(t, 1, count(t, d, "SELECT COUNT(*) FROM sessions WHERE subject_id = ? AND revoked_at IS NULL", customer), "one family")
	require.Equal(t, 1, count(t, d, "SELECT COUNT(*) FROM sessions WHERE subject_id = ?", customer))
	last := answers[3].text("refresh_token")
	newClient(t, b.api, "").post("/v1/auth/refresh", map[string]string{"refresh_token": last}).want(200)
}

// oneKey sends one request five times at once to both.
func oneKey(t *testing.T, c *company, a, b *server) {
	project := c.project("13700000002")
	ask := request{
		method: http.MethodPost, path: "/v1/staff/projects/" + project + "/daily-logs", key: "one-key",
		body: map[string]string{"done_today": "只此一次"},
	}
	answers := make([]answer, 10)
	var all sync.WaitGroup
	for i := range answers {
		at := c.manager.with(t).at([]*server{a, b}[i%2])
		all.Go(func() { answers[i] = at.do(t.Context(), ask) })
	}
	all.Wait()
	first := ""
	for _, one := range answers {
		require.Equal(t, ack, one.outcome(), "%d %s %v", one.status, one.body, one.err)
		if first == "" {
			first = string(one.body)
		}
		require.Equal(t, first, string(one.body))
	}
	require.Equal(t, 1, count(t, c.w.store(), "SELECT COUNT(*) FROM daily_logs WHERE done_today = ?", "只此一次"))
	require.Zero(t, count(t, c.w.store(), "SELECT COUNT(*) FROM daily_log_revisions WHERE done_today = ?", "只此一次"))
}
