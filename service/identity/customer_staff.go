package identity

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
)

// NoteMax is how many characters a note about a customer has at most.
const NoteMax = 200

// Masked is a customer as staff see one who have no reason to see more (row P7, P20).
type Masked struct {
	ID           id.ID
	Nickname     string
	AvatarFileID id.ID
	Name         string // 王*四
	Phone        string // 156******77
	Claimed      bool   // signs in by WeChat
	StoreID      id.ID
	EnteredBy    id.ID
	CreatedAt    time.Time
	Version      int64
}

// MaskedCustomer is Masked with what one page about the customer shows besides.
type MaskedCustomer struct {
	Masked
	Note  string // what staff wrote about the customer
	Homes []MaskedHome
}

// MaskedHome is a home of a customer, its street address hidden.
type MaskedHome struct {
	identity.HomeOf
	Address string // 上海市浦东新区****
}

func (s *Customers) mask(c identity.Customer) (Masked, error) {
	p, err := s.reveal(c)
	if err != nil {
		return Masked{}, err
	}
	return Masked{
		ID: c.ID, Nickname: c.Nickname, AvatarFileID: c.AvatarFileID,
		Name: crypt.MaskName(p.Name), Phone: crypt.MaskPhone(p.Phone), Claimed: c.ClaimedAt != nil,
		StoreID: c.StoreID, EnteredBy: c.EnteredBy, CreatedAt: c.CreatedAt, Version: c.Version,
	}, nil
}

// Read shows one customer within the actor's scope, masked. Errors: not_found.
func (s *Customers) Read(ctx context.Context, who actor.Actor, customer id.ID) (MaskedCustomer, error) {
	c, err := identity.FindCustomer(ctx, s.db, who, customer)
	if err != nil {
		return MaskedCustomer{}, err
	}
	m, err := s.mask(c)
	if err != nil {
		return MaskedCustomer{}, err
	}
	note, err := s.codec.open(identity.CustomerNoteField, c.NoteEnc)
	if err != nil {
		return MaskedCustomer{}, err
	}
	homes, _, err := identity.ListHomes(ctx, s.db, c.ID, s.db.Now(), db.Page{Limit: MaxHomes})
	if err != nil {
		return MaskedCustomer{}, err
	}
	found := MaskedCustomer{Masked: m, Note: crypt.MaskPhones(note), Homes: make([]MaskedHome, 0, len(homes))}
	for _, h := range homes {
		found.Homes = append(found.Homes, MaskedHome{h, maskedAddress(h.Home)})
	}
	return found, nil
}

func maskedAddress(h identity.Home) string {
	return crypt.MaskAddress(h.City, h.District, string(h.AddressEnc))
}

// EnterInput is what staff know of a customer who does not use the mini-program yet.
type EnterInput struct {
	Name     string
	Phone    string
	Note     string
	Birthday clock.Day // empty when it is not known
	StoreID  id.ID     // the store that looks after the customer; none until the first project
}

// Enter records a customer on behalf of staff. Errors: input.invalid; customer.exists, which names the
// record when it lies within the actor's scope.
func (s *Customers) Enter(ctx context.Context, who actor.Actor, key once.Key, in EnterInput) (entered MaskedCustomer, replayed bool, err error) {
	var made id.ID
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		made, replayed, err = once.Do(ctx, tx, who, key, func() (id.ID, error) {
			c, created, err := s.EnsureByPhoneTx(ctx, tx, who, in)
			if err == nil && !created {
				err = s.exists(ctx, tx, who, c.ID)
			}
			return c.ID, err
		})
		return err
	})
	if err != nil {
		return MaskedCustomer{}, false, err
	}
	who.Scope = actor.All // one's own creation is shown, whatever its scope has become since
	entered, err = s.Read(ctx, who, made)
	return entered, replayed, err
}

func (s *Customers) exists(ctx context.Context, tx *db.Tx, who actor.Actor, customer id.ID) error {
	f := fault.New(fault.Conflict, "customer.exists", "该手机号的客户已存在。", "There is a customer with this phone number.")
	seen, err := identity.InScope(ctx, tx, who, customer)
	if err != nil {
		return err
	}
	if !seen {
		return f
	}
	return f.At("body.phone", "exists", "客户编号:"+customer.String(), "customer "+customer.String())
}

// EnsureByPhoneTx finds the customer with a phone number, whatever the actor's scope, or enters one;
// created tells which. Staff who create a project by phone number come here too. Errors:
// input.invalid.
func (s *Customers) EnsureByPhoneTx(ctx context.Context, tx *db.Tx, who actor.Actor, in EnterInput) (c identity.Customer, created bool, err error) {
	phone, err := normalPhone("body.phone", in.Phone)
	if err != nil {
		return c, false, err
	}
	c, found, err := identity.CustomerByPhone(ctx, tx, s.codec.phoneIndex(phone))
	if err != nil || found {
		return c, false, err
	}
	in.Phone = phone
	if c, err = s.compose(in); err != nil {
		return c, false, err
	}
	c.EnteredBy, c.CreatedAt = who.ID, tx.Now
	err = db.Insert(ctx, tx, &c)
	if db.Duplicate(err) { // a rival entered the number at the same moment
		rival, _, err := identity.CustomerByPhone(ctx, tx, c.PhoneIdx)
		return rival, false, err
	}
	if err != nil {
		return c, false, fmt.Errorf("enter customer: %w", err)
	}
	return c, true, audit.RecordTx(ctx, tx, who, audit.Entry{Action: "customer.entered", Kind: "customer", Subject: c.ID})
}

// CheckEntry refuses what EnsureByPhoneTx would refuse to enter, without entering it. Errors: input.invalid.
func (s *Customers) CheckEntry(in EnterInput) error {
	phone, err := normalPhone("body.phone", in.Phone)
	if err == nil {
		in.Phone = phone
		_, err = s.compose(in)
	}
	return err
}

func (s *Customers) compose(in EnterInput) (identity.Customer, error) {
	c := identity.Customer{ID: id.New(), Status: identity.CustomerActive, Version: 1}
	name, note := trim(in.Name), trim(in.Note)
	if err := plainLine("body.name", name, NicknameMax); err != nil {
		return c, err
	}
	if err := plainText("body.note", note, NoteMax); err != nil {
		return c, err
	}
	c.Nickname = crypt.MaskName(name)
	if c.Nickname == "" {
		c.Nickname = "客户" + in.Phone[len(in.Phone)-2:]
	}
	var err error
	if c.NameEnc, err = s.codec.seal(identity.CustomerNameField, name); err != nil {
		return c, err
	}
	if c.PhoneEnc, err = s.codec.seal(identity.CustomerPhoneField, in.Phone); err != nil {
		return c, err
	}
	if c.NoteEnc, err = s.codec.seal(identity.CustomerNoteField, note); err != nil {
		return c, err
	}
	if !in.Birthday.IsZero() {
		if err := pastDay("body.birthday", in.Birthday, clock.DayOf(s.db.Now(), s.zone)); err != nil {
			return c, err
		}
	}
	c.Birthday, c.StoreID = in.Birthday, in.StoreID
	c.NameIdx, c.PhoneIdx = s.codec.nameIndex(name), s.codec.phoneIndex(in.Phone)
	c.PhoneLast4Idx = s.codec.last4Index(in.Phone[len(in.Phone)-4:])
	return c, nil
}

// TieToStoreTx locks a customer for a project of a store, and ties one of no store to it: the first
// project does (design.md 5). It returns the record in which the customer lives now, which is the one
// to build upon: the record that was asked for may have been merged meanwhile. Errors: not_found.
func (s *Customers) TieToStoreTx(ctx context.Context, tx *db.Tx, customer, store id.ID) (identity.Customer, error) {
	c, err := identity.LockCustomer(ctx, tx, customer)
	if err != nil || store.IsZero() || !c.StoreID.IsZero() {
		return c, err
	}
	c.StoreID, c.Version = store, c.Version+1
	err = identity.ChangeCustomerTx(ctx, tx, c.ID, map[string]any{"store_id": store})
	return c, err
}
