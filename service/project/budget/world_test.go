package budget_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	projects "guike/model/project"
	model "guike/model/project/budget"
	"guike/service/project/budget"
	"guike/testkit"
	"guike/testkit/homekit"
)

// world is a project of the home, and somebody who sells at the shop.
type world struct {
	*homekit.World
	*budget.Service
	sales, admin actor.Actor
	project      projects.Project
}

const signed = 12_800_000 // what the contract of every project is worth

func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	w := &world{World: homekit.New(t, k)}
	w.Service = budget.New(w.Journal)
	w.sales = k.Staff(t, actor.Sales, w.Shop, actor.Store)
	w.admin = k.Staff(t, actor.Admin, identity.Store{}, actor.All)
	w.project = w.Begin(t, w.sales, projects.CustomFurniture)
	return w
}

// ask keeps a wish of the owner's.
func (w *world) ask(t *testing.T) id.ID {
	t.Helper()
	r, _, err := w.Ask(t.Context(), w.Owner, budget.NewOrder{ProjectID: w.project.ID, Title: "增加全屋智能", Text: "客厅加装"})
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
	_, _, err := w.Decide(t.Context(), w.Owner, budget.Decision{OrderID: order, Version: version, Approve: true})
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
