package identity

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
)

// ErrPhoneMoved says that a rival changed who has the number while the transaction ran: it is to be
// rolled back and run again.
var ErrPhoneMoved = errors.New("the number changed hands meanwhile")

// PhoneBound is what binding a number did.
type PhoneBound struct {
	Customer  id.ID
	Changed   bool  // false when the customer had this number, verified, before
	Rebound   bool  // another number was replaced
	Merged    id.ID // the record entered by staff that now lives on in Customer; zero for none
	EnteredBy id.ID // who entered that record
}

// OpenID is the openid of the customer who asks, to which codes are bound. Errors:
// customer.not_claimed.
func (s *Customers) OpenID(ctx context.Context, who actor.Actor) (string, error) {
	w, ok, err := identity.IdentityOf(ctx, s.db, who.ID)
	if err != nil {
		return "", err
	}
	if !ok || who.Kind != actor.Customer {
		return "", faultNoWechat()
	}
	return w.OpenID, nil
}

// MainlandPhone brings a number that WeChat vouched for to its normal form. Errors: phone.unsupported.
func MainlandPhone(country, pure string) (string, error) {
	phone, err := crypt.NormalPhone(pure)
	if err != nil || (country != "86" && country != "") {
		return "", faultPhoneUnsupported()
	}
	return phone, nil
}

// BindPhoneTx binds a verified number, in its normal form, to the customer who asks. A record that
// staff entered with this number is merged into theirs: homes, consents, store and name; what other
// domains hold of it is for the caller to move in the same transaction (design.md 5). Errors:
// phone.taken when another customer who signs in by WeChat has it; ErrPhoneMoved.
func (s *Customers) BindPhoneTx(ctx context.Context, tx *db.Tx, who actor.Actor, phone string) (PhoneBound, error) {
	index := s.codec.phoneIndex(phone)
	holder, held, err := identity.CustomerByPhone(ctx, tx, index)
	if err != nil {
		return PhoneBound{}, err
	}
	if !held {
		holder.ID = who.ID
	}
	me, holder, err := lockBoth(ctx, tx, who.ID, holder.ID)
	if err != nil {
		return PhoneBound{}, err
	}
	if held && !bytes.Equal(holder.PhoneIdx, index) {
		return PhoneBound{}, ErrPhoneMoved
	}
	bound := PhoneBound{Customer: me.ID, Changed: true, Rebound: len(me.PhoneIdx) > 0 && !bytes.Equal(me.PhoneIdx, index)}
	if holder.ID == me.ID && held && me.PhoneBoundAt != nil {
		bound.Changed = false
		return bound, nil
	}
	columns := map[string]any{"phone_bound_at": tx.Now}
	if holder.ID != me.ID {
		if err := s.absorbTx(ctx, tx, me, holder, columns); err != nil {
			return PhoneBound{}, err
		}
		bound.Merged, bound.EnteredBy = holder.ID, holder.EnteredBy
	}
	if err := s.codec.putPhone(columns, phone); err != nil {
		return PhoneBound{}, err
	}
	err = identity.ChangeCustomerTx(ctx, tx, me.ID, columns)
	if db.Duplicate(err) {
		return PhoneBound{}, ErrPhoneMoved
	}
	if err != nil {
		return PhoneBound{}, fmt.Errorf("bind phone: %w", err)
	}
	return bound, nil
}

// lockBoth locks two customers, lowest id first, so that rivals cannot block each other.
func lockBoth(ctx context.Context, tx *db.Tx, first, second id.ID) (a, b identity.Customer, err error) {
	if second.Less(first) {
		b, a, err = lockBoth(ctx, tx, second, first)
		return a, b, err
	}
	if a, err = identity.LockCustomer(ctx, tx, first); err != nil || first == second {
		return a, a, err
	}
	b, err = identity.LockCustomer(ctx, tx, second)
	return a, b, err
}

// absorbTx moves what identity holds of an unclaimed record into me: columns are completed with what
// me lacks. Errors: phone.taken when the record is somebody's who signs in.
func (s *Customers) absorbTx(ctx context.Context, tx *db.Tx, me, other identity.Customer, columns map[string]any) error {
	_, claimed, err := identity.IdentityOf(ctx, tx, other.ID)
	if err != nil {
		return err
	}
	if claimed || other.Status != identity.CustomerActive {
		return FaultPhoneTaken()
	}
	inherit(me, other, columns)
	if err := identity.EndMergedTx(ctx, tx, other.ID, me.ID); err != nil {
		return err
	}
	if err := moveHomesTx(ctx, tx, other.ID, me.ID); err != nil {
		return err
	}
	if err := identity.MovePreferencesTx(ctx, tx, other.ID, me.ID); err != nil {
		return err
	}
	if err := identity.MoveCareNotesTx(ctx, tx, other.ID, me.ID); err != nil {
		return err
	}
	return identity.CopyConsentsTx(ctx, tx, other.ID, me.ID)
}

// inherit fills what the signed-in record lacks with what staff had entered.
func inherit(me, other identity.Customer, columns map[string]any) {
	if len(me.NameEnc) == 0 && len(other.NameEnc) > 0 {
		columns["name_enc"], columns["name_idx"] = other.NameEnc, other.NameIdx
	}
	if me.Birthday.IsZero() && !other.Birthday.IsZero() {
		columns["birthday"] = other.Birthday
	}
	if at := other.BirthdayChangedAt; at != nil && (me.BirthdayChangedAt == nil || me.BirthdayChangedAt.Before(*at)) {
		columns["birthday_changed_at"] = *at
	}
	if len(me.NoteEnc) == 0 && len(other.NoteEnc) > 0 {
		columns["note_enc"] = other.NoteEnc
	}
	if me.StoreID.IsZero() && !other.StoreID.IsZero() {
		columns["store_id"] = other.StoreID
	}
	if me.EnteredBy.IsZero() && !other.EnteredBy.IsZero() {
		columns["entered_by"] = other.EnteredBy
	}
}

// moveHomesTx gives one customer the memberships of another; of two in the same home the stronger
// one that has not run out stays.
func moveHomesTx(ctx context.Context, tx *db.Tx, from, to id.ID) error {
	memberships, err := identity.Memberships(ctx, tx, from)
	if err != nil {
		return err
	}
	for _, m := range memberships {
		if _, err := identity.LockHome(ctx, tx, m.HomeID); err != nil {
			return err
		}
		mine, ok, err := identity.Membership(ctx, tx, to, m.HomeID)
		if err != nil {
			return err
		}
		if _, err := identity.RemoveMemberTx(ctx, tx, from, m.HomeID); err != nil {
			return err
		}
		if ok && !mine.Ended(tx.Now) && mine.Role.AtLeast(m.Role) {
			continue
		}
		m.CustomerID = to
		if err := identity.SetMemberTx(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

// normalPhone reads a number that staff typed.
func normalPhone(location, phone string) (string, error) {
	normal, err := crypt.NormalPhone(phone)
	if err != nil {
		return "", fault.Broken(location, "phone", "请输入 11 位中国大陆手机号。", "This is no mobile number of mainland China.")
	}
	return normal, nil
}
