package identity

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
)

// Session is one sign-in and the family of refresh tokens that came from it.
type Session struct {
	ID         id.ID `gorm:"primaryKey"`
	Kind       actor.Kind
	SubjectID  id.ID
	Generation int64     // of the refresh tokens that are current
	ExpiresAt  time.Time // moves on with every refresh
	RevokedAt  *time.Time
	RevokedWhy string // one of the Why words
	LastSeenAt time.Time
	UserAgent  string
	Address    string // without the part that names the household
	CreatedAt  time.Time
}

// TableName is the sessions' table.
func (Session) TableName() string { return "sessions" }

// Live tells that the session lets its subject in at now.
func (s Session) Live(now time.Time) bool { return s.RevokedAt == nil && now.Before(s.ExpiresAt) }

// RefreshToken is a refresh token by its hash. A network that repeats a refresh makes several of one
// generation; using one of them replaces them all.
type RefreshToken struct {
	Hash       []byte `gorm:"primaryKey"`
	SessionID  id.ID
	Generation int64
	IssuedAt   time.Time
	ReplacedAt *time.Time
}

// TableName is the refresh tokens' table.
func (RefreshToken) TableName() string { return "refresh_tokens" }

// SessionState is a session together with what its subject may do now.
type SessionState struct {
	Session
	Staff       Staff // zero for a customer's session
	StoreRegion id.ID // the region of the staff member's store
}

// InsertSession adds a session.
func InsertSession(ctx context.Context, tx *db.Tx, s *Session) error { return db.Insert(ctx, tx, s) }

// InsertRefreshToken adds a refresh token.
func InsertRefreshToken(ctx context.Context, tx *db.Tx, t *RefreshToken) error {
	return db.Insert(ctx, tx, t)
}

// RefreshTokenByHash finds a refresh token; db.Missing otherwise.
func RefreshTokenByHash(ctx context.Context, r db.Reader, hash []byte) (RefreshToken, error) {
	var t RefreshToken
	err := r.Conn(ctx).Where("hash = ?", hash).Take(&t).Error
	return t, err
}

// LockSession finds a session and keeps it locked until the transaction ends; db.Missing otherwise.
func LockSession(ctx context.Context, tx *db.Tx, session id.ID) (Session, error) {
	var s Session
	err := tx.Lock(ctx).Where("id = ?", session).Take(&s).Error
	return s, err
}

// StateOfSession reads what a bearer of the session may do; db.Missing when there is no such session.
func StateOfSession(ctx context.Context, r db.Reader, session id.ID) (SessionState, error) {
	var state SessionState
	if err := r.Conn(ctx).Where("id = ?", session).Take(&state.Session).Error; err != nil {
		return state, err
	}
	if state.Kind != actor.Staff {
		return state, nil
	}
	var err error
	if state.Staff, err = StaffByID(ctx, r, state.SubjectID); err != nil || state.Staff.StoreID.IsZero() {
		return state, err
	}
	store, err := StoreByID(ctx, r, state.Staff.StoreID)
	if db.Missing(err) {
		return state, nil
	}
	state.StoreRegion = store.RegionID
	return state, err
}

// RotateSession moves a session from one generation of refresh tokens to the next and marks those of
// the old one as replaced. False means that a rival has done so, or that the session was revoked.
func RotateSession(ctx context.Context, tx *db.Tx, s Session, until time.Time) (bool, error) {
	changed := tx.Conn(ctx).Model(&Session{}).
		Where("id = ? AND generation = ? AND revoked_at IS NULL", s.ID, s.Generation).
		UpdateColumns(map[string]any{"generation": s.Generation + 1, "expires_at": until, "last_seen_at": tx.Now})
	if changed.Error != nil {
		return false, fmt.Errorf("rotate session: %w", changed.Error)
	}
	if changed.RowsAffected != 1 {
		return false, nil
	}
	err := tx.Conn(ctx).Model(&RefreshToken{}).
		Where("session_id = ? AND generation = ? AND replaced_at IS NULL", s.ID, s.Generation).
		UpdateColumn("replaced_at", tx.Now).Error
	if err != nil {
		return false, fmt.Errorf("replace refresh tokens: %w", err)
	}
	return true, nil
}

// LiveSessions lists the ids of the sessions of a subject that are not revoked, lowest first.
func LiveSessions(ctx context.Context, r db.Reader, kind actor.Kind, subject id.ID) ([]id.ID, error) {
	var ids []id.ID
	err := r.Conn(ctx).Model(&Session{}).
		Where("subject_id = ? AND kind = ? AND revoked_at IS NULL", subject, kind).Order("id").Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("sessions of a subject: %w", err)
	}
	return ids, nil
}

// RevokeSessions ends sessions for good; those already ended keep their reason.
func RevokeSessions(ctx context.Context, tx *db.Tx, why string, ids ...id.ID) error {
	if len(ids) == 0 {
		return nil
	}
	err := tx.Conn(ctx).Model(&Session{}).Where("id IN ? AND revoked_at IS NULL", ids).
		UpdateColumns(map[string]any{"revoked_at": tx.Now, "revoked_why": why}).Error
	if err != nil {
		return fmt.Errorf("revoke sessions: %w", err)
	}
	return nil
}

// PruneSessions forgets sessions that ended before the instant and refresh tokens issued before it, at
// most n of each, and tells how many rows it forgot. A token that old is of no use any more.
func PruneSessions(ctx context.Context, tx *db.Tx, before time.Time, n int) (int64, error) {
	var hashes [][]byte
	err := tx.Conn(ctx).Model(&RefreshToken{}).Where("issued_at < ?", before).Order("issued_at").Limit(n).Pluck("hash", &hashes).Error
	if err != nil {
		return 0, fmt.Errorf("old refresh tokens: %w", err)
	}
	var ids []id.ID
	err = tx.Conn(ctx).Model(&Session{}).Where("expires_at < ?", before).Order("expires_at").Limit(n).Pluck("id", &ids).Error
	if err != nil {
		return 0, fmt.Errorf("old sessions: %w", err)
	}
	gone, err := forget(tx.Conn(ctx), len(hashes), "hash IN ?", hashes, &RefreshToken{})
	if err != nil {
		return 0, err
	}
	more, err := forget(tx.Conn(ctx), len(ids), "id IN ?", ids, &Session{})
	return gone + more, err
}

func forget(q *gorm.DB, n int, where string, keys, model any) (int64, error) {
	if n == 0 {
		return 0, nil
	}
	gone := q.Where(where, keys).Delete(model)
	if gone.Error != nil {
		return 0, fmt.Errorf("forget old rows: %w", gone.Error)
	}
	return gone.RowsAffected, nil
}
