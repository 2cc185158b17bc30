package plan_test

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	caremodel "guike/model/care"
	"guike/model/db"
	"guike/model/identity"
	projects "guike/model/project"
	model "guike/model/project/plan"
	"guike/service/care"
	"guike/service/project"
	"guike/service/project/plan"
	"guike/testkit"
)

// world is a company with one store, its people, a customer and her home.
type world struct {
	*testkit.Kit
	plan     *plan.Service
	projects *project.Service
	log      *lines
	manager  actor.Actor // a project manager with the scope of the store
	stranger actor.Actor // a store manager of another store
	owner    actor.Actor
	guest    actor.Actor
	home     id.ID
	store    id.ID
}

type silence struct{}

func (silence) Publish(context.Context, string, []byte) {}

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
	box, err := crypt.NewBox([]crypt.Key{{ID: "k", Secret: make([]byte, crypt.KeyBytes)}})
	require.NoError(t, err)
	alarms := care.New(k.DB)
	j := &project.Journal{DB: k.DB, Zone: testkit.Zone, Live: silence{}, Alarms: alarms}
	w := &world{Kit: k, log: &lines{}}
	w.plan = plan.New(j, slog.New(slog.NewTextHandler(io.Writer(w.log), nil)))
	w.projects = project.New(project.Deps{Journal: j, Box: box, Entropy: rand.Reader, Followers: []project.Follower{plan.Closer{J: j}}})
	store := k.Store(t)
	w.store = store.ID
	w.manager = k.Staff(t, actor.ProjectManager, store, actor.Store)
	w.stranger = k.Staff(t, actor.StoreManager, k.Store(t), actor.Store)
	w.owner, w.guest, w.home = actor.Actor{Kind: actor.Customer, ID: id.New()}, actor.Actor{Kind: actor.Customer, ID: id.New()}, id.New()
	k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		for who, role := range map[id.ID]identity.HomeRole{w.owner.ID: identity.HomeOwner, w.guest.ID: identity.HomeGuest} {
			if err := identity.SetMemberTx(ctx, tx, identity.HomeMember{CustomerID: who, HomeID: w.home, Role: role, Since: tx.Now}); err != nil {
				return err
			}
		}
		if err := project.SeedTemplates(ctx, tx); err != nil {
			return err
		}
		if err := plan.SeedPolicy(ctx, tx); err != nil {
			return err
		}
		return alarms.SeedTx(ctx, tx)
	})
	return w
}

// begin creates a project of custom furniture that is planned from today.
func (w *world) begin(t *testing.T) projects.Project {
	t.Helper()
	var p projects.Project
	w.Tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = w.projects.CreateTx(ctx, tx, w.manager, project.NewProject{
			Kind: projects.CustomFurniture, Title: "滨江花园 3-1201", CustomerID: w.owner.ID, HomeID: w.home, StoreID: w.store,
			ContractAmountFen: 12_800_000, PlannedStart: w.today(),
		})
		return err
	})
	return p
}

// underway creates a project whose first stage has started.
func (w *world) underway(t *testing.T) projects.Project {
	t.Helper()
	p := w.begin(t)
	w.start(t, p, "measure")
	return w.reread(t, p)
}

func (w *world) today() clock.Day { return clock.DayOf(w.DB.Now(), testkit.Zone) }

func (w *world) days(n int) { w.Clock.Advance(time.Duration(n) * 24 * time.Hour) }

func (w *world) start(t *testing.T, p projects.Project, stage string) {
	t.Helper()
	_, _, err := w.projects.StartStage(t.Context(), w.manager, project.StageRef{ProjectID: p.ID, Key: stage})
	require.NoError(t, err)
}

func (w *world) complete(t *testing.T, p projects.Project, stage string) {
	t.Helper()
	_, _, err := w.projects.CompleteStage(t.Context(), w.manager, project.StageRef{ProjectID: p.ID, Key: stage})
	require.NoError(t, err)
}

func (w *world) reread(t *testing.T, p projects.Project) projects.Project {
	t.Helper()
	now, err := projects.ByID(t.Context(), w.DB, p.ID)
	require.NoError(t, err)
	return now
}

// stage reads a stage of a project.
func (w *world) stage(t *testing.T, p projects.Project, key string) projects.Stage {
	t.Helper()
	stages, err := projects.Stages(t.Context(), w.DB, p.ID)
	require.NoError(t, err)
	for _, s := range stages {
		if s.Key == key {
			return s
		}
	}
	t.Fatalf("no stage %s", key)
	return projects.Stage{}
}

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

// alerts counts the alerts of a project in a state.
func (w *world) alerts(t *testing.T, p projects.Project, state caremodel.AlertState) int {
	t.Helper()
	var n int64
	err := w.DB.Conn(t.Context()).Model(&caremodel.Alert{}).Where("project_id = ? AND state = ?", p.ID, state).Count(&n).Error
	require.NoError(t, err)
	return int(n)
}

// entries reads the timeline's entries of a kind.
func (w *world) entries(t *testing.T, p projects.Project, kind projects.EntryKind) []projects.Entry {
	t.Helper()
	rows, _, _, err := projects.Timeline(t.Context(), w.DB, p.ID, projects.ForStaff, db.Page{Limit: 100})
	require.NoError(t, err)
	var of []projects.Entry
	for _, e := range rows {
		if e.Kind == kind {
			of = append(of, e)
		}
	}
	return of
}

// refuses asserts that an error is the fault of the code, at the location when one is given.
func refuses(t *testing.T, err error, code string, field ...string) {
	t.Helper()
	require.Equal(t, code, fault.Code(err), "%v", err)
	if len(field) > 0 {
		f, _ := fault.Of(err)
		require.NotEmpty(t, f.Fields)
		require.Equal(t, field[0], f.Fields[0].Location)
		if len(field) > 1 {
			require.Equal(t, field[1], f.Fields[0].Code)
		}
	}
}

// race runs fn n times at the same moment and returns the errors.
func race(n int, fn func(i int) error) []error {
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
