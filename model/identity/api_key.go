package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"guike/internal/id"
	"guike/model/db"
)

// APIKey lets another system of the company call the open operations (C9). The secret is known to its
// holder alone.
type APIKey struct {
	ID         id.ID `gorm:"primaryKey"`
	Name       string
	Source     string // the system that holds it; keys of one system share its event ids
	SecretHash []byte // SHA-256
	Scopes     string // separated by commas, sorted
	StoreID    id.ID  // the only store whose orders it reaches; none reaches every store's
	ExpiresAt  *time.Time
	RevokedAt  *time.Time
	RevokedBy  id.ID
	LastUsedAt *time.Time // at most a minute behind
	CreatedAt  time.Time
	CreatedBy  id.ID
	Version    int64
}

// TableName is the keys' table.
func (APIKey) TableName() string { return "api_keys" }

// Live tells that the key opens something at now.
func (k APIKey) Live(now time.Time) bool {
	return k.RevokedAt == nil && (k.ExpiresAt == nil || now.Before(*k.ExpiresAt))
}

// ScopeList lists what the key may do.
func (k APIKey) ScopeList() []string { return strings.Split(k.Scopes, ",") }

// The scopes that a key may have; each opens the operations that name it.
const (
	ScopeERPStatus    = "erp.status"
	ScopeERPShipments = "erp.shipments"
)

// Scopes lists every scope of a key, sorted.
func Scopes() []string { return []string{ScopeERPShipments, ScopeERPStatus} }

// JoinScopes writes scopes in the form of APIKey.Scopes, each once.
func JoinScopes(scopes []string) string {
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(scopes))), ",")
}

// AddAPIKeyTx keeps a new key.
func AddAPIKeyTx(ctx context.Context, tx *db.Tx, k *APIKey) error {
	k.Version, k.CreatedAt = 1, tx.Now
	if err := db.Insert(ctx, tx, k); err != nil {
		return fmt.Errorf("keep API key: %w", err)
	}
	return nil
}

// APIKeyByID finds a key; db.Missing otherwise.
func APIKeyByID(ctx context.Context, r db.Reader, key id.ID) (APIKey, error) {
	var k APIKey
	err := r.Conn(ctx).Where("id = ?", key).Take(&k).Error
	return k, err
}

// LockAPIKeyTx is APIKeyByID with the row locked until the transaction ends.
func LockAPIKeyTx(ctx context.Context, tx *db.Tx, key id.ID) (APIKey, error) {
	var k APIKey
	err := tx.Lock(ctx).Where("id = ?", key).Take(&k).Error
	return k, err
}

// ListAPIKeys lists keys, revoked ones too, newest first.
func ListAPIKeys(ctx context.Context, r db.Reader, p db.Page) ([]APIKey, db.Cursor, error) {
	var rows []APIKey
	if err := p.Newest(r.Conn(ctx), "created_at", "id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list API keys: %w", err)
	}
	rows, next := db.Cut(p, rows, func(k APIKey) db.Cursor { return db.Cursor{At: k.CreatedAt, ID: k.ID} })
	return rows, next, nil
}

// RevokeAPIKeyTx ends a key for good. The row must have been locked in tx.
func RevokeAPIKeyTx(ctx context.Context, tx *db.Tx, k *APIKey, by id.ID) error {
	now := tx.Now
	k.RevokedAt, k.RevokedBy, k.Version = &now, by, k.Version+1
	err := tx.Conn(ctx).Model(&APIKey{}).Where("id = ?", k.ID).
		UpdateColumns(map[string]any{"revoked_at": k.RevokedAt, "revoked_by": k.RevokedBy, "version": k.Version}).Error
	if err != nil {
		return fmt.Errorf("revoke API key: %w", err)
	}
	return nil
}

// UsedAPIKeyTx notes that a key was used, unless that was noted since the instant.
func UsedAPIKeyTx(ctx context.Context, tx *db.Tx, key id.ID, since time.Time) error {
	err := tx.Conn(ctx).Model(&APIKey{}).Where("id = ? AND (last_used_at IS NULL OR last_used_at < ?)", key, since).
		UpdateColumn("last_used_at", tx.Now).Error
	if err != nil {
		return fmt.Errorf("note use of API key: %w", err)
	}
	return nil
}
