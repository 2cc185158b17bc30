package project

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
)

// CheckLength trims a text and refuses it unless it has least to most characters. Errors: input.invalid
// at the location, length or characters.
func CheckLength(location string, text *string, least, most int) error {
	*text = wording.Trim(*text)
	if n := utf8.RuneCountInString(*text); n < least || n > most {
		return fault.Broken(location, "length", fmt.Sprintf("须为 %d 到 %d 个字。", least, most), fmt.Sprintf("It has %d to %d characters.", least, most))
	}
	return wording.CheckCharacters(location, *text)
}

// CheckReason trims a reason and refuses one that is empty or too long. Errors: input.invalid at the
// location.
func CheckReason(location string, reason *string) error {
	*reason = wording.Trim(*reason)
	if n := utf8.RuneCountInString(*reason); n < 1 || n > maxReason {
		return fault.Broken(location, "length", "请用 1 到 500 个字说明原因。", "The reason has 1 to 500 characters.")
	}
	return wording.CheckCharacters(location, *reason)
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
