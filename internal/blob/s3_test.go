package blob_test

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/blob"
)

// fakeS3 speaks as much of the protocol as the store uses.
type fakeS3 struct {
	mu      sync.Mutex
	objects map[string][]byte
	headers map[string]http.Header
	parts   map[string][]byte
	refuse  string // answer every PUT with this code and status 507
	calls   int
}

func newS3(t *testing.T) (*blob.S3, *fakeS3) {
	t.Helper()
	fake := &fakeS3{objects: map[string][]byte{}, headers: map[string]http.Header{}, parts: map[string][]byte{}}
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	s, err := blob.NewS3(s3Options(strings.TrimPrefix(server.URL, "http://")))
	require.NoError(t, err)
	return s, fake
}

func s3Options(endpoint string) blob.S3Options {
	return blob.S3Options{
		Endpoint: endpoint, Plain: true, Region: "cn-east-1", Bucket: "guike",
		AccessKey: "AKIDEXAMPLE", SecretKey: "very/secret+key", PathStyle: true,
	}
}

func (f *fakeS3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, readErr := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	key, q := strings.TrimPrefix(r.URL.Path, "/guike/"), r.URL.Query()
	sum := md5.Sum(body)
	switch {
	case readErr != nil: // cut short
		w.WriteHeader(http.StatusBadRequest)
	case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"):
		s3Refuse(w, http.StatusForbidden, "AccessDenied")
	case r.Method == http.MethodPut && f.refuse != "":
		s3Refuse(w, http.StatusInsufficientStorage, f.refuse)
	case r.Method == http.MethodPut && r.Header.Get("Content-MD5") != base64.StdEncoding.EncodeToString(sum[:]):
		s3Refuse(w, http.StatusBadRequest, "BadDigest")
	case q.Has("list-type"):
		f.list(w, q)
	case q.Has("uploads"), q.Has("uploadId"):
		f.multipart(w, r, key, body)
	case r.Method == http.MethodPut:
		f.objects[key], f.headers[key] = body, r.Header
		w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sum))
	case r.Method == http.MethodDelete:
		delete(f.objects, key)
		w.WriteHeader(http.StatusNoContent)
	default:
		f.read(w, r, key)
	}
}

func (f *fakeS3) read(w http.ResponseWriter, r *http.Request, key string) {
	data, ok := f.objects[key]
	if !ok {
		s3Refuse(w, http.StatusNotFound, "NoSuchKey")
		return
	}
	w.Header().Set("ETag", fmt.Sprintf(`"%x"`, md5.Sum(data)))
	w.Header().Set("Content-Type", f.headers[key].Get("Content-Type"))
	http.ServeContent(w, r, "", noon, strings.NewReader(string(data)))
}

func (f *fakeS3) multipart(w http.ResponseWriter, r *http.Request, key string, body []byte) {
	q := r.URL.Query()
	switch {
	case q.Has("uploads"):
		_, _ = fmt.Fprintf(w, "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>")
	case r.Method == http.MethodPut:
		f.parts[q.Get("partNumber")] = body
		w.Header().Set("ETag", fmt.Sprintf(`"%x"`, md5.Sum(body)))
	case r.Method == http.MethodDelete:
		f.parts = map[string][]byte{}
		w.WriteHeader(http.StatusNoContent)
	default:
		for _, n := range slices.Sorted(maps.Keys(f.parts)) {
			f.objects[key] = append(f.objects[key], f.parts[n]...)
		}
		_, _ = fmt.Fprintf(w, "<CompleteMultipartUploadResult><Bucket>guike</Bucket><ETag>x</ETag></CompleteMultipartUploadResult>")
	}
}

func (f *fakeS3) list(w http.ResponseWriter, q url.Values) {
	type content struct {
		Key          string
		Size         int
		LastModified string
	}
	var out struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		IsTruncated           bool
		NextContinuationToken string `xml:",omitempty"`
		Contents              []content
	}
	limit, _ := strconv.Atoi(q.Get("max-keys"))
	limit = min(limit, 3) // servers may give fewer than asked for
	after := max(q.Get("start-after"), q.Get("continuation-token"))
	for _, key := range slices.Sorted(maps.Keys(f.objects)) {
		if key <= after || !strings.HasPrefix(key, q.Get("prefix")) {
			continue
		}
		if len(out.Contents) == limit {
			out.IsTruncated, out.NextContinuationToken = true, out.Contents[limit-1].Key
			break
		}
		out.Contents = append(out.Contents, content{key, len(f.objects[key]), noon.Format(time.RFC3339)})
	}
	_ = xml.NewEncoder(w).Encode(out)
}

func s3Refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>no</Message></Error>", code)
}

func TestS3DescribesWhatItSends(t *testing.T) {
	t.Parallel()
	s, fake := newS3(t)
	put(t, s, "a.jpg", "picture")
	require.Equal(t, "image/jpeg", fake.headers["a.jpg"].Get("Content-Type"))
	require.Equal(t, "private, max-age=21600", fake.headers["a.jpg"].Get("Cache-Control"))
	require.Equal(t, "UNSIGNED-PAYLOAD", fake.headers["a.jpg"].Get("X-Amz-Content-Sha256"))
	require.Empty(t, fake.headers["a.jpg"].Get("Content-Disposition"))
	require.NoError(t, s.Put(t.Context(), "a.pdf", "application/pdf", strings.NewReader("document"), 8))
	require.Equal(t, "attachment", fake.headers["a.pdf"].Get("Content-Disposition"))
}

func TestS3SendsLargeFilesInParts(t *testing.T) {
	t.Parallel()
	const size = 17 << 20
	large := func() io.Reader { return io.LimitReader(repeat('x'), size) }
	t.Run("whole", func(t *testing.T) {
		t.Parallel()
		s, fake := newS3(t)
		require.NoError(t, s.Put(t.Context(), "export.zip", "application/zip", large(), size))
		require.Len(t, fake.objects["export.zip"], size)
		require.Len(t, fake.parts, 2)
	})
	t.Run("cut short", func(t *testing.T) {
		t.Parallel()
		s, fake := newS3(t)
		err := s.Put(t.Context(), "export.zip", "application/zip", large(), size+1)
		require.ErrorIs(t, err, blob.ErrSize)
		require.Empty(t, fake.objects)
	})
	t.Run("too long", func(t *testing.T) {
		t.Parallel()
		s, fake := newS3(t)
		err := s.Put(t.Context(), "export.zip", "application/zip", large(), size-1)
		require.ErrorIs(t, err, blob.ErrSize)
		require.Empty(t, fake.objects)
	})
	t.Run("broken", func(t *testing.T) {
		t.Parallel()
		s, fake := newS3(t)
		err := s.Put(t.Context(), "export.zip", "application/zip", iotest.TimeoutReader(large()), size)
		require.ErrorIs(t, err, iotest.ErrTimeout)
		require.Empty(t, fake.objects)
	})
}

type repeat byte

func (r repeat) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r)
	}
	return len(p), nil
}

func TestS3OutOfSpace(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"} {
		s, fake := newS3(t)
		fake.refuse = code
		err := s.Put(t.Context(), "a.jpg", "image/jpeg", strings.NewReader("x"), 1)
		require.ErrorIs(t, err, blob.ErrNoSpace, code)
		require.NotContains(t, err.Error(), "very/secret")
	}
}

func TestS3OtherAnswersAreNoFault(t *testing.T) {
	t.Parallel()
	_, fake := newS3(t)
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	opt := s3Options(strings.TrimPrefix(server.URL, "http://"))
	opt.AccessKey = "AKIDOTHER"
	s, err := blob.NewS3(opt)
	require.NoError(t, err)
	_, err = s.Stat(t.Context(), "a.jpg")
	require.Error(t, err)
	require.NotErrorIs(t, err, blob.ErrNotFound)
	_, err = s.List(t.Context(), "", "", 5)
	require.Error(t, err)
}

func TestNewS3TalksToNobody(t *testing.T) {
	t.Parallel()
	s, fake := newS3(t)
	_, err := s.SignedURL(t.Context(), "a.jpg", noon)
	require.NoError(t, err)
	require.Zero(t, fake.calls)
	unreachable, err := blob.NewS3(s3Options("127.0.0.1:1"))
	require.NoError(t, err)
	_, err = unreachable.SignedURL(t.Context(), "a.jpg", noon)
	require.NoError(t, err)
}

func TestNewS3RefusesGaps(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*blob.S3Options){
		"region":   func(o *blob.S3Options) { o.Region = "" },
		"bucket":   func(o *blob.S3Options) { o.Bucket = "" },
		"key":      func(o *blob.S3Options) { o.AccessKey = "" },
		"secret":   func(o *blob.S3Options) { o.SecretKey = "" },
		"endpoint": func(o *blob.S3Options) { o.Endpoint = "http://with.scheme" },
		"public":   func(o *blob.S3Options) { o.PublicEndpoint = "a/b/c" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opt := s3Options("s3.example")
			spoil(&opt)
			_, err := blob.NewS3(opt)
			require.Error(t, err)
		})
	}
}

func TestS3SignedURLAddressesBucket(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		change func(*blob.S3Options)
		want   string
	}{
		"in the path":     {func(*blob.S3Options) {}, "http://s3.example:9000/guike/2026/a.jpg?"},
		"in the host":     {func(o *blob.S3Options) { o.PathStyle, o.Plain, o.Endpoint = false, false, "oss.example" }, "https://guike.oss.example/2026/a.jpg?"},
		"public endpoint": {func(o *blob.S3Options) { o.PublicEndpoint = "files.example" }, "http://files.example/guike/2026/a.jpg?"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opt := s3Options("s3.example:9000")
			c.change(&opt)
			s, err := blob.NewS3(opt)
			require.NoError(t, err)
			link, err := s.SignedURL(t.Context(), "2026/a.jpg", noon)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(link, c.want), link)
			q, err := url.Parse(link)
			require.NoError(t, err)
			require.Equal(t, "20261114T120000Z", q.Query().Get("X-Amz-Date"))
			require.Equal(t, "604800", q.Query().Get("X-Amz-Expires"))
		})
	}
}
