package handover_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/outbox"
	core "guike/model/project"
	model "guike/model/project/handover"
	"guike/service/project"
	"guike/service/project/handover"
	"guike/testkit"
	"guike/testkit/homekit"
)

// world is a home and a shop with people in it; the manager of the shop is its boss.
type world struct {
	*homekit.World
	*handover.Service
	manager   actor.Actor // a project manager, with the scope of own work
	centre    actor.Actor // the experience centre
	installer actor.Actor // in charge of nothing
}

type likes struct{}

func (likes) WishesOf(context.Context, db.Reader, id.ID) ([]handover.Wish, error) {
	return []handover.Wish{{Key: "visit", TitleZH: "上门注意事项", TitleEN: "When coming to the home", Value: "12 点到 14 点请勿使用电钻"}}, nil
}

func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	w := &world{World: homekit.New(t, k, func(d *project.Deps) {
		d.Gates, d.Followers = []project.Gate{handover.Gate{}}, []project.Follower{handover.Follower{}}
	})}
	w.Service = handover.New(w.Journal, w.Box, likes{})
	w.manager = k.Staff(t, actor.ProjectManager, w.Shop, actor.Own)
	w.centre = k.Staff(t, actor.ExperienceCentre, identity.Store{}, actor.All)
	w.installer = k.Staff(t, actor.Installer, w.Shop, actor.Own)
	note, err := w.Box.Seal(identity.CareNoteField, "家有老人午休,电话 13800138000。")
	require.NoError(t, err)
	k.Tx(t, handover.SeedTx)
	k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		return db.Insert(ctx, tx, &identity.CareNote{CustomerID: w.Owner.ID, ID: id.New(), TextEnc: note, AuthorID: w.Boss.ID, CreatedAt: tx.Now, Version: 1})
	})
	return w
}

// begin creates a project by the store manager, with the project manager in charge.
func (w *world) begin(t *testing.T, kind core.Kind) core.Project {
	t.Helper()
	p := w.Begin(t, w.Boss, kind)
	w.InCharge(t, p, w.manager)
	return p
}

func (w *world) promise(t *testing.T, p core.Project, text string) handover.PromiseResult {
	t.Helper()
	r, _, err := w.MakePromise(t.Context(), w.Boss, newPromise(p, text, ""))
	require.NoError(t, err)
	return r
}

func newPromise(p core.Project, text, reason string) handover.NewPromise {
	return handover.NewPromise{ProjectID: p.ID, PromiseText: handover.PromiseText{Text: text, Category: model.CategoryMaterial}, Reason: reason}
}

// sheet answers every line of a stage's checklist with ok.
func (w *world) sheet(t *testing.T, p core.Project, stage string) handover.NewSheet {
	t.Helper()
	c, err := w.StageChecklist(t.Context(), w.Boss, p.ID, stage)
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

// drain delivers what is owed to the care domain.
func (w *world) drain(t *testing.T) {
	t.Helper()
	handlers := map[string]outbox.Handler{model.TopicHandedOver: w.Care.Handlers()[model.TopicHandedOver]}
	_, err := outbox.NewWorker(w.DB, handlers, slog.New(slog.DiscardHandler)).Drain(t.Context())
	require.NoError(t, err)
}
