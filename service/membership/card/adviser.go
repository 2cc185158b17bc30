package card

import (
	"context"
	"fmt"
	"slices"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/membership"
	model "guike/model/membership/card"
	"guike/model/outbox"
)

// Adviser is the member of staff to whom a member turns (F13): the name, what they are, and the work phone in
// full, as the people in charge of a home are shown to it.
type Adviser struct {
	ID    id.ID
	Name  string
	Role  actor.Role
	Phone string
}

// AdviserRoles are the roles whose people may be a member's adviser.
func AdviserRoles() []actor.Role {
	return []actor.Role{actor.Sales, actor.Designer, actor.ProjectManager, actor.CustomerService, actor.ExperienceCentre, actor.StoreManager}
}

// advises tells whether somebody can be an adviser: employed here, not gone, and of a fitting role.
func advises(p identity.Staff) bool {
	return p.Active() && !p.External && slices.Contains(AdviserRoles(), p.Role)
}

// stays tells whether an adviser whom a member has is still there; a new role or store changes nothing.
func stays(p identity.Staff) bool { return p.Active() && !p.External }

// adviserOf names the adviser of a member; nil without one, and for one who is gone.
func (s *Service) adviserOf(ctx context.Context, r db.Reader, m membership.Member) (*Adviser, error) {
	if m.AdviserID.IsZero() {
		return nil, nil
	}
	people, err := identity.StaffByIDs(ctx, r, []id.ID{m.AdviserID})
	if err != nil {
		return nil, err
	}
	p, ok := people[m.AdviserID]
	if !ok || !stays(p) {
		return nil, nil
	}
	phone, err := s.d.Box.Open(identity.StaffPhoneField, p.PhoneEnc)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", identity.StaffPhoneField, err)
	}
	return &Adviser{ID: p.ID, Name: p.Name, Role: p.Role, Phone: phone}, nil
}

// AdviserOf reads the adviser of a customer within the actor's scope; nil without one. Errors: not_found.
func (s *Service) AdviserOf(ctx context.Context, who actor.Actor, customer id.ID) (*Adviser, error) {
	c, err := identity.FindCustomer(ctx, s.d.DB, who, customer)
	if err != nil {
		return nil, err
	}
	m, err := membership.MemberOf(ctx, s.d.DB, c.ID)
	if err != nil {
		return nil, err
	}
	return s.adviserOf(ctx, s.d.DB, m)
}

// SetAdviser gives a customer within the actor's scope an adviser within it, in the place of the one before.
// Both are told. The same one again changes nothing. Errors: not_found; input.invalid at body.staff_id for
// somebody who is not there, is gone, or whose role advises nobody.
func (s *Service) SetAdviser(ctx context.Context, who actor.Actor, customer, staff id.ID) (*Adviser, error) {
	var m membership.Member
	err := s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		c, err := identity.LockInScope(ctx, tx, who, customer)
		if err != nil {
			return err
		}
		if err := named(ctx, tx, who, staff); err != nil {
			return err
		}
		m, err = s.nameTx(ctx, tx, who, c.ID, func(now membership.Member) (id.ID, bool) { return staff, now.AdviserID != staff })
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.adviserOf(ctx, s.d.DB, m)
}

// named refuses whoever cannot be an adviser.
func named(ctx context.Context, r db.Reader, who actor.Actor, staff id.ID) error {
	const at = "body.staff_id"
	p, err := identity.FindStaff(ctx, r, who, staff)
	switch {
	case fault.Code(err) == "not_found":
		return fault.Broken(at, "unknown", "没有这位员工。", "There is no such member of staff.")
	case err != nil:
		return fmt.Errorf("find adviser: %w", err)
	case !stays(p):
		return fault.Broken(at, "unknown", "没有这位在职同事。", "There is no active member of staff under that id.")
	case !advises(p):
		return fault.Broken(at, "not_allowed", "该岗位不能担任专属顾问。", "People of this role advise nobody.")
	}
	return nil
}

// nameTx gives a locked member whom choose names, unless it says that nothing changes; the zero id takes the
// adviser away.
func (s *Service) nameTx(ctx context.Context, tx *db.Tx, who actor.Actor, customer id.ID, choose func(membership.Member) (id.ID, bool)) (membership.Member, error) {
	m, err := membership.JoinTx(ctx, tx, customer)
	if err != nil {
		return m, err
	}
	next, changes := choose(m)
	if !changes {
		return m, nil
	}
	former := m.AdviserID
	if err := model.SetAdviserTx(ctx, tx, &m, next); err != nil {
		return m, err
	}
	err = audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: "customer.adviser_named", Kind: "customer", Subject: customer, Detail: map[string]id.ID{"adviser_id": next, "former_id": former},
	})
	if err != nil || next.IsZero() {
		return m, err
	}
	return m, outbox.AddTx(ctx, tx, model.TopicAdviserNamed, model.AdviserNamed{CustomerID: customer, StaffID: next})
}
