package sim

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

func emptyValue(key string) error {
	return refused{47003, "argument invalid! data." + key + ".value is emtpy"} //nolint:misspell // as the platform writes it
}

// checkValue holds a template value to wechat.md 1.5.
func checkValue(key, value string) error {
	if value == "" {
		return emptyValue(key)
	}
	kind := strings.TrimRight(key, "0123456789")
	if kind == key || strings.ContainsFunc(value, unicode.IsControl) || !fits(kind, value) {
		return refused{47003, "argument invalid! data." + key + ".value invalid"}
	}
	return nil
}

func fits(kind, value string) bool {
	const day = `(\d{4}年\d{1,2}月\d{1,2}日|\d{4}[-/.]\d{1,2}[-/.]\d{1,2})`
	const hour = `([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?`
	n := utf8.RuneCountInString(value)
	matches := func(pattern string) bool { return regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString(value) }
	switch kind {
	case "thing":
		return n <= 20
	case "number":
		return matches(`-?\d{1,32}|-?\d{1,31}\.\d{1,31}`) && n <= 33
	case "letter":
		return matches(`[A-Za-z]{1,32}`)
	case "symbol":
		return n <= 5 && !strings.ContainsFunc(value, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
	case "character_string":
		return n <= 32 && !strings.ContainsFunc(value, isHan)
	case "time":
		one := `(` + day + ` ?)?` + hour
		return matches(one + `(~` + one + `)?`)
	case "date":
		one := day + `( ?` + hour + `)?`
		return matches(one + `(~` + one + `)?`)
	case "amount":
		return matches(`[¥￥$€£]?\d{1,10}(\.\d+)?元?`)
	case "phone_number":
		return n <= 17 && !strings.ContainsFunc(value, unicode.IsLetter)
	case "car_number":
		return n <= 8
	case "name":
		return n <= 10 || n <= 20 && !strings.ContainsFunc(value, isHan)
	case "phrase":
		return n <= 5 && !strings.ContainsFunc(value, func(r rune) bool { return !isHan(r) })
	case "enum":
		return n <= 20
	}
	return false
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }
