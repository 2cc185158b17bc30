package files_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"guike/api/files"
	"guike/internal/actor"
	"guike/internal/blob"
	"guike/internal/fault/problem"
	"guike/internal/id"
	"guike/internal/picture"
	service "guike/service/files"
	"guike/testkit"
)

// server is the operations on a bare router, on which everybody is who.
type server struct {
	http.Handler
	t      *testing.T
	folder *blob.Folder
}

func newServer(t *testing.T, k *testkit.Kit, who actor.Actor) *server {
	t.Helper()
	folder, err := blob.NewFolder(blob.FolderOptions{
		Dir: t.TempDir(), PublicURL: "http://files.test", Secret: bytes.Repeat([]byte("k"), blob.MinSecret), Clock: k.Clock,
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = folder.Close() })
	api := files.New(service.New(service.Deps{
		DB: k.DB, Blobs: folder, Pictures: picture.NewProcessor(picture.DefaultLimits(), 2),
		CustomerQuota: 1 << 20, Log: slog.New(slog.DiscardHandler),
	}))
	problem.Install()
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.Use(func(c *gin.Context) { c.Request = c.Request.WithContext(actor.With(c.Request.Context(), who)) })
	h := humagin.New(e, huma.DefaultConfig("files", "1"))
	add(h, "/v1/staff/files", 201, api.UploadAsStaff)
	add(h, "/v1/me/files", 201, api.UploadAsCustomer)
	add(h, "/v1/staff/files/{id}/withdraw", 204, api.Withdraw)
	return &server{e, t, folder}
}

func add[I, O any](h huma.API, path string, status int, handler func(context.Context, *I) (*O, error)) {
	huma.Register(h, huma.Operation{
		Method: http.MethodPost, Path: path, OperationID: path, DefaultStatus: status, MaxBodyBytes: 11 << 20,
	}, handler)
}

// part is one part of a multipart body.
type part struct {
	field, name, claims string
	data                []byte
}

func (s *server) upload(path, key string, parts ...part) (status int, header http.Header, body map[string]any) {
	s.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for _, p := range parts {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", fmt.Sprintf(`form-data; name=%q; filename=%q`, p.field, p.name))
		if p.claims != "" {
			h.Set("Content-Type", p.claims)
		}
		to, err := form.CreatePart(h)
		require.NoError(s.t, err)
		_, err = to.Write(p.data)
		require.NoError(s.t, err)
	}
	require.NoError(s.t, form.Close())
	return s.post(path, form.FormDataContentType(), key, &b)
}

func (s *server) post(path, contentType, key string, r io.Reader) (status int, header http.Header, body map[string]any) {
	s.t.Helper()
	req := httptest.NewRequest(http.MethodPost, path, r)
	req.Header.Set("Content-Type", contentType)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, req)
	if rec.Body.Len() > 0 {
		require.NoError(s.t, json.Unmarshal(rec.Body.Bytes(), &body), rec.Body.String())
	}
	return rec.Code, rec.Header(), body
}

func (s *server) objects() int {
	s.t.Helper()
	found, err := s.folder.List(s.t.Context(), "", "", 100)
	require.NoError(s.t, err)
	return len(found)
}

func (s *server) get(link string) (int, []byte) {
	s.t.Helper()
	u, err := url.Parse(link)
	require.NoError(s.t, err)
	rec := httptest.NewRecorder()
	s.folder.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, u.RequestURI(), nil))
	return rec.Code, rec.Body.Bytes()
}

func manager() actor.Actor {
	return actor.Actor{Kind: actor.Staff, ID: id.New(), Role: actor.ProjectManager, StoreID: id.New(), Scope: actor.All}
}

func photo(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 90, 60)), nil))
	return b.Bytes()
}

// located is a photo whose EXIF names a place, a device and, after its end, hides an archive.
func located(t testing.TB) []byte {
	t.Helper()
	plain := photo(t)
	exif := append([]byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x00"), []byte("GPS 31.2304N 121.4737E PhoneModel")...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
	out := append([]byte{}, plain[:2]...)
	out = append(append(out, segment...), exif...)
	return append(append(out, plain[2:]...), []byte("PK\x03\x04hidden")...)
}

// bomb is a PNG of 48 KB that says that it decodes to 20,000 by 20,000 pixels.
func bomb() []byte {
	header := []byte("IHDR\x00\x00\x4e\x20\x00\x00\x4e\x20\x08\x06\x00\x00\x00")
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), header...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(header))
	return append(out, make([]byte, 48<<10)...)
}

func fieldsOf(body map[string]any) string {
	text, _ := json.Marshal(body["errors"])
	return string(text)
}

func TestUploadAnswers(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		s := newServer(t, k, manager())
		status, _, body := s.upload("/v1/staff/files", "", part{"file", "a.jpg", "image/jpeg", located(t)})
		require.Equal(t, 201, status, body)
		require.EqualValues(t, 90, body["width"])
		require.EqualValues(t, 60, body["height"])
		require.Equal(t, "none", body["check"])
		status, kept := s.get(body["url"].(string))
		require.Equal(t, 200, status)
		require.EqualValues(t, len(kept), body["bytes"])
		for _, gone := range []string{"Exif", "GPS", "PhoneModel", "hidden"} {
			require.NotContains(t, string(kept), gone)
		}
		status, _ = s.get(body["thumb_url"].(string))
		require.Equal(t, 200, status)
	})
}

func TestUploadReplays(t *testing.T) {
	t.Parallel()
	s := newServer(t, testkit.SQLite(t), actor.Actor{Kind: actor.Customer, ID: id.New()})
	_, _, first := s.upload("/v1/me/files", "k-1", part{"file", "a.jpg", "image/jpeg", photo(t)})
	status, header, again := s.upload("/v1/me/files", "k-1", part{"file", "b.jpg", "", photo(t)})
	require.Equal(t, 201, status)
	require.Equal(t, "true", header.Get("Idempotency-Replayed"))
	require.Equal(t, first, again)
	require.Equal(t, "pending", first["check"])
	status, _, body := s.upload("/v1/me/files", "k-1", part{"file", "a.jpg", "image/jpeg", located(t)})
	require.Equal(t, 409, status)
	require.Equal(t, "idempotency.mismatch", body["code"])
	require.Equal(t, 2, s.objects())
}

func TestUploadRefuses(t *testing.T) { //nolint:tparallel // its steps share one server, in order
	t.Parallel()
	s := newServer(t, testkit.SQLite(t), manager())
	tests := []struct {
		name   string
		parts  []part
		status int
		code   string
	}{
		{"html named jpg", []part{{"file", "a.jpg", "image/jpeg", []byte("<html><body>hi</body></html>")}}, 415, "file.type_unsupported"},
		{"html that says so", []part{{"file", "a.jpg", "text/html", []byte("<html>")}}, 415, "file.type_unsupported"},
		{"gif", []part{{"file", "a.gif", "", []byte("GIF89a\x01\x00\x01\x00")}}, 415, "file.type_unsupported"},
		{"bomb", []part{{"file", "a.png", "image/png", bomb()}}, 422, "file.dimensions"},
		{"half a picture", []part{{"file", "a.jpg", "image/jpeg", photo(t)[:200]}}, 422, "file.corrupt"},
		{"empty file", []part{{"file", "a.jpg", "image/jpeg", nil}}, 415, "file.type_unsupported"},
		{"empty file of no type", []part{{"file", "a.jpg", "", nil}}, 422, "input.invalid"},
		{"more than 10 MB", []part{{"file", "a.jpg", "image/jpeg", append(photo(t), make([]byte, 10<<20)...)}}, 413, "file.too_large"},
		{"no file", []part{{"photo", "a.jpg", "image/jpeg", photo(t)}}, 422, "input.invalid"},
		{"two files", []part{{"file", "a.jpg", "image/jpeg", photo(t)}, {"file", "b.jpg", "image/jpeg", photo(t)}}, 422, "input.invalid"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			start := time.Now()
			status, _, body := s.upload("/v1/staff/files", "", test.parts...)
			if len(test.parts[0].data) < 1<<20 {
				require.Less(t, time.Since(start), time.Second)
			}
			require.Equal(t, test.status, status, body)
			require.Equal(t, test.code, body["code"])
			require.Contains(t, fieldsOf(body), `"file"`)
			require.Zero(t, s.objects())
		})
	}
}

func TestDocumentAnswers(t *testing.T) {
	t.Parallel()
	const pdf = "%PDF-1.4\n1 0 obj\n<< >>\nendobj\n%%EOF"
	s := newServer(t, testkit.SQLite(t), manager())
	status, _, body := s.upload("/v1/staff/files", "", part{"file", "方案.pdf", "application/pdf", []byte(pdf)})
	require.Equal(t, 201, status, body)
	require.Equal(t, "none", body["check"])
	require.Empty(t, body["thumb_url"])
	require.EqualValues(t, 0, body["width"])
	require.EqualValues(t, len(pdf), body["bytes"])
	status, kept := s.get(body["url"].(string))
	require.Equal(t, 200, status)
	require.Equal(t, pdf, string(kept))
	status, _, body = s.upload("/v1/staff/files", "", part{"file", "a.pdf", "application/pdf", []byte("<html><body>hi</body></html>")})
	require.Equal(t, 415, status)
	require.Equal(t, "file.type_unsupported", body["code"])
	require.Equal(t, 1, s.objects())
	customer := newServer(t, testkit.SQLite(t), actor.Actor{Kind: actor.Customer, ID: id.New()})
	status, _, body = customer.upload("/v1/me/files", "", part{"file", "a.pdf", "application/pdf", []byte(pdf)})
	require.Equal(t, 415, status, body)
}

func TestUploadCutShort(t *testing.T) {
	t.Parallel()
	s := newServer(t, testkit.SQLite(t), manager())
	const boundary = "b0undary"
	whole := "--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\n" + string(photo(t))
	for _, percent := range []int{10, 50, 99} {
		status, _, body := s.post("/v1/staff/files", "multipart/form-data; boundary="+boundary, "", strings.NewReader(whole[:len(whole)*percent/100]))
		require.GreaterOrEqual(t, status, 400, body)
		require.Less(t, status, 500, body)
		require.Zero(t, s.objects())
	}
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	s := newServer(t, testkit.SQLite(t), manager())
	_, _, made := s.upload("/v1/staff/files", "", part{"file", "a.jpg", "image/jpeg", photo(t)})
	path := "/v1/staff/files/" + made["id"].(string) + "/withdraw"
	status, _, body := s.post(path, "application/json", "", strings.NewReader(`{}`))
	require.Equal(t, 422, status)
	require.Contains(t, fieldsOf(body), "body.reason")
	status, _, body = s.post(path, "application/json", "", strings.NewReader(`{"reason":"拍到了客户的私人物品"}`))
	require.Equal(t, 204, status, body)
	status, _ = s.get(made["url"].(string))
	require.Equal(t, 404, status)
	status, _, body = s.post("/v1/staff/files/"+id.New().String()+"/withdraw", "application/json", "", strings.NewReader(`{"reason":"没有这张"}`))
	require.Equal(t, 404, status)
	require.Equal(t, "not_found", body["code"])
}
