// Package reward holds the use cases of the catalogue of rewards and of redemptions. Its README says the
// rules in sentences.
package reward

import (
	"context"
	"io"
	"strconv"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	model "guike/model/membership/reward"
)

// Picture is where a file can be seen for some hours, without a session.
type Picture struct{ URL, ThumbURL string }

// Links signs links to many files at once. Files that were withdrawn, or do not exist, are left out.
type Links interface {
	Links(ctx context.Context, r db.Reader, files []id.ID) (map[id.ID]Picture, error)
}

// Attacher binds uploaded files to the row that shows them, and frees those that it shows no more.
type Attacher interface {
	AttachTx(ctx context.Context, tx *db.Tx, who actor.Actor, files []id.ID, kind string, ref id.ID) error
	ReleaseTx(ctx context.Context, tx *db.Tx, kind string, ref id.ID, keep []id.ID) error
}

// Deps is what the use cases stand on.
type Deps struct {
	DB      *db.DB
	Zone    *time.Location // of calendar days
	Ledger  *ledger.Ledger
	Links   Links
	Files   Attacher
	Entropy io.Reader // of codes; crypto/rand.Reader but in tests
	// Coupons makes coupons of a redemption of a reward of kind coupon, in its transaction, and tells whether it
	// did; nil leaves the redemption's code to be used at the till.
	Coupons func(ctx context.Context, tx *db.Tx, who actor.Actor, r model.Redemption) (made bool, err error)
}

// Service holds the use cases.
type Service struct{ d Deps }

// New returns the use cases over what they stand on.
func New(d Deps) *Service { return &Service{d: d} }

func (s *Service) today(now time.Time) clock.Day { return clock.DayOf(now, s.d.Zone) }

// The failures of rewards and redemptions that a caller can act on.
var (
	errChanged = fault.New(fault.Conflict, "reward.changed",
		"礼品已被他人修改,请刷新后再保存。", "Somebody else changed the reward; read it again.")
	errUnlimited = fault.New(fault.Conflict, "reward.unlimited",
		"该礼品不限库存,无需补货。", "The reward has no stock that could be changed.")
	errShort = fault.New(fault.Conflict, "reward.stock_short",
		"库存不足以减去这个数量。", "There is less in stock than would be taken away.")
	errUnpublished = fault.New(fault.Conflict, "reward.unpublished",
		"该礼品已下架。", "The reward is not in the catalogue.")
	errOver = fault.New(fault.Conflict, "reward.ended",
		"该礼品的兑换已结束。", "The reward can be had no more.")
	errNotOpen = fault.New(fault.Conflict, "reward.not_open",
		"该礼品尚未开始兑换。", "The reward cannot be had yet.")
	errLevel = fault.New(fault.Forbidden, "reward.level_required",
		"该礼品仅限指定等级或称号的会员兑换。", "The reward is for members of certain levels or titles.")
	errSoldOut = fault.New(fault.Conflict, "reward.sold_out",
		"该礼品已兑完。", "There is not enough of the reward left.")
	errLimit = fault.New(fault.Conflict, "reward.limit_reached",
		"已达到每人可兑换的数量。", "A person may not have more of the reward.")
	errPrice = fault.New(fault.Conflict, "reward.price_changed",
		"所需积分已变化,请确认后再兑换。", "The price has changed; look at it again.")
	errUsed = fault.New(fault.Conflict, "redemption.used",
		"该兑换已核销。", "The redemption has been used.")
	errCancelled = fault.New(fault.Conflict, "redemption.cancelled",
		"该兑换已取消。", "The redemption has been cancelled.")
	errLapsed = fault.New(fault.Conflict, "redemption.lapsed",
		"该兑换已过期。", "The redemption has lapsed.")
	errCancelClosed = fault.New(fault.Conflict, "redemption.cancel_closed",
		"已超过可自行取消的时间,请联系门店。", "It is too late to cancel it yourself; ask at the store.")
	errPoints = fault.New(fault.Conflict, "points.insufficient", "积分不足。", "There are not enough points.")
)

// ended refuses what asks for an open redemption, and says where it stands; nil when it is open.
func ended(r model.Redemption, now time.Time) error {
	state := r.StateAt(now)
	f := map[model.Standing]*fault.Fault{model.Used: errUsed, model.Cancelled: errCancelled, model.Lapsed: errLapsed}[state]
	if f == nil {
		return nil
	}
	return f.At("redemption.state", string(state), "当前状态。", "The state now.").
		At("redemption.version", strconv.FormatInt(r.Version, 10), "当前版本。", "The version now.")
}
