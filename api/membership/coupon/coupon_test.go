package coupon_test

import (
	"context"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/ledger"
	"guike/testkit"
	"guike/testkit/apikit"
)

type card struct {
	ID       id.ID
	Code     string
	Name     string
	Kind     string
	Terms    string
	Why      string
	State    string
	Campaign string
	Reason   string
	UsedBy   string `json:"used_by"`
}

func mine(t *testing.T, w *apikit.World, who apikit.Person, query string) []card {
	t.Helper()
	var list struct{ Items []card }
	w.Get(t, who, "/v1/me/coupons"+query).Is(200).Into(&list)
	return list.Items
}

type bill struct {
	ID            id.ID
	AmountFen     int64 `json:"amount_fen"`
	DiscountFen   int64 `json:"discount_fen"`
	FundFen       int64 `json:"fund_fen"`
	ReceivedFen   int64 `json:"received_fen"`
	PointsPending int64 `json:"points_pending"`
	Discounts     []struct {
		Code      string
		AmountFen int64 `json:"amount_fen"`
	}
	Usable []struct {
		Code      string
		AmountFen int64 `json:"amount_fen"`
		Why       string
		MemberDay bool `json:"member_day"`
	}
}

func give(t *testing.T, w *apikit.World, who apikit.Person, book ledger.Book, amount int64) {
	t.Helper()
	purse := ledger.Of(book, who.ID)
	require.NoError(t, w.App.DB.Tx(t.Context(), func(tx *db.Tx) error {
		set, err := ledger.New(testkit.Zone).LockTx(t.Context(), tx, purse)
		if err != nil {
			return err
		}
		cause := ledger.Cause{Source: "gift:" + id.New().String(), Rule: "test", By: actor.Machine()}
		_, err = set.Award(context.WithoutCancel(t.Context()), ledger.Award{To: purse, Amount: amount, Life: ledger.TwoYears, Cause: cause})
		return err
	}))
}

func TestStoryOfACoupon(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		h, boss := w.Home(t, "renovation", actor.StoreManager)
		owner := h.Owner
		pay, now := h.StaffPath("/payments"), w.Clock.Now()
		body := func(more map[string]any) map[string]any {
			b := map[string]any{"amount_fen": 100_00, "kind": "stage", "paid_at": now}
			maps.Copy(b, more)
			return b
		}
		w.Post(t, boss, pay, body(nil), "Idempotency-Key", "p1").Is(201)
		had := mine(t, w, owner, "?state=open")
		var five card
		for _, c := range had {
			if c.Terms[:len("全场立减 5 元")] == "全场立减 5 元" {
				five = c
			}
		}
		require.Equal(t, "payment", five.Why)

		give(t, w, owner, ledger.Points, 100)
		var shop struct {
			Items []struct {
				ID   id.ID
				Kind string
			}
		}
		w.Get(t, owner, "/v1/rewards").Is(200).Into(&shop)
		for _, r := range shop.Items {
			if r.Kind == "coupon" {
				var made card
				w.Post(t, owner, "/v1/me/redemptions", map[string]any{"reward_id": r.ID, "quantity": 1}, "Idempotency-Key", "r1").Is(201).Into(&made)
				require.Equal(t, "used", made.State, "it has become a coupon")
			}
		}
		ten := mine(t, w, owner, "?state=open&limit=1")[0]
		require.Equal(t, "redemption", ten.Why)
		require.Contains(t, ten.Terms, "全场立减 10 元")

		give(t, w, owner, ledger.Fund, 20_00)
		asked := map[string]any{"coupon_codes": []string{ten.Code, five.Code}, "fund_fen": 20_00}
		var q, r bill
		w.Post(t, boss, h.StaffPath("/payments/quote"), body(asked)).Is(200).Into(&q)
		require.Equal(t, []int64{15_00, 20_00, 65_00}, []int64{q.DiscountFen, q.FundFen, q.ReceivedFen})
		require.Len(t, q.Usable, len(had)+1)
		asked["received_fen"] = 1
		w.Post(t, boss, pay, body(asked), "Idempotency-Key", "p2").Fails(409, "payment.received_differs")
		asked["received_fen"] = q.ReceivedFen
		w.Post(t, boss, pay, body(asked), "Idempotency-Key", "p3").Is(201).Into(&r)
		require.Equal(t, []int64{100_00, 15_00, 20_00, 65_00, 65}, []int64{r.AmountFen, r.DiscountFen, r.FundFen, r.ReceivedFen, r.PointsPending})
		require.Equal(t, ten.Code, r.Discounts[0].Code)
		require.Equal(t, "true", w.Post(t, boss, pay, body(asked), "Idempotency-Key", "p3").Is(201).Header.Get("Idempotency-Replayed"))
		w.Post(t, boss, pay, body(asked), "Idempotency-Key", "p4").Fails(409, "coupon.used")
		w.Post(t, boss, pay, body(map[string]any{"coupon_codes": []string{"Y0000000000000"}}), "Idempotency-Key", "p5").Fails(404, "coupon.not_found")
		for field, wrong := range map[string]any{"fund_fen": 100_01, "coupon_codes": []string{"1", "2", "3", "4", "5", "6"}, "parts": []map[string]any{{"scope": "kitchen", "amount_fen": 100_01}}} {
			w.Post(t, boss, pay, body(map[string]any{field: wrong}), "Idempotency-Key", "w-"+field).Fails(422, "input.invalid")
		}
		var budget struct {
			PaidFen int64 `json:"paid_fen"`
		}
		w.Get(t, owner, h.MyPath("/budget")).Is(200).Into(&budget)
		require.EqualValues(t, 200_00, budget.PaidFen, "the bill counts")
		var paid struct{ Items []bill }
		w.Get(t, owner, h.MyPath("/payments")).Is(200).Into(&paid)
		require.Len(t, paid.Items[0].Discounts, 2)
		w.Post(t, boss, apikit.Path("/v1/staff/payments/%s/refunds", r.ID), map[string]any{"amount_fen": 85_01, "reason": "减项"}, "Idempotency-Key", "f0").Fails(409, "payment.over_refunded")
		w.Post(t, boss, apikit.Path("/v1/staff/payments/%s/refunds", r.ID), map[string]any{"amount_fen": 85_00, "reason": "减项"}, "Idempotency-Key", "f1").Is(201)
		require.Empty(t, mine(t, w, owner, "?state=used"), "the whole payment went back")

		w.Settle(t)
		var inbox struct{ Items []struct{ Kind string } }
		w.Get(t, owner, "/v1/me/inbox?limit=100").Is(200).Into(&inbox)
		kinds := map[string]int{}
		for _, m := range inbox.Items {
			kinds[m.Kind]++
		}
		require.Equal(t, len(had)+3, kinds["coupon_open"], "two came back")
		require.Equal(t, 2, kinds["coupon_used"])
		testkit.Books(t, w.App.DB)
	})
}

func TestStaffAndTheirCoupons(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		h, boss := w.Home(t, "renovation", actor.StoreManager)
		chief := w.Staff(t, actor.Management, identity.Store{})
		anna := h.Owner
		campaign := map[string]any{
			"key": "fathers_day", "name": "父亲节清洁", "name_en": "A cleaning", "event": "code", "enabled": true, "code": "DAD2027", "kind": "service", "worth_fen": 10_000,
			"days": 30, "limit_count": 1, "limit_per": "ever", "budget_pieces": 10,
		}
		w.Post(t, boss, "/v1/staff/coupon-campaigns", campaign).Fails(403, "permission.denied")
		for field, wrong := range map[string]any{"name": "超值清洁", "kind": "cash", "code": "x", "days": 0, "scope": "all", "dates": []string{"2027-06-20"}, "key": "A B"} {
			bad := maps.Clone(campaign)
			bad[field] = wrong
			w.Post(t, chief, "/v1/staff/coupon-campaigns", bad).Fails(422, "input.invalid")
		}
		w.Post(t, chief, "/v1/staff/coupon-campaigns", campaign, "Idempotency-Key", "c1").Is(201)
		campaign["key"] = "another"
		w.Post(t, chief, "/v1/staff/coupon-campaigns", campaign).Fails(409, "coupon_campaign.exists")
		delete(campaign, "key")
		campaign["version"], campaign["budget_pieces"] = 7, 20
		w.Do(t, chief, "PUT", "/v1/staff/coupon-campaigns/fathers_day", campaign).Fails(409, "coupon_campaign.changed")
		campaign["version"] = 1
		w.Do(t, chief, "PUT", "/v1/staff/coupon-campaigns/fathers_day", campaign).Is(200)

		w.Post(t, anna, "/v1/me/coupons/claim", map[string]any{"code": "dad2027"}).Fails(400, "idempotency.required")
		var got card
		w.Post(t, anna, "/v1/me/coupons/claim", map[string]any{"code": "dad2027"}, "Idempotency-Key", "k1").Is(201).Into(&got)
		w.Post(t, anna, "/v1/me/coupons/claim", map[string]any{"code": "dad2027"}, "Idempotency-Key", "k2").Fails(409, "coupon_campaign.limit_reached")
		for i := range 10 {
			w.Post(t, anna, "/v1/me/coupons/claim", map[string]any{"code": "MOM2027"}, "Idempotency-Key", apikit.Path("g%d", i)).Fails(404, "coupon.not_found")
		}
		w.Post(t, anna, "/v1/me/coupons/claim", map[string]any{"code": "MOM2027"}, "Idempotency-Key", "g10").Fails(429, "coupon.too_many_guesses")

		code := "/v1/staff/coupons/" + got.Code
		w.Get(t, anna, code).Fails(401, "token.invalid")
		w.Get(t, boss, code).Is(200).Into(&got)
		require.Equal(t, "fathers_day", got.Campaign)
		w.Post(t, boss, code+"/use", nil, "Idempotency-Key", "u1").Is(200).Into(&got)
		require.Equal(t, []string{"used", "王小明"}, []string{got.State, got.UsedBy})
		w.Post(t, boss, code+"/use", nil, "Idempotency-Key", "u2").Fails(409, "coupon.used")
		w.Post(t, boss, code+"/void", map[string]any{"reason": "错发"}, "Idempotency-Key", "v0").Fails(409, "coupon.used")

		theirs := apikit.Path("/v1/staff/customers/%s/coupons", anna.ID)
		w.Post(t, boss, theirs, map[string]any{"campaign": "goodwill_50", "reason": "延误"}, "Idempotency-Key", "i1").Is(201).Into(&got)
		w.Post(t, boss, theirs, map[string]any{"campaign": "birthday_gift", "reason": "延误"}, "Idempotency-Key", "i2").Fails(409, "coupon_campaign.other_event")
		var list struct{ Items []card }
		w.Get(t, boss, theirs+"?state=open").Is(200).Into(&list)
		require.Len(t, list.Items, 1)
		var limits struct {
			MineFen int64 `json:"mine_fen"`
			UsedFen int64 `json:"used_fen"`
		}
		w.Get(t, boss, "/v1/staff/coupon-allowances").Is(200).Into(&limits)
		require.Equal(t, []int64{200_000, 5_000}, []int64{limits.MineFen, limits.UsedFen})
		w.Do(t, boss, "PUT", "/v1/staff/coupon-allowances", map[string]any{"allowances": map[string]any{"sales": 1}}).Fails(403, "permission.denied")
		w.Do(t, chief, "PUT", "/v1/staff/coupon-allowances", map[string]any{"allowances": map[string]any{"nobody": 1}}).Fails(422, "input.invalid")
		w.Do(t, chief, "PUT", "/v1/staff/coupon-allowances", map[string]any{"allowances": map[string]any{"store_manager": 5_000}}).Is(200)
		w.Post(t, boss, "/v1/staff/coupons/"+got.Code+"/void", map[string]any{"reason": "错发"}, "Idempotency-Key", "v1").Is(200).Into(&got)
		require.Equal(t, []string{"void", "错发"}, []string{got.State, got.Reason})

		var q struct{ ID id.ID }
		ask := map[string]any{"customer_id": anna.ID, "campaign": "win_back_20", "incident": "TS-1", "reason": "色差,已致歉"}
		w.Post(t, boss, "/v1/staff/coupon-requests", ask, "Idempotency-Key", "q1").Is(201).Into(&q)
		w.Post(t, boss, "/v1/staff/coupon-requests", ask, "Idempotency-Key", "q2").Fails(409, "coupon_request.incident_taken")
		decide := apikit.Path("/v1/staff/coupon-requests/%s/decision", q.ID)
		w.Post(t, boss, decide, map[string]any{"decision": "approve"}, "Idempotency-Key", "d1").Fails(403, "coupon_request.own")
		w.Post(t, chief, decide, map[string]any{"decision": "approve"}, "Idempotency-Key", "d2").Is(200)
		w.Post(t, chief, decide, map[string]any{"decision": "refuse"}, "Idempotency-Key", "d3").Fails(409, "coupon_request.decided")
		require.Equal(t, "win_back", mine(t, w, anna, "?state=open")[0].Why)
		w.Get(t, boss, "/v1/staff/coupon-requests?state=approved").Is(200)

		w.Post(t, chief, "/v1/staff/coupon-campaigns/fathers_day/stop", nil).Is(200)
		w.Post(t, w.Customer(t, "oBob"), "/v1/me/coupons/claim", map[string]any{"code": "DAD2027"}, "Idempotency-Key", "k3").Fails(409, "coupon_campaign.stopped")
		w.Post(t, chief, "/v1/staff/coupon-campaigns/fathers_day/resume", nil).Is(200)
		var all struct{ Items []struct{ Key string } }
		w.Get(t, boss, "/v1/staff/coupon-campaigns?event=code").Is(200).Into(&all)
		require.Len(t, all.Items, 1)
		w.Get(t, boss, "/v1/staff/coupon-campaigns/nothing").Fails(404, "not_found")
		testkit.Books(t, w.App.DB)
	})
}
