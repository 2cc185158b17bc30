package files_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/blob"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/picture"
	"guike/model/audit"
	"guike/model/db"
	model "guike/model/files"
	"guike/model/identity"
	"guike/model/once"
	"guike/service/files"
	"guike/testkit"
)

func TestSchemaAgrees(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		differences, err := db.Differences(t.Context(), k.DB, model.Tables()...)
		require.NoError(t, err)
		require.Empty(t, differences)
	})
}

func TestUpload(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		t.Run("a picture of staff is kept and seen at once", func(t *testing.T) {
			w := newWorld(t, k)
			got := w.upload(staffOf(id.New(), actor.All), photo(t, 1))
			require.Equal(t, [2]int{120, 80}, [2]int{got.File.Width, got.File.Height})
			require.Len(t, w.objects(), 2)
			require.Equal(t, http.StatusOK, w.get(got.URL))
			require.Equal(t, http.StatusOK, w.get(got.ThumbURL))
			object, err := w.folder.Stat(t.Context(), w.objects()[0])
			require.NoError(t, err)
			require.Equal(t, got.File.Bytes, object.Size)
			require.Zero(t, w.count(&model.Stray{}))
		})
		t.Run("html named jpg leaves nothing and names the field", func(t *testing.T) {
			w := newWorld(t, k)
			rows := w.count(&model.File{})
			_, _, err := w.svc.Upload(t.Context(), staffOf(id.New(), actor.All), once.Key{}, bytes.NewReader([]byte("<html><script>alert(1)</script>")))
			f, ok := fault.Of(err)
			require.True(t, ok)
			require.Equal(t, fault.UnsupportedMedia, f.Kind)
			require.Equal(t, "file", f.Fields[0].Location)
			require.Empty(t, w.objects())
			require.Equal(t, rows, w.count(&model.File{}))
		})
		t.Run("a full disk is 507 and nothing is half done", func(t *testing.T) {
			w := newWorld(t, k)
			rows := w.count(&model.File{})
			for left := range 2 {
				w.disk.left = left
				_, _, err := w.svc.Upload(t.Context(), w.customer(), once.Key{}, photo(t, 2))
				require.Equal(t, "storage.full", code(err))
			}
			require.Empty(t, w.objects())
			require.Equal(t, rows, w.count(&model.File{}))
			require.Zero(t, w.count(&model.Stray{}))
			w.upload(w.customer(), photo(t, 2)) // room again, without a restart
		})
		t.Run("a key keeps the same bytes once", func(t *testing.T) {
			w := newWorld(t, k)
			who := staffOf(id.New(), actor.All)
			rows := w.count(&model.File{})
			key := once.Of("k1", "files-upload", "sum")
			var wg sync.WaitGroup
			ids := make([]id.ID, 6)
			for i := range ids {
				wg.Go(func() {
					stored, _, err := w.svc.Upload(t.Context(), who, key, photo(t, 3))
					if err == nil {
						ids[i] = stored.File.ID
					}
				})
			}
			wg.Wait()
			again, replayed, err := w.svc.Upload(t.Context(), who, key, photo(t, 3))
			require.NoError(t, err)
			require.True(t, replayed)
			require.Equal(t, http.StatusOK, w.get(again.URL))
			for _, got := range ids {
				require.Equal(t, again.File.ID, got)
			}
			require.Equal(t, rows+1, w.count(&model.File{}))
			require.Len(t, w.objects(), 2)
			_, _, err = w.svc.Upload(t.Context(), who, once.Of("k1", "files-upload", "other"), photo(t, 4))
			require.Equal(t, "idempotency.mismatch", code(err))
		})
		t.Run("a cut upload leaves nothing", func(t *testing.T) {
			w := newWorld(t, k)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, _, err := w.svc.Upload(ctx, staffOf(id.New(), actor.All), once.Key{}, photo(t, 5))
			require.Error(t, err)
			_, _, err = w.svc.Upload(t.Context(), staffOf(id.New(), actor.All), once.Key{}, io.MultiReader(io.LimitReader(photo(t, 5), 500), broken{}))
			require.Error(t, err)
			require.Empty(t, w.objects())
		})
	})
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestFirstFilesAtOnceAreWithinTheQuota(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		for range testkit.Rounds() {
			owner, start := id.New(), make(chan struct{})
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					<-start
					ok := false
					err := k.DB.Tx(t.Context(), func(tx *db.Tx) (err error) {
						ok, err = model.UseTx(t.Context(), tx, owner, 1, 4)
						return err
					})
					if err != nil || !ok {
						t.Errorf("counted: %v, %v", ok, err)
					}
				})
			}
			close(start)
			wg.Wait()
		}
	})
}

func TestQuota(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		who := w.customer()
		one := w.upload(who, photo(t, 1))
		size := one.File.Bytes + one.File.ThumbBytes
		var wg sync.WaitGroup
		errs := make([]error, quota/size+4)
		for i := range errs {
			wg.Go(func() { _, _, errs[i] = w.svc.Upload(t.Context(), who, once.Key{}, photo(t, 1)) })
		}
		wg.Wait()
		refused := 0
		for _, err := range errs {
			if err != nil {
				require.Equal(t, "file.quota", code(err))
				refused++
			}
		}
		require.Equal(t, 5, refused, "rivals do not pass the quota together")
		used, err := model.Usage(t.Context(), k.DB, who.ID)
		require.NoError(t, err)
		require.Equal(t, quota/size*size, used)
		require.Len(t, w.objects(), int(quota/size)*2)

		require.NoError(t, w.svc.Withdraw(t.Context(), staffOf(id.New(), actor.All), one.File.ID, "投诉"))
		w.upload(who, photo(t, 1))
		w.upload(w.customer(), photo(t, 1)) // somebody else's room
	})
}

func TestAttach(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		me, other, log := staffOf(id.New(), actor.Own), staffOf(id.New(), actor.Own), id.New()
		a, b, gone := w.upload(me, photo(t, 1)).File.ID, w.upload(me, photo(t, 2)).File.ID, w.upload(me, photo(t, 3)).File.ID
		require.NoError(t, w.svc.Withdraw(t.Context(), me, gone, "模糊"))

		err := w.attach(me, "daily_log", log, a, id.New())
		require.Equal(t, "file.not_found", code(err))
		f, _ := fault.Of(err)
		require.Equal(t, "body.file_ids[1]", f.Fields[0].Location)
		require.Equal(t, model.Uploaded, w.file(files.Stored{File: model.File{ID: a}}).State, "nothing is half attached")
		f, _ = fault.Of(w.attach(me, "avatar", me.ID, id.New()))
		require.Equal(t, "body.avatar_file_id", f.Fields[0].Location)

		require.Equal(t, "file.not_found", code(w.attach(other, "daily_log", log, a)), "somebody else's")
		require.Equal(t, "file.withdrawn", code(w.attach(me, "daily_log", log, gone)))
		require.NoError(t, w.attach(me, "daily_log", log, b, a, a))
		require.NoError(t, w.attach(other, "daily_log", log, a), "shown there already")
		require.Equal(t, "file.attached_elsewhere", code(w.attach(me, "daily_log", id.New(), a)))
		require.NoError(t, w.attach(me, "daily_log", log), "no files")

		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return w.svc.ReleaseTx(ctx, tx, "daily_log", log, []id.ID{b})
		})
		require.Equal(t, model.Uploaded, w.file(files.Stored{File: model.File{ID: a}}).State)
		require.Equal(t, model.Attached, w.file(files.Stored{File: model.File{ID: b}}).State)
	})
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		store, region := id.New(), id.New()
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return identity.InsertStore(ctx, tx, &identity.Store{ID: store, Name: "徐汇店", RegionID: region, CreatedAt: tx.Now, UpdatedAt: tx.Now, Version: 1})
		})
		author := staffOf(store, actor.Own)
		head := actor.Actor{Kind: actor.Staff, ID: id.New(), Scope: actor.Region, RegionID: region}
		stranger := actor.Actor{Kind: actor.Staff, ID: id.New(), Scope: actor.Region, RegionID: id.New()}
		customer := w.customer()

		tests := []struct {
			name  string
			owner actor.Actor
			by    actor.Actor
			ok    bool
		}{
			{"own upload", author, author, true},
			{"colleague of the store with scope own", author, staffOf(store, actor.Own), false},
			{"manager of the store", author, staffOf(store, actor.Store), true},
			{"manager of another store", author, staffOf(id.New(), actor.Store), false},
			{"head of the region", author, head, true},
			{"head of another region", author, stranger, false},
			{"without the permission", author, staffOf(store, actor.None), false},
			{"customer's by a manager", customer, staffOf(store, actor.Store), false},
			{"customer's by the whole company", customer, staffOf(id.ID{}, actor.All), true},
			{"customer as actor", customer, customer, false},
		}
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				got := w.upload(test.owner, photo(t, 9))
				require.NoError(t, w.attach(test.owner, "daily_log", id.New(), got.File.ID))
				err := w.svc.Withdraw(t.Context(), test.by, got.File.ID, "客户要求")
				if !test.ok {
					require.Equal(t, "not_found", code(err))
					require.Equal(t, http.StatusOK, w.get(got.URL))
					return
				}
				require.NoError(t, err)
				require.Equal(t, http.StatusNotFound, w.get(got.URL), "links given out before end")
				require.Equal(t, http.StatusNotFound, w.get(got.ThumbURL))
				links, err := w.svc.LinksFor(t.Context(), k.DB, test.owner, []id.ID{got.File.ID})
				require.NoError(t, err)
				require.Empty(t, links)
				require.NoError(t, w.svc.Withdraw(t.Context(), test.by, got.File.ID, "再次"))
				rows, _, err := audit.Of(t.Context(), k.DB, "file", got.File.ID, db.Page{Limit: 10})
				require.NoError(t, err)
				require.Len(t, rows, 1)
				require.Equal(t, "客户要求", rows[0].Reason)
			})
		}
		require.Equal(t, "not_found", code(w.svc.Withdraw(t.Context(), staffOf(store, actor.All), id.New(), "x")))
		require.Equal(t, "input.invalid", code(w.svc.Withdraw(t.Context(), staffOf(store, actor.All), id.New(), " \t")), "a reason says something")
	})
}

func TestWithdrawnObjectsAreRemovedByTheOutbox(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		me := staffOf(id.New(), actor.Own)
		got := w.upload(me, photo(t, 1))
		// As if the process had been killed right after the commit.
		image, _ := got.File.Keys()
		require.NoError(t, w.svc.Withdraw(t.Context(), me, got.File.ID, "模糊"))
		require.NoError(t, w.folder.Put(t.Context(), image, got.File.ContentType, photo(t, 1), int64(photo(t, 1).Len())))
		require.Equal(t, http.StatusOK, w.get(got.URL))
		w.drain()
		require.Equal(t, http.StatusNotFound, w.get(got.URL))
	})
}

func TestLinks(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		me, customer := staffOf(id.New(), actor.Own), w.customer()
		mine, theirs := w.upload(me, photo(t, 1)), w.upload(customer, photo(t, 2))
		ids := []id.ID{mine.File.ID, theirs.File.ID, id.New()}
		links := func(at time.Time) map[id.ID]files.Picture {
			k.Clock.Set(at)
			found, err := w.svc.Links(t.Context(), k.DB, ids)
			require.NoError(t, err)
			return found
		}
		mark := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
		first := links(mark.Add(-5 * time.Hour))
		require.Len(t, first, 1, "a customer's picture is nobody else's before its check (I35)")
		require.Equal(t, first, links(mark.Add(-40*time.Minute)), "alike within the mark")
		require.Equal(t, http.StatusOK, w.get(first[mine.File.ID].URL))
		second := links(mark.Add(-39 * time.Minute))
		require.NotEqual(t, first, second, "40 minutes left at least")
		k.Clock.Set(mark)
		require.Equal(t, http.StatusNotFound, w.get(first[mine.File.ID].URL))
		require.Equal(t, http.StatusOK, w.get(second[mine.File.ID].URL))

		own, err := w.svc.LinksFor(t.Context(), k.DB, customer, ids)
		require.NoError(t, err)
		require.Len(t, own, 2)
	})
}

func TestSweep(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		ctx, me, customer := t.Context(), staffOf(id.New(), actor.Own), w.customer()
		shown, idle, theirs := w.upload(me, photo(t, 1)), w.upload(me, photo(t, 2)), w.upload(customer, photo(t, 3))
		require.NoError(t, w.attach(me, "avatar", me.ID, shown.File.ID))
		// An upload that was killed between the objects and the row, and one of a foreign make.
		lost := id.New()
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error { return model.BeginTx(ctx, tx, lost, picture.JPEG) })
		image, _ := model.Keys(lost, picture.JPEG)
		stray, _ := model.Keys(id.New(), picture.JPEG)
		for _, key := range []string{image, stray, "exports/report.csv"} {
			require.NoError(t, w.folder.Put(ctx, key, blob.ContentType(key), bytes.NewReader([]byte("x")), 1))
		}

		require.NoError(t, w.svc.SweepOrphans(ctx))
		require.Len(t, w.objects(), 9, "nothing is a day old")
		k.Clock.Advance(25 * time.Hour)
		fresh := w.upload(me, photo(t, 4))
		for range 2 { // again changes nothing
			require.NoError(t, w.svc.SweepOrphans(ctx))
		}
		require.Equal(t, http.StatusOK, w.get(fresh.URL))
		require.NotContains(t, w.objects(), image)
		require.Len(t, w.objects(), 6)
		for _, gone := range []files.Stored{idle, theirs} {
			_, err := model.ByID(ctx, k.DB, gone.File.ID)
			require.True(t, db.Missing(err))
		}
		require.Equal(t, model.Attached, w.file(shown).State)
		require.Zero(t, w.count(&model.Stray{}))
		used, err := model.Usage(ctx, k.DB, customer.ID)
		require.NoError(t, err)
		require.Zero(t, used)

		k.Tx(t, func(ctx context.Context, tx *db.Tx) error { return model.BeginTx(ctx, tx, lost, picture.JPEG) }) // under way
		require.NoError(t, w.folder.Put(ctx, image, picture.JPEG, bytes.NewReader([]byte("x")), 1))
		require.NoError(t, w.svc.SweepObjects(ctx))
		require.NotContains(t, w.objects(), stray)
		require.Contains(t, w.objects(), image)
		require.Contains(t, w.objects(), "exports/report.csv")
	})
}

func TestUploadThatOutlivedItsStrayIsRefused(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		slow := id.New()
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error { return model.BeginTx(ctx, tx, slow, picture.JPEG) })
		k.Clock.Advance(25 * time.Hour)
		_, err := model.ClaimStrays(t.Context(), k.DB, 10)
		require.NoError(t, err)
		err = k.DB.Tx(t.Context(), func(tx *db.Tx) error { return model.ArriveTx(t.Context(), tx, slow) })
		require.Equal(t, "store.unavailable", code(err))
		require.NoError(t, w.svc.SweepOrphans(t.Context()))
		require.Zero(t, w.count(&model.Stray{}))
	})
}

func TestSweepObjectsRefusesAForeignStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t))
	for range 100 {
		key, _ := model.Keys(id.New(), picture.JPEG)
		require.NoError(t, w.folder.Put(t.Context(), key, picture.JPEG, bytes.NewReader([]byte("x")), 1))
	}
	w.Clock.Advance(30 * 24 * time.Hour)
	require.ErrorContains(t, w.svc.SweepObjects(t.Context()), "another database")
	require.Len(t, w.objects(), 100)
}

func TestAttachRacesWithSweep(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		w := newWorld(t, k)
		me := staffOf(id.New(), actor.Own)
		for range 10 {
			got := w.upload(me, photo(t, 1))
			k.Clock.Advance(25 * time.Hour)
			var wg sync.WaitGroup
			var attached error
			wg.Go(func() { attached = w.attach(me, "daily_log", id.New(), got.File.ID) })
			wg.Go(func() { require.NoError(t, w.svc.SweepOrphans(t.Context())) })
			wg.Wait()
			require.NoError(t, w.svc.SweepOrphans(t.Context()))
			links, err := w.svc.Links(t.Context(), k.DB, []id.ID{got.File.ID})
			require.NoError(t, err)
			if attached == nil {
				require.Equal(t, http.StatusOK, w.get(links[got.File.ID].URL))
			} else {
				require.Equal(t, "file.not_found", code(attached))
				require.Empty(t, links)
			}
		}
	})
}
