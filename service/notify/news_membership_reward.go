package notify

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/model/db"
	"guike/model/membership"
	"guike/model/membership/reward"
	"guike/model/notify"
	"guike/model/outbox"
)

// redeemed tells a customer where a redemption of theirs stands.
func (s *Service) redeemed(ctx context.Context, e outbox.Event) error {
	var in membership.Redeemed
	if err := e.Decode(&in); err != nil {
		return hopeless(err)
	}
	r, err := reward.RedemptionOf(ctx, s.d.DB, in.CustomerID, in.RedemptionID)
	if err != nil {
		return hopeless(err)
	}
	m := notify.Message{
		OwnerKind: actor.Customer, OwnerID: r.CustomerID, EventID: e.ID, Kind: "redemption_" + in.State, RefKind: reward.RefKind, RefID: r.ID,
	}
	m.Title, m.Body = redemptionWords(r, reward.Standing(in.State), s.d.Zone)
	return s.d.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := s.postTx(ctx, tx, m)
		return err
	})
}

func redemptionWords(r reward.Redemption, state reward.Standing, zone *time.Location) (title, body string) {
	what := fmt.Sprintf("“%s”×%d", r.TitleZH, r.Quantity)
	last := time.UnixMilli(r.UseUntil).Add(-time.Millisecond).In(zone).Format("2006年1月2日")
	back := ""
	if !r.RestoredID.IsZero() {
		back = fmt.Sprintf("%d 积分已退回原批次。", r.Total)
	}
	switch state {
	case reward.Used:
		return "兑换已核销", what + "已核销,感谢您的支持。"
	case reward.Cancelled:
		if r.Reason != "" {
			return "兑换已取消", what + "已取消:" + r.Reason + "。" + back
		}
		return "兑换已取消", what + "已取消。" + back
	case reward.Lapsing:
		return "兑换即将过期", what + "请在" + last + "前(含当日)使用,逾期失效。"
	case reward.Lapsed:
		return "兑换已过期", what + "未在有效期内使用,已失效。" + back
	}
	return "兑换成功", fmt.Sprintf("您已用 %d 积分兑换%s,请在%s前(含当日)凭兑换码使用。", r.Total, what, last)
}
