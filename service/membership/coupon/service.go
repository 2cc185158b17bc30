// Package coupon holds the use cases of campaigns and coupons: how they are issued, what they take off a
// bill, how they end. Its README says the rules in sentences.
package coupon

import (
	"context"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/membership"
	model "guike/model/membership/coupon"
	earnings "guike/model/membership/earning"
)

// Guesses counts wrong codes over all instances.
type Guesses interface {
	Hit(ctx context.Context, key string, window time.Duration) (int64, error)
	Count(ctx context.Context, key string, window time.Duration) (int64, error)
}

// Deps is what the use cases stand on.
type Deps struct {
	DB      *db.DB
	Zone    *time.Location // of calendar days
	Entropy io.Reader      // of codes; crypto/rand.Reader but in tests
	Guesses Guesses
	// Level reads a member's level as the rules give it at an instant; nil takes the one that is kept.
	Level func(ctx context.Context, r db.Reader, customer id.ID, now time.Time) (string, error)
}

// Service holds the use cases.
type Service struct {
	d        Deps
	compiled sync.Map // of conditions that were kept: text → earnings.Condition
}

// New returns the use cases over what they stand on.
func New(d Deps) *Service { return &Service{d: d} }

func (s *Service) day(at time.Time) clock.Day { return clock.DayOf(at, s.d.Zone) }

// noticeBefore is how long before it ends the customer is told of an unused coupon.
const noticeBefore = 3 * 24 * time.Hour

// made is what is kept of an effect for a replay.
type made struct {
	ID id.ID `json:"id"`
}

// holds tells whether a campaign's condition holds for the facts; conditions are read once in the life of the
// process.
func (s *Service) holds(text string, f earnings.Facts) (bool, error) {
	c, ok := s.compiled.Load(text)
	if !ok {
		fresh, err := earnings.Compile(text)
		if err != nil {
			return false, err
		}
		c, _ = s.compiled.LoadOrStore(text, fresh)
	}
	return c.(earnings.Condition).Holds(f)
}

// person is a member as campaigns look at them.
type person struct {
	id      id.ID
	storeID id.ID
	level   string
	titles  []string
}

// person reads a member as they are at an instant.
func (s *Service) person(ctx context.Context, r db.Reader, customer, store id.ID, now time.Time) (person, error) {
	p := person{id: customer, storeID: store}
	m, err := membership.MemberOf(ctx, r, customer)
	if err != nil {
		return p, err
	}
	p.level = m.Level
	if s.d.Level != nil {
		if p.level, err = s.d.Level(ctx, r, customer, now); err != nil {
			return p, err
		}
	}
	held, err := membership.TitlesOf(ctx, r, customer, now)
	for _, t := range held {
		if !slices.Contains(p.titles, t.Title) {
			p.titles = append(p.titles, t.Title)
		}
	}
	return p, err
}

// refuses says why a campaign gives a person nothing at an instant; nil when it may.
func refuses(c model.Campaign, p person, at time.Time) *fault.Fault {
	switch {
	case !c.Enabled:
		return errStopped
	case c.From != nil && at.Before(*c.From):
		return errNotYet.At("coupon.from", c.From.Format(time.RFC3339), "开始时间。", "When it begins.")
	case c.Until != nil && !at.Before(*c.Until):
		return errOver
	case len(c.Levels) > 0 && !slices.Contains(c.Levels, p.level),
		len(c.Titles) > 0 && !slices.ContainsFunc(p.titles, func(t string) bool { return slices.Contains(c.Titles, t) }),
		len(c.Stores) > 0 && !slices.Contains(c.Stores, p.storeID):
		return errAudience
	}
	return nil
}

// The failures of coupons that a caller can act on.
var (
	errUnknown = fault.New(fault.NotFound, "coupon.not_found",
		"没有这张优惠券。", "There is no such coupon.")
	errUsed = fault.New(fault.Conflict, "coupon.used",
		"该优惠券已使用。", "The coupon has been used.")
	errVoid = fault.New(fault.Conflict, "coupon.void",
		"该优惠券已作废。", "The coupon has been voided.")
	errLapsed = fault.New(fault.Conflict, "coupon.lapsed",
		"该优惠券已过期。", "The coupon has lapsed.")
	errAtPayment = fault.New(fault.Conflict, "coupon.at_payment_only",
		"该优惠券请在登记收款时使用。", "The coupon is used when a payment is recorded.")
	errNotMoney = fault.New(fault.Conflict, "coupon.not_money",
		"礼品券与服务券请在门店核销,不能抵扣款项。", "A coupon for a gift or service is handed out, and takes nothing off a bill.")
	errExcluded = fault.New(fault.Conflict, "coupon.not_combinable",
		"这些优惠不能同时使用。", "These coupons cannot be used together.")
	errThreshold = fault.New(fault.Conflict, "coupon.below_threshold",
		"未达到该优惠券的使用门槛。", "The bill is below the amount from which the coupon can be used.")
	errScope = fault.New(fault.Conflict, "coupon.out_of_scope",
		"该优惠券不适用于这笔款项中的商品。", "Nothing on the bill is in the coupon's scope.")
	errNeedless = fault.New(fault.Conflict, "coupon.needless",
		"其他优惠已抵扣完,无需再用这张券。", "The others take everything off already; keep this one.")
	errNotToday = fault.New(fault.Conflict, "coupon.not_member_day",
		"付款当天不是该会员日。", "The day of the payment is not one of the member days.")
	errDiffers = fault.New(fault.Conflict, "payment.received_differs",
		"应收金额已变化,请重新试算。", "What is to be received differs; ask for the numbers again.")
	errStopped = fault.New(fault.Conflict, "coupon_campaign.stopped",
		"活动已停止。", "The campaign has been stopped.")
	errNotYet = fault.New(fault.Conflict, "coupon_campaign.not_open",
		"活动尚未开始。", "The campaign has not begun.")
	errOver = fault.New(fault.Conflict, "coupon_campaign.ended",
		"活动已结束。", "The campaign is over.")
	errAudience = fault.New(fault.Forbidden, "coupon_campaign.audience",
		"该活动仅限指定的会员参加。", "The campaign is for certain members.")
	errLimit = fault.New(fault.Conflict, "coupon_campaign.limit_reached",
		"已达到每人可领取的数量。", "A person may not have more of this coupon.")
	errSoldOut = fault.New(fault.Conflict, "coupon_campaign.sold_out",
		"优惠券已发完。", "There are no more of these coupons.")
	errEvent = fault.New(fault.Conflict, "coupon_campaign.other_event",
		"该活动的优惠券不能这样发放。", "Coupons of this campaign are not issued in this way.")
	errExists = fault.New(fault.Conflict, "coupon_campaign.exists",
		"活动标识或领取码已被使用。", "There is a campaign with this key or code.")
	errMany = fault.New(fault.Conflict, "coupon_campaign.too_many",
		"活动最多 500 个。", "There are at most 500 campaigns.")
	errGuesses = fault.New(fault.TooMany, "coupon.too_many_guesses",
		"输入错误的次数过多,请稍后再试。", "There were too many wrong codes; try again later.")
	errAllowance = fault.New(fault.Conflict, "coupon.over_allowance",
		"超出您本月可发放的额度。", "It is more than you may issue this month.")
	errIncident = fault.New(fault.Conflict, "coupon_request.incident_taken",
		"该事件已申请过挽回券。", "There is a request for this incident.")
	errDecided = fault.New(fault.Conflict, "coupon_request.decided",
		"该申请已处理。", "The request has been decided.")
	errPartner = fault.New(fault.NotFound, "coupon_partner.not_found",
		"没有这个合作方。", "There is no such partner.")
	errLong = fault.New(fault.Invalid, "coupon_settlement.too_long",
		"该期间的明细超过 20000 条,请缩短期间。", "There are more than 20,000 lines in this time; ask for less of it.")
	errOwn = fault.New(fault.Forbidden, "coupon_request.own",
		"不能审批自己提交的申请。", "Somebody else decides on your request.")
)

func errChanged(version int64) error {
	v := strconv.FormatInt(version, 10)
	return fault.New(fault.Conflict, "coupon_campaign.changed", "活动已被他人修改,请重新查看。", "The campaign was changed by somebody else; read it again.").
		At("body.version", v, "当前版本:"+v, "it stands at version "+v)
}

// ended refuses what asks for an open coupon and says where it stands; nil when it is open.
func ended(c model.Coupon, now time.Time) error {
	state := c.StateAt(now)
	f := map[model.State]*fault.Fault{model.Used: errUsed, model.Void: errVoid, model.Lapsed: errLapsed}[state]
	if f == nil {
		return nil
	}
	return f.At("coupon.state", string(state), "当前状态。", "The state now.")
}
