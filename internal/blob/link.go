package blob

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"guike/internal/fault"
	"guike/internal/fault/problem"
	"guike/internal/obs"
)

// FilesPath is the path under which Handler expects the keys.
const FilesPath = "/files/"

// SignedURL is {PublicURL}/files/{key}?e={unix seconds}&s={signature}.
func (f *Folder) SignedURL(_ context.Context, key string, expires time.Time) (string, error) {
	if err := checkKey(key); err != nil {
		return "", err
	}
	e := strconv.FormatInt(expires.Unix(), 10)
	return f.public + FilesPath + key + "?e=" + e + "&s=" + f.sign(key, e), nil
}

func (f *Folder) sign(key, e string) string {
	m, _ := f.signings.Get().(*signing)
	if m == nil {
		m = &signing{mac: hmac.New(sha256.New, f.secret)}
	}
	m.mac.Reset()
	m.buf = append(append(append(append(m.buf[:0], "guike file link\n"...), key...), '\n'), e...)
	m.mac.Write(m.buf)
	m.buf = m.mac.Sum(m.buf[:0])
	s := base64.RawURLEncoding.EncodeToString(m.buf)
	f.signings.Put(m)
	return s
}

// VerifyLink tells whether s signs key and e, the parameters of a link, and the link has not expired
// at now. The signature is compared in constant time. A link is good up to its expiry, exclusively.
func (f *Folder) VerifyLink(key, e, s string, now time.Time) bool {
	genuine := hmac.Equal([]byte(s), []byte(f.sign(key, e)))
	seconds, err := strconv.ParseInt(e, 10, 64)
	return genuine && err == nil && now.Before(time.Unix(seconds, 0))
}

// Handler serves signed links, GET and HEAD, ranges and conditional requests included. Whatever is
// wrong with a link, and also a file that is gone, is answered with the same 404 problem.
func (f *Folder) Handler() http.Handler { return http.HandlerFunc(f.serve) }

func (f *Folder) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	key, ok := strings.CutPrefix(r.URL.Path, FilesPath)
	query, now := r.URL.Query(), f.clock.Now()
	e := query.Get("e")
	if !ok || !f.VerifyLink(key, e, query.Get("s"), now) {
		writeMissing(w, r)
		return
	}
	file, info, err := f.open(key)
	if err != nil {
		f.fail(w, r, key, err)
		return
	}
	defer func() { _ = file.Close() }()
	seconds, _ := strconv.ParseInt(e, 10, 64) // verified above
	header := w.Header()
	describe(header, key)
	header.Set("Cache-Control", fmt.Sprintf("private, max-age=%d", seconds-now.Unix()))
	header.Set("ETag", fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size()))
	http.ServeContent(w, r, "", info.ModTime(), file)
}

// describe says what a file is, so that no browser guesses or runs it.
func describe(header http.Header, key string) {
	header.Set("Content-Type", ContentType(key))
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if how := disposition(key); how != "" {
		header.Set("Content-Disposition", how)
	}
}

// disposition has everything but pictures offered for download, so that no page of ours shows it.
func disposition(key string) string {
	if strings.HasPrefix(ContentType(key), "image/") {
		return ""
	}
	return "attachment"
}

func (f *Folder) fail(w http.ResponseWriter, r *http.Request, key string, err error) {
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrKey) {
		writeMissing(w, r)
		return
	}
	f.log.ErrorContext(r.Context(), "file not served", slog.String("key", key), slog.Any("error", err))
	writeProblem(w, r, problem.Internal())
}

func writeMissing(w http.ResponseWriter, r *http.Request) { writeProblem(w, r, fault.Missing()) }

func writeProblem(w http.ResponseWriter, r *http.Request, f *fault.Fault) {
	p := problem.New(f, problem.Language(r.Header.Get("Accept-Language")), obs.RequestID(r.Context()))
	header := w.Header()
	header.Set("Content-Type", p.ContentType(""))
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // a phone that hung up needs no answer
}

// signing is what a signature needs, kept for the next one.
type signing struct {
	mac hash.Hash
	buf []byte
}
