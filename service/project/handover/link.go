package handover

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"guike/internal/fault"
)

const maxLink = 500

// checkLink refuses what is no link to a live picture that a phone could open: another scheme, user
// names and passwords, and hosts that lie within a house or on the reader's own machine. Links are
// stored and never fetched; the check looks at their form alone.
func checkLink(text string) error {
	broken := fault.Broken("body.url", "link", "链接须为 https、wss、rtmps 或 rtsps 的公网地址,最多 500 个字符,且不含账号密码。",
		"The link is an https, wss, rtmps or rtsps address of a public host, of at most 500 characters, without a user name.")
	if text == "" || len(text) > maxLink || strings.ContainsFunc(text, unseemly) {
		return broken
	}
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.User != nil || !slices.Contains([]string{"https", "wss", "rtmps", "rtsps"}, u.Scheme) {
		return broken
	}
	if strings.HasSuffix(u.Host, ":") || !publicHost(u.Hostname()) {
		return broken
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return broken
		}
	}
	return nil
}

func unseemly(r rune) bool { return r <= ' ' || r > unicode.MaxASCII || r == 0x7f || r == '\\' }

// publicHost tells whether a host may lie on the public network: a name with a dot whose last part is no
// number, or an address outside the ranges that are kept for other uses.
func publicHost(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return publicAddress(ip)
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	parts := strings.Split(host, ".")
	if len(host) > 253 || len(parts) < 2 {
		return false
	}
	for _, p := range parts {
		if p == "" || len(p) > 63 || strings.Trim(p, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || p[0] == '-' || p[len(p)-1] == '-' {
			return false
		}
	}
	last := parts[len(parts)-1]
	if last[0] >= '0' && last[0] <= '9' { // 127.1, 10.0x1: forms of an address that some readers accept
		return false
	}
	return !slices.Contains([]string{"localhost", "local", "internal", "lan", "home", "corp", "intranet", "arpa", "test", "invalid", "example", "onion"}, last)
}

// reserved are ranges beside those that netip knows by name, in which no public camera lies.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("::/96"),
}

func publicAddress(ip netip.Addr) bool {
	if ip.Zone() != "" {
		return false
	}
	ip = ip.Unmap()
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(ip) })
}
