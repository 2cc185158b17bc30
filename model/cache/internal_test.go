package cache

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]struct {
		addrs      []string
		user, pass string
		db         int
		tls        bool
		serverName string
	}{
		"redis://host":                       {addrs: []string{"host:6379"}},
		"host:7000":                          {addrs: []string{"host:7000"}},
		"redis://u:p%2Cq@host:1/3":           {addrs: []string{"host:1"}, user: "u", pass: "p,q", db: 3},
		"rediss://:p@host:1":                 {addrs: []string{"host:1"}, pass: "p", tls: true, serverName: "host"},
		"redis://a:1,b:2,c:3":                {addrs: []string{"a:1", "b:2", "c:3"}},
		"redis://:p@a:1, redis://:p@b:2":     {addrs: []string{"a:1", "b:2"}, pass: "p"},
		"rediss://u:p@a:1,b:2/0":             {addrs: []string{"a:1", "b:2"}, user: "u", pass: "p", tls: true},
		"redis://[::1]:7000,127.0.0.1:7001/": {addrs: []string{"[::1]:7000", "127.0.0.1:7001"}},
	} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			got, err := parse(address)
			require.NoError(t, err)
			require.Equal(t, want.addrs, got.Addrs)
			require.Equal(t, want.user, got.Username)
			require.Equal(t, want.pass, got.Password)
			require.Equal(t, want.db, got.DB)
			require.Equal(t, want.tls, got.TLSConfig != nil)
			if want.tls {
				require.Equal(t, want.serverName, got.TLSConfig.ServerName)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "redis://u:p@h:1/2", "rediss://a,b,c", "://", "redis://%zz", "a,b?skip_verify=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if o, err := parse(address); err == nil && len(o.Addrs) != strings.Count(address, ",")+1 {
			t.Fatalf("%q gave %d hosts", address, len(o.Addrs))
		}
	})
}

func FuzzUnstamp(f *testing.F) {
	for _, seed := range []string{"", "-", "1 ", "1763697600000 {}", "-1 x", "+1 x", "253402300800000 x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		until, value, ok := unstamp(s)
		if !ok {
			return
		}
		if until.Before(time.UnixMilli(0)) || until.Year() > 9999 || !strings.HasSuffix(s, " "+value) {
			t.Fatalf("%q was read as %v %q", s, until, value)
		}
		again, same, ok := unstamp(stamp(until, value))
		if !ok || !again.Equal(until) || same != value {
			t.Fatalf("%q does not come back", s)
		}
	})
}

func FuzzOpened(f *testing.F) {
	f.Add("guike:live:x", "0123456789abcdefpayload")
	f.Add("guike:live:", "short")
	f.Add("other", "0123456789abcdef")
	c := &Cache{prefix: "guike:"}
	f.Fuzz(func(t *testing.T, channel, payload string) {
		origin, m, ok := c.opened(channel, payload)
		if ok && (origin+string(m.payload) != payload || c.key("live", m.channel) != channel) {
			t.Fatalf("%q %q lost something", channel, payload)
		}
	})
}
