package diary_test

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/fault"
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
)

// world is a company with a home, its people, and the staff of a store. Its clock stands at a Monday
// morning.
type world struct {
	*testkit.Kit
	*diary.Service
	journal                     *project.Journal
	projects                    *project.Service
	owner, guest, outsider      actor.Actor
	manager, supervisor, caller actor.Actor // project manager, supervisor and customer service of the store
	boss, stranger, admin       actor.Actor // store managers of the store and of another one
	store, other, home          id.ID
}

type silence struct{}

func (silence) Publish(context.Context, string, []byte) {}

// links shows every file but those withdrawn.
type links struct{ withdrawn map[id.ID]bool }

func (l links) Links(_ context.Context, _ db.Reader, files []id.ID) (map[id.ID]project.Picture, error) {
	shown := map[id.ID]project.Picture{}
	for _, f := range files {
		if !l.withdrawn[f] {
			shown[f] = project.Picture{URL: "/f/" + f.String(), ThumbURL: "/t/" + f.String()}
		}
	}
	return shown, nil
}

type attached struct{}

func (attached) AttachTx(context.Context, *db.Tx, actor.Actor, []id.ID, string, id.ID) error {
	return nil
}

func (attached) ReleaseTx(context.Context, *db.Tx, string, id.ID, []id.ID) error { return nil }

// alarms is the engine of tasks, which fails for one project.
type alarms struct {
	*carework.Service
	broken id.ID
}

func (a *alarms) OpenTx(ctx context.Context, tx *db.Tx, who actor.Actor, o care.Order) (care.Task, error) {
	if !a.broken.IsZero() && o.ProjectID == a.broken {
		return care.Task{}, errors.New("broken on purpose")
	}
	return a.Service.OpenTx(ctx, tx, who, o)
}

func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	tasks := carework.New(k.DB)
	j := &project.Journal{DB: k.DB, Zone: testkit.Zone, Live: silence{}, Links: links{map[id.ID]bool{}}, Files: attached{}, Alarms: &alarms{Service: tasks}}
	box, err := crypt.NewBox([]crypt.Key{{ID: "k", Secret: make([]byte, crypt.KeyBytes)}})
	require.NoError(t, err)
	w := &world{
		Kit: k, Service: diary.New(diary.Deps{Journal: j, Entropy: rand.Reader}), journal: j,
		projects: project.New(project.Deps{Journal: j, Box: box, Entropy: rand.Reader}), home: id.New(),
	}
	k.Tx(t, project.SeedTemplates)
	k.Tx(t, tasks.SeedTx)
	store, other := k.Store(t), k.Store(t)
	w.store, w.other = store.ID, other.ID
	w.manager, w.boss = k.Staff(t, actor.ProjectManager, store, actor.Own), k.Staff(t, actor.StoreManager, store, actor.Store)
	w.supervisor, w.caller = k.Staff(t, actor.Supervisor, store, actor.Own), k.Staff(t, actor.CustomerService, store, actor.Store)
	w.stranger = k.Staff(t, actor.StoreManager, other, actor.Store)
	w.admin = actor.Actor{Kind: actor.Staff, ID: id.New(), Role: actor.Admin, Scope: actor.All}
	k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		return db.Insert(ctx, tx, &identity.Home{ID: w.home, Name: "滨江花园", City: "杭州", CreatedAt: tx.Now, Version: 1})
	})
	w.owner, w.guest = w.member(t, identity.HomeOwner), w.member(t, identity.HomeGuest)
	w.outsider = actor.Actor{Kind: actor.Customer, ID: id.New()}
	return w
}

func (w *world) member(t *testing.T, role identity.HomeRole) actor.Actor {
	t.Helper()
	c := id.New()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		return identity.SetMemberTx(ctx, tx, identity.HomeMember{CustomerID: c, HomeID: w.home, Role: role, Since: tx.Now})
	})
	return actor.Actor{Kind: actor.Customer, ID: c}
}

// begin creates a project by its project manager and starts its first stage, the measuring.
func (w *world) begin(t *testing.T) projects.Project {
	t.Helper()
	var p projects.Project
	w.Tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = w.projects.CreateTx(ctx, tx, w.manager, project.NewProject{
			Kind: projects.Renovation, Title: "滨江花园 3-1201", CustomerID: w.owner.ID, HomeID: w.home, StoreID: w.store,
			ContractAmountFen: 12_800_000, PlannedStart: clock.DayOf(tx.Now, testkit.Zone),
		})
		return err
	})
	w.start(t, p, "measure")
	return p
}

func (w *world) start(t *testing.T, p projects.Project, stage string) {
	t.Helper()
	_, _, err := w.projects.StartStage(t.Context(), w.admin, project.StageRef{ProjectID: p.ID, Key: stage})
	require.NoError(t, err)
}

func (w *world) complete(t *testing.T, p projects.Project, stage string) {
	t.Helper()
	_, _, err := w.projects.CompleteStage(t.Context(), w.admin, project.StageRef{ProjectID: p.ID, Key: stage})
	require.NoError(t, err)
}

func (w *world) assign(t *testing.T, p projects.Project, who actor.Actor) {
	t.Helper()
	_, _, err := w.projects.Assign(t.Context(), w.admin, project.NewPerson{ProjectID: p.ID, StaffID: who.ID, Note: "接手"})
	require.NoError(t, err)
}

// log posts today's log with some photos.
func (w *world) log(t *testing.T, p projects.Project, done, plan string, photos int) {
	t.Helper()
	files := []id.ID{}
	for range photos {
		files = append(files, id.New())
	}
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		_, err := w.projects.PostLogTx(ctx, tx, w.manager, project.NewLog{ProjectID: p.ID, DoneToday: done, PlanTomorrow: plan, FileIDs: files})
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
	for _, err := range race(n, func(int) error { return w.LogAlarms(t.Context()) }) {
		require.NoError(t, err)
	}
}

// tasks lists the tasks about a project of a kind, oldest first.
func (w *world) tasks(t *testing.T, p projects.Project, kind string) []care.Task {
	t.Helper()
	var rows []care.Task
	require.NoError(t, w.DB.Conn(t.Context()).Where("project_id = ? AND kind = ?", p.ID, kind).Order("created_at, id").Find(&rows).Error)
	return rows
}

func (w *world) entries(t *testing.T, p projects.Project, kind projects.EntryKind) []projects.Entry {
	t.Helper()
	rows, _, _, err := projects.Timeline(t.Context(), w.DB, p.ID, projects.ForStaff, db.Page{Limit: 100})
	require.NoError(t, err)
	var found []projects.Entry
	for _, e := range rows {
		if e.Kind == kind {
			found = append(found, e)
		}
	}
	return found
}

func (w *world) visit(t *testing.T, p projects.Project) diary.VisitResult {
	t.Helper()
	r, _, err := w.Visited(t.Context(), w.caller, diary.NewVisit{ProjectID: p.ID, Text: "防水高度是否够?", Answered: "够", Once: once.Key{}})
	require.NoError(t, err)
	return r
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

// field is where an error says that the input is wrong.
func field(t *testing.T, err error) string {
	t.Helper()
	f, ok := fault.Of(err)
	require.True(t, ok, err)
	require.NotEmpty(t, f.Fields, err)
	return f.Fields[0].Location
}

func TestSchemaAgrees(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		differences, err := db.Differences(t.Context(), k.DB, model.Tables()...)
		require.NoError(t, err)
		require.Empty(t, differences)
	})
}
