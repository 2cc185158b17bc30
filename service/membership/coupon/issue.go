package coupon

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/membership"
	model "guike/model/membership/coupon"
	earnings "guike/model/membership/earning"
	"guike/model/outbox"
	"guike/model/project/budget"
)

// grant is a coupon that is to be issued. A cause that a campaign has issued to the customer for gives none
// again; an empty one is of its own.
type grant struct {
	campaign model.Campaign
	to       person
	cause    string
	source   string
	project  id.ID
	contract int64
	worthFen int64 // of a coupon for points, else as the campaign says
	until    int64 // Unix milliseconds; 0 is as the campaign says
}

// grantTx issues a coupon to somebody whose membership is locked: audience, limit and budget are looked at,
// and the customer is told. first is false when it was issued before. Errors: the refusals of a campaign.
func (s *Service) grantTx(ctx context.Context, tx *db.Tx, who actor.Actor, g grant) (c model.Coupon, first bool, err error) {
	if g.cause != "" {
		known, ok, err := model.ByCause(ctx, tx, g.to.id, g.campaign.Key, g.cause)
		if err != nil || ok {
			return known, false, err
		}
	}
	if f := refuses(g.campaign, g.to, tx.Now); f != nil {
		return c, false, f
	}
	if err := s.withinLimit(ctx, tx, g); err != nil {
		return c, false, err
	}
	if c, err = s.draw(tx, who, g); err != nil {
		return c, false, err
	}
	if c.ValidUntil <= tx.Now.UnixMilli() {
		return c, false, errOver
	}
	ok, err := model.ReserveTx(ctx, tx, g.campaign.Key, c.WorthFen)
	if err != nil || !ok {
		return c, false, fault.Or(err, errSoldOut)
	}
	if err := model.AddTx(ctx, tx, &c); err != nil {
		return c, false, err
	}
	return c, true, tell(ctx, tx, c, model.Open)
}

func (s *Service) withinLimit(ctx context.Context, r db.Reader, g grant) error {
	if g.campaign.LimitCount == 0 {
		return nil
	}
	var since time.Time
	if g.campaign.LimitPer == model.Month {
		since = s.day(s.d.DB.Now()).First().Start(s.d.Zone)
	}
	had, err := model.CountOf(ctx, r, g.to.id, g.campaign.Key, since)
	if err == nil && had >= g.campaign.LimitCount {
		return errLimit
	}
	return err
}

func (s *Service) draw(tx *db.Tx, who actor.Actor, g grant) (model.Coupon, error) {
	if g.worthFen > 0 {
		g.campaign.AmountFen = g.worthFen
	}
	c := g.campaign.Draw(s.day(tx.Now), s.d.Zone, g.contract, g.until)
	code, err := crypt.Code(model.CodeKind, s.d.Entropy)
	if err != nil {
		return c, err
	}
	c.Code, c.CustomerID, c.Cause, c.Source, c.ProjectID = code, g.to.id, g.cause, g.source, g.project
	if c.Cause == "" {
		c.Cause = "coupon:" + c.ID.String()
	}
	if who.Kind == actor.Staff {
		c.IssuedBy, c.IssuedName = who.ID, who.Name
	}
	c.Wait(tx.Now, noticeBefore)
	return c, nil
}

// tell owes the customer the news of where a coupon stands.
func tell(ctx context.Context, tx *db.Tx, c model.Coupon, as model.State) error {
	return outbox.AddTx(ctx, tx, membership.TopicCouponReceived, membership.CouponReceived{CustomerID: c.CustomerID, CouponID: c.ID, State: string(as)})
}

// Paid is a payment that was recorded. AmountFen of the facts is what was received in money.
type Paid struct {
	earnings.Occasion
	CustomerID id.ID
	ProjectID  id.ID
	PaymentID  id.ID
}

// sourceOf names a payment as what a coupon came from.
func sourceOf(payment id.ID) string { return "payment:" + payment.String() }

// PaidTx issues what campaigns give for a payment (G8, G10), in the payment's transaction: exactly once for
// the customer, the project or the payment, as each campaign says, under any race. A campaign that is over,
// sold out or for others gives nothing. It locks the member, so it comes after the locks of the payment, and
// of the accounts.
func (s *Service) PaidTx(ctx context.Context, tx *db.Tx, who actor.Actor, o Paid) error {
	campaigns, err := model.Campaigns(ctx, tx, model.Payment)
	if err != nil || len(campaigns) == 0 {
		return err
	}
	c, err := identity.FindCustomer(ctx, tx, actor.Machine(), o.CustomerID)
	if err != nil {
		return err
	}
	if _, err := membership.JoinTx(ctx, tx, c.ID); err != nil {
		return err
	}
	p, err := s.person(ctx, tx, c.ID, o.StoreID, tx.Now)
	if err != nil {
		return err
	}
	before, err := budget.PaidBefore(ctx, tx, c.ID, o.PaymentID)
	if err != nil {
		return err
	}
	day := s.day(o.At)
	o.Level, o.Titles, o.Store, o.FirstPayment = p.level, p.titles, o.StoreID.String(), !before
	o.Weekday, o.BirthdayWeek = earnings.Weekday(day), earnings.InBirthdayWeek(c.Birthday, day)
	for _, campaign := range campaigns { // by key, so that rivals meet their budgets in one order
		if err := s.giveTx(ctx, tx, who, o, p, campaign); err != nil {
			return fmt.Errorf("issue by campaign %s: %w", campaign.Key, err)
		}
	}
	return nil
}

func (s *Service) giveTx(ctx context.Context, tx *db.Tx, who actor.Actor, o Paid, p person, campaign model.Campaign) error {
	holds, err := s.holds(campaign.Condition, o.Facts)
	if err != nil || !holds {
		return err
	}
	cause := map[string]string{model.PerProject: "project:" + o.ProjectID.String(), model.PerPayment: sourceOf(o.PaymentID)}[campaign.Per]
	if cause == "" {
		cause = "once"
	}
	_, _, err = s.grantTx(ctx, tx, who, grant{
		campaign: campaign, to: p, cause: cause, source: sourceOf(o.PaymentID), project: o.ProjectID, contract: o.ContractFen,
	})
	return quiet(err)
}

// quiet leaves out the refusals: what is issued by rule is issued to whoever may have it.
func quiet(err error) error {
	if _, refused := fault.Of(err); refused && fault.Code(err) != "store.unavailable" {
		return nil
	}
	return err
}

// voidTx ends an open coupon of somebody whose membership is locked. Its cause is free again, and so is what
// it took from the budget and from the allowance of who issued it.
func (s *Service) voidTx(ctx context.Context, tx *db.Tx, who actor.Actor, c *model.Coupon, reason string) error {
	c.State, c.EndedAt, c.EndedKind, c.EndedBy, c.Reason = model.Void, &tx.Now, string(who.Kind), who.ID, reason
	c.DueAt, c.NoticeAt, c.Cause = nil, nil, "void:"+c.ID.String()
	if err := model.SaveTx(ctx, tx, c); err != nil {
		return err
	}
	if c.Event == model.ByStaff {
		if err := model.ReturnAllowanceTx(ctx, tx, c.IssuedBy, month(s.day(c.CreatedAt)), c.WorthFen); err != nil {
			return err
		}
	}
	if err := model.UnreserveTx(ctx, tx, c.CampaignKey, c.WorthFen); err != nil {
		return err
	}
	return tell(ctx, tx, *c, model.Void)
}

func month(d clock.Day) string { return string(d[:7]) }

// voidAllTx voids coupons, in the order of their campaigns. Each coupon's customer is locked first; of several
// customers the lowest comes first.
func (s *Service) voidAllTx(ctx context.Context, tx *db.Tx, who actor.Actor, reason string, find func() ([]model.Coupon, error)) error {
	rows, err := find()
	if err != nil || len(rows) == 0 {
		return err
	}
	if _, err := membership.JoinTx(ctx, tx, rows[0].CustomerID); err != nil { // a source belongs to one customer
		return err
	}
	if rows, err = find(); err != nil { // as they are under the lock
		return err
	}
	for i := range rows {
		if rows[i].StateAt(tx.Now) != model.Open {
			continue
		}
		if err := s.voidTx(ctx, tx, who, &rows[i], reason); err != nil {
			return err
		}
	}
	return nil
}

// CancelledTx voids what rules issued for payments of a project whose contract was cancelled, as far as it is
// unused.
func (s *Service) CancelledTx(ctx context.Context, tx *db.Tx, who actor.Actor, project id.ID) error {
	return s.voidAllTx(ctx, tx, who, "合同已取消", func() ([]model.Coupon, error) { return model.OfProject(ctx, tx, project) })
}

// InheritTx brings the coupons of one record of a customer to another, since both are one person.
func (s *Service) InheritTx(ctx context.Context, tx *db.Tx, from, to id.ID) error {
	return model.ReassignTx(ctx, tx, from, to)
}
