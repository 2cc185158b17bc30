package quality

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
)

// SupervisorPhoneField names the column of a third-party supervisor's phone to the box that seals it.
const SupervisorPhoneField = "supervisors.phone"

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

// SupervisorCity is a city in which a supervisor works, in the order of Seq, from 0.
type SupervisorCity struct {
	SupervisorID id.ID `gorm:"primaryKey"`
	Seq          int   `gorm:"primaryKey;autoIncrement:false"`
	City         string
}

// TableName is the table of the cities.
func (SupervisorCity) TableName() string { return "supervisor_cities" }

// AddSupervisorTx adds an entry to the directory.
func AddSupervisorTx(ctx context.Context, tx *db.Tx, s *Supervisor, cities []string) error {
	s.Version, s.CreatedAt, s.UpdatedAt = 1, tx.Now, tx.Now
	if err := db.Insert(ctx, tx, s); err != nil {
		return fmt.Errorf("add supervisor: %w", err)
	}
	return addCities(ctx, tx, s.ID, cities)
}

func addCities(ctx context.Context, tx *db.Tx, supervisor id.ID, cities []string) error {
	rows := make([]SupervisorCity, 0, len(cities))
	for i, c := range cities {
		rows = append(rows, SupervisorCity{SupervisorID: supervisor, Seq: i, City: c})
	}
	if len(rows) == 0 {
		return nil
	}
	if err := tx.Conn(ctx).Create(&rows).Error; err != nil {
		return fmt.Errorf("keep cities of supervisor: %w", err)
	}
	return nil
}

// ChangeSupervisorTx writes what staff say of a supervisor; the version grows by one. The row must have
// been locked in tx.
func ChangeSupervisorTx(ctx context.Context, tx *db.Tx, s *Supervisor, cities []string) error {
	s.Version++
	s.UpdatedAt = tx.Now
	err := tx.Conn(ctx).Model(&Supervisor{}).Where("id = ?", s.ID).UpdateColumns(map[string]any{
		"name": s.Name, "company": s.Company, "certificate": s.Certificate, "introduction": s.Introduction, "phone_enc": s.PhoneEnc,
		"fee_fen": s.FeeFen, "fee_per": s.FeePer, "active": s.Active, "version": s.Version, "updated_at": s.UpdatedAt,
	}).Error
	if err != nil {
		return fmt.Errorf("change supervisor: %w", err)
	}
	if err := tx.Conn(ctx).Where("supervisor_id = ?", s.ID).Delete(&SupervisorCity{}).Error; err != nil {
		return fmt.Errorf("clear cities of supervisor: %w", err)
	}
	return addCities(ctx, tx, s.ID, cities)
}

// SetSupervisorStaffTx remembers the sign-in of a supervisor. The row must have been locked in tx.
func SetSupervisorStaffTx(ctx context.Context, tx *db.Tx, supervisor, staff id.ID) error {
	err := tx.Conn(ctx).Model(&Supervisor{}).Where("id = ?", supervisor).
		UpdateColumns(map[string]any{"staff_id": staff, "version": gorm.Expr("version + 1"), "updated_at": tx.Now}).Error
	if err != nil {
		return fmt.Errorf("name sign-in of supervisor: %w", err)
	}
	return nil
}

// SupervisorByID reads an entry of the directory. Errors: not_found.
func SupervisorByID(ctx context.Context, r db.Reader, supervisor id.ID) (Supervisor, error) {
	var s Supervisor
	err := r.Conn(ctx).Where("id = ?", supervisor).Take(&s).Error
	return s, db.OrMissing(err, "read supervisor")
}

// LockSupervisorTx is SupervisorByID for a change: the row stays locked until the transaction ends.
func LockSupervisorTx(ctx context.Context, tx *db.Tx, supervisor id.ID) (Supervisor, error) {
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

// Supervisors reads a page of the directory, the latest first.
func Supervisors(ctx context.Context, r db.Reader, d Directory, p db.Page) ([]Supervisor, db.Cursor, error) {
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

// SupervisorsByIDs finds supervisors for the views of other rows.
func SupervisorsByIDs(ctx context.Context, r db.Reader, ids []id.ID) (map[id.ID]Supervisor, error) {
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
	var rows []SupervisorCity
	err := r.Conn(ctx).Where("supervisor_id IN ?", supervisors).Order("supervisor_id, seq").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read cities of supervisors: %w", err)
	}
	for _, c := range rows {
		of[c.SupervisorID] = append(of[c.SupervisorID], c.City)
	}
	return of, nil
}

// ChoiceState is where the choice of a supervisor stands.
type ChoiceState string

// The states: requested by the customer, then confirmed by staff or declined; ended by the customer, by
// staff, or with the project.
const (
	ChoiceRequested ChoiceState = "requested"
	ChoiceConfirmed ChoiceState = "confirmed"
	ChoiceDeclined  ChoiceState = "declined"
	ChoiceEnded     ChoiceState = "ended"
)

// Choice is a supervisor whom the customer chose for a project, with the fee as it was then and how the
// company and the customer share it (C12). CompanyFen and CustomerFen add up to FeeFen. A project has
// one at a time that stands: requested or confirmed.
type Choice struct {
	ProjectID    id.ID `gorm:"primaryKey"`
	ID           id.ID `gorm:"primaryKey"`
	SupervisorID id.ID
	State        ChoiceState
	Standing     *bool // true while it stands, absent afterwards: unique within a project
	FeeFen       int64
	FeePer       FeePer
	CompanyBP    int `gorm:"column:company_bp"` // the company's part in basis points
	CompanyFen   int64
	CustomerFen  int64
	StaffID      id.ID // the sign-in, once confirmed
	PersonID     id.ID // the period in charge
	ChosenBy     id.ID // the customer
	ChosenAt     time.Time
	ConfirmedBy  id.ID
	ConfirmedAt  *time.Time
	EndedBy      id.ID // who declined or ended it; none when it ended with the project
	EndedAt      *time.Time
	Reason       string
	Version      int64
}

// TableName is the choices' table.
func (Choice) TableName() string { return "supervisor_choices" }

// Stands tells that the choice is requested or confirmed.
func (c Choice) Stands() bool { return c.State == ChoiceRequested || c.State == ChoiceConfirmed }

// AddChoiceTx keeps a choice. A second one that stands is db.Duplicate.
func AddChoiceTx(ctx context.Context, tx *db.Tx, c *Choice) error {
	stands := true
	c.State, c.Standing, c.ChosenAt, c.Version = ChoiceRequested, &stands, tx.Now, 1
	return db.Insert(ctx, tx, c)
}

// SaveChoiceTx writes where a choice stands; its version grows by one.
func SaveChoiceTx(ctx context.Context, tx *db.Tx, c *Choice) error {
	c.Version++
	if !c.Stands() {
		c.Standing = nil
	}
	err := tx.Conn(ctx).Model(&Choice{}).Where("project_id = ? AND id = ?", c.ProjectID, c.ID).UpdateColumns(map[string]any{
		"state": c.State, "standing": c.Standing, "staff_id": c.StaffID, "person_id": c.PersonID, "confirmed_by": c.ConfirmedBy,
		"confirmed_at": c.ConfirmedAt, "ended_by": c.EndedBy, "ended_at": c.EndedAt, "reason": c.Reason, "version": c.Version,
	}).Error
	if err != nil {
		return fmt.Errorf("save choice of supervisor: %w", err)
	}
	return nil
}

// StandingChoice reads the choice of a project that stands; ok is false when there is none.
func StandingChoice(ctx context.Context, r db.Reader, project id.ID) (c Choice, ok bool, err error) {
	err = r.Conn(ctx).Where("project_id = ? AND standing = ?", project, true).Take(&c).Error
	if db.Missing(err) {
		return c, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("read choice of supervisor: %w", err)
	}
	return c, true, nil
}

// Choices reads the choices of a project, newest first, at most 100.
func Choices(ctx context.Context, r db.Reader, project id.ID) ([]Choice, error) {
	var rows []Choice
	err := r.Conn(ctx).Where("project_id = ?", project).Order("id DESC").Limit(db.MaxLimit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read choices of supervisor: %w", err)
	}
	return rows, nil
}

// ChoiceByID reads a choice of a project. Errors: not_found.
func ChoiceByID(ctx context.Context, r db.Reader, project, choice id.ID) (Choice, error) {
	var c Choice
	err := r.Conn(ctx).Where("project_id = ? AND id = ?", project, choice).Take(&c).Error
	return c, db.OrMissing(err, "read choice of supervisor")
}
