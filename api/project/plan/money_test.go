package plan_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/id"
	"guike/testkit/apikit"
)

// thirdParty lists a supervisor of another company, lets the owner choose them and the store confirm:
// the supervisor, signed in.
func (s site) thirdParty(t *testing.T) apikit.Person {
	t.Helper()
	var entry struct{ ID id.ID }
	s.Post(t, s.boss, "/v1/staff/supervisors", map[string]any{
		"name": "陈志远", "company": "正衡监理", "certificate": "31008821", "phone": "13800138000", "cities": []string{"杭州市"},
		"fee_fen": 300_000, "fee_per": "project", "active": true,
	}).Is(201).Into(&entry)
	s.Post(t, s.owner, s.my("/supervisor"), map[string]any{"supervisor_id": entry.ID}).Is(201)
	var made struct {
		SignIn struct {
			Username      string `json:"username"`
			FirstPassword string `json:"first_password"`
		} `json:"sign_in"`
	}
	s.Post(t, s.boss, s.staff("/supervisor/confirm"), map[string]any{}).Is(200).Into(&made)
	who := s.SignIn(t, made.SignIn.Username, made.SignIn.FirstPassword)
	s.Do(t, who, http.MethodPut, "/v1/staff/me/password", map[string]any{"old_password": made.SignIn.FirstPassword, "new_password": apikit.Password}).Is(204)
	return s.SignIn(t, made.SignIn.Username, apikit.Password)
}

func TestWhatIsGivenForADelayIsNotForEverybody(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		s.days(t, 5)
		s.pm, s.boss = s.again(t, s.pm), s.again(t, s.boss)
		s.owner, s.guest = w.Customer(t, s.owner.Openid), w.Customer(t, s.guest.Openid)
		require.NoError(t, w.App.CatchUp(t.Context()))
		var found struct{ Items []delay }
		w.Get(t, s.pm, s.staff("/delays")).Is(200).Into(&found)
		w.Post(t, s.pm, apikit.Path("/v1/staff/delays/%s/confirm", found.Items[0].ID), map[string]any{
			"reason": "客户楼下道路施工。", "new_end": "2026-12-01", "compensation_text": "赠送养护礼包",
		}).Is(200)
		w.Post(t, s.pm, s.staff("/phases"), map[string]any{"name": "次卧", "amount_fen": 2_800_000, "deferred_until": "2027-06-01"}).Is(201)
		third := s.thirdParty(t)

		for _, path := range []string{s.my("/overview"), s.my("/timeline"), s.my("/plan")} {
			require.Contains(t, string(w.Get(t, s.owner, path).Is(200).Body), "礼包", path)
			body := string(w.Get(t, s.guest, path).Is(200).Body)
			require.Contains(t, body, "道路施工", path)
			require.NotContains(t, body, "礼包", path)
			require.NotContains(t, body, "500.00", path)
		}
		require.NotContains(t, string(w.Get(t, s.owner, s.my("/overview")).Is(200).Body), "\u2063", "no marks for readers")
		for _, path := range []string{s.staff("/timeline"), s.staff("/plan"), s.staff("/delays"), s.staff("/phases")} {
			held := w.Get(t, s.pm, path).Is(200)
			require.Regexp(t, "礼包|2800000", string(held.Body), path)
			if path == s.staff("/delays") || path == s.staff("/phases") {
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
		w.Post(t, s.boss, s.staff("/change-orders"), map[string]any{"title": "加窗帘", "text": "客厅"}).Is(201).Into(&order)
		w.Post(t, s.boss, apikit.Path("/v1/staff/change-orders/%s/quote", order.ID), map[string]any{
			"lines": []map[string]any{{"text": "窗帘", "amount_fen": 100}}, "days": 0, "valid_until": "2026-11-30T00:00:00.000Z",
		}).Is(201)
		var now struct{ Waiting []struct{ Kind string } }
		w.Get(t, s.owner, s.my("/overview")).Is(200).Into(&now)
		require.Len(t, now.Waiting, 1)
		w.Post(t, s.boss, s.staff("/cancel"), map[string]any{"reason": "客户暂停装修"}).Is(200)
		w.Get(t, s.owner, s.my("/overview")).Is(200).Into(&now)
		require.Empty(t, now.Waiting)
	})
}
