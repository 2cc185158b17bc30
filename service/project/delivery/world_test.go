package delivery_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
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
	"guike/service/project/delivery"
	"guike/testkit"
	"guike/testkit/homekit"
)

// world is a project of custom furniture under way, its production not completed.
type world struct {
	*homekit.World
	*delivery.Service
	pm             actor.Actor // the project manager in charge
	erp, elsewhere actor.Actor // keys: of every store; of another store
	p              core.Project
}

// newWorld begins the world; another instance of the service on the same store is w.second().
func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	w := &world{World: homekit.New(t, k)}
	w.Service = w.second()
	w.pm = k.Staff(t, actor.ProjectManager, w.Shop, actor.Own)
	k.Tx(t, func(_ context.Context, tx *db.Tx) error {
		w.erp, w.elsewhere = w.key(t, tx, id.ID{}, "erp"), w.key(t, tx, w.Stranger.StoreID, "other")
		return nil
	})
	w.p = w.project(t, w.HomeID)
	return w
}

// second is another instance of the service on the same store.
func (w *world) second() *delivery.Service {
	j := *w.Journal
	j.Alarms = care.New(w.DB)
	return delivery.New(&j)
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
		Title: "滨江花园", HomeID: home, CustomerID: w.Owner.ID, StoreID: w.Shop.ID, State: core.Active, PlannedStart: "2026-11-23", PlannedEnd: "2027-01-10",
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
	d, err := w.Mine(t.Context(), w.Owner, w.p.ID)
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
