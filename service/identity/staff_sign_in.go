package identity

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
)

// usernameField names the column to the blind index under which failures are counted.
const usernameField = "sign_in_failures.name"

// SignIn opens a session for a user name and its password. A first password works once. From the
// tenth failure of a name within 15 minutes everything is refused for it, whether or not the name
// exists, wherever the requests come from, and the right password as well. Errors: auth.failed,
// auth.locked.
func (s *Staff) SignIn(ctx context.Context, username, password string, m Meta) (Tokens, StaffMember, error) {
	username = normalUsername(username)
	if err := s.refuseLocked(ctx, s.db, username); err != nil {
		return Tokens{}, StaffMember{}, err
	}
	row, right, err := s.check(ctx, username, password)
	if err != nil {
		return Tokens{}, StaffMember{}, err
	}
	if !right {
		return Tokens{}, StaffMember{}, s.failed(ctx, username)
	}
	var pair Tokens
	var spent bool
	err = s.db.Tx(ctx, func(tx *db.Tx) (err error) {
		pair, spent, err = s.admit(ctx, tx, row, m)
		return err
	})
	if err == nil && spent {
		return Tokens{}, StaffMember{}, s.failed(ctx, username)
	}
	if err != nil {
		return Tokens{}, StaffMember{}, err
	}
	person, err := s.person(ctx, row)
	return pair, person, err
}

// check compares a password with that of the user name. Without such a user it takes as long.
func (s *Staff) check(ctx context.Context, username, password string) (identity.Staff, bool, error) {
	row, err := identity.StaffByUsername(ctx, s.db, username)
	if err != nil && !db.Missing(err) {
		return row, false, fmt.Errorf("find who signs in: %w", err)
	}
	hash := row.PasswordHash
	if db.Missing(err) {
		hash = nobodysHash
	}
	same, err := s.passwords.matches(ctx, password, hash)
	return row, same && row.Active() && !row.ID.IsZero(), err
}

// admit opens the session, unless the failures of others locked the name meanwhile, the person or the
// password changed since it was checked, or the first password is spent.
func (s *Staff) admit(ctx context.Context, tx *db.Tx, checked identity.Staff, m Meta) (pair Tokens, spent bool, err error) {
	row, err := identity.LockStaff(ctx, tx, actor.Machine(), checked.ID)
	if err != nil {
		return pair, false, err
	}
	if err := s.refuseLocked(ctx, tx, row.Username); err != nil {
		return pair, false, err
	}
	if !row.Active() || row.PasswordHash != checked.PasswordHash {
		return pair, true, nil
	}
	if row.PasswordFirst {
		mine, err := identity.SpendFirstPassword(ctx, tx, row.ID, row.PasswordHash)
		if err != nil || !mine {
			return pair, !mine, err
		}
	}
	if pair, err = s.sessions.Open(ctx, tx, actor.Staff, row.ID, m); err != nil {
		return pair, false, err
	}
	return pair, false, audit.RecordTx(ctx, tx, actor.Actor{Kind: actor.Staff, ID: row.ID}, audit.Entry{
		Action: "staff.signed_in", Kind: string(actor.Staff), Subject: row.ID, Detail: map[string]id.ID{"session_id": pair.SessionID},
	})
}

func (s *Staff) nameHash(username string) []byte { return s.blind.Index(usernameField, username) }

// refuseLocked answers auth.locked while the name is locked.
func (s *Staff) refuseLocked(ctx context.Context, r db.Reader, username string) error {
	now := s.db.Now()
	until, err := identity.SignInLocked(ctx, r, s.nameHash(username), now)
	if err != nil {
		return err
	}
	return locked(until, now)
}

func locked(until, now time.Time) error {
	if until.IsZero() {
		return nil
	}
	return errLocked.After(max(until.Sub(now), time.Second))
}

// firstFailures is how often rivals may meet while counting the first failure of a name.
const firstFailures = 5

// failed counts a failure and is the answer to it: auth.failed, from the tenth on auth.locked. The
// answers to attempts made at once are given in the order in which they are counted, so that no more
// than nine guesses are ever answered.
func (s *Staff) failed(ctx context.Context, username string) error {
	var until time.Time
	var err error
	for range firstFailures {
		err = s.db.Tx(ctx, func(tx *db.Tx) (err error) {
			until, err = identity.AddSignInFailure(ctx, tx, s.nameHash(username))
			return err
		})
		if !db.Duplicate(err) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("count a sign-in failure: %w", err)
	}
	if err := locked(until, s.db.Now()); err != nil {
		return err
	}
	return errCredentials
}

// ChangePassword gives the actor another password and ends all their other sessions. A wrong old
// password counts as a sign-in failure. Errors: input.invalid, auth.locked.
func (s *Staff) ChangePassword(ctx context.Context, who actor.Actor, old, fresh string) error {
	row, err := identity.StaffByID(ctx, s.db, who.ID)
	if err != nil {
		return missingAs(err, fault.Missing(), "find who changes the password")
	}
	if err := s.refuseLocked(ctx, s.db, row.Username); err != nil {
		return err
	}
	right, err := s.passwords.matches(ctx, old, row.PasswordHash)
	if err != nil {
		return err
	}
	if !right {
		return s.wrongOld(ctx, row.Username)
	}
	if err := s.passwords.judge(fresh, row.Username, "body.new_password"); err != nil {
		return err
	}
	same, err := s.passwords.matches(ctx, fresh, row.PasswordHash)
	if err != nil {
		return err
	}
	if same {
		return fault.Broken("body.new_password", "unchanged", "新密码不能与旧密码相同。", "The new password is the old one.")
	}
	hash, err := s.passwords.hash(ctx, fresh)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error { return s.setPassword(ctx, tx, who, row, hash) })
}

func (s *Staff) wrongOld(ctx context.Context, username string) error {
	if err := s.failed(ctx, username); fault.Code(err) != errCredentials.Code {
		return err
	}
	return fault.Broken("body.old_password", "wrong", "原密码不正确。", "The old password is wrong.")
}

func (s *Staff) setPassword(ctx context.Context, tx *db.Tx, who actor.Actor, checked identity.Staff, hash string) error {
	row, err := identity.LockStaff(ctx, tx, actor.Machine(), who.ID)
	if err != nil {
		return err
	}
	if err := s.refuseLocked(ctx, tx, row.Username); err != nil {
		return err
	}
	if row.PasswordHash != checked.PasswordHash {
		return fault.Broken("body.old_password", "wrong", "原密码不正确。", "The old password is wrong.")
	}
	err = identity.ChangeStaff(ctx, tx, row.ID, map[string]any{
		"password_hash": hash, "password_first": false, "password_first_used_at": nil, "password_changed_at": tx.Now,
	})
	if err != nil {
		return err
	}
	if err := s.sessions.revokeOthersTx(ctx, tx, who, identity.WhyPassword); err != nil {
		return err
	}
	if err := s.sessions.ReloadTx(ctx, tx, actor.Staff, who.ID); err != nil { // the own session is no first one any more
		return err
	}
	return audit.RecordTx(ctx, tx, who, audit.Entry{Action: "staff.password_changed", Kind: string(actor.Staff), Subject: row.ID})
}
