package coupon

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/sheet"
	"guike/internal/wording"
	"guike/model/audit"
	"guike/model/db"
	model "guike/model/membership/coupon"
)

// maxCharges bounds the lines of one table.
const maxCharges = 20_000

// settling is how long after its end a day can be settled: what began on it has ended by then.
const settling = 10 * time.Minute

// Period asks for the settlement of a partner over days, both of them in it. Empty days mean the last 366 up to
// today; of a table, up to the last day that can be settled.
type Period struct {
	Partner  string
	From, To clock.Day
}

// PartnerCampaign is what a partner bears of a campaign's coupons in a period.
type PartnerCampaign struct {
	Key, NameZH, NameEN string
	model.Shared
}

// Settlement is what a partner bears in a period: in all, by campaign, and a page of its lines. What was used,
// and what was taken back, counts on its own day, so that a period stays as it is once it has been over for some
// minutes; until then it grows.
type Settlement struct {
	Period
	model.Shared
	Campaigns []PartnerCampaign
	Charges   []model.Charge
	Next      db.Cursor
}

// Settlement reads what a partner bears in a period (G10), from one state of the store. Errors: input.invalid;
// coupon_partner.not_found.
func (s *Service) Settlement(ctx context.Context, in Period, p db.Page) (out Settlement, err error) {
	err = s.settled(ctx, in, func(r db.Reader, in Period, span [2]time.Time) error {
		if out, err = settlement(ctx, r, in, span); err != nil {
			return err
		}
		out.Charges, out.Next, err = model.Charges(ctx, r, in.Partner, span, p)
		return err
	})
	return out, err
}

// ExportSettlement writes a settlement with every line as a table for spreadsheets that adds up, of days that can
// be settled: asked again it is the same. It is audited. Errors: as Settlement; coupon_settlement.too_long.
func (s *Service) ExportSettlement(ctx context.Context, who actor.Actor, in Period) (table []byte, err error) {
	last := s.day(s.d.DB.Now().Add(-settling)).Plus(-1)
	if in.To.IsZero() {
		in.To = last
	}
	err = s.settled(ctx, in, func(r db.Reader, p Period, span [2]time.Time) error {
		if in = p; in.To > last {
			return fault.Broken("query.to", "not_over", "截止日须为已结束的日期,当日结束 10 分钟后可导出,目前最晚为 "+string(last)+"。",
				"The last day is over, and has been for ten minutes; the latest now is "+string(last)+".")
		}
		out, err := settlement(ctx, r, in, span)
		if err != nil {
			return err
		}
		if out.Charges, err = model.ChargesIn(ctx, r, in.Partner, span, maxCharges+1); err != nil {
			return err
		}
		if len(out.Charges) > maxCharges {
			return errLong
		}
		table, err = s.table(out)
		return err
	})
	if err != nil {
		return nil, err
	}
	return table, s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		return audit.RecordTx(ctx, tx, who, audit.Entry{
			Action: "coupon.settlement_exported", Kind: "policy", Detail: map[string]any{"partner": in.Partner, "from": in.From, "to": in.To},
		})
	})
}

// settled reads with a checked period, of a partner who is known.
func (s *Service) settled(ctx context.Context, in Period, fn func(r db.Reader, in Period, span [2]time.Time) error) (err error) {
	in.Partner = wording.Trim(in.Partner)
	if in.From, in.To, err = wording.CheckSpan(in.From, in.To, s.day(s.d.DB.Now())); err != nil {
		return err
	}
	return s.d.DB.Snapshot(ctx, func(r db.Reader) error {
		if known, err := partner(ctx, r, in.Partner); err != nil || !known {
			return fault.Or(err, errPartner)
		}
		return fn(r, in, [2]time.Time{in.From.Start(s.d.Zone), in.To.Plus(1).Start(s.d.Zone)})
	})
}

// partner tells whether a name is that of a partner: of somebody who bears something, or would.
func partner(ctx context.Context, r db.Reader, name string) (bool, error) {
	if name == "" {
		return false, nil
	}
	all, err := model.Campaigns(ctx, r, "")
	if err != nil || slices.ContainsFunc(all, func(c model.Campaign) bool { return c.Partner == name }) {
		return err == nil, err
	}
	return model.Charged(ctx, r, name)
}

func settlement(ctx context.Context, r db.Reader, in Period, span [2]time.Time) (Settlement, error) {
	out := Settlement{Period: in}
	shared, err := model.SharedIn(ctx, r, in.Partner, span)
	if err != nil {
		return out, err
	}
	for _, key := range slices.Sorted(maps.Keys(shared)) {
		of, err := model.CampaignByKey(ctx, r, key)
		if err != nil {
			return out, fmt.Errorf("campaign %s of a settlement: %w", key, err)
		}
		n := shared[key]
		out.Campaigns = append(out.Campaigns, PartnerCampaign{key, of.NameZH, of.NameEN, n})
		out.Used, out.Returned = out.Used+n.Used, out.Returned+n.Returned
		out.OffFen, out.PartnerFen = out.OffFen+n.OffFen, out.PartnerFen+n.PartnerFen
	}
	return out, nil
}

// table adds the lines up by itself, so that the total is that of what is above it.
func (s *Service) table(in Settlement) ([]byte, error) {
	names := map[string]string{}
	for _, c := range in.Campaigns {
		names[c.Key] = c.NameZH
	}
	line := func(head [6]string, off, theirs int64) []string {
		return append(head[:], wording.Yuan(off), wording.Yuan(theirs), wording.Yuan(off-theirs))
	}
	rows := [][]string{
		{"合作方", sheet.Safe(in.Partner), "期间", string(in.From), string(in.To), "", "", "", ""},
		{"时间", "类型", "活动", "券码", "收款编号", "合作方比例", "优惠金额", "合作方承担", "本公司承担"},
	}
	var off, theirs int64
	for _, c := range in.Charges {
		off, theirs = off+c.OffFen, theirs+c.PartnerFen
		at, what := c.CreatedAt.In(s.d.Zone).Format("2006-01-02 15:04:05"), map[bool]string{false: "使用", true: "退回"}[c.Returned]
		rows = append(rows, line([6]string{at, what, sheet.Safe(names[c.CampaignKey]), c.Code, c.PaymentID.String(), hundredths(c.PartnerBP)}, c.OffFen, c.PartnerFen))
	}
	return sheet.Table(append(rows, line([6]string{"", "合计"}, off, theirs)))
}

// hundredths writes basis points in percent: 5050 is 50.5%.
func hundredths(bp int64) string {
	return strings.TrimSuffix(strings.TrimRight(wording.Yuan(bp), "0"), ".") + "%"
}
