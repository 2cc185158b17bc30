package project

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
)

// Person is a period during which a member of staff is in charge of a project in a role (C14). One
// person holds a role at a time; UntilAt is absent while the period lasts. Note is what the
// successor was handed over with.
type Person struct {
	ProjectID  id.ID `gorm:"primaryKey"`
	ID         id.ID `gorm:"primaryKey"`
	StaffID    id.ID
	Role       actor.Role
	FromAt     time.Time
	UntilAt    *time.Time
	Note       string
	AssignedBy id.ID
	EndedBy    id.ID
}

// TableName is the table of the people in charge.
func (Person) TableName() string { return "project_people" }

// Current tells that the period lasts.
func (p Person) Current() bool { return p.UntilAt == nil }

// AddPersonTx begins a period.
func AddPersonTx(ctx context.Context, tx *db.Tx, p *Person) error {
	if err := db.Insert(ctx, tx, p); err != nil {
		return fmt.Errorf("name person in charge: %w", err)
	}
	return nil
}

// EndPersonTx ends a period at the transaction's instant.
func EndPersonTx(ctx context.Context, tx *db.Tx, p Person, by id.ID) error {
	err := tx.Conn(ctx).Model(&Person{}).Where("project_id = ? AND id = ? AND until_at IS NULL", p.ProjectID, p.ID).
		UpdateColumns(map[string]any{"until_at": tx.Now, "ended_by": by}).Error
	if err != nil {
		return fmt.Errorf("end period of person in charge: %w", err)
	}
	return nil
}

// Busy tells whether a member of staff is in charge of any project now.
func Busy(ctx context.Context, r db.Reader, staff id.ID) (bool, error) {
	var n int64
	err := r.Conn(ctx).Model(&Person{}).Where("staff_id = ? AND until_at IS NULL", staff).Count(&n).Error
	if err != nil {
		return false, fmt.Errorf("count projects in charge: %w", err)
	}
	return n > 0, nil
}

// People reads everyone who is or was in charge of a project, oldest period first.
func People(ctx context.Context, r db.Reader, project id.ID) ([]Person, error) {
	var rows []Person
	if err := r.Conn(ctx).Where("project_id = ?", project).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read people in charge: %w", err)
	}
	return rows, nil
}

// InCharge picks who holds a role now, among everybody who is or was in charge; none when nobody does.
func InCharge(people []Person, role actor.Role) id.ID {
	for _, p := range people {
		if p.Current() && p.Role == role {
			return p.StaffID
		}
	}
	return id.ID{}
}

// InChargeOf reads who holds a role in a project now; none when nobody does.
func InChargeOf(ctx context.Context, r db.Reader, project id.ID, role actor.Role) (id.ID, error) {
	people, err := People(ctx, r, project)
	return InCharge(people, role), err
}

// dayOrder lists the roles in the order in which customers are told whom to call about today's work.
var dayOrder = [...]actor.Role{
	actor.ProjectManager, actor.Installer, actor.Designer, actor.Sales, actor.CustomerService, actor.StoreManager,
}

// Responsible picks who answers for today's work: the person in charge now whose role comes first in
// the order project manager, installer, designer, sales, customer service, store manager; else the
// one who has been in charge longest. Stages of design and sale put their own role first.
func Responsible(people []Person, stage string) (Person, bool) {
	for _, role := range append(stageRoles(stage), dayOrder[:]...) {
		for _, p := range people {
			if p.Current() && p.Role == role {
				return p, true
			}
		}
	}
	for _, p := range people {
		if p.Current() {
			return p, true
		}
	}
	return Person{}, false
}

func stageRoles(stage string) []actor.Role {
	switch stage {
	case "measure", "design":
		return []actor.Role{actor.Designer}
	case "sign":
		return []actor.Role{actor.Sales}
	case "installation":
		return []actor.Role{actor.Installer}
	case "care":
		return []actor.Role{actor.CustomerService}
	}
	return nil
}
