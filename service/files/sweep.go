package files

import (
	"context"
	"fmt"
	"log/slog"

	"guike/internal/blob"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/files"
)

const (
	sweepBatch = 50
	listBatch  = 500
	// suspicious is how many unknown objects in a row, with no known one among them, mean that the
	// store belongs to another database rather than that so much was left behind.
	suspicious = 100
)

// SweepOrphans removes files that no row has shown for a day after their upload, and objects whose
// upload was never finished. It works in small batches until nothing is due; any number of instances
// may run it at once.
func (s *Service) SweepOrphans(ctx context.Context) error {
	for _, step := range []func(context.Context) (int, error){s.sweepRows, s.sweepStrays} {
		for {
			n, err := step(ctx)
			if err != nil {
				return err
			}
			if n < sweepBatch {
				break
			}
		}
	}
	return nil
}

// sweepRows deletes rows first and owes the removal of their objects in the same transaction.
func (s *Service) sweepRows(ctx context.Context) (int, error) {
	before := s.d.DB.Now().Add(-files.StrayAfter)
	ids, err := files.Unattached(ctx, s.d.DB, before, sweepBatch)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		locked, err := files.LockManyTx(ctx, tx, ids)
		if err != nil {
			return err
		}
		for _, file := range ids {
			f, ok := locked[file]
			if !ok || f.State != files.Uploaded { // attached meanwhile
				continue
			}
			if err := s.discardTx(ctx, tx, f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("sweep files that nothing shows: %w", err)
	}
	return len(ids), nil
}

func (s *Service) discardTx(ctx context.Context, tx *db.Tx, f files.File) error {
	if err := files.DeleteTx(ctx, tx, f.ID); err != nil {
		return err
	}
	if err := s.freeTx(ctx, tx, f); err != nil {
		return err
	}
	return files.DoomTx(ctx, tx, f.ID, f.ContentType)
}

func (s *Service) sweepStrays(ctx context.Context) (int, error) {
	strays, err := files.ClaimStrays(ctx, s.d.DB, sweepBatch)
	if err != nil {
		return 0, err
	}
	return len(strays), s.forget(ctx, strays)
}

// forget removes the objects of doomed strays, and then the strays.
func (s *Service) forget(ctx context.Context, strays []files.Stray) error {
	gone := make([]id.ID, 0, len(strays))
	for _, stray := range strays {
		if err := s.remove(ctx, stray.FileID, stray.ContentType); err != nil {
			return err
		}
		gone = append(gone, stray.FileID)
	}
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error { return files.ForgetTx(ctx, tx, gone) })
}

// SweepObjects looks through the whole blob store for objects older than a day for which neither a row
// nor an upload under way stands, such as those of withdrawn files whose removal was lost, or of a
// database restored from a backup, and removes them (I42). It refuses when it knows nothing of what it
// finds: then the store is most likely another database's.
func (s *Service) SweepObjects(ctx context.Context) error {
	after, known, removed := "", 0, 0
	for {
		page, err := s.d.Blobs.List(ctx, files.KeyPrefix, after, listBatch)
		if err != nil {
			return fmt.Errorf("list objects: %w", err)
		}
		if len(page) == 0 {
			break
		}
		strange, err := s.strange(ctx, page)
		if err != nil {
			return err
		}
		known += len(page) - len(strange)
		if known == 0 && len(strange) >= suspicious {
			return fmt.Errorf("the first %d objects belong to no file: is this blob store another database's?", len(strange))
		}
		for _, key := range strange {
			if err := s.d.Blobs.Delete(ctx, key); err != nil {
				return fmt.Errorf("remove object: %w", err)
			}
		}
		removed, after = removed+len(strange), page[len(page)-1].Key
		if len(page) < listBatch {
			break
		}
	}
	if removed > 0 {
		s.d.Log.InfoContext(ctx, "removed objects without a row", slog.Int("objects", removed))
	}
	return nil
}

// strange picks the keys of old objects that belong to no file.
func (s *Service) strange(ctx context.Context, page []blob.Object) ([]string, error) {
	var ids []id.ID
	for _, o := range page {
		if file, ok := files.OfKey(o.Key); ok {
			ids = append(ids, file)
		}
	}
	known, err := files.Known(ctx, s.d.DB, ids)
	if err != nil {
		return nil, err
	}
	before := s.d.DB.Now().Add(-files.StrayAfter)
	var keys []string
	for _, o := range page {
		file, ok := files.OfKey(o.Key)
		if ok && !known[file] && o.ModTime.Before(before) {
			keys = append(keys, o.Key)
		}
	}
	return keys, nil
}
