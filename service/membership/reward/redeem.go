package reward

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/etag"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/internal/qr"
	"guike/model/db"
	"guike/model/ledger"
	"guike/model/membership"
	model "guike/model/membership/reward"
	"guike/model/once"
	"guike/model/outbox"
)

const (
	// noticeBefore is how long before it lapses the customer is told of an unused redemption.
	noticeBefore = 7 * 24 * time.Hour
	day          = 24 * time.Hour

	// The rules by which the ledger tells the causes of a redemption's transfers apart.
	ruleRedeem = "redeem"
	ruleCancel = "cancel"
	ruleLapse  = "lapse"
)

// NewRedemption is a wish for some of a reward. Price is what the customer saw one to cost; nil takes the
// price as it is.
type NewRedemption struct {
	RewardID id.ID
	Quantity int64
	Price    *int64
	Once     once.Key
}

// Order is a redemption as people see it: Standing is where it stands now, Cancellable whether its customer
// may cancel it now. Tag changes whenever any of it does.
type Order struct {
	model.Redemption
	Standing    model.Standing
	Cancellable bool
	Tag         string
}

func (s *Service) order(r model.Redemption) Order {
	now := s.d.DB.Now()
	o := Order{Redemption: r, Standing: r.StateAt(now)}
	o.Cancellable = o.Standing == model.Open && now.UnixMilli() < r.CancelUntil
	o.Tag = etag.Of(r.ID, r.Version, o.Standing, o.Cancellable)
	return o
}

// Redeem spends points on a reward (G2, G3): stock, limit, points and the order in one transaction. Errors:
// input.invalid; not_found; the refusals of an Offer; reward.price_changed; points.insufficient.
func (s *Service) Redeem(ctx context.Context, who actor.Actor, in NewRedemption) (o Order, replayed bool, err error) {
	if in.Quantity < 1 || in.Quantity > MaxQuantity {
		return o, false, fault.Broken("body.quantity", "out_of_range", fmt.Sprintf("数量须在 1 到 %d 之间。", MaxQuantity), fmt.Sprintf("The quantity lies between 1 and %d.", MaxQuantity))
	}
	return s.act(ctx, who, in.Once, func(tx *db.Tx) (model.Redemption, error) { return s.redeemTx(ctx, tx, who, in) })
}

// act does something to a redemption once by key and shows it.
func (s *Service) act(ctx context.Context, who actor.Actor, key once.Key, fn func(tx *db.Tx) (model.Redemption, error)) (o Order, replayed bool, err error) {
	var r model.Redemption
	err = s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		var done made
		done, replayed, err = once.Do(ctx, tx, who, key, func() (made, error) {
			r, err := fn(tx)
			return made{r.ID}, err
		})
		if err != nil {
			return err
		}
		r, err = model.RedemptionByID(ctx, tx, done.ID)
		return err
	})
	return s.order(r), replayed, err
}

func (s *Service) redeemTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewRedemption) (r model.Redemption, err error) {
	w, err := s.takeTx(ctx, tx, who, in)
	if err != nil {
		return r, err
	}
	if r, err = s.draw(w, in.Quantity, tx.Now); err != nil {
		return r, err
	}
	r.CustomerID = who.ID
	purse := ledger.Of(ledger.Points, who.ID)
	set, err := s.d.Ledger.LockTx(ctx, tx, purse)
	if err != nil {
		return r, err
	}
	paid, err := set.Spend(ctx, ledger.Spend{From: purse, Amount: r.Total, Cause: cause(r, who, ruleRedeem, "兑换")})
	if err != nil {
		return r, err
	}
	r.TransferID = paid.Transfer
	if err := model.AddRedemptionTx(ctx, tx, &r); err != nil {
		return r, err
	}
	if handed, err := s.handOutTx(ctx, tx, who, &r); err != nil || handed {
		return r, err
	}
	return r, tellTx(ctx, tx, r, model.Open)
}

// handOutTx makes coupons of a redemption of a reward that is one: with that it is used, and the news of the
// coupons stands for its own.
func (s *Service) handOutTx(ctx context.Context, tx *db.Tx, who actor.Actor, r *model.Redemption) (bool, error) {
	if r.Kind != model.Coupon || s.d.Coupons == nil {
		return false, nil
	}
	made, err := s.d.Coupons(ctx, tx, who, *r)
	if err != nil || !made {
		return false, err
	}
	r.State, r.UsedAt, r.DueAt, r.NoticeAt = model.Used, &tx.Now, nil, nil
	return true, model.SaveRedemptionTx(ctx, tx, r)
}

// takeTx takes the quantity from the reward's stock for a member who may have it. Rivals for a stock take
// turns at the reward, one member's orders at the member.
func (s *Service) takeTx(ctx context.Context, tx *db.Tx, who actor.Actor, in NewRedemption) (model.Reward, error) {
	w, err := model.ByID(ctx, tx, in.RewardID)
	if err == nil && w.Limited() {
		w, err = model.LockTx(ctx, tx, w.ID)
	}
	if err != nil {
		return w, err
	}
	member, err := membership.JoinTx(ctx, tx, who.ID)
	if err != nil {
		return w, err
	}
	c, err := s.candidate(ctx, tx, member, []model.Reward{w}, tx.Now)
	if err != nil {
		return w, err
	}
	if f := c.refusal(w, in.Quantity); f != nil {
		return w, f
	}
	if in.Price != nil && *in.Price != w.Price {
		return w, errPrice.At("reward.price", strconv.FormatInt(w.Price, 10), "现在所需积分。", "The price now.")
	}
	if !w.Limited() {
		return w, nil
	}
	if ok, err := model.MoveStockTx(ctx, tx, w.ID, -in.Quantity); err != nil || !ok {
		return w, fault.Or(err, errSoldOut)
	}
	return w, nil
}

// draw makes the order of a reward as the catalogue stands, under a code of its own.
func (s *Service) draw(w model.Reward, quantity int64, now time.Time) (model.Redemption, error) {
	code, err := crypt.Code(model.CodeKind, s.d.Entropy)
	if err != nil {
		return model.Redemption{}, err
	}
	today := s.today(now)
	until := today.Plus(w.UseDays + 1).Start(s.d.Zone)
	r := model.Redemption{
		ID: id.New(), RewardID: w.ID, Code: code, Kind: w.Kind, TitleZH: w.TitleZH, TitleEN: w.TitleEN, WorthFen: w.WorthFen,
		Price: w.Price, Quantity: quantity, Total: w.Price * quantity, Stocked: w.Limited(), LimitCount: w.LimitCount, LimitPeriod: w.Period(today),
		PointsBack: w.PointsBack, UseUntil: until.UnixMilli(), DueAt: new(until.UnixMilli()),
		CancelUntil: min(now.Add(time.Duration(w.CancelDays)*day).UnixMilli(), until.UnixMilli()),
	}
	if notice := until.Add(-noticeBefore); notice.After(now) {
		r.NoticeAt = new(notice.UnixMilli())
	}
	return r, nil
}

// cause says in the ledger why points move for a redemption.
func cause(r model.Redemption, who actor.Actor, rule, what string) ledger.Cause {
	return ledger.Cause{
		Source: r.Source(), Rule: rule, RefKind: model.RefKind, RefID: r.ID, By: who,
		Reason: fmt.Sprintf("%s“%s”×%d", what, r.TitleZH, r.Quantity),
	}
}

// tellTx owes the customer the news of where a redemption stands.
func tellTx(ctx context.Context, tx *db.Tx, r model.Redemption, as model.Standing) error {
	return outbox.AddTx(ctx, tx, membership.TopicRedeemed, membership.Redeemed{CustomerID: r.CustomerID, RedemptionID: r.ID, State: string(as)})
}

// Mine lists the customer's redemptions, newest first.
func (s *Service) Mine(ctx context.Context, who actor.Actor, p db.Page) ([]Order, db.Cursor, error) {
	rows, next, err := model.RedemptionsOf(ctx, s.d.DB, who.ID, p)
	orders := make([]Order, 0, len(rows))
	for _, r := range rows {
		orders = append(orders, s.order(r))
	}
	return orders, next, err
}

// My reads one of the customer's redemptions. Errors: not_found, for those of others too.
func (s *Service) My(ctx context.Context, who actor.Actor, redemption id.ID) (Order, error) {
	r, err := model.RedemptionOf(ctx, s.d.DB, who.ID, redemption)
	return s.order(r), err
}

// codeSide is how many pixels a code's picture has on a side.
const codeSide = 480

// MyCodePNG draws the code of one of the customer's redemptions as a QR code. Errors: not_found.
func (s *Service) MyCodePNG(ctx context.Context, who actor.Actor, redemption id.ID) ([]byte, error) {
	r, err := model.RedemptionOf(ctx, s.d.DB, who.ID, redemption)
	if err != nil {
		return nil, err
	}
	return qr.PNG(r.Code, codeSide)
}
