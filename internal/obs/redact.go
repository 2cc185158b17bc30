package obs

import (
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"

	"guike/internal/crypt"
)

// Redacted stands in a log for what must not be there.
const Redacted = "[redacted]"

var (
	// sensitiveWords blank a key that contains one of them, underscores and case aside.
	sensitiveWords = []string{
		"authorization", "cookie", "secret", "password", "passwd", "sessionkey", "phone", "mobile", "apikey", "aeskey",
		"encrypteddata", "dsn",
	}
	// sensitiveEnds blank a key that ends in one of them.
	sensitiveEnds = []string{"token", "code", "totp"}
	// plainCodes end in "code" and hold none.
	plainCodes = []string{"statuscode", "errcode", "errorcode", "exitcode", "faultcode", "httpcode"}

	// inText finds a secret inside a text: a query or form parameter, a JSON member.
	inText = regexp.MustCompile(`(?i)\b((?:access_|refresh_|api_|push_)?token|(?:app|corp|client_)?secret|password|passwd|` +
		`session_key|(?:js_|phone_|auth_)?code|signature|api_?key|aes_?key)(=|\\?":\s*\\?")([^&\s"',;\\]+)`)
	bearer = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}`)
	// userinfo finds the password of an address: scheme://user:password@host.
	userinfo = regexp.MustCompile(`(://|\b)([^\s:/@"'=]*):([^\s@"']+)@(tcp\(|unix\(|[A-Za-z0-9.\[-])`)
)

// plainKey takes away what does not matter in a key.
var plainKey = strings.NewReplacer("_", "", "-", "", ".", "")

// Sensitive reports whether values under this key are kept out of logs: tokens,
// secrets, passwords, authorization and cookie headers, session keys, one-time
// codes, phones. Case, underscores and dashes do not matter. Keys such as
// status_code and errcode are not sensitive.
func Sensitive(key string) bool {
	k := plainKey.Replace(strings.ToLower(key))
	contained := func(word string) bool { return strings.Contains(k, word) }
	if slices.ContainsFunc(sensitiveWords, contained) {
		return true
	}
	ends := func(end string) bool { return strings.HasSuffix(k, end) }
	return slices.ContainsFunc(sensitiveEnds, ends) && !slices.Contains(plainCodes, k)
}

// Redact is the ReplaceAttr of our handlers: it blanks the value of a [Sensitive]
// key or group and applies [Scrub] to every text, whether it comes as a string,
// an error or any other value. Numbers, times and booleans pass.
func Redact(groups []string, a slog.Attr) slog.Attr {
	if Sensitive(a.Key) || slices.ContainsFunc(groups, Sensitive) {
		a.Value = slog.StringValue(Redacted)
		return a
	}
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(Scrub(a.Value.String()))
	case slog.KindAny:
		a.Value = scrubAny(a.Value)
	}
	return a
}

func scrubAny(v slog.Value) slog.Value {
	switch x := v.Any().(type) {
	case nil, *slog.Source, slog.Level:
		return v
	case error:
		return slog.StringValue(Scrub(errorText(x)))
	case []byte:
		return slog.StringValue(Scrub(string(x)))
	default:
		return slog.StringValue(Scrub(fmt.Sprintf("%+v", x)))
	}
}

// errorText survives an error that is a nil pointer, as slog itself does.
func errorText(err error) string { return fmt.Sprintf("%v", err) }

// Scrub returns text without what must not be logged: passwords in addresses,
// bearer tokens, secrets in query strings and JSON are blanked, mainland mobile
// numbers are masked. It is a net below the rule that such things are not put
// into messages at all.
func Scrub(text string) string {
	if strings.ContainsAny(text, `=":`) {
		text = inText.ReplaceAllString(text, "${1}${2}"+Redacted)
	}
	if strings.Contains(text, "@") {
		text = userinfo.ReplaceAllString(text, "${1}${2}:"+Redacted+"@${4}")
	}
	if strings.ContainsAny(text, "bB") {
		text = bearer.ReplaceAllString(text, "${1} "+Redacted)
	}
	return crypt.MaskPhones(text)
}
