package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/cache"
	"guike/model/db"
	"guike/model/identity"
)

// The sliding lifetimes of sessions, and how long a replaced refresh token is still answered because
// networks repeat requests (design.md 5).
const (
	CustomerLifetime = 30 * 24 * time.Hour
	StaffLifetime    = 7 * 24 * time.Hour
	RefreshGrace     = 10 * time.Second
)

// SessionCache remembers sessions for all instances, for 4 s at most after the store was read.
// model/cache is one.
type SessionCache interface {
	Session(ctx context.Context, sid id.ID) (cache.Entry, bool, error)
	PutSession(ctx context.Context, e cache.Entry) error
	DropSessions(ctx context.Context, sids ...id.ID) error
}

// Tokens are what a client gets when it signs in or refreshes.
type Tokens struct {
	Access    string
	ExpiresIn int64 // seconds until the access token is of no use
	Refresh   string
	SessionID id.ID
}

// Sessions opens, checks and ends the sessions of customers and staff. It is safe for concurrent use.
type Sessions struct {
	db     *db.DB
	cache  SessionCache
	signer *signer
	recent *recent
	log    *slog.Logger
}

// NewSessions returns the sessions over a store, a cache and the ring of signing keys. It refuses an
// empty ring, ids used twice and secrets shorter than 32 bytes.
func NewSessions(d *db.DB, c SessionCache, ring []SigningKey, log *slog.Logger) (*Sessions, error) {
	signer, err := newSigner(ring, d.Clock())
	if err != nil {
		return nil, err
	}
	return &Sessions{db: d, cache: c, signer: signer, recent: newRecent(d.Clock()), log: log}, nil
}

func lifetime(kind actor.Kind) time.Duration {
	if kind == actor.Staff {
		return StaffLifetime
	}
	return CustomerLifetime
}

// Open begins a session of a customer or a member of staff, whose row the caller has locked in tx.
func (s *Sessions) Open(ctx context.Context, tx *db.Tx, kind actor.Kind, subject id.ID, m Meta) (Tokens, error) {
	m = m.trimmed()
	row := identity.Session{
		ID: id.New(), Kind: kind, SubjectID: subject, ExpiresAt: tx.Now.Add(lifetime(kind)),
		LastSeenAt: tx.Now, UserAgent: m.UserAgent, Address: m.Address, CreatedAt: tx.Now,
	}
	if err := identity.InsertSession(ctx, tx, &row); err != nil {
		return Tokens{}, fmt.Errorf("open a session: %w", err)
	}
	return s.issue(ctx, tx, row)
}

// issue makes a pair of tokens of the session's current generation.
func (s *Sessions) issue(ctx context.Context, tx *db.Tx, row identity.Session) (Tokens, error) {
	access, err := s.signer.sign(bearer{kind: row.Kind, subject: row.SubjectID, session: row.ID}, tx.Now)
	if err != nil {
		return Tokens{}, err
	}
	refresh := crypt.Token()
	err = identity.InsertRefreshToken(ctx, tx, &identity.RefreshToken{
		Hash: crypt.Hash(refresh), SessionID: row.ID, Generation: row.Generation, IssuedAt: tx.Now,
	})
	if err != nil {
		return Tokens{}, fmt.Errorf("issue a refresh token: %w", err)
	}
	return Tokens{Access: access, ExpiresIn: int64(AccessLifetime / time.Second), Refresh: refresh, SessionID: row.ID}, nil
}

// Refresh answers a refresh token of that kind of session with another pair of the same session. The
// token is replaced by it; presented again within RefreshGrace it gets yet another pair, later it ends
// the session. Errors: token.invalid, session.revoked, session.reused.
func (s *Sessions) Refresh(ctx context.Context, kind actor.Kind, token string) (Tokens, error) {
	var pair Tokens
	var reused bool
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		pair, reused = Tokens{}, false
		row, presented, err := s.lockByToken(ctx, tx, kind, token)
		if err != nil {
			return err
		}
		switch {
		case presented.Generation == row.Generation && presented.ReplacedAt == nil:
			row, err = s.rotate(ctx, tx, row)
		case presented.ReplacedAt != nil && tx.Now.Sub(*presented.ReplacedAt) <= RefreshGrace:
			// a network repeated the request: the same family, nothing replaced
		default:
			reused = true
			return s.endReused(ctx, tx, row)
		}
		if err != nil {
			return err
		}
		pair, err = s.issue(ctx, tx, row)
		return err
	})
	if err == nil && reused {
		err = errSessionReused
	}
	return pair, err
}

// lockByToken finds the session of a refresh token, locked, and the token as it stands under that lock.
func (s *Sessions) lockByToken(ctx context.Context, tx *db.Tx, kind actor.Kind, token string) (row identity.Session, t identity.RefreshToken, err error) {
	hash := crypt.Hash(token)
	if t, err = identity.RefreshTokenByHash(ctx, tx, hash); err != nil {
		return row, t, missingAs(err, errTokenInvalid, "find a refresh token")
	}
	if row, err = identity.LockSession(ctx, tx, t.SessionID); err != nil {
		return row, t, missingAs(err, errTokenInvalid, "lock a session")
	}
	if row.Kind != kind {
		return row, t, errTokenInvalid
	}
	if !row.Live(tx.Now) {
		return row, t, errSessionRevoked
	}
	if t, err = identity.RefreshTokenByHash(ctx, tx, hash); err != nil { // a rival may have replaced it before we had the lock
		return row, t, fmt.Errorf("read a refresh token: %w", err)
	}
	return row, t, nil
}

func missingAs(err, instead error, doing string) error {
	if db.Missing(err) {
		return instead
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func (s *Sessions) rotate(ctx context.Context, tx *db.Tx, row identity.Session) (identity.Session, error) {
	until := tx.Now.Add(lifetime(row.Kind))
	won, err := identity.RotateSession(ctx, tx, row, until)
	if err != nil {
		return row, err
	}
	if !won {
		return row, errors.New("a locked session was rotated by somebody else")
	}
	row.Generation++
	row.ExpiresAt = until
	return row, nil
}

// endReused ends a session of which somebody holds an old token: nobody can tell who is who.
func (s *Sessions) endReused(ctx context.Context, tx *db.Tx, row identity.Session) error {
	if err := s.revoke(ctx, tx, identity.WhyReused, row.ID); err != nil {
		return err
	}
	return audit.RecordTx(ctx, tx, actor.Machine(), audit.Entry{
		Action: "session.reused", Kind: string(row.Kind), Subject: row.SubjectID, Detail: map[string]id.ID{"session_id": row.ID},
	})
}

// Logout ends the session of the actor. Once ended it stays so; saying it twice is no error.
func (s *Sessions) Logout(ctx context.Context, who actor.Actor) error {
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		return s.revoke(ctx, tx, identity.WhyLogout, who.SessionID)
	})
}

// RevokeAllTx ends every session of a customer or a member of staff. Access is cut within 5 s of the
// commit on every instance. The subject's row must have been locked in tx, else a sign-in at the same
// moment is missed.
func (s *Sessions) RevokeAllTx(ctx context.Context, tx *db.Tx, kind actor.Kind, subject id.ID, why string) error {
	ids, err := identity.LiveSessions(ctx, tx, kind, subject)
	if err != nil {
		return err
	}
	return s.revoke(ctx, tx, why, ids...)
}

// revokeOthersTx is RevokeAllTx for all sessions of the actor but the one that acts.
func (s *Sessions) revokeOthersTx(ctx context.Context, tx *db.Tx, who actor.Actor, why string) error {
	ids, err := identity.LiveSessions(ctx, tx, who.Kind, who.ID)
	if err != nil {
		return err
	}
	return s.revoke(ctx, tx, why, slices.DeleteFunc(ids, func(sid id.ID) bool { return sid == who.SessionID })...)
}

// ReloadTx makes every instance look up the sessions of a subject anew after the commit, because what
// their bearer may do has changed.
func (s *Sessions) ReloadTx(ctx context.Context, tx *db.Tx, kind actor.Kind, subject id.ID) error {
	ids, err := identity.LiveSessions(ctx, tx, kind, subject)
	if err != nil {
		return err
	}
	tx.AfterCommit(func() { s.drop(ctx, ids...) })
	return nil
}

func (s *Sessions) revoke(ctx context.Context, tx *db.Tx, why string, ids ...id.ID) error {
	if err := identity.RevokeSessions(ctx, tx, why, ids...); err != nil {
		return err
	}
	tx.AfterCommit(func() { s.drop(ctx, ids...) })
	return nil
}

// drop forgets sessions here and in the cache. When the cache is away what it holds ends by itself.
func (s *Sessions) drop(ctx context.Context, ids ...id.ID) {
	s.recent.drop(ids...)
	if err := s.cache.DropSessions(context.WithoutCancel(ctx), ids...); err != nil {
		s.log.WarnContext(ctx, "sessions end within seconds, the cache is away", "sessions", len(ids), "error", err)
	}
}

// standing is what is remembered of a session: all that a request needs to know of its bearer.
type standing struct {
	Kind          actor.Kind `json:"k"`
	Subject       id.ID      `json:"s"`
	Name          string     `json:"n,omitempty"`
	Role          actor.Role `json:"r,omitempty"`
	StoreID       id.ID      `json:"st,omitzero"`
	RegionID      id.ID      `json:"rg,omitzero"`
	FirstPassword bool       `json:"f,omitempty"`
	External      bool       `json:"x,omitempty"`
}

func (st standing) actor(session id.ID) actor.Actor {
	return actor.Actor{
		Kind: st.Kind, ID: st.Subject, SessionID: session, Name: st.Name, Role: st.Role,
		StoreID: st.StoreID, RegionID: st.RegionID, FirstPassword: st.FirstPassword, External: st.External,
	}
}

// Verify tells who the bearer of an access token is. What it says of the session is at most 4 s old.
// Errors: token.expired, token.invalid, session.revoked.
func (s *Sessions) Verify(ctx context.Context, accessToken string) (actor.Actor, error) {
	b, err := s.signer.read(accessToken)
	if err != nil {
		return actor.Actor{}, err
	}
	return s.Standing(ctx, actor.Actor{Kind: b.kind, ID: b.subject, SessionID: b.session})
}

// Standing tells what the actor of a session may do now, at most 4 s old; an open socket asks it again
// and again. Errors: session.revoked.
func (s *Sessions) Standing(ctx context.Context, who actor.Actor) (actor.Actor, error) {
	st, err := s.standing(ctx, who.SessionID)
	if err != nil {
		return actor.Actor{}, err
	}
	if st.Kind != who.Kind || st.Subject != who.ID {
		return actor.Actor{}, errTokenInvalid
	}
	return st.actor(who.SessionID), nil
}

func (s *Sessions) standing(ctx context.Context, session id.ID) (standing, error) {
	if st, ok := s.recent.get(session); ok {
		return st, nil
	}
	if e, ok, err := s.cache.Session(ctx, session); err == nil && ok {
		var st standing
		if json.Unmarshal(e.Data, &st) == nil {
			s.recent.put(session, st, e.Until)
			return st, nil
		}
	}
	return s.fromStore(ctx, session)
}

func (s *Sessions) fromStore(ctx context.Context, session id.ID) (standing, error) {
	seen := s.db.Now()
	state, err := identity.StateOfSession(ctx, s.db, session)
	if err != nil {
		return standing{}, missingAs(err, errSessionRevoked, "read a session")
	}
	if !state.Live(seen) || state.Kind == actor.Staff && !state.Staff.Active() {
		return standing{}, errSessionRevoked
	}
	st := standingOf(state)
	data, err := json.Marshal(st)
	if err != nil {
		return standing{}, fmt.Errorf("remember a session: %w", err)
	}
	entry := cache.Entry{SID: session, Data: data, Until: state.ExpiresAt, Seen: seen}
	_ = s.cache.PutSession(ctx, entry) // without it the store is asked again
	until := seen.Add(recentFor)       // from before the store was read: it may have answered slowly
	if state.ExpiresAt.Before(until) {
		until = state.ExpiresAt
	}
	s.recent.put(session, st, until)
	return st, nil
}

func standingOf(state identity.SessionState) standing {
	st := standing{Kind: state.Kind, Subject: state.SubjectID}
	if state.Kind != actor.Staff {
		return st
	}
	p := state.Staff
	st.Name, st.Role, st.StoreID, st.FirstPassword, st.External = p.Name, p.Role, p.StoreID, p.PasswordFirst, p.External
	st.RegionID = p.RegionID
	if st.RegionID.IsZero() {
		st.RegionID = state.StoreRegion
	}
	return st
}

// Prune forgets sessions and refresh tokens that have been of no use for a day, in batches of n, and
// returns how many rows it forgot.
func (s *Sessions) Prune(ctx context.Context, n int) (int64, error) {
	var gone int64
	err := s.db.Tx(ctx, func(tx *db.Tx) (err error) {
		gone, err = identity.PruneSessions(ctx, tx, tx.Now.Add(-CustomerLifetime-24*time.Hour), n)
		return err
	})
	return gone, err
}
