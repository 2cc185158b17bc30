package project_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/once"
	model "guike/model/project"
	"guike/service/project"
	"guike/testkit"
	"guike/testkit/homekit"
)

// world is a home and a shop with people in it.
type world struct {
	*homekit.World
	*project.Service
	manager   actor.Actor // a project manager with the scope of the store
	installer actor.Actor // of the store, with the scope of own work
	admin     actor.Actor
}

func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	w := &world{World: homekit.New(t, k)}
	w.Service = w.Projects
	w.manager = w.Hire(t, "李建国", actor.ProjectManager, actor.Store)
	w.installer = w.Hire(t, "张师傅", actor.Installer, actor.Own)
	w.admin = w.Hire(t, "管理员", actor.Admin, actor.All)
	return w
}

// begin creates a project of the kind by the project manager.
func (w *world) begin(t *testing.T, kind model.Kind) model.Project {
	t.Helper()
	return w.Begin(t, w.manager, kind)
}

// log posts a log, with a photo unless some are named, and returns what it left behind.
func (w *world) log(ctx context.Context, who actor.Actor, in project.NewLog) (r project.LogResult, replayed bool, err error) {
	if in.FileIDs == nil {
		in.FileIDs = []id.ID{id.New()} // a log shows a photo
	}
	err = w.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (project.LogResult, error) { return w.PostLogTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

// run starts and completes stages in turn.
func (w *world) run(t *testing.T, p model.Project, keys ...string) {
	t.Helper()
	for _, key := range keys {
		w.Start(t, p, key)
		require.NoError(t, w.Complete(t, p, key), key)
	}
}

func day(s string) clock.Day { return clock.Day(s) }
