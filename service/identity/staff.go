package identity

import (
	"context"
	"fmt"
	"strings"

	"github.com/alexedwards/argon2id"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
	"guike/model/outbox"
)

// Staff signs the company's people in and looks after their accounts.
type Staff struct {
	db        *db.DB
	sessions  *Sessions
	box       *crypt.Box
	blind     *crypt.Blind
	passwords *passwords
}

// NewStaff returns the staff over a store; box and blind keep work phones.
func NewStaff(d *db.DB, sessions *Sessions, box *crypt.Box, blind *crypt.Blind) *Staff {
	return &Staff{db: d, sessions: sessions, box: box, blind: blind, passwords: newPasswords()}
}

// HashAt makes new passwords cost what cost says instead of what the house asks, before anybody signs in;
// nil changes nothing. It is for tests, whose people have nothing to lose and sign in by the hundred.
func (s *Staff) HashAt(cost *argon2id.Params) {
	if cost != nil {
		s.passwords.cost = *cost
	}
}

// StaffForm is what is said of a person when they join or change.
type StaffForm struct {
	Username string // on joining only
	Name     string
	Role     actor.Role
	StoreID  id.ID
	RegionID id.ID
	Phone    string // the work phone; empty for none
	Password string // on joining only, chosen by the person; empty draws a first password
}

// StaffMember is a member of staff with what the views need beside the row.
type StaffMember struct {
	identity.Staff
	Phone string         // the work phone in full
	Store identity.Store // zero for those of no store
}

// Joined is the result of Create. FirstPassword is shown once: a replay does not have it.
type Joined struct {
	ID            id.ID  `json:"id"`
	FirstPassword string `json:"-"`
}

// Create adds a person within the actor's scope and below the actor's role. Without a chosen password
// one is drawn, which works for one sign-in that can do nothing but choose another. Errors:
// staff.role_forbidden, staff.username_taken, input.invalid.
func (s *Staff) Create(ctx context.Context, who actor.Actor, key once.Key, in StaffForm) (Joined, bool, error) {
	in.Username = normalUsername(in.Username)
	row, err := s.newRow(who, in)
	if err != nil {
		return Joined{}, false, err
	}
	drawn, err := s.givePassword(ctx, &row, in.Password)
	if err != nil {
		return Joined{}, false, err
	}
	var joined Joined
	var replayed bool
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		joined, replayed, err = once.Do(ctx, tx, who, key, func() (Joined, error) {
			row.CreatedAt, row.UpdatedAt, row.PasswordChangedAt = tx.Now, tx.Now, tx.Now
			return Joined{ID: row.ID}, s.insert(ctx, tx, who, row)
		})
		return err
	})
	if err == nil && !replayed {
		joined.FirstPassword = drawn
	}
	return joined, replayed, err
}

// CreateAdmin adds an admin from the command line and returns the first password. Whoever has the
// machine may do so at any time: it is the way back in when every admin has lost theirs.
func (s *Staff) CreateAdmin(ctx context.Context, username, name string) (firstPassword string, err error) {
	joined, _, err := s.Create(ctx, actor.Machine(), once.Key{}, StaffForm{Username: username, Name: name, Role: actor.Admin})
	return joined.FirstPassword, err
}

// newRow checks the form and makes the row of it, all but the password.
func (s *Staff) newRow(who actor.Actor, in StaffForm) (identity.Staff, error) {
	if err := checkUsername(in.Username); err != nil {
		return identity.Staff{}, err
	}
	sealed, index, err := s.sealPhone(in.Phone)
	if err != nil {
		return identity.Staff{}, err
	}
	if err := s.allowed(who, &in); err != nil {
		return identity.Staff{}, err
	}
	return identity.Staff{
		ID: id.New(), Username: in.Username, Name: strings.TrimSpace(in.Name), Role: in.Role,
		StoreID: in.StoreID, RegionID: in.RegionID, PhoneEnc: sealed, PhoneIdx: index, Version: 1,
	}, nil
}

func checkUsername(username string) error {
	if goodUsername.MatchString(username) {
		return nil
	}
	return fault.Broken("body.username", "malformed",
		"用户名为 3–64 位字母、数字、点、横线或下划线,以字母或数字开头。",
		"A user name has 3 to 64 letters, digits, dots, dashes or underscores and begins with a letter or digit.")
}

// allowed checks role and place of a form against the actor, without the store. A store manager need
// not name the own store.
func (s *Staff) allowed(who actor.Actor, in *StaffForm) error {
	if strings.TrimSpace(in.Name) == "" {
		return fault.Broken("body.name", "required", "请填写姓名。", "A name is required.")
	}
	if in.StoreID.IsZero() && who.Scope == actor.Store && placeOf(in.Role) != nowhere && placeOf(in.Role) != inRegion {
		in.StoreID = who.StoreID
	}
	if err := in.placed(); err != nil {
		return err
	}
	if !mayManage(who, in.Role) {
		return errRoleForbidden
	}
	return nil
}

// givePassword hashes the chosen password, or draws one and returns it.
func (s *Staff) givePassword(ctx context.Context, row *identity.Staff, chosen string) (drawn string, err error) {
	if chosen != "" {
		if err := s.passwords.judge(chosen, row.Username, "body.password"); err != nil {
			return "", err
		}
		row.PasswordHash, err = s.passwords.hash(ctx, chosen)
		return "", err
	}
	if drawn, err = drawPassword(); err != nil {
		return "", err
	}
	row.PasswordFirst = true
	row.PasswordHash, err = s.passwords.hash(ctx, drawn)
	return drawn, err
}

func (s *Staff) insert(ctx context.Context, tx *db.Tx, who actor.Actor, row identity.Staff) error {
	if err := s.checkPlace(ctx, tx, who, row.StoreID, row.RegionID); err != nil {
		return err
	}
	err := identity.InsertStaff(ctx, tx, &row)
	if db.Duplicate(err) {
		return errUsernameTaken
	}
	if err != nil {
		return fmt.Errorf("add a member of staff: %w", err)
	}
	return s.record(ctx, tx, who, "staff.created", row)
}

// checkPlace refuses stores and regions that do not exist or are not the actor's.
func (s *Staff) checkPlace(ctx context.Context, tx *db.Tx, who actor.Actor, store, region id.ID) error {
	if !store.IsZero() {
		row, err := identity.StoreByID(ctx, tx, store)
		if err != nil && !db.Missing(err) {
			return fmt.Errorf("find a store: %w", err)
		}
		mine := who.Scope == actor.All || who.Scope == actor.Store && store == who.StoreID ||
			who.Scope == actor.Region && !row.RegionID.IsZero() && row.RegionID == who.RegionID
		if err != nil || !mine {
			return fault.Broken("body.store_id", "unknown", "没有这家门店。", "There is no such store.")
		}
	}
	if region.IsZero() {
		return nil
	}
	if _, err := identity.RegionByID(ctx, tx, region); err != nil {
		return missingAs(err, fault.Broken("body.region_id", "unknown", "没有这个区域。", "There is no such region."), "find a region")
	}
	return nil
}

func (s *Staff) record(ctx context.Context, tx *db.Tx, who actor.Actor, action string, row identity.Staff) error {
	return audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: action, Kind: string(actor.Staff), Subject: row.ID,
		Detail: map[string]any{"role": row.Role, "store_id": row.StoreID, "region_id": row.RegionID},
	})
}

// Update changes name, role, place and phone of a person. A new role or store counts within 5 s on
// every instance. Errors: not_found, staff.role_forbidden, staff.last_admin, staff.external,
// input.invalid.
func (s *Staff) Update(ctx context.Context, who actor.Actor, staff id.ID, in StaffForm) (StaffMember, error) {
	sealed, index, err := s.sealPhone(in.Phone)
	if err != nil {
		return StaffMember{}, err
	}
	return s.change(ctx, who, staff, func(tx *db.Tx, row identity.Staff, admins []id.ID) error {
		if err := s.allowed(who, &in); err != nil {
			return err
		}
		if row.External {
			return errExternal
		}
		if row.Role == actor.Admin && in.Role != actor.Admin && lastOf(admins, row) {
			return errLastAdmin
		}
		if err := s.checkPlace(ctx, tx, who, in.StoreID, in.RegionID); err != nil {
			return err
		}
		err := identity.ChangeStaff(ctx, tx, row.ID, map[string]any{
			"name": strings.TrimSpace(in.Name), "role": in.Role, "store_id": in.StoreID, "region_id": in.RegionID,
			"phone_enc": sealed, "phone_idx": index,
		})
		if err != nil {
			return err
		}
		row.Role, row.StoreID, row.RegionID = in.Role, in.StoreID, in.RegionID
		if err := s.record(ctx, tx, who, "staff.changed", row); err != nil {
			return err
		}
		return s.sessions.ReloadTx(ctx, tx, actor.Staff, row.ID)
	})
}

// Disable keeps a person out from now on: sign-in is refused and every session ends within 5 s on
// every instance. Disabling twice is no error; a third party who was kept out for want of a project alone
// stays out from then on, whatever project comes. Errors: not_found, staff.role_forbidden,
// staff.own_account, staff.last_admin.
func (s *Staff) Disable(ctx context.Context, who actor.Actor, staff id.ID) (StaffMember, error) {
	return s.change(ctx, who, staff, func(tx *db.Tx, row identity.Staff, admins []id.ID) error {
		switch {
		case row.ID == who.ID:
			return errOwnAccount
		case !row.Active() && !row.Idle:
			return nil
		case row.Role == actor.Admin && lastOf(admins, row):
			return errLastAdmin
		}
		since := tx.Now
		if row.Idle { // kept out already; from now on by hand
			since = *row.DisabledAt
		}
		if err := identity.ChangeStaff(ctx, tx, row.ID, map[string]any{"disabled_at": since, "idle": false}); err != nil {
			return err
		}
		if err := s.sessions.RevokeAllTx(ctx, tx, actor.Staff, row.ID, identity.WhyDisabled); err != nil {
			return err
		}
		if err := outbox.AddTx(ctx, tx, identity.TopicStaffDisabled, identity.StaffDisabled{StaffID: row.ID}); err != nil {
			return err
		}
		return s.record(ctx, tx, who, "staff.disabled", row)
	})
}

// Enable lets a person in again with the password that they had. Errors: not_found,
// staff.role_forbidden.
func (s *Staff) Enable(ctx context.Context, who actor.Actor, staff id.ID) (StaffMember, error) {
	return s.change(ctx, who, staff, func(tx *db.Tx, row identity.Staff, _ []id.ID) error {
		if row.Active() {
			return nil
		}
		if err := identity.ChangeStaff(ctx, tx, row.ID, map[string]any{"disabled_at": nil, "idle": false}); err != nil {
			return err
		}
		return s.record(ctx, tx, who, "staff.enabled", row)
	})
}

// ResetPassword draws a new first password for a person and ends their sessions. Errors: not_found,
// staff.role_forbidden, staff.own_account.
func (s *Staff) ResetPassword(ctx context.Context, who actor.Actor, staff id.ID) (firstPassword string, err error) {
	var fresh identity.Staff
	if firstPassword, err = s.givePassword(ctx, &fresh, ""); err != nil {
		return "", err
	}
	_, err = s.change(ctx, who, staff, func(tx *db.Tx, row identity.Staff, _ []id.ID) error {
		if row.ID == who.ID {
			return errOwnAccount
		}
		err := identity.ChangeStaff(ctx, tx, row.ID, map[string]any{
			"password_hash": fresh.PasswordHash, "password_first": true, "password_first_used_at": nil, "password_changed_at": tx.Now,
		})
		if err != nil {
			return err
		}
		if err := s.sessions.RevokeAllTx(ctx, tx, actor.Staff, row.ID, identity.WhyReset); err != nil {
			return err
		}
		return s.record(ctx, tx, who, "staff.password_reset", row)
	})
	if err != nil {
		return "", err
	}
	return firstPassword, nil
}

// change locks a person whom the actor may manage, the active admins before them, runs fn and returns
// the person as they are then.
func (s *Staff) change(ctx context.Context, who actor.Actor, staff id.ID, fn func(tx *db.Tx, row identity.Staff, admins []id.ID) error) (StaffMember, error) {
	var after identity.Staff
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		admins, err := identity.LockAdmins(ctx, tx)
		if err != nil {
			return err
		}
		row, err := identity.LockStaff(ctx, tx, who, staff)
		if err != nil {
			return err
		}
		if !mayManage(who, row.Role) {
			return errRoleForbidden
		}
		if err := fn(tx, row, admins); err != nil {
			return err
		}
		after, err = identity.StaffByID(ctx, tx, staff)
		return err
	})
	if err != nil {
		return StaffMember{}, err
	}
	return s.person(ctx, after)
}

// lastOf tells that the person is the only one left of the active admins.
func lastOf(admins []id.ID, row identity.Staff) bool {
	return row.Active() && len(admins) == 1 && admins[0] == row.ID
}

// Get finds a person within the actor's scope. Errors: not_found.
func (s *Staff) Get(ctx context.Context, who actor.Actor, staff id.ID) (StaffMember, error) {
	row, err := identity.FindStaff(ctx, s.db, who, staff)
	if err != nil {
		return StaffMember{}, err
	}
	return s.person(ctx, row)
}

// Me finds the actor. Errors: not_found.
func (s *Staff) Me(ctx context.Context, who actor.Actor) (StaffMember, error) {
	who.Scope = actor.Own
	return s.Get(ctx, who, who.ID)
}

// List lists the people within the actor's scope, the latest to join first.
func (s *Staff) List(ctx context.Context, who actor.Actor, f identity.StaffFilter, p db.Page) ([]StaffMember, db.Cursor, error) {
	rows, next, err := identity.ListStaff(ctx, s.db, who, f, p)
	if err != nil {
		return nil, db.Cursor{}, err
	}
	people, err := s.people(ctx, rows...)
	return people, next, err
}

func (s *Staff) person(ctx context.Context, row identity.Staff) (StaffMember, error) {
	people, err := s.people(ctx, row)
	if err != nil {
		return StaffMember{}, err
	}
	return people[0], nil
}

func (s *Staff) people(ctx context.Context, rows ...identity.Staff) ([]StaffMember, error) {
	var ids []id.ID
	for _, r := range rows {
		if !r.StoreID.IsZero() {
			ids = append(ids, r.StoreID)
		}
	}
	stores, err := identity.StoresByIDs(ctx, s.db, ids)
	if err != nil {
		return nil, err
	}
	people := make([]StaffMember, 0, len(rows))
	for _, r := range rows {
		phone, err := s.box.Open(identity.StaffPhoneField, r.PhoneEnc)
		if err != nil {
			return nil, fmt.Errorf("work phone of %s: %w", r.ID, err)
		}
		people = append(people, StaffMember{Staff: r, Phone: phone, Store: stores[r.StoreID]})
	}
	return people, nil
}

func (s *Staff) sealPhone(phone string) (sealed, index []byte, err error) {
	if phone == "" {
		return nil, nil, nil
	}
	number, err := crypt.NormalPhone(phone)
	if err != nil {
		return nil, nil, fault.Broken("body.phone", "malformed", "请填写 11 位手机号。", "This is no mainland mobile number.")
	}
	if sealed, err = s.box.Seal(identity.StaffPhoneField, number); err != nil {
		return nil, nil, fmt.Errorf("seal a work phone: %w", err)
	}
	return sealed, s.blind.Index(identity.StaffPhoneField, number), nil
}
