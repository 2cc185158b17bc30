package coupon_test

import (
	"encoding/csv"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/clock"
	"guike/model/identity"
	"guike/testkit"
	"guike/testkit/apikit"
)

func TestSettlementOfAPartner(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		h, boss := w.Home(t, "renovation", actor.StoreManager)
		chief, anna := w.Staff(t, actor.Management, identity.Store{}), h.Owner
		for field, wrong := range map[string]map[string]any{
			"body.partner":    {"partner_bp": 1},
			"body.partner_bp": {"partner": "海风家电", "partner_bp": 10_001},
		} {
			body := map[string]any{"key": "wrong", "name": "十元券", "name_en": "Ten yuan", "event": "code", "enabled": true, "code": "WRONG1", "days": 30, "kind": "amount", "amount_fen": 1000, "scope": "all"}
			maps.Copy(body, wrong)
			require.Contains(t, string(w.Post(t, chief, "/v1/staff/coupon-campaigns", body).Fails(422, "input.invalid").Body), field)
		}
		keep(t, w, chief, "SHARED", map[string]any{"name": "=1+1 券", "amount_fen": 10_01, "partner": "@海风家电", "partner_bp": 5000})
		var got card
		w.Post(t, anna, "/v1/me/coupons/claim", map[string]any{"code": "SHARED"}, "Idempotency-Key", "k").Is(201).Into(&got)
		var paid bill
		w.Post(t, boss, h.StaffPath("/payments"), map[string]any{"amount_fen": 100_00, "kind": "stage", "paid_at": w.Clock.Now(), "coupon_codes": []string{got.Code}}, "Idempotency-Key", "p").Is(201).Into(&paid)

		const at = "/v1/staff/coupon-settlement"
		var s struct {
			Used       int64
			OffFen     int64 `json:"off_fen"`
			PartnerFen int64 `json:"partner_fen"`
			OwnFen     int64 `json:"own_fen"`
			Items      []struct {
				Code       string
				PartnerFen int64 `json:"partner_fen"`
			}
			Campaigns []struct{ Key string }
		}
		w.Get(t, chief, at+"?partner=%40海风家电").Is(200).Into(&s)
		require.Equal(t, []int64{1, 10_01, 5_00, 5_01}, []int64{s.Used, s.OffFen, s.PartnerFen, s.OwnFen})
		require.Equal(t, got.Code, s.Items[0].Code)
		require.Equal(t, "shared", s.Campaigns[0].Key)
		for _, who := range []struct {
			apikit.Person
			told bool
		}{{chief, true}, {w.Staff(t, actor.DataOfficer, identity.Store{}), true}, {boss, false}, {w.Staff(t, actor.Sales, h.Shop), false}} {
			var one map[string]any
			w.Get(t, who.Person, "/v1/staff/coupon-campaigns/shared").Is(200).Into(&one)
			var list struct{ Items []map[string]any }
			w.Get(t, who.Person, "/v1/staff/coupon-campaigns?event=code").Is(200).Into(&list)
			require.Len(t, list.Items, 1)
			for _, seen := range []map[string]any{one, list.Items[0]} {
				require.Equal(t, "shared", seen["key"])
				for _, field := range []string{"partner", "partner_bp"} {
					require.Equal(t, who.told, seen[field] != nil, field)
				}
			}
			require.NotContains(t, list.Items[0], "shared", "of one campaign only")
			require.Equal(t, who.told, one["shared"] != nil)
			if who.told {
				require.EqualValues(t, 5_00, one["shared"].(map[string]any)["partner_fen"])
			}
		}

		w.Post(t, boss, apikit.Path("/v1/staff/payments/%s/refunds", paid.ID), map[string]any{"amount_fen": 100_00, "reason": "减项"}, "Idempotency-Key", "f").Is(201)
		today := clock.DayOf(w.Clock.Now(), testkit.Zone)
		require.Contains(t, string(w.Get(t, chief, at+".csv?partner=%40海风家电&to="+string(today)).Fails(422, "input.invalid").Body), "not_over")
		w.Clock.Advance(24*time.Hour + 10*time.Minute)
		boss, chief = w.SignIn(t, boss.Openid, apikit.Password), w.SignIn(t, chief.Openid, apikit.Password)
		answer := w.Get(t, chief, at+".csv?partner=%40海风家电").Is(200)
		text := string(answer.Body)
		require.True(t, strings.HasPrefix(text, "\ufeff"))
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
		require.NoError(t, err)
		require.Len(t, rows, 5)
		require.Equal(t, "'@海风家电", rows[0][1])
		require.Equal(t, []string{"使用", "'=1+1 券", got.Code, paid.ID.String(), "50%", "10.01", "5.00", "5.01"}, rows[2][1:])
		require.Equal(t, []string{"退回", "-10.01", "-5.00", "-5.01"}, append([]string{rows[3][1]}, rows[3][6:]...))
		require.Equal(t, []string{"", "合计", "", "", "", "", "0.00", "0.00", "0.00"}, rows[4])
		var audited int64
		require.NoError(t, w.App.DB.Conn(t.Context()).Table("audit_log").Where("action = ?", "coupon.settlement_exported").Count(&audited).Error)
		require.EqualValues(t, 1, audited)

		w.Get(t, boss, at+"?partner=x").Fails(403, "permission.denied")
		w.Get(t, chief, at+"?partner=x").Fails(404, "coupon_partner.not_found")
		w.Get(t, chief, at+".csv?partner=x").Fails(404, "coupon_partner.not_found")
		w.Get(t, chief, at).Fails(422, "input.invalid")
		w.Get(t, chief, at+"?partner=x&from=2027-02-01&to=2027-01-01").Fails(422, "input.invalid")
		testkit.Books(t, w.App.DB)
	})
}

func TestABundleThroughTheAPI(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		h, boss := w.Home(t, "renovation", actor.StoreManager)
		pay := func(key, scope string) (b bill) {
			w.Post(t, boss, h.StaffPath("/payments"), map[string]any{
				"amount_fen": 5_000_00, "kind": "stage", "paid_at": w.Clock.Now(), "external_no": key, "parts": []map[string]any{{"scope": scope, "amount_fen": 3_000_00}},
			}, "Idempotency-Key", key).Is(201).Into(&b)
			return b
		}
		cleanings := func(state string) (codes []string) {
			for _, c := range mine(t, w, h.Owner, "?state="+state) {
				if c.Name == "买家电送清洁一次" {
					codes = append(codes, c.Code)
				}
			}
			return codes
		}
		pay("p1", "kitchen")
		pay("p0", "appliance")
		require.Empty(t, cleanings("open"), "a kitchen is no appliance, and it is off until staff switch it on")
		w.Post(t, w.Staff(t, actor.Management, identity.Store{}), "/v1/staff/coupon-campaigns/appliance_cleaning/resume", nil).Is(200)
		bought := pay("p2", "appliance")
		pay("p2", "appliance")
		require.Len(t, cleanings("open"), 1, "once for a payment")
		w.Post(t, boss, h.StaffPath("/payments"), map[string]any{
			"amount_fen": 5_000_00, "kind": "stage", "paid_at": w.Clock.Now(), "external_no": "p1", "parts": []map[string]any{{"scope": "appliance", "amount_fen": 3_000_00}},
		}, "Idempotency-Key", "p1-again").Fails(409, "payment.external_no_taken")
		pay("p3", "appliance")
		require.Len(t, cleanings("open"), 1, "and for a project")
		w.Post(t, boss, apikit.Path("/v1/staff/payments/%s/refunds", bought.ID), map[string]any{"amount_fen": 5_000_00, "reason": "退货"}, "Idempotency-Key", "f").Is(201)
		require.Len(t, cleanings("void"), 1, "goes back with its payment")
		pay("p4", "appliance")
		kept := cleanings("open")
		require.Len(t, kept, 1, "then it is free again")
		w.Post(t, boss, "/v1/staff/coupons/"+kept[0]+"/use", nil, "Idempotency-Key", "u").Is(200)
		require.Empty(t, cleanings("open"))
		testkit.Books(t, w.App.DB)
	})
}
