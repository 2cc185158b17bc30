package app

import (
	"log/slog"
	"time"

	"guike/internal/obs"
	"guike/router"
)

// OpenAPI is the API's description, made from the operations alone: no store is opened.
func OpenAPI() ([]byte, error) {
	s, err := router.New(router.Deps{
		Log: slog.New(slog.DiscardHandler), Metrics: obs.NewMetrics(obs.Build{}), Timeout: time.Second, UploadMaxBytes: 10 << 20, Version: "1",
	})
	if err != nil {
		return nil, err
	}
	return s.OpenAPIYAML()
}
