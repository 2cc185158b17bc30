// Package project holds the use cases of orders in the making: stages, people in charge, the timeline
// and its daily logs, service codes. Its README says the rules in sentences.
package project

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"guike/internal/crypt"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/project"
)

// Live tells open apps that there is something new. Best effort: the outbox carries the promise.
type Live interface {
	Publish(ctx context.Context, channel string, payload []byte)
}

// Picture is where a file can be seen for some hours, without a session.
type Picture struct{ URL, ThumbURL string }

// Links signs links to many files at once. Files that were withdrawn, or do not exist, are left out.
type Links interface {
	Links(ctx context.Context, r db.Reader, files []id.ID) (map[id.ID]Picture, error)
}

// Deps is what the use cases stand on.
type Deps struct {
	DB      *db.DB
	Zone    *time.Location // of calendar days and of the daily logs' business day
	Box     *crypt.Box     // opens phones and addresses
	Entropy io.Reader      // of service codes; crypto/rand.Reader but in tests
	CodeURL string         // what a printed service code leads to, without the code; empty prints the bare code
	Live    Live
	Links   Links
}

// Service holds the use cases.
type Service struct{ d Deps }

// New returns the use cases over what they stand on.
func New(d Deps) *Service { return &Service{d} }

// hint is what open apps are told: ids and words of the house only.
type hint struct {
	Kind      string `json:"kind"`
	ProjectID id.ID  `json:"project_id"`
	ID        id.ID  `json:"id"`
}

// tellTx tells the open apps of the home's members and of the people in charge, after the commit.
func (s *Service) tellTx(ctx context.Context, tx *db.Tx, p project.Project, e project.Entry) error {
	channels, err := project.Audiences(ctx, tx, p)
	if err != nil {
		return err
	}
	payload, err := json.Marshal(hint{Kind: string(e.Kind), ProjectID: p.ID, ID: e.ID})
	if err != nil {
		return err
	}
	later := context.WithoutCancel(ctx)
	tx.AfterCommit(func() {
		for _, c := range channels {
			s.d.Live.Publish(later, c, payload)
		}
	})
	return nil
}
