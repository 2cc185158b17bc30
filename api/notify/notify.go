// Package notify is the API of the inbox, of subscription messages and of the platform's pushes.
package notify

import (
	"log/slog"

	"guike/internal/wechat"
	"guike/service/notify"
)

// Deps is what the operations stand on.
type Deps struct {
	Notify *notify.Service
	WeChat *wechat.Client // opens pushes
	// Events are the handlers of the platform's events by type: Notify's own and what other domains
	// hook in. A handler is called again when the platform delivers again.
	Events map[string]notify.PushEvent
	Log    *slog.Logger
}

// API holds the operations.
type API struct{ d Deps }

// New returns the operations over what they stand on.
func New(d Deps) *API { return &API{d} }
