package demo_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/demo"
	"guike/internal/actor"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/notify"
	"guike/model/project"
	"guike/testkit"
)

func TestLoadAgainChangesNothing(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		first := w.load(t, demo.Options{})
		counts := w.counts(t)
		customers, projects := all[identity.Customer](t, w, "id"), all[project.Project](t, w, "id")
		staff, entries := all[identity.Staff](t, w, "id"), all[project.Entry](t, w, "id")

		k.Clock.Advance(30 * time.Hour)
		again := w.load(t, demo.Options{Seed: 99, Customers: 20, Progress: func(int, int) { t.Error("something was loaded") }})
		require.Equal(t, first, again)
		require.Equal(t, counts, w.counts(t))
		require.Equal(t, customers, all[identity.Customer](t, w, "id"))
		require.Equal(t, projects, all[project.Project](t, w, "id"))
		require.Equal(t, staff, all[identity.Staff](t, w, "id"))
		require.Equal(t, entries, all[project.Entry](t, w, "id"))
	})
}

func TestLoadGoesOnWhereItWasCutOff(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		other := testkit.SQLite
		if k.DB.Dialect() == db.MySQL {
			other = testkit.MySQL
		}
		whole, cut := newWorld(t, other(t)).withoutPhotos(t), newWorld(t, k).withoutPhotos(t)
		wanted := whole.load(t, demo.Options{Customers: 1150})

		var seen []int
		for range 3 { // each call is ended right after its first batch
			ctx, cancel := context.WithCancel(t.Context())
			_, err := demo.Load(ctx, cut.deps, demo.Options{Customers: 1150, Progress: func(done, total int) {
				require.Equal(t, 1150, total)
				seen = append(seen, done)
				cancel()
			}})
			cancel()
			if err == nil {
				break
			}
			require.ErrorIs(t, err, context.Canceled)
			k.Clock.Advance(time.Hour)
		}
		got := cut.load(t, demo.Options{Customers: 1150})
		require.Equal(t, []int{500, 1000, 1150}, seen)
		require.Equal(t, wanted, got)
		require.Equal(t, whole.counts(t), cut.counts(t))
		withoutSeals := func(w *world) []identity.Customer {
			rows := all[identity.Customer](t, w, "id")
			for i := range rows {
				rows[i].NameEnc, rows[i].PhoneEnc, rows[i].NoteEnc = nil, nil, nil
			}
			return rows
		}
		require.Equal(t, withoutSeals(whole), withoutSeals(cut))
		require.Equal(t, all[project.Entry](t, whole, "id"), all[project.Entry](t, cut, "id"))
		require.Equal(t, all[notify.Message](t, whole, "id"), all[notify.Message](t, cut, "id"))
	})
}

func TestLoadGrows(t *testing.T) {
	t.Parallel()
	small, large := newWorld(t, testkit.SQLite(t)).withoutPhotos(t), newWorld(t, testkit.SQLite(t)).withoutPhotos(t)
	small.load(t, demo.Options{})
	grown := small.load(t, demo.Options{Customers: 200})
	require.Equal(t, large.load(t, demo.Options{Customers: 200}), grown)
	require.Equal(t, large.counts(t), small.counts(t))
	require.NotEqual(t, grown, newWorldOf(t, 7), "another seed makes another company")
}

func newWorldOf(t *testing.T, seed uint64) demo.Credentials {
	t.Helper()
	return newWorld(t, testkit.SQLite(t)).withoutPhotos(t).load(t, demo.Options{Customers: 200, Seed: seed})
}

func TestLoadByTwoAtOnce(t *testing.T) {
	t.Parallel()
	if !testkit.HasMySQL() {
		t.Skip("SQLite has one process")
	}
	w := newWorld(t, testkit.MySQL(t))
	type result struct {
		c   demo.Credentials
		err error
	}
	results := make(chan result, 2)
	for range 2 {
		go func() {
			c, err := demo.Load(t.Context(), w.deps, demo.Options{Customers: 700})
			results <- result{c, err}
		}()
	}
	a, b := <-results, <-results
	require.NoError(t, a.err)
	require.NoError(t, b.err)
	require.Equal(t, a.c, b.c)
	var n int64
	require.NoError(t, w.DB.Conn(t.Context()).Model(&identity.Customer{}).Count(&n).Error)
	require.EqualValues(t, 700, n)
}

func TestLoadRefusesAStoreInUse(t *testing.T) {
	t.Parallel()
	k := testkit.SQLite(t)
	k.Staff(t, actor.Admin, k.Store(t), actor.All)
	w := newWorld(t, k)
	before := w.counts(t)
	_, err := demo.Load(t.Context(), w.deps, demo.Options{})
	require.ErrorIs(t, err, demo.ErrOccupied)
	require.Equal(t, before, w.counts(t))
}

func TestWriteJSON(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "demo.json")
	c := demo.Credentials{
		Staff:     []demo.StaffLogin{{Username: "admin", Password: "p", Role: actor.Admin, Name: "x"}},
		Customers: []demo.CustomerLogin{{Openid: "oDemo1", Nickname: "木子"}},
	}
	for range 2 { // the second one replaces the first
		require.NoError(t, demo.WriteJSON(path, demo.Addresses{API: "http://a", Sim: "http://s", Ops: "http://o"}, c))
	}
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var got any
	require.NoError(t, json.Unmarshal(text, &got))
	require.Equal(t, map[string]any{
		"api": "http://a", "sim": "http://s", "ops": "http://o",
		"staff":     []any{map[string]any{"username": "admin", "password": "p", "role": "admin"}},
		"customers": []any{map[string]any{"openid": "oDemo1", "nickname": "木子"}},
	}, got)
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing temporary is left")
	require.Error(t, demo.WriteJSON(filepath.Join(path, "below"), demo.Addresses{}, c))
}
