package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"guike/app"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/obs"
	"guike/internal/wechat"
	accounts "guike/service/identity"
)

// openApp is the application as `guike serve` runs it, with one log line for each request into a file,
// but without jobs and outbox: no weekly report is written between the answers of the two servers.
func openApp(ctx context.Context, w *world) (http.Handler, func() error, error) {
	logFile, err := os.Create(filepath.Join(w.Folder, "app.log"))
	if err != nil {
		return nil, nil, err
	}
	log, err := obs.NewLogger(logFile, obs.FormatJSON, slog.LevelInfo)
	if err != nil {
		return nil, nil, errors.Join(err, logFile.Close())
	}
	a, err := app.Open(ctx, app.Settings{
		Folder: w.Folder, MySQLDSN: w.MySQL, MySQLMaxOpen: poolSize, RedisURL: w.Redis, RedisPrefix: redisPrefix(sideApp),
		Clock: clock.System{}, Zone: shanghai(), Log: log, Metrics: obs.NewMetrics(obs.Build{Version: "bench"}), Version: "bench",
		PublicURL: publicURL, RequestTimeout: 15 * time.Second, LimitsScale: limitsScale,
		UploadMaxBytes: 10 << 20, CustomerQuotaBytes: 500 << 20,
		JWTKeys: []accounts.SigningKey{{ID: keyID, Secret: w.JWTKey}}, FieldKeys: []crypt.Key{{ID: keyID, Secret: w.FieldKey}},
		IndexKey: w.IndexKey, LinkKey: w.LinkKey,
		WeChat: wechat.Config{APIBase: "http://127.0.0.1:9", AppID: "wxbench", Secret: "bench"}, // nothing here calls the platform
	})
	if err != nil {
		return nil, nil, errors.Join(err, logFile.Close())
	}
	a.Ready()
	return a.Handler(), func() error { return errors.Join(a.Close(), logFile.Close()) }, nil
}
