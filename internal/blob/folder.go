package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"guike/internal/clock"
)

// MinSecret is the least number of bytes of a secret that signs links.
const MinSecret = 32

// FolderOptions say where a Folder keeps its files and how it is reached.
type FolderOptions struct {
	Dir       string       // made when it is not there
	PublicURL string       // scheme, host and perhaps a path in front of /files/, as phones see it
	Secret    []byte       // signs links; at least MinSecret bytes, the same on every instance
	Clock     clock.Clock  // tells the Handler which links have expired
	Log       *slog.Logger // what the Handler could not read; slog.Default() when nil
}

// Folder is a Store in a directory, which several instances may share. No key and no symbolic link
// leads out of it.
type Folder struct {
	signings sync.Pool // of *signing
	root     *os.Root
	public   string
	secret   []byte
	clock    clock.Clock
	log      *slog.Logger
}

const (
	tempDir = ".tmp" // no key starts with a dot
	// staleTemp is the age at which a temporary file can only be what a crash left behind.
	staleTemp = 24 * time.Hour
)

// NewFolder opens the directory, makes it when needed, and removes what crashes left half written.
func NewFolder(opt FolderOptions) (*Folder, error) {
	if len(opt.Secret) < MinSecret {
		return nil, fmt.Errorf("opening file folder: the secret has %d bytes, needs %d", len(opt.Secret), MinSecret)
	}
	if opt.Log == nil {
		opt.Log = slog.Default()
	}
	if err := os.MkdirAll(opt.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("making file folder: %w", err)
	}
	root, err := os.OpenRoot(opt.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening file folder: %w", err)
	}
	f := &Folder{root: root, public: strings.TrimRight(opt.PublicURL, "/"), secret: slices.Clone(opt.Secret), clock: opt.Clock, log: opt.Log}
	if err := f.sweepTemp(); err != nil {
		_ = root.Close()
		return nil, fmt.Errorf("sweeping file folder: %w", err)
	}
	return f, nil
}

// Close releases the directory. Files opened before stay readable.
func (f *Folder) Close() error { return f.root.Close() }

// sweepTemp tells age by the mark of a fresh file, since the folder may be on another machine and
// the injected clock may be ahead.
func (f *Folder) sweepTemp() error {
	if err := f.root.MkdirAll(tempDir, 0o750); err != nil {
		return err
	}
	probe := tempDir + "/" + rand.Text()
	if err := f.root.WriteFile(probe, nil, 0o640); err != nil {
		return noSpace(err)
	}
	defer func() { _ = f.root.Remove(probe) }()
	now, err := f.root.Stat(probe)
	if err != nil {
		return err
	}
	entries, err := fs.ReadDir(f.root.FS(), tempDir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err == nil && now.ModTime().Sub(info.ModTime()) > staleTemp {
			_ = f.root.Remove(tempDir + "/" + entry.Name())
		}
	}
	return nil
}

// Put writes beside, flushes, renames into place and flushes the directory.
func (f *Folder) Put(ctx context.Context, key, contentType string, r io.Reader, size int64) error {
	if err := checkPut(key, contentType, size); err != nil {
		return err
	}
	temp := tempDir + "/" + rand.Text()
	if err := f.writeTemp(ctx, temp, r, size); err != nil {
		_ = f.root.Remove(temp)
		return fmt.Errorf("writing file %s: %w", key, noSpace(err))
	}
	if err := f.place(temp, key); err != nil {
		_ = f.root.Remove(temp)
		return fmt.Errorf("placing file %s: %w", key, noSpace(err))
	}
	return nil
}

func (f *Folder) writeTemp(ctx context.Context, temp string, r io.Reader, size int64) error {
	file, err := f.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if _, err := io.Copy(file, &exactly{&untilDone{ctx, r}, size}); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	return file.Close()
}

// place renames and flushes every directory that may have gained an entry.
func (f *Folder) place(temp, key string) error {
	dir := path.Dir(key)
	if err := f.root.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	if err := f.root.Rename(temp, key); err != nil {
		return err
	}
	for {
		if err := f.syncDir(dir); err != nil {
			return err
		}
		if dir == "." {
			return nil
		}
		dir = path.Dir(dir)
	}
}

func (f *Folder) syncDir(dir string) error {
	d, err := f.root.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}

// Open opens the file for reading.
func (f *Folder) Open(_ context.Context, key string) (io.ReadSeekCloser, error) {
	file, _, err := f.open(key)
	if err != nil {
		return nil, err
	}
	return file, nil
}

func (f *Folder) open(key string) (*os.File, fs.FileInfo, error) {
	if err := checkKey(key); err != nil {
		return nil, nil, err
	}
	file, err := f.root.Open(key)
	if err != nil {
		return nil, nil, fmt.Errorf("opening file %s: %w", key, notFound(err))
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = ErrNotFound
	}
	if err != nil {
		_ = file.Close()
		return nil, nil, fmt.Errorf("opening file %s: %w", key, err)
	}
	return file, info, nil
}

// Stat describes the file.
func (f *Folder) Stat(_ context.Context, key string) (Object, error) {
	if err := checkKey(key); err != nil {
		return Object{}, err
	}
	info, err := f.root.Stat(key)
	if err == nil && !info.Mode().IsRegular() {
		err = ErrNotFound
	}
	if err != nil {
		return Object{}, fmt.Errorf("looking at file %s: %w", key, notFound(err))
	}
	return object(key, info), nil
}

func object(key string, info fs.FileInfo) Object {
	return Object{Key: key, Size: info.Size(), ContentType: ContentType(key), ModTime: info.ModTime().UTC()}
}

// Delete removes the file; its directory stays.
func (f *Folder) Delete(_ context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if info, err := f.root.Lstat(key); err == nil && info.IsDir() {
		return nil
	}
	if err := notFound(f.root.Remove(key)); err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("deleting file %s: %w", key, err)
	}
	return nil
}

// List walks the directories in the byte order of whole keys.
func (f *Folder) List(ctx context.Context, prefix, after string, limit int) ([]Object, error) {
	l := listing{ctx: ctx, fsys: f.root.FS(), prefix: prefix, after: after, limit: limit}
	if err := l.walk(""); err != nil {
		return nil, fmt.Errorf("listing files: %w", err)
	}
	return l.found, nil
}

type listing struct {
	ctx           context.Context
	fsys          fs.FS
	prefix, after string
	limit         int
	found         []Object
}

// walk adds what is in dir, "" or ending in a slash.
func (l *listing) walk(dir string) error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	entries, err := fs.ReadDir(l.fsys, path.Clean("./"+dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	// A directory sorts as its keys do, by its name with a slash: "a-b" < "a.b" < "a/b".
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(keyOf(a), keyOf(b)) })
	for _, entry := range entries {
		if len(l.found) >= l.limit {
			return nil
		}
		if err := l.visit(dir+keyOf(entry), entry); err != nil {
			return err
		}
	}
	return nil
}

func keyOf(entry fs.DirEntry) string {
	if entry.IsDir() {
		return entry.Name() + "/"
	}
	return entry.Name()
}

func (l *listing) visit(key string, entry fs.DirEntry) error {
	if entry.IsDir() {
		mayHold := strings.HasPrefix(key, l.prefix) || strings.HasPrefix(l.prefix, key)
		if !mayHold || entry.Name()[0] == '.' || key < l.after && !strings.HasPrefix(l.after, key) {
			return nil
		}
		return l.walk(key)
	}
	if key <= l.after || !strings.HasPrefix(key, l.prefix) || !entry.Type().IsRegular() || checkKey(key) != nil {
		return nil //nolint:nilerr // a file with another name is none of ours
	}
	info, err := entry.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	l.found = append(l.found, object(key, info))
	return nil
}

func notFound(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return err
}

func noSpace(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	return err
}

// untilDone stops reading when the context ends.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u *untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}
