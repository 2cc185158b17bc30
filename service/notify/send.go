package notify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wechat"
	"guike/model/db"
	"guike/model/notify"
	"guike/model/outbox"
)

// Why a message was not sent, as Send.Reason keeps it.
const (
	reasonNoWechat     = "no_wechat"     // the customer has never signed in
	reasonNoAccept     = "no_accept"     // no accept is left
	reasonRefused      = "refused"       // the platform knows of no accept (43101)
	reasonTemplateOff  = "template_off"  // switched off, or without an id, by now
	reasonStale        = "stale"         // too old to be news
	reasonUnreachable  = "unreachable"   // every attempt failed before anything was sent
	reasonUnreconciled = "unreconciled"  // nobody knows, and nobody will
	reasonAnswerLost   = "answer_lost"   // unknown for now
	reasonInterrupted  = "interrupted"   // unknown for now: the process ended under way
	reasonBadTemplate  = "bad_template"  // the mapping cannot be read
	reasonResend       = "resend"        // goes out once more
	reasonRequeued     = "requeued"      // by an operator
	maxResends         = 1               // of a message whose answer was lost
	slowPause          = 5 * time.Second // after a call that timed out
)

// attempt is the right to make one call, written down before the call is made.
type attempt struct {
	send notify.Send // as it stands in the store, sending
	data map[string]string
	page string
}

// send delivers TopicSend. The accept is taken and the message marked as sending in one committed
// transaction; then comes the call; then the outcome. Wherever the process ends, the message goes out
// at most once: one that is found sending after its lease is unknown.
func (s *Service) send(ctx context.Context, e outbox.Event) error {
	var in SendRequested
	if err := e.Decode(&in); err != nil {
		return outbox.GiveUp{Why: err}
	}
	if err := s.paused(); err != nil {
		return err
	}
	a, ok, err := s.claim(ctx, in.SendID)
	if errors.Is(err, fault.Missing()) {
		return outbox.GiveUp{Why: err}
	}
	if err != nil || !ok {
		return err
	}
	// From here on the outcome is to be written, also while the process is being stopped.
	ctx = context.WithoutCancel(ctx)
	sent, failure := s.d.WeChat.SendSubscribe(ctx, wechat.Message{
		OpenID: a.send.OpenID, TemplateID: a.send.TemplateID, Page: a.page, Data: a.data, State: s.d.MiniProgramState,
	})
	if errors.Is(failure, context.DeadlineExceeded) {
		s.slowUntil.Store(s.d.DB.Now().Add(slowPause).UnixMilli())
	}
	return s.conclude(ctx, e, a, sent, failure)
}

// paused postpones while the platform has asked for a pause, or did not answer in time just now.
func (s *Service) paused() error {
	now := s.d.DB.Now()
	until := time.UnixMilli(s.slowUntil.Load()).UTC()
	if p := s.d.WeChat.PausedUntil(wechat.CallSend); p.After(until) {
		until = p
	}
	if until.After(now) {
		return outbox.Postpone{Until: until, Why: errors.New("the platform asked for a pause")}
	}
	return nil
}

// claim makes a planned message a sending one. ok is false when nothing is to be sent; the error is an
// outbox.Postpone while another message to the same person is on its way.
func (s *Service) claim(ctx context.Context, send id.ID) (a attempt, ok bool, err error) {
	var wait error
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		a, ok, wait = attempt{}, false, nil
		row, err := lock(ctx, tx, send)
		if err != nil {
			return err
		}
		switch row.State {
		case notify.Planned:
			a, ok, wait, err = s.beginTx(ctx, tx, row)
		case notify.Sending:
			wait, err = s.interruptedTx(ctx, tx, row)
		default: // settled, or waiting for the platform's event
		}
		return err
	})
	if err == nil {
		err = wait
	}
	return a, ok, err
}

// lock locks a message and, before it, what its person accepts: the one order of this domain.
func lock(ctx context.Context, tx *db.Tx, send id.ID) (notify.Send, error) {
	row, err := notify.SendByID(ctx, tx, send)
	if err != nil {
		return row, err
	}
	if err := notify.LockGrants(ctx, tx, row.OpenID); err != nil {
		return row, err
	}
	return notify.LockSend(ctx, tx, send)
}

func (s *Service) beginTx(ctx context.Context, tx *db.Tx, row notify.Send) (a attempt, ok bool, wait, err error) {
	if tx.Now.Sub(row.CreatedAt) > sendWithin {
		return a, false, nil, settleTx(ctx, tx, row, notify.Skipped, reasonStale)
	}
	t, err := notify.TemplateByKey(ctx, tx, row.TemplateKey)
	if err != nil && !errors.Is(err, fault.Missing()) {
		return a, false, nil, err
	}
	if !t.Active || t.TemplateID == "" {
		return a, false, nil, settleTx(ctx, tx, row, notify.Skipped, reasonTemplateOff)
	}
	row.TemplateID = t.TemplateID
	if wait, err = s.waitForTurn(ctx, tx, row); wait != nil || err != nil {
		return a, false, wait, err
	}
	if a.data, a.page, err = render(t, row); err != nil {
		return a, false, outbox.GiveUp{Why: err}, settleTx(ctx, tx, row, notify.Failed, reasonBadTemplate)
	}
	taken, err := notify.TakeAcceptTx(ctx, tx, row.OpenID, row.TemplateID)
	if err != nil {
		return a, false, nil, err
	}
	if !taken {
		return a, false, nil, settleTx(ctx, tx, row, notify.Skipped, reasonNoAccept)
	}
	row.AttemptID, row.StartedAt = id.New(), &tx.Now
	ok, err = notify.ChangeSendTx(ctx, tx, row, map[string]any{
		"state": notify.Sending, "template_id": row.TemplateID, "attempt_id": row.AttemptID, "started_at": tx.Now,
		"attempts": row.Attempts + 1, "reason": "", "check_at": tx.Now.Add(sendLease).UnixMilli(),
	})
	a.send = row
	return a, ok, nil, err
}

// waitForTurn keeps one message in flight per person (43108). One of the same template whose answer was
// lost counts until it is settled, so that the platform's sent event can mean only one.
func (s *Service) waitForTurn(ctx context.Context, r db.Reader, row notify.Send) (wait, err error) {
	now := s.d.DB.Now()
	others, err := notify.InFlight(ctx, r, row, now.Add(-settleWithin))
	if err != nil {
		return nil, err
	}
	for _, o := range others {
		until := now.Add(time.Second + rand.N(2*time.Second))
		if o.State == notify.Unknown {
			if o.TemplateID != row.TemplateID || !s.d.PushConfigured {
				continue
			}
			until = now.Add(15 * time.Second)
		}
		return outbox.Postpone{Until: until, Why: errors.New("another message to this person is on its way")}, nil
	}
	return nil, nil
}

// interruptedTx looks at a message that is sending already: somebody else is at it, or was.
func (s *Service) interruptedTx(ctx context.Context, tx *db.Tx, row notify.Send) (wait, err error) {
	end := row.StartedAt.Add(sendLease)
	if tx.Now.Before(end) {
		return outbox.Postpone{Until: end, Why: errors.New("an attempt is under way")}, nil
	}
	return nil, unknownTx(ctx, tx, row, reasonInterrupted)
}

func unknownTx(ctx context.Context, tx *db.Tx, row notify.Send, reason string) error {
	_, err := notify.ChangeSendTx(ctx, tx, row, map[string]any{
		"state": notify.Unknown, "reason": reason, "check_at": row.StartedAt.Add(settleWithin).UnixMilli(),
	})
	return err
}

// settleTx ends a message.
func settleTx(ctx context.Context, tx *db.Tx, row notify.Send, state notify.SendState, reason string) error {
	_, err := notify.ChangeSendTx(ctx, tx, row, map[string]any{
		"state": state, "reason": cut(reason, 200), "settled_at": tx.Now, "check_at": 0,
	})
	return err
}

// conclude writes down what became of an attempt and tells the outbox what to do with the event.
func (s *Service) conclude(ctx context.Context, e outbox.Event, a attempt, sent wechat.Sent, failure error) error {
	next := verdict(s.d.DB.Now(), e, failure)
	err := s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		row, err := lock(ctx, tx, a.send.ID)
		if err != nil {
			return err
		}
		if row.AttemptID != a.send.AttemptID || (row.State != notify.Sending && row.State != notify.Unknown) {
			return lateTx(ctx, tx, row, a, sent.MsgID) // the platform's event, or a successor, was faster
		}
		if row.State == notify.Unknown && next.state == notify.Planned { // its outbox event is over
			if err := outbox.AddTx(ctx, tx, TopicSend, SendRequested{SendID: row.ID}); err != nil {
				return err
			}
		}
		return concludeTx(ctx, tx, row, next, sent.MsgID)
	})
	if err != nil {
		return fmt.Errorf("write outcome of send: %w", err)
	}
	return next.tell
}

// lateTx keeps the platform's id of a message that was settled before the answer to its call was read.
func lateTx(ctx context.Context, tx *db.Tx, row notify.Send, a attempt, msgid string) error {
	if row.AttemptID != a.send.AttemptID || row.MsgID != "" || msgid == "" {
		return nil
	}
	_, err := notify.ChangeSendTx(ctx, tx, row, map[string]any{"msgid": msgid})
	return err
}

// outcome is what an attempt came to.
type outcome struct {
	state  notify.SendState
	reason string
	back   bool  // nothing was sent: the accept is given back
	refuse bool  // the platform knows of no accept
	tell   error // what the outbox is told
}

func concludeTx(ctx context.Context, tx *db.Tx, row notify.Send, o outcome, msgid string) error {
	if o.back {
		if err := notify.AcceptTx(ctx, tx, row.OpenID, row.TemplateID); err != nil {
			return err
		}
	}
	if o.refuse {
		// Whole seconds, as the platform counts its answers.
		if err := notify.RefuseTx(ctx, tx, row.OpenID, row.TemplateID, row.StartedAt.Truncate(time.Second)); err != nil {
			return err
		}
	}
	columns := map[string]any{"state": o.state, "reason": cut(o.reason, 200), "msgid": msgid, "check_at": 0}
	switch o.state {
	case notify.Planned:
	case notify.Unknown:
		columns["check_at"] = row.StartedAt.Add(settleWithin).UnixMilli()
	default:
		columns["settled_at"] = tx.Now
	}
	_, err := notify.ChangeSendTx(ctx, tx, row, columns)
	return err
}

// verdict reads the retry classes of wechat.md 1.0 for a message: what was surely not sent may be sent
// again, what may have been sent must not.
func verdict(now time.Time, e outbox.Event, failure error) outcome {
	var api *wechat.APIError
	switch {
	case failure == nil:
		return outcome{state: notify.Sent}
	case !errors.As(failure, &api) || api.Class == wechat.ClassUnknown:
		return outcome{state: notify.Unknown, reason: reasonAnswerLost}
	case api.Errcode == 43101:
		return outcome{state: notify.Skipped, reason: reasonRefused, refuse: true}
	}
	reason := describe(api)
	switch api.Class {
	case wechat.ClassTransient, wechat.ClassToken:
		if e.Attempts >= outbox.MaxAttempts {
			return outcome{state: notify.Failed, reason: reasonUnreachable, back: true, tell: outbox.GiveUp{Why: failure}}
		}
		return outcome{state: notify.Planned, reason: reason, back: true, tell: failure}
	case wechat.ClassSerialise, wechat.ClassMinuteLimit, wechat.ClassDayLimit, wechat.ClassOperator:
		until := api.RetryAt
		if !until.After(now) {
			until = now.Add(time.Second)
		}
		return outcome{state: notify.Planned, reason: reason, back: true, tell: outbox.Postpone{Until: until, Why: failure}}
	default:
		return outcome{state: notify.Failed, reason: reason, back: true, tell: outbox.GiveUp{Why: failure}}
	}
}

func describe(e *wechat.APIError) string {
	text := e.Class.String()
	if e.Errcode != 0 {
		text = fmt.Sprintf("errcode %d, %s", e.Errcode, text)
	}
	if e.Field != "" {
		text += ", field " + e.Field
	}
	return text
}
