package weblink_test

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/weblink"
)

var streams = []string{"https", "wss", "rtmps", "rtsps"}

func TestLinks(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"https://live.guike.cn/site/8f3a.m3u8", "wss://live.guike.cn:8443/a?b=c#d", "rtmps://push.example.com/app/stream", "rtsps://cam.guike.cn",
		"https://xn--fiqs8s.cn/", "HTTPS://LIVE.GUIKE.CN/", "https://a.xn--fiqs8s",
	} {
		u, ok := weblink.Parse(good, streams...)
		require.True(t, ok, good)
		_, named := weblink.ParseNamed(good, streams...)
		require.True(t, named, good)
		_, secure := weblink.ParseNamed(good, "https")
		require.Equal(t, u.Scheme == "https", secure, good)
	}
	for _, address := range []string{"https://8.8.8.8/x", "https://[2606:4700::1111]/x"} {
		_, ok := weblink.Parse(address, streams...)
		require.True(t, ok, address)
		_, named := weblink.ParseNamed(address, streams...)
		require.False(t, named, address)
	}
	for _, bad := range []string{
		"", "live", "http://live.guike.cn", "ftp://live.guike.cn", "javascript:alert(1)", "data:text/html,x", "https:live.guike.cn", "//live.guike.cn", "https:///x",
		"https://user@live.guike.cn", "https://user:pw@live.guike.cn", "https://@live.guike.cn",
		"https://localhost/", "https://a.localhost", "https://cam.local", "https://nas.lan", "https://x.internal", "https://cam", "https://1.2.3.4.in-addr.arpa",
		"https://127.0.0.1", "https://127.1", "https://2130706433", "https://0x7f.0.0.1", "https://0177.0.0.1", "https://10.0.0.8", "https://172.16.9.1", "https://192.168.1.4",
		"https://169.254.169.254/latest", "https://100.64.0.1", "https://0.0.0.0", "https://224.0.0.1", "https://255.255.255.255", "https://198.18.0.1",
		"https://[::1]", "https://[fe80::1%25eth0]", "https://[fd00::1]", "https://[::ffff:127.0.0.1]", "https://[::ffff:192.168.0.1]", "https://[64:ff9b::7f00:1]", "https://[::]",
		"https://live.guike.cn:0", "https://live.guike.cn:", "https://live.guike.cn:99999", "https://live..cn", "https://-a.cn", "https://a-.cn", "https://a_b.cn",
		"https://live.guike.cn/ x", "https://live.guike.cn/\n", "https://live.guike.cn\\@evil.cn", "https://直播.cn/", "https://live.guike.cn/" + strings.Repeat("a", 480),
		`https://live.guike.cn/"><script>`, "https://a.c1", "https://live.guike.cn./",
	} {
		_, ok := weblink.Parse(bad, streams...)
		require.False(t, ok, bad)
		_, named := weblink.ParseNamed(bad, streams...)
		require.False(t, named, bad)
	}
}

func FuzzLinks(f *testing.F) {
	for _, seed := range []string{
		"https://live.guike.cn/a", "https://[::1]", "wss://user@x.cn", "https://127.1", "https://a.cn:1", "https:a.b", "HTTPS://A.B.com:1/%00", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, ok := weblink.Parse(text, streams...)
		_, named := weblink.ParseNamed(text, streams...)
		require.True(t, ok || !named, "what has a name is a link")
		if !ok {
			return
		}
		again, err := url.Parse(text)
		require.NoError(t, err)
		require.Equal(t, again, u)
		require.Nil(t, u.User)
		require.LessOrEqual(t, len(text), weblink.MaxBytes)
		if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
			require.False(t, named, "an address is no name")
			require.False(t, ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified(), text)
			return
		}
		require.Contains(t, u.Hostname(), ".")
		require.False(t, strings.HasSuffix(strings.ToLower(u.Hostname()), "localhost"))
	})
}
