package supervisor_test

import (
	"context"
	"crypto/rand"
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
	core "guike/model/project"
	"guike/service/care"
	"guike/service/project"
	"guike/service/project/supervisor"
	"guike/testkit"
)

// world is a store with its manager, and a home with its members.
type world struct {
	*testkit.Kit
	*supervisor.Service
	projects *project.Service
	store    identity.Store
	home     id.ID

	keeper   actor.Actor // the store manager
	stranger actor.Actor // the manager of another store
	owner    actor.Actor
	family   actor.Actor
	guest    actor.Actor
	outsider actor.Actor
}

type silence struct{}

func (silence) Publish(context.Context, string, []byte) {}

func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	box, err := crypt.NewBox([]crypt.Key{{ID: "k", Secret: make([]byte, crypt.KeyBytes)}})
	require.NoError(t, err)
	w := &world{Kit: k, store: k.Store(t)}
	alarms := care.New(k.DB)
	journal := &project.Journal{DB: k.DB, Zone: testkit.Zone, Live: silence{}, Alarms: alarms}
	w.Service = supervisor.New(journal, box)
	w.projects = project.New(project.Deps{Journal: journal, Box: box, Entropy: rand.Reader})
	w.keeper = k.Staff(t, actor.StoreManager, w.store, actor.Store)
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
		w.owner, w.family, w.guest, w.outsider = join(identity.HomeOwner), join(identity.HomeFamily), join(identity.HomeGuest), join("")
		require.NoError(t, alarms.SeedTx(ctx, tx))
		require.NoError(t, supervisor.SeedTx(ctx, tx))
		require.NoError(t, supervisor.SeedTx(ctx, tx), "loading the default again changes nothing")
		return project.SeedTemplates(ctx, tx)
	})
	return w
}

// begin creates a project of the home.
func (w *world) begin(t *testing.T) core.Project {
	t.Helper()
	var p core.Project
	w.Tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = w.projects.CreateTx(ctx, tx, w.keeper, project.NewProject{
			Kind: core.Renovation, Title: "滨江花园 3-1201", CustomerID: w.owner.ID, HomeID: w.home, StoreID: w.store.ID, ContractAmountFen: 12_800_000, PlannedStart: "2026-11-23",
		})
		return err
	})
	return p
}

func (w *world) cancel(t *testing.T, p core.Project) {
	t.Helper()
	_, _, err := w.projects.Cancel(t.Context(), w.keeper, project.Cancel{ProjectID: p.ID, Reason: "客户搬家"})
	require.NoError(t, err)
}

// tasks counts the open tasks of a kind for the project.
func (w *world) tasks(t *testing.T, p core.Project, kind string) int {
	t.Helper()
	var n int64
	require.NoError(t, w.DB.Conn(t.Context()).Model(&caremodel.Task{}).
		Where("kind = ? AND project_id = ? AND state = ?", kind, p.ID, caremodel.Open).Count(&n).Error)
	return int(n)
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
