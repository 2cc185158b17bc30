package handover_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	caremodel "guike/model/care"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/outbox"
	core "guike/model/project"
	model "guike/model/project/handover"
	"guike/service/care"
	"guike/service/project"
	"guike/service/project/handover"
	"guike/testkit"
)

// world is a store with people in it, and a home with owners, family and a guest.
type world struct {
	*testkit.Kit
	*handover.Service
	projects *project.Service
	care     *care.Service
	files    *cupboard
	store    identity.Store
	home     id.ID

	manager   actor.Actor // a project manager, with the scope of own work
	keeper    actor.Actor // the store manager
	centre    actor.Actor // the experience centre
	installer actor.Actor // in charge of nothing
	stranger  actor.Actor // the manager of another store
	owner     actor.Actor // the contract party
	wife      actor.Actor // another owner
	family    actor.Actor
	guest     actor.Actor
	outsider  actor.Actor
}

type silence struct{}

type likes struct{}

func (likes) WishesOf(context.Context, db.Reader, id.ID) ([]handover.Wish, error) {
	return []handover.Wish{{Key: "visit", TitleZH: "上门注意事项", TitleEN: "When coming to the home", Value: "12 点到 14 点请勿使用电钻"}}, nil
}

func (silence) Publish(context.Context, string, []byte) {}

// cupboard attaches and signs everything, and remembers what was attached to what.
type cupboard struct {
	mu        sync.Mutex
	attached  map[id.ID]id.ID
	signature string // of the links, which run out one day
}

func (c *cupboard) AttachTx(_ context.Context, _ *db.Tx, _ actor.Actor, files []id.ID, _ string, ref id.ID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range files {
		c.attached[f] = ref
	}
	return nil
}

func (c *cupboard) ReleaseTx(_ context.Context, _ *db.Tx, _ string, ref id.ID, keep []id.ID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for f, r := range c.attached {
		if r == ref && !slices.Contains(keep, f) {
			delete(c.attached, f)
		}
	}
	return nil
}

func (c *cupboard) Links(_ context.Context, _ db.Reader, files []id.ID) (map[id.ID]project.Picture, error) {
	signed := map[id.ID]project.Picture{}
	for _, f := range files {
		signed[f] = project.Picture{URL: "/f/" + f.String() + c.signature, ThumbURL: "/t/" + f.String()}
	}
	return signed, nil
}

func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	box, err := crypt.NewBox([]crypt.Key{{ID: "k", Secret: make([]byte, crypt.KeyBytes)}})
	require.NoError(t, err)
	w := &world{Kit: k, files: &cupboard{attached: map[id.ID]id.ID{}}, care: care.New(k.DB), store: k.Store(t)}
	journal := &project.Journal{DB: k.DB, Zone: testkit.Zone, Live: silence{}, Links: w.files, Files: w.files, Alarms: w.care}
	w.Service = handover.New(journal, box, likes{})
	w.projects = project.New(project.Deps{
		Journal: journal, Box: box, Entropy: rand.Reader, Gates: []project.Gate{handover.Gate{}}, Followers: []project.Follower{handover.Follower{}},
	})
	w.manager = k.Staff(t, actor.ProjectManager, w.store, actor.Own)
	w.keeper = k.Staff(t, actor.StoreManager, w.store, actor.Store)
	w.centre = k.Staff(t, actor.ExperienceCentre, identity.Store{}, actor.All)
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
		w.owner, w.wife, w.family, w.guest, w.outsider = join(identity.HomeOwner), join(identity.HomeOwner), join(identity.HomeFamily), join(identity.HomeGuest), join("")
		note, err := box.Seal(identity.CareNoteField, "家有老人午休,电话 13800138000。")
		require.NoError(t, err)
		require.NoError(t, db.Insert(ctx, tx, &identity.CareNote{CustomerID: w.owner.ID, ID: id.New(), TextEnc: note, AuthorID: w.keeper.ID, CreatedAt: tx.Now, Version: 1}))
		require.NoError(t, w.care.SeedTx(ctx, tx))
		require.NoError(t, handover.SeedTx(ctx, tx))
		return project.SeedTemplates(ctx, tx)
	})
	return w
}

// begin creates a project by the store manager, with the project manager in charge.
func (w *world) begin(t *testing.T, kind core.Kind) core.Project {
	t.Helper()
	var p core.Project
	w.Tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = w.projects.CreateTx(ctx, tx, w.keeper, project.NewProject{
			Kind: kind, Title: "滨江花园 3-1201", CustomerID: w.owner.ID, HomeID: w.home, StoreID: w.store.ID, ContractAmountFen: 12_800_000, PlannedStart: "2026-11-23",
		})
		return err
	})
	_, _, err := w.projects.Assign(t.Context(), w.keeper, project.NewPerson{ProjectID: p.ID, StaffID: w.manager.ID, Note: "客户对封边很在意"})
	require.NoError(t, err)
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

func (w *world) reopen(t *testing.T, p core.Project, key string) {
	t.Helper()
	_, _, err := w.projects.ReopenStage(t.Context(), w.keeper, project.StageRef{ProjectID: p.ID, Key: key, Reason: "客户要求返工"})
	require.NoError(t, err)
}

func (w *world) promise(t *testing.T, p core.Project, text string) handover.PromiseResult {
	t.Helper()
	r, _, err := w.MakePromise(t.Context(), w.keeper, newPromise(p, text, ""))
	require.NoError(t, err)
	return r
}

func newPromise(p core.Project, text, reason string) handover.NewPromise {
	return handover.NewPromise{ProjectID: p.ID, PromiseText: handover.PromiseText{Text: text, Category: model.CategoryMaterial}, Reason: reason}
}

// sheet answers every line of a stage's checklist with ok.
func (w *world) sheet(t *testing.T, p core.Project, stage string) handover.NewSheet {
	t.Helper()
	c, err := w.StageChecklist(t.Context(), w.keeper, p.ID, stage)
	require.NoError(t, err)
	in := handover.NewSheet{ProjectID: p.ID, Stage: stage, CareGiven: true, CareText: "台面避免高温直接接触。"}
	for _, l := range c.Items {
		in.Items = append(in.Items, handover.NewItem{Key: l.Key, Result: model.ResultOK})
	}
	return in
}

func (w *world) open(t *testing.T, in handover.NewSheet) handover.AcceptanceResult {
	t.Helper()
	r, _, err := w.OpenAcceptance(t.Context(), w.manager, in)
	require.NoError(t, err)
	return r
}

func (w *world) sign(t *testing.T, who actor.Actor, r handover.AcceptanceResult) error {
	t.Helper()
	_, _, err := w.SignAcceptance(t.Context(), who, handover.Signature{AcceptanceID: r.AcceptanceID, Version: r.Version, Name: "王小明"})
	return err
}

func (w *world) entries(t *testing.T, p core.Project, kind core.EntryKind, to core.Audience) int {
	t.Helper()
	rows, _, _, err := core.Timeline(t.Context(), w.DB, p.ID, to, db.Page{Limit: 100})
	require.NoError(t, err)
	n := 0
	for _, e := range rows {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// tasks counts the tasks of a kind for the project.
func (w *world) tasks(t *testing.T, p core.Project, kind string) int {
	t.Helper()
	var n int64
	require.NoError(t, w.DB.Conn(t.Context()).Model(&caremodel.Task{}).Where("kind = ? AND project_id = ?", kind, p.ID).Count(&n).Error)
	return int(n)
}

// drain delivers what is owed to the care domain.
func (w *world) drain(t *testing.T) {
	t.Helper()
	handlers := map[string]outbox.Handler{model.TopicHandedOver: w.care.Handlers()[model.TopicHandedOver]}
	_, err := outbox.NewWorker(w.DB, handlers, slog.New(slog.DiscardHandler)).Drain(t.Context())
	require.NoError(t, err)
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

func succeeded(errs []error) (n int) {
	for _, err := range errs {
		if err == nil {
			n++
		}
	}
	return n
}
