package files

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"guike/internal/actor"
	"guike/internal/blob"
	"guike/internal/document"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/picture"
	"guike/model/db"
	"guike/model/files"
	"guike/model/once"
	"guike/model/outbox"
)

// Stored is a file and where it can be seen.
type Stored struct {
	File files.File
	Picture
}

// kept is what an upload leaves under its idempotency key.
type kept struct {
	ID id.ID `json:"id"`
}

// Upload makes a safe picture of r and keeps it for the actor; a PDF of staff is kept as it is. Its objects are put before its row is
// inserted, so that there is no row without objects; whatever fails in between leaves nothing, or a
// stray that the sweep removes. A customer's picture is theirs alone to see until its content has
// been checked. Faults: those of picture.Normalise and document.Read, file.quota, storage.full,
// idempotency.mismatch.
func (s *Service) Upload(ctx context.Context, who actor.Actor, key once.Key, r io.Reader) (stored Stored, replayed bool, err error) {
	before, replayed, err := s.earlier(ctx, who, key)
	if err != nil {
		return Stored{}, false, err
	}
	if replayed {
		stored, err = s.again(ctx, before)
		return stored, true, err
	}
	if err := s.room(ctx, who); err != nil {
		return Stored{}, false, err
	}
	c, err := s.take(ctx, who, r)
	if err != nil {
		return Stored{}, false, named(err)
	}
	f := fileOf(who, c)
	if err := s.put(ctx, f, c); err != nil {
		s.abandon(ctx, f)
		return Stored{}, false, err
	}
	result, replayed, err := s.arrive(ctx, who, key, &f)
	if err != nil || replayed {
		s.abandon(ctx, f)
	}
	if err != nil {
		return Stored{}, false, err
	}
	if replayed {
		stored, err = s.again(ctx, result)
		return stored, true, err
	}
	pictured, err := s.link(ctx, f)
	return Stored{f, pictured}, false, err
}

// errFresh takes back the look at a key that nobody has used.
var errFresh = errors.New("the key is fresh")

// earlier looks for an upload with the same key before any work is done.
func (s *Service) earlier(ctx context.Context, who actor.Actor, key once.Key) (k kept, found bool, err error) {
	if key.Value == "" {
		return k, false, nil
	}
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		k, found, err = once.Do(ctx, tx, who, key, func() (kept, error) { return kept{}, errFresh })
		return err
	})
	if errors.Is(err, errFresh) {
		return kept{}, false, nil
	}
	return k, found, err
}

// again answers a repeated upload with the file of the first.
func (s *Service) again(ctx context.Context, k kept) (Stored, error) {
	f, err := files.ByID(ctx, s.d.DB, k.ID)
	if db.Missing(err) { // nothing showed it for a day
		return Stored{}, fault.Missing()
	}
	if err != nil {
		return Stored{}, fmt.Errorf("read file: %w", err)
	}
	if f.State == files.Withdrawn {
		return Stored{}, faultWithdrawn()
	}
	pictured, err := s.link(ctx, f)
	return Stored{f, pictured}, err
}

// room refuses a customer who has used up the quota, before any work is done.
func (s *Service) room(ctx context.Context, who actor.Actor) error {
	if who.Kind != actor.Customer {
		return nil
	}
	used, err := files.Usage(ctx, s.d.DB, who.ID)
	if err == nil && used >= s.d.CustomerQuota {
		return faultQuota()
	}
	return err
}

// named adds the field to what the picture's faults say.
func named(err error) error {
	if f, ok := fault.Of(err); ok && len(f.Fields) == 0 {
		return f.At(field, "unacceptable", f.Text.ZH, f.Text.EN)
	}
	return err
}

// content is what is kept of an upload.
type content struct {
	kind files.Kind
	picture.Result
}

// take tells a document of staff from everything else, which is to be a picture.
func (s *Service) take(ctx context.Context, who actor.Actor, r io.Reader) (content, error) {
	b := bufio.NewReader(r)
	head, _ := b.Peek(document.SignatureBytes) // what goes wrong is met again by whoever reads on
	if who.Kind != actor.Staff || !document.Is(head) {
		pic, err := s.d.Pictures.Normalise(ctx, b)
		return content{files.Picture, pic}, err
	}
	select {
	case s.turns <- struct{}{}:
		defer func() { <-s.turns }()
	case <-ctx.Done():
		return content{}, fmt.Errorf("waiting to read a document: %w", ctx.Err())
	}
	data, err := document.Read(b, s.d.DocumentBytes)
	return content{files.Document, picture.Result{Image: data, ContentType: document.PDF, SHA256: sha256.Sum256(data)}}, err
}

func fileOf(who actor.Actor, c content) files.File {
	f := files.File{
		ID: id.New(), Kind: c.kind, OwnerKind: who.Kind, OwnerID: who.ID, StoreID: who.StoreID,
		ContentType: c.ContentType, Bytes: int64(len(c.Image)), ThumbBytes: int64(len(c.Thumb)),
		Width: c.Width, Height: c.Height, SHA256: c.SHA256[:], State: files.Uploaded, CheckState: files.CheckNone,
	}
	if who.Kind == actor.Customer {
		f.CheckState = files.CheckPending
	}
	return f
}

// put announces the objects and puts them.
func (s *Service) put(ctx context.Context, f files.File, c content) error {
	err := s.d.DB.Tx(ctx, func(tx *db.Tx) error { return files.BeginTx(ctx, tx, f.ID, f.ContentType) })
	if err != nil {
		return err
	}
	body, thumb := f.Keys()
	err = s.d.Blobs.Put(ctx, body, f.ContentType, bytes.NewReader(c.Image), f.Bytes)
	if err == nil && thumb != "" {
		err = s.d.Blobs.Put(ctx, thumb, picture.JPEG, bytes.NewReader(c.Thumb), f.ThumbBytes)
	}
	if errors.Is(err, blob.ErrNoSpace) {
		return faultFull().Because(err)
	}
	if err != nil {
		return fmt.Errorf("put file: %w", err)
	}
	return nil
}

// arrive inserts the row whose objects are put.
func (s *Service) arrive(ctx context.Context, who actor.Actor, key once.Key, f *files.File) (k kept, replayed bool, err error) {
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		k, replayed, err = once.Do(ctx, tx, who, key, func() (kept, error) {
			return kept{f.ID}, s.arriveTx(ctx, tx, f)
		})
		return err
	})
	return k, replayed, err
}

func (s *Service) arriveTx(ctx context.Context, tx *db.Tx, f *files.File) error {
	if err := files.ArriveTx(ctx, tx, f.ID); err != nil {
		return err
	}
	if f.CheckState == files.CheckPending {
		f.CheckDue = tx.Now.Add(CheckTime).UnixMilli()
		ok, err := files.UseTx(ctx, tx, f.OwnerID, f.Bytes+f.ThumbBytes, s.d.CustomerQuota)
		if err != nil {
			return err
		}
		if !ok {
			return faultQuota()
		}
		if err := outbox.AddTx(ctx, tx, files.TopicCheckRequested, files.Event{FileID: f.ID}); err != nil {
			return err
		}
	}
	return files.InsertTx(ctx, tx, f)
}

// abandon removes what a failed upload has put, as far as the store can be reached; the sweep does the
// rest. When the answer to the commit was lost and the row is there, nothing is removed.
func (s *Service) abandon(ctx context.Context, f files.File) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	doomed := false
	err := s.d.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		doomed, err = files.AbandonTx(ctx, tx, f.ID)
		return err
	})
	if err == nil && doomed {
		err = s.forget(ctx, []files.Stray{{FileID: f.ID, ContentType: f.ContentType}})
	}
	if err != nil {
		s.d.Log.WarnContext(ctx, "upload left objects to the sweep", slog.String("file", f.ID.String()), slog.Any("error", err))
	}
}
