package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	_ "time/tzdata" // the company's zone must be known in an image without a zone database
)

// Parsers never repeat the value: the caller does, unless it is a secret.

var (
	appIDForm     = regexp.MustCompile(`^wx[0-9a-z]{16}$`)
	pushTokenForm = regexp.MustCompile(`^[A-Za-z0-9]{3,32}$`)
	pushKeyForm   = regexp.MustCompile(`^[A-Za-z0-9]{43}$`)
	keyIDForm     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)
)

// field reads and shows one setting of a Config.
type field struct {
	set  func(c *Config, value string) error
	show func(c *Config) string
}

// bind ties a setting's place to its parser.
func bind[T any](at func(*Config) *T, parse func(string) (T, error)) field {
	return field{
		set: func(c *Config, value string) error {
			v, err := parse(value)
			if err == nil {
				*at(c) = v
			}
			return err
		},
		show: func(c *Config) string { return show(*at(c)) },
	}
}

func show(v any) string {
	switch x := v.(type) {
	case *url.URL:
		if x == nil {
			return ""
		}
	case []netip.Prefix:
		var all []string
		for _, p := range x {
			all = append(all, p.String())
		}
		return strings.Join(all, ",")
	case slog.Level:
		return strings.ToLower(x.String())
	}
	return fmt.Sprint(v)
}

func itoa(n int) string { return strconv.Itoa(n) }

func parseText(s string) (string, error) {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return "", errors.New("has control characters in it")
	}
	return s, nil
}

func parseBool(s string) (bool, error) {
	v, err := strconv.ParseBool(s)
	if err != nil {
		return false, errors.New("is neither true nor false")
	}
	return v, nil
}

func parseInt(low, high int) func(string) (int, error) {
	return func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil || n < low || n > high {
			return 0, fmt.Errorf("is not a whole number from %d to %d", low, high)
		}
		return n, nil
	}
}

func parseDuration(low, high time.Duration) func(string) (time.Duration, error) {
	return func(s string) (time.Duration, error) {
		d, err := time.ParseDuration(s)
		if err != nil || d < low || d > high {
			return 0, fmt.Errorf("is not a duration from %v to %v, such as 15s", low, high)
		}
		return d, nil
	}
}

// parseSize reads bytes, or KiB, MiB and GiB.
func parseSize(low, high int64) func(string) (int64, error) {
	return func(s string) (int64, error) {
		number, unit := s, int64(1)
		for i, suffix := range []string{"KiB", "MiB", "GiB"} {
			if head, ok := strings.CutSuffix(s, suffix); ok {
				number, unit = head, 1<<(10*(i+1))
			}
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil || n > high/unit || n*unit < low {
			return 0, fmt.Errorf("is not a size from %d to %d bytes, such as 10485760 or 10MiB", low, high)
		}
		return n * unit, nil
	}
}

func parseOneOf(words ...string) func(string) (string, error) {
	return func(s string) (string, error) {
		if !slices.Contains(words, s) {
			return "", fmt.Errorf("is not one of %s", strings.Join(words, ", "))
		}
		return s, nil
	}
}

func parseLevel(s string) (slog.Level, error) {
	var l slog.Level
	if _, err := parseOneOf("debug", "info", "warn", "error")(strings.ToLower(s)); err != nil {
		return l, err
	}
	return l, l.UnmarshalText([]byte(s))
}

func parseZone(s string) (*time.Location, error) {
	zone, err := time.LoadLocation(s)
	if err != nil || s == "Local" {
		return nil, errors.New("is not a time zone such as Asia/Shanghai")
	}
	return zone, nil
}

func parseAddr(s string) (string, error) {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", errors.New("is not host:port, such as 127.0.0.1:8080")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", fmt.Errorf("has the port %q, which is not a number from 0 to 65535", port)
	} else if strconv.FormatUint(n, 10) != port {
		return "", fmt.Errorf("has the port %q, which is not written plainly", port)
	}
	return s, nil
}

func parsePrefixes(s string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for one := range strings.SplitSeq(s, ",") {
		one = strings.TrimSpace(one)
		p, err := netip.ParsePrefix(one)
		if err != nil {
			return nil, fmt.Errorf("holds %q, which is not a network such as 10.0.0.0/8", one)
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// parseBase reads the address of an API that is called; a path is allowed.
func parseBase(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(s, "/"))
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return nil, errors.New("is not an address such as https://example.com")
	case u.User != nil:
		return nil, errors.New("must not hold a user or password")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("must not have a query or fragment")
	}
	return u, nil
}

// parseOrigin reads scheme, host and port alone.
func parseOrigin(s string) (*url.URL, error) {
	u, err := parseBase(s)
	if err == nil && u.Path != "" {
		return nil, errors.New("must not have a path")
	}
	return u, err
}

func parseAppID(s string) (string, error) {
	if !appIDForm.MatchString(s) {
		return "", errors.New("is not wx and 16 letters and digits")
	}
	return s, nil
}

func parsePushToken(s string) (string, error) {
	if !pushTokenForm.MatchString(s) {
		return "", errors.New("is not 3 to 32 letters and digits")
	}
	return s, nil
}

func parsePushKey(s string) (string, error) {
	if !pushKeyForm.MatchString(s) {
		return "", errors.New("is not 43 letters and digits")
	}
	return s, nil
}

// parseDSN looks for the commonest mistakes; the store's driver reads it in full.
func parseDSN(s string) (string, error) {
	if strings.Contains(s, "://") {
		return "", errors.New("is a URL; write user:password@tcp(host:3306)/guike")
	}
	name := s[strings.LastIndexByte(s, '/')+1:]
	if name == s || strings.HasPrefix(name, "?") || name == "" {
		return "", errors.New("names no database; write user:password@tcp(host:3306)/guike")
	}
	return s, nil
}

func parseRedis(s string) (string, error) {
	for one := range strings.SplitSeq(s, ",") {
		one = strings.TrimSpace(one)
		if !strings.Contains(one, "://") {
			one = "redis://" + one
		}
		u, err := url.Parse(one)
		if err != nil || (u.Scheme != "redis" && u.Scheme != "rediss") || u.Hostname() == "" {
			return "", errors.New("is not redis://host:6379/0, or several host:port with commas between")
		}
	}
	return s, nil
}

// parseKeys reads a ring kid:base64,kid:base64 of secrets of low to high bytes.
func parseKeys(low, high int) func(string) (Keys, error) {
	return func(s string) (Keys, error) {
		var ring Keys
		for one := range strings.SplitSeq(s, ",") {
			id, text, ok := strings.Cut(strings.TrimSpace(one), ":")
			if !ok || !keyIDForm.MatchString(id) {
				return nil, errors.New("is not kid:base64,kid:base64 with ids of 1 to 32 letters, digits, _ and -")
			}
			if slices.ContainsFunc(ring, func(k Key) bool { return k.ID == id }) {
				return nil, fmt.Errorf("has the key id %q twice", id)
			}
			secret, err := parseKey(low, high)(text)
			if err != nil {
				return nil, fmt.Errorf("has a key %q that %w", id, err)
			}
			ring = append(ring, Key{id, secret})
		}
		return ring, nil
	}
}

// parseKey reads base64 in either alphabet, padded or not.
func parseKey(low, high int) func(string) ([]byte, error) {
	return func(s string) ([]byte, error) {
		plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
		secret, err := base64.RawStdEncoding.DecodeString(plain)
		switch n := len(secret); {
		case err != nil:
			return nil, errors.New("is not base64")
		case low == high && n != low:
			return nil, fmt.Errorf("has %d bytes, wants %d", n, low)
		case n < low:
			return nil, fmt.Errorf("has %d bytes, wants at least %d", n, low)
		case n > high:
			return nil, fmt.Errorf("has %d bytes, wants at most %d", n, high)
		}
		return secret, nil
	}
}
