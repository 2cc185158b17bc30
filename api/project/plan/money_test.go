package plan_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/id"
	"guike/testkit/apikit"
)

func TestWhatIsGivenForADelayIsNotForEverybody(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		s.days(t, 5)
		s.pm, s.Boss = s.again(t, s.pm), s.again(t, s.Boss)
		s.Owner, s.Guest = w.Customer(t, s.Owner.Openid), w.Customer(t, s.Guest.Openid)
		require.NoError(t, w.App.CatchUp(t.Context()))
		var found struct{ Items []delay }
		w.Get(t, s.pm, s.StaffPath("/delays")).Is(200).Into(&found)
		w.Post(t, s.pm, apikit.Path("/v1/staff/delays/%s/confirm", found.Items[0].ID), map[string]any{
			"reason": "客户楼下道路施工。", "new_end": "2026-12-01", "compensation_text": "赠送养护礼包",
		}).Is(200)
		w.Post(t, s.pm, s.StaffPath("/phases"), map[string]any{"name": "次卧", "amount_fen": 2_800_000, "deferred_until": "2027-06-01"}).Is(201)
		third, _ := s.ThirdParty(t)

		for _, path := range []string{s.MyPath("/overview"), s.MyPath("/timeline"), s.MyPath("/plan")} {
			require.Contains(t, string(w.Get(t, s.Owner, path).Is(200).Body), "礼包", path)
			body := string(w.Get(t, s.Guest, path).Is(200).Body)
			require.Contains(t, body, "道路施工", path)
			require.NotContains(t, body, "礼包", path)
			require.NotContains(t, body, "500.00", path)
		}
		require.NotContains(t, string(w.Get(t, s.Owner, s.MyPath("/overview")).Is(200).Body), "\u2063", "no marks for readers")
		for _, path := range []string{s.StaffPath("/timeline"), s.StaffPath("/plan"), s.StaffPath("/delays"), s.StaffPath("/phases")} {
			held := w.Get(t, s.pm, path).Is(200)
			require.Regexp(t, "礼包|2800000", string(held.Body), path)
			if path == s.StaffPath("/delays") || path == s.StaffPath("/phases") {
				w.Get(t, third, path).Fails(403, "permission.denied")
				continue
			}
			body := string(w.Get(t, third, path).Is(200).Body)
			require.Contains(t, body, "道路施工", path)
			require.NotContains(t, body, "礼包", path)
			require.NotContains(t, body, "50000", path)
			require.NotContains(t, body, "2800000", path)
			require.NotContains(t, body, "500.00", path)
		}
	})
}

func TestNothingOfACancelledProjectWaits(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		var order struct{ ID id.ID }
		w.Post(t, s.Boss, s.StaffPath("/change-orders"), map[string]any{"title": "加窗帘", "text": "客厅"}).Is(201).Into(&order)
		w.Post(t, s.Boss, apikit.Path("/v1/staff/change-orders/%s/quote", order.ID), map[string]any{
			"lines": []map[string]any{{"text": "窗帘", "amount_fen": 100}}, "days": 0, "valid_until": "2026-11-30T00:00:00.000Z",
		}).Is(201)
		var now struct{ Waiting []struct{ Kind string } }
		w.Get(t, s.Owner, s.MyPath("/overview")).Is(200).Into(&now)
		require.Len(t, now.Waiting, 1)
		w.Post(t, s.Boss, s.StaffPath("/cancel"), map[string]any{"reason": "客户暂停装修"}).Is(200)
		w.Get(t, s.Owner, s.MyPath("/overview")).Is(200).Into(&now)
		require.Empty(t, now.Waiting)
	})
}
