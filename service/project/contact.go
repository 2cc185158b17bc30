package project

import (
	"context"
	"fmt"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/project"
)

// Contact is how the customer of a project is reached. Unless Full, phone, name and address are
// masked.
type Contact struct {
	CustomerID id.ID
	Nickname   string
	Name       string
	Phone      string
	HomeName   string
	City       string
	District   string
	Address    string
	Full       bool

	version string
}

// contact shows phone and address in full to those in charge of a project that is planned or under
// way, for that time, and leaves one audit row a day of it; everybody else sees them masked and
// reveals with a reason (design.md 2). Third-party supervisors see them masked always (C12).
func (s *Service) contact(ctx context.Context, who actor.Actor, d Detail) (Contact, error) {
	customer, err := identity.FindCustomer(ctx, s.d.DB, actor.Machine(), d.CustomerID)
	if err != nil {
		return Contact{}, fmt.Errorf("customer of project: %w", err)
	}
	home, err := identity.HomeByID(ctx, s.d.DB, d.HomeID)
	if err != nil {
		return Contact{}, fmt.Errorf("home of project: %w", err)
	}
	c, err := s.openContact(customer, home)
	if err != nil {
		return Contact{}, err
	}
	if c.Full = d.Open() && !who.External && inCharge(d.People, who); c.Full {
		return c, s.recordLook(ctx, who, d, customer.ID)
	}
	c.Name, c.Phone = crypt.MaskName(c.Name), crypt.MaskPhone(c.Phone)
	if c.Address != "" {
		c.Address = "****"
	}
	return c, nil
}

func inCharge(people []Person, who actor.Actor) bool {
	for _, p := range people {
		if who.Kind == actor.Staff && p.Current() && p.StaffID == who.ID {
			return true
		}
	}
	return false
}

func (s *Service) openContact(customer identity.Customer, home identity.Home) (Contact, error) {
	c := Contact{
		CustomerID: customer.ID, Nickname: customer.Nickname, HomeName: home.Name, City: home.City, District: home.District,
		version: fmt.Sprint(customer.Version, ".", home.Version),
	}
	for _, sealed := range []struct {
		into  *string
		field string
		value []byte
	}{
		{&c.Name, identity.CustomerNameField, customer.NameEnc},
		{&c.Phone, identity.CustomerPhoneField, customer.PhoneEnc},
		{&c.Address, identity.HomeAddressField, home.AddressEnc},
	} {
		plain, err := s.d.Box.Open(sealed.field, sealed.value)
		if err != nil {
			return Contact{}, fmt.Errorf("open %s: %w", sealed.field, err)
		}
		*sealed.into = plain
	}
	return c, nil
}

// recordLook leaves one audit row for each staff member, project and day. The customer may read it.
func (s *Service) recordLook(ctx context.Context, who actor.Actor, d Detail, customer id.ID) error {
	seen, err := project.ContactSeen(ctx, s.d.DB, d.ID, who.ID, d.Today)
	if err != nil || seen {
		return err
	}
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		first, err := project.SeeContactTx(ctx, tx, d.ID, who.ID, d.Today)
		if err != nil || !first {
			return err
		}
		return audit.RecordTx(ctx, tx, who, audit.Entry{
			Action: "project.contact_shown", Kind: identity.AccessKind, Subject: customer, Reason: "负责您的项目期间查看联系方式",
			Detail: map[string]any{"project_id": d.ID, "fields": []string{"name", "phone", "address"}},
		})
	})
}
