// Package id makes and carries the house's identifiers: UUIDv7, sixteen bytes in the store, the
// canonical text everywhere else.
package id

import (
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// ID identifies a row. The zero ID means "none": NULL in the store, absent in JSON with omitzero.
type ID [16]byte

// ErrMalformed says that a text is no canonical UUID.
var ErrMalformed = errors.New("malformed id")

// New makes an ID that sorts after those made before it by this process.
func New() ID { return ID(uuid.Must(uuid.NewV7())) }

// Parse reads the canonical 36-character text and nothing else.
func Parse(s string) (ID, error) {
	if len(s) != 36 {
		return ID{}, ErrMalformed
	}
	u, err := uuid.Parse(s)
	if err != nil {
		return ID{}, ErrMalformed
	}
	return ID(u), nil
}

// String is the canonical text, empty for none.
func (i ID) String() string {
	if i.IsZero() {
		return ""
	}
	return uuid.UUID(i).String()
}

// IsZero tells that there is no id.
func (i ID) IsZero() bool { return i == ID{} }

// MarshalText writes the canonical text.
func (i ID) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads the canonical text; an empty one is none.
func (i *ID) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*i = ID{}
		return nil
	}
	parsed, err := Parse(string(b))
	if err != nil {
		return err
	}
	*i = parsed
	return nil
}

// Value keeps the id as sixteen bytes, none as NULL.
func (i ID) Value() (driver.Value, error) {
	if i.IsZero() {
		return nil, nil
	}
	return i[:], nil
}

// Scan reads sixteen bytes, NULL as none.
func (i *ID) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*i = ID{}
		return nil
	case []byte:
		return i.scanBytes(v)
	case string:
		return i.scanBytes([]byte(v))
	default:
		return fmt.Errorf("an id cannot be read from %T", src)
	}
}

func (i *ID) scanBytes(b []byte) error {
	if len(b) != len(i) {
		return fmt.Errorf("an id has %d bytes, not %d", len(i), len(b))
	}
	copy(i[:], b)
	return nil
}

// Less orders ids as the stores do, byte by byte.
func (i ID) Less(other ID) bool { return string(i[:]) < string(other[:]) }

// GormDataType names the column type for the store's schema check.
func (ID) GormDataType() string { return "bytes" }
