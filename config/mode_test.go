package config_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"guike/config"
)

func TestForServe(t *testing.T) {
	t.Parallel()
	push := strings.Repeat("aB3dE6gH9k", 5)[:43]
	for name, tt := range map[string]struct {
		env  map[string]string
		want []string // nothing: accepted
	}{
		"production":              {production(), nil},
		"with push":               {with("GUIKE_WECHAT_PUSH_TOKEN", "aB3dE6gH9k", "GUIKE_WECHAT_PUSH_AES_KEY", push), nil},
		"with MySQL":              {with("GUIKE_MYSQL_DSN", "guike:kX9!/@:w@tcp(db:3306)/guike"), nil},
		"with MySQL beside it":    {with("GUIKE_MYSQL_DSN", "root@tcp(127.0.0.1:3306)/guike"), nil},
		"with MySQL by socket":    {with("GUIKE_MYSQL_DSN", "root@unix(/run/mysqld.sock)/guike"), nil},
		"http on this machine":    {with("GUIKE_PUBLIC_URL", "http://127.0.0.1:8080"), nil},
		"simulator beside it":     {with("GUIKE_WECHAT_API_BASE", "http://localhost:8081"), nil},
		"no public URL":           {with("GUIKE_PUBLIC_URL", ""), []string{"GUIKE_PUBLIC_URL is missing"}},
		"plain http":              {with("GUIKE_PUBLIC_URL", "http://api.example.com"), []string{"GUIKE_PUBLIC_URL must begin with https"}},
		"plain http to WeChat":    {with("GUIKE_WECHAT_API_BASE", "http://proxy"), []string{"GUIKE_WECHAT_API_BASE must"}},
		"no app":                  {with("GUIKE_WECHAT_APPID", "", "GUIKE_WECHAT_SECRET", ""), []string{"APPID is missing", "SECRET is missing"}},
		"the demo's app":          {with("GUIKE_WECHAT_APPID", "wxdec0de0000000001"), []string{"is the demo's"}},
		"the demo's secret":       {with("GUIKE_WECHAT_SECRET", "demo0123456789abcdef0123"), []string{"placeholder"}},
		"a short secret":          {with("GUIKE_WECHAT_SECRET", "abc"), []string{"too short"}},
		"a placeholder":           {with("GUIKE_WECHAT_SECRET", "changeme-changeme"), []string{"placeholder"}},
		"the demo's key":          {with("GUIKE_FIELD_KEYS", "demo:"+b64(32, 9)), []string{"key of the demo"}},
		"a key of zeros":          {with("GUIKE_INDEX_KEY", strings.Repeat("A", 43)+"="), []string{"GUIKE_INDEX_KEY holds a key that is not random"}},
		"one key for two things":  {with("GUIKE_LINK_KEY", b64(32, 4)), []string{"GUIKE_LINK_KEY holds the same key as GUIKE_INDEX_KEY"}},
		"MySQL's usual password":  {with("GUIKE_MYSQL_DSN", "guike:guike@tcp(db:3306)/guike"), []string{"GUIKE_MYSQL_DSN has no password"}},
		"MySQL without password":  {with("GUIKE_MYSQL_DSN", "root@tcp(db:3306)/guike"), []string{"GUIKE_MYSQL_DSN has no password"}},
		"one port for two things": {with("GUIKE_OPS_ADDR", "127.0.0.1:8080"), []string{"same address"}},
		"nothing at all": {map[string]string{}, []string{
			"PUBLIC_URL", "WECHAT_APPID", "WECHAT_SECRET", "JWT_KEYS", "FIELD_KEYS", "INDEX_KEY", "LINK_KEY",
		}},
		"a broken key is told once": {with("GUIKE_LINK_KEY", "x"), []string{"GUIKE_LINK_KEY"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(environ(tt.env), nil, config.ForServe)
			if tt.want == nil {
				require.NoError(t, err)
				return
			}
			var mistakes config.Mistakes
			require.ErrorAs(t, err, &mistakes)
			require.Len(t, mistakes, len(tt.want), "%v", err)
			for i, want := range tt.want {
				require.Contains(t, mistakes[i], want)
			}
		})
	}
}

func demo(t *testing.T, dir string, env ...string) config.Config {
	t.Helper()
	c, err := config.Load(env, map[string]string{"data-dir": dir}, config.ForDemo)
	require.NoError(t, err)
	return c
}

func TestForDemo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	t.Run("fills what was not given", func(t *testing.T) {
		t.Parallel()
		c := demo(t, dir, "GUIKE_HTTP_ADDR=:7000", "GUIKE_SIM_ADDR=127.0.0.1:7001")
		require.Equal(t, "http://127.0.0.1:7000", c.PublicURL.String())
		require.Equal(t, "http://127.0.0.1:7001", c.WeChatAPIBase.String())
		require.Equal(t, "http://127.0.0.1:7001", c.WeComAPIBase.String())
		require.Equal(t, "wxdec0de0000000001", c.WeChatAppID)
		require.Equal(t, 10, c.LimitsScale)
		require.Equal(t, "text", c.LogFormat)
		require.True(t, c.Migrate)
	})
	t.Run("keeps what was given", func(t *testing.T) {
		t.Parallel()
		c := demo(t, dir, "GUIKE_PUBLIC_URL=https://x.example.com", "GUIKE_WECHAT_API_BASE=http://sim:1", "GUIKE_LIMITS_SCALE=1",
			"GUIKE_LOG_FORMAT=json", "GUIKE_MIGRATE=false", "GUIKE_MYSQL_DSN=root@tcp(db)/guike")
		require.Equal(t, "https://x.example.com", c.PublicURL.String())
		require.Equal(t, "http://sim:1", c.WeChatAPIBase.String())
		require.Equal(t, 1, c.LimitsScale)
		require.Equal(t, "json", c.LogFormat)
		require.False(t, c.Migrate)
		require.Equal(t, "root@tcp(db)/guike", c.MySQLDSN)
	})
	t.Run("refuses one port for two things", func(t *testing.T) {
		t.Parallel()
		_, err := config.Load([]string{"GUIKE_SIM_ADDR=127.0.0.1:9090"}, nil, config.ForDemo)
		require.ErrorContains(t, err, "same address")
		_, err = config.Load([]string{"GUIKE_SIM_ADDR=127.0.0.1:0", "GUIKE_OPS_ADDR=127.0.0.1:0"}, nil, config.ForDemo)
		require.NoError(t, err)
	})
	t.Run("survives a mistaken address", func(t *testing.T) {
		t.Parallel()
		_, err := config.Load([]string{"GUIKE_SIM_ADDR=x", "GUIKE_HTTP_ADDR=y"}, nil, config.ForDemo)
		require.ErrorContains(t, err, "2 mistakes")
	})
}

func TestFillSecrets(t *testing.T) {
	t.Parallel()
	t.Run("makes them once and keeps them for the owner alone", func(t *testing.T) {
		t.Parallel()
		dir := filepath.Join(t.TempDir(), "new", "folder")
		first := demo(t, dir)
		require.NoError(t, first.FillSecrets(rand.Reader))
		require.Len(t, first.FieldKeys[0].Secret, 32)
		require.Len(t, first.JWTKeys[0].Secret, 32)
		require.Len(t, first.IndexKey, 32)
		require.Len(t, first.WeChatPushAESKey, 43)
		require.NotEmpty(t, first.WeComSecret)
		info, err := os.Stat(filepath.Join(dir, "demo-secrets.env"))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

		again := demo(t, dir)
		require.NoError(t, again.FillSecrets(iotest.ErrReader(errors.New("nothing is drawn again"))))
		require.Equal(t, first, again)

		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, entries, 1, "nothing is left over")
	})
	t.Run("keeps what was given", func(t *testing.T) {
		t.Parallel()
		c := demo(t, t.TempDir(), "GUIKE_INDEX_KEY="+b64(32, 4))
		given := c.IndexKey
		require.NoError(t, c.FillSecrets(rand.Reader))
		require.Equal(t, given, c.IndexKey)
	})
	t.Run("two that start together agree", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		all := make([]config.Config, 8)
		errs := make([]error, len(all))
		var wg sync.WaitGroup
		for i := range all {
			all[i] = demo(t, dir)
			wg.Go(func() { errs[i] = all[i].FillSecrets(rand.Reader) })
		}
		wg.Wait()
		for i := range all {
			require.NoError(t, errs[i])
			require.Equal(t, all[0], all[i])
		}
	})
	t.Run("says when randomness or the folder fails", func(t *testing.T) {
		t.Parallel()
		c := demo(t, t.TempDir())
		require.ErrorContains(t, c.FillSecrets(bytes.NewReader(make([]byte, 10))), "unexpected EOF")
		file := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(file, nil, 0o600))
		c = demo(t, file)
		require.ErrorContains(t, c.FillSecrets(rand.Reader), "data folder")
	})
	t.Run("says when the file is damaged", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		path := filepath.Join(dir, "demo-secrets.env")
		require.NoError(t, os.WriteFile(path, []byte("GUIKE_INDEX_KEY="+b64(32, 4)+"\n"), 0o600))
		c := demo(t, dir)
		require.ErrorContains(t, c.FillSecrets(rand.Reader), "not whole")
		require.NoError(t, os.WriteFile(path, []byte("GUIKE_INDEX_KEY=oops\n"), 0o600))
		c = demo(t, dir)
		require.ErrorContains(t, c.FillSecrets(rand.Reader), "GUIKE_INDEX_KEY")
	})
	t.Run("serve refuses them", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		c := demo(t, dir)
		require.NoError(t, c.FillSecrets(rand.Reader))
		text, err := os.ReadFile(filepath.Join(dir, "demo-secrets.env"))
		require.NoError(t, err)
		_, err = config.Load(strings.Split(string(text), "\n"), nil, config.ForServe)
		for _, want := range []string{"JWT_KEYS holds a key of the demo", "FIELD_KEYS holds a key of the demo", "WECHAT_SECRET is a placeholder"} {
			require.ErrorContains(t, err, want)
		}
	})
}

func TestForStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := config.Load(nil, map[string]string{"data-dir": dir}, config.ForStore)
	require.EqualError(t, err, "config: 2 mistakes:\n  GUIKE_FIELD_KEYS is missing\n  GUIKE_INDEX_KEY is missing")

	c := demo(t, dir)
	require.NoError(t, c.FillSecrets(rand.Reader))
	got, err := config.Load(nil, map[string]string{"data-dir": dir}, config.ForStore)
	require.NoError(t, err, "works on a demo's folder")
	require.Equal(t, c.FieldKeys, got.FieldKeys)
}

func TestNoWayOfPrintingShowsASecret(t *testing.T) {
	t.Parallel()
	env := with("GUIKE_MYSQL_DSN", "guike:hidden1@tcp(db:3306)/guike", "GUIKE_REDIS_URL", "redis://:hidden2@cache:6379")
	c, err := config.Load(environ(env), nil, config.ForServe)
	require.NoError(t, err)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "config", c, "keys", c.JWTKeys.String())
	shown := log.String() + fmt.Sprint(c) + fmt.Sprintf("%v %+v %#v %s %+v %#v %v %#v", c, c, c, c, &c, c.JWTKeys, c.JWTKeys[0], c.JWTKeys[0])
	for _, secret := range []string{"hidden", env["GUIKE_WECHAT_SECRET"], b64(32, 1), b64(32, 3), fmt.Sprint(string(c.IndexKey)), string(c.IndexKey)} {
		require.NotContains(t, shown, secret)
	}
	require.Contains(t, log.String(), `"http_addr":"127.0.0.1:8080"`)
	require.Contains(t, log.String(), `"public_url":"https://api.example.com"`)
	require.Contains(t, log.String(), `"mysql_dsn":"(set)"`)
	require.Contains(t, log.String(), `"wecom_secret":"(not set)"`)
	require.Contains(t, log.String(), `"log_level":"info"`)
	require.NotContains(t, shown, "%!")
}

func TestNotes(t *testing.T) {
	t.Parallel()
	c, err := config.Load(environ(production()), nil, config.ForServe)
	require.NoError(t, err)
	require.Len(t, c.Notes(), 4)
}

// TestExample compares the file with the table; GUIKE_TEST_UPDATE=1 writes it.
func TestExample(t *testing.T) {
	t.Parallel()
	const path = "guike.env.example"
	if os.Getenv("GUIKE_TEST_UPDATE") != "" {
		require.NoError(t, os.WriteFile(path, []byte(config.Example()), 0o644))
	}
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, config.Example(), string(text), "run GUIKE_TEST_UPDATE=1 go test ./config")

	uncommented := strings.ReplaceAll(string(text), "#GUIKE_", "GUIKE_")
	_, err = config.Load(strings.Split(uncommented, "\n"), nil)
	require.NoError(t, err, "the example is the defaults")
}

func TestTable(t *testing.T) {
	t.Parallel()
	help := config.FlagHelp()
	seen := map[string]bool{}
	for _, o := range config.Options() {
		require.False(t, seen[o.Name], "%s is twice in the table", o.Name)
		seen[o.Name] = true
		require.Regexp(t, `^[A-Z][A-Z0-9_]+$`, o.Name)
		require.NotEmpty(t, o.Value, o.Name)
		require.Regexp(t, `\.$`, o.Help, o.Name)
		require.Contains(t, help, "  --"+o.Flag()+" ")
		require.False(t, o.Secret && o.Default != "", "%s: a secret has no default", o.Name)
	}
}
