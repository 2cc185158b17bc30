package files_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	model "guike/model/files"
	"guike/model/once"
	"guike/service/files"
	"guike/testkit"
)

const pdf = "%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"

func TestDocuments(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		staff := staffOf(id.New(), actor.All)
		t.Run("a PDF of staff is kept as it came and handed over as an attachment", func(t *testing.T) {
			w := newWorld(t, k)
			got := w.upload(staff, strings.NewReader(pdf))
			require.Equal(t, model.Document, got.File.Kind)
			require.Equal(t, model.CheckNone, got.File.CheckState)
			require.Zero(t, got.File.Width+got.File.Height)
			require.Empty(t, got.ThumbURL)
			require.Len(t, w.objects(), 1)
			w.drain()
			require.Empty(t, w.wx.asked)

			u, err := url.Parse(got.URL)
			require.NoError(t, err)
			rec := httptest.NewRecorder()
			w.folder.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, u.RequestURI(), nil))
			require.Equal(t, http.StatusOK, rec.Code)
			require.Equal(t, pdf, rec.Body.String())
			require.Equal(t, "application/pdf", rec.Header().Get("Content-Type"))
			require.Equal(t, "attachment", rec.Header().Get("Content-Disposition"))
			require.Equal(t, "nosniff", rec.Header().Get("X-Content-Type-Options"))
			require.Contains(t, rec.Header().Get("Content-Security-Policy"), "sandbox")
		})
		t.Run("what is no plain PDF leaves nothing", func(t *testing.T) {
			w := newWorld(t, k)
			for data, want := range map[string]string{
				"<html><script>alert(1)</script></html>": "file.type_unsupported",
				"<html>" + pdf:                           "file.type_unsupported",
				pdf[:50]:                                 "file.corrupt",
				strings.Replace(pdf, "/Catalog", "/JavaScript", 1):   "file.active_content",
				pdf + strings.Repeat("x", 10<<20) + "\n%%EOF\n":      "file.too_large",
				strings.Replace(pdf, "/Catalog", "/EmbeddedFile", 1): "file.active_content",
			} {
				_, _, err := w.svc.Upload(t.Context(), staff, once.Key{}, strings.NewReader(data))
				require.Equal(t, want, code(err))
			}
			require.Empty(t, w.objects())
		})
		t.Run("customers upload pictures alone", func(t *testing.T) {
			w := newWorld(t, k)
			_, _, err := w.svc.Upload(t.Context(), w.customer(), once.Key{}, strings.NewReader(pdf))
			require.Equal(t, "file.type_unsupported", code(err))
		})
		t.Run("it is attached, withdrawn and swept like a picture", func(t *testing.T) {
			w := newWorld(t, k)
			shown, lost := w.upload(staff, strings.NewReader(pdf)), w.upload(staff, strings.NewReader(pdf))
			require.Equal(t, "file.not_a_picture", code(w.attach(staff, "daily_log", id.New(), shown.File.ID)))
			require.Equal(t, "file.not_a_picture", code(w.attach(staff, "delivery", id.New(), shown.File.ID)))
			require.NoError(t, w.attach(staff, "design_version", id.New(), shown.File.ID))
			require.Equal(t, "file.attached_elsewhere", code(w.attach(staff, "design_version", id.New(), shown.File.ID)))
			w.Clock.Advance(model.StrayAfter + 1e9)
			require.NoError(t, w.svc.SweepOrphans(t.Context()))
			require.Len(t, w.objects(), 1)
			require.Equal(t, http.StatusNotFound, w.get(lost.URL))

			require.NoError(t, w.svc.Withdraw(t.Context(), staff, shown.File.ID, "发错了"))
			links, err := w.svc.Links(t.Context(), w.DB, []id.ID{shown.File.ID})
			require.NoError(t, err)
			require.Empty(t, links)
			require.Empty(t, w.objects())
		})
		t.Run("a key keeps the same document once", func(t *testing.T) {
			w := newWorld(t, k)
			key := once.Of("doc-"+id.New().String()[:8], "files-upload", "sum")
			first, _, err := w.svc.Upload(t.Context(), staff, key, strings.NewReader(pdf))
			require.NoError(t, err)
			again, replayed, err := w.svc.Upload(t.Context(), staff, key, bytes.NewReader([]byte(pdf)))
			require.NoError(t, err)
			require.True(t, replayed)
			require.Equal(t, files.Picture{URL: first.URL}, again.Picture)
		})
	})
}
