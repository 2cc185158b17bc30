package notify

import (
	"context"
	"strconv"
	"time"

	"guike/internal/wechat"
	"guike/model/db"
	"guike/model/notify"
)

// clocksDiffer is how far the platform's clock, which counts whole seconds, may be behind ours.
const clocksDiffer = 2 * time.Second

// PushEvent handles one event that the platform pushed. It may be called again with the same event
// (same Key), and in any order.
type PushEvent func(ctx context.Context, e wechat.Event) error

// PushEvents are the platform's events that are handled here, by type.
func (s *Service) PushEvents() map[string]PushEvent {
	return map[string]PushEvent{
		"subscribe_msg_popup_event":  s.popup,
		"subscribe_msg_change_event": s.changed,
		"subscribe_msg_sent_event":   s.sent,
	}
}

// ofPerson runs fn with what the person accepts locked; what is no openid concerns nobody.
func (s *Service) ofPerson(ctx context.Context, openid string, fn func(tx *db.Tx) error) error {
	if !wechat.ValidOpenID(openid) {
		return nil
	}
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := notify.LockGrants(ctx, tx, openid); err != nil {
			return err
		}
		return fn(tx)
	})
}

// popup counts the accepts that a person gave in the dialogue, each once.
func (s *Service) popup(ctx context.Context, e wechat.Event) error {
	p, ok := e.Payload.(wechat.SubscribePopup)
	if !ok {
		return nil
	}
	return s.ofPerson(ctx, e.OpenID, func(tx *db.Tx) error {
		for i, c := range p.Choices {
			fresh, err := countTx(ctx, tx, answer{
				key: e.Key, seq: i, source: notify.FromPush, openid: e.OpenID, template: c.TemplateID,
				result: c.Status, counts: c.Accepted, at: instant(tx, e),
			})
			if err != nil || !fresh {
				return err
			}
		}
		return nil
	})
}

// changed ends the accepts of templates that a person switched off in a message's menu.
func (s *Service) changed(ctx context.Context, e wechat.Event) error {
	p, ok := e.Payload.(wechat.SubscribeChange)
	if !ok {
		return nil
	}
	return s.ofPerson(ctx, e.OpenID, func(tx *db.Tx) error {
		for i, c := range p.Choices {
			fresh, err := countTx(ctx, tx, answer{
				key: e.Key, seq: i, source: notify.FromPush, openid: e.OpenID, template: c.TemplateID,
				result: "changed:" + c.Status, at: instant(tx, e),
			})
			if err != nil || !fresh {
				return err
			}
			if c.Accepted {
				continue
			}
			if err := notify.RefuseTx(ctx, tx, e.OpenID, c.TemplateID, instant(tx, e)); err != nil {
				return err
			}
		}
		return nil
	})
}

// sent settles messages by the platform's final word.
func (s *Service) sent(ctx context.Context, e wechat.Event) error {
	p, ok := e.Payload.(wechat.SubscribeSent)
	if !ok {
		return nil
	}
	return s.ofPerson(ctx, e.OpenID, func(tx *db.Tx) error {
		for i, d := range p.Deliveries {
			fresh, err := countTx(ctx, tx, answer{
				key: e.Key, seq: i, source: notify.FromPush, openid: e.OpenID, template: d.TemplateID,
				result: "sent:" + strconv.Itoa(d.Errcode), at: instant(tx, e),
			})
			if err != nil || !fresh {
				return err
			}
			if err := deliveredTx(ctx, tx, e.OpenID, d, instant(tx, e)); err != nil {
				return err
			}
		}
		return nil
	})
}

// instant is when the platform says that an event happened.
func instant(tx *db.Tx, e wechat.Event) time.Time {
	if e.At.IsZero() {
		return tx.Now
	}
	return e.At
}

// deliveredTx settles the message that a delivery tells of: by the platform's id, or, when the answer
// with that id was lost, the one to this person whose fate is open.
func deliveredTx(ctx context.Context, tx *db.Tx, openid string, d wechat.Delivery, at time.Time) error {
	row, ok, err := notify.Send{}, false, error(nil)
	if d.MsgID != "" {
		row, ok, err = notify.SendByMsgID(ctx, tx, openid, d.MsgID)
	}
	if err == nil && !ok {
		row, ok, err = notify.OpenSend(ctx, tx, openid, d.TemplateID, at.Add(clocksDiffer))
	}
	if err != nil || !ok || row.State == notify.Delivered || row.State == notify.Failed {
		return err
	}
	if row.State == notify.Planned { // planned once more, and it had arrived after all: the accept is used
		if _, err := notify.TakeAcceptTx(ctx, tx, openid, row.TemplateID); err != nil {
			return err
		}
	}
	columns := map[string]any{
		"state": notify.Delivered, "reason": "", "msgid": d.MsgID, "settled_at": tx.Now, "check_at": 0,
	}
	if d.Errcode != 0 {
		columns["state"], columns["reason"] = notify.Failed, "delivery errcode "+strconv.Itoa(d.Errcode)
	}
	_, err = notify.ChangeSendTx(ctx, tx, row, columns)
	return err
}

// answer is one answer of a person about a template, pushed or reported.
type answer struct {
	key              string
	seq              int
	source           notify.Source
	openid, template string
	result           string
	counts           bool
	at               time.Time
}

// countTx keeps an answer and counts its accept. It returns false when the answer is known. An accept
// that was given before a refusal which is known already counts no more; of two in one second the one
// that arrives last stands.
func countTx(ctx context.Context, tx *db.Tx, a answer) (fresh bool, err error) {
	if !validTemplateID(a.template) {
		return true, nil
	}
	if a.counts {
		g, err := notify.OpenGrantTx(ctx, tx, a.openid, a.template)
		if err != nil {
			return false, err
		}
		a.counts = g.RefusedAt == nil || !a.at.Before(*g.RefusedAt)
	}
	fresh, err = notify.AddGrantEventTx(ctx, tx, notify.GrantEvent{
		EventKey: a.key, Seq: a.seq, Source: a.source, OpenID: a.openid, TemplateID: a.template,
		Result: cut(a.result, 32), Counted: a.counts, At: a.at,
	})
	if err != nil || !fresh || !a.counts {
		return fresh, err
	}
	return true, notify.AcceptTx(ctx, tx, a.openid, a.template)
}
