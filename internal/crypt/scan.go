package crypt

import "strings"

// mobileDigits is the length of a mainland mobile number, and the fewest digits a
// text must hold before it is worth scanning.
const mobileDigits = 11

// MaskPhones returns text with every mainland mobile number in it masked like
// [MaskPhone], also after a country code, in groups of 3-4-4 or in full-width
// digits. It is for text whose content is not known, such as log lines; a longer
// run of digits (a timestamp, an amount) is left alone.
func MaskPhones(text string) string {
	if countDigits(text) < mobileDigits {
		return text
	}
	runes := []rune(text)
	var b strings.Builder
	done := 0
	for i := 0; i < len(runes); i++ {
		start, end := findPhone(runes, i)
		if end == 0 {
			continue
		}
		b.WriteString(string(runes[done:start]))
		b.WriteString(MaskPhone(onlyDigits(runes[start:end])))
		done, i = end, end-1
	}
	if done == 0 {
		return text
	}
	b.WriteString(string(runes[done:]))
	return b.String()
}

// findPhone looks for a number that begins at i, perhaps with a country code, and
// returns where its own 11 digits stand; end is 0 when there is none.
func findPhone(runes []rune, i int) (start, end int) {
	if i > 0 && asciiDigit(runes[i-1]) != 0 {
		return 0, 0
	}
	for _, prefix := range []string{"", "86", "0086", "0"} {
		at, ok := skipPrefix(runes, i, prefix)
		if !ok {
			continue
		}
		if end = mobileEnd(runes, at); end != 0 {
			return at, end
		}
	}
	return 0, 0
}

func skipPrefix(runes []rune, i int, prefix string) (int, bool) {
	for k := range len(prefix) {
		if i+k >= len(runes) || asciiDigit(runes[i+k]) != prefix[k] {
			return 0, false
		}
	}
	i += len(prefix)
	if prefix != "" {
		i = skipSeparator(runes, i)
	}
	return i, true
}

// mobileEnd returns the index after the mobile number that begins at i, or 0.
func mobileEnd(runes []rune, i int) int {
	for k := range mobileDigits {
		if k == 3 || k == 7 {
			i = skipSeparator(runes, i)
		}
		if i >= len(runes) {
			return 0
		}
		d := asciiDigit(runes[i])
		if d == 0 || (k == 0 && d != '1') || (k == 1 && d < '3') {
			return 0
		}
		i++
	}
	if i < len(runes) && asciiDigit(runes[i]) != 0 {
		return 0
	}
	return i
}

func skipSeparator(runes []rune, i int) int {
	if i < len(runes) && asciiDigit(runes[i]) == 0 && isPhoneFiller(runes[i]) {
		return i + 1
	}
	return i
}

func countDigits(text string) int {
	n := 0
	for _, r := range text {
		if asciiDigit(r) != 0 {
			n++
		}
	}
	return n
}

func onlyDigits(runes []rune) string {
	var b strings.Builder
	for _, r := range runes {
		if d := asciiDigit(r); d != 0 {
			b.WriteByte(d)
		}
	}
	return b.String()
}
