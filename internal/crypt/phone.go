package crypt

import (
	"errors"
	"strings"
	"unicode"
)

// ErrPhone is returned by [NormalPhone] for everything that is not a mainland
// mobile number. It does not repeat the input.
var ErrPhone = errors.New("not a mainland mobile number")

// phoneInputMax bounds the work on foreign input; the longest form seen is far shorter.
const phoneInputMax = 64

// NormalPhone returns the 11 digits of a mainland mobile number (1[3-9] and nine
// more) in the forms that people and address books write: spaces, dashes, dots
// and brackets between digits, full-width digits, invisible marks of pasted text,
// and the country code as +86, 0086 or 86. Everything else is [ErrPhone].
func NormalPhone(s string) (string, error) {
	if len(s) > phoneInputMax {
		return "", ErrPhone
	}
	digits, plus, ok := phoneDigits(s)
	if !ok {
		return "", ErrPhone
	}
	number, ok := withoutCountry(digits, plus)
	if !ok || !isMobile(number) {
		return "", ErrPhone
	}
	return number, nil
}

// phoneDigits keeps the digits of s, tells whether a plus stood before them, and
// fails on any character that does not belong into a phone number.
func phoneDigits(s string) (digits string, plus, ok bool) {
	var b strings.Builder
	for _, r := range s {
		switch d := asciiDigit(r); {
		case d != 0:
			b.WriteByte(d)
		case r == '+' || r == '＋':
			if plus || b.Len() > 0 {
				return "", false, false
			}
			plus = true
		case !isPhoneFiller(r):
			return "", false, false
		}
	}
	return b.String(), plus, true
}

func withoutCountry(digits string, plus bool) (string, bool) {
	if plus {
		return strings.CutPrefix(digits, "86")
	}
	switch len(digits) {
	case 13:
		return strings.CutPrefix(digits, "86")
	case 15:
		return strings.CutPrefix(digits, "0086")
	}
	return digits, true
}

// asciiDigit returns the ASCII form of a half-width or full-width digit, 0 for
// anything else. Digits of other scripts are refused on purpose: nobody types
// them here, and they look alike.
func asciiDigit(r rune) byte {
	switch {
	case r >= '0' && r <= '9':
		return byte(r)
	case r >= '０' && r <= '９':
		return byte(r-'０') + '0'
	}
	return 0
}

func isPhoneFiller(r rune) bool {
	switch r {
	case '(', ')', '（', '）', '.', '·', '−', '－':
		return true
	}
	return unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Cf, r)
}

func isMobile(digits string) bool {
	return len(digits) == 11 && digits[0] == '1' && digits[1] >= '3'
}
