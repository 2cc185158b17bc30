package e2e_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/project"
)

// K2, F01: a server that is killed in the middle of the nightly look for delays leaves a night that goes
// on where it stopped, by two instances at once where there may be two; every delay is raised once.
func TestANightThatIsKilledGoesOn(t *testing.T) {
	t.Parallel()
	late, kills := 600, 1
	if long() {
		late, kills = 2400, 3
	}
	each(t, func(t *testing.T, w *world) {
		w.install()
		lateProjects(t, w, late)
		look, servers := w.peek(), []*server{w.serve()}
		seen := func() (n int64) {
			// Nothing yet, or a store that is being opened: asked again at once.
			_ = look.QueryRow("SELECT seen FROM delay_nights WHERE finished_at IS NULL").Scan(&n)
			return n
		}
		for i := range kills {
			place := int64(late * (i + 1) / (kills + 3))
			eventually(t, 2*time.Minute, "a night that has come some way", func() bool { return seen() >= place })
			servers[0].kill()
			at := seen()
			t.Logf("killed after %d of %d", at, late)
			require.NotZero(t, at, "no signal: the night was over before the kill")
			require.Less(t, at, int64(late))
			servers[0].restart()
		}
		if w.settings["MYSQL_DSN"] != "" {
			servers = append(servers, start(t, w.settings, "serve"))
		}
		eventually(t, 4*time.Minute, "a night that is over", func() bool {
			var n int
			return look.QueryRow("SELECT COUNT(*) FROM delay_nights WHERE finished_at IS NOT NULL").Scan(&n) == nil && n == 1
		})
		for _, s := range servers {
			s.stop()
		}
		d := w.store()
		for what, query := range map[string]string{
			"projects seen":                    "SELECT seen FROM delay_nights",
			"raised, as the night counts":      "SELECT raised FROM delay_nights",
			"notices":                          "SELECT COUNT(*) FROM delay_notices",
			"projects that have a notice":      "SELECT COUNT(DISTINCT project_id) FROM delay_notices",
			"alerts":                           "SELECT COUNT(*) FROM alerts WHERE kind = 'plan_delay'",
			"projects that have an alert":      "SELECT COUNT(DISTINCT project_id) FROM alerts WHERE kind = 'plan_delay'",
			"tasks":                            "SELECT COUNT(*) FROM tasks WHERE kind = 'plan_delay'",
			"alerts told of once":              "SELECT COUNT(*) FROM alert_events e JOIN alerts a ON a.id = e.alert_id WHERE a.kind = 'plan_delay' AND e.what = 'raised'",
			"projects that are marked as late": "SELECT COUNT(*) FROM projects WHERE days_late = 9",
		} {
			require.Equal(t, late, count(t, d, query), what)
		}
	})
}

// peek looks into the deployment's store beside a server that is running, or killed.
func (w *world) peek() *sql.DB {
	w.t.Helper()
	driver, dsn := "mysql", w.settings["MYSQL_DSN"]
	if dsn == "" {
		driver, dsn = "sqlite", "file:"+filepath.Join(w.settings["DATA_DIR"], "guike.db")+"?_query_only=1&_busy_timeout=5000"
	}
	pool, err := sql.Open(driver, dsn)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = pool.Close() })
	return pool
}

// lateProjects writes projects whose first stage was to end nine days ago.
func lateProjects(t *testing.T, w *world, n int) {
	t.Helper()
	d, err := db.Open(db.Options{DSN: w.settings["MYSQL_DSN"], Folder: w.settings["DATA_DIR"], Clock: clock.System{}})
	require.NoError(t, err)
	due := clock.DayOf(d.Now(), time.FixedZone("Asia/Shanghai", 8*3600)).Plus(-9)
	ctx := context.Background()
	err = d.Tx(ctx, func(tx *db.Tx) error {
		var projects []project.Project
		var stages []project.Stage
		var customers []identity.Customer
		var homes []identity.Home
		for range n {
			c := identity.Customer{ID: id.New(), Nickname: "小雨", Status: identity.CustomerActive, CreatedAt: tx.Now, Version: 1}
			h := identity.Home{ID: id.New(), Name: "滨江花园", City: "杭州", CreatedAt: tx.Now, Version: 1}
			p := project.Project{
				ID: id.New(), Kind: project.Renovation, Title: "滨江花园", HomeID: h.ID, CustomerID: c.ID, State: project.Active,
				PlannedStart: due.Plus(-2), PlannedEnd: due.Plus(60), TemplateKey: "standard", TemplateVersion: 1, CurrentStage: "measure", StageDue: due,
				StartedAt: &tx.Now, Version: 1, CreatedAt: tx.Now, UpdatedAt: tx.Now,
			}
			p.No, p.ServiceCode = "N"+p.ID.String()[24:], "S"+p.ID.String()[23:]
			projects, customers, homes = append(projects, p), append(customers, c), append(homes, h)
			stages = append(stages, project.Stage{
				ProjectID: p.ID, Seq: 1, Key: "measure", NameZH: "量房", NameEN: "Measure", Weight: 1, State: project.StageActive,
				PlannedDays: 3, PlannedStart: due.Plus(-2), PlannedEnd: due, StartedAt: &tx.Now, Version: 1,
			})
		}
		for _, rows := range []any{customers, homes, projects, stages} {
			if err := tx.Conn(ctx).CreateInBatches(rows, 300).Error; err != nil {
				return err
			}
		}
		return nil
	})
	require.NoError(t, err)
	require.NoError(t, d.Close())
}
