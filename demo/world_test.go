package demo_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"
	"github.com/stretchr/testify/require"

	"guike/demo"
	"guike/internal/actor"
	"guike/internal/blob"
	"guike/internal/crypt"
	"guike/internal/id"
	"guike/internal/picture"
	"guike/model/audit"
	"guike/model/care"
	"guike/model/db"
	filesmodel "guike/model/files"
	identitymodel "guike/model/identity"
	"guike/model/notify"
	projectmodel "guike/model/project"
	"guike/model/project/budget"
	"guike/model/project/delivery"
	"guike/model/project/design"
	"guike/model/project/diary"
	"guike/model/project/handover"
	"guike/model/project/material"
	"guike/model/project/plan"
	"guike/model/project/quality"
	"guike/model/project/supervisor"
	"guike/model/settings"
	careservice "guike/service/care"
	"guike/service/files"
	"guike/service/flow"
	"guike/service/project"
	"guike/testkit"
)

// world is a store, empty as yet, with the services that read what was loaded.
type world struct {
	*testkit.Kit
	deps     demo.Deps
	blobs    *blob.Folder
	projects *project.Service
	files    *files.Service
	flow     *flow.Flow
	rooms    rooms
}

func newWorld(t testing.TB, k *testkit.Kit) *world {
	t.Helper()
	box, err := crypt.NewBox([]crypt.Key{{ID: "k", Secret: []byte(strings.Repeat("b", crypt.KeyBytes))}})
	require.NoError(t, err)
	blind, err := crypt.NewBlind([]byte(strings.Repeat("i", crypt.KeyBytes)))
	require.NoError(t, err)
	folder, err := blob.NewFolder(blob.FolderOptions{
		Dir: t.TempDir(), PublicURL: "http://demo", Secret: []byte(strings.Repeat("l", blob.MinSecret)), Clock: k.Clock,
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = folder.Close() })
	w := &world{Kit: k, blobs: folder, deps: demo.Deps{DB: k.DB, Box: box, Blind: blind, Blobs: folder, Zone: testkit.Zone, Hash: &cheap}}
	w.files = files.New(files.Deps{
		DB: k.DB, Blobs: folder, Pictures: picture.NewProcessor(picture.DefaultLimits(), 1), Log: slog.New(slog.DiscardHandler),
	})
	j := &project.Journal{DB: k.DB, Zone: testkit.Zone, Live: silent{}, Links: links{w.files}, Files: w.files, Alarms: careservice.New(k.DB)}
	w.projects = project.New(project.Deps{Journal: j, Box: box, Entropy: rand.Reader})
	w.rooms = newRooms(j, w)
	w.flow = flow.New(flow.Deps{DB: k.DB, Projects: w.projects, Files: w.files})
	return w
}

// cheap is a hash that takes no time.
var cheap = argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// withoutPhotos lets loads believe that the pool of photos is there, for tests that do not look.
func (w *world) withoutPhotos(t testing.TB) *world {
	t.Helper()
	w.Tx(t, func(ctx context.Context, tx *db.Tx) error { return settings.PutTx(ctx, tx, "demo.photos", "done") })
	return w
}

type silent struct{}

func (silent) Publish(context.Context, string, []byte) {}

type links struct{ files *files.Service }

func (l links) Links(ctx context.Context, r db.Reader, wanted []id.ID) (map[id.ID]project.Picture, error) {
	found, err := l.files.Links(ctx, r, wanted)
	shown := make(map[id.ID]project.Picture, len(found))
	for file, f := range found {
		shown[file] = project.Picture{URL: f.URL, ThumbURL: f.ThumbURL}
	}
	return shown, err
}

func (w *world) load(t testing.TB, o demo.Options) demo.Credentials {
	t.Helper()
	c, err := demo.Load(t.Context(), w.deps, o)
	require.NoError(t, err)
	return c
}

// counts are the rows of every table that a load writes.
func (w *world) counts(t testing.TB) map[string]int64 {
	t.Helper()
	found := map[string]int64{}
	tables := slices.Concat(identitymodel.Tables(), projectmodel.Tables(), filesmodel.Tables(), notify.Tables(), care.Tables(), settings.Tables(), audit.Tables(),
		budget.Tables(), delivery.Tables(), design.Tables(), diary.Tables(), handover.Tables(), material.Tables(), plan.Tables(), quality.Tables(), supervisor.Tables())
	for _, table := range tables {
		var n int64
		require.NoError(t, w.DB.Conn(t.Context()).Model(table).Count(&n).Error)
		found[fmt.Sprintf("%T", table)] = n
	}
	return found
}

// all reads a whole table in the order of its columns named.
func all[T any](t testing.TB, w *world, order string) []T {
	t.Helper()
	var rows []T
	require.NoError(t, w.DB.Conn(t.Context()).Order(order).Find(&rows).Error)
	return rows
}

// staff is a member of staff as an actor of a scope.
func (w *world) staff(t testing.TB, username string, scope actor.Scope) actor.Actor {
	t.Helper()
	s, err := identitymodel.StaffByUsername(t.Context(), w.DB, username)
	require.NoError(t, err)
	return actor.Actor{Kind: actor.Staff, ID: s.ID, Name: s.Name, Role: s.Role, StoreID: s.StoreID, RegionID: s.RegionID, Scope: scope}
}

// customer is who signs in with an openid.
func (w *world) customer(t testing.TB, openid string) actor.Actor {
	t.Helper()
	known, ok, err := identitymodel.IdentityByOpenID(t.Context(), w.DB, openid)
	require.NoError(t, err)
	require.True(t, ok, openid)
	return actor.Actor{Kind: actor.Customer, ID: known.CustomerID}
}
