// Package config reads the settings of the process: GUIKE_* environment
// variables, command line flags over them, visible defaults below them. One table
// of options (options.go) is the source of the parser, of the flags' help and of
// the commented example file guike.env.example.
//
// Only package main imports it; everything else is handed plain values.
package config

import (
	"log/slog"
	"net/netip"
	"net/url"
	"time"
)

// Config is every setting with its meaning; the defaults are in the table of
// options. Printing or logging a Config shows no secret.
type Config struct {
	// HTTPAddr, OpsAddr and SimAddr are where the API, the operations port and the
	// WeChat simulator listen, as host:port; port 0 lets the system choose.
	HTTPAddr, OpsAddr, SimAddr string
	// PublicURL is how the world reaches the API, without a trailing slash; nil when
	// not set (never under ForServe and ForDemo).
	PublicURL *url.URL
	// TrustedProxies may name the client in X-Forwarded-For; nobody else may.
	TrustedProxies []netip.Prefix
	RequestTimeout time.Duration
	// ShutdownTimeout bounds how long requests in flight may take after a stop signal.
	ShutdownTimeout time.Duration
	// LimitsScale multiplies every rate limit except the one on sign-in failures.
	LimitsScale int

	// DataDir holds what is embedded: SQLite, files, the demo's secrets.
	DataDir string
	// MySQLDSN is the store; empty means SQLite in DataDir.
	MySQLDSN string
	// DBMaxOpen bounds the connections to MySQL.
	DBMaxOpen int
	// Migrate lets serve bring the schema up to date when it starts.
	Migrate bool
	// RedisURL is one address, or several with commas between (a cluster); empty means embedded.
	RedisURL string

	WeChatAPIBase, WeComAPIBase *url.URL
	WeChatAppID, WeChatSecret   string
	// WeChatPushToken and WeChatPushAESKey are both set or both empty (no push).
	WeChatPushToken, WeChatPushAESKey string
	// WeChatMiniProgramState is where a subscription message leads: formal, trial or developer.
	WeChatMiniProgramState string
	// WeCom* sign staff in; all set or all empty.
	WeComCorpID, WeComAgentID, WeComSecret string

	// JWTKeys sign access tokens, FieldKeys encrypt personal data: the first key is
	// used, the others are still accepted. FieldKeys are 32 bytes each.
	JWTKeys, FieldKeys Keys
	// IndexKey makes the blind index of personal data; it cannot be rotated. 32 bytes.
	IndexKey []byte
	// LinkKey signs the links of files. At least 32 bytes.
	LinkKey []byte

	// Zone is the company's time zone: calendar days, quiet hours, SLA calendars.
	Zone      *time.Location
	LogLevel  slog.Level
	LogFormat string // json or text

	S3 S3
	// UploadMaxBytes bounds one file, CustomerQuotaBytes all files of one customer.
	UploadMaxBytes, CustomerQuotaBytes int64

	given map[string]bool
}

// S3 is the object store for files; without an endpoint they live in DataDir.
type S3 struct {
	Endpoint             *url.URL
	Bucket, Region       string
	AccessKey, SecretKey string
}

// Enabled reports whether files go to the object store.
func (s S3) Enabled() bool { return s.Endpoint != nil }

// Key is one secret of a ring with the id that tokens and sealed values carry.
type Key struct {
	ID     string
	Secret []byte
}

// Keys is a key ring: the first one signs or encrypts, all are accepted.
type Keys []Key

// Given reports whether the option was set by the environment, a flag or the
// demo's stored secrets rather than by its default. Name is the option's, without
// GUIKE_.
func (c Config) Given(name string) bool { return c.given[name] }

// Mistakes is everything that is wrong with the settings, at once. It never holds
// the value of a secret.
type Mistakes []string

// Error lists the mistakes, one a line.
func (m Mistakes) Error() string {
	s := "config: 1 mistake:"
	if len(m) > 1 {
		s = "config: " + itoa(len(m)) + " mistakes:"
	}
	for _, one := range m {
		s += "\n  " + one
	}
	return s
}
