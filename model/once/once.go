// Package once makes a request's effect happen once, however often the request is sent: the key and
// the result live in the effect's own transaction.
package once

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/model/db"
)

// Kept is how long a result can be replayed (design.md 5).
const Kept = 7 * 24 * time.Hour

// Key names one attempt at one operation by one actor. An empty Value means that the caller did not
// ask for idempotency.
type Key struct {
	Value       string
	Operation   string
	Fingerprint []byte // of the input; the same key with another one is refused
}

// Of makes the key of a request: the header's value, the operation and the decoded input, in whose
// canonical form white space and the order of fields do not count. The value, which is nowhere kept in
// the clear, salts the fingerprint: nobody guesses a phone number from what the store holds.
func Of(value, operation string, input any) Key {
	if value == "" {
		return Key{}
	}
	canonical, err := json.Marshal(input)
	if err != nil { // an input of ours that has no JSON form is a bug which any test of it shows
		canonical = fmt.Appendf(nil, "%#v", input)
	}
	sum := sha256.Sum256(append([]byte(value+"\x00"), canonical...))
	return Key{Value: value, Operation: operation, Fingerprint: sum[:]}
}

type record struct {
	Scope       []byte `gorm:"primaryKey"`
	Fingerprint []byte
	Result      *string
	CreatedAt   time.Time
}

func (record) TableName() string { return "idempotency" }

// Tables lists the structs of this package for the schema check.
func Tables() []any { return []any{record{}} }

// Do runs fn in tx and keeps its result under the key, or returns the result kept by an earlier
// request with the same key and input, with replayed set. A rival that is under way is waited for.
// The result holds ids, versions and numbers only: never tokens, personal data or links. Errors:
// idempotency.mismatch when the key came with another input before; what fn returns, in which case
// nothing is kept.
func Do[T any](ctx context.Context, tx *db.Tx, who actor.Actor, k Key, fn func() (T, error)) (result T, replayed bool, err error) {
	if k.Value == "" {
		result, err = fn()
		return result, false, err
	}
	row := record{Scope: k.scope(who), Fingerprint: k.Fingerprint, CreatedAt: tx.Now}
	if err = db.Insert(ctx, tx, &row); db.Duplicate(err) {
		result, err = replay[T](ctx, tx, row)
		return result, err == nil, err
	}
	if err != nil {
		return result, false, fmt.Errorf("keep idempotency key: %w", err)
	}
	if result, err = fn(); err != nil {
		return result, false, err
	}
	text, err := json.Marshal(result)
	if err != nil {
		return result, false, fmt.Errorf("keep result: %w", err)
	}
	err = tx.Conn(ctx).Model(&record{}).Where("scope = ?", row.Scope).UpdateColumn("result", string(text)).Error
	if err != nil {
		return result, false, fmt.Errorf("keep result: %w", err)
	}
	return result, false, nil
}

func replay[T any](ctx context.Context, tx *db.Tx, mine record) (result T, err error) {
	var kept record
	if err := tx.Conn(ctx).Where("scope = ?", mine.Scope).Take(&kept).Error; err != nil {
		return result, fmt.Errorf("read kept result: %w", err)
	}
	if string(kept.Fingerprint) != string(mine.Fingerprint) {
		return result, fault.New(fault.Conflict, "idempotency.mismatch",
			"该请求编号已用于另一项内容不同的操作。", "This Idempotency-Key was used with another input.")
	}
	if kept.Result == nil {
		return result, fmt.Errorf("kept result of %s is empty", mine.CreatedAt)
	}
	return result, json.Unmarshal([]byte(*kept.Result), &result)
}

func (k Key) scope(who actor.Actor) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%s", who.Kind, who.ID, k.Operation, k.Value))
	return sum[:]
}

// Prune forgets results older than Kept, at most n of them, and tells how many it forgot.
func Prune(ctx context.Context, tx *db.Tx, n int) (int64, error) {
	var old [][]byte
	err := tx.Conn(ctx).Model(&record{}).Where("created_at < ?", tx.Now.Add(-Kept)).Order("created_at").Limit(n).Pluck("scope", &old).Error
	if err != nil || len(old) == 0 {
		return 0, err
	}
	gone := tx.Conn(ctx).Where("scope IN ?", old).Delete(&record{})
	return gone.RowsAffected, gone.Error
}
