package quality_test

import (
	"context"
	"crypto/rand"
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
	core "guike/model/project"
	model "guike/model/project/quality"
	"guike/service/care"
	"guike/service/project"
	"guike/service/project/quality"
	"guike/testkit"
)

// world is a store with people in it, a home with its members, and a project in the making.
type world struct {
	*testkit.Kit
	*quality.Service
	projects *project.Service
	files    *cupboard
	store    identity.Store
	home     id.ID

	manager    actor.Actor // a project manager in charge, with the scope of own work
	supervisor actor.Actor // in charge
	keeper     actor.Actor // the store manager
	installer  actor.Actor // of the store, in charge of nothing
	stranger   actor.Actor // the manager of another store
	owner      actor.Actor
	family     actor.Actor
	guest      actor.Actor
	outsider   actor.Actor
}

type silence struct{}

func (silence) Publish(context.Context, string, []byte) {}

// cupboard attaches and signs everything but what it was told to refuse, and remembers where it is.
type cupboard struct {
	mu       sync.Mutex
	attached map[id.ID]id.ID
	refused  map[id.ID]bool
}

func (c *cupboard) AttachTx(_ context.Context, _ *db.Tx, _ actor.Actor, files []id.ID, _ string, ref id.ID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range files {
		if c.refused[f] {
			return fault.New(fault.NotFound, "file.not_found", "没有这个文件。", "No such file.").At("body.file_ids[0]", "not_found", "没有这个文件。", "no such file")
		}
		c.attached[f] = ref
	}
	return nil
}

func (c *cupboard) ReleaseTx(context.Context, *db.Tx, string, id.ID, []id.ID) error { return nil }

func (c *cupboard) Links(_ context.Context, _ db.Reader, files []id.ID) (map[id.ID]project.Picture, error) {
	signed := map[id.ID]project.Picture{}
	for _, f := range files {
		signed[f] = project.Picture{URL: "/f/" + f.String(), ThumbURL: "/t/" + f.String()}
	}
	return signed, nil
}

func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	box, err := crypt.NewBox([]crypt.Key{{ID: "k", Secret: make([]byte, crypt.KeyBytes)}})
	require.NoError(t, err)
	w := &world{Kit: k, files: &cupboard{attached: map[id.ID]id.ID{}, refused: map[id.ID]bool{}}, store: k.Store(t)}
	alarms := care.New(k.DB)
	journal := &project.Journal{DB: k.DB, Zone: testkit.Zone, Live: silence{}, Links: w.files, Files: w.files, Alarms: alarms}
	w.Service = quality.New(journal)
	w.projects = project.New(project.Deps{Journal: journal, Box: box, Entropy: rand.Reader, Gates: []project.Gate{quality.Gate{}}})
	w.manager = k.Staff(t, actor.ProjectManager, w.store, actor.Own)
	w.supervisor = k.Staff(t, actor.Supervisor, w.store, actor.Own)
	w.keeper = k.Staff(t, actor.StoreManager, w.store, actor.Store)
	w.installer = k.Staff(t, actor.Installer, w.store, actor.Own)
	w.stranger = k.Staff(t, actor.StoreManager, k.Store(t), actor.Store)
	k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		h := identity.Home{ID: id.New(), Name: "滨江花园", City: "上海市", AreaM2: 120, CreatedAt: tx.Now, Version: 1}
		require.NoError(t, db.Insert(ctx, tx, &h))
		w.home = h.ID
		join := func(role identity.HomeRole) actor.Actor {
			c := identity.Customer{ID: id.New(), Nickname: "小雨", Status: identity.CustomerActive, CreatedAt: tx.Now, Version: 1}
			require.NoError(t, db.Insert(ctx, tx, &c))
			if role != "" {
				require.NoError(t, identity.SetMemberTx(ctx, tx, identity.HomeMember{CustomerID: c.ID, HomeID: h.ID, Role: role, Since: tx.Now}))
			}
			return actor.Actor{Kind: actor.Customer, ID: c.ID}
		}
		w.owner, w.family, w.guest, w.outsider = join(identity.HomeOwner), join(identity.HomeFamily), join(identity.HomeGuest), join("")
		require.NoError(t, alarms.SeedTx(ctx, tx))
		return project.SeedTemplates(ctx, tx)
	})
	return w
}

// begin creates a project with project manager and supervisor in charge and the stage under way.
func (w *world) begin(t *testing.T, kind core.Kind, stage string) core.Project {
	t.Helper()
	var p core.Project
	w.Tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = w.projects.CreateTx(ctx, tx, w.keeper, project.NewProject{
			Kind: kind, Title: "滨江花园 3-1201", CustomerID: w.owner.ID, HomeID: w.home, StoreID: w.store.ID, ContractAmountFen: 12_800_000, PlannedStart: "2026-11-23",
		})
		return err
	})
	for _, who := range []actor.Actor{w.manager, w.supervisor} {
		_, _, err := w.projects.Assign(t.Context(), w.keeper, project.NewPerson{ProjectID: p.ID, StaffID: who.ID})
		require.NoError(t, err)
	}
	w.put(t, p, stage)
	return p
}

// put writes the state of stages as if they had been worked: those before the one named are completed,
// it is under way.
func (w *world) put(t *testing.T, p core.Project, key string) {
	t.Helper()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		p, err := core.LockTx(ctx, tx, actor.Machine(), p.ID)
		require.NoError(t, err)
		stages, err := core.Stages(ctx, tx, p.ID)
		require.NoError(t, err)
		done := true
		for i := range stages {
			s := &stages[i]
			switch {
			case s.Key == key:
				s.State, s.StartedAt, done = core.StageActive, &tx.Now, false
			case done:
				s.State, s.StartedAt, s.CompletedAt = core.StageCompleted, &tx.Now, &tx.Now
			}
			require.NoError(t, core.SaveStageTx(ctx, tx, s))
		}
		p.Derive(stages, tx.Now)
		return core.SaveStateTx(ctx, tx, &p)
	})
}

func (w *world) complete(t *testing.T, p core.Project, key string) error {
	t.Helper()
	_, _, err := w.projects.CompleteStage(t.Context(), w.keeper, project.StageRef{ProjectID: p.ID, Key: key})
	return err
}

func (w *world) cancel(t *testing.T, p core.Project) {
	t.Helper()
	_, _, err := w.projects.Cancel(t.Context(), w.keeper, project.Cancel{ProjectID: p.ID, Reason: "客户搬家"})
	require.NoError(t, err)
}

// hazard posts a weekly report by the supervisor with one hazard of the project manager's.
func (w *world) hazard(t *testing.T, p core.Project, severity model.Severity, due clock.Day) id.ID {
	t.Helper()
	r, _, err := w.PostInspection(t.Context(), w.supervisor, quality.NewInspection{
		ProjectID: p.ID, Kind: model.Weekly, Summary: "发现一处隐患。",
		Hazards: []quality.NewHazard{{Title: "卫生间防水高度不足", Detail: "防水高度需增加 5cm。", Severity: severity, OwnerID: w.manager.ID, DueOn: due}},
	})
	require.NoError(t, err)
	i, err := w.Posted(t.Context(), r)
	require.NoError(t, err)
	return i.Hazards[0].ID
}

func (w *world) fix(t *testing.T, who actor.Actor, hazard id.ID) error {
	t.Helper()
	_, _, err := w.FixHazard(t.Context(), who, quality.Fix{HazardID: hazard, Note: "已补刷防水至 30cm。", Photos: []id.ID{id.New()}})
	return err
}

func (w *world) recheck(t *testing.T, who actor.Actor, hazard id.ID, passed bool) error {
	t.Helper()
	in := quality.Recheck{HazardID: hazard, Passed: passed}
	if !passed {
		in.Note, in.DueOn = "墙角仍有渗水。", "2026-12-08"
	}
	_, _, err := w.RecheckHazard(t.Context(), who, in)
	return err
}

func (w *world) check(t *testing.T, who actor.Actor, p core.Project, kind model.CheckKind, passed bool) error {
	t.Helper()
	_, _, err := w.PostCheck(t.Context(), who, quality.NewCheck{ProjectID: p.ID, Stage: p.CurrentStage, Kind: kind, Passed: passed, Note: "已检查。"})
	return err
}

// tasks counts the open tasks of a kind for the project.
func (w *world) tasks(t *testing.T, p core.Project, kind string) int {
	t.Helper()
	var n int64
	require.NoError(t, w.DB.Conn(t.Context()).Model(&caremodel.Task{}).
		Where("kind = ? AND project_id = ? AND state = ?", kind, p.ID, caremodel.Open).Count(&n).Error)
	return int(n)
}

// alerts counts the alerts of the project, open or not.
func (w *world) alerts(t *testing.T, p core.Project) (list []caremodel.Alert) {
	t.Helper()
	require.NoError(t, w.DB.Conn(t.Context()).Where("project_id = ?", p.ID).Order("id").Find(&list).Error)
	return list
}

// entries counts the lines of a kind that customers see.
func (w *world) entries(t *testing.T, p core.Project, kind core.EntryKind) int {
	t.Helper()
	rows, _, _, err := core.Timeline(t.Context(), w.DB, p.ID, core.ForCustomers, db.Page{Limit: 100})
	require.NoError(t, err)
	n := 0
	for _, e := range rows {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

func (w *world) reread(t *testing.T, p core.Project) core.Project {
	t.Helper()
	now, err := core.ByID(t.Context(), w.DB, p.ID)
	require.NoError(t, err)
	return now
}

func conditions(err error) (codes []string) {
	if f, ok := fault.Of(err); ok {
		for _, field := range f.Fields {
			codes = append(codes, field.Code)
		}
	}
	return codes
}

func location(err error) string {
	if f, ok := fault.Of(err); ok && len(f.Fields) > 0 {
		return f.Fields[0].Location
	}
	return ""
}

// race runs every fn at the same moment and returns the errors.
func race(fns ...func() error) []error {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	errs := make([]error, len(fns))
	for i, fn := range fns {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			errs[i] = fn()
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return errs
}

// one asserts that exactly one of some rivals succeeded, and that every other was refused with the code.
func one(t *testing.T, errs []error, code string) {
	t.Helper()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		require.Equal(t, code, fault.Code(err), "%v", err)
		require.NotEmpty(t, conditions(err), "the refusal says how things stand")
	}
	require.Equal(t, 1, won)
}

const hour = time.Hour

// reopened counts the stage's reopenings up, so that a new round begins.
func reopened(p core.Project) func(context.Context, *db.Tx) error {
	return func(ctx context.Context, tx *db.Tx) error {
		stages, err := core.Stages(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		for i := range stages {
			if stages[i].Key == p.CurrentStage {
				stages[i].Reopened++
				return core.SaveStageTx(ctx, tx, &stages[i])
			}
		}
		return nil
	}
}
