package config_test

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/config"
)

// b64 is a key of n bytes that differ.
func b64(n, from int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(from + i*7)
	}
	return base64.StdEncoding.EncodeToString(b)
}

// production is an environment that serve accepts.
func production() map[string]string {
	return map[string]string{
		"GUIKE_PUBLIC_URL":    "https://api.example.com/",
		"GUIKE_WECHAT_APPID":  "wx0123456789abcdef",
		"GUIKE_WECHAT_SECRET": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
		"GUIKE_JWT_KEYS":      "2026b:" + b64(32, 1) + ",2026a:" + b64(48, 2),
		"GUIKE_FIELD_KEYS":    "f1:" + b64(32, 3),
		"GUIKE_INDEX_KEY":     b64(32, 4),
		"GUIKE_LINK_KEY":      b64(32, 5),
	}
}

func environ(env map[string]string) []string {
	list := []string{"PATH=/bin", "HOME=/root"}
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	return list
}

// with returns production with changes; "" removes.
func with(changes ...string) map[string]string {
	env := production()
	for i := 0; i < len(changes); i += 2 {
		env[changes[i]] = changes[i+1]
	}
	return env
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c, err := config.Load(nil, nil)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:8080", c.HTTPAddr)
	require.Equal(t, "127.0.0.1:9090", c.OpsAddr)
	require.Equal(t, "127.0.0.1:8081", c.SimAddr)
	require.Equal(t, "./data", c.DataDir)
	require.Nil(t, c.PublicURL)
	require.Empty(t, c.MySQLDSN)
	require.Empty(t, c.RedisURL)
	require.Equal(t, "https://api.weixin.qq.com", c.WeChatAPIBase.String())
	require.Equal(t, "https://qyapi.weixin.qq.com", c.WeComAPIBase.String())
	require.Equal(t, "formal", c.WeChatMiniProgramState)
	require.Equal(t, "Asia/Shanghai", c.Zone.String())
	require.Empty(t, c.TrustedProxies)
	require.Equal(t, slog.LevelInfo, c.LogLevel)
	require.Equal(t, "json", c.LogFormat)
	require.False(t, c.Migrate)
	require.Equal(t, 32, c.DBMaxOpen)
	require.Equal(t, 15*time.Second, c.RequestTimeout)
	require.Equal(t, 10*time.Second, c.ShutdownTimeout)
	require.EqualValues(t, 10<<20, c.UploadMaxBytes)
	require.EqualValues(t, 500<<20, c.CustomerQuotaBytes)
	require.Equal(t, 1, c.LimitsScale)
	require.False(t, c.S3.Enabled())
	require.False(t, c.Given("HTTP_ADDR"))
}

func TestLoadReadsEverySource(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "dsn")
	require.NoError(t, os.WriteFile(file, []byte("u:p@tcp(db:3306)/guike\r\n"), 0o600))
	env := with("GUIKE_MYSQL_DSN_FILE", file, "GUIKE_HTTP_ADDR", "0.0.0.0:80", "GUIKE_TEST_ANYTHING", "x",
		"GUIKE_TRUSTED_PROXIES", "10.1.2.3/8, 2001:db8::/32", "GUIKE_ZONE", "", "GUIKE_LOG_LEVEL", "WARN",
		"GUIKE_UPLOAD_MAX_BYTES", "5242880", "GUIKE_CUSTOMER_QUOTA_BYTES", "1GiB",
		"GUIKE_S3_ENDPOINT", "https://oss-cn-shanghai.aliyuncs.com", "GUIKE_S3_BUCKET", "b", "GUIKE_S3_REGION", "r",
		"GUIKE_S3_ACCESS_KEY", "a", "GUIKE_S3_SECRET_KEY", "s", "GUIKE_REDIS_URL", "redis://:pw@a:6379,b:6379,c:6379")
	c, err := config.Load(environ(env), map[string]string{"ops-addr": "[::1]:9000", "migrate": "true", "http-addr": ":81"})
	require.NoError(t, err)
	require.Equal(t, ":81", c.HTTPAddr, "the flag wins")
	require.Equal(t, "[::1]:9000", c.OpsAddr)
	require.True(t, c.Migrate)
	require.Equal(t, "u:p@tcp(db:3306)/guike", c.MySQLDSN, "without the newline")
	require.Equal(t, "redis://:pw@a:6379,b:6379,c:6379", c.RedisURL)
	require.Equal(t, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}, c.TrustedProxies)
	require.Equal(t, "Asia/Shanghai", c.Zone.String(), "empty is not set")
	require.Equal(t, slog.LevelWarn, c.LogLevel)
	require.EqualValues(t, 5<<20, c.UploadMaxBytes)
	require.EqualValues(t, 1<<30, c.CustomerQuotaBytes)
	require.True(t, c.S3.Enabled())
	require.Equal(t, "https://api.example.com", c.PublicURL.String())
	require.Len(t, c.JWTKeys, 2)
	require.Equal(t, "2026b", c.JWTKeys[0].ID, "the first signs")
	require.Len(t, c.FieldKeys[0].Secret, 32)
	require.True(t, c.Given("MYSQL_DSN"))
}

func TestFlagOverFile(t *testing.T) {
	t.Parallel()
	env := map[string]string{"GUIKE_MYSQL_DSN_FILE": "/nowhere"}
	c, err := config.Load(environ(env), map[string]string{"mysql-dsn": ""})
	require.NoError(t, err, "an empty flag hides the variable and its file")
	require.Empty(t, c.MySQLDSN)
}

func TestLoadListsEveryMistake(t *testing.T) {
	t.Parallel()
	_, err := config.Load([]string{
		"GUIKE_HTP_ADDR=:1", "GUIKE_COMPLETELY_ELSE=1", "GUIKE_HTTP_ADDR_FILE=/x", "GUIKE_HTTP_ADDR=nonsense", "GUIKE_ZONE=Mars/Base",
		"GUIKE_JWT_KEYS=a:c2hvcnQ=", "GUIKE_S3_BUCKET=b", "GUIKE_TEST_X=1",
	}, map[string]string{"log-lvel": "debug", "db-max-open": "0"})
	var mistakes config.Mistakes
	require.ErrorAs(t, err, &mistakes)
	require.Equal(t, config.Mistakes{
		`GUIKE_COMPLETELY_ELSE is unknown`,
		`GUIKE_HTP_ADDR is unknown; did you mean GUIKE_HTTP_ADDR?`,
		`GUIKE_HTTP_ADDR_FILE is unknown; did you mean GUIKE_HTTP_ADDR?`,
		`--log-lvel is unknown; did you mean --log-level?`,
		`GUIKE_HTTP_ADDR="nonsense" is not host:port, such as 127.0.0.1:8080`,
		`--db-max-open="0" is not a whole number from 2 to 1000`,
		`GUIKE_JWT_KEYS has a key "a" that has 5 bytes, wants at least 32`,
		`GUIKE_ZONE="Mars/Base" is not a time zone such as Asia/Shanghai`,
		`GUIKE_S3_ENDPOINT, GUIKE_S3_REGION, GUIKE_S3_ACCESS_KEY, GUIKE_S3_SECRET_KEY missing: ` +
			`GUIKE_S3_ENDPOINT, GUIKE_S3_BUCKET, GUIKE_S3_REGION, GUIKE_S3_ACCESS_KEY, GUIKE_S3_SECRET_KEY belong together, all or none`,
	}, mistakes)
	require.True(t, strings.HasPrefix(err.Error(), "config: 9 mistakes:\n  GUIKE_COMPLETELY_ELSE"), err.Error())

	_, err = config.Load([]string{"GUIKE_MIGRATE=perhaps"}, nil)
	require.EqualError(t, err, "config: 1 mistake:\n  GUIKE_MIGRATE=\"perhaps\" is neither true nor false")
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	for i, tt := range []struct{ name, value, want string }{
		{"HTTP_ADDR", "8080", "host:port"},
		{"HTTP_ADDR", ":http", "port"},
		{"HTTP_ADDR", ":65536", "port"},
		{"HTTP_ADDR", ":080", "plainly"},
		{"PUBLIC_URL", "api.example.com", "address"},
		{"PUBLIC_URL", "ftp://api.example.com", "address"},
		{"PUBLIC_URL", "https://api.example.com/v1", "path"},
		{"PUBLIC_URL", "https://u:p@api.example.com", "user"},
		{"PUBLIC_URL", "https://api.example.com?x=1", "query"},
		{"TRUSTED_PROXIES", "10.0.0.1", "network"},
		{"TRUSTED_PROXIES", "10.0.0.0/8,", "network"},
		{"MYSQL_DSN", "mysql://u:p@db/guike", "URL"},
		{"MYSQL_DSN", "u:p@tcp(db:3306)", "no database"},
		{"MYSQL_DSN", "u:p@tcp(db:3306)/?x=1", "no database"},
		{"REDIS_URL", "http://cache", "redis://"},
		{"REDIS_URL", "a:6379,,b:6379", "redis://"},
		{"DB_MAX_OPEN", "many", "whole number"},
		{"JWT_KEYS", b64(32, 1), "kid:base64"},
		{"JWT_KEYS", "a:" + b64(32, 1) + ",a:" + b64(32, 2), "twice"},
		{"JWT_KEYS", "a:!!!", "base64"},
		{"FIELD_KEYS", "a:" + b64(33, 1), "wants 32"},
		{"INDEX_KEY", b64(31, 1), "wants 32"},
		{"LINK_KEY", b64(31, 1), "at least 32"},
		{"LINK_KEY", b64(300, 1), "at most 256"},
		{"WECHAT_APPID", "wx123", "wx and 16"},
		{"WECHAT_PUSH_TOKEN", "no spaces", "letters and digits"},
		{"WECHAT_PUSH_AES_KEY", "short", "43"},
		{"WECHAT_PUSH_TOKEN", "abcdefgh12", "GUIKE_WECHAT_PUSH_AES_KEY missing"},
		{"WECHAT_SECRET", "line\x01break", "control"},
		{"WECOM_CORP_ID", "ww1", "belong together"},
		{"WECHAT_MINIPROGRAM_STATE", "beta", "formal, trial, developer"},
		{"ZONE", "Local", "time zone"},
		{"LOG_LEVEL", "loud", "debug, info"},
		{"LOG_FORMAT", "xml", "json, text"},
		{"REQUEST_TIMEOUT", "15", "duration"},
		{"REQUEST_TIMEOUT", "2m", "duration"},
		{"UPLOAD_MAX_BYTES", "1GiB", "size"},
		{"UPLOAD_MAX_BYTES", "9999999999GiB", "size"},
		{"UPLOAD_MAX_BYTES", "-1MiB", "size"},
		{"CUSTOMER_QUOTA_BYTES", "2MiB", "no file would ever fit"},
		{"LIMITS_SCALE", "0", "whole number"},
		{"INDEX_KEY_FILE", "/nowhere/at/all", "no such file"},
		{"INDEX_KEY_FILE", write("empty", "\n"), "is empty"},
		{"INDEX_KEY_FILE", write("two", "a\nb\n"), "more than one line"},
		{"INDEX_KEY_FILE", write("large", strings.Repeat("a", 70<<10)), "larger"},
		{"INDEX_KEY_FILE", write("short", "c2hvcnQ=\n"), "GUIKE_INDEX_KEY_FILE has 5 bytes"},
	} {
		t.Run(fmt.Sprint(i, " ", tt.name), func(t *testing.T) {
			t.Parallel()
			_, err := config.Load([]string{"GUIKE_" + tt.name + "=" + tt.value}, nil)
			var mistakes config.Mistakes
			require.ErrorAs(t, err, &mistakes)
			require.Contains(t, mistakes[0], tt.want)
			for _, more := range mistakes[1:] {
				require.Contains(t, more, "belong together")
			}
		})
	}
	t.Run("a secret and its file", func(t *testing.T) {
		t.Parallel()
		_, err := config.Load([]string{"GUIKE_LINK_KEY=" + b64(32, 1), "GUIKE_LINK_KEY_FILE=/x"}, nil)
		require.EqualError(t, err, "config: 1 mistake:\n  GUIKE_LINK_KEY and GUIKE_LINK_KEY_FILE are both set; keep one")
	})
}

// TestMistakesShowNoSecrets puts a marker into every secret.
func TestMistakesShowNoSecrets(t *testing.T) {
	t.Parallel()
	const marker = "hidden//marker\x01"
	var env []string
	for _, o := range config.Options() {
		if o.Secret {
			env = append(env, o.Env()+"="+marker)
		}
	}
	_, err := config.Load(env, nil, config.ForServe)
	require.Error(t, err)
	require.NotContains(t, err.Error(), "hidden")
}

func TestSplitFlags(t *testing.T) {
	t.Parallel()
	flags, rest, err := config.SplitFlags([]string{
		"serve", "--http-addr", ":1", "--customers", "5", "--ops-addr=:2", "--migrate", "-v", "--jwt-keys-file=/x", "tail", "--", "--zone", "x",
	})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"http-addr": ":1", "ops-addr": ":2", "migrate": "true", "jwt-keys-file": "/x"}, flags)
	require.Equal(t, []string{"serve", "--customers", "5", "-v", "tail", "--", "--zone", "x"}, rest)

	_, _, err = config.SplitFlags([]string{"--zone", "--http-addr", ":1", "--http-addr", ":2", "--log-level"})
	require.EqualError(t, err, "config: 3 mistakes:\n  --zone needs a value\n  --http-addr is given twice\n  --log-level needs a value")

	flags, _, err = config.SplitFlags([]string{"--migrate=false", "--mysql-dsn="})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"migrate": "false", "mysql-dsn": ""}, flags)
}
