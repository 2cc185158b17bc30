// Package notify holds the use cases of telling people: the inbox, WeChat subscription messages and
// what people agreed to receive. Its README says the rules in sentences.
package notify

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync/atomic"
	"time"

	"guike/internal/id"
	"guike/internal/wechat"
	"guike/model/care"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/membership"
	"guike/model/membership/card"
	"guike/model/outbox"
	"guike/model/project"
)

// TopicSend asks for one subscription message to one person; the payload is SendRequested.
const TopicSend = "notify.send"

// SendRequested is the payload of TopicSend.
type SendRequested struct {
	SendID id.ID `json:"send_id"`
}

const (
	// sendLease is how long an attempt may be under way before its outcome counts as unknown. The call
	// itself ends within the client's five seconds.
	sendLease = outbox.LeaseTime
	// settleWithin is how long the platform's sent event is waited for (wechat.md 1.5).
	settleWithin = 10 * time.Minute
	// sendWithin is how old news may be when it goes out; what is older stays in the inbox alone.
	sendWithin = 48 * time.Hour
	// grantEventsKept must outlast the platform's repeated deliveries, sendsKept the questions of customers.
	grantEventsKept = 90 * 24 * time.Hour
	sendsKept       = 180 * 24 * time.Hour
)

// Live tells open apps that there is something new. Best effort: the inbox carries the promise.
type Live interface {
	Publish(ctx context.Context, channel string, payload []byte)
}

// Deps is what the use cases stand on.
type Deps struct {
	DB     *db.DB
	Zone   *time.Location // of calendar days
	WeChat *wechat.Client
	Live   Live
	Log    *slog.Logger
	// PushConfigured says that the platform pushes its events here: they alone count accepts then, and
	// settle messages whose answer was lost.
	PushConfigured bool
	// MiniProgramState is the version of the mini-program that a message opens: developer, trial or
	// formal; empty for formal.
	MiniProgramState string
}

// Service holds the use cases.
type Service struct {
	d Deps
	// slowUntil keeps one upstream that times out from holding up the rest of the outbox: Unix
	// milliseconds until which no message is tried.
	slowUntil atomic.Int64
}

// New returns the use cases over what they stand on.
func New(d Deps) *Service { return &Service{d: d} }

// Handlers are the outbox topics that are delivered here.
func (s *Service) Handlers() map[string]outbox.Handler {
	return map[string]outbox.Handler{
		project.TopicCreated:           s.tell(s.created),
		project.TopicCancelled:         s.tell(s.cancelled),
		project.TopicStageStarted:      s.tell(s.stageChanged),
		project.TopicStageCompleted:    s.tell(s.stageChanged),
		project.TopicStageReopened:     s.tell(s.stageChanged),
		project.TopicDailyLogPosted:    s.tell(s.dailyLogPosted),
		project.TopicPersonChanged:     s.tell(s.personChanged),
		project.TopicEntryPosted:       s.tell(s.entryPosted),
		identity.TopicCustomersMerged:  s.customersMerged,
		care.TopicTaskOpened:           s.taskOpened,
		care.TopicTaskEscalated:        s.taskEscalated,
		care.TopicTaskRenewed:          s.taskRenewed,
		membership.TopicRedeemed:       s.redeemed,
		membership.TopicCouponReceived: s.couponMoved,
		card.TopicAdviserNamed:         s.adviserNamed,
		membership.TopicValueGiven:     s.valueMoved,
		membership.TopicValueExpiring:  s.valueMoved,
		membership.TopicValueExpired:   s.valueMoved,
		membership.TopicValueCorrected: s.valueMoved,
		TopicSend:                      s.send,

		membership.TopicLevelChanged: s.levelChanged,
		membership.TopicGraceBegun:   s.graceBegun,
		membership.TopicTitleGranted: s.titleChanged,
		membership.TopicTitleEnded:   s.titleChanged,
	}
}

// hint is what open apps are told: ids and words of the house only.
type hint struct {
	Kind      string `json:"kind"`
	ProjectID id.ID  `json:"project_id,omitzero"`
	ID        id.ID  `json:"id"`
}

// hintTx tells an open app after the commit that its inbox has something new.
func (s *Service) hintTx(ctx context.Context, tx *db.Tx, channel string, h hint) error {
	payload, err := json.Marshal(h)
	if err != nil {
		return err
	}
	later := context.WithoutCancel(ctx)
	tx.AfterCommit(func() { s.d.Live.Publish(later, channel, payload) })
	return nil
}
