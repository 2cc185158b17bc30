package identity

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"math"
	"time"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
)

// MaxHomes is how many homes a customer opens at most; MaxArea is the largest one in square metres.
const (
	MaxHomes = 50
	MaxArea  = 100_000
)

// Homes holds the use cases of dwellings and who belongs to them (row A9).
type Homes struct {
	db      *db.DB
	codec   codec
	entropy io.Reader
}

// NewHomes returns the use cases over the store, the field keys and the blind index.
func NewHomes(d *db.DB, box *crypt.Box, blind *crypt.Blind) *Homes {
	return &Homes{db: d, codec: codec{box, blind}, entropy: rand.Reader}
}

// HomeInput describes a dwelling.
type HomeInput struct {
	Name     string
	City     string
	District string // may be empty
	Address  string // street, number, flat; without city and district
	AreaM2   float64
}

// SeenHome is a home as one of its members sees it. Guests see the address masked and whole, so that
// City and District stand in it too.
type SeenHome struct {
	identity.HomeOf
	Address string
	Members []identity.Member // when one home is read
}

// CreateTx opens a home for an owner. Errors: input.invalid.
func (s *Homes) CreateTx(ctx context.Context, tx *db.Tx, who actor.Actor, owner id.ID, in HomeInput) (identity.Home, error) {
	h, err := s.compose(in)
	if err != nil {
		return h, err
	}
	h.CreatedByKind, h.CreatedBy, h.CreatedAt = who.Kind, who.ID, tx.Now
	if err := db.Insert(ctx, tx, &h); err != nil {
		return h, fmt.Errorf("create home: %w", err)
	}
	err = identity.SetMemberTx(ctx, tx, identity.HomeMember{CustomerID: owner, HomeID: h.ID, Role: identity.HomeOwner, Since: tx.Now})
	if err != nil {
		return h, err
	}
	return h, audit.RecordTx(ctx, tx, who, audit.Entry{Action: "home.created", Kind: "home", Subject: h.ID, Detail: map[string]id.ID{"owner": owner}})
}

// Check refuses what CreateTx would refuse, without creating anything. Errors: input.invalid.
func (s *Homes) Check(in HomeInput) error {
	_, err := s.compose(in)
	return err
}

func (s *Homes) compose(in HomeInput) (identity.Home, error) {
	h := identity.Home{ID: id.New(), Name: trim(in.Name), City: trim(in.City), District: trim(in.District), Version: 1}
	address := trim(in.Address)
	if err := firstError(
		required("body.name", h.Name, 32),
		required("body.city", h.City, 32),
		plainLine("body.district", h.District, 32),
		required("body.address", address, 200),
	); err != nil {
		return h, err
	}
	h.AreaM2 = math.Round(in.AreaM2*100) / 100
	if math.IsNaN(h.AreaM2) || h.AreaM2 <= 0 || h.AreaM2 > MaxArea {
		return h, fault.Broken("body.area_m2", "out_of_range", "面积须大于 0 且不超过 100000 平方米。", "The area lies between 0 and 100,000 square metres.")
	}
	var err error
	h.AddressEnc, err = s.codec.seal(identity.HomeAddressField, address)
	return h, err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Create opens a home for the customer who asks. Errors: input.invalid, home.too_many.
func (s *Homes) Create(ctx context.Context, who actor.Actor, key once.Key, in HomeInput) (seen SeenHome, replayed bool, err error) {
	var made id.ID
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		made, replayed, err = once.Do(ctx, tx, who, key, func() (id.ID, error) {
			if _, err := identity.LockCustomer(ctx, tx, who.ID); err != nil {
				return id.ID{}, err
			}
			mine, err := identity.Memberships(ctx, tx, who.ID)
			if err != nil {
				return id.ID{}, err
			}
			if len(mine) >= MaxHomes {
				return id.ID{}, faultTooManyHomes()
			}
			h, err := s.CreateTx(ctx, tx, who, who.ID, in)
			return h.ID, err
		})
		return err
	})
	if err != nil {
		return SeenHome{}, false, err
	}
	seen, err = s.Read(ctx, who, made)
	return seen, replayed, err
}

// List lists the homes of the customer who asks, newest first.
func (s *Homes) List(ctx context.Context, who actor.Actor, p db.Page) ([]SeenHome, db.Cursor, error) {
	if who.Kind != actor.Customer {
		return nil, db.Cursor{}, fault.Missing()
	}
	rows, next, err := identity.ListHomes(ctx, s.db, who.ID, s.db.Now(), p)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	homes := make([]SeenHome, 0, len(rows))
	for _, h := range rows {
		seen, err := s.see(h)
		if err != nil {
			return nil, db.Cursor{}, err
		}
		homes = append(homes, seen)
	}
	return homes, next, nil
}

// Read shows a home of the customer who asks with its members. Errors: not_found.
func (s *Homes) Read(ctx context.Context, who actor.Actor, home id.ID) (SeenHome, error) {
	if who.Kind != actor.Customer {
		return SeenHome{}, fault.Missing()
	}
	h, err := identity.FindHome(ctx, s.db, who.ID, home, s.db.Now())
	if err != nil {
		return SeenHome{}, err
	}
	seen, err := s.see(h)
	if err != nil {
		return SeenHome{}, err
	}
	seen.Members, err = identity.MembersOf(ctx, s.db, home, s.db.Now())
	return seen, err
}

func (s *Homes) see(h identity.HomeOf) (SeenHome, error) {
	if !h.Role.AtLeast(identity.HomeFamily) {
		return SeenHome{HomeOf: h, Address: maskedAddress(h.Home)}, nil
	}
	address, err := s.codec.open(identity.HomeAddressField, h.AddressEnc)
	return SeenHome{HomeOf: h, Address: address}, err
}

// HomeRole tells what the actor is to a home now, identity.NoHomeRole for strangers and staff.
func (s *Homes) HomeRole(ctx context.Context, r db.Reader, who actor.Actor, home id.ID) (identity.HomeRole, error) {
	if who.Kind != actor.Customer {
		return identity.NoHomeRole, nil
	}
	return identity.HomeRoleOf(ctx, r, who.ID, home, s.db.Now())
}

// RemoveMember ends a membership: owners remove family and guests, anybody may leave, but the last
// owner. Errors: not_found, home.owner_only, home.owner_stays, home.last_owner.
func (s *Homes) RemoveMember(ctx context.Context, who actor.Actor, home, member id.ID) error {
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		mine, err := s.lockAsMember(ctx, tx, who, home)
		if err != nil {
			return err
		}
		m, ok, err := identity.Membership(ctx, tx, member, home)
		if err != nil {
			return err
		}
		if err := mayRemove(ctx, tx, who, mine, m, ok); err != nil {
			return err
		}
		if _, err := identity.RemoveMemberTx(ctx, tx, member, home); err != nil {
			return fmt.Errorf("remove member: %w", err)
		}
		return audit.RecordTx(ctx, tx, who, audit.Entry{
			Action: "home.member_removed", Kind: "home", Subject: home, Detail: map[string]id.ID{"customer": member},
		})
	})
}

// lockAsMember locks the home, so that its members change one after another, and tells what the
// actor is to it. A stranger gets not_found.
func (s *Homes) lockAsMember(ctx context.Context, tx *db.Tx, who actor.Actor, home id.ID) (identity.HomeRole, error) {
	if _, err := identity.LockHome(ctx, tx, home); err != nil {
		return identity.NoHomeRole, err
	}
	if who.Kind != actor.Customer {
		return identity.NoHomeRole, fault.Missing()
	}
	role, err := identity.HomeRoleOf(ctx, tx, who.ID, home, tx.Now)
	if err == nil && role == identity.NoHomeRole {
		err = fault.Missing()
	}
	return role, err
}

func mayRemove(ctx context.Context, tx *db.Tx, who actor.Actor, mine identity.HomeRole, m identity.HomeMember, ok bool) error {
	leaving := ok && m.CustomerID == who.ID
	switch {
	case !leaving && mine != identity.HomeOwner:
		return faultHomeOwnerOnly()
	case !ok:
		return fault.Missing()
	case m.Role != identity.HomeOwner:
		return nil
	case !leaving:
		return faultOwnerStays()
	}
	owners, err := identity.Owners(ctx, tx, m.HomeID)
	if err == nil && owners < 2 {
		err = faultLastOwner()
	}
	return err
}

// ends is the instant days after now.
func ends(now time.Time, days int) *time.Time {
	at := now.AddDate(0, 0, days)
	return &at
}
