package identity

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"guike/model/db"
)

// LockAfter is how many sign-in failures within LockWindow lock a user name (design.md 5).
const (
	LockAfter  = 10
	LockWindow = 15 * time.Minute
)

// failures are the latest sign-in failures of one user name, existing or not. They are in the store,
// not in Redis, so that a flush or an outage does not lift the lock (reliability F08).
type failures struct {
	NameHash  []byte `gorm:"primaryKey"`
	Recent    []byte // the instants, oldest first, eight bytes of Unix milliseconds each
	UpdatedAt time.Time
}

func (failures) TableName() string { return "sign_in_failures" }

// within drops instants that have left the window.
func (f failures) within(now time.Time) []int64 {
	var kept []int64
	for rest := f.Recent; len(rest) >= 8; rest = rest[8:] {
		if ms := int64(binary.BigEndian.Uint64(rest)); now.Sub(time.UnixMilli(ms)) < LockWindow {
			kept = append(kept, ms)
		}
	}
	return kept
}

// lockedUntil is the instant at which a name with these failures opens again; zero when it is open.
func lockedUntil(recent []int64) time.Time {
	if len(recent) < LockAfter {
		return time.Time{}
	}
	return time.UnixMilli(recent[len(recent)-LockAfter]).UTC().Add(LockWindow)
}

// SignInLocked tells until when a user name is locked; zero when it is not.
func SignInLocked(ctx context.Context, r db.Reader, nameHash []byte, now time.Time) (time.Time, error) {
	var f failures
	err := r.Conn(ctx).Where("name_hash = ?", nameHash).Take(&f).Error
	if db.Missing(err) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("sign-in failures: %w", err)
	}
	return lockedUntil(f.within(now)), nil
}

// AddSignInFailure counts a failure, rivals one after another, and returns until when the name is
// locked now; zero when it is still open. Where a rival counts the first failure of the name at the
// same moment the error is db.Duplicate: run the transaction again.
func AddSignInFailure(ctx context.Context, tx *db.Tx, nameHash []byte) (time.Time, error) {
	var f failures
	err := tx.Lock(ctx).Where("name_hash = ?", nameHash).Take(&f).Error
	if db.Missing(err) {
		first := failures{NameHash: nameHash, Recent: instants(tx.Now.UnixMilli()), UpdatedAt: tx.Now}
		return time.Time{}, db.Insert(ctx, tx, &first)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("sign-in failures: %w", err)
	}
	recent := f.within(tx.Now)
	if until := lockedUntil(recent); !until.IsZero() {
		return until, nil
	}
	recent = append(recent, tx.Now.UnixMilli())
	err = tx.Conn(ctx).Model(&failures{}).Where("name_hash = ?", nameHash).
		UpdateColumns(map[string]any{"recent": instants(recent...), "updated_at": tx.Now}).Error
	if err != nil {
		return time.Time{}, fmt.Errorf("count sign-in failure: %w", err)
	}
	return lockedUntil(recent), nil
}

func instants(ms ...int64) []byte {
	b := make([]byte, 0, 8*len(ms))
	for _, m := range ms {
		b = binary.BigEndian.AppendUint64(b, uint64(m))
	}
	return b
}

// PruneSignInFailures forgets names whose failures have left the window, at most n of them.
func PruneSignInFailures(ctx context.Context, tx *db.Tx, n int) (int64, error) {
	var old [][]byte
	err := tx.Conn(ctx).Model(&failures{}).Where("updated_at < ?", tx.Now.Add(-LockWindow)).
		Order("updated_at").Limit(n).Pluck("name_hash", &old).Error
	if err != nil {
		return 0, fmt.Errorf("old sign-in failures: %w", err)
	}
	return forget(tx.Conn(ctx), len(old), "name_hash IN ?", old, &failures{})
}
