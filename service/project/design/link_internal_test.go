package design

import (
	"net"
	"strings"
	"testing"
)

func FuzzParseLink(f *testing.F) {
	for _, seed := range []string{
		"https://vr.example-cloud.com/a", "https://user@x.com", "https://[::1]/", "https://127.1/", "https:a.b", "https://a.b:c", "HTTPS://A.B.com:1/%00", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, ok := parse(raw)
		if !ok {
			return
		}
		host := u.Hostname()
		switch {
		case len(raw) > maxURL, u.Scheme != "https", u.User != nil:
			t.Fatalf("took in %q", raw)
		case net.ParseIP(host) != nil, !strings.Contains(host, "."), strings.HasSuffix(strings.ToLower(host), "localhost"):
			t.Fatalf("took in host %q", host)
		}
	})
}
