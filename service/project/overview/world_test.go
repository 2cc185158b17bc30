package overview_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/once"
	model "guike/model/project"
	goods "guike/model/project/material"
	"guike/service/project"
	"guike/service/project/budget"
	"guike/service/project/delivery"
	"guike/service/project/design"
	"guike/service/project/handover"
	"guike/service/project/material"
	"guike/service/project/overview"
	"guike/service/project/plan"
	"guike/service/project/quality"
	"guike/testkit"
	"guike/testkit/homekit"
)

// world is a home with a project in the making, and the rooms whose doings its overview shows.
type world struct {
	*homekit.World
	*overview.Service
	budget    *budget.Service
	delivery  *delivery.Service
	design    *design.Service
	handover  *handover.Service
	material  *material.Service
	plan      *plan.Service
	quality   *quality.Service
	installer actor.Actor
	p         model.Project
}

type wishless struct{}

func (wishless) WishesOf(context.Context, db.Reader, id.ID) ([]handover.Wish, error) { return nil, nil }

func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	w := &world{World: homekit.New(t, k, func(d *project.Deps) {
		d.Followers = []project.Follower{material.Freezer{J: d.Journal}, plan.Closer{J: d.Journal}}
	})}
	w.Service = overview.New(w.Journal, w.Projects)
	w.budget, w.delivery, w.design = budget.New(w.Journal), delivery.New(w.Journal), design.New(w.Journal)
	w.handover, w.material = handover.New(w.Journal, w.Box, wishless{}), material.New(w.Journal, rand.Reader, "http://test/")
	w.plan, w.quality = plan.New(w.Journal, slog.New(slog.DiscardHandler)), quality.New(w.Journal)
	k.Tx(t, handover.SeedTx)
	k.Tx(t, plan.SeedPolicy)
	w.installer = w.Hire(t, "张师傅", actor.Installer, actor.Store)
	w.p = w.Begin(t, w.Boss, model.CustomFurniture)
	return w
}

// screen is the overview as somebody sees it.
func (w *world) screen(t *testing.T, who actor.Actor) overview.Overview {
	t.Helper()
	o, err := w.Mine(t.Context(), who, w.p.ID)
	require.NoError(t, err)
	return o
}

// work takes the project through stages.
func (w *world) work(t *testing.T, stages ...string) {
	t.Helper()
	for _, key := range stages {
		w.Start(t, w.p, key)
		require.NoError(t, w.Complete(t, w.p, key), key)
	}
}

// log posts the daily log of today.
func (w *world) log(t *testing.T, done string) {
	t.Helper()
	in := project.NewLog{ProjectID: w.p.ID, DoneToday: done, FileIDs: []id.ID{id.New()}}
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		_, err := w.Projects.PostLogTx(ctx, tx, w.Boss, in)
		return err
	})
}

// order asks for a change and quotes it: it waits for the owner.
func (w *world) order(t *testing.T, title string, fen int64) id.ID {
	t.Helper()
	asked, _, err := w.budget.Ask(t.Context(), w.Family, budget.NewOrder{ProjectID: w.p.ID, Title: title, Text: "客厅加装"})
	require.NoError(t, err)
	_, _, err = w.budget.Quote(t.Context(), w.Boss, budget.NewOffer{
		OrderID: asked.OrderID, Lines: []budget.OfferLine{{Text: "网关", AmountFen: fen}}, ValidUntil: w.DB.Now().Add(hours(48)),
	})
	require.NoError(t, err)
	return asked.OrderID
}

func (w *world) approve(t *testing.T, order id.ID) {
	t.Helper()
	_, _, err := w.budget.Decide(t.Context(), w.Owner, budget.Decision{OrderID: order, Version: 1, Approve: true})
	require.NoError(t, err)
}

func (w *world) promise(t *testing.T, text string) id.ID {
	t.Helper()
	made, _, err := w.handover.MakePromise(t.Context(), w.Boss, handover.NewPromise{
		ProjectID: w.p.ID, PromiseText: handover.PromiseText{Text: text, Category: "material"}, Reason: "客户追问",
	})
	require.NoError(t, err)
	return made.PromiseID
}

// goods adds a material with a batch of it to the catalogue.
func (w *world) goods(t *testing.T, name string) goods.Batch {
	t.Helper()
	m, _, err := w.material.Add(t.Context(), w.Boss, once.Key{}, material.Form{Name: name, Brand: "兔宝宝", Category: "板材", Unit: "张", Active: true})
	require.NoError(t, err)
	b, _, err := w.material.AddBatch(t.Context(), w.Boss, once.Key{}, m.ID, material.NewBatch{BatchNo: name + "-1"})
	require.NoError(t, err)
	return b
}

func (w *world) install(t *testing.T, b goods.Batch) id.ID {
	t.Helper()
	in, _, err := w.material.Install(t.Context(), w.Boss, material.NewInstall{ProjectID: w.p.ID, BatchID: b.ID, Place: "主卧衣柜", Quantity: 2})
	require.NoError(t, err)
	return in.ID
}
