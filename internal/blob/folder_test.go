package blob_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/blob"
	"guike/internal/clock"
	"guike/internal/fault"
)

func TestNewFolderRefusesShortSecret(t *testing.T) {
	t.Parallel()
	_, err := blob.NewFolder(blob.FolderOptions{Dir: t.TempDir(), Secret: secret[:31], Clock: clock.System{}})
	require.ErrorContains(t, err, "secret")
	require.NotContains(t, err.Error(), string(secret[:8]))
}

func TestFolderSweepsOldTemporaryFilesOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tmp := filepath.Join(dir, ".tmp")
	require.NoError(t, os.Mkdir(tmp, 0o750))
	for name, age := range map[string]time.Duration{"old": 25 * time.Hour, "fresh": time.Hour} {
		path := filepath.Join(tmp, name)
		require.NoError(t, os.WriteFile(path, []byte("x"), 0o600))
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.NoError(t, os.Chtimes(path, time.Time{}, info.ModTime().Add(-age)))
	}
	f := openFolder(t, dir)
	entries, err := os.ReadDir(tmp)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.Equal(t, "fresh", entries[0].Name())
	found, err := f.List(t.Context(), "", "", 10)
	require.NoError(t, err)
	require.Empty(t, found)
}

func TestFolderLeavesNoTemporaryFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := openFolder(t, dir)
	put(t, f, "a/b/c.jpg", "x")
	require.Error(t, f.Put(t.Context(), "a/b/d.jpg", "image/jpeg", strings.NewReader("x"), 2))
	require.Error(t, f.Put(t.Context(), "a/b", text, strings.NewReader("x"), 1), "a folder is there")
	var files []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			files = append(files, strings.TrimPrefix(path, dir))
		}
		return err
	}))
	require.Equal(t, []string{"/a/b/c.jpg"}, files)
}

func TestFolderFollowsNoLinkOut(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("x"), 0o600))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "out")))
	f := openFolder(t, dir)
	_, err := f.Open(t.Context(), "out/secret")
	require.Error(t, err)
	require.Error(t, f.Put(t.Context(), "out/new", text, strings.NewReader("x"), 1))
	require.NoFileExists(t, filepath.Join(outside, "new"))
}

func TestFolderOutOfSpace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skip("cannot mount a small file system here:", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, 0)) })
	f := openFolder(t, dir)
	put(t, f, "small.jpg", strings.Repeat("x", 100<<10))

	big := strings.Repeat("x", 300<<10)
	err := f.Put(t.Context(), "big.jpg", "image/jpeg", strings.NewReader(big), int64(len(big)))
	require.ErrorIs(t, err, blob.ErrNoSpace)
	require.ErrorIs(t, err, syscall.ENOSPC)
	found, ok := fault.Of(err)
	require.True(t, ok)
	require.Equal(t, fault.NoSpace, found.Kind)

	put(t, f, "next.jpg", strings.Repeat("x", 100<<10)) // the failed one took nothing
	listed, err := f.List(t.Context(), "", "", 10)
	require.NoError(t, err)
	require.Equal(t, []string{"next.jpg", "small.jpg"}, keys(listed))
}

func TestVerifyLink(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	expires := noon.Add(time.Hour)
	link, err := f.SignedURL(t.Context(), "2026/a.jpg", expires)
	require.NoError(t, err)
	u, err := url.Parse(link)
	require.NoError(t, err)
	require.Equal(t, "https://api.example/files/2026/a.jpg", strings.Split(link, "?")[0])
	e, s := u.Query().Get("e"), u.Query().Get("s")
	require.Equal(t, strconv.FormatInt(expires.Unix(), 10), e)

	require.True(t, f.VerifyLink("2026/a.jpg", e, s, noon))
	require.True(t, f.VerifyLink("2026/a.jpg", e, s, expires.Add(-time.Millisecond)))
	require.False(t, f.VerifyLink("2026/a.jpg", e, s, expires), "expired")
	require.False(t, f.VerifyLink("2026/b.jpg", e, s, noon), "another key")
	require.False(t, f.VerifyLink("2026/a.jpg", "9"+e, s, noon), "a later expiry")
	require.False(t, f.VerifyLink("2026/a.jpg", e, "", noon), "no signature")
	require.False(t, f.VerifyLink("2026/a.jpg", e, s[:len(s)-1], noon), "a shorter signature")

	other, err := blob.NewFolder(blob.FolderOptions{Dir: t.TempDir(), Secret: []byte(strings.Repeat("k", 32)), Clock: clock.System{}})
	require.NoError(t, err)
	require.False(t, other.VerifyLink("2026/a.jpg", e, s, noon), "another secret")
	require.NoError(t, other.Close())
}

func FuzzVerifyLink(f *testing.F) {
	f.Add("a.jpg", "1800000000", "c2lnbmF0dXJl")
	f.Add("../../etc/passwd", "-1", "")
	f.Add("a\nb", "99999999999999999999", "\xff")
	folder, err := blob.NewFolder(blob.FolderOptions{Dir: f.TempDir(), Secret: secret, Clock: clock.System{}})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, key, e, s string) {
		require.False(t, folder.VerifyLink(key, e, s, noon))
	})
}

func TestHandler(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	put(t, f, "2026/a.jpg", "0123456789")
	put(t, f, "export.zip", "PK")
	link := func(key string, expires time.Time) string {
		u, err := f.SignedURL(t.Context(), key, expires)
		require.NoError(t, err)
		return strings.TrimPrefix(u, "https://api.example")
	}
	good := link("2026/a.jpg", noon.Add(time.Hour))
	ask := func(method, target string, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, target, nil)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		f.Handler().ServeHTTP(w, r)
		return w
	}
	t.Run("serves", func(t *testing.T) {
		t.Parallel()
		w := ask(http.MethodGet, good)
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, "0123456789", w.Body.String())
		require.Equal(t, "image/jpeg", w.Header().Get("Content-Type"))
		require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
		require.Equal(t, "private, max-age=3600", w.Header().Get("Cache-Control"))
		require.Empty(t, w.Header().Get("Content-Disposition"))
	})
	t.Run("serves the head", func(t *testing.T) {
		t.Parallel()
		w := ask(http.MethodHead, good)
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, "10", w.Header().Get("Content-Length"))
		require.Empty(t, w.Body.String())
	})
	t.Run("serves a range", func(t *testing.T) {
		t.Parallel()
		w := ask(http.MethodGet, good, "Range", "bytes=2-4")
		require.Equal(t, http.StatusPartialContent, w.Code)
		require.Equal(t, "234", w.Body.String())
	})
	t.Run("knows what the phone has", func(t *testing.T) {
		t.Parallel()
		etag := ask(http.MethodGet, good).Header().Get("ETag")
		require.NotEmpty(t, etag)
		require.Equal(t, http.StatusNotModified, ask(http.MethodGet, good, "If-None-Match", etag).Code)
	})
	t.Run("offers other types for download", func(t *testing.T) {
		t.Parallel()
		w := ask(http.MethodGet, link("export.zip", noon.Add(time.Hour)))
		require.Equal(t, "attachment", w.Header().Get("Content-Disposition"))
		require.Equal(t, "application/zip", w.Header().Get("Content-Type"))
	})
	t.Run("refuses other methods", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, http.StatusMethodNotAllowed, ask(http.MethodPost, good).Code)
	})
	for name, target := range map[string]string{
		"no signature":   "/files/2026/a.jpg",
		"expired":        link("2026/a.jpg", noon),
		"another key":    strings.Replace(good, "a.jpg", "b.jpg", 1),
		"changed expiry": strings.Replace(good, "?e=", "?e=9", 1),
		"climbing":       "/files/../folder_test.go?" + strings.Split(good, "?")[1],
		"encoded climb":  "/files/..%2f..%2fetc%2fpasswd?" + strings.Split(good, "?")[1],
		"no key":         "/files/?" + strings.Split(good, "?")[1],
		"another path":   "/v1/me",
		"file is gone":   link("2026/gone.jpg", noon.Add(time.Hour)),
		"a folder":       link("2026", noon.Add(time.Hour)),
	} {
		t.Run("404 for "+name, func(t *testing.T) {
			t.Parallel()
			w := ask(http.MethodGet, target, "Accept-Language", "en")
			require.Equal(t, http.StatusNotFound, w.Code)
			require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
			require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
			var body map[string]any
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
			require.Equal(t, "not_found", body["code"])
			require.EqualValues(t, 404, body["status"])
			require.Equal(t, "Not found", body["title"])
		})
	}
}
