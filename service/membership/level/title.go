package level

import (
	"context"
	"maps"
	"slices"
	"time"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/wording"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/membership"
	model "guike/model/membership/level"
	"guike/model/once"
)

// maxByHand is how many grants by hand a customer may hold.
const maxByHand = 20

func sorted(m map[string]int64) []string { return slices.Sorted(maps.Keys(m)) }

// Titles lists every title, in the order in which people read them.
func (s *Service) Titles(ctx context.Context) ([]model.TitleRule, error) {
	rules, err := s.rules.Now(ctx, s.d.DB)
	return rules.Titles, err
}

// NewTitle is a title that is to be kept. Version is the one that a change was made of, 0 for a new title.
type NewTitle struct {
	Key     string
	Version int64
	model.Meaning
	Once once.Key
}

// TitleResult is what keeping a title leaves behind under its key.
type TitleResult struct {
	Key     string `json:"key"`
	Version int64  `json:"version"`
}

// AddTitle keeps a new title as its first version, once by key. Errors: input.invalid with every finding;
// title.exists; title.too_many.
func (s *Service) AddTitle(ctx context.Context, who actor.Actor, in NewTitle) (r TitleResult, replayed bool, err error) {
	if !titleKey.MatchString(in.Key) {
		return r, false, fault.Broken("body.key", "malformed", "标识只能用小写字母、数字和下划线,最多 32 个字符。", "A key is made of lower-case letters, digits and underscores, 32 at most.")
	}
	if err := refused(s.lintTitle(&in.Meaning, "body.")); err != nil {
		return r, false, err
	}
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		r, replayed, err = once.Do(ctx, tx, who, in.Once, func() (TitleResult, error) { return addTitleTx(ctx, tx, who, in) })
		return err
	})
	return r, replayed, err
}

func addTitleTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewTitle) (TitleResult, error) {
	rules, err := model.RulesNow(ctx, tx)
	if err != nil {
		return TitleResult{}, err
	}
	if _, known := rules.Title(in.Key); known {
		return TitleResult{}, errTitleExists
	}
	if len(rules.Titles) >= maxTitles {
		return TitleResult{}, errManyTitles
	}
	t := model.TitleRule{Key: in.Key, Version: 1, CreatedBy: who.ID, Meaning: in.Meaning}
	if err := model.AddTitleTx(ctx, tx, &t); err != nil {
		if db.Duplicate(err) { // a rival changed the rules in this moment
			err = errTitleExists
		}
		return TitleResult{}, err
	}
	return TitleResult{t.Key, 1}, record(ctx, tx, who, "title.added", t)
}

// ChangeTitle keeps the next version of a title and has every member looked at again. What is said already
// changes nothing. Errors: not_found; input.invalid with every finding; title.changed with the version that stands.
func (s *Service) ChangeTitle(ctx context.Context, who actor.Actor, in NewTitle) (t model.TitleRule, err error) {
	if err := refused(s.lintTitle(&in.Meaning, "body.")); err != nil {
		return t, err
	}
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		rules, err := model.RulesNow(ctx, tx)
		if err != nil {
			return err
		}
		standing, known := rules.Title(in.Key)
		t = standing
		switch {
		case !known:
			return fault.Missing()
		case t.Version != in.Version:
			return errTitleChanged(t.Version)
		case equal(t.Meaning, in.Meaning):
			return nil
		}
		t = model.TitleRule{Key: in.Key, Version: in.Version + 1, CreatedBy: who.ID, Meaning: in.Meaning}
		if err := model.AddTitleTx(ctx, tx, &t); err != nil {
			if db.Duplicate(err) {
				return errTitleChanged(t.Version)
			}
			return err
		}
		return record(ctx, tx, who, "title.changed", t)
	})
	return t, err
}

// Title reads the standing version of a title. Errors: not_found.
func (s *Service) Title(ctx context.Context, key string) (model.TitleRule, error) {
	rules, err := s.rules.Now(ctx, s.d.DB)
	if err != nil {
		return model.TitleRule{}, err
	}
	if t, known := rules.Title(key); known {
		return t, nil
	}
	return model.TitleRule{}, fault.Missing()
}

func record(ctx context.Context, tx *db.Tx, who actor.Actor, action string, t model.TitleRule) error {
	return audit.RecordTx(ctx, tx, who, audit.Entry{Action: action, Kind: "setting", Detail: map[string]any{"title": t.Key, "version": t.Version}})
}

// NewGrant is a title that is to be granted by hand. The customer reads the reason.
type NewGrant struct {
	CustomerID id.ID
	Title      string
	Reason     string
	Until      *time.Time // nil without an end
	Once       once.Key
}

// granted is what a grant leaves behind under its key.
type granted struct {
	CustomerID id.ID `json:"customer_id"`
	GrantID    id.ID `json:"grant_id"`
}

// Grant gives a title by hand, as a grant of its own that no rule ends, once by key. Errors: not_found for a
// customer out of reach; input.invalid; title.disabled; title.too_many_grants.
func (s *Service) Grant(ctx context.Context, who actor.Actor, in NewGrant) (g Grant, replayed bool, err error) {
	if err := wording.CheckText("body.reason", &in.Reason, 1, maxReason); err != nil {
		return g, false, err
	}
	in.Until = cut(in.Until)
	var made granted
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		made, replayed, err = once.Do(ctx, tx, who, in.Once, func() (granted, error) { return s.grantTx(ctx, tx, who, in) })
		return err
	})
	if err != nil {
		return g, false, err
	}
	g, err = s.grantOf(ctx, made.CustomerID, made.GrantID)
	return g, replayed, err
}

func (s *Service) grantTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewGrant) (granted, error) {
	c, err := identity.LockInScope(ctx, tx, who, in.CustomerID)
	if err != nil {
		return granted{}, err
	}
	row := membership.Title{CustomerID: c.ID, ID: id.New(), Title: in.Title, Source: model.SourceHand, Reason: in.Reason, GrantedBy: who.ID, GrantedAt: tx.Now}
	if err := s.checkGrant(ctx, tx, in, &row); err != nil {
		return granted{}, err
	}
	if _, err := membership.JoinTx(ctx, tx, c.ID); err != nil {
		return granted{}, err
	}
	held, err := membership.TitlesOf(ctx, tx, c.ID, tx.Now)
	if err != nil {
		return granted{}, err
	}
	byHand := 0
	for _, t := range held {
		if t.Source != model.SourceRule {
			byHand++
		}
	}
	if byHand >= maxByHand {
		return granted{}, errManyGrants
	}
	if err := membership.GrantTx(ctx, tx, []membership.Title{row}); err != nil {
		return granted{}, err
	}
	if !holds(held, in.Title) {
		if err := tell(ctx, tx, membership.TopicTitleGranted, row); err != nil {
			return granted{}, err
		}
	}
	err = audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: "title.granted", Kind: "customer", Subject: c.ID, Reason: in.Reason, Detail: map[string]any{"title": row.Title, "grant": row.ID, "until": in.Until},
	})
	if err != nil {
		return granted{}, err
	}
	return granted{c.ID, row.ID}, s.LookTx(ctx, tx, who, c.ID)
}

// checkGrant looks the title up and sets until when it is granted.
func (s *Service) checkGrant(ctx context.Context, tx *db.Tx, in NewGrant, row *membership.Title) error {
	rules, err := s.rules.Now(ctx, tx)
	if err != nil {
		return err
	}
	t, known := rules.Title(in.Title)
	switch {
	case !known:
		return fault.Broken("body.title", "unknown", "没有这种称号。", "There is no such title.")
	case !t.Enabled:
		return errTitleOff
	case in.Until == nil:
		return nil
	case !in.Until.After(tx.Now):
		return fault.Broken("body.until", "past", "结束时间须晚于现在。", "It ends after now.")
	case !tenYears(*in.Until, tx.Now):
		return fault.Broken("body.until", "out_of_range", "最长 10 年。", "It is granted for ten years at most.")
	}
	ms := in.Until.UnixMilli()
	row.UntilAt = &ms
	return nil
}

func tenYears(until, now time.Time) bool { return until.Before(now.AddDate(10, 0, 1)) }

func holds(held []membership.Title, title string) bool {
	return slices.ContainsFunc(held, func(t membership.Title) bool { return t.Title == title })
}

// EndGrant ends a grant that was made by hand; the customer reads the reason. Other grants of the same title
// stand. Errors: not_found; input.invalid; title.by_rule; title.ended.
func (s *Service) EndGrant(ctx context.Context, who actor.Actor, customer, grant id.ID, why string) (Grant, error) {
	if err := wording.CheckText("body.reason", &why, 1, maxReason); err != nil {
		return Grant{}, err
	}
	err := s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		c, err := identity.LockInScope(ctx, tx, who, customer)
		if err != nil {
			return err
		}
		customer = c.ID
		if _, err := membership.JoinTx(ctx, tx, c.ID); err != nil {
			return err
		}
		return s.endTx(ctx, tx, who, ending{c.ID, grant, why})
	})
	if err != nil {
		return Grant{}, err
	}
	return s.grantOf(ctx, customer, grant)
}

// ending is a grant that is to end, with its reason.
type ending struct {
	customer, grant id.ID
	why             string
}

func (s *Service) endTx(ctx context.Context, tx *db.Tx, who actor.Actor, in ending) error {
	t, err := membership.GrantByID(ctx, tx, in.customer, in.grant)
	switch {
	case err != nil:
		return err
	case t.EndedAt != nil || (t.UntilAt != nil && *t.UntilAt <= tx.Now.UnixMilli()):
		return errEnded
	case t.Source == model.SourceRule:
		return errByRule
	}
	if err := membership.EndTx(ctx, tx, t, tx.Now, in.why); err != nil {
		return err
	}
	left, err := membership.TitlesOf(ctx, tx, in.customer, tx.Now)
	if err != nil {
		return err
	}
	if !holds(left, t.Title) {
		if err := tell(ctx, tx, membership.TopicTitleEnded, t); err != nil {
			return err
		}
	}
	err = audit.RecordTx(ctx, tx, who, audit.Entry{
		Action: "title.ended", Kind: "customer", Subject: in.customer, Reason: in.why, Detail: map[string]any{"title": t.Title, "grant": t.ID},
	})
	if err != nil {
		return err
	}
	return s.LookTx(ctx, tx, who, in.customer)
}
