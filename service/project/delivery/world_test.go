package delivery_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	caremodel "guike/model/care"
	"guike/model/db"
	"guike/model/identity"
	core "guike/model/project"
	model "guike/model/project/delivery"
	"guike/service/care"
	"guike/service/project"
	"guike/service/project/delivery"
	"guike/testkit"
)

// world is a project of custom furniture under way, its production not completed, with people around it.
type world struct {
	*testkit.Kit
	*delivery.Service
	store           identity.Store
	pm, boss        actor.Actor // the project manager in charge; the manager of the store
	stranger        actor.Actor // the manager of another store
	owner, family   actor.Actor
	guest, outsider actor.Actor
	erp, elsewhere  actor.Actor // keys: of every store; of another store
	p               core.Project
}

type silence struct{}

func (silence) Publish(context.Context, string, []byte) {}

type links struct{}

func (links) Links(_ context.Context, _ db.Reader, ids []id.ID) (map[id.ID]project.Picture, error) {
	signed := map[id.ID]project.Picture{}
	for _, f := range ids {
		signed[f] = project.Picture{URL: "/f/" + f.String(), ThumbURL: "/t/" + f.String()}
	}
	return signed, nil
}

type files struct{}

func (files) AttachTx(context.Context, *db.Tx, actor.Actor, []id.ID, string, id.ID) error { return nil }

func (files) ReleaseTx(context.Context, *db.Tx, string, id.ID, []id.ID) error { return nil }

// newWorld begins the world; another instance of the service on the same store is w.second().
func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	w := &world{Kit: k, store: k.Store(t)}
	w.Service = w.second()
	w.pm = k.Staff(t, actor.ProjectManager, w.store, actor.Own)
	w.boss = k.Staff(t, actor.StoreManager, w.store, actor.Store)
	other := k.Store(t)
	w.stranger = k.Staff(t, actor.StoreManager, other, actor.Store)
	home := id.New()
	k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		member := func(role identity.HomeRole, home id.ID) actor.Actor {
			c := actor.Actor{Kind: actor.Customer, ID: id.New()}
			require.NoError(t, identity.SetMemberTx(ctx, tx, identity.HomeMember{CustomerID: c.ID, HomeID: home, Role: role, Since: tx.Now}))
			return c
		}
		w.owner, w.family, w.guest = member(identity.HomeOwner, home), member(identity.HomeFamily, home), member(identity.HomeGuest, home)
		w.outsider = member(identity.HomeOwner, id.New())
		w.erp, w.elsewhere = w.key(t, tx, id.ID{}, "erp"), w.key(t, tx, other.ID, "other")
		return care.New(k.DB).SeedTx(ctx, tx)
	})
	w.p = w.project(t, home)
	return w
}

// second is another instance of the service on the same store.
func (w *world) second() *delivery.Service {
	return delivery.New(&project.Journal{
		DB: w.DB, Zone: testkit.Zone, Live: silence{}, Links: links{}, Files: files{}, Alarms: care.New(w.DB),
	})
}

func (w *world) key(t *testing.T, tx *db.Tx, store id.ID, source string) actor.Actor {
	t.Helper()
	k := identity.APIKey{ID: id.New(), Name: "工厂 ERP", Source: source, SecretHash: make([]byte, 32), Scopes: "erp.shipments,erp.status", StoreID: store}
	require.NoError(t, identity.AddAPIKeyTx(t.Context(), tx, &k))
	return actor.Actor{Kind: actor.Key, ID: k.ID, Name: k.Name, StoreID: store, Scope: actor.All, Grants: k.Scopes}
}

// project begins a project of the home, with the project manager in charge.
func (w *world) project(t *testing.T, home id.ID) core.Project {
	t.Helper()
	of := id.New()
	p := core.Project{
		ID: of, No: "G2026-" + strings.ToUpper(of.String()[28:]), ServiceCode: "S" + strings.ToUpper(of.String()[23:]), Kind: core.CustomFurniture,
		Title: "滨江花园", HomeID: home, CustomerID: w.owner.ID, StoreID: w.store.ID, State: core.Active, PlannedStart: "2026-11-23", PlannedEnd: "2027-01-10",
		TemplateKey: "standard", TemplateVersion: 1, CurrentStage: "production",
	}
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		require.NoError(t, core.AddTx(ctx, tx, &p))
		require.NoError(t, core.AddStagesTx(ctx, tx, []core.Stage{
			{ProjectID: p.ID, Seq: 1, Key: "production", NameZH: "生产", NameEN: "Production", Weight: 60, State: core.StageActive, PlannedStart: "2026-11-23", PlannedEnd: "2026-12-13", StartedAt: &tx.Now},
			{ProjectID: p.ID, Seq: 2, Key: "delivery", NameZH: "配送", NameEN: "Delivery", Weight: 40, State: core.StagePending, PlannedStart: "2026-12-14", PlannedEnd: "2026-12-15"},
		}))
		return core.AddPersonTx(ctx, tx, &core.Person{ProjectID: p.ID, ID: id.New(), StaffID: w.pm.ID, Role: actor.ProjectManager, FromAt: tx.Now})
	})
	return p
}

// batch promises a batch of two wardrobes and three drawers.
func (w *world) batch(t *testing.T, p core.Project, name, promised string) id.ID {
	t.Helper()
	made, _, err := w.Plan(t.Context(), w.pm, newBatch(p, name, promised))
	require.NoError(t, err)
	return made.ID
}

func newBatch(p core.Project, name, promised string) delivery.NewBatch {
	return delivery.NewBatch{
		ProjectID: p.ID, Name: name, PromisedOn: day(promised),
		Items: []delivery.NewItem{{Name: "主卧衣柜", Quantity: 2, Room: "主卧"}, {Name: "抽屉", Quantity: 3}},
	}
}

// look reads the project's deliveries as the owner sees them.
func (w *world) look(t *testing.T) delivery.Deliveries {
	t.Helper()
	d, err := w.Mine(t.Context(), w.owner, w.p.ID)
	require.NoError(t, err)
	return d
}

// find reads one batch.
func (w *world) find(t *testing.T, batch id.ID) delivery.Batch {
	t.Helper()
	b, err := w.Batch(t.Context(), delivery.Result{ProjectID: w.p.ID, ID: batch})
	require.NoError(t, err)
	return b
}

// tasks counts the tasks of a kind.
func (w *world) tasks(t *testing.T, kind string) []caremodel.Task {
	t.Helper()
	rows, _, err := caremodel.List(t.Context(), w.DB, actor.Machine(), caremodel.Filter{Kind: kind}, db.Page{Limit: 100})
	require.NoError(t, err)
	return rows
}

// entries lists the titles of the timeline's lines of a kind, oldest first.
func (w *world) entries(t *testing.T, p core.Project, kind core.EntryKind) []string {
	t.Helper()
	rows, _, _, err := core.Timeline(t.Context(), w.DB, p.ID, core.ForCustomers, db.Page{Limit: 100})
	require.NoError(t, err)
	var titles []string
	for _, e := range slices.Backward(rows) {
		if e.Kind == kind {
			titles = append(titles, e.TitleZH)
		}
	}
	return titles
}

// acts counts the audit rows of an action on the project by the actor.
func (w *world) acts(t *testing.T, who actor.Actor, action string) int {
	t.Helper()
	rows, _, err := audit.Of(t.Context(), w.DB, "project", w.p.ID, db.Page{Limit: 100})
	require.NoError(t, err)
	n := 0
	for _, r := range rows {
		if r.ActorKind == who.Kind && r.ActorID == who.ID && r.Action == action {
			n++
		}
	}
	return n
}

// status reports as the ERP would, through the JSON of its body.
func (w *world) status(ctx context.Context, s *delivery.Service, who actor.Actor, no string, m message) (delivery.StatusAnswer, bool, error) {
	return s.ReportStatus(ctx, who, delivery.Status{
		Told:   delivery.ToldBy("status", no, m.EventID, m.At, m),
		Status: model.ERPStatus(m.Status), Stage: m.Stage, Percent: m.Percent, Note: m.Note,
	})
}

func codesOf(err error) string {
	f, ok := fault.Of(err)
	if !ok {
		return ""
	}
	text, _ := json.Marshal(f.Fields)
	return f.Code + " " + string(text)
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
