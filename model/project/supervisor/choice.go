package supervisor

import (
	"context"
	"fmt"
	"time"

	"guike/internal/id"
	"guike/model/db"
)

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
