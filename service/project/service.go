// Package project holds the use cases of orders in the making: stages, people in charge, the timeline
// and its daily logs, service codes; its rooms hold what else happens to a project. Its README says the
// rules in sentences.
package project

import (
	"context"
	"io"
	"time"

	"guike/internal/actor"
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

// Condition is something that a stage still lacks, in words for people.
type Condition struct{ Code, ZH, EN string }

// Gate is asked before a stage completes; what it names is refused together with the rest. Rooms that
// know a condition register one.
type Gate interface {
	Unmet(ctx context.Context, r db.Reader, p project.Project, stage project.Stage) ([]Condition, error)
}

// Follower takes part in the transaction in which a stage moves. Kind is that of the timeline entry.
type Follower interface {
	StageMovedTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *project.Project, stage project.Stage, kind project.EntryKind) error
}

// CancelFollower is a Follower that takes part in the transaction in which a project is cancelled, too.
type CancelFollower interface {
	ProjectCancelledTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *project.Project) error
}

// PauseFollower is a ResumeFollower that takes part in the transaction in which a project is paused, too.
type PauseFollower interface {
	ProjectPausedTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *project.Project) error
}

// ResumeFollower takes part in the transaction in which a project goes on after a pause, before the home
// is told.
type ResumeFollower interface {
	ProjectResumedTx(ctx context.Context, tx *db.Tx, who actor.Actor, p *project.Project, r Resumption) error
}

// Resumption is the end of a pause: since when the work stood still, and the days on which it would have
// gone on.
type Resumption struct {
	PausedAt time.Time
	Days     project.Zoned
}

// Deps is what the use cases stand on.
type Deps struct {
	*Journal
	Box       *crypt.Box // opens phones and addresses
	Entropy   io.Reader  // of service codes; crypto/rand.Reader but in tests
	CodeURL   string     // what a printed service code leads to, without the code; empty prints the bare code
	Gates     []Gate
	Followers []Follower
}

// Service holds the use cases.
type Service struct{ d Deps }

// New returns the use cases over what they stand on.
func New(d Deps) *Service { return &Service{d} }
