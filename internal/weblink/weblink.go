// Package weblink reads the links that people enter and the house hands on. They are kept, shown and
// never fetched: the form alone is judged, so that nobody's phone is led into a house's own net.
package weblink

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// MaxBytes is how long a link may be.
const MaxBytes = 500

var (
	label = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	// A name's last label is of letters, so that no reader takes the name for a number: 127.1, 10.0x1.
	topLabel = regexp.MustCompile(`^([a-z]{2,63}|xn--[a-z0-9-]{1,58}[a-z0-9])$`)
	// inside are the names that lead into a house's own net.
	inside = []string{"localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa", "test", "invalid", "example", "onion"}
	// reserved are ranges beside those that netip knows by name, in which nothing public lies.
	reserved = []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
		netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
		netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("::/96"),
	}
)

// ParseNamed reads an absolute link of one of the schemes to a host of the public net that has a name:
// of at most 500 bytes of the characters that RFC 3986 knows, without user information. Addresses are
// refused.
func ParseNamed(text string, schemes ...string) (*url.URL, bool) {
	u, ok := parse(text, schemes)
	return u, ok && publicName(u.Hostname())
}

// Parse reads what ParseNamed does; the host may be a public address, too.
func Parse(text string, schemes ...string) (*url.URL, bool) {
	u, ok := parse(text, schemes)
	if !ok {
		return nil, false
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		return u, publicAddress(ip)
	}
	return u, publicName(u.Hostname())
}

func parse(text string, schemes []string) (*url.URL, bool) {
	if len(text) > MaxBytes || strings.ContainsFunc(text, foreign) {
		return nil, false
	}
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.User != nil || !slices.Contains(schemes, u.Scheme) {
		return nil, false
	}
	if strings.HasSuffix(u.Host, ":") {
		return nil, false
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, false
		}
	}
	return u, true
}

// foreign tells what has no place in a link unless it is escaped.
func foreign(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`\"<>^{}|`+"`", r) }

func publicName(host string) bool {
	labels := strings.Split(strings.ToLower(host), ".")
	if len(host) > 253 || len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if !label.MatchString(l) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return topLabel.MatchString(last) && !slices.Contains(inside, last)
}

func publicAddress(ip netip.Addr) bool {
	if ip.Zone() != "" {
		return false
	}
	ip = ip.Unmap()
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(ip) })
}
