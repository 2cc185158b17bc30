package plan_test

import (
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
	projects "guike/model/project"
	model "guike/model/project/plan"
	"guike/service/project"
	"guike/service/project/plan"
	"guike/testkit"
	"guike/testkit/homekit"
)

// world is a home and a shop with a project manager.
type world struct {
	*homekit.World
	plan    *plan.Service
	log     *lines
	manager actor.Actor // a project manager with the scope of the store
}

// lines keeps what was logged.
type lines struct {
	mu   sync.Mutex
	text []byte
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, b...)
	return len(b), nil
}

func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	w := &world{World: homekit.New(t, k, func(d *project.Deps) { d.Followers = []project.Follower{plan.Closer{J: d.Journal}} }), log: &lines{}}
	w.plan = plan.New(w.Journal, slog.New(slog.NewTextHandler(io.Writer(w.log), nil)))
	w.manager = k.Staff(t, actor.ProjectManager, w.Shop, actor.Store)
	k.Tx(t, plan.SeedPolicy)
	return w
}

// begin creates a project of custom furniture that is planned from today.
func (w *world) begin(t *testing.T) projects.Project {
	t.Helper()
	return w.Begin(t, w.manager, projects.CustomFurniture)
}

// underway creates a project whose first stage has started.
func (w *world) underway(t *testing.T) projects.Project {
	t.Helper()
	p := w.begin(t)
	w.Start(t, p, "measure")
	return w.Reread(t, p)
}

func (w *world) days(n int) { w.Clock.Advance(time.Duration(n) * 24 * time.Hour) }

// close closes sites and lets the plans follow.
func (w *world) close(t *testing.T, from, to clock.Day) model.Closure {
	t.Helper()
	c, _, err := w.plan.AddClosure(t.Context(), w.manager, plan.NewClosure{From: string(from), To: string(to), Name: "停工"})
	require.NoError(t, err)
	require.NoError(t, w.plan.ShiftPlans(t.Context()))
	return c
}

// notices reads the notices of a project, newest first.
func (w *world) notices(t *testing.T, p projects.Project) []model.Notice {
	t.Helper()
	rows, err := model.Notices(t.Context(), w.DB, p.ID)
	require.NoError(t, err)
	return rows
}
