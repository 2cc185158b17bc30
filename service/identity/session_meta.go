package identity

import (
	"context"
	"net/netip"
	"strings"
)

// Meta is where a sign-in came from, as far as it is kept: enough for a person to recognise their own
// sessions, too little to place them.
type Meta struct {
	UserAgent string
	Address   string // the client's address; kept without its last part
}

type metaKey struct{}

// WithMeta returns a context that carries where the request came from. The router calls it once.
func WithMeta(ctx context.Context, m Meta) context.Context {
	return context.WithValue(ctx, metaKey{}, m)
}

// MetaFrom returns where the request came from; the zero Meta when nobody said.
func MetaFrom(ctx context.Context) Meta {
	m, _ := ctx.Value(metaKey{}).(Meta)
	return m
}

// trimmed cuts the meta to what is kept.
func (m Meta) trimmed() Meta {
	return Meta{UserAgent: cut(m.UserAgent, 200), Address: network(m.Address)}
}

// cut keeps the first n characters, without what is no text.
func cut(s string, n int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// network is the part of an address that many share: /24 of IPv4, /48 of IPv6.
func network(address string) string {
	if host, err := netip.ParseAddrPort(address); err == nil {
		address = host.Addr().String()
	}
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	a = a.Unmap()
	bits := 48
	if a.Is4() {
		bits = 24
	}
	prefix, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.String()
}
