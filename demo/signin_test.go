package demo_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/demo"
	"guike/internal/actor"
	"guike/model/cache"
	filesmodel "guike/model/files"
	"guike/service/identity"
	"guike/testkit"
)

func TestCredentialsOpenTheDoor(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k).withoutPhotos(t)
		w.deps.Hash = nil
		c := w.load(t, demo.Options{Customers: 1})
		memory, err := cache.Open(t.Context(), cache.Options{Clock: k.Clock, Prefix: "demo:", Log: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		t.Cleanup(func() { _ = memory.Close() })
		keys := []identity.SigningKey{{ID: "k1", Secret: []byte(strings.Repeat("k", 32))}}
		sessions, err := identity.NewSessions(k.DB, memory, keys, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		desk := identity.NewStaff(k.DB, sessions, w.deps.Box, w.deps.Blind)

		roles := map[actor.Role]bool{}
		for _, login := range c.Staff {
			if roles[login.Role] {
				continue
			}
			roles[login.Role] = true
			for range 2 { // it is no first password
				_, who, err := desk.SignIn(t.Context(), login.Username, login.Password, identity.Meta{})
				require.NoError(t, err, login.Username)
				require.Equal(t, login.Role, who.Role)
				require.Equal(t, login.StoreID, who.StoreID)
				require.Equal(t, login.Name, who.Name)
				require.Len(t, who.Phone, 11)
			}
		}
		require.Len(t, roles, len(actor.Roles()), "there is somebody of every role")
		_, _, err = desk.SignIn(t.Context(), "fenghaitao", "demo-fenghaitao-2026", identity.Meta{})
		require.Error(t, err, "who has left stays out")
	})
}

// The services would take the passwords.
func TestPasswordsKeepTheRules(t *testing.T) {
	t.Parallel()
	k := testkit.SQLite(t)
	w := newWorld(t, k).withoutPhotos(t)
	for _, login := range w.load(t, demo.Options{Customers: 1}).Staff {
		require.GreaterOrEqual(t, len(login.Password), identity.PasswordMin)
		require.NotEqual(t, login.Username, strings.Trim(login.Password, "0123456789!@#._-"))
	}
}

func TestPhotosAreThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t))
	w.load(t, demo.Options{Customers: 1})
	pool := all[filesmodel.File](t, w, "id")
	require.Len(t, pool, 30)
	for _, f := range pool {
		image, thumb := f.Keys()
		for key, size := range map[string]int64{image: f.Bytes, thumb: f.ThumbBytes} {
			o, err := w.blobs.Stat(t.Context(), key)
			require.NoError(t, err)
			require.Equal(t, size, o.Size)
		}
		r, err := w.blobs.Open(t.Context(), image)
		require.NoError(t, err)
		var data bytes.Buffer
		_, err = io.Copy(&data, r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		sum := sha256.Sum256(data.Bytes())
		require.Equal(t, sum[:], f.SHA256)
	}
	require.NoError(t, w.files.SweepOrphans(t.Context()))
	require.NoError(t, w.files.SweepObjects(t.Context()))
	require.Len(t, all[filesmodel.File](t, w, "id"), 30, "the sweep leaves the pool alone")
}
