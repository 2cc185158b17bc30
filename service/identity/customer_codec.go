package identity

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/model/identity"
)

// codec seals and opens what the store keeps of customers. Its errors name columns, never values.
type codec struct {
	box   *crypt.Box
	blind *crypt.Blind
}

func (c codec) seal(field, plain string) ([]byte, error) {
	sealed, err := c.box.Seal(field, plain)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", field, err)
	}
	return sealed, nil
}

func (c codec) open(field string, sealed []byte) (string, error) {
	plain, err := c.box.Open(field, sealed)
	if err != nil {
		return "", fmt.Errorf("open %s: %w", field, err)
	}
	return plain, nil
}

// phoneIndex and its siblings look sealed values up. Phone is in its normal form.
func (c codec) phoneIndex(phone string) []byte {
	return c.blind.Index(identity.CustomerPhoneField, phone)
}

func (c codec) last4Index(last4 string) []byte {
	return c.blind.Index(identity.CustomerLast4Field, last4)
}

// nameIndex is nil for no name.
func (c codec) nameIndex(name string) []byte {
	if name == "" {
		return nil
	}
	return c.blind.Index(identity.CustomerNameField, name)
}

// putPhone adds the columns of a phone to a change.
func (c codec) putPhone(columns map[string]any, phone string) error {
	sealed, err := c.seal(identity.CustomerPhoneField, phone)
	if err != nil {
		return err
	}
	columns["phone_enc"], columns["phone_idx"] = sealed, c.phoneIndex(phone)
	columns["phone_last4_idx"] = c.last4Index(phone[len(phone)-4:])
	return nil
}

// putName adds the columns of a real name to a change; an empty one takes the name away.
func (c codec) putName(columns map[string]any, name string) error {
	sealed, err := c.seal(identity.CustomerNameField, name)
	if err != nil {
		return err
	}
	columns["name_enc"], columns["name_idx"] = sealed, c.nameIndex(name)
	return nil
}

// trim takes the white space off the ends of a line.
func trim(text string) string { return strings.TrimSpace(text) }

// plainLine checks a line that people read: at most limit characters, no control characters, nothing
// that turns the direction of writing.
func plainLine(location, text string, limit int) error {
	if utf8.RuneCountInString(text) > limit {
		return fault.Broken(location, "too_long", fmt.Sprintf("最多 %d 个字。", limit), fmt.Sprintf("At most %d characters.", limit))
	}
	for _, r := range text {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200d' || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
			return fault.Broken(location, "characters", "不能包含控制字符。", "Control characters are not allowed.")
		}
	}
	return nil
}

// plainText is a plainLine that may have several lines.
func plainText(location, text string, limit int) error {
	return plainLine(location, strings.NewReplacer("\r\n", " ", "\n", " ", "\t", " ").Replace(text), limit)
}

// required is a plainLine that is not empty.
func required(location, text string, limit int) error {
	if text == "" {
		return fault.Broken(location, "required", "请填写此项。", "This is required.")
	}
	return plainLine(location, text, limit)
}
