package crypt

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
)

// KeyBytes is the length of every secret of this package: a field key (AES-256)
// and the key of the blind index.
const KeyBytes = 32

// formatV1 is the first byte of a sealed value, so that another scheme can be
// read beside this one later.
const formatV1 = 1

// ErrUnreadable is returned by [Box.Open] for bytes that this box did not seal
// for that field: damaged, moved from another column, or sealed with a key that
// is no longer in the ring. The causes are not told apart.
var ErrUnreadable = errors.New("sealed value cannot be opened")

var keyID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// Key is one secret of a ring with the name under which sealed values remember it.
type Key struct {
	// ID is 1–32 of [A-Za-z0-9_-] and stays with its secret for ever.
	ID string
	// Secret is KeyBytes random bytes.
	Secret []byte
}

// Box seals personal data for the store with AES-256-GCM. It holds a ring of
// keys: the first one seals, all of them open, so a key is rotated by putting a
// new one in front and sealing again what [Box.NeedsRotation] names. A Box is
// safe for concurrent use.
type Box struct {
	first string
	ring  map[string]cipher.AEAD
}

// NewBox returns a box over the ring. It refuses an empty ring, a key id used
// twice and a secret that is not KeyBytes long; its errors name ids, never secrets.
func NewBox(ring []Key) (*Box, error) {
	if len(ring) == 0 {
		return nil, errors.New("field keys: none given")
	}
	b := &Box{first: ring[0].ID, ring: make(map[string]cipher.AEAD, len(ring))}
	for _, k := range ring {
		if err := b.add(k); err != nil {
			return nil, fmt.Errorf("field keys: %w", err)
		}
	}
	return b, nil
}

func (b *Box) add(k Key) error {
	if !keyID.MatchString(k.ID) {
		return fmt.Errorf("key id %q is not 1–32 of [A-Za-z0-9_-]", k.ID)
	}
	if _, twice := b.ring[k.ID]; twice {
		return fmt.Errorf("key id %q is used twice", k.ID)
	}
	if len(k.Secret) != KeyBytes {
		return fmt.Errorf("key %q has %d bytes, wants %d", k.ID, len(k.Secret), KeyBytes)
	}
	block, err := aes.NewCipher(k.Secret)
	if err != nil {
		return fmt.Errorf("key %q: %w", k.ID, err)
	}
	b.ring[k.ID], err = cipher.NewGCMWithRandomNonce(block)
	return err
}

// Seal encrypts plain for one column, named like "customers.phone". The result
// is bound to that name: it opens in no other column. Sealing twice gives
// different bytes; use [Blind.Index] to look a value up. An empty text seals to
// nil, so that "not given" stays NULL in the store.
func (b *Box) Seal(field, plain string) ([]byte, error) {
	if field == "" {
		return nil, errors.New("seal: no field named")
	}
	if plain == "" {
		return nil, nil
	}
	head := header(b.first)
	return b.ring[b.first].Seal(head, nil, []byte(plain), associated(head, field)), nil
}

// Open decrypts what [Box.Seal] made for the same field; nil and empty open to
// the empty text. Every failure is [ErrUnreadable].
func (b *Box) Open(field string, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	id, body, ok := split(sealed)
	aead := b.ring[id]
	if !ok || aead == nil {
		return "", ErrUnreadable
	}
	plain, err := aead.Open(nil, nil, body, associated(header(id), field))
	if err != nil {
		return "", ErrUnreadable
	}
	return string(plain), nil
}

// NeedsRotation reports whether sealed was made with another key than the one
// that seals now, or cannot be recognised at all. Nil and empty need nothing.
func (b *Box) NeedsRotation(sealed []byte) bool {
	if len(sealed) == 0 {
		return false
	}
	id, _, ok := split(sealed)
	return !ok || id != b.first
}

// header is what stands before the nonce: the format, the key id's length, the key id.
func header(id string) []byte {
	return append([]byte{formatV1, byte(len(id))}, id...)
}

func split(sealed []byte) (id string, body []byte, ok bool) {
	if len(sealed) < 2 || sealed[0] != formatV1 || len(sealed) < 2+int(sealed[1]) {
		return "", nil, false
	}
	n := 2 + int(sealed[1])
	return string(sealed[2:n]), sealed[n:], true
}

// associated binds a ciphertext to its header and its column.
func associated(head []byte, field string) []byte {
	return append(append([]byte("guike.field\x00"), head...), field...)
}

// Blind makes the blind index: a keyed hash by which an encrypted column is
// looked up for equality. Its key is apart from the field keys, because it does
// not rotate with them.
type Blind struct{ secret []byte }

// NewBlind returns an index over a secret of KeyBytes.
func NewBlind(secret []byte) (*Blind, error) {
	if len(secret) != KeyBytes {
		return nil, fmt.Errorf("index key has %d bytes, wants %d", len(secret), KeyBytes)
	}
	return &Blind{secret: append([]byte(nil), secret...)}, nil
}

// Index returns 32 bytes that are equal for equal values of the same field and
// say nothing without the key. Bring the value into its normal form first
// ([NormalPhone]).
func (b *Blind) Index(field, value string) []byte {
	mac := hmac.New(sha256.New, b.secret)
	mac.Write([]byte(field))
	mac.Write([]byte{0})
	mac.Write([]byte(value))
	return mac.Sum(nil)
}
