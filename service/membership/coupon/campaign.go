package coupon

import (
	"context"
	"reflect"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	model "guike/model/membership/coupon"
	"guike/model/once"
	"guike/service/membership"
)

const maxCampaigns = 500

// NewCampaign is a campaign that is to be kept. Version is the one that a change was made of, 0 for a new one.
type NewCampaign struct {
	Key     string
	Version int64
	Enabled bool
	model.Definition
	Once once.Key
}

// kept is what keeping a campaign leaves behind under its key.
type kept struct {
	Key     string `json:"key"`
	Version int64  `json:"version"`
}

// Campaigns lists every campaign, or those of one event, by key. What is shared with a partner is summed up for
// one campaign only; whom partners do not concern is not told of them.
func (s *Service) Campaigns(ctx context.Context, who actor.Actor, of model.Event) ([]model.Campaign, error) {
	rows, err := model.Campaigns(ctx, s.d.DB, of)
	if !Settles(who.Role) {
		for i := range rows {
			rows[i].Partner, rows[i].PartnerBP = "", 0
		}
	}
	return rows, err
}

// Campaign reads one campaign, with what is shared with its partner for whom that concerns. Errors: not_found.
func (s *Service) Campaign(ctx context.Context, who actor.Actor, key string) (model.Campaign, error) {
	if Settles(who.Role) {
		return campaignOf(ctx, s.d.DB, key)
	}
	c, err := model.CampaignByKey(ctx, s.d.DB, key)
	c.Partner, c.PartnerBP = "", 0
	return c, err
}

// Settles tells whether somebody of the role may know what the company agreed with partners and what these bear:
// whoever manages campaigns or settles with partners.
func Settles(r actor.Role) bool {
	switch r {
	case actor.ExperienceCentre, actor.Management, actor.DataOfficer, actor.Admin:
		return true
	}
	return false
}

func campaignOf(ctx context.Context, r db.Reader, key string) (model.Campaign, error) {
	c, err := model.CampaignByKey(ctx, r, key)
	if err != nil {
		return c, err
	}
	shared, err := model.SharedOf(ctx, r, key)
	c.Shared = &shared
	return c, err
}

// sound looks at what is written, and whether what it names beyond the kept version exists. Errors: input.invalid.
func (s *Service) sound(ctx context.Context, d *model.Definition, kept membership.References) error {
	if err := s.check(d); err != nil {
		return err
	}
	return membership.CheckReferences(ctx, s.d.DB, named(d), kept)
}

// named is what a definition names.
func named(d *model.Definition) membership.References {
	return membership.References{
		Levels: map[string][]string{"body.levels": d.Levels}, Titles: map[string][]string{"body.titles": d.Titles}, Stores: map[string][]id.ID{"body.store_ids": d.Stores},
	}
}

// AddCampaign keeps a new campaign, once by key (G7). Errors: input.invalid; coupon_campaign.exists, .too_many.
func (s *Service) AddCampaign(ctx context.Context, who actor.Actor, in NewCampaign) (model.Campaign, bool, error) {
	if !word.MatchString(in.Key) {
		return model.Campaign{}, false, fault.Broken("body.key", "malformed", "标识只能用小写字母、数字和下划线,最多 32 个字符。", "A key is made of lower-case letters, digits and underscores, 32 at most.")
	}
	if err := s.sound(ctx, &in.Definition, membership.References{}); err != nil {
		return model.Campaign{}, false, err
	}
	return s.keep(ctx, who, in, func(tx *db.Tx) (kept, error) {
		known, err := model.Campaigns(ctx, tx, "")
		switch {
		case err != nil:
			return kept{}, err
		case len(known) >= maxCampaigns:
			return kept{}, errMany
		}
		c := model.Campaign{Key: in.Key, Enabled: in.Enabled, Definition: in.Definition}
		if err := model.AddCampaignTx(ctx, tx, &c); err != nil {
			return kept{}, taken(err)
		}
		return kept{c.Key, c.Version}, recordCampaign(ctx, tx, who, "coupon_campaign.added", c)
	})
}

// taken is the refusal of a key or code that is there already.
func taken(err error) error {
	if db.Duplicate(err) {
		return errExists
	}
	return err
}

// ChangeCampaign replaces what is said of the version of a campaign that was read. Coupons that were issued
// keep their terms. What is said already changes nothing. Errors: not_found; input.invalid;
// coupon_campaign.changed, .exists.
func (s *Service) ChangeCampaign(ctx context.Context, who actor.Actor, in NewCampaign) (model.Campaign, bool, error) {
	before, err := model.CampaignByKey(ctx, s.d.DB, in.Key)
	if err != nil {
		return model.Campaign{}, false, err
	}
	if err := s.sound(ctx, &in.Definition, named(&before.Definition)); err != nil {
		return model.Campaign{}, false, err
	}
	return s.keep(ctx, who, in, func(tx *db.Tx) (kept, error) {
		c, err := model.LockCampaignTx(ctx, tx, in.Key)
		switch {
		case err != nil:
			return kept{}, err
		case c.Enabled == in.Enabled && reflect.DeepEqual(c.Definition, in.Definition):
			return kept{c.Key, c.Version}, nil
		case c.Version != in.Version:
			return kept{}, errChanged(c.Version)
		}
		c.Enabled, c.Definition = in.Enabled, in.Definition
		if err := model.SaveCampaignTx(ctx, tx, &c); err != nil {
			return kept{}, taken(err)
		}
		return kept{c.Key, c.Version}, recordCampaign(ctx, tx, who, "coupon_campaign.changed", c)
	})
}

// Switch stops a campaign at once, or lets it go on (G12): the switch is seen by whoever issues next. Coupons
// that were issued stand. Errors: not_found.
func (s *Service) Switch(ctx context.Context, who actor.Actor, key string, on bool) (model.Campaign, error) {
	c, _, err := s.keep(ctx, who, NewCampaign{Key: key}, func(tx *db.Tx) (kept, error) {
		c, err := model.LockCampaignTx(ctx, tx, key)
		if err != nil || c.Enabled == on {
			return kept{c.Key, c.Version}, err
		}
		c.Enabled = on
		if err := model.SaveCampaignTx(ctx, tx, &c); err != nil {
			return kept{}, err
		}
		action := map[bool]string{true: "coupon_campaign.resumed", false: "coupon_campaign.stopped"}[on]
		return kept{c.Key, c.Version}, recordCampaign(ctx, tx, who, action, c)
	})
	return c, err
}

func (s *Service) keep(ctx context.Context, who actor.Actor, in NewCampaign, fn func(tx *db.Tx) (kept, error)) (c model.Campaign, replayed bool, err error) {
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		var done kept
		done, replayed, err = once.Do(ctx, tx, who, in.Once, func() (kept, error) { return fn(tx) })
		if err != nil {
			return err
		}
		c, err = campaignOf(ctx, tx, done.Key)
		return err
	})
	return c, replayed, err
}

func recordCampaign(ctx context.Context, tx *db.Tx, who actor.Actor, action string, c model.Campaign) error {
	return audit.RecordTx(ctx, tx, who, audit.Entry{Action: action, Kind: "policy", Subject: id.ID{}, Detail: map[string]any{
		"campaign": c.Key, "version": c.Version, "enabled": c.Enabled, "event": c.Event, "budget_fen": c.BudgetFen, "budget_pieces": c.BudgetPieces,
		"partner": c.Partner, "partner_bp": c.PartnerBP,
	}})
}
