package budget_test

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/care"
	"guike/model/db"
	"guike/model/identity"
	projects "guike/model/project"
	model "guike/model/project/budget"
	carework "guike/service/care"
	"guike/service/project"
	"guike/service/project/budget"
	"guike/testkit"
)

// world is a project of a home with its owner, family and a guest, and the staff of a store.
type world struct {
	*testkit.Kit
	*budget.Service
	projects               *project.Service
	owner, wife, family    actor.Actor // wife is a second owner
	guest, outsider        actor.Actor
	sales, stranger, admin actor.Actor // stranger works for another store
	store                  id.ID
	project                projects.Project
}

const signed = 12_800_000

type silence struct{}

func (silence) Publish(context.Context, string, []byte) {}

type links struct{}

func (links) Links(_ context.Context, _ db.Reader, files []id.ID) (map[id.ID]project.Picture, error) {
	shown := map[id.ID]project.Picture{}
	for _, f := range files {
		shown[f] = project.Picture{URL: "/f/" + f.String()}
	}
	return shown, nil
}

// attached keeps what was bound to which row.
type attached struct {
	mu   sync.Mutex
	kind map[id.ID]string
}

func (a *attached) AttachTx(_ context.Context, _ *db.Tx, _ actor.Actor, files []id.ID, kind string, _ id.ID) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, f := range files {
		a.kind[f] = kind
	}
	return nil
}

func (a *attached) ReleaseTx(context.Context, *db.Tx, string, id.ID, []id.ID) error { return nil }

func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	tasks := carework.New(k.DB)
	j := &project.Journal{DB: k.DB, Zone: testkit.Zone, Live: silence{}, Links: links{}, Files: &attached{kind: map[id.ID]string{}}, Alarms: tasks}
	box, err := crypt.NewBox([]crypt.Key{{ID: "k", Secret: make([]byte, crypt.KeyBytes)}})
	require.NoError(t, err)
	w := &world{Kit: k, Service: budget.New(j), projects: project.New(project.Deps{Journal: j, Box: box, Entropy: rand.Reader})}
	k.Tx(t, project.SeedTemplates)
	k.Tx(t, tasks.SeedTx)
	store := k.Store(t)
	w.store = store.ID
	w.sales, w.stranger = k.Staff(t, actor.Sales, store, actor.Store), k.Staff(t, actor.StoreManager, k.Store(t), actor.Store)
	w.admin = actor.Actor{Kind: actor.Staff, ID: id.New(), Role: actor.Admin, Scope: actor.All}
	home := id.New()
	k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		h := identity.Home{ID: home, Name: "滨江花园", City: "杭州", CreatedAt: tx.Now, Version: 1}
		return db.Insert(ctx, tx, &h)
	})
	w.owner, w.wife = w.member(t, home, identity.HomeOwner), w.member(t, home, identity.HomeOwner)
	w.family, w.guest = w.member(t, home, identity.HomeFamily), w.member(t, home, identity.HomeGuest)
	w.outsider = actor.Actor{Kind: actor.Customer, ID: id.New()}
	w.project = w.begin(t, home)
	return w
}

func (w *world) member(t *testing.T, home id.ID, role identity.HomeRole) actor.Actor {
	t.Helper()
	c := id.New()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		return identity.SetMemberTx(ctx, tx, identity.HomeMember{CustomerID: c, HomeID: home, Role: role, Since: tx.Now})
	})
	return actor.Actor{Kind: actor.Customer, ID: c}
}

func (w *world) begin(t *testing.T, home id.ID) projects.Project {
	t.Helper()
	var p projects.Project
	w.Tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = w.projects.CreateTx(ctx, tx, w.sales, project.NewProject{
			Kind: projects.CustomFurniture, Title: "全屋定制", CustomerID: w.owner.ID, HomeID: home, StoreID: w.store,
			ContractAmountFen: signed, PlannedStart: "2026-11-23",
		})
		return err
	})
	return p
}

// ask keeps a wish of the owner's.
func (w *world) ask(t *testing.T) id.ID {
	t.Helper()
	r, _, err := w.Ask(t.Context(), w.owner, budget.NewOrder{ProjectID: w.project.ID, Title: "增加全屋智能", Text: "客厅加装"})
	require.NoError(t, err)
	return r.OrderID
}

// offer is what the sales person offers for an order, until two days from now.
func (w *world) offer(order id.ID, fen int64, days int) budget.NewOffer {
	return budget.NewOffer{
		OrderID: order, Days: days, ValidUntil: w.Clock.Now().Add(48 * time.Hour),
		Lines: []budget.OfferLine{{Text: "灯光", AmountFen: fen + 100}, {Text: "减项", AmountFen: -100}},
	}
}

// quoted asks and offers, and returns the order with the version of its offer.
func (w *world) quoted(t *testing.T, fen int64, days int) (order id.ID, version int64) {
	t.Helper()
	r, _, err := w.Quote(t.Context(), w.sales, w.offer(w.ask(t), fen, days))
	require.NoError(t, err)
	return r.OrderID, r.Version
}

func (w *world) approve(t *testing.T, order id.ID, version int64) error {
	t.Helper()
	_, _, err := w.Decide(t.Context(), w.owner, budget.Decision{OrderID: order, Version: version, Approve: true})
	return err
}

func (w *world) order(t *testing.T, order id.ID) budget.Order {
	t.Helper()
	o, err := w.Order(t.Context(), w.sales, order)
	require.NoError(t, err)
	return o
}

// contract asserts the invariant of change orders: the contract now is what was signed and what was
// approved; the payment plan, if there is one, adds up to it. It returns the contract amount.
func (w *world) contract(t *testing.T) int64 {
	t.Helper()
	p, err := projects.ByID(t.Context(), w.DB, w.project.ID)
	require.NoError(t, err)
	var approved []model.Order
	require.NoError(t, w.DB.Conn(t.Context()).Where("project_id = ? AND state = ?", p.ID, model.Approved).Find(&approved).Error)
	sum := int64(signed)
	for _, o := range approved {
		sum += o.AmountFen
	}
	require.Equal(t, sum, p.ContractAmountFen, "the contract is the signed amount and the approved changes")
	rows, err := model.Instalments(t.Context(), w.DB, p.ID)
	require.NoError(t, err)
	planned := int64(0)
	for _, r := range rows {
		planned += r.AmountFen
	}
	if len(rows) > 0 {
		require.Equal(t, sum, planned, "the payment plan follows")
	}
	return sum
}

func (w *world) stages(t *testing.T) map[string]projects.Stage {
	t.Helper()
	rows, err := projects.Stages(t.Context(), w.DB, w.project.ID)
	require.NoError(t, err)
	by := map[string]projects.Stage{}
	for _, s := range rows {
		by[s.Key] = s
	}
	return by
}

// told counts the timeline's entries of a kind that tell of a row.
func (w *world) told(t *testing.T, kind projects.EntryKind, ref id.ID) (n int) {
	t.Helper()
	rows, _, _, err := projects.Timeline(t.Context(), w.DB, w.project.ID, projects.ForStaff, db.Page{Limit: 100})
	require.NoError(t, err)
	for _, e := range rows {
		if e.Kind == kind && e.RefID == ref {
			n++
		}
	}
	return n
}

// tasks lists the tasks of a kind.
func (w *world) tasks(t *testing.T, kind string) []care.Task {
	t.Helper()
	var rows []care.Task
	require.NoError(t, w.DB.Conn(t.Context()).Where("kind = ?", kind).Order("id").Find(&rows).Error)
	return rows
}

// fails asserts a refusal by its code and, if told, the code of its first field.
func fails(t *testing.T, err error, code string, field ...string) {
	t.Helper()
	require.Equal(t, code, fault.Code(err), "%v", err)
	if len(field) == 0 {
		return
	}
	f, _ := fault.Of(err)
	require.NotEmpty(t, f.Fields)
	require.Equal(t, strings.Join(field, " "), f.Fields[0].Location+" "+f.Fields[0].Code)
}

// race runs the acts at the same moment and returns their errors.
func race(acts ...func() error) []error {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	errs := make([]error, len(acts))
	for i, act := range acts {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			errs[i] = act()
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return errs
}
