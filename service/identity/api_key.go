package identity

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/once"
)

// errKeyInvalid does not tell which it is.
var errKeyInvalid = fault.New(fault.Unauthenticated, "apikey.invalid",
	"接口密钥无效、已过期或已停用。", "The API key is missing, wrong, expired or revoked.")

const (
	// keyPrefix begins every API key, so that a scanner of leaked secrets knows it.
	keyPrefix = "gk_"
	// keyLength is that of prefix, id in hexadecimal, a separator, 256 random bits in base64url.
	keyLength = len(keyPrefix) + keyIDLength + 1 + 43
	// keyIDLength is that of an id in hexadecimal.
	keyIDLength = 32
	// usedEvery is how often the use of a key is noted.
	usedEvery = time.Minute

	maxKeyName   = 60
	maxKeyScopes = 20
	// DefaultSource is the system that a key belongs to when none is named.
	DefaultSource = "erp"
)

var goodSource = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// Keys keeps the API keys of the company's other systems (C9). Who may manage them is the router's
// business.
type Keys struct {
	db    *db.DB
	blind *crypt.Blind
	log   *slog.Logger
}

// NewKeys returns the API keys over a store. The blind index hides the addresses from which wrong keys came.
func NewKeys(d *db.DB, blind *crypt.Blind, log *slog.Logger) *Keys {
	return &Keys{db: d, blind: blind, log: log}
}

// KeyForm is what is said of a new key.
type KeyForm struct {
	Name      string
	Source    string // the system that will hold it; empty means DefaultSource
	Scopes    []string
	StoreID   id.ID     // none reaches every store's orders
	ExpiresAt time.Time // zero never expires
}

// IssuedKey is a key as Create made it. Secret is shown once: a replay does not have it.
type IssuedKey struct {
	identity.APIKey
	Secret string
}

// Create issues a key. Errors: input.invalid at body.name, body.source, body.scopes, body.store_id or
// body.expires_at.
func (s *Keys) Create(ctx context.Context, who actor.Actor, key once.Key, in KeyForm) (issued IssuedKey, replayed bool, err error) {
	if err := in.check(s.db.Now()); err != nil {
		return issued, false, err
	}
	row := identity.APIKey{ID: id.New(), Name: in.Name, Source: in.Source, Scopes: identity.JoinScopes(in.Scopes), StoreID: in.StoreID, CreatedBy: who.ID}
	if !in.ExpiresAt.IsZero() {
		row.ExpiresAt = &in.ExpiresAt
	}
	drawn := keyPrefix + hex.EncodeToString(row.ID[:]) + "_" + crypt.Token()
	row.SecretHash = crypt.Hash(drawn)
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		var m made
		m, replayed, err = once.Do(ctx, tx, who, key, func() (made, error) {
			return made{row.ID}, s.addTx(ctx, tx, who, &row)
		})
		if err != nil {
			return err
		}
		issued.APIKey, err = identity.APIKeyByID(ctx, tx, m.ID)
		return err
	})
	if err == nil && !replayed {
		issued.Secret = drawn
	}
	return issued, replayed, err
}

// check reads the fields.
func (f *KeyForm) check(now time.Time) error {
	f.Name, f.ExpiresAt = strings.TrimSpace(f.Name), clock.Cut(f.ExpiresAt)
	if f.Source == "" {
		f.Source = DefaultSource
	}
	if n := utf8.RuneCountInString(f.Name); n < 1 || n > maxKeyName {
		return fault.Broken("body.name", "length", "名称须为 1 到 60 个字。", "The name has 1 to 60 characters.")
	}
	if !goodSource.MatchString(f.Source) {
		return fault.Broken("body.source", "malformed", "系统代号为 1–32 位小写字母、数字、横线或下划线。", "The source has 1 to 32 lower-case letters, digits, dashes or underscores.")
	}
	if len(f.Scopes) < 1 || len(f.Scopes) > maxKeyScopes {
		return fault.Broken("body.scopes", "required", "至少选择一项权限范围。", "At least one scope is needed.")
	}
	for _, scope := range f.Scopes {
		if !slices.Contains(identity.Scopes(), scope) {
			return fault.Broken("body.scopes", "unknown", "没有这个权限范围。", "There is no such scope.")
		}
	}
	switch {
	case f.ExpiresAt.IsZero():
	case !clock.Keepable(f.ExpiresAt):
		return fault.Broken("body.expires_at", "out_of_range", "时间须在 1900 年到 2200 年之间。", "The year lies between 1900 and 2200.")
	case !f.ExpiresAt.After(now):
		return fault.Broken("body.expires_at", "in_the_past", "到期时间不能早于现在。", "The time has passed.")
	}
	return nil
}

func (s *Keys) addTx(ctx context.Context, tx *db.Tx, who actor.Actor, row *identity.APIKey) error {
	if !row.StoreID.IsZero() {
		if _, err := identity.StoreByID(ctx, tx, row.StoreID); err != nil {
			return missingAs(err, fault.Broken("body.store_id", "unknown", "没有这家门店。", "There is no such store."), "find a store")
		}
	}
	if err := identity.AddAPIKeyTx(ctx, tx, row); err != nil {
		return err
	}
	return audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: "apikey.created", Kind: "api_key", Subject: row.ID,
		Detail: map[string]any{"source": row.Source, "scopes": row.Scopes, "store_id": row.StoreID},
	})
}

// List lists the keys, revoked ones too, newest first.
func (s *Keys) List(ctx context.Context, p db.Page) ([]identity.APIKey, db.Cursor, error) {
	return identity.ListAPIKeys(ctx, s.db, p)
}

// Revoke ends a key at once on every instance, since each call asks the store. Once ended it stays so;
// saying it twice is no error. Errors: not_found.
func (s *Keys) Revoke(ctx context.Context, who actor.Actor, key id.ID) (row identity.APIKey, err error) {
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		if row, err = identity.LockAPIKeyTx(ctx, tx, key); err != nil {
			return missingAs(err, fault.Missing(), "lock API key")
		}
		if row.RevokedAt != nil {
			return nil
		}
		if err := identity.RevokeAPIKeyTx(ctx, tx, &row, who.ID); err != nil {
			return err
		}
		return audit.RecordTx(ctx, tx, who, audit.Entry{Action: "apikey.revoked", Kind: "api_key", Subject: row.ID})
	})
	return row, err
}

// Verify tells which system holds a key and how far it reaches: one read by primary key, nothing is
// remembered. Errors: apikey.invalid for a key that is wrong, expired or revoked, alike; apikey.locked for
// those after nine of them from one address within 15 minutes. A good key is let in from anywhere: 256
// random bits are not guessed, and one system gone wrong does not shut out its neighbours.
func (s *Keys) Verify(ctx context.Context, secret string) (actor.Actor, error) {
	who, err := s.holder(ctx, secret)
	if fault.Code(err) == errKeyInvalid.Code {
		err = s.refused(ctx)
	}
	return who, err
}

func (s *Keys) holder(ctx context.Context, secret string) (actor.Actor, error) {
	key, ok := keyOf(secret)
	if !ok {
		return actor.Actor{}, errKeyInvalid
	}
	row, err := identity.APIKeyByID(ctx, s.db, key)
	if db.Missing(err) {
		return actor.Actor{}, errKeyInvalid
	}
	if err != nil {
		return actor.Actor{}, fmt.Errorf("read API key: %w", err)
	}
	now := s.db.Now()
	if subtle.ConstantTimeCompare(row.SecretHash, crypt.Hash(secret)) != 1 || !row.Live(now) {
		return actor.Actor{}, errKeyInvalid
	}
	s.note(ctx, row, now)
	who := actor.Actor{Kind: actor.Key, ID: row.ID, Name: row.Name, StoreID: row.StoreID, Scope: actor.All, Grants: row.Scopes}
	if !row.StoreID.IsZero() {
		who.Scope = actor.Store
	}
	return who, nil
}

// note writes down that the key is in use, once a minute; a call does not fail for it.
func (s *Keys) note(ctx context.Context, row identity.APIKey, now time.Time) {
	since := now.Add(-usedEvery)
	if row.LastUsedAt != nil && row.LastUsedAt.After(since) {
		return
	}
	err := s.db.Tx(ctx, func(tx *db.Tx) error { return identity.UsedAPIKeyTx(ctx, tx, row.ID, since) })
	if err != nil {
		s.log.WarnContext(ctx, "use of an API key was not noted", "key", row.ID.String(), "error", err)
	}
}

// keyOf reads the id in a key.
func keyOf(secret string) (key id.ID, ok bool) {
	if len(secret) != keyLength || !strings.HasPrefix(secret, keyPrefix) || secret[len(keyPrefix)+keyIDLength] != '_' {
		return key, false
	}
	n, err := hex.Decode(key[:], []byte(secret[len(keyPrefix):len(keyPrefix)+keyIDLength]))
	return key, err == nil && n == len(key)
}
