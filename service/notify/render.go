package notify

import (
	"strings"
	"unicode"

	"guike/model/notify"
)

// kindOf is the type of a template's key: "thing" of "thing1"; empty when the key is none.
func kindOf(key string) string {
	m := goodField.FindStringSubmatch(key)
	if m == nil {
		return ""
	}
	return m[1]
}

// fits tells whether a fact can fill a key of a kind. The other kinds of wechat.md 1.5 carry nothing
// that the house has to say.
func fits(kind, fact string) bool {
	switch kind {
	case "thing", "name", "phrase", "character_string":
		return true
	case "date":
		return fact == factDay || fact == factTime
	case "time":
		return fact == factTime
	case "number":
		return fact == factPercent
	}
	return false
}

// render makes the values of a message and its page from the facts of its event.
func render(t notify.Template, row notify.Send) (data map[string]string, page string, err error) {
	fields, err := t.Mapping()
	if err != nil {
		return nil, "", err
	}
	facts, err := row.ReadFacts()
	if err != nil {
		return nil, "", err
	}
	data = make(map[string]string, len(fields))
	for key, fact := range fields {
		data[key] = value(kindOf(key), facts[fact])
	}
	page = t.Page
	for _, fact := range []string{factProjectID, factEntryID} {
		page = strings.ReplaceAll(page, "{"+fact+"}", facts[fact])
	}
	return data, page, nil
}

// value brings a text into the form that the platform takes for a kind (wechat.md 1.5): no control
// characters, never empty, within its length.
func value(kind, text string) string {
	text = oneLine(text)
	switch kind {
	case "thing":
		return orElse(shorten(text, 20), "详情请见小程序")
	case "name":
		if strings.ContainsFunc(text, isHan) {
			return orElse(shorten(text, 10), "工作人员")
		}
		return orElse(shorten(text, 20), "工作人员")
	case "phrase":
		return orElse(shortenPlain(keep(text, isHan), 5), "已更新")
	case "character_string":
		return orElse(shortenPlain(keep(text, func(r rune) bool { return r > ' ' && r <= '~' }), 32), "-")
	case "number":
		return orElse(keep(text, func(r rune) bool { return r >= '0' && r <= '9' }), "0")
	}
	return orElse(text, "-")
}

// oneLine takes out what is not to be seen and folds white space.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// shorten cuts to n characters, the last of which tells that something is missing. Characters beyond
// the basic plane count twice, as a client that counts in UTF-16 would.
func shorten(text string, n int) string {
	if width(text) <= n {
		return text
	}
	return shortenPlain(text, n-1) + "…"
}

func shortenPlain(text string, n int) string {
	used := 0
	for i, r := range text {
		if used += runeWidth(r); used > n {
			return text[:i]
		}
	}
	return text
}

func width(text string) int {
	n := 0
	for _, r := range text {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

func keep(text string, which func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if which(r) {
			return r
		}
		return -1
	}, text)
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}
