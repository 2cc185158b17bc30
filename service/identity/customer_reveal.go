package identity

import (
	"context"
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
)

// The fields that staff may reveal.
const (
	RevealName     = "name"
	RevealPhone    = "phone"
	RevealBirthday = "birthday"
	RevealAddress  = "address"
)

// RevealInput says what staff want to see in full, and why.
type RevealInput struct {
	Reason string
	Fields []string
}

// Revealed holds the fields that were asked for; the others are empty.
type Revealed struct {
	CustomerID id.ID
	Name       string
	Phone      string
	Birthday   clock.Day
	Homes      []SeenHome // with RevealAddress
}

// access is the detail of an audited look.
type access struct {
	Fields    []string `json:"fields"`
	ProjectID id.ID    `json:"project_id,omitzero"`
}

// Reveal shows a customer within the actor's scope in full. The reason is audited, and the customer
// can read it; a member of staff has identity.RevealsPerHour of them (rows P3, P7). Errors: not_found,
// input.invalid, reveal.limit.
func (s *Customers) Reveal(ctx context.Context, who actor.Actor, customer id.ID, in RevealInput) (Revealed, error) {
	in.Reason = trim(in.Reason)
	if err := checkReveal(in); err != nil {
		return Revealed{}, err
	}
	fields := slices.Compact(slices.Sorted(slices.Values(in.Fields)))
	var shown Revealed
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		c, err := identity.FindCustomer(ctx, tx, who, customer)
		if err != nil {
			return err
		}
		wait, err := identity.SpendRevealTx(ctx, tx, who.ID)
		if err != nil {
			return err
		}
		if wait > 0 {
			return faultRevealLimit().After(wait)
		}
		err = audit.RecordTx(ctx, tx, who, audit.Entry{
			Action: "customer.revealed", Kind: identity.AccessKind, Subject: c.ID, Reason: in.Reason, Detail: access{Fields: fields},
		})
		if err != nil {
			return err
		}
		shown, err = s.show(ctx, tx, c, fields)
		return err
	})
	if err != nil {
		return Revealed{}, err
	}
	return shown, nil
}

func checkReveal(in RevealInput) error {
	if n := utf8.RuneCountInString(in.Reason); n < 4 {
		return fault.Broken("body.reason", "too_short", "请说明原因,至少 4 个字。", "Give a reason of at least 4 characters.")
	}
	if err := plainLine("body.reason", in.Reason, 200); err != nil {
		return err
	}
	if len(in.Fields) == 0 {
		return fault.Broken("body.fields", "required", "请选择要查看的内容。", "Name the fields to be shown.")
	}
	for _, f := range in.Fields {
		switch f {
		case RevealName, RevealPhone, RevealBirthday, RevealAddress:
		default:
			return fault.Broken("body.fields", "unknown", "没有这一项内容。", "There is no such field.")
		}
	}
	return nil
}

func (s *Customers) show(ctx context.Context, r db.Reader, c identity.Customer, fields []string) (Revealed, error) {
	p, err := s.reveal(c)
	if err != nil {
		return Revealed{}, err
	}
	shown := Revealed{CustomerID: c.ID}
	for _, f := range fields {
		switch f {
		case RevealName:
			shown.Name = p.Name
		case RevealPhone:
			shown.Phone = p.Phone
		case RevealBirthday:
			shown.Birthday = c.Birthday
		case RevealAddress:
			if shown.Homes, err = s.homesInFull(ctx, r, c.ID); err != nil {
				return Revealed{}, err
			}
		}
	}
	return shown, nil
}

func (s *Customers) homesInFull(ctx context.Context, r db.Reader, customer id.ID) ([]SeenHome, error) {
	rows, _, err := identity.ListHomes(ctx, r, customer, s.db.Now(), db.Page{Limit: MaxHomes})
	if err != nil {
		return nil, err
	}
	homes := make([]SeenHome, 0, len(rows))
	for _, h := range rows {
		address, err := s.codec.open(identity.HomeAddressField, h.AddressEnc)
		if err != nil {
			return nil, err
		}
		homes = append(homes, SeenHome{HomeOf: h, Address: address})
	}
	return homes, nil
}

// Access is one look into a customer's personal data, as the customer reads it.
type Access struct {
	ID        id.ID
	At        time.Time
	Action    string
	By        string // the name of the member of staff; empty for the house itself
	Role      actor.Role
	Reason    string
	Fields    []string
	ProjectID id.ID
}

// AccessLog lists who looked into the data of the customer who asks, and why, newest first.
func (s *Customers) AccessLog(ctx context.Context, who actor.Actor, p db.Page) ([]Access, db.Cursor, error) {
	if who.Kind != actor.Customer {
		return nil, db.Cursor{}, fault.Missing()
	}
	mine, err := identity.MergedInto(ctx, s.db, who.ID)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	rows, next, err := identity.AccessLog(ctx, s.db, mine, p)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	ids := make([]id.ID, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.ActorID)
	}
	people, err := identity.StaffByIDs(ctx, s.db, ids)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	looks := make([]Access, 0, len(rows))
	for _, r := range rows {
		looks = append(looks, accessOf(r, people[r.ActorID]))
	}
	return looks, next, nil
}

func accessOf(r audit.Row, by identity.Staff) Access {
	var detail access
	// A row written by another domain may have another detail; the look itself counts, not its form.
	_ = json.Unmarshal([]byte(r.Detail), &detail)
	return Access{
		ID: r.ID, At: r.At, Action: r.Action, By: by.Name, Role: by.Role, Reason: r.Reason,
		Fields: detail.Fields, ProjectID: detail.ProjectID,
	}
}
