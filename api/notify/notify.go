// Package notify is the API of the inbox, of subscription messages and of the platform's pushes.
package notify

import "guike/service/notify"

// API holds the operations.
type API struct{ notify *notify.Service }

// New returns the operations over the use cases.
func New(s *notify.Service) *API { return &API{s} }
