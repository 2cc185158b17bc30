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
	"guike/internal/wechat"
	"guike/model/db"
	"guike/model/identity"
)

// WechatLogin exchanges the code of wx.login; *wechat.Client does.
type WechatLogin interface {
	Code2Session(ctx context.Context, code string) (wechat.Session, error)
}

// CustomerSessions opens sessions; *Sessions does.
type CustomerSessions interface {
	Open(ctx context.Context, tx *db.Tx, kind actor.Kind, subject id.ID, m Meta) (Tokens, error)
}

// CustomersDeps is what Customers stands on.
type CustomersDeps struct {
	DB       *db.DB
	Box      *crypt.Box
	Blind    *crypt.Blind
	Wechat   WechatLogin
	Sessions CustomerSessions
	Zone     *time.Location // of calendar days
	Door     DoorSources    // what other domains add at the door
}

// Customers holds the use cases of customers: sign-in, profile, phone, and what staff may see of them.
type Customers struct {
	db       *db.DB
	codec    codec
	wechat   WechatLogin
	sessions CustomerSessions
	zone     *time.Location
	door     DoorSources
}

// NewCustomers returns the use cases over what they stand on.
func NewCustomers(d CustomersDeps) *Customers {
	return &Customers{db: d.DB, codec: codec{d.Box, d.Blind}, wechat: d.Wechat, sessions: d.Sessions, zone: d.Zone, door: d.Door}
}

// Person is a customer with the sealed fields opened: for the customer alone, or after an audited look.
type Person struct {
	identity.Customer
	Name  string // empty when it is not known
	Phone string // 11 digits, empty when none is bound
	// BirthdayFrom is the first day on which the customer may change the birthday again; empty when it is theirs to change.
	BirthdayFrom clock.Day
}

func (s *Customers) reveal(c identity.Customer) (Person, error) {
	name, err := s.codec.open(identity.CustomerNameField, c.NameEnc)
	if err != nil {
		return Person{}, err
	}
	phone, err := s.codec.open(identity.CustomerPhoneField, c.PhoneEnc)
	return Person{Customer: c, Name: name, Phone: phone, BirthdayFrom: s.birthdayFrom(c, s.db.Now())}, err
}

// Me reads the profile of the customer who asks.
func (s *Customers) Me(ctx context.Context, who actor.Actor) (Person, error) {
	if who.Kind != actor.Customer {
		return Person{}, fault.Missing()
	}
	c, err := identity.FindCustomer(ctx, s.db, who, who.ID)
	if err != nil {
		return Person{}, err
	}
	return s.reveal(c)
}

// NicknameMax is how many characters a nickname or a real name has at most.
const NicknameMax = 32

// ProfileChange says what a customer changes; nil leaves a field as it is, an empty value takes it
// away (a nickname cannot be taken away).
type ProfileChange struct {
	Nickname     *string
	Name         *string
	AvatarFileID *id.ID
	Birthday     *clock.Day
	Version      *int64 // the version that the change was made from; nil for whichever it is
}

// ChangeProfileTx changes the profile of the customer who asks. Whether the avatar is a picture of
// theirs is for the caller to see to, in the same transaction. Errors: input.invalid,
// profile.changed, birthday.changed_lately.
func (s *Customers) ChangeProfileTx(ctx context.Context, tx *db.Tx, who actor.Actor, in ProfileChange) error {
	columns, err := s.profileColumns(in, clock.DayOf(tx.Now, s.zone))
	if err != nil {
		return err
	}
	c, err := identity.LockCustomer(ctx, tx, who.ID)
	if err != nil {
		return err
	}
	if in.Version != nil && *in.Version != c.Version {
		return faultProfileChanged()
	}
	if err := s.changeBirthday(c, tx.Now, columns); err != nil {
		return err
	}
	if len(columns) == 0 {
		return nil
	}
	if err := identity.ChangeCustomerTx(ctx, tx, c.ID, columns); err != nil {
		return fmt.Errorf("change profile: %w", err)
	}
	return nil
}

func (s *Customers) profileColumns(in ProfileChange, today clock.Day) (map[string]any, error) {
	columns := map[string]any{}
	if in.Nickname != nil {
		nickname := trim(*in.Nickname)
		if err := required("body.nickname", nickname, NicknameMax); err != nil {
			return nil, err
		}
		columns["nickname"] = nickname
	}
	if in.Name != nil {
		name := trim(*in.Name)
		if err := plainLine("body.name", name, NicknameMax); err != nil {
			return nil, err
		}
		if err := s.codec.putName(columns, name); err != nil {
			return nil, err
		}
	}
	if in.AvatarFileID != nil {
		columns["avatar_file_id"] = *in.AvatarFileID
	}
	if in.Birthday != nil {
		if err := pastDay("body.birthday", *in.Birthday, today); err != nil {
			return nil, err
		}
		columns["birthday"] = *in.Birthday
	}
	return columns, nil
}
