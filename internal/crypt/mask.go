package crypt

import "strings"

// maskStars bounds the stars of a long name, so that a mask does not tell a length nobody needs.
const maskStars = 6

// MaskPhone keeps the first 3 and the last 2 of a number of 10 digits or more,
// as the platform's security guide asks (wechat.md 1.14): 156******77. A shorter
// one is hidden altogether; an empty one stays empty.
func MaskPhone(phone string) string {
	n := len(phone)
	switch {
	case n == 0:
		return ""
	case n < 10:
		return "***"
	}
	return phone[:3] + strings.Repeat("*", n-5) + phone[n-2:]
}

// MaskName hides the middle of a real name, or the family name when there is no
// middle (wechat.md 1.14): *三, 王*四, 欧**五. A single character becomes *, an
// empty name stays empty.
func MaskName(name string) string {
	runes := []rune(strings.TrimSpace(name))
	switch n := len(runes); n {
	case 0:
		return ""
	case 1:
		return "*"
	case 2:
		return "*" + string(runes[1])
	default:
		return string(runes[0]) + strings.Repeat("*", min(n-2, maskStars)) + string(runes[n-1])
	}
}

// MaskAddress keeps city and district and hides the rest: 上海市浦东新区****.
// Without anything to hide no stars are added.
func MaskAddress(city, district, rest string) string {
	if rest == "" {
		return city + district
	}
	return city + district + "****"
}
