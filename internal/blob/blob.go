// Package blob keeps files: in a folder by default, in S3-compatible storage (OSS, COS, MinIO) in
// production. A file is written once under a key that nobody can guess and read through signed
// links that need no session.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"guike/internal/fault"
)

// Store keeps files under keys. A key is 1 to MaxKey bytes of segments divided by single slashes, a
// segment being of [A-Za-z0-9._-] and not starting with a dot; its extension says the content type
// (see ContentType). Every method fails with ErrKey for any other key and is safe for concurrent
// use; of concurrent writers of one key, one wins whole.
type Store interface {
	// Put keeps exactly size bytes of r; once it returns nil they survive a crash. contentType must
	// be that of the key's extension (ErrKey). It fails with ErrSize when r holds fewer or more
	// bytes and with ErrNoSpace when the storage is full; a failed Put leaves what was there.
	Put(ctx context.Context, key, contentType string, r io.Reader, size int64) error
	// Open returns the bytes under key, ErrNotFound when there are none. The caller closes it.
	Open(ctx context.Context, key string) (io.ReadSeekCloser, error)
	// Stat describes the file under key, ErrNotFound when there is none.
	Stat(ctx context.Context, key string) (Object, error)
	// Delete removes the file under key; that there is none is no error.
	Delete(ctx context.Context, key string) error
	// SignedURL makes a link that serves the file up to expires, whole seconds, to whoever has it.
	// It talks to nobody and does not look whether the file is there. The same key and expires
	// give the same link: pass an ExpiryMark, so that phones may keep the picture. S3 takes
	// expires up to MaxLinkTTL ahead.
	SignedURL(ctx context.Context, key string, expires time.Time) (string, error)
	// List returns at most limit files whose keys start with prefix and come after the key after,
	// in byte order of the keys; fewer than limit means that no more follow. Both may be empty.
	List(ctx context.Context, prefix, after string, limit int) ([]Object, error)
}

// Object describes a file.
type Object struct {
	Key         string
	Size        int64
	ContentType string
	ModTime     time.Time // by the storage's own clock, UTC
}

const (
	// MaxKey is the longest key in bytes.
	MaxKey = 200
	// MaxLinkTTL is how far ahead a link may expire: what AWS signatures of version 4 allow.
	MaxLinkTTL = 7 * 24 * time.Hour
	// markEvery is the distance of expiry marks.
	markEvery = 6 * time.Hour
)

var (
	// ErrKey says that a key is malformed, or its extension does not fit the content type.
	ErrKey = errors.New("malformed file key")
	// ErrNotFound says that there is no file under the key.
	ErrNotFound = errors.New("no such file")
	// ErrSize says that the bytes given were fewer or more than announced.
	ErrSize = errors.New("size differs from what was announced")
	// ErrNoSpace says that the storage is full. It is a fault, answered with 507.
	ErrNoSpace error = fault.New(fault.NoSpace, "storage.full",
		"存储空间不足,请稍后再试。", "There is no room to keep the file; try again later.")
)

// ExpiryMark is the instant at which a link made now, to live at least ttl, expires: the next of
// 00:00, 06:00, 12:00 and 18:00 UTC at or after now+ttl. Links made within six hours are thus alike.
func ExpiryMark(now time.Time, ttl time.Duration) time.Time {
	at := now.UTC().Add(ttl)
	mark := at.Truncate(markEvery)
	if mark.Before(at) {
		mark = mark.Add(markEvery)
	}
	return mark
}

// ContentType is the content type that a key's extension stands for; application/octet-stream for
// none and for unknown ones. Types that a browser would run are not among them.
func ContentType(key string) string {
	switch path.Ext(key) {
	case ".jpg":
		return "image/jpeg"
	case ".png":
		return "image/png"
	case ".pdf":
		return "application/pdf"
	case ".json":
		return "application/json"
	case ".csv":
		return "text/csv; charset=utf-8"
	case ".zip":
		return "application/zip"
	case ".xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	return "application/octet-stream"
}

// Extension is the extension, with its dot, of keys for a content type; empty for unknown ones.
func Extension(contentType string) string {
	for _, ext := range []string{".jpg", ".png", ".pdf", ".json", ".csv", ".zip", ".xlsx"} {
		if ContentType(ext) == contentType {
			return ext
		}
	}
	return ""
}

func checkKey(key string) error {
	if key == "" || len(key) > MaxKey {
		return fmt.Errorf("%w: %d bytes", ErrKey, len(key))
	}
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "" || segment[0] == '.' || strings.ContainsFunc(segment, notInKey) {
			return fmt.Errorf("%w: %q", ErrKey, key)
		}
	}
	return nil
}

func notInKey(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r)
}

func checkPut(key, contentType string, size int64) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if want := ContentType(key); contentType != want {
		return fmt.Errorf("%w: %q is for %s, not %s", ErrKey, key, want, contentType)
	}
	if size < 0 {
		return fmt.Errorf("%w: %d bytes", ErrSize, size)
	}
	return nil
}

// exactly reads size bytes and fails with ErrSize when there are fewer or more. It gives the last
// bytes away only when it knows that no more follow.
type exactly struct {
	r    io.Reader
	left int64
}

func (e *exactly) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, e.atEnd()
	}
	n, err := e.r.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	switch {
	case e.left > 0 && errors.Is(err, io.EOF):
		return 0, ErrSize
	case e.left == 0 && (err == nil || errors.Is(err, io.EOF)):
		if end := e.atEnd(); !errors.Is(end, io.EOF) {
			return 0, end
		}
		return n, nil
	}
	return n, err
}

// atEnd is io.EOF when nothing follows.
func (e *exactly) atEnd() error {
	var more [1]byte
	if n, err := io.ReadFull(e.r, more[:]); n == 0 {
		return err
	}
	return ErrSize
}
