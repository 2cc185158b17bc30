package crypt

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
)

const (
	// codeAlphabet has 32 characters and none that are taken for another: no I, L
	// (1), no O (0), no U (V).
	codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	// codeRandom characters follow the kind: 13 × 5 = 65 bits, enough for a code
	// that opens something (design.md 2).
	codeRandom = 13
	// CodeLength is the number of characters of a code: its kind and the random part.
	CodeLength = 1 + codeRandom
	// codeInputMax bounds the work on foreign input.
	codeInputMax = 64
)

// ErrCode is returned by [ParseCode] for everything that is not a code. It does
// not repeat the input.
var ErrCode = errors.New("not a code")

// Code returns a new short code for people: the letter of its kind, then 13
// random characters of an unambiguous base 32, which fit a QR code of the
// platform and can be read out on the phone. Kind is a capital letter other than
// I, L, O and U. Entropy is crypto/rand.Reader, except in tests.
func Code(kind byte, entropy io.Reader) (string, error) {
	if !isKind(kind) {
		return "", fmt.Errorf("code kind %q is not a capital letter other than I, L, O, U", kind)
	}
	var random [codeRandom]byte
	if _, err := io.ReadFull(entropy, random[:]); err != nil {
		return "", fmt.Errorf("drawing a code: %w", err)
	}
	code := make([]byte, 0, CodeLength)
	code = append(code, kind)
	for _, r := range random {
		code = append(code, codeAlphabet[r%32])
	}
	return string(code), nil
}

// ParseCode returns the code that a person typed or a scanner read, in the form
// in which [Code] made it: letter case, spaces and dashes do not matter, nor do
// full-width characters, and I and L are read as 1, O as 0, U as V. The kind is
// the first character of the result. Everything else is [ErrCode].
func ParseCode(s string) (string, error) {
	if len(s) > codeInputMax {
		return "", ErrCode
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Cf, r) {
			continue
		}
		c := codeChar(r)
		if strings.IndexByte(codeAlphabet, c) < 0 {
			return "", ErrCode
		}
		b.WriteByte(c)
	}
	code := b.String()
	if len(code) != CodeLength || !isKind(code[0]) {
		return "", ErrCode
	}
	return code, nil
}

// codeChar returns the character of the alphabet that r stands for, or a byte
// outside of it.
func codeChar(r rune) byte {
	if r >= '！' && r <= '～' {
		r -= '！' - '!'
	}
	if r >= 'a' && r <= 'z' {
		r -= 'a' - 'A'
	}
	switch r {
	case 'I', 'L':
		return '1'
	case 'O':
		return '0'
	case 'U':
		return 'V'
	}
	if r < '0' || r > 'Z' {
		return ' '
	}
	return byte(r)
}

func isKind(c byte) bool {
	return c >= 'A' && c <= 'Z' && strings.IndexByte(codeAlphabet, c) >= 0
}

// Token returns a new opaque token of 256 random bits as 43 characters of
// unpadded base64url. Store its [Hash], never the token.
func Token() string {
	var b [32]byte
	// crypto/rand.Read never fails: it ends the process when the system has no entropy.
	_, _ = rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Hash returns the 32 bytes by which a token of [Token] is stored and found. It
// is plain SHA-256: right for 256 random bits, wrong for a password.
func Hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
