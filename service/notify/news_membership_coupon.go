package notify

import (
	"context"
	"time"

	"guike/internal/actor"
	"guike/model/db"
	"guike/model/membership"
	"guike/model/membership/coupon"
	"guike/model/notify"
	"guike/model/outbox"
)

// couponMoved tells a customer of a coupon that came, that will end, that was used or taken away.
func (s *Service) couponMoved(ctx context.Context, e outbox.Event) error {
	var in membership.CouponReceived
	if err := e.Decode(&in); err != nil {
		return hopeless(err)
	}
	c, err := coupon.ByID(ctx, s.d.DB, in.CouponID)
	if err != nil {
		return hopeless(err)
	}
	m := notify.Message{OwnerKind: actor.Customer, OwnerID: c.CustomerID, EventID: e.ID, Kind: "coupon_" + in.State, RefKind: "coupon", RefID: c.ID}
	m.Title, m.Body = couponWords(c, coupon.State(in.State), s.d.Zone)
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := s.postTx(ctx, tx, m)
		return err
	})
}

func couponWords(c coupon.Coupon, state coupon.State, zone *time.Location) (title, body string) {
	what := "“" + c.NameZH + "”"
	switch state {
	case coupon.Used:
		return "优惠券已使用", what + "已使用,感谢您的支持。"
	case coupon.Void:
		return "优惠券已收回", what + "已收回:" + c.Reason + "。"
	case coupon.Ending:
		last := time.UnixMilli(c.ValidUntil).Add(-time.Millisecond).In(zone).Format("2006年1月2日")
		return "优惠券即将到期", what + "可使用至" + last + "(含当日),请及时使用。"
	}
	if c.Event == coupon.Birthday {
		return "生日快乐", "送您" + what + ":" + c.TermsZH
	}
	return "您收到一张优惠券", what + ":" + c.TermsZH
}
