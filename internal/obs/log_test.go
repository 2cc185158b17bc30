package obs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/obs"
)

const (
	phone  = "13812345677"
	secret = "s3cr3t-V4lue-that-must-not-show"
)

func logger(t *testing.T, format string) (*slog.Logger, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	log, err := obs.NewLogger(&out, format, slog.LevelDebug)
	require.NoError(t, err)
	return log, &out
}

type person struct {
	Name  string
	Phone string
}

type lazy struct{}

func (lazy) LogValue() slog.Value {
	return slog.GroupValue(slog.String("session_key", secret), slog.String("note", "call "+phone))
}

// TestLogsHoldNoSecrets says each thing in both formats, as an attribute, inside
// a group, bound with With, and looks for it in the output.
func TestLogsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	attrs := map[string]slog.Attr{
		"authorization":       slog.String("authorization", "Bearer "+secret),
		"Authorization":       slog.String("Authorization", secret),
		"token":               slog.String("token", secret),
		"accessToken":         slog.String("accessToken", secret),
		"refresh_token":       slog.String("refresh_token", secret),
		"secret":              slog.String("secret", secret),
		"GUIKE_WECHAT_SECRET": slog.String("GUIKE_WECHAT_SECRET", secret),
		"password":            slog.String("password", secret),
		"session_key":         slog.String("session_key", secret),
		"code":                slog.String("code", secret),
		"js_code":             slog.String("js_code", secret),
		"phone":               slog.String("phone", secret),
		"phone number":        slog.Int64("phone", 13812345677),
		"X-Api-Key":           slog.String("X-Api-Key", secret),
		"Set-Cookie":          slog.String("Set-Cookie", secret),
		"mysql_dsn":           slog.String("mysql_dsn", secret),
		"group":               slog.Group("secret", slog.String("value", secret)),
		"text phone":          slog.String("text", "call "+phone),
		"text intl":           slog.String("text", "call +86 138-1234-5677"),
		"error phone":         slog.Any("err", fmt.Errorf("bind: %w", errors.New("phone "+phone))),
		"error url":           slog.Any("err", errors.New("Get \"https://x/cgi?appid=wx1&secret="+secret+"&js_code="+secret+"\": EOF")),
		"error json":          slog.Any("err", errors.New(`answer {"access_token":"`+secret+`","expires_in":7200}`)),
		"error dsn":           slog.Any("err", errors.New("dial guike:"+secret+"@tcp(db:3306)/guike: refused")),
		"error redis":         slog.Any("err", errors.New("dial redis://:"+secret+"@cache:6379/0: refused")),
		"error bearer":        slog.Any("err", errors.New("header Bearer "+secret)),
		"struct":              slog.Any("who", person{"x", phone}),
		"pointer":             slog.Any("who", &person{"x", phone}),
		"map":                 slog.Any("m", map[string]string{"a": phone}),
		"slice":               slog.Any("s", []string{phone}),
		"bytes":               slog.Any("b", []byte(phone)),
		"header":              slog.Any("h", http.Header{"X-Phone": {phone}}),
		"lazy":                slog.Any("v", lazy{}),
		"time":                slog.Duration("took", time.Second),
	}
	for _, format := range []string{obs.FormatJSON, obs.FormatText} {
		for name, attr := range attrs {
			t.Run(format+" "+name, func(t *testing.T) {
				t.Parallel()
				log, out := logger(t, format)
				ctx := context.Background()
				log.LogAttrs(ctx, slog.LevelInfo, "plain", attr)
				log.With(attr).Info("bound")
				log.WithGroup("g").Info("grouped", attr)
				log.Info("nested", slog.Group("a", slog.Group("b", attr)))
				require.Equal(t, 4, strings.Count(out.String(), "\n"))
				require.NotContains(t, out.String(), secret)
				require.NotContains(t, out.String(), phone)
				require.NotContains(t, out.String(), "1234-5677")
			})
		}
		t.Run(format+" message", func(t *testing.T) {
			t.Parallel()
			log, out := logger(t, format)
			log.Info("sent to " + phone + " with token=" + secret)
			require.NotContains(t, out.String(), phone)
			require.NotContains(t, out.String(), secret)
			require.Contains(t, out.String(), "138******77")
		})
	}
}

func TestLogsKeepTheRest(t *testing.T) {
	t.Parallel()
	log, out := logger(t, obs.FormatJSON)
	log.Info("GET /v1/me 200: took a while", "status_code", 200, "errcode", 40029, "fault", "points.insufficient",
		"id", "0193a5b2-7c3d-7abc-8def-0123456789ab", "at", "2026-11-21T10:00:00.123Z",
		"err", errors.New("errcode=40029 invalid; see a@b.cn at 10:30"), "n", int64(13812345677), "nothing", nil)
	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	require.Equal(t, "GET /v1/me 200: took a while", line["msg"])
	require.EqualValues(t, 200, line["status_code"])
	require.EqualValues(t, 40029, line["errcode"])
	require.Equal(t, "points.insufficient", line["fault"])
	require.Equal(t, "0193a5b2-7c3d-7abc-8def-0123456789ab", line["id"])
	require.Equal(t, "2026-11-21T10:00:00.123Z", line["at"])
	require.Equal(t, "errcode=40029 invalid; see a@b.cn at 10:30", line["err"])
	require.Nil(t, line["nothing"])
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	log, out := logger(t, obs.FormatJSON)
	ctx := obs.WithRequestID(context.Background(), "req-1")
	require.Equal(t, "req-1", obs.RequestID(ctx))
	require.Empty(t, obs.RequestID(context.Background()))

	log.InfoContext(ctx, "with")
	log.With("a", 1).InfoContext(ctx, "with")
	require.Equal(t, 2, strings.Count(out.String(), `"request_id":"req-1"`))
	out.Reset()
	log.Info("without")
	require.NotContains(t, out.String(), "request_id")
}

func TestNewLogger(t *testing.T) {
	t.Parallel()
	t.Run("refuses an unknown format", func(t *testing.T) {
		t.Parallel()
		_, err := obs.NewLogger(&bytes.Buffer{}, "xml", slog.LevelInfo)
		require.Error(t, err)
	})
	t.Run("keeps the level", func(t *testing.T) {
		t.Parallel()
		var out bytes.Buffer
		log, err := obs.NewLogger(&out, obs.FormatText, slog.LevelWarn)
		require.NoError(t, err)
		log.Info("quiet")
		log.Warn("loud")
		require.NotContains(t, out.String(), "quiet")
		require.Contains(t, out.String(), "loud")
	})
	t.Run("is a proper handler", func(t *testing.T) {
		t.Parallel()
		log, out := logger(t, obs.FormatJSON)
		require.NoError(t, slogtest.TestHandler(log.Handler(), func() []map[string]any {
			var lines []map[string]any
			for line := range bytes.Lines(out.Bytes()) {
				var m map[string]any
				require.NoError(t, json.Unmarshal(line, &m))
				lines = append(lines, m)
			}
			return lines
		}))
	})
}

func FuzzScrub(f *testing.F) {
	for _, s := range []string{"", "token=" + secret, "\xff=" + phone, `{"secret":"x"}`, "a:b@c", "Bearer x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.Contains(s, secret) {
			t.Skip("a bare word cannot be known for a secret: only its key tells")
		}
		if got := obs.Scrub(s + " " + phone + " token=" + secret); strings.Contains(got, phone) || strings.Contains(got, secret) {
			t.Fatalf("%q left %q", s, got)
		}
	})
}
