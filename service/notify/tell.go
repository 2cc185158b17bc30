package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/notify"
	"guike/model/outbox"
)

// reader makes the news out of an event.
type reader func(ctx context.Context, r db.Reader, e outbox.Event) (news, error)

// tell delivers an event of a project: one inbox message to every member of the home, and one planned
// subscription message to those who accept it, all in one transaction that a repeated delivery finds
// done (I32). The messages go out as events of their own, so WeChat being away delays no inbox, and no
// recipient another.
func (s *Service) tell(read reader) outbox.Handler {
	return func(ctx context.Context, e outbox.Event) error {
		n, err := read(ctx, s.d.DB, e)
		if err != nil {
			return hopeless(err)
		}
		return s.d.DB.Tx(ctx, func(tx *db.Tx) error { return s.tellTx(ctx, tx, e.ID, n) })
	}
}

// hopeless marks what no repetition cures: an unreadable payload, or news of what is not there.
func hopeless(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.Is(err, fault.Missing()) || errors.As(err, &syntax) || errors.As(err, &kind) ||
		errors.Is(err, id.ErrMalformed) || db.Missing(err) {
		return outbox.GiveUp{Why: err}
	}
	return err
}

func (s *Service) tellTx(ctx context.Context, tx *db.Tx, event id.ID, n news) error {
	members, err := identity.MembersOf(ctx, tx, n.project.HomeID, tx.Now)
	if err != nil {
		return err
	}
	t, ok, err := notify.ActiveTemplate(ctx, tx, n.event)
	if err != nil {
		return err
	}
	for _, m := range members {
		fresh, err := s.postTx(ctx, tx, message(event, actor.Customer, m.CustomerID, n))
		if err != nil {
			return err
		}
		if !fresh || !ok {
			continue
		}
		if err := s.planTx(ctx, tx, event, m.CustomerID, t, n); err != nil {
			return err
		}
	}
	if n.staff.IsZero() {
		return nil
	}
	m := message(event, actor.Staff, n.staff, n)
	m.Body = n.staffTo
	_, err = s.postTx(ctx, tx, m)
	return err
}

func message(event id.ID, kind actor.Kind, owner id.ID, n news) notify.Message {
	return notify.Message{
		OwnerKind: kind, OwnerID: owner, EventID: event, Kind: n.kind, Title: cut(n.title, 100), Body: cut(n.body, 500),
		RefKind: "timeline_entry", RefID: n.entry, ProjectID: n.project.ID,
	}
}

// postTx puts a message into an inbox, once per event, and tells the owner's open apps.
func (s *Service) postTx(ctx context.Context, tx *db.Tx, m notify.Message) (fresh bool, err error) {
	fresh, err = notify.AddMessageTx(ctx, tx, &m)
	if err != nil || !fresh {
		return false, err
	}
	channel := string(m.OwnerKind) + ":" + m.OwnerID.String()
	return true, s.hintTx(ctx, tx, channel, hint{Kind: "inbox", ProjectID: m.ProjectID, ID: m.ID})
}

// planTx plans the subscription message to a person. Whoever has no accept left now gets none: it is
// written down as skipped.
func (s *Service) planTx(ctx context.Context, tx *db.Tx, event, customer id.ID, t notify.Template, n news) error {
	facts, err := json.Marshal(n.facts)
	if err != nil {
		return fmt.Errorf("keep facts: %w", err)
	}
	row := notify.Send{
		EventID: event, CustomerID: customer, TemplateKey: t.Key, TemplateID: t.TemplateID,
		ProjectID: n.project.ID, Facts: string(facts), State: notify.Planned,
	}
	if err := s.addressTx(ctx, tx, &row); err != nil {
		return err
	}
	fresh, err := notify.AddSendTx(ctx, tx, &row)
	if err != nil || !fresh || row.State != notify.Planned {
		return err
	}
	return outbox.AddTx(ctx, tx, TopicSend, SendRequested{SendID: row.ID})
}

// addressTx finds the person's openid and looks whether a message is accepted at all.
func (s *Service) addressTx(ctx context.Context, tx *db.Tx, row *notify.Send) error {
	w, ok, err := identity.IdentityOf(ctx, tx, row.CustomerID)
	if err != nil {
		return err
	}
	if !ok {
		row.State, row.Reason, row.SettledAt = notify.Skipped, reasonNoWechat, &tx.Now
		return nil
	}
	row.OpenID = w.OpenID
	grants, err := notify.GrantsOf(ctx, tx, w.OpenID)
	if err != nil {
		return err
	}
	if grants[row.TemplateID].Remaining == 0 {
		row.State, row.Reason, row.SettledAt = notify.Skipped, reasonNoAccept, &tx.Now
	}
	return nil
}

// customersMerged tells the customer and whoever entered the record that it has been claimed, and
// brings the inbox of the former record along.
func (s *Service) customersMerged(ctx context.Context, e outbox.Event) error {
	var in identity.CustomersMerged
	if err := e.Decode(&in); err != nil {
		return outbox.GiveUp{Why: err}
	}
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := notify.MoveInboxTx(ctx, tx, in.Merged, in.Kept); err != nil {
			return err
		}
		m := notify.Message{
			OwnerKind: actor.Customer, OwnerID: in.Kept, EventID: e.ID, Kind: "customers_merged", RefKind: "customer", RefID: in.Kept,
			Title: "您的资料已关联", Body: "门店为您登记的资料和项目已并入当前账号。如非本人操作,请联系客服。",
		}
		if _, err := s.postTx(ctx, tx, m); err != nil || in.EnteredBy.IsZero() {
			return err
		}
		m.OwnerKind, m.OwnerID = actor.Staff, in.EnteredBy
		m.Title, m.Body = "客户已认领资料", "您登记的一位客户已用微信登录并认领资料。"
		_, err := s.postTx(ctx, tx, m)
		return err
	})
}
