package e2e_test

import (
	"database/sql"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/testkit"
)

// shanghai is the zone in which the company counts its days.
var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

// C1, C6, D3: two processes on MySQL and Redis run every job at once while days pass, and again after
// both have stood still over a weekend: every log that is missing is asked for once at 20:00 and once
// more at 09:00, every home gets one report of the week, an offer lapses once.
func TestStandstillIsCaughtUpWithOnce(t *testing.T) {
	t.Parallel()
	if !testkit.HasMySQL() {
		t.Skip("needs MySQL, by GUIKE_TEST_MYSQL_DSN")
	}
	dsn := testkit.FreshSchema(t, false)
	d := startDemo(t, settings{"MYSQL_DSN": dsn, "REDIS_URL": os.Getenv("GUIKE_TEST_REDIS_URL")})
	second := start(t, d.settings.with(settings{"HTTP_ADDR": freeAddr(t), "OPS_ADDR": freeAddr(t)}), "demo", "--join", "--data", d.folder)
	look := (&world{t: t, settings: settings{"MYSQL_DSN": dsn}}).peek()

	d.passUntil(look, nextSaturday(d.now(look)))
	order := d.offerUntil(d.now(look).Add(20 * time.Hour)) // Sunday morning, while nobody looks
	// Whoever is killed just then has claimed and not finished; a server that stops has nothing to go on with.
	d.kill()
	second.kill()
	// All of them read the machine's time and an offset: this is 48 hours in which none ran.
	_, err := look.Exec("UPDATE settings SET value = value + ? WHERE name = 'demo.clock_offset_ms'", (48 * time.Hour).Milliseconds())
	require.NoError(t, err)
	d.run()
	second.run()
	for _, s := range []*server{d.server, second} {
		s.awaitReady(time.Minute)
		eventually(t, time.Minute, "an instance that has run its jobs", func() bool {
			ran := s.jobs("job_last_success_timestamp_seconds")
			return !slices.ContainsFunc(theJobs, func(job string) bool { return ran[job] == 0 })
		})
		for job, n := range s.jobs("job_failures_total") {
			require.Zero(t, n, "%s failed", job)
		}
	}
	requireRounds(t, look, d.now(look))
	requireLogAlarms(t, look)
	requireReports(t, look)
	requireLapse(t, look, order)
	eventually(t, time.Minute, "an outbox that is empty", func() bool { return number(t, look, "SELECT COUNT(*) FROM outbox WHERE state = 0") == 0 })
	require.Zero(t, number(t, look, "SELECT COUNT(*) FROM outbox WHERE state = 2"), "no event was given up")
	require.Zero(t, number(t, look, `SELECT COUNT(*) FROM (SELECT owner_id, ref_id FROM inbox_messages
		WHERE kind IN ('report', 'change_order_lapsed') GROUP BY owner_id, ref_id, kind HAVING COUNT(*) > 1) twice`), "nobody is told twice")
	second.stop()
	d.stop()
}

// theJobs are those that this test is about.
var theJobs = []string{"log-alarms", "home-reports", "change-orders-watch", "log-days", "delays-look", "alerts-escalate", "tasks-escalate"}

// now is the demo's shared time.
func (d *demo) now(look *sql.DB) time.Time {
	d.t.Helper()
	var offset sql.NullInt64
	err := look.QueryRow("SELECT MAX(CAST(value AS SIGNED)) FROM settings WHERE name = 'demo.clock_offset_ms'").Scan(&offset)
	require.NoError(d.t, err)
	return time.Now().Add(time.Duration(offset.Int64) * time.Millisecond)
}

// nextSaturday is the next noon of a Saturday, at least a day and a half ahead.
func nextSaturday(now time.Time) time.Time {
	day := now.In(shanghai).Add(36 * time.Hour)
	noon := time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, shanghai)
	for noon.Weekday() != time.Saturday || noon.Sub(now) < 36*time.Hour {
		noon = noon.AddDate(0, 0, 1)
	}
	return noon
}

// passUntil lets time pass for both instances, with everything that falls due in between.
func (d *demo) passUntil(look *sql.DB, until time.Time) {
	d.t.Helper()
	for {
		left := until.Sub(d.now(look)).Truncate(time.Second)
		if left <= 0 {
			return
		}
		d.sim.post("/_sim/clock", map[string]string{"advance": min(left, 6*time.Hour).String()}).want(200)
	}
}

// offerUntil quotes a change of the first customer's home and returns the order's id.
func (d *demo) offerUntil(until time.Time) (order string) {
	d.t.Helper()
	manager, in := d.first("project_manager")
	customer, _ := d.customer(d.Customers[0].OpenID)
	project := sharedProject(d.t, customer, manager, in.text("staff.id"))
	order = manager.post("/v1/staff/projects/"+project+"/change-orders", map[string]any{"title": "玄关加感应灯", "text": "鞋柜底部加一条感应灯带。"}).want(201).text("id")
	manager.post("/v1/staff/change-orders/"+order+"/quote", map[string]any{
		"lines": []map[string]any{{"text": "灯带与线路", "amount_fen": 68_000}}, "days": 0, "valid_until": until.UTC().Format(time.RFC3339),
	}).want(201)
	return order
}

var jobLine = regexp.MustCompile(`(?m)^\S*(job_\w+)\{[^}]*job="([^"]+)"[^}]*\} (\S+)$`)

// jobs reads a metric that an instance has of each job.
func (p *server) jobs(metric string) map[string]float64 {
	p.t.Helper()
	of := map[string]float64{}
	for _, found := range jobLine.FindAllStringSubmatch(string(newClient(p.t, p.ops, "").get("/metrics").body), -1) {
		if found[1] == metric {
			v, err := strconv.ParseFloat(found[3], 64)
			require.NoError(p.t, err)
			of[found[2]] = v
		}
	}
	return of
}

func number(t *testing.T, look *sql.DB, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, look.QueryRow(query, args...).Scan(&n))
	return n
}

// requireRounds holds that every look that fell due has been gone through, the ones of the standstill
// among them.
func requireRounds(t *testing.T, look *sql.DB, now time.Time) {
	t.Helper()
	require.Equal(t, time.Monday, now.In(shanghai).Weekday())
	sunday := now.In(shanghai).AddDate(0, 0, -1).Format(time.DateOnly)
	for _, name := range []string{"log", "log-manager", "report"} {
		require.Equal(t, 1, number(t, look, "SELECT COUNT(*) FROM diary_rounds WHERE name = ? AND period = ? AND done_at IS NOT NULL", name, sunday), name)
	}
	require.Zero(t, number(t, look, "SELECT COUNT(*) FROM diary_rounds WHERE done_at IS NULL"))
}

// requireLogAlarms holds every evening, but those on which no site works, against the first one: nobody
// posts a log, so each asks the same people for the same, and the next morning their managers.
func requireLogAlarms(t *testing.T, look *sql.DB) {
	t.Helper()
	rows, err := look.Query(`SELECT CAST(r.period AS CHAR),
		(SELECT COUNT(*) FROM diary_marks m WHERE m.what = 'missing_log' AND m.period = r.period),
		(SELECT COUNT(*) FROM diary_marks m WHERE m.what = 'missing_log_manager' AND m.period = r.period),
		EXISTS (SELECT 1 FROM site_closures c WHERE r.period BETWEEN c.from_day AND c.to_day)
		FROM diary_rounds r WHERE r.name = 'log' AND r.period > (SELECT MIN(period) FROM diary_rounds WHERE name = 'log') ORDER BY r.period`)
	require.NoError(t, err)
	defer rows.Close()
	wanted, evenings, last := 0, 0, ""
	for rows.Next() {
		var day string
		var asked, told int
		var closed bool
		require.NoError(t, rows.Scan(&day, &asked, &told, &closed))
		at, err := time.Parse(time.DateOnly, day[:10])
		require.NoError(t, err)
		if last != "" {
			require.Equal(t, last, at.AddDate(0, 0, -1).Format(time.DateOnly), "no evening is left out")
		}
		last = at.Format(time.DateOnly)
		evenings++
		if closed {
			require.Zero(t, asked+told)
			continue
		}
		if wanted == 0 {
			wanted = asked
		}
		require.Equal(t, [2]int{wanted, wanted}, [2]int{asked, told}, day)
	}
	require.NoError(t, rows.Err())
	require.Greater(t, wanted, 5)
	require.GreaterOrEqual(t, evenings, 3, "two of them while nobody looked")
	requireToldOnce(t, look)
	t.Logf("%d homes were without a log on %d evenings", wanted, evenings)
}

// requireToldOnce holds that each home without a log has one task, that each missed day is told by it once
// in the evening and once in the morning, and that each of these is one message to everybody concerned.
func requireToldOnce(t *testing.T, look *sql.DB) {
	t.Helper()
	homes := number(t, look, "SELECT COUNT(DISTINCT project_id) FROM diary_marks WHERE what = 'missing_log'")
	require.Equal(t, homes, number(t, look, "SELECT COUNT(*) FROM tasks WHERE kind IN ('missing_log', 'missing_log_manager')"), "one task stands for all days")
	for kind, told := range map[string]string{"missing_log": "e.what IN ('created', 'renewed')", "missing_log_manager": "e.what = 'escalated' AND e.to_role = 'store_manager'"} {
		marks := number(t, look, "SELECT COUNT(*) FROM diary_marks WHERE what = ?", kind)
		require.Equal(t, marks, number(t, look, "SELECT COUNT(*) FROM task_events e JOIN tasks t ON t.id = e.task_id WHERE t.kind = 'missing_log' AND "+told), kind)
	}
	eventually(t, time.Minute, "messages about all of it", func() bool {
		return number(t, look, "SELECT COUNT(*) FROM outbox WHERE state = 0 AND topic LIKE 'care.task%'") == 0
	})
	const messages = "SELECT COUNT(*) FROM inbox_messages m JOIN tasks t ON t.id = m.ref_id WHERE t.kind = 'missing_log' AND m.kind = ?"
	require.Equal(t, number(t, look, "SELECT COUNT(*) FROM diary_marks WHERE what = 'missing_log'"), number(t, look, messages, "task"), "a message each evening")
	require.Zero(t, number(t, look, `SELECT COUNT(*) FROM (SELECT owner_id, event_id FROM inbox_messages GROUP BY owner_id, event_id HAVING COUNT(*) > 1) twice`))
}

// requireReports holds that each home under way has one report of the week that ended during the
// standstill, with one line in its timeline.
func requireReports(t *testing.T, look *sql.DB) {
	t.Helper()
	var week string
	require.NoError(t, look.QueryRow("SELECT week FROM home_reports ORDER BY to_day DESC LIMIT 1").Scan(&week))
	// A report tells of what was under way since Sunday evening a week before, what was completed since included.
	underWay := number(t, look, `SELECT COUNT(*) FROM projects WHERE state = 'active' AND paused_at IS NULL
		OR completed_at >= (SELECT TIMESTAMP(DATE_SUB(MAX(to_day), INTERVAL 7 DAY), '12:00:00') FROM home_reports)`)
	require.Greater(t, underWay, 20)
	require.Equal(t, underWay, number(t, look, "SELECT COUNT(DISTINCT project_id) FROM home_reports WHERE week = ?", week))
	require.Equal(t, underWay, number(t, look, "SELECT COUNT(*) FROM home_reports WHERE week = ?", week))
	require.Equal(t, underWay, number(t, look, `SELECT COUNT(*) FROM timeline_entries e
		JOIN home_reports r ON r.project_id = e.project_id AND r.id = e.ref_id WHERE e.kind = 'report' AND r.week = ?`, week), "told once")
	require.Equal(t, number(t, look, "SELECT COUNT(*) FROM home_reports"), number(t, look, "SELECT COUNT(*) FROM timeline_entries WHERE kind = 'report'"), "of every week")
	t.Logf("%d homes have their report of %s", underWay, week)
}

// requireLapse holds that the offer lapsed once, and that whoever quoted has one task about it.
func requireLapse(t *testing.T, look *sql.DB, order string) {
	t.Helper()
	key := "UNHEX(REPLACE('" + order + "', '-', ''))"
	require.Equal(t, 1, number(t, look, "SELECT COUNT(*) FROM change_orders WHERE state = 'lapsed' AND id = "+key))
	require.Equal(t, 1, number(t, look, "SELECT COUNT(*) FROM timeline_entries WHERE kind = 'change_order_lapsed' AND ref_id = "+key))
	require.Equal(t, 1, number(t, look, "SELECT COUNT(*) FROM tasks WHERE kind = 'change_order_lapsed' AND cause LIKE ?", "change_order:"+order+":lapsed:%"))
	lapsed := number(t, look, "SELECT COUNT(*) FROM change_orders WHERE state = 'lapsed'")
	require.Equal(t, lapsed, number(t, look, "SELECT COUNT(*) FROM timeline_entries WHERE kind = 'change_order_lapsed'"), "every offer lapses once")
}
