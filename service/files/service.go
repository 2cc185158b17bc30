// Package files holds the use cases of uploads: taking in, showing, attaching, checking, withdrawing,
// and removing what nothing shows. Its README says the rules in sentences.
package files

import (
	"context"
	"log/slog"
	"time"

	"guike/internal/blob"
	"guike/internal/picture"
	"guike/internal/wechat"
	"guike/model/db"
)

const (
	// LinkTTL is how long a link lives at least: WeChat's content check may read a file that late.
	LinkTTL = 40 * time.Minute
	// CheckTime is how long the platform may take over a check before a person is asked (I35).
	CheckTime = 35 * time.Minute
)

// Checker has the content of a picture checked; *wechat.Client is one.
type Checker interface {
	CheckMedia(ctx context.Context, m wechat.MediaCheck) (traceID string, err error)
}

// Deps is what the use cases stand on.
type Deps struct {
	DB            *db.DB
	Blobs         blob.Store
	Pictures      *picture.Processor
	DocumentBytes int64 // the most that a document of staff may have; 0 means what pictures may by default
	Checker       Checker
	CustomerQuota int64 // bytes of all files of one customer, thumbnails included
	Log           *slog.Logger
}

// Service holds the use cases.
type Service struct {
	d     Deps
	turns chan struct{} // bounds how many documents are in memory at once
}

// documentsAtOnce is how many documents one instance reads at a time.
const documentsAtOnce = 4

// New returns the use cases over what they stand on.
func New(d Deps) *Service {
	if d.DocumentBytes == 0 {
		d.DocumentBytes = picture.DefaultLimits().MaxBytes
	}
	return &Service{d, make(chan struct{}, documentsAtOnce)}
}
