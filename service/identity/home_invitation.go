package identity

import (
	"context"
	"fmt"
	"time"

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

// What an invitation allows.
const (
	InvitationKind     = 'H'                // the first letter of its code
	InvitationLifetime = 7 * 24 * time.Hour // to accept it
	GuestDaysMax       = 90                 // how long a guest stays at most
	GuestDaysDefault   = 30
	openInvitationsMax = 20 // of one home
)

// InvitationInput says as what somebody is invited.
type InvitationInput struct {
	Role identity.HomeRole // family or guest
	Days int               // guests: how long they stay, 0 for GuestDaysDefault
}

// Invite makes a code by which one person joins the home of the customer who asks. Errors: not_found,
// home.owner_only, input.invalid, invitation.too_many.
func (s *Homes) Invite(ctx context.Context, who actor.Actor, key once.Key, home id.ID, in InvitationInput) (v identity.HomeInvitation, replayed bool, err error) {
	if in.Days, err = guestDays(in); err != nil {
		return v, false, err
	}
	var made id.ID
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		made, replayed, err = once.Do(ctx, tx, who, key, func() (id.ID, error) { return s.inviteTx(ctx, tx, who, home, in) })
		return err
	})
	if err != nil {
		return v, false, err
	}
	v, err = identity.InvitationByID(ctx, s.db, made)
	return v, replayed, err
}

func guestDays(in InvitationInput) (int, error) {
	switch {
	case in.Role != identity.HomeOwner && in.Role != identity.HomeFamily && in.Role != identity.HomeGuest:
		return 0, fault.Broken("body.role", "unknown", "只能邀请共同业主、家人或访客。", "Invite another owner, family or a guest.")
	case in.Role != identity.HomeGuest && in.Days != 0:
		return 0, fault.Broken("body.days", "not_allowed", "业主和家人没有期限。", "Owners and family stay; days are for guests.")
	case in.Days < 0 || in.Days > GuestDaysMax:
		return 0, fault.Broken("body.days", "out_of_range", "访客期限须为 1 到 90 天。", "A guest stays 1 to 90 days.")
	case in.Role == identity.HomeGuest && in.Days == 0:
		return GuestDaysDefault, nil
	}
	return in.Days, nil
}

func (s *Homes) inviteTx(ctx context.Context, tx *db.Tx, who actor.Actor, home id.ID, in InvitationInput) (id.ID, error) {
	mine, err := s.lockAsMember(ctx, tx, who, home)
	if err != nil {
		return id.ID{}, err
	}
	if mine != identity.HomeOwner {
		return id.ID{}, faultHomeOwnerOnly()
	}
	open, err := identity.OpenInvitations(ctx, tx, home, tx.Now)
	if err != nil {
		return id.ID{}, fmt.Errorf("count invitations: %w", err)
	}
	if open >= openInvitationsMax {
		return id.ID{}, faultTooManyInvitations()
	}
	code, err := crypt.Code(InvitationKind, s.entropy)
	if err != nil {
		return id.ID{}, err
	}
	v := identity.HomeInvitation{
		ID: id.New(), Code: code, HomeID: home, Role: in.Role, GuestDays: in.Days, InvitedBy: who.ID,
		CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(InvitationLifetime), Version: 1,
	}
	if err := db.Insert(ctx, tx, &v); err != nil {
		return id.ID{}, fmt.Errorf("invite: %w", err)
	}
	return v.ID, audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: "home.invited", Kind: "home", Subject: home, Detail: map[string]any{"role": in.Role, "days": in.Days},
	})
}

// Accept joins the customer who asks to the home of an invitation, once; accepting it again is no
// mistake for the one who has. Who is more to the home already stays so, and the invitation stays
// open. Errors: not_found, invitation.expired, invitation.used.
func (s *Homes) Accept(ctx context.Context, who actor.Actor, text string) (SeenHome, error) {
	code, err := crypt.ParseCode(text)
	if err != nil || code[0] != InvitationKind || who.Kind != actor.Customer {
		return SeenHome{}, fault.Missing()
	}
	var home id.ID
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		v, err := identity.LockInvitation(ctx, tx, code)
		if err != nil {
			return err
		}
		home = v.HomeID
		return acceptTx(ctx, tx, who, v)
	})
	if err != nil {
		return SeenHome{}, err
	}
	return s.Read(ctx, who, home)
}

func acceptTx(ctx context.Context, tx *db.Tx, who actor.Actor, v identity.HomeInvitation) error {
	if v.AcceptedAt != nil {
		if v.AcceptedBy == who.ID {
			return nil // what became of the membership since is for Read to tell
		}
		return faultInvitationUsed()
	}
	if !tx.Now.Before(v.ExpiresAt) {
		return faultInvitationExpired()
	}
	if _, err := identity.LockHome(ctx, tx, v.HomeID); err != nil { // its members change one after another
		return err
	}
	mine, ok, err := identity.Membership(ctx, tx, who.ID, v.HomeID)
	if err != nil {
		return err
	}
	m := identity.HomeMember{CustomerID: who.ID, HomeID: v.HomeID, Role: v.Role, Since: tx.Now}
	if v.Role == identity.HomeGuest {
		m.Until = ends(tx.Now, v.GuestDays)
	}
	if ok && !mine.Ended(tx.Now) {
		if !outlasts(m, mine) {
			return nil
		}
		m.Since = mine.Since
	}
	if err := identity.SetMemberTx(ctx, tx, m); err != nil {
		return err
	}
	if err := identity.AcceptInvitationTx(ctx, tx, v.ID, who.ID); err != nil {
		return fmt.Errorf("accept invitation: %w", err)
	}
	if v.Role == identity.HomeGuest {
		err := outbox.AddTx(ctx, tx, identity.TopicGuestJoined, identity.GuestJoined{
			CustomerID: who.ID, HomeID: v.HomeID, InvitedBy: v.InvitedBy, InvitationID: v.ID, At: tx.Now,
		})
		if err != nil {
			return err
		}
	}
	return audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: "home.member_joined", Kind: "home", Subject: v.HomeID, Detail: map[string]any{"customer": who.ID, "role": v.Role},
	})
}

// outlasts tells whether a membership gives more than another one: a stronger role, or a longer stay
// in the same.
func outlasts(m, than identity.HomeMember) bool {
	if m.Role != than.Role {
		return m.Role.AtLeast(than.Role)
	}
	return m.Until != nil && than.Until != nil && m.Until.After(*than.Until)
}
