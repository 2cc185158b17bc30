package files

import (
	"context"
	"fmt"
	"time"

	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
)

// StrayAfter is how long objects may lie without a row (I42).
const StrayAfter = 24 * time.Hour

// Stray says that there may be objects under a file's keys for which no row stands: an upload under
// way, or what was deleted. Once doomed it never becomes a file; its objects are removed.
type Stray struct {
	FileID      id.ID `gorm:"primaryKey"`
	ContentType string
	Doomed      bool
	Due         int64 // Unix milliseconds; when it is to be removed
}

// TableName is the strays' table.
func (Stray) TableName() string { return "file_strays" }

// BeginTx announces that objects are about to be put for a file.
func BeginTx(ctx context.Context, tx *db.Tx, file id.ID, contentType string) error {
	return addStray(ctx, tx, Stray{FileID: file, ContentType: contentType, Due: tx.Now.Add(StrayAfter).UnixMilli()})
}

// DoomTx owes the removal of a file's objects, from now on. It may be called again.
func DoomTx(ctx context.Context, tx *db.Tx, file id.ID, contentType string) error {
	if doomed, err := AbandonTx(ctx, tx, file); doomed || err != nil {
		return err
	}
	return addStray(ctx, tx, Stray{FileID: file, ContentType: contentType, Doomed: true, Due: tx.Now.UnixMilli()})
}

func addStray(ctx context.Context, tx *db.Tx, s Stray) error {
	if err := db.Insert(ctx, tx, &s); err != nil {
		return fmt.Errorf("note objects without a row: %w", err)
	}
	return nil
}

// ArriveTx ends an upload: its row is inserted in the same transaction. An upload that lasted so long
// that its objects were doomed is refused with store.unavailable; sending it again helps.
func ArriveTx(ctx context.Context, tx *db.Tx, file id.ID) error {
	gone := tx.Conn(ctx).Where("file_id = ? AND doomed = ?", file, false).Delete(&Stray{})
	if gone.Error != nil {
		return fmt.Errorf("end upload: %w", gone.Error)
	}
	if gone.RowsAffected == 0 {
		return fault.StoreAway(fmt.Errorf("upload of %s took longer than its objects are kept", file))
	}
	return nil
}

// AbandonTx dooms an upload that failed; ok is false when its row arrived after all, and then nothing
// may be removed.
func AbandonTx(ctx context.Context, tx *db.Tx, file id.ID) (ok bool, err error) {
	changed := tx.Conn(ctx).Model(&Stray{}).Where("file_id = ?", file).
		UpdateColumns(map[string]any{"doomed": true, "due": tx.Now.UnixMilli()})
	if changed.Error != nil {
		return false, fmt.Errorf("abandon upload: %w", changed.Error)
	}
	return changed.RowsAffected > 0, nil
}

// ClaimStrays dooms what is due and returns it, n at most. What is returned may be returned again, to
// others too, until ForgetTx: removing objects twice does no harm.
func ClaimStrays(ctx context.Context, d *db.DB, n int) ([]Stray, error) {
	var mine []Stray
	now := d.Now().UnixMilli()
	err := d.Conn(ctx).Where("due <= ?", now).Order("due, file_id").Limit(n).Find(&mine).Error
	if err != nil || len(mine) == 0 {
		return nil, err
	}
	ids := make([]id.ID, 0, len(mine))
	for _, s := range mine {
		ids = append(ids, s.FileID)
	}
	err = d.Tx(ctx, func(tx *db.Tx) error {
		mine = nil
		// A row that arrived since then is gone from the table and thus not doomed.
		doomed := tx.Conn(ctx).Model(&Stray{}).Where("file_id IN ?", ids).UpdateColumn("doomed", true)
		if doomed.Error != nil {
			return doomed.Error
		}
		return tx.Conn(ctx).Where("file_id IN ? AND doomed = ?", ids, true).Find(&mine).Error
	})
	if err != nil {
		return nil, fmt.Errorf("claim objects without a row: %w", err)
	}
	return mine, nil
}

// ForgetTx ends a stray whose objects are gone.
func ForgetTx(ctx context.Context, tx *db.Tx, files []id.ID) error {
	if len(files) == 0 {
		return nil
	}
	if err := tx.Conn(ctx).Where("file_id IN ? AND doomed = ?", files, true).Delete(&Stray{}).Error; err != nil {
		return fmt.Errorf("forget objects: %w", err)
	}
	return nil
}

// Known tells which of the ids have a row that stands for objects, or a stray that will see to them.
func Known(ctx context.Context, r db.Reader, ids []id.ID) (map[id.ID]bool, error) {
	known := make(map[id.ID]bool, len(ids))
	if len(ids) == 0 {
		return known, nil
	}
	var strays, rows []id.ID
	// Strays first: an upload that arrives between the queries is then seen as a row.
	if err := r.Conn(ctx).Model(&Stray{}).Where("file_id IN ?", ids).Pluck("file_id", &strays).Error; err != nil {
		return nil, fmt.Errorf("look for strays: %w", err)
	}
	if err := r.Conn(ctx).Model(&File{}).Where("id IN ? AND state <> ?", ids, Withdrawn).Pluck("id", &rows).Error; err != nil {
		return nil, fmt.Errorf("look for files: %w", err)
	}
	for _, i := range append(strays, rows...) {
		known[i] = true
	}
	return known, nil
}
