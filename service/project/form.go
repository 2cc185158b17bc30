package project

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"guike/internal/fault"
	"guike/internal/id"
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

// CheckLength trims a text and refuses it unless it has least to most characters. Errors: input.invalid
// at the location, length or characters.
func CheckLength(location string, text *string, least, most int) error {
	*text = Trim(*text)
	if n := utf8.RuneCountInString(*text); n < least || n > most {
		return fault.Broken(location, "length", fmt.Sprintf("须为 %d 到 %d 个字。", least, most), fmt.Sprintf("It has %d to %d characters.", least, most))
	}
	return CheckCharacters(location, *text)
}

// CheckText is CheckLength for forms that tell their two mistakes apart. Errors: input.invalid at the
// location, required, too_long or characters.
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

// CheckReason trims a reason and refuses one that is empty or too long. Errors: input.invalid at the
// location.
func CheckReason(location string, reason *string) error {
	*reason = Trim(*reason)
	if n := utf8.RuneCountInString(*reason); n < 1 || n > maxReason {
		return fault.Broken(location, "length", "请用 1 到 500 个字说明原因。", "The reason has 1 to 500 characters.")
	}
	return CheckCharacters(location, *reason)
}

// CheckPhotos refuses more pictures than most, and what CheckFiles does. Errors: input.invalid at the
// location, too_many or repeated.
func CheckPhotos(location string, files []id.ID, most int) error {
	if len(files) > most {
		return fault.Broken(location, "too_many", fmt.Sprintf("照片最多 %d 张。", most), fmt.Sprintf("There are at most %d photos.", most))
	}
	return CheckFiles(location, files)
}

// CheckFiles refuses files that are named twice, or not at all. Errors: input.invalid at the location,
// repeated.
func CheckFiles(location string, files []id.ID) error {
	for i, f := range files {
		if f.IsZero() || slices.Contains(files[:i], f) {
			return fault.Broken(location, "repeated", "照片或文件重复,或编号为空。", "A photo or file is named twice, or not at all.")
		}
	}
	return nil
}
