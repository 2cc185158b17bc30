package reward

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"guike/internal/actor"
	"guike/internal/etag"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	"guike/model/membership"
	model "guike/model/membership/reward"
)

// Offer is a reward as a customer sees it. Why is the refusal that they would meet now, nil when they can
// have one. OpensAt is when it opens for them. Left is how many more they may have; nil is no limit.
type Offer struct {
	model.Reward
	Photos  []Picture
	OpensAt *time.Time
	Left    *int64
	Why     *fault.Fault
}

// Offers is a page of the catalogue. Tag changes whenever anything on it does, the links included.
type Offers struct {
	Items []Offer
	Next  db.Cursor
	Tag   string
}

// Offers shows a customer what is in the catalogue, published last coming first: what ended is left out,
// what is still to open is in it.
func (s *Service) Offers(ctx context.Context, who actor.Actor, p db.Page) (Offers, error) {
	rows, next, err := model.Shown(ctx, s.d.DB, s.d.DB.Now(), p)
	if err != nil {
		return Offers{}, err
	}
	items, err := s.offers(ctx, who, rows)
	if err != nil {
		return Offers{}, err
	}
	parts := []any{next}
	for _, o := range items {
		parts = append(parts, o.tag())
	}
	return Offers{Items: items, Next: next, Tag: etag.Of(parts...)}, nil
}

// Offer shows a customer one published reward. Errors: not_found.
func (s *Service) Offer(ctx context.Context, who actor.Actor, reward id.ID) (o Offer, tag string, err error) {
	r, err := model.ByID(ctx, s.d.DB, reward)
	if err != nil {
		return o, "", err
	}
	if r.State != model.Published {
		return o, "", fault.Missing()
	}
	items, err := s.offers(ctx, who, []model.Reward{r})
	if err != nil {
		return o, "", err
	}
	return items[0], items[0].tag(), nil
}

func (o Offer) tag() string {
	parts := []any{o.ID, o.Version, o.Photos}
	if o.Stock != nil {
		parts = append(parts, "stock", *o.Stock)
	}
	if o.Left != nil {
		parts = append(parts, "left", *o.Left)
	}
	if o.OpensAt != nil {
		parts = append(parts, "opens", o.OpensAt.UnixMilli())
	}
	if o.Why != nil {
		parts = append(parts, o.Why.Code, o.Why.Text)
	}
	return etag.Of(parts...)
}

func (s *Service) offers(ctx context.Context, who actor.Actor, rows []model.Reward) ([]Offer, error) {
	_, photos, err := s.photos(ctx, rows)
	if err != nil {
		return nil, err
	}
	member, err := membership.MemberOf(ctx, s.d.DB, who.ID)
	if err != nil {
		return nil, fmt.Errorf("read member: %w", err)
	}
	now := s.d.DB.Now()
	c, err := s.candidate(ctx, s.d.DB, member, rows, now)
	if err != nil {
		return nil, err
	}
	purse, err := ledger.BalanceOf(ctx, s.d.DB, ledger.Of(ledger.Points, who.ID), now)
	if err != nil {
		return nil, err
	}
	items := make([]Offer, 0, len(rows))
	for _, r := range rows {
		o := Offer{Reward: r, Photos: photos[r.ID], OpensAt: r.OpensFor(member), Left: c.left(r), Why: c.refusal(r, 1)}
		if short := r.Price - purse.Available; o.Why == nil && short > 0 {
			f := *errPoints
			f.Text = fault.Text{ZH: fmt.Sprintf("积分不足,还差 %d 积分。", short), EN: fmt.Sprintf("%d more points are needed.", short)}
			o.Why = &f
		}
		items = append(items, o)
	}
	return items, nil
}

// candidate is what decides, beside the purse, whether somebody may have rewards.
type candidate struct {
	member membership.Member
	titles []membership.Title
	taken  map[id.ID]model.Taken
	now    time.Time
	zone   *time.Location
}

func (s *Service) candidate(ctx context.Context, r db.Reader, m membership.Member, rows []model.Reward, now time.Time) (candidate, error) {
	c := candidate{member: m, now: now, zone: s.d.Zone}
	ids := make([]id.ID, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	var err error
	if c.titles, err = membership.TitlesOf(ctx, r, m.CustomerID, now); err != nil {
		return c, fmt.Errorf("read titles: %w", err)
	}
	c.taken, err = model.TakenBy(ctx, r, m.CustomerID, ids, s.today(now).First().Start(s.d.Zone))
	return c, err
}

// left is how many more of a reward the limit per person allows; nil without a limit.
func (c candidate) left(r model.Reward) *int64 {
	if r.LimitPer == model.NoLimit {
		return nil
	}
	left := max(0, r.LimitCount-c.taken[r.ID].In(r.LimitPer))
	return &left
}

// refusal says why somebody may not have so many of a reward now; nil when they may.
func (c candidate) refusal(r model.Reward, quantity int64) *fault.Fault {
	opens, left := r.OpensFor(c.member), c.left(r)
	switch {
	case r.State != model.Published:
		return errUnpublished
	case r.Over(c.now):
		return errOver
	case !r.For(c.member, c.titles):
		return errLevel
	case opens != nil && c.now.Before(*opens):
		at := opens.In(c.zone)
		f := errNotOpen.At("reward.opens_at", opens.Format(time.RFC3339), "开始时间。", "When it opens.")
		f.Text = fault.Text{ZH: at.Format("1月2日 15:04") + " 开始兑换。", EN: "It opens at " + at.Format("2006-01-02 15:04") + "."}
		return f
	case left != nil && quantity > *left:
		return errLimit.At("reward.left", strconv.FormatInt(*left, 10), "还可兑换的数量。", "How many more may be had.")
	case r.Limited() && quantity > *r.Stock:
		return errSoldOut.At("reward.stock", strconv.FormatInt(*r.Stock, 10), "剩余数量。", "How many are left.")
	}
	return nil
}
