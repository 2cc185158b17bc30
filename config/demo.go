package config

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

const (
	// demoAppID has the form of a real one, so that the demo takes the same ways; serve refuses it.
	demoAppID = "wxdec0de0000000001"
	// demoKeyID begins every key id and text secret that the demo makes; serve refuses it.
	demoKeyID = "demo"
	// demoSecrets is the file in the data folder that keeps them.
	demoSecrets = "demo-secrets.env" //nolint:gosec // a file name
)

// demoFilled are the secrets that the demo cannot do without.
var demoFilled = []string{
	"JWT_KEYS", "FIELD_KEYS", "INDEX_KEY", "LINK_KEY", "WECHAT_SECRET", "WECHAT_PUSH_TOKEN", "WECHAT_PUSH_AES_KEY", "WECOM_SECRET",
}

// ForDemo is the mode of the demo: what was not given gets a value that works on
// one machine. Its simulator stands in for WeChat and WeCom, the limits are
// tenfold, the schema is brought up to date, logs are for reading. Secrets are
// filled in afterwards, by [Config.FillSecrets]. When HTTP_ADDR or SIM_ADDR ends
// in port 0, the addresses derived from it (PublicURL, WeChatAPIBase,
// WeComAPIBase, unless [Config.Given]) are the caller's to set after listening.
func ForDemo(c *Config) []string {
	fill(c, "PUBLIC_URL", &c.PublicURL, LocalURL(c.HTTPAddr))
	fill(c, "WECHAT_API_BASE", &c.WeChatAPIBase, LocalURL(c.SimAddr))
	fill(c, "WECOM_API_BASE", &c.WeComAPIBase, LocalURL(c.SimAddr))
	fill(c, "WECHAT_APPID", &c.WeChatAppID, demoAppID)
	fill(c, "WECOM_CORP_ID", &c.WeComCorpID, "wwdec0de0000000001")
	fill(c, "WECOM_AGENT_ID", &c.WeComAgentID, "1000002")
	fill(c, "LIMITS_SCALE", &c.LimitsScale, 10)
	fill(c, "LOG_FORMAT", &c.LogFormat, "text")
	fill(c, "MIGRATE", &c.Migrate, true)
	wrong := sameAddr("HTTP_ADDR", c.HTTPAddr, "OPS_ADDR", c.OpsAddr)
	wrong = append(wrong, sameAddr("HTTP_ADDR", c.HTTPAddr, "SIM_ADDR", c.SimAddr)...)
	return append(wrong, sameAddr("OPS_ADDR", c.OpsAddr, "SIM_ADDR", c.SimAddr)...)
}

func fill[T any](c *Config, name string, at *T, value T) {
	if !c.Given(name) {
		*at = value
	}
}

// LocalURL is how this machine reaches a server of its own that listens on addr.
func LocalURL(addr string) *url.URL {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return &url.URL{Scheme: "http", Host: addr}
	}
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "127.0.0.1"
	}
	return &url.URL{Scheme: "http", Host: net.JoinHostPort(host, port)}
}

// StoredSecrets fills the secrets that were not given from those that a demo left
// in the data folder, so that verify and the like can work on it. It is nothing
// when there are none.
func (c *Config) StoredSecrets() error {
	text, err := os.ReadFile(c.secretsPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the demo's secrets: %w", err)
	}
	stored := ours(strings.Split(strings.ReplaceAll(string(text), "\r", ""), "\n"))
	for _, o := range Options() {
		if value := stored[o.Env()]; value != "" && o.Secret && !c.Given(o.Name) {
			if err := o.field.set(c, value); err != nil {
				return fmt.Errorf("reading the demo's secrets: %s %w", o.Env(), err)
			}
			c.given[o.Name] = true
		}
	}
	return nil
}

// FillSecrets gives the demo the secrets that were not given: those of the data
// folder, where a demo was before; else new ones out of random, written there for
// the next time, readable by the owner alone. The data folder is made when it is
// missing. Instances that start together on one folder end with the same secrets.
func (c *Config) FillSecrets(random io.Reader) error {
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return fmt.Errorf("making the data folder: %w", err)
	}
	if _, err := os.Stat(c.secretsPath()); errors.Is(err, fs.ErrNotExist) {
		if err := c.writeSecrets(random); err != nil {
			return fmt.Errorf("keeping the demo's secrets: %w", err)
		}
	}
	if err := c.StoredSecrets(); err != nil {
		return err
	}
	if wrong := required(*c, demoFilled...); len(wrong) > 0 {
		return fmt.Errorf("%s is not whole: %s; take a fresh folder", c.secretsPath(), strings.Join(wrong, ", "))
	}
	return nil
}

func (c *Config) secretsPath() string { return filepath.Join(c.DataDir, demoSecrets) }

// writeSecrets publishes the file by a link, whole or not at all; an instance that
// comes second keeps the first one's.
func (c *Config) writeSecrets(random io.Reader) error {
	text, err := makeSecrets(random)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(c.DataDir, "."+demoSecrets+"-*") // created 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // only the name beside the link goes
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Link(f.Name(), c.secretsPath()); errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil { // a file system without links
		return os.Rename(f.Name(), c.secretsPath())
	}
	return nil
}

// makeSecrets draws every secret of the demo, in the form of an environment file.
func makeSecrets(random io.Reader) (string, error) {
	pool := make([]byte, 256)
	if _, err := io.ReadFull(random, pool); err != nil {
		return "", err
	}
	take := func(n int) (b []byte) {
		b, pool = pool[:n], pool[n:]
		return b
	}
	key := func() string { return base64.StdEncoding.EncodeToString(take(32)) }
	text := func(n int) string { return demoKeyID + hex.EncodeToString(take(n)) }
	lines := []string{
		"JWT_KEYS=" + demoKeyID + ":" + key(),
		"FIELD_KEYS=" + demoKeyID + ":" + key(),
		"INDEX_KEY=" + key(),
		"LINK_KEY=" + key(),
		"WECHAT_SECRET=" + text(14),
		"WECHAT_PUSH_TOKEN=" + text(14),
		"WECHAT_PUSH_AES_KEY=" + text(20)[:43],
		"WECOM_SECRET=" + text(14),
	}
	return "# Secrets of the demo in this folder. Never use them elsewhere; serve refuses them.\n" +
		Prefix + strings.Join(lines, "\n"+Prefix) + "\n", nil
}
