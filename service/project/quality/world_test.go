package quality_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	core "guike/model/project"
	model "guike/model/project/quality"
	"guike/service/project"
	"guike/service/project/quality"
	"guike/testkit"
	"guike/testkit/homekit"
)

// world is a home and a shop with people in it; the manager of the shop is its boss.
type world struct {
	*homekit.World
	*quality.Service
	manager    actor.Actor // a project manager in charge, with the scope of own work
	supervisor actor.Actor // in charge
	installer  actor.Actor // of the store, in charge of nothing
}

func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	w := &world{World: homekit.New(t, k, func(d *project.Deps) { d.Gates = []project.Gate{quality.Gate{}} })}
	w.Service = quality.New(w.Journal)
	w.manager = k.Staff(t, actor.ProjectManager, w.Shop, actor.Own)
	w.supervisor = k.Staff(t, actor.Supervisor, w.Shop, actor.Own)
	w.installer = k.Staff(t, actor.Installer, w.Shop, actor.Own)
	return w
}

// begin creates a project with project manager and supervisor in charge and the stage under way.
func (w *world) begin(t *testing.T, kind core.Kind, stage string) core.Project {
	t.Helper()
	p := w.Begin(t, w.Boss, kind)
	w.InCharge(t, p, w.manager)
	w.InCharge(t, p, w.supervisor)
	w.Put(t, p, stage)
	return p
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
		require.NotEmpty(t, testkit.Fields(err), "the refusal says how things stand")
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
