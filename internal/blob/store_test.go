package blob_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/blob"
	"guike/internal/clock"
)

var (
	noon   = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	secret = []byte("0123456789abcdef0123456789abcdef")
)

const text = "application/octet-stream"

func newFolder(t *testing.T) *blob.Folder {
	t.Helper()
	return openFolder(t, t.TempDir())
}

func openFolder(t *testing.T, dir string) *blob.Folder {
	t.Helper()
	f, err := blob.NewFolder(blob.FolderOptions{
		Dir: dir, PublicURL: "https://api.example/", Secret: secret, Clock: clock.NewManual(noon),
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	return f
}

// stores runs a test on every kind of store.
func stores(t *testing.T, test func(t *testing.T, s blob.Store)) {
	t.Run("folder", func(t *testing.T) {
		t.Parallel()
		test(t, newFolder(t))
	})
	t.Run("s3", func(t *testing.T) {
		t.Parallel()
		s, _ := newS3(t)
		test(t, s)
	})
}

func put(t *testing.T, s blob.Store, key, content string) {
	t.Helper()
	err := s.Put(t.Context(), key, blob.ContentType(key), strings.NewReader(content), int64(len(content)))
	require.NoError(t, err)
}

func get(t *testing.T, s blob.Store, key string) string {
	t.Helper()
	r, err := s.Open(t.Context(), key)
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(data)
}

func TestStoreKeepsFiles(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, s blob.Store) {
		put(t, s, "2026/11/a.jpg", "a picture")
		put(t, s, "plain", "")
		require.Equal(t, "a picture", get(t, s, "2026/11/a.jpg"))
		require.Empty(t, get(t, s, "plain"))

		info, err := s.Stat(t.Context(), "2026/11/a.jpg")
		require.NoError(t, err)
		require.Equal(t, blob.Object{Key: "2026/11/a.jpg", Size: 9, ContentType: "image/jpeg", ModTime: info.ModTime}, info)
		require.Equal(t, time.UTC, info.ModTime.Location())
		require.False(t, info.ModTime.IsZero())

		put(t, s, "2026/11/a.jpg", "another")
		require.Equal(t, "another", get(t, s, "2026/11/a.jpg"))

		r, err := s.Open(t.Context(), "2026/11/a.jpg")
		require.NoError(t, err)
		_, err = r.Seek(3, io.SeekStart)
		require.NoError(t, err)
		rest, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		require.Equal(t, "ther", string(rest)) //nolint:misspell // the end of a longer word
	})
}

func TestStoreMissesFiles(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, s blob.Store) {
		put(t, s, "a/b.jpg", "x")
		for _, key := range []string{"a", "a/c.jpg", "a/b.jpg/c", "z/y/x.jpg"} {
			_, err := s.Open(t.Context(), key)
			require.ErrorIs(t, err, blob.ErrNotFound, key)
			_, err = s.Stat(t.Context(), key)
			require.ErrorIs(t, err, blob.ErrNotFound, key)
			require.NoError(t, s.Delete(t.Context(), key))
		}
		require.Equal(t, "x", get(t, s, "a/b.jpg"))
		require.NoError(t, s.Delete(t.Context(), "a/b.jpg"))
		require.NoError(t, s.Delete(t.Context(), "a/b.jpg"))
		_, err := s.Stat(t.Context(), "a/b.jpg")
		require.ErrorIs(t, err, blob.ErrNotFound)
	})
}

func TestStoreRefusesKeys(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, s blob.Store) {
		for _, key := range []string{
			"", "/", "/etc/passwd", "..", "../a", "a/../../b", "a//b", "a/", ".tmp/x", "a/.hidden", ".", "./a",
			`a\b`, "a b", "a\x00b", "a%2e", "a?b", "图.jpg", strings.Repeat("a", blob.MaxKey+1),
		} {
			require.ErrorIs(t, s.Put(t.Context(), key, text, strings.NewReader("x"), 1), blob.ErrKey, key)
			_, err := s.Open(t.Context(), key)
			require.ErrorIs(t, err, blob.ErrKey, key)
			_, err = s.Stat(t.Context(), key)
			require.ErrorIs(t, err, blob.ErrKey, key)
			_, err = s.SignedURL(t.Context(), key, noon)
			require.ErrorIs(t, err, blob.ErrKey, key)
			require.ErrorIs(t, s.Delete(t.Context(), key), blob.ErrKey, key)
		}
		err := s.Put(t.Context(), "a.jpg", "text/html", strings.NewReader("x"), 1)
		require.ErrorIs(t, err, blob.ErrKey)
	})
}

func TestStoreLeavesNothingOfFailedPut(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection reset")
	stores(t, func(t *testing.T, s blob.Store) {
		put(t, s, "a.jpg", "old")
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		cases := map[string]struct {
			ctx  context.Context
			r    io.Reader
			size int64
			want error
		}{
			"fewer bytes":      {t.Context(), strings.NewReader("new"), 4, blob.ErrSize},
			"more bytes":       {t.Context(), strings.NewReader("new"), 2, blob.ErrSize},
			"more than none":   {t.Context(), strings.NewReader("new"), 0, blob.ErrSize},
			"byte by byte":     {t.Context(), iotest.OneByteReader(strings.NewReader("new")), 2, blob.ErrSize},
			"negative size":    {t.Context(), strings.NewReader("new"), -1, blob.ErrSize},
			"broken reader":    {t.Context(), io.MultiReader(strings.NewReader("n"), iotest.ErrReader(broken)), 3, broken},
			"broken at end":    {t.Context(), io.MultiReader(strings.NewReader("new"), iotest.ErrReader(broken)), 3, broken},
			"context is ended": {ended, strings.NewReader("new"), 3, context.Canceled},
		}
		for name, c := range cases {
			require.ErrorIs(t, s.Put(c.ctx, "a.jpg", "image/jpeg", c.r, c.size), c.want, name)
			require.ErrorIs(t, s.Put(c.ctx, "fresh.jpg", "image/jpeg", iotest.ErrReader(c.want), 3), c.want, name)
		}
		require.Equal(t, "old", get(t, s, "a.jpg"))
		found, err := s.List(t.Context(), "", "", 100)
		require.NoError(t, err)
		require.Equal(t, []string{"a.jpg"}, keys(found))
	})
}

func TestStoreLists(t *testing.T) {
	t.Parallel()
	all := []string{
		"a", "b-c/x", "b.c", "b/c/1.jpg", "b/c/2.jpg", "b/d", "b0", "c/a", "c/b/a", "c/b0",
	}
	stores(t, func(t *testing.T, s blob.Store) {
		for i := range all {
			put(t, s, all[(i*7)%len(all)], "x")
		}
		require.True(t, slices.IsSorted(all))
		prefixes := []string{"", "b", "b/", "b/c", "b/c/1", "c/b", "none", "b/c/1.jpg"}
		for _, prefix := range prefixes {
			want := slices.DeleteFunc(slices.Clone(all), func(k string) bool { return !strings.HasPrefix(k, prefix) })
			for limit := 1; limit <= len(all)+1; limit++ {
				var got []string
				for after := ""; ; {
					page, err := s.List(t.Context(), prefix, after, limit)
					require.NoError(t, err)
					require.LessOrEqual(t, len(page), limit)
					got = append(got, keys(page)...)
					if len(page) < limit {
						break
					}
					after = page[limit-1].Key
				}
				require.ElementsMatch(t, want, got, "prefix %q limit %d", prefix, limit)
				require.True(t, slices.IsSorted(got))
			}
		}
		page, err := s.List(t.Context(), "", "b/c/", 2) // after what is no key itself
		require.NoError(t, err)
		require.Equal(t, []string{"b/c/1.jpg", "b/c/2.jpg"}, keys(page))
		require.EqualValues(t, 1, page[0].Size)
		require.Equal(t, "image/jpeg", page[0].ContentType)
		page, err = s.List(t.Context(), "", "", 0)
		require.NoError(t, err)
		require.Empty(t, page)
	})
}

func keys(objects []blob.Object) []string {
	var out []string
	for _, o := range objects {
		out = append(out, o.Key)
	}
	return out
}

func TestStoreTakesConcurrentWriters(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, s blob.Store) {
		failed := make(chan error, 8)
		for i := range cap(failed) {
			go func() {
				body := bytes.Repeat([]byte{byte('a' + i)}, 50_000)
				failed <- s.Put(context.Background(), "one/key.jpg", "image/jpeg", bytes.NewReader(body), int64(len(body)))
			}()
		}
		for range cap(failed) {
			require.NoError(t, <-failed)
		}
		got := get(t, s, "one/key.jpg")
		require.Equal(t, strings.Repeat(got[:1], 50_000), got)
	})
}

func TestSignedURLIsStableWithinMark(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, s blob.Store) {
		at := func(hour, minute int) string {
			now := time.Date(2026, 11, 21, hour, minute, 0, 0, time.UTC)
			u, err := s.SignedURL(t.Context(), "a.jpg", blob.ExpiryMark(now, 24*time.Hour))
			require.NoError(t, err)
			return u
		}
		require.Equal(t, at(6, 1), at(12, 0))
		require.NotEqual(t, at(12, 0), at(12, 1))
		other, err := s.SignedURL(t.Context(), "b.jpg", blob.ExpiryMark(noon, 24*time.Hour))
		require.NoError(t, err)
		require.NotContains(t, at(12, 0), strings.SplitAfter(other, "=")[len(strings.SplitAfter(other, "="))-1])
	})
}

func TestExpiryMark(t *testing.T) {
	t.Parallel()
	shanghai := time.FixedZone("CST", 8*3600)
	cases := []struct {
		now  time.Time
		ttl  time.Duration
		want string
	}{
		{noon, 0, "2026-11-21T12:00:00Z"},
		{noon, time.Millisecond, "2026-11-21T18:00:00Z"},
		{noon.Add(-time.Second), time.Second, "2026-11-21T12:00:00Z"},
		{noon, 24 * time.Hour, "2026-11-22T12:00:00Z"},
		{noon.Add(time.Hour), 24 * time.Hour, "2026-11-22T18:00:00Z"},
		{time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC), time.Hour, "2027-01-01T06:00:00Z"},
		{time.Date(2026, 11, 21, 20, 0, 0, 0, shanghai), time.Minute, "2026-11-21T18:00:00Z"},
	}
	for _, c := range cases {
		t.Run(fmt.Sprint(c.now, c.ttl), func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, blob.ExpiryMark(c.now, c.ttl).Format(time.RFC3339))
		})
	}
}

func TestExtensionFitsContentType(t *testing.T) {
	t.Parallel()
	for _, contentType := range []string{"image/jpeg", "image/png", "application/zip", "application/json"} {
		require.Equal(t, contentType, blob.ContentType("key"+blob.Extension(contentType)))
	}
	require.Empty(t, blob.Extension("text/html"))
	for _, key := range []string{"a.html", "a.svg", "a.js", "a", "a.JPG.exe"} {
		require.Equal(t, text, blob.ContentType(key))
	}
}
