package notify

import (
	"context"
	"time"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/membership"
	"guike/model/membership/level"
	"guike/model/notify"
	"guike/model/outbox"
)

// levelChanged tells a customer of a level that rose or fell, with the reason that their history keeps. Nobody is
// congratulated on a level that everybody has.
func (s *Service) levelChanged(ctx context.Context, e outbox.Event) error {
	var in membership.LevelChanged
	if err := e.Decode(&in); err != nil {
		return outbox.GiveUp{Why: err}
	}
	c, err := identity.FindCustomer(ctx, s.d.DB, actor.Machine(), in.CustomerID)
	if err != nil {
		return hopeless(err)
	}
	change, err := level.ChangeByID(ctx, s.d.DB, c.ID, in.ChangeID)
	if c.ID != in.CustomerID && fault.Code(err) == "not_found" { // of a record that was merged into one with a history of its own
		return nil
	}
	if err != nil {
		return hopeless(err)
	}
	if change.FromLevel == "" && change.Growth == 0 {
		return nil
	}
	m := notify.Message{OwnerKind: actor.Customer, OwnerID: c.ID, EventID: e.ID, Kind: "level_changed", RefKind: "level_change", RefID: change.ID}
	m.Title, m.Body = "会员等级已变化", change.ReasonZH+"。权益可在会员卡中查看。"
	if change.Why == level.Rose {
		m.Title = "会员等级已提升"
	}
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := s.postTx(ctx, tx, m)
		return err
	})
}

// graceBegun tells a customer until when a level is kept that the rules no longer give, unless that is over already.
func (s *Service) graceBegun(ctx context.Context, e outbox.Event) error {
	var in membership.GraceBegun
	if err := e.Decode(&in); err != nil {
		return outbox.GiveUp{Why: err}
	}
	c, err := identity.FindCustomer(ctx, s.d.DB, actor.Machine(), in.CustomerID)
	if err != nil {
		return hopeless(err)
	}
	standing, err := level.StandingOf(ctx, s.d.DB, c.ID, s.d.DB.Now())
	if err != nil {
		return err
	}
	if standing.Level == nil || standing.Level.Key != in.Level || standing.KeptUntil == nil || standing.KeptUntil.UnixMilli() != in.Until {
		return nil
	}
	last := standing.KeptUntil.Add(-time.Millisecond).In(s.d.Zone).Format("2006年1月2日")
	m := notify.Message{OwnerKind: actor.Customer, OwnerID: c.ID, EventID: e.ID, Kind: "level_grace", RefKind: "customer", RefID: c.ID}
	m.Title = "会员等级将于" + last + "后变化"
	m.Body = "近一年的记录暂未达到“" + standing.Level.NameZH + "”的条件,该等级及权益为您保留至" + last + "。如何保级可在会员卡中查看。"
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := s.postTx(ctx, tx, m)
		return err
	})
}

// titleChanged tells a customer of a title that they have now, or have no more, and why.
func (s *Service) titleChanged(ctx context.Context, e outbox.Event) error {
	var in membership.TitleChanged
	if err := e.Decode(&in); err != nil {
		return outbox.GiveUp{Why: err}
	}
	c, err := identity.FindCustomer(ctx, s.d.DB, actor.Machine(), in.CustomerID)
	if err != nil {
		return hopeless(err)
	}
	g, err := membership.GrantByID(ctx, s.d.DB, c.ID, in.GrantID)
	if err != nil {
		return hopeless(err)
	}
	rules, err := level.RulesNow(ctx, s.d.DB)
	if err != nil {
		return err
	}
	name := g.Title
	if t, ok := rules.Title(g.Title); ok {
		name = t.NameZH
	}
	m := notify.Message{OwnerKind: actor.Customer, OwnerID: c.ID, EventID: e.ID, Kind: "title_granted", RefKind: "title", RefID: g.ID}
	m.Title, m.Body = "获得称号“"+name+"”", "原因:"+g.Reason+"。专属权益可在会员卡中查看。"
	if e.Topic == membership.TopicTitleEnded {
		m.Kind, m.Title, m.Body = "title_ended", "称号“"+name+"”已结束", "原因:"+g.EndedWhy+"。"
	}
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := s.postTx(ctx, tx, m)
		return err
	})
}
