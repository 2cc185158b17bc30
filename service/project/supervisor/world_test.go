package supervisor_test

import (
	"testing"

	core "guike/model/project"
	"guike/service/project/supervisor"
	"guike/testkit"
	"guike/testkit/homekit"
)

// world is a home, and a shop with its manager.
type world struct {
	*homekit.World
	*supervisor.Service
}

func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	w := &world{World: homekit.New(t, k)}
	w.Service = supervisor.New(w.Journal, w.Box)
	k.Tx(t, supervisor.SeedTx)
	k.Tx(t, supervisor.SeedTx) // loading the default again changes nothing
	return w
}

// begin creates a project of the home.
func (w *world) begin(t *testing.T) core.Project {
	t.Helper()
	return w.Begin(t, w.Boss, core.Renovation)
}
