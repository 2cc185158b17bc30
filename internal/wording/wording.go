// Package wording checks texts that people enter: that something is seen of them, how long they are, and
// that they are read as they were written.
package wording

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"guike/internal/fault"
)

// Trim takes the white space off the ends of a text. A text of which nothing would be seen is empty.
func Trim(text string) string {
	unseen := func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }
	if strings.TrimFunc(text, unseen) == "" {
		return ""
	}
	return strings.TrimSpace(text)
}

// CheckCharacters refuses texts that would not be read as they were written: with control characters
// other than line breaks and tabs, or with what turns the direction of writing, and an amount with it.
// Errors: input.invalid at the location, characters.
func CheckCharacters(location string, texts ...string) error {
	refused := func(r rune) bool {
		turns := r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
		return turns || unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	}
	for _, text := range texts {
		if strings.ContainsFunc(text, refused) {
			return fault.Broken(location, "characters", "不能包含控制字符。", "Control characters are not allowed.")
		}
	}
	return nil
}

// CheckText trims a text and refuses it unless it has least to most characters. Errors: input.invalid at
// the location, required, too_long or characters.
func CheckText(location string, text *string, least, most int) error {
	*text = Trim(*text)
	switch n := utf8.RuneCountInString(*text); {
	case n < least:
		return fault.Broken(location, "required", "此项不能为空。", "This may not be empty.")
	case n > most:
		return fault.Broken(location, "too_long", fmt.Sprintf("最多 %d 个字。", most), fmt.Sprintf("It has at most %d characters.", most))
	}
	return CheckCharacters(location, *text)
}
