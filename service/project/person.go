package project

import (
	"context"
	"fmt"
	"unicode/utf8"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
	"guike/model/outbox"
	"guike/model/project"
)

// NewPerson names a member of staff for a project. An empty Role means the one they are employed as.
type NewPerson struct {
	ProjectID id.ID
	StaffID   id.ID
	Role      actor.Role
	Note      string // what the successor is handed over with, required when there is a predecessor; staff see it
	External  bool   // a third-party supervisor, named by the customer's choice and by nothing else (C12)
	Once      once.Key
}

// PersonResult is what naming a person leaves behind under its key.
type PersonResult struct {
	ProjectID id.ID `json:"project_id"`
	PersonID  id.ID `json:"person_id"`
	EntryID   id.ID `json:"entry_id"`
}

// Assign puts a person in charge of a project in a role. Whoever had the role until now is replaced:
// their period ends at the same instant, and remains to be read (C14); the successor gets a note of what
// is handed over (B6). Errors: not_found; input.invalid at body.staff_id, body.role, or body.note when
// somebody is replaced without one; project.cancelled; project.person_unchanged;
// project.supervisor_chosen when that would replace whom the customer chose.
func (s *Service) Assign(ctx context.Context, who actor.Actor, in NewPerson) (r PersonResult, replayed bool, err error) {
	if in.Note = wording.Trim(in.Note); utf8.RuneCountInString(in.Note) > maxReason {
		return r, false, fault.Broken("body.note", "too_long", "交接说明最多 500 字。", "The note has at most 500 characters.")
	}
	if err := wording.CheckCharacters("body.note", in.Note); err != nil {
		return r, false, err
	}
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (PersonResult, error) { return s.d.AssignTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

// AssignTx is Assign within a transaction of the caller's.
func (j *Journal) AssignTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewPerson) (PersonResult, error) {
	none := PersonResult{}
	p, err := project.LockTx(ctx, tx, who, in.ProjectID)
	if err != nil {
		return none, err
	}
	if p.State == project.Cancelled {
		return none, ErrCancelled
	}
	staff, err := employed(ctx, tx, &in)
	if err != nil {
		return none, err
	}
	former, err := j.replaceTx(ctx, tx, who, in)
	if err != nil {
		return none, err
	}
	next := project.Person{ProjectID: p.ID, ID: id.New(), StaffID: in.StaffID, Role: in.Role, FromAt: tx.Now, Note: in.Note, AssignedBy: who.ID}
	if err := project.AddPersonTx(ctx, tx, &next); err != nil {
		return none, err
	}
	if err := project.TouchTx(ctx, tx, &p); err != nil {
		return none, err
	}
	e := project.Entry{ProjectID: p.ID, Kind: project.EntryPersonChanged, RefID: next.ID}
	e.TitleZH, e.TitleEN = changedTitle(in.Role, staff.Name)
	if err := j.announceTx(ctx, tx, who, p, &e); err != nil {
		return none, err
	}
	err = outbox.AddTx(ctx, tx, project.TopicPersonChanged, project.PersonChanged{
		ProjectID: p.ID, PersonID: next.ID, StaffID: next.StaffID, FormerID: former, Role: string(in.Role), EntryID: e.ID, At: tx.Now,
	})
	if err != nil {
		return none, err
	}
	err = audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: "project.person_changed", Kind: "project", Subject: p.ID, Reason: in.Note,
		Detail: map[string]any{"role": in.Role, "staff_id": next.StaffID, "former_id": former},
	})
	return PersonResult{ProjectID: p.ID, PersonID: next.ID, EntryID: e.ID}, err
}

// employed reads who is named and fills in the role; the disabled cannot be put in charge.
func employed(ctx context.Context, tx *db.Tx, in *NewPerson) (identity.Staff, error) {
	staff, err := identity.StaffByID(ctx, tx, in.StaffID)
	if db.Missing(err) || err == nil && (!staff.Active() || staff.External != in.External) {
		return staff, fault.Broken("body.staff_id", "unknown", "没有这位在职同事。", "There is no active member of staff under that id.")
	}
	if err != nil {
		return staff, err
	}
	if in.Role == "" {
		in.Role = staff.Role
	}
	if !in.Role.Valid() {
		return staff, fault.Broken("body.role", "unknown", "没有这个岗位。", "There is no such role.")
	}
	if !faces(in.Role) {
		return staff, fault.Broken("body.role", "not_allowed", "该岗位不直接负责项目。", "Nobody is in charge of a project as this.")
	}
	return staff, nil
}

// keepChosen refuses to put a colleague in the place of a third-party supervisor: the customer's choice
// is ended as such first (C12).
func keepChosen(ctx context.Context, tx *db.Tx, staff id.ID) error {
	former, err := identity.StaffByID(ctx, tx, staff)
	switch {
	case err != nil && !db.Missing(err):
		return fmt.Errorf("who is replaced: %w", err)
	case former.External:
		return errChosen
	}
	return nil
}

// faces tells whether customers meet somebody in this role: those who lead the company or keep its
// data are in charge of no single project.
func faces(r actor.Role) bool {
	switch r {
	case actor.RegionalHead, actor.Management, actor.DataOfficer, actor.Admin:
		return false
	}
	return true
}

// replaceTx ends the period of whoever has the role now and returns who that was.
func (j *Journal) replaceTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewPerson) (former id.ID, err error) {
	people, err := project.People(ctx, tx, in.ProjectID)
	if err != nil {
		return former, err
	}
	for _, person := range people {
		if !person.Current() || person.Role != in.Role {
			continue
		}
		if person.StaffID == in.StaffID {
			return former, errSamePerson
		}
		if !in.External {
			if err := keepChosen(ctx, tx, person.StaffID); err != nil {
				return former, err
			}
		}
		if in.Note == "" {
			return former, fault.Broken("body.note", "required", "该岗位已有负责人,请填写交接说明。", "Somebody is in charge in this role; say what the successor must know.")
		}
		if err := project.EndPersonTx(ctx, tx, person, who.ID); err != nil {
			return former, err
		}
		former = person.StaffID
	}
	return former, nil
}

func changedTitle(role actor.Role, name string) (zh, en string) {
	roleZH, roleEN := roleName(role)
	return roleZH + "负责人:" + name, name + " is in charge as " + roleEN
}

// roleName is what people call a role.
func roleName(role actor.Role) (zh, en string) {
	names := map[actor.Role][2]string{
		actor.Sales:            {"销售顾问", "sales"},
		actor.Designer:         {"设计师", "designer"},
		actor.ProjectManager:   {"项目经理", "project manager"},
		actor.Installer:        {"安装师傅", "installer"},
		actor.Supervisor:       {"监理", "supervisor"},
		actor.CustomerService:  {"客服", "customer service"},
		actor.ExperienceCentre: {"客户体验中心", "experience centre"},
		actor.StoreManager:     {"店长", "store manager"},
		actor.RegionalHead:     {"区域负责人", "regional head"},
		actor.Management:       {"管理层", "management"},
		actor.DataOfficer:      {"数据专员", "data officer"},
		actor.Admin:            {"管理员", "administrator"},
	}
	if n, ok := names[role]; ok {
		return n[0], n[1]
	}
	return string(role), string(role)
}
