package files_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/blob"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/picture"
	"guike/internal/wechat"
	"guike/model/db"
	model "guike/model/files"
	"guike/model/identity"
	"guike/model/once"
	"guike/model/outbox"
	"guike/service/files"
	"guike/testkit"
)

const quota = 64 << 10

// world is a company with a folder of files and a platform that answers what it is told.
type world struct {
	*testkit.Kit
	t      *testing.T
	svc    *files.Service
	folder *blob.Folder
	disk   *disk
	wx     *platform
	worker *outbox.Worker

	review []model.ReviewNeeded
}

// disk is a folder that can be full.
type disk struct {
	blob.Store
	mu   sync.Mutex
	left int // puts until it is full; negative: never
}

func (d *disk) Put(ctx context.Context, key, contentType string, r io.Reader, size int64) error {
	d.mu.Lock()
	full := d.left == 0
	d.left--
	d.mu.Unlock()
	if full {
		return blob.ErrNoSpace
	}
	return d.Store.Put(ctx, key, contentType, r, size)
}

// platform is WeChat's content check.
type platform struct {
	mu     sync.Mutex
	asked  []wechat.MediaCheck
	trace  string
	err    error
	before func(trace string) // what happens before the answer arrives
}

func (p *platform) CheckMedia(_ context.Context, m wechat.MediaCheck) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, m)
	if p.err != nil {
		return "", p.err
	}
	if p.before != nil {
		p.before(p.trace)
	}
	return p.trace, nil
}

func newWorld(t *testing.T, k *testkit.Kit) *world {
	t.Helper()
	folder, err := blob.NewFolder(blob.FolderOptions{
		Dir: t.TempDir(), PublicURL: "http://files.test", Secret: bytes.Repeat([]byte("k"), blob.MinSecret), Clock: k.Clock,
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = folder.Close() })
	w := &world{Kit: k, t: t, folder: folder, disk: &disk{Store: folder, left: -1}, wx: &platform{trace: "trace-" + id.New().String()}}
	w.svc = files.New(files.Deps{
		DB: k.DB, Blobs: w.disk, Pictures: picture.NewProcessor(picture.DefaultLimits(), 2),
		Checker: w.wx, CustomerQuota: quota, Log: slog.New(slog.DiscardHandler),
	})
	w.worker = outbox.NewWorker(k.DB, map[string]outbox.Handler{
		model.TopicCheckRequested: w.svc.OnCheckRequested,
		model.TopicWithdrawn:      w.svc.OnWithdrawn,
		model.TopicReviewNeeded: func(_ context.Context, e outbox.Event) error {
			var of model.ReviewNeeded
			err := e.Decode(&of)
			w.review = append(w.review, of)
			return err
		},
	}, slog.New(slog.DiscardHandler))
	return w
}

func (w *world) upload(who actor.Actor, r io.Reader) files.Stored {
	w.t.Helper()
	stored, _, err := w.svc.Upload(w.t.Context(), who, once.Key{}, r)
	require.NoError(w.t, err)
	return stored
}

func (w *world) attach(who actor.Actor, kind string, ref id.ID, ids ...id.ID) error {
	return w.DB.Tx(w.t.Context(), func(tx *db.Tx) error { return w.svc.AttachTx(w.t.Context(), tx, who, ids, kind, ref) })
}

func (w *world) drain() {
	w.t.Helper()
	_, err := w.worker.Drain(w.t.Context())
	require.NoError(w.t, err)
}

func (w *world) file(of files.Stored) model.File {
	w.t.Helper()
	f, err := model.ByID(w.t.Context(), w.DB, of.File.ID)
	require.NoError(w.t, err)
	return f
}

// objects lists the keys of everything that is kept.
func (w *world) objects() []string {
	w.t.Helper()
	found, err := w.folder.List(w.t.Context(), "", "", 1000)
	require.NoError(w.t, err)
	var keys []string
	for _, o := range found {
		keys = append(keys, o.Key)
	}
	return keys
}

func (w *world) count(row any) (n int64) {
	w.t.Helper()
	require.NoError(w.t, w.DB.Conn(w.t.Context()).Model(row).Count(&n).Error)
	return n
}

// get follows a link as a phone does.
func (w *world) get(link string) int {
	w.t.Helper()
	u, err := url.Parse(link)
	require.NoError(w.t, err)
	rec := httptest.NewRecorder()
	w.folder.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, u.RequestURI(), nil))
	return rec.Code
}

func (w *world) customer() actor.Actor {
	w.t.Helper()
	who := actor.Actor{Kind: actor.Customer, ID: id.New()}
	w.Tx(w.t, func(ctx context.Context, tx *db.Tx) error {
		return db.Insert(ctx, tx, &identity.WechatIdentity{
			OpenID: "o-" + who.ID.String(), CustomerID: who.ID, LastVisitAt: tx.Now, CreatedAt: tx.Now, Version: 1,
		})
	})
	return who
}

func staffOf(store id.ID, scope actor.Scope) actor.Actor {
	return actor.Actor{Kind: actor.Staff, ID: id.New(), Role: actor.ProjectManager, StoreID: store, Scope: scope}
}

// photo is a small JPEG, different for every seed.
func photo(t testing.TB, seed uint8) *bytes.Reader {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 120, 80))
	for i := range img.Pix {
		img.Pix[i] = seed ^ uint8(i%251)
	}
	img.Set(0, 0, color.White)
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, img, nil))
	return bytes.NewReader(b.Bytes())
}

func code(err error) string { return fault.Code(err) }
