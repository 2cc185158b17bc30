package config

import (
	"bytes"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// ForServe is the mode of production. It refuses a missing public URL, missing
// WeChat credentials, missing, weak or default secrets, the demo's own values,
// and plain http to anything but this machine. MySQL, Redis, push, WeCom and S3
// may be absent.
func ForServe(c *Config) []string {
	wrong := required(*c, "PUBLIC_URL", "WECHAT_APPID", "WECHAT_SECRET", "JWT_KEYS", "FIELD_KEYS", "INDEX_KEY", "LINK_KEY")
	wrong = append(wrong, weakKeys(*c)...)
	wrong = append(wrong, weakTexts(*c)...)
	wrong = append(wrong, plainHTTP(*c)...)
	if c.WeChatAppID == demoAppID {
		wrong = append(wrong, "GUIKE_WECHAT_APPID is the demo's")
	}
	if weakPassword(c.MySQLDSN) {
		wrong = append(wrong, "GUIKE_MYSQL_DSN has no password, or one that everybody tries first")
	}
	return append(wrong, sameAddr("HTTP_ADDR", c.HTTPAddr, "OPS_ADDR", c.OpsAddr)...)
}

// ForStore is the mode of the commands that work on an existing store (verify,
// seed, import, staff): they must read the personal data in it. In a demo's data
// folder they take the demo's secrets.
func ForStore(c *Config) []string {
	if err := c.StoredSecrets(); err != nil {
		return []string{err.Error()}
	}
	return required(*c, "FIELD_KEYS", "INDEX_KEY")
}

func required(c Config, names ...string) []string {
	var wrong []string
	for _, name := range names {
		if !c.Given(name) {
			wrong = append(wrong, Prefix+name+" is missing")
		}
	}
	return wrong
}

// weakKeys refuses keys without randomness in them and keys used for two things.
func weakKeys(c Config) []string {
	var wrong []string
	var seen []Key
	for _, ring := range []struct {
		name string
		keys Keys
	}{
		{"JWT_KEYS", c.JWTKeys},
		{"FIELD_KEYS", c.FieldKeys},
		{"INDEX_KEY", Keys{{Secret: c.IndexKey}}},
		{"LINK_KEY", Keys{{Secret: c.LinkKey}}},
	} {
		for _, k := range ring.keys {
			switch {
			case len(k.Secret) == 0:
				continue
			case strings.HasPrefix(k.ID, demoKeyID):
				wrong = append(wrong, Prefix+ring.name+" holds a key of the demo")
			case distinct(k.Secret) < 12:
				wrong = append(wrong, Prefix+ring.name+" holds a key that is not random; use openssl rand -base64 32")
			}
			if i := slices.IndexFunc(seen, func(s Key) bool { return bytes.Equal(s.Secret, k.Secret) }); i >= 0 {
				wrong = append(wrong, Prefix+ring.name+" holds the same key as "+Prefix+seen[i].ID)
			}
			seen = append(seen, Key{ring.name, k.Secret})
		}
	}
	return wrong
}

// weakTexts refuses placeholders in secrets that others issue.
func weakTexts(c Config) []string {
	var wrong []string
	for _, s := range []struct {
		name, value string
		least       int
	}{
		{"WECHAT_SECRET", c.WeChatSecret, 16},
		{"WECHAT_PUSH_TOKEN", c.WeChatPushToken, 8},
		{"WECHAT_PUSH_AES_KEY", c.WeChatPushAESKey, 43},
		{"WECOM_SECRET", c.WeComSecret, 16},
	} {
		low := strings.ToLower(s.value)
		switch {
		case s.value == "":
		case len(s.value) < s.least:
			wrong = append(wrong, Prefix+s.name+" is too short: at least "+itoa(s.least)+" characters")
		case distinct([]byte(low)) < min(6, s.least/2), strings.Contains(low, "changeme"), strings.Contains(low, "example"),
			strings.HasPrefix(low, demoKeyID):
			wrong = append(wrong, Prefix+s.name+" is a placeholder")
		}
	}
	return wrong
}

func plainHTTP(c Config) []string {
	var wrong []string
	for name, u := range map[string]*url.URL{
		"PUBLIC_URL": c.PublicURL, "WECHAT_API_BASE": c.WeChatAPIBase, "WECOM_API_BASE": c.WeComAPIBase,
	} {
		if u != nil && u.Scheme != "https" && !loopback(u.Hostname()) {
			wrong = append(wrong, Prefix+name+" must begin with https:// (http is for this machine alone)")
		}
	}
	slices.Sort(wrong)
	return wrong
}

func sameAddr(name, addr, otherName, other string) []string {
	if addr == "" || addr != other || strings.HasSuffix(addr, ":0") {
		return nil
	}
	return []string{Prefix + name + " and " + Prefix + otherName + " are the same address"}
}

// weakPassword tells whether a MySQL on another machine is reached with a password
// that is none. On this machine a password may be absent: the socket protects.
func weakPassword(dsn string) bool {
	head := dsn[:max(0, strings.LastIndexByte(dsn, '/'))]
	at := strings.LastIndexByte(head, '@')
	user, password, _ := strings.Cut(head[:max(0, at)], ":")
	address := head[at+1:]
	if dsn == "" || strings.HasPrefix(address, "unix(") || loopback(hostOf(address)) {
		return false
	}
	common := []string{"", user, "root", "mysql", "guike", "password", "secret", "changeme", "123456", "admin", "test", "demo"}
	return slices.Contains(common, strings.ToLower(password))
}

// hostOf takes the host out of tcp(host:port); a DSN without an address means this machine.
func hostOf(address string) string {
	_, inside, ok := strings.Cut(strings.TrimSuffix(address, ")"), "(")
	if !ok {
		return "localhost"
	}
	u := url.URL{Host: inside}
	return u.Hostname()
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func distinct(b []byte) int {
	var seen [256]bool
	n := 0
	for _, c := range b {
		if !seen[c] {
			seen[c] = true
			n++
		}
	}
	return n
}
