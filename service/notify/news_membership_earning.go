package notify

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/wording"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/ledger"
	"guike/model/membership"
	"guike/model/notify"
	"guike/model/outbox"
)

// valueMoved tells a customer of points and fund that they were given, that staff corrected, that will expire,
// and that did: one message in their inbox for each event. A record that was merged is told where it lives on.
func (s *Service) valueMoved(ctx context.Context, e outbox.Event) error {
	var in membership.ValueMoved
	if err := e.Decode(&in); err != nil {
		return outbox.GiveUp{Why: err}
	}
	c, err := identity.FindCustomer(ctx, s.d.DB, actor.Machine(), in.CustomerID)
	if err != nil {
		return hopeless(err)
	}
	m := notify.Message{OwnerKind: actor.Customer, OwnerID: c.ID, EventID: e.ID, RefKind: in.Book, RefID: c.ID}
	name, what := amountOf(ledger.Book(in.Book), in.Amount)
	switch e.Topic {
	case membership.TopicValueGiven:
		m.Kind, m.Title, m.Body = "value_given", name+"已到账", "您获得了"+what+",现在可以使用。"
	case membership.TopicValueExpiring:
		day := time.UnixMilli(in.At - 1).In(s.d.Zone).Format("2006年1月2日") // the last on which it can be used
		m.Kind, m.Title, m.Body = "value_expiring", name+"即将到期", "您有"+what+"可使用至"+day+",请及时使用。"
	case membership.TopicValueCorrected:
		m.Kind, m.Title, m.Body = "value_corrected", name+"已更正", "门店为您更正了"+what+",原因可在账单中查看。"
	default:
		m.Kind, m.Title, m.Body = "value_expired", name+"已到期", what+"已到期失效,明细可在账单中查看。"
	}
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := s.postTx(ctx, tx, m)
		return err
	})
}

// amountOf says what a book is called, and an amount of it.
func amountOf(b ledger.Book, amount int64) (name, what string) {
	if b == ledger.Fund {
		return "家居基金", " " + wording.Yuan(amount) + " 元家居基金"
	}
	return "积分", fmt.Sprintf(" %d 积分", amount)
}
