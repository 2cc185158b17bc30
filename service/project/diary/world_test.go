package diary_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
	projects "guike/model/project"
	model "guike/model/project/diary"
	carework "guike/service/care"
	"guike/service/project"
	"guike/service/project/diary"
	"guike/testkit"
	"guike/testkit/homekit"
)

// world is a home and a shop with people in it. Its clock stands at a Monday morning.
type world struct {
	*homekit.World
	*diary.Service
	manager, supervisor, caller actor.Actor // project manager, supervisor and customer service of the shop
	admin                       actor.Actor
	alarms                      *alarms
}

// alarms is the engine of tasks, which fails for one project.
type alarms struct {
	*carework.Service
	broken id.ID
}

func (a *alarms) StandTx(ctx context.Context, tx *db.Tx, who actor.Actor, o care.Standing) (care.Task, error) {
	if !a.broken.IsZero() && o.ProjectID == a.broken {
		return care.Task{}, errors.New("broken on purpose")
	}
	return a.Service.StandTx(ctx, tx, who, o)
}

func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	w := &world{alarms: &alarms{Service: carework.New(k.DB)}}
	w.World = homekit.New(t, k, func(d *project.Deps) { d.Alarms = w.alarms })
	w.Service = diary.New(diary.Deps{Journal: w.Journal, Entropy: rand.Reader})
	w.manager = k.Staff(t, actor.ProjectManager, w.Shop, actor.Own)
	w.supervisor = k.Staff(t, actor.Supervisor, w.Shop, actor.Own)
	w.caller = k.Staff(t, actor.CustomerService, w.Shop, actor.Store)
	w.admin = k.Staff(t, actor.Admin, identity.Store{}, actor.All)
	return w
}

// begin creates a project by its project manager and starts its first stage, the measuring.
func (w *world) begin(t *testing.T) projects.Project {
	t.Helper()
	p := w.Begin(t, w.manager, projects.Renovation)
	w.Start(t, p, "measure")
	return p
}

// log posts today's log with some photos.
func (w *world) log(t *testing.T, p projects.Project, done, plan string, photos int) {
	t.Helper()
	files := []id.ID{}
	for range photos {
		files = append(files, id.New())
	}
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		_, err := w.Projects.PostLogTx(ctx, tx, w.manager, project.NewLog{ProjectID: p.ID, DoneToday: done, PlanTomorrow: plan, FileIDs: files})
		return err
	})
}

// at moves the clock to a day and time in the company's zone.
func (w *world) at(t *testing.T, when string) {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", when, testkit.Zone)
	require.NoError(t, err)
	w.Clock.Set(at)
}

// look runs the alarms by n instances at once.
func (w *world) look(t *testing.T, n int) {
	t.Helper()
	for _, err := range testkit.Race(n, func(int) error { return w.LogAlarms(t.Context()) }) {
		require.NoError(t, err)
	}
}

// task is the one task that stands for a project's silent feed, open or ended; a second one is a failure.
func (w *world) task(t *testing.T, p projects.Project, feed model.Feed) care.Task {
	t.Helper()
	first, second := feed.Missing()
	rows := append(w.Tasks(t, p, first), w.Tasks(t, p, second)...)
	require.Len(t, rows, 1)
	return rows[0]
}

// missed lists the days of a project's marks of a kind, in their order.
func (w *world) missed(t *testing.T, p projects.Project, kind string) (days []string) {
	t.Helper()
	require.NoError(t, w.DB.Conn(t.Context()).Model(&model.Mark{}).Where("project_id = ? AND what = ?", p.ID, kind).Order("period").Pluck("period", &days).Error)
	for i := range days {
		days[i] = days[i][:10]
	}
	return days
}

// told counts how often somebody was told of a task: the one who owes it, and those over their head.
func (w *world) told(t *testing.T, task care.Task) (owner, up int) {
	t.Helper()
	history, err := care.History(t.Context(), w.DB, task.ID)
	require.NoError(t, err)
	for _, e := range history {
		switch {
		case e.What == "escalated" && e.ToRole == actor.StoreManager:
			up++
		case e.What == "created" || e.What == "renewed":
			owner++
		}
	}
	return owner, up
}

func (w *world) visit(t *testing.T, p projects.Project) diary.VisitResult {
	t.Helper()
	r, _, err := w.Visited(t.Context(), w.caller, diary.NewVisit{ProjectID: p.ID, Text: "防水高度是否够?", Answered: "够", Once: once.Key{}})
	require.NoError(t, err)
	return r
}

func TestSchemaAgrees(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		differences, err := db.Differences(t.Context(), k.DB, model.Tables()...)
		require.NoError(t, err)
		require.Empty(t, differences)
	})
}
