package coupon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	model "guike/model/membership/coupon"
	earnings "guike/model/membership/earning"
)

const (
	// MaxCodes is how many coupons a bill takes at most.
	MaxCodes = 5
	// MaxParts is how many parts a bill has at most.
	MaxParts = 12
	// lateness is how many days after a member day its payments may be recorded.
	lateness = 7
	// offered is how many coupons a quote names that could be used.
	offered = 20

	maxFen = 1_000_000_000_000
)

// Bill is what a customer is to pay, and the codes of the coupons and member days with which. Parts say how
// much of it is for goods of a scope.
type Bill struct {
	CustomerID id.ID
	StoreID    id.ID
	AmountFen  int64
	PaidAt     time.Time
	Parts      []model.Part
	Codes      []string
}

// Check reads the fields that need no store, and brings codes into their one form. Errors: input.invalid.
func (b *Bill) Check() error {
	if len(b.Codes) > MaxCodes {
		return fault.Broken("body.coupon_codes", "too_many", fmt.Sprintf("一笔款项最多使用 %d 张券。", MaxCodes), fmt.Sprintf("A bill takes at most %d coupons.", MaxCodes))
	}
	codes := make([]string, 0, len(b.Codes))
	for i, typed := range b.Codes {
		code := normal(typed)
		if slices.Contains(codes, code) {
			return fault.Broken("body.coupon_codes["+strconv.Itoa(i)+"]", "repeated", "同一张券只能使用一次。", "A coupon is used once.")
		}
		codes = append(codes, code)
	}
	b.Codes = codes
	return b.checkParts()
}

func (b *Bill) checkParts() error {
	if len(b.Parts) > MaxParts {
		return fault.Broken("body.parts", "too_many", fmt.Sprintf("最多 %d 项。", MaxParts), fmt.Sprintf("There are at most %d.", MaxParts))
	}
	var sum int64
	for i, p := range b.Parts {
		at := "body.parts[" + strconv.Itoa(i) + "]"
		named := slices.ContainsFunc(b.Parts[:i], func(q model.Part) bool { return q.Scope == p.Scope })
		switch {
		case p.Scope == model.All || !slices.Contains(model.Scopes(), p.Scope):
			return fault.Broken(at+".scope", "unknown", "没有这种商品范围。", "There is no such scope of goods.")
		case named:
			return fault.Broken(at+".scope", "repeated", "同一范围只能出现一次。", "A scope appears once.")
		case p.AmountFen < 1 || p.AmountFen > maxFen:
			return fault.Broken(at+".amount_fen", "out_of_range", "金额须为正且不超出范围。", "The amount is positive and within range.")
		}
		if sum += p.AmountFen; sum > b.AmountFen {
			return fault.Broken(at+".amount_fen", "over_bill", "各范围金额合计超过应付金额。", "The parts are more than the bill.")
		}
	}
	return nil
}

// normal is the form in which codes are kept: that of a coupon, or the capitals of a campaign's.
func normal(typed string) string {
	if code, err := crypt.ParseCode(typed); err == nil && code[0] == model.CodeKind {
		return code
	}
	return strings.ToUpper(strings.TrimSpace(typed))
}

// Taken is what coupons take off a bill, and what each of them does.
type Taken struct {
	DiscountFen int64
	Uses        []model.Use
	coupons     []model.Coupon
	deals       map[string]model.Deal // with partners, by code
}

// Take works out what the codes of a checked bill take off it, reading only: each code is a coupon of the
// customer, open, or a member day of the payment's day. Errors: coupon.not_found, for other people's too, and
// why a code cannot be used, with its place among the codes.
func (s *Service) Take(ctx context.Context, r db.Reader, b Bill, now time.Time) (Taken, error) {
	var t Taken
	if len(b.Codes) == 0 {
		return t, nil
	}
	t.deals = map[string]model.Deal{}
	uses, offers := map[string]model.Use{}, make([]model.Offer, 0, len(b.Codes))
	for i, code := range b.Codes {
		o, err := s.offerOf(ctx, r, b, code, now)
		if err != nil {
			return Taken{}, placed(err, i)
		}
		if o.coupon != nil {
			t.coupons = append(t.coupons, *o.coupon)
		}
		if o.deal.Partner != "" {
			t.deals[o.offer.Key] = o.deal
		}
		offers, uses[o.offer.Key] = append(offers, o.offer), o.use
	}
	shares, err := model.Settle(b.AmountFen, b.Parts, offers)
	if err != nil {
		return Taken{}, unsettled(err, b.Codes)
	}
	for _, share := range shares {
		use := uses[share.Key]
		use.AmountFen = share.AmountFen
		t.Uses = append(t.Uses, use)
		t.DiscountFen += share.AmountFen
	}
	return t, nil
}

// placed says which code was refused.
func placed(err error, i int) error {
	f, ok := fault.Of(err)
	if !ok {
		return err
	}
	return f.At("body.coupon_codes["+strconv.Itoa(i)+"]", "refused", f.Text.ZH, f.Text.EN)
}

// unsettled says which code does not go with the bill, or with the others.
func unsettled(err error, codes []string) error {
	r, ok := errors.AsType[*model.Refusal](err)
	if !ok {
		return err
	}
	f := map[model.Why]*fault.Fault{
		model.NoMoney: errNotMoney, model.Repeated: errExcluded, model.Excluded: errExcluded,
		model.BelowFrom: errThreshold, model.OtherGood: errScope, model.Needless: errNeedless,
	}[r.Why]
	return placed(f, slices.Index(codes, r.Key))
}

// offering is what a code offers: coupon is nil for a member day.
type offering struct {
	offer  model.Offer
	use    model.Use
	deal   model.Deal
	coupon *model.Coupon
}

// offerOf is what one code takes off.
func (s *Service) offerOf(ctx context.Context, r db.Reader, b Bill, code string, now time.Time) (offering, error) {
	c, err := model.ByCode(ctx, r, code)
	switch {
	case err == nil && c.CustomerID != b.CustomerID:
		return offering{}, errUnknown
	case err == nil:
		use := model.Use{CouponID: c.ID, CampaignKey: c.CampaignKey, Code: c.Code, NameZH: c.NameZH, NameEN: c.NameEN}
		return offering{c.Offer(), use, model.Deal{Partner: c.Partner, BP: c.PartnerBP}, &c}, ended(c, now)
	case fault.Code(err) != "not_found":
		return offering{}, err
	}
	day, err := model.CampaignByCode(ctx, r, code)
	if fault.Code(err) == "not_found" || (err == nil && day.Event != model.MemberDay) {
		return offering{}, errUnknown
	}
	if err == nil {
		err = s.memberDay(ctx, r, b, day, now)
	}
	use := model.Use{CampaignKey: day.Key, Code: day.Code, NameZH: day.NameZH, NameEN: day.NameEN}
	return offering{offer: day.Offer(), use: use, deal: model.Deal{Partner: day.Partner, BP: day.PartnerBP}}, err
}

// memberDay refuses a member day that is none for the bill (G14): the day of the payment counts, seven days
// back at most.
func (s *Service) memberDay(ctx context.Context, r db.Reader, b Bill, c model.Campaign, now time.Time) error {
	p, err := s.person(ctx, r, b.CustomerID, b.StoreID, now)
	if err != nil {
		return err
	}
	if f := refuses(c, p, b.PaidAt); f != nil {
		return f
	}
	day := s.day(b.PaidAt)
	if !c.OnDay(day, earnings.Weekday(day)) || s.day(now).Since(day) > lateness {
		return errNotToday
	}
	return nil
}

// UseTx marks the coupons of a bill as used by its payment and keeps what each took off, and what of it a
// partner bears (G10). The member was locked before the bill was worked out, so nothing has changed since.
func (s *Service) UseTx(ctx context.Context, tx *db.Tx, who actor.Actor, payment id.ID, t Taken) error {
	for i := range t.coupons {
		c := &t.coupons[i]
		c.State, c.PaymentID, c.UsedAt, c.UsedBy, c.UsedName, c.StoreID = model.Used, payment, &tx.Now, who.ID, who.Name, who.StoreID
		c.DueAt, c.NoticeAt = nil, nil
		if err := model.SaveTx(ctx, tx, c); err != nil {
			return err
		}
		if err := tell(ctx, tx, *c, model.Used); err != nil {
			return err
		}
	}
	if err := model.AddUsesTx(ctx, tx, payment, t.Uses); err != nil {
		return err
	}
	charges := make([]model.Charge, 0, len(t.deals))
	for _, u := range t.Uses {
		if d, ok := t.deals[u.Code]; ok {
			charges = append(charges, d.Charge(u))
		}
	}
	return model.AddChargesTx(ctx, tx, charges)
}

// ReturnTx undoes what coupons have to do with a payment that was refunded whole: those that it used and that
// have not ended meanwhile can be used again, those that came from it are void unless they were used. The
// customer is locked before.
func (s *Service) ReturnTx(ctx context.Context, tx *db.Tx, who actor.Actor, payment id.ID) error {
	uses, err := model.UsesOf(ctx, tx, payment)
	if err != nil {
		return err
	}
	for _, u := range uses[payment] {
		if u.CouponID.IsZero() {
			continue
		}
		c, err := model.ByID(ctx, tx, u.CouponID)
		if err != nil {
			return err
		}
		if err := s.reopenTx(ctx, tx, c, payment); err != nil {
			return err
		}
	}
	if len(uses[payment]) > 0 {
		if err := model.ReturnUsesTx(ctx, tx, payment); err != nil {
			return err
		}
		if err := model.ReturnChargesTx(ctx, tx, payment); err != nil {
			return err
		}
	}
	return s.voidAllTx(ctx, tx, who, "付款已全额退回", func() ([]model.Coupon, error) { return model.From(ctx, tx, sourceOf(payment)) })
}

// reopenTx gives a coupon back that a payment used; one whose time is over meanwhile has lapsed.
func (s *Service) reopenTx(ctx context.Context, tx *db.Tx, c model.Coupon, payment id.ID) error {
	if c.State != model.Used || c.PaymentID != payment {
		return nil
	}
	c.State, c.PaymentID, c.UsedAt, c.UsedBy, c.UsedName, c.StoreID = model.Open, id.ID{}, nil, id.ID{}, "", id.ID{}
	c.Wait(tx.Now, noticeBefore)
	if c.StateAt(tx.Now) == model.Lapsed {
		c.State, c.EndedAt, c.DueAt, c.NoticeAt = model.Lapsed, &tx.Now, nil, nil
		return model.SaveTx(ctx, tx, &c)
	}
	if err := model.SaveTx(ctx, tx, &c); err != nil {
		return err
	}
	return tell(ctx, tx, c, model.Open)
}

// Usable is what a customer could use on a bill, and what it would take off alone; Why is the refusal that
// it would meet.
type Usable struct {
	Code             string
	NameZH, NameEN   string
	TermsZH, TermsEN string
	Day              bool // a member day
	AmountFen        int64
	Why              *fault.Fault
}

// Usables lists what a customer could use on a checked bill: their coupons, what ends first coming first, then
// the member days of the payment's day.
func (s *Service) Usables(ctx context.Context, r db.Reader, b Bill, now time.Time) ([]Usable, error) {
	coupons, err := model.Usable(ctx, r, b.CustomerID, now, offered)
	if err != nil {
		return nil, err
	}
	all := make([]Usable, 0, len(coupons))
	for _, c := range coupons {
		all = append(all, alone(b, c.Offer(), Usable{Code: c.Code, NameZH: c.NameZH, NameEN: c.NameEN, TermsZH: c.TermsZH, TermsEN: c.TermsEN}))
	}
	days, err := model.Campaigns(ctx, r, model.MemberDay)
	if err != nil {
		return nil, err
	}
	for _, c := range days {
		err := s.memberDay(ctx, r, b, c, now)
		if _, refused := fault.Of(err); refused {
			continue
		}
		if err != nil {
			return nil, err
		}
		zh, en := c.Terms()
		all = append(all, alone(b, c.Offer(), Usable{Code: c.Code, NameZH: c.NameZH, NameEN: c.NameEN, TermsZH: zh + "。", TermsEN: en + ".", Day: true}))
	}
	return all, nil
}

// alone says what an offer would take off by itself.
func alone(b Bill, o model.Offer, u Usable) Usable {
	shares, err := model.Settle(b.AmountFen, b.Parts, []model.Offer{o})
	if err != nil {
		u.Why, _ = fault.Of(unsettled(err, []string{o.Key}))
		return u
	}
	u.AmountFen = shares[0].AmountFen
	return u
}

// ReceivedDiffers says that the till took another amount to be received than what is.
func ReceivedDiffers(fen int64) error {
	return errDiffers.At("payment.received_fen", strconv.FormatInt(fen, 10), "应收金额(分)。", "What is to be received, in cents.")
}
