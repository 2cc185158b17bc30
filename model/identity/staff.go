package identity

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
)

// StaffPhoneField names the column of a work phone to the box that seals it and to the blind index.
const StaffPhoneField = "staff.phone"

// Staff is a person who works for the company (O1, O2).
type Staff struct {
	ID                  id.ID  `gorm:"primaryKey"`
	Username            string // lower case, compared byte by byte
	Name                string // what colleagues and customers are shown
	Role                actor.Role
	StoreID             id.ID  // none for those of no store
	RegionID            id.ID  // a regional head's; others have that of their store
	PhoneEnc            []byte // the work phone, sealed under StaffPhoneField
	PhoneIdx            []byte
	PasswordHash        string
	PasswordFirst       bool       // the password was given out by somebody else and works once
	PasswordFirstUsedAt *time.Time // when that was
	PasswordChangedAt   time.Time
	WecomUserid         *string
	TotpEnc             []byte
	DisabledAt          *time.Time
	Idle                bool // disabled for want of a project alone, and not by hand
	External            bool // of another company: reaches the projects that name them, and little of those
	CreatedAt           time.Time
	UpdatedAt           time.Time
	Version             int64
}

// TableName is the staff's table.
func (Staff) TableName() string { return "staff" }

// Active tells that the person may sign in.
func (s Staff) Active() bool { return s.DisabledAt == nil }

// StaffFilter narrows a list of staff. Zero fields do not narrow.
type StaffFilter struct {
	StoreID id.ID
	Role    actor.Role
	Query   string // part of the name or the beginning of the user name
	Active  *bool
}

// InsertStaff adds a person. A clash of the user name is db.Duplicate.
func InsertStaff(ctx context.Context, tx *db.Tx, s *Staff) error { return db.Insert(ctx, tx, s) }

// StaffByUsername finds the person who signs in with a user name, disabled or not; db.Missing
// otherwise.
func StaffByUsername(ctx context.Context, r db.Reader, username string) (Staff, error) {
	var s Staff
	err := r.Conn(ctx).Where("username = ?", username).Take(&s).Error
	return s, err
}

// StaffByID finds a person whoever asks; db.Missing otherwise.
func StaffByID(ctx context.Context, r db.Reader, staff id.ID) (Staff, error) {
	var s Staff
	err := r.Conn(ctx).Where("id = ?", staff).Take(&s).Error
	return s, err
}

// StaffByIDs finds people by their ids, for the views of other rows: who they are, their work phone,
// whether they are active, and nothing that signs anybody in. Ids of nobody are left out.
func StaffByIDs(ctx context.Context, r db.Reader, ids []id.ID) (map[id.ID]Staff, error) {
	found := make(map[id.ID]Staff, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	var rows []Staff
	if err := r.Conn(ctx).Select("id", "name", "role", "store_id", "phone_enc", "disabled_at", "external", "version").Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("staff by ids: %w", err)
	}
	for _, s := range rows {
		found[s.ID] = s
	}
	return found, nil
}

// FindStaff finds a person within the actor's scope. Out of it and not there is the same
// fault.Missing.
func FindStaff(ctx context.Context, r db.Reader, who actor.Actor, staff id.ID) (Staff, error) {
	var s Staff
	err := withinScope(r.Conn(ctx), who).Where("staff.id = ?", staff).Take(&s).Error
	if db.Missing(err) {
		return s, fault.Missing()
	}
	return s, err
}

// LockStaff is FindStaff for a change: the row stays locked until the transaction ends.
func LockStaff(ctx context.Context, tx *db.Tx, who actor.Actor, staff id.ID) (Staff, error) {
	var s Staff
	err := withinScope(tx.Lock(ctx), who).Where("staff.id = ?", staff).Take(&s).Error
	if db.Missing(err) {
		return s, fault.Missing()
	}
	return s, err
}

// LockAdmins locks every active admin, lowest id first, and returns their ids. Whoever may take an
// admin away locks them before anything else, so that two cannot each take the other (the last admin
// stays).
func LockAdmins(ctx context.Context, tx *db.Tx) ([]id.ID, error) {
	var rows []Staff
	err := tx.Lock(ctx).Where("role = ? AND disabled_at IS NULL", actor.Admin).Order("id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("lock admins: %w", err)
	}
	ids := make([]id.ID, 0, len(rows))
	for _, s := range rows {
		ids = append(ids, s.ID)
	}
	return ids, nil
}

// ListStaff lists the people within the actor's scope, the latest to join first.
func ListStaff(ctx context.Context, r db.Reader, who actor.Actor, f StaffFilter, p db.Page) ([]Staff, db.Cursor, error) {
	q := f.narrow(withinScope(r.Conn(ctx), who))
	var rows []Staff
	if err := p.Newest(q, "staff.created_at", "staff.id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list staff: %w", err)
	}
	rows, next := db.Cut(p, rows, func(s Staff) db.Cursor { return db.Cursor{At: s.CreatedAt, ID: s.ID} })
	return rows, next, nil
}

func (f StaffFilter) narrow(q *gorm.DB) *gorm.DB {
	if !f.StoreID.IsZero() {
		q = q.Where("staff.store_id = ?", f.StoreID)
	}
	if f.Role != "" {
		q = q.Where("staff.role = ?", f.Role)
	}
	if f.Active != nil && *f.Active {
		q = q.Where("staff.disabled_at IS NULL")
	}
	if f.Active != nil && !*f.Active {
		q = q.Where("staff.disabled_at IS NOT NULL")
	}
	if f.Query != "" {
		part := likeEscape.Replace(f.Query)
		part = strings.ToLower(part) // and LOWER, because LIKE minds the letter case on MySQL and not on SQLite
		q = q.Where("(LOWER(staff.name) LIKE ? ESCAPE '!' OR staff.username LIKE ? ESCAPE '!')", "%"+part+"%", part+"%")
	}
	return q
}

var likeEscape = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// withinScope keeps a query on staff inside what the actor may see.
func withinScope(q *gorm.DB, who actor.Actor) *gorm.DB {
	switch {
	case who.Scope == actor.All:
		return q
	case who.Scope == actor.Region && !who.RegionID.IsZero():
		return q.Where("(staff.region_id = ? OR staff.store_id IN (SELECT id FROM stores WHERE region_id = ?))", who.RegionID, who.RegionID)
	case who.Scope == actor.Store && !who.StoreID.IsZero():
		return q.Where("staff.store_id = ?", who.StoreID)
	case who.Scope == actor.Own && who.Kind == actor.Staff:
		return q.Where("staff.id = ?", who.ID)
	default:
		return q.Where("1 = 0")
	}
}

// ChangeStaff writes the named columns of a person and raises the version. The row must have been
// locked in tx.
func ChangeStaff(ctx context.Context, tx *db.Tx, staff id.ID, columns map[string]any) error {
	columns["updated_at"] = tx.Now
	columns["version"] = gorm.Expr("version + 1")
	err := tx.Conn(ctx).Model(&Staff{}).Where("id = ?", staff).UpdateColumns(columns).Error
	if err != nil {
		return fmt.Errorf("change staff: %w", err)
	}
	return nil
}

// SpendFirstPassword marks the first password of a person as used and tells whether this call was the
// one that used it. hash is the one that was checked: a password set meanwhile is not spent.
func SpendFirstPassword(ctx context.Context, tx *db.Tx, staff id.ID, hash string) (bool, error) {
	changed := tx.Conn(ctx).Model(&Staff{}).
		Where("id = ? AND password_hash = ? AND password_first = ? AND password_first_used_at IS NULL AND disabled_at IS NULL", staff, hash, true).
		UpdateColumns(map[string]any{"password_first_used_at": tx.Now, "version": gorm.Expr("version + 1")})
	if changed.Error != nil {
		return false, fmt.Errorf("spend first password: %w", changed.Error)
	}
	return changed.RowsAffected == 1, nil
}
