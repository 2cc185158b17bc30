// Package files keeps what was uploaded: who owns it, which row shows it, and how far its content has
// been checked. The bytes themselves are in the blob store, under keys that follow from the id.
package files

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
)

// State is where a file stands.
type State string

// The states of a file. One that stays uploaded is removed a day after its upload; a withdrawn one
// keeps its row and loses its bytes.
const (
	Uploaded  State = "uploaded"
	Attached  State = "attached"
	Withdrawn State = "withdrawn"
)

// Kind is what a file is.
type Kind string

// The kinds of files.
const (
	Picture  Kind = "picture"  // a JPEG or PNG with a thumbnail
	Document Kind = "document" // a PDF as it came, of staff only; no thumbnail
)

// Check is how far the content of a customer's picture has been checked. Others see it from
// CheckPassed on.
type Check string

// The states of a check.
const (
	CheckNone    Check = "none"    // staff's pictures are visible at once
	CheckPending Check = "pending" // the platform looks
	CheckPassed  Check = "pass"
	CheckReview  Check = "review" // a person must look
	CheckRisky   Check = "risky"  // for its owner's eyes only
)

// Why says what brought a file into CheckReview.
type Why string

// The reasons. A verdict that comes late still counts, unless the file is in review by a verdict.
const (
	WhyNone    Why = ""
	WhyVerdict Why = "verdict" // the platform was in doubt
	WhyTimeout Why = "timeout" // the platform did not answer in time
	WhyRefused Why = "refused" // the platform would not look
)

// File is one upload.
type File struct {
	ID           id.ID `gorm:"primaryKey"`
	Kind         Kind
	OwnerKind    actor.Kind
	OwnerID      id.ID
	StoreID      id.ID // of the staff member at upload; none for customers'
	ContentType  string
	Bytes        int64
	ThumbBytes   int64
	Width        int // pixels
	Height       int
	SHA256       []byte `gorm:"column:sha256"` // of the image as kept
	State        State
	AttachedKind string // of the row that shows it, such as "daily_log"; empty for none
	AttachedRef  id.ID
	WithdrawnAt  *time.Time
	CheckState   Check
	CheckWhy     Why
	CheckDue     int64   // Unix milliseconds; when a pending check is given to a person
	TraceID      *string // the platform's, of the check under way
	CreatedAt    time.Time
	UpdatedAt    time.Time
	Version      int64
}

// TableName is the files' table.
func (File) TableName() string { return "files" }

// Tables lists the structs of this package for the schema check.
func Tables() []any { return []any{File{}, Stray{}, usage{}, result{}} }

// IsPicture tells that the file can be shown as a picture; its content type must have been read.
func (f File) IsPicture() bool { return strings.HasPrefix(f.ContentType, "image/") }

// Public tells that people other than the owner may see the file (I35).
func (f File) Public() bool {
	return f.State != Withdrawn && (f.CheckState == CheckNone || f.CheckState == CheckPassed)
}

// VisibleTo tells that the actor may see the file.
func (f File) VisibleTo(who actor.Actor) bool {
	return f.Public() || f.State != Withdrawn && f.OwnedBy(who)
}

// OwnedBy tells that the actor uploaded the file.
func (f File) OwnedBy(who actor.Actor) bool { return f.OwnerKind == who.Kind && f.OwnerID == who.ID }

// InsertTx keeps a new file.
func InsertTx(ctx context.Context, tx *db.Tx, f *File) error {
	f.CreatedAt, f.UpdatedAt, f.Version = tx.Now, tx.Now, 1
	if err := db.Insert(ctx, tx, f); err != nil {
		return fmt.Errorf("keep file: %w", err)
	}
	return nil
}

// ByID reads a file; db.Missing when there is none.
func ByID(ctx context.Context, r db.Reader, file id.ID) (File, error) {
	var f File
	err := r.Conn(ctx).Where("id = ?", file).Take(&f).Error
	return f, err
}

// ByIDs reads of files what links to them need (owner, type, states), in one query; ids of none are
// left out.
func ByIDs(ctx context.Context, r db.Reader, ids []id.ID) ([]File, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows := make([]File, 0, len(ids))
	if err := r.Conn(ctx).Select("id", "owner_kind", "owner_id", "content_type", "state", "check_state").Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read files: %w", err)
	}
	return rows, nil
}

// LockTx reads a file and keeps others from changing it; db.Missing when there is none.
func LockTx(ctx context.Context, tx *db.Tx, file id.ID) (File, error) {
	var f File
	err := tx.Lock(ctx).Where("id = ?", file).Take(&f).Error
	return f, err
}

// LockManyTx reads files and keeps others from changing them, lowest id first; ids of none are left out.
func LockManyTx(ctx context.Context, tx *db.Tx, ids []id.ID) (map[id.ID]File, error) {
	sorted := slices.Clone(ids)
	slices.SortFunc(sorted, func(a, b id.ID) int { return slices.Compare(a[:], b[:]) })
	found := make(map[id.ID]File, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	var rows []File
	if err := tx.Lock(ctx).Where("id IN ?", slices.Compact(sorted)).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("lock files: %w", err)
	}
	for _, f := range rows {
		found[f.ID] = f
	}
	return found, nil
}

// LockScopedTx locks a file that the actor's scope reaches: own uploads; those of the store; those of
// the stores of the region; all, customers' among them. Errors: not_found for the rest.
func LockScopedTx(ctx context.Context, tx *db.Tx, who actor.Actor, file id.ID) (File, error) {
	var f File
	err := scoped(tx.Lock(ctx), who).Where("id = ?", file).Take(&f).Error
	if db.Missing(err) {
		return f, fault.Missing()
	}
	if err != nil {
		return f, fmt.Errorf("lock file: %w", err)
	}
	return f, nil
}

// scoped is the one place that reads a table of another domain: which stores are in a region.
func scoped(q *gorm.DB, who actor.Actor) *gorm.DB {
	const own = "(owner_kind = 'staff' AND owner_id = ?)"
	switch {
	case who.Kind != actor.Staff && who.Kind != actor.System:
		return q.Where("1 = 0")
	case who.Scope == actor.All:
		return q
	case who.Scope == actor.Region && !who.RegionID.IsZero():
		return q.Where("("+own+" OR EXISTS (SELECT 1 FROM stores WHERE stores.id = files.store_id AND stores.region_id = ?))", who.ID, who.RegionID)
	case who.Scope == actor.Store && !who.StoreID.IsZero():
		return q.Where("("+own+" OR store_id = ?)", who.ID, who.StoreID)
	case who.Scope >= actor.Own:
		return q.Where(own, who.ID)
	}
	return q.Where("1 = 0")
}

// ChangeTx sets the named columns of a file that the caller has locked.
func ChangeTx(ctx context.Context, tx *db.Tx, file id.ID, columns map[string]any) error {
	columns["updated_at"], columns["version"] = tx.Now, gorm.Expr("version + 1")
	if err := tx.Conn(ctx).Model(&File{}).Where("id = ?", file).UpdateColumns(columns).Error; err != nil {
		return fmt.Errorf("change file: %w", err)
	}
	return nil
}

// AttachTx binds locked files to the row that shows them.
func AttachTx(ctx context.Context, tx *db.Tx, ids []id.ID, kind string, ref id.ID) error {
	err := tx.Conn(ctx).Model(&File{}).Where("id IN ?", ids).UpdateColumns(map[string]any{
		"state": Attached, "attached_kind": kind, "attached_ref": ref, "updated_at": tx.Now, "version": gorm.Expr("version + 1"),
	}).Error
	if err != nil {
		return fmt.Errorf("attach files: %w", err)
	}
	return nil
}

// ReleaseTx unbinds every file of a row but those to keep; what is not bound again within the day
// after its upload is removed.
func ReleaseTx(ctx context.Context, tx *db.Tx, kind string, ref id.ID, keep []id.ID) error {
	q := tx.Conn(ctx).Model(&File{}).Where("attached_kind = ? AND attached_ref = ? AND state = ?", kind, ref, Attached)
	if len(keep) > 0 {
		q = q.Where("id NOT IN ?", keep)
	}
	err := q.UpdateColumns(map[string]any{
		"state": Uploaded, "attached_kind": "", "attached_ref": nil, "updated_at": tx.Now, "version": gorm.Expr("version + 1"),
	}).Error
	if err != nil {
		return fmt.Errorf("release files: %w", err)
	}
	return nil
}

// Unattached lists files uploaded before the instant that no row shows, oldest first, n at most.
func Unattached(ctx context.Context, r db.Reader, before time.Time, n int) ([]id.ID, error) {
	var ids []id.ID
	err := r.Conn(ctx).Model(&File{}).Where("state = ? AND created_at < ?", Uploaded, before).
		Order("created_at, id").Limit(n).Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("list files that nothing shows: %w", err)
	}
	return ids, nil
}

// DeleteTx removes a locked file's row.
func DeleteTx(ctx context.Context, tx *db.Tx, file id.ID) error {
	if err := tx.Conn(ctx).Where("id = ?", file).Delete(&File{}).Error; err != nil {
		return fmt.Errorf("delete file: %w", err)
	}
	return nil
}
