package flow_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/model/db"
	coupons "guike/model/membership/coupon"
	projects "guike/model/project"
	"guike/service/membership/coupon"
	"guike/service/project/budget"
	"guike/testkit"
)

var errUndone = errors.New("undone")

func TestAPartnerBearsItsShare(t *testing.T) {
	t.Parallel()
	couponed(t, func(t *testing.T, w *purse) {
		p, chief := w.Begin(t, w.Boss, projects.Renovation), actor.Actor{Kind: actor.Staff, Role: actor.Management}
		shared := off(33_33)
		shared.Partner, shared.PartnerBP = " 海风家电 ", 5050
		campaign := w.campaign(t, shared)
		first, second := w.issueOf(t, w.Owner, campaign), w.issueOf(t, w.Owner, campaign)
		alone := w.issue(t, w.Owner, off(5_00))

		changed, err := w.coupons.Campaign(t.Context(), chief, campaign)
		require.NoError(t, err)
		changed.PartnerBP = 1
		_, _, err = w.coupons.ChangeCampaign(t.Context(), w.Boss, coupon.NewCampaign{Key: campaign, Version: 1, Enabled: true, Definition: changed.Definition})
		require.NoError(t, err)

		pay := func(codes ...string) (of budget.PaymentResult) {
			in := w.payment(p, 1000_00, "")
			in.Codes = codes
			r, _, err := w.value.RecordPayment(t.Context(), w.Boss, in)
			require.NoError(t, err)
			return r.PaymentResult
		}
		settled := func(from, to int) coupon.Settlement {
			today := clock.DayOf(w.Clock.Now(), testkit.Zone)
			s, err := w.coupons.Settlement(t.Context(), coupon.Period{Partner: "海风家电", From: today.Plus(from), To: today.Plus(to)}, db.Page{Limit: 10})
			require.NoError(t, err)
			return s
		}
		pay(first, alone)
		back := pay(second)
		s := settled(0, 0)
		require.Equal(t, coupons.Shared{Used: 2, OffFen: 66_66, PartnerFen: 2 * 16_83}, s.Shared, "50.5% of each as it was issued, rounded down")
		require.Len(t, s.Charges, 2, "the coupon without a partner is nobody's")

		w.Clock.Advance(24 * time.Hour)
		_, _, err = w.value.RecordRefund(t.Context(), w.Boss, budget.NewRefund{PaymentID: back.PaymentID, AmountFen: 100_00, Reason: "减项"})
		require.NoError(t, err)
		require.Equal(t, s.Shared, settled(-1, 0).Shared, "a part of a bill takes no coupon back")
		_, _, err = w.value.RecordRefund(t.Context(), w.Boss, budget.NewRefund{PaymentID: back.PaymentID, AmountFen: 866_67, Reason: "减项"})
		require.NoError(t, err)
		require.Equal(t, s.Shared, settled(-1, -1).Shared, "a day that was settled stays as it was")
		require.Equal(t, coupons.Shared{Returned: 1, OffFen: -33_33, PartnerFen: -16_83}, settled(0, 0).Shared)
		pay(second) // it can be used again
		all := settled(-1, 0)
		require.Equal(t, coupons.Shared{Used: 3, Returned: 1, OffFen: 66_66, PartnerFen: 2 * 16_83}, all.Shared)
		c, err := w.coupons.Campaign(t.Context(), chief, campaign)
		require.NoError(t, err)
		require.Equal(t, &all.Shared, c.Shared)

		_, err = w.coupons.Settlement(t.Context(), coupon.Period{Partner: "海风"}, db.Page{Limit: 10})
		testkit.Fails(t, err, "coupon_partner.not_found")

		today := clock.DayOf(w.Clock.Now(), testkit.Zone)
		export := func(to clock.Day) error {
			_, err := w.coupons.ExportSettlement(t.Context(), chief, coupon.Period{Partner: "海风家电", To: to})
			return err
		}
		require.NoError(t, export(""), "up to the last day that is over")
		testkit.Fails(t, export(today), "input.invalid", "query.to", "not_over")
		testkit.Fails(t, export(today.Plus(1)), "input.invalid", "query.to", "not_over")
		w.Clock.Advance(today.Plus(1).Start(testkit.Zone).Add(10*time.Minute - time.Millisecond).Sub(w.Clock.Now()))
		testkit.Fails(t, export(today), "input.invalid", "query.to", "not_over")
		w.Clock.Advance(time.Millisecond)
		require.NoError(t, export(today))
		testkit.Books(t, w.DB)
		for name, change := range map[string]string{
			"another part":      "UPDATE coupon_charges SET partner_fen = partner_fen + 1 WHERE returned = 0",
			"another amount":    "UPDATE coupon_charges SET off_fen = off_fen - 1 WHERE returned = 1",
			"a use without one": "DELETE FROM coupon_charges WHERE returned = 0",
			"one left behind":   "DELETE FROM coupon_charges WHERE returned = 1",
			"another share":     "UPDATE coupons SET partner_bp = 1",
		} {
			require.ErrorIs(t, w.DB.Tx(t.Context(), func(tx *db.Tx) error {
				require.NoError(t, tx.Conn(t.Context()).Exec(change).Error)
				found, err := coupons.Verify(t.Context(), tx)
				require.NoError(t, err)
				require.NotEmpty(t, found, name)
				return errUndone
			}), errUndone)
		}
	})
}
