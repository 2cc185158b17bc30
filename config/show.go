package config

import (
	"fmt"
	"log/slog"
	"strings"
)

// Redacted returns every setting for the log at the start, in the order of the
// table, by lower-case name without GUIKE_. Of a secret it says only whether it is set.
func (c Config) Redacted() slog.Value {
	var attrs []slog.Attr
	for _, o := range Options() {
		attrs = append(attrs, slog.String(strings.ToLower(o.Name), c.show(o)))
	}
	return slog.GroupValue(attrs...)
}

func (c Config) show(o Option) string {
	switch {
	case !o.Secret:
		return o.field.show(&c)
	case c.Given(o.Name):
		return "(set)"
	default:
		return "(not set)"
	}
}

// LogValue is [Config.Redacted].
func (c Config) LogValue() slog.Value { return c.Redacted() }

// String is the same as text, so that no way of printing shows a secret.
func (c Config) String() string { return fmt.Sprint(c.Redacted()) }

// GoString is [Config.String].
func (c Config) GoString() string { return c.String() }

// String says how many keys there are.
func (k Keys) String() string { return itoa(len(k)) + " keys" }

// GoString is [Keys.String].
func (k Keys) GoString() string { return k.String() }

// String names the key without its secret.
func (k Key) String() string { return "key " + k.ID }

// GoString is [Key.String].
func (k Key) GoString() string { return k.String() }

// Notes says in sentences what this configuration goes without, for the log at the
// start of serve.
func (c Config) Notes() []string {
	var notes []string
	add := func(when bool, text string) {
		if when {
			notes = append(notes, text)
		}
	}
	add(c.MySQLDSN == "", "GUIKE_MYSQL_DSN is not set: the store is SQLite in the data folder; run one instance only")
	add(c.RedisURL == "", "GUIKE_REDIS_URL is not set: Redis is embedded; run one instance only")
	add(c.WeChatPushToken == "", "GUIKE_WECHAT_PUSH_TOKEN is not set: events of WeChat are not received, "+
		"subscription grants are taken from the client's report")
	add(!c.S3.Enabled(), "GUIKE_S3_ENDPOINT is not set: files live in the data folder; several instances must share it")
	return notes
}

// Example returns the commented example file: every option with its help, its
// default as a comment. It is kept as guike.env.example; a test compares.
func Example() string {
	var b strings.Builder
	b.WriteString("# Settings of guike, each with its default. Copy this file, uncomment what differs.\n" +
		"# Every variable is also a flag (GUIKE_HTTP_ADDR: --http-addr); the flag wins.\n" +
		"# A secret may be put into a file instead: GUIKE_JWT_KEYS_FILE=/run/secrets/jwt_keys.\n")
	section := ""
	for _, o := range Options() {
		if o.Section != section {
			section = o.Section
			fmt.Fprintf(&b, "\n# ---- %s ----\n", section)
		}
		fmt.Fprintf(&b, "\n%s", wrap("# ", o.Help))
		if o.Default == "" {
			fmt.Fprintf(&b, "# Form: %s\n", o.Value)
		}
		fmt.Fprintf(&b, "#%s=%s\n", o.Env(), o.Default)
	}
	return b.String()
}

// wrap breaks a help text into lines of at most 90 bytes.
func wrap(indent, text string) string {
	var b strings.Builder
	line := indent
	for word := range strings.FieldsSeq(text) {
		if len(line)+len(word) > 90 {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = indent
		}
		line += word + " "
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
	return b.String()
}
