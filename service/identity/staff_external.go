package identity

import (
	"context"
	"fmt"
	"strings"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
)

// ExternalForm is what is said of somebody of another company who gets a sign-in (C12).
type ExternalForm struct {
	Username string
	Name     string
	Role     actor.Role
	Phone    string
}

// External is an account that has been prepared and not added yet: hashing a password takes too long
// for a transaction.
type External struct {
	row           identity.Staff
	FirstPassword string // shown once
}

// ID is that of the account.
func (e External) ID() id.ID { return e.row.ID }

// Username is what the person signs in with.
func (e External) Username() string { return e.row.Username }

// PrepareExternal makes an account of no store for somebody of another company, with a first password
// that works once. Errors: input.invalid at body.username or body.phone.
func (s *Staff) PrepareExternal(ctx context.Context, in ExternalForm) (External, error) {
	in.Username = normalUsername(in.Username)
	if err := checkUsername(in.Username); err != nil {
		return External{}, err
	}
	sealed, index, err := s.sealPhone(in.Phone)
	if err != nil {
		return External{}, err
	}
	row := identity.Staff{
		ID: id.New(), Username: in.Username, Name: strings.TrimSpace(in.Name), Role: in.Role, PhoneEnc: sealed, PhoneIdx: index,
		External: true, Version: 1,
	}
	drawn, err := s.givePassword(ctx, &row, "")
	return External{row, drawn}, err
}

// AddExternalTx adds a prepared account. Whoever calls has seen to it that the actor may. Errors:
// staff.username_taken.
func (s *Staff) AddExternalTx(ctx context.Context, tx *db.Tx, who actor.Actor, e External) error {
	row := e.row
	row.CreatedAt, row.UpdatedAt, row.PasswordChangedAt = tx.Now, tx.Now, tx.Now
	return s.insert(ctx, tx, who, row)
}

// EnableExternalTx lets somebody of another company in again, with the password that they had, when they
// were kept out for want of a project alone. Who was disabled by hand stays out until somebody enables
// them by hand. Errors: not_found; staff.disabled_by_hand.
func (s *Staff) EnableExternalTx(ctx context.Context, tx *db.Tx, who actor.Actor, staff id.ID) error {
	row, err := lockExternal(ctx, tx, staff)
	switch {
	case err != nil || row.Active():
		return err
	case !row.Idle:
		return errDisabledByHand
	}
	if err := identity.ChangeStaff(ctx, tx, row.ID, map[string]any{"disabled_at": nil, "idle": false}); err != nil {
		return err
	}
	return s.record(ctx, tx, who, "staff.enabled", row)
}

// DisableExternalTx keeps somebody of another company out who has no project any more, until the next one;
// their sessions end within 5 s on every instance. They leave nothing to hand over. Errors: not_found.
func (s *Staff) DisableExternalTx(ctx context.Context, tx *db.Tx, who actor.Actor, staff id.ID) error {
	row, err := lockExternal(ctx, tx, staff)
	if err != nil || !row.Active() {
		return err
	}
	if err := identity.ChangeStaff(ctx, tx, row.ID, map[string]any{"disabled_at": tx.Now, "idle": true}); err != nil {
		return err
	}
	if err := s.sessions.RevokeAllTx(ctx, tx, actor.Staff, row.ID, identity.WhyDisabled); err != nil {
		return err
	}
	return s.record(ctx, tx, who, "staff.disabled", row)
}

// NewExternalPassword draws a new first password for somebody of another company and ends their
// sessions. Whoever calls has seen to it that the actor may. Errors: not_found.
func (s *Staff) NewExternalPassword(ctx context.Context, who actor.Actor, staff id.ID) (username, firstPassword string, err error) {
	var fresh identity.Staff
	if firstPassword, err = s.givePassword(ctx, &fresh, ""); err != nil {
		return "", "", err
	}
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		row, err := lockExternal(ctx, tx, staff)
		if err != nil {
			return err
		}
		username = row.Username
		err = identity.ChangeStaff(ctx, tx, row.ID, map[string]any{
			"password_hash": fresh.PasswordHash, "password_first": true, "password_first_used_at": nil, "password_changed_at": tx.Now,
		})
		if err != nil {
			return err
		}
		if err := s.sessions.RevokeAllTx(ctx, tx, actor.Staff, row.ID, identity.WhyReset); err != nil {
			return err
		}
		return audit.RecordTx(ctx, tx, who, audit.Entry{Action: "staff.password_reset", Kind: string(actor.Staff), Subject: row.ID})
	})
	return username, firstPassword, err
}

// lockExternal locks the account of somebody of another company; one of the house's own is not found.
func lockExternal(ctx context.Context, tx *db.Tx, staff id.ID) (identity.Staff, error) {
	row, err := identity.LockStaff(ctx, tx, actor.Machine(), staff)
	if err == nil && !row.External {
		return row, fault.Missing()
	}
	if err != nil {
		return row, fmt.Errorf("lock external account: %w", err)
	}
	return row, nil
}
