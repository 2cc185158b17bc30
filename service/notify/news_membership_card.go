package notify

import (
	"context"

	"guike/internal/actor"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/membership/card"
	"guike/model/notify"
	"guike/model/outbox"
)

// adviserNamed tells a member who their adviser is, and the adviser of whom they are it (F13).
func (s *Service) adviserNamed(ctx context.Context, e outbox.Event) error {
	var in card.AdviserNamed
	if err := e.Decode(&in); err != nil {
		return hopeless(err)
	}
	c, err := identity.FindCustomer(ctx, s.d.DB, actor.Machine(), in.CustomerID)
	if err != nil {
		return hopeless(err)
	}
	p, err := identity.StaffByID(ctx, s.d.DB, in.StaffID)
	if err != nil {
		return hopeless(err)
	}
	if !p.Active() {
		return nil // gone before they could be introduced; the member will have another
	}
	mine := notify.Message{
		OwnerKind: actor.Customer, OwnerID: c.ID, EventID: e.ID, Kind: "adviser_named", RefKind: "card", RefID: c.ID,
		Title: "您的专属顾问", Body: roleName(p.Role) + p.Name + "已成为您的专属顾问,联系方式见会员卡。",
	}
	theirs := notify.Message{
		OwnerKind: actor.Staff, OwnerID: p.ID, EventID: e.ID, Kind: "adviser_named", RefKind: "customer", RefID: c.ID,
		Title: "您有新的专属会员", Body: cut("会员「"+c.Nickname+"」由您担任专属顾问,请主动联系问候。", 500),
	}
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, m := range []notify.Message{mine, theirs} {
			if _, err := s.postTx(ctx, tx, m); err != nil {
				return err
			}
		}
		return nil
	})
}
