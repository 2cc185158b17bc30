package supervisor

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
)

// PhoneField names the column of a third-party supervisor's phone to the box that seals it.
const PhoneField = "supervisors.phone"

// FeePer is what a fee is asked for.
type FeePer string

// What a fee may be asked for.
const (
	PerProject FeePer = "project"
	PerMonth   FeePer = "month"
)

// Valid tells whether the word is one of the house's.
func (p FeePer) Valid() bool { return p == PerProject || p == PerMonth }

// Supervisor is somebody of another company whom a customer may choose to watch over the work (C12).
// StoreID is the store that looks after the entry, none when the head office does; customers of every
// store may choose any. StaffID is the sign-in, once there has been a first project.
type Supervisor struct {
	ID           id.ID `gorm:"primaryKey"`
	StoreID      id.ID
	Name         string
	Company      string
	Certificate  string
	Introduction string
	PhoneEnc     []byte
	FeeFen       int64
	FeePer       FeePer
	Active       bool // may be chosen; who has been chosen stays
	StaffID      id.ID
	CreatedBy    id.ID
	Version      int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// TableName is the directory's table.
func (Supervisor) TableName() string { return "supervisors" }

// City is a city in which a supervisor works, in the order of Seq, from 0.
type City struct {
	SupervisorID id.ID `gorm:"primaryKey"`
	Seq          int   `gorm:"primaryKey;autoIncrement:false"`
	City         string
}

// TableName is the table of the cities.
func (City) TableName() string { return "supervisor_cities" }

// AddTx adds an entry to the directory.
func AddTx(ctx context.Context, tx *db.Tx, s *Supervisor, cities []string) error {
	s.Version, s.CreatedAt, s.UpdatedAt = 1, tx.Now, tx.Now
	if err := db.Insert(ctx, tx, s); err != nil {
		return fmt.Errorf("add supervisor: %w", err)
	}
	return addCities(ctx, tx, s.ID, cities)
}

func addCities(ctx context.Context, tx *db.Tx, supervisor id.ID, cities []string) error {
	rows := make([]City, 0, len(cities))
	for i, c := range cities {
		rows = append(rows, City{SupervisorID: supervisor, Seq: i, City: c})
	}
	if len(rows) == 0 {
		return nil
	}
	if err := tx.Conn(ctx).Create(&rows).Error; err != nil {
		return fmt.Errorf("keep cities of supervisor: %w", err)
	}
	return nil
}

// ChangeTx writes what staff say of a supervisor; the version grows by one. The row must have
// been locked in tx.
func ChangeTx(ctx context.Context, tx *db.Tx, s *Supervisor, cities []string) error {
	s.Version++
	s.UpdatedAt = tx.Now
	err := tx.Conn(ctx).Model(&Supervisor{}).Where("id = ?", s.ID).UpdateColumns(map[string]any{
		"name": s.Name, "company": s.Company, "certificate": s.Certificate, "introduction": s.Introduction, "phone_enc": s.PhoneEnc,
		"fee_fen": s.FeeFen, "fee_per": s.FeePer, "active": s.Active, "version": s.Version, "updated_at": s.UpdatedAt,
	}).Error
	if err != nil {
		return fmt.Errorf("change supervisor: %w", err)
	}
	if err := tx.Conn(ctx).Where("supervisor_id = ?", s.ID).Delete(&City{}).Error; err != nil {
		return fmt.Errorf("clear cities of supervisor: %w", err)
	}
	return addCities(ctx, tx, s.ID, cities)
}

// SetStaffTx remembers the sign-in of a supervisor. The row must have been locked in tx.
func SetStaffTx(ctx context.Context, tx *db.Tx, supervisor, staff id.ID) error {
	err := tx.Conn(ctx).Model(&Supervisor{}).Where("id = ?", supervisor).
		UpdateColumns(map[string]any{"staff_id": staff, "version": gorm.Expr("version + 1"), "updated_at": tx.Now}).Error
	if err != nil {
		return fmt.Errorf("name sign-in of supervisor: %w", err)
	}
	return nil
}

// ByID reads an entry of the directory. Errors: not_found.
func ByID(ctx context.Context, r db.Reader, supervisor id.ID) (Supervisor, error) {
	var s Supervisor
	err := r.Conn(ctx).Where("id = ?", supervisor).Take(&s).Error
	return s, db.OrMissing(err, "read supervisor")
}

// LockTx is ByID for a change: the row stays locked until the transaction ends.
func LockTx(ctx context.Context, tx *db.Tx, supervisor id.ID) (Supervisor, error) {
	var s Supervisor
	err := tx.Lock(ctx).Where("id = ?", supervisor).Take(&s).Error
	return s, db.OrMissing(err, "lock supervisor")
}

// MayManage tells whether the entry is within the reach of a member of staff: everybody reads the whole
// directory, and changes what their store, or a store of their region, looks after.
func MayManage(ctx context.Context, r db.Reader, who actor.Actor, s Supervisor) (bool, error) {
	switch {
	case who.Scope == actor.All:
		return true, nil
	case s.StoreID.IsZero():
		return false, nil
	case who.Scope >= actor.Store && s.StoreID == who.StoreID:
		return true, nil
	case who.Scope != actor.Region || who.RegionID.IsZero():
		return false, nil
	}
	var n int64
	err := r.Conn(ctx).Table("stores").Where("id = ? AND region_id = ?", s.StoreID, who.RegionID).Count(&n).Error
	if err != nil {
		return false, fmt.Errorf("look for store of region: %w", err)
	}
	return n > 0, nil
}

// Directory narrows the list of supervisors; zero fields narrow nothing.
type Directory struct {
	City   string
	Active bool // only those who may be chosen
}

// List reads a page of the directory, the latest first.
func List(ctx context.Context, r db.Reader, d Directory, p db.Page) ([]Supervisor, db.Cursor, error) {
	q := r.Conn(ctx)
	if d.Active {
		q = q.Where("supervisors.active = ?", true)
	}
	if d.City != "" {
		q = q.Where("supervisors.id IN (SELECT supervisor_id FROM supervisor_cities WHERE city = ?)", d.City)
	}
	var rows []Supervisor
	if err := p.Newest(q, "supervisors.created_at", "supervisors.id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list supervisors: %w", err)
	}
	rows, next := db.Cut(p, rows, func(s Supervisor) db.Cursor { return db.Cursor{At: s.CreatedAt, ID: s.ID} })
	return rows, next, nil
}

// ByIDs finds supervisors for the views of other rows.
func ByIDs(ctx context.Context, r db.Reader, ids []id.ID) (map[id.ID]Supervisor, error) {
	found := make(map[id.ID]Supervisor, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	var rows []Supervisor
	if err := r.Conn(ctx).Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("supervisors by ids: %w", err)
	}
	for _, s := range rows {
		found[s.ID] = s
	}
	return found, nil
}

// CitiesOf reads where some supervisors work.
func CitiesOf(ctx context.Context, r db.Reader, supervisors []id.ID) (map[id.ID][]string, error) {
	of := make(map[id.ID][]string, len(supervisors))
	if len(supervisors) == 0 {
		return of, nil
	}
	var rows []City
	err := r.Conn(ctx).Where("supervisor_id IN ?", supervisors).Order("supervisor_id, seq").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read cities of supervisors: %w", err)
	}
	for _, c := range rows {
		of[c.SupervisorID] = append(of[c.SupervisorID], c.City)
	}
	return of, nil
}
