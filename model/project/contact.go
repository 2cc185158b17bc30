package project

import (
	"context"
	"fmt"
	"time"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/model/db"
)

// contactView records that a person in charge was shown a project's contact data on a day, so that
// the audit log gets one row of it and not one per look.
type contactView struct {
	ProjectID id.ID     `gorm:"primaryKey"`
	StaffID   id.ID     `gorm:"primaryKey"`
	Day       clock.Day `gorm:"primaryKey"`
	At        time.Time
}

func (contactView) TableName() string { return "project_contact_views" }

// ContactSeen tells whether the look of the staff member at the project's contact data has been
// recorded for the day.
func ContactSeen(ctx context.Context, r db.Reader, project, staff id.ID, day clock.Day) (bool, error) {
	var n int64
	err := r.Conn(ctx).Model(&contactView{}).
		Where("project_id = ? AND staff_id = ? AND day = ?", project, staff, day).Count(&n).Error
	if err != nil {
		return false, fmt.Errorf("look for contact view: %w", err)
	}
	return n > 0, nil
}

// SeeContactTx records the look and tells whether it is the first of the day.
func SeeContactTx(ctx context.Context, tx *db.Tx, project, staff id.ID, day clock.Day) (first bool, err error) {
	err = db.Insert(ctx, tx, &contactView{ProjectID: project, StaffID: staff, Day: day, At: tx.Now})
	if db.Duplicate(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("record contact view: %w", err)
	}
	return true, nil
}
