package coupon_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/identity"
	"guike/testkit"
	"guike/testkit/apikit"
)

const (
	billion = int64(1_000_000_000)
	endless = billion * billion // more than any field takes
)

// kept counts what must not grow when something is refused.
func kept(t *testing.T, w *apikit.World) (n [4]int64) {
	t.Helper()
	for i, table := range []string{"ledger_transfers", "coupons", "payments", "payment_refunds"} {
		require.NoError(t, w.App.DB.Conn(t.Context()).Table(table).Count(&n[i]).Error)
	}
	return n
}

// keep adds a campaign for claims by its code, changed as it says.
func keep(t *testing.T, w *apikit.World, chief apikit.Person, code string, change map[string]any) {
	t.Helper()
	body := map[string]any{
		"key": strings.ToLower(code), "name": "十元券", "name_en": "Ten yuan", "event": "code", "enabled": true, "code": code, "kind": "amount", "amount_fen": 1000, "scope": "all", "days": 30,
	}
	maps.Copy(body, change)
	maps.DeleteFunc(body, func(_ string, v any) bool { return v == nil })
	w.Post(t, chief, "/v1/staff/coupon-campaigns", body).Is(201)
}

func TestNumbersOfACampaignThatAreRefused(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		chief := w.Staff(t, actor.Management, identity.Store{})
		kinds := map[string]map[string]any{
			"amount":  {"kind": "amount", "amount_fen": 1000, "scope": "all"},
			"percent": {"kind": "percent", "off_bp": 1000, "scope": "all"},
			"service": {"kind": "service", "worth_fen": 1000},
		}
		for _, c := range []struct {
			kind, field string
			wrong       []any
		}{
			{"amount", "amount_fen", []any{0, -1, billion, endless, 1.5, "1"}},
			{"amount", "threshold_fen", []any{-1, endless}},
			{"percent", "off_bp", []any{0, -1, 10_000, billion, endless}},
			{"percent", "cap_fen", []any{-1, billion, endless}},
			{"service", "worth_fen", []any{-1, billion, endless}},
			{"amount", "days", []any{0, -1, billion, endless}},
			{"amount", "budget_fen", []any{-1, 1, 999, endless}},
			{"amount", "off_bp", []any{1}},
			{"service", "amount_fen", []any{1}},
			{"amount", "budget_pieces", []any{-1, billion + 1, endless}},
			{"amount", "limit_count", []any{-1, billion, endless}},
		} {
			for _, n := range c.wrong {
				body := map[string]any{"key": "wrong", "name": "十元券", "name_en": "Ten yuan", "event": "code", "enabled": true, "code": "WRONG1", "days": 30}
				maps.Copy(body, kinds[c.kind])
				body[c.field] = n
				answer := w.Post(t, chief, "/v1/staff/coupon-campaigns", body)
				require.Equal(t, 422, answer.Status, "%s of %v", c.field, n)
			}
		}
		unused := map[string]any{"key": "wrong", "name": "十元券", "name_en": "Ten yuan", "event": "code", "enabled": true, "code": "WRONG1", "days": 30, "kind": "service", "amount_fen": 1}
		require.Contains(t, string(w.Post(t, chief, "/v1/staff/coupon-campaigns", unused).Fails(422, "input.invalid").Body), "needless")
		w.Get(t, chief, "/v1/staff/coupon-campaigns/wrong").Fails(404, "not_found")
		for _, fen := range []int64{-1, endless} {
			w.Do(t, chief, "PUT", "/v1/staff/coupon-allowances", map[string]any{"allowances": map[string]any{"sales": fen}}).Fails(422, "input.invalid")
		}
		require.Zero(t, kept(t, w)[1])
	})
}

func TestClaimsThatAreRefused(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		chief, anna, bob := w.Staff(t, actor.Management, identity.Store{}), w.Customer(t, "oAnna"), w.Customer(t, "oBob")
		now := w.Clock.Now()
		keep(t, w, chief, "FINE", map[string]any{"limit_count": 1, "limit_per": "ever"})
		keep(t, w, chief, "GOLD", map[string]any{"levels": []string{"gold"}})
		keep(t, w, chief, "TITLED", map[string]any{"titles": []string{"co_creator"}})
		keep(t, w, chief, "EARLY", map[string]any{"from": now.Add(time.Hour)})
		keep(t, w, chief, "LATE", map[string]any{"until": now.Add(-time.Hour)})
		keep(t, w, chief, "STOPPED", map[string]any{"enabled": false})
		keep(t, w, chief, "SOLD", map[string]any{"budget_pieces": 1})
		keep(t, w, chief, "BROKE", map[string]any{"budget_fen": 1999})
		var his card
		w.Post(t, bob, "/v1/me/coupons/claim", map[string]any{"code": "SOLD"}, "Idempotency-Key", "b").Is(201)
		w.Post(t, bob, "/v1/me/coupons/claim", map[string]any{"code": "BROKE"}, "Idempotency-Key", "d").Is(201)
		w.Post(t, bob, "/v1/me/coupons/claim", map[string]any{"code": "FINE"}, "Idempotency-Key", "c").Is(201).Into(&his)
		w.Post(t, anna, "/v1/me/coupons/claim", map[string]any{"code": "FINE"}, "Idempotency-Key", "f").Is(201)
		before := kept(t, w)
		for name, c := range map[string]struct {
			code   any
			status int
			fault  string
		}{
			"nothing":             {"", 422, "input.invalid"},
			"a number":            {billion, 422, "input.invalid"},
			"without end":         {strings.Repeat("A", 33), 422, "input.invalid"},
			"of nobody":           {"NOTHING", 404, "coupon.not_found"},
			"SQL":                 {"' OR 1=1 --", 404, "coupon.not_found"},
			"another's coupon":    {his.Code, 404, "coupon.not_found"},
			"had already":         {"FINE", 409, "coupon_campaign.limit_reached"},
			"wrong level":         {"GOLD", 403, "coupon_campaign.audience"},
			"wrong title":         {"TITLED", 403, "coupon_campaign.audience"},
			"not begun":           {"EARLY", 409, "coupon_campaign.not_open"},
			"over":                {"LATE", 409, "coupon_campaign.ended"},
			"stopped":             {"STOPPED", 409, "coupon_campaign.stopped"},
			"sold out":            {"SOLD", 409, "coupon_campaign.sold_out"},
			"more than its money": {"BROKE", 409, "coupon_campaign.sold_out"},
		} {
			w.Post(t, anna, "/v1/me/coupons/claim", map[string]any{"code": c.code}, "Idempotency-Key", "x-"+strings.ReplaceAll(name, " ", "-")).Fails(c.status, c.fault)
		}
		require.Equal(t, before, kept(t, w))
		testkit.Books(t, w.App.DB)
	})
}

func TestCouponsOfStaffThatAreRefused(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		h, boss := w.Home(t, "renovation", actor.StoreManager)
		chief, anna, bob := w.Staff(t, actor.Management, identity.Store{}), h.Owner, w.Customer(t, "oBob")
		keep(t, w, chief, "TENOFF", nil)
		keep(t, w, chief, "CLEANING", map[string]any{"kind": "service", "worth_fen": 1000, "amount_fen": nil, "scope": nil, "days": 1})
		var hers, his, gift card
		claim := func(who apikit.Person, code string, into *card) {
			w.Post(t, who, "/v1/me/coupons/claim", map[string]any{"code": code}, "Idempotency-Key", code).Is(201).Into(into)
		}
		claim(anna, "TENOFF", &hers)
		claim(bob, "TENOFF", &his)
		claim(anna, "CLEANING", &gift)
		w.Do(t, chief, "PUT", "/v1/staff/coupon-allowances", map[string]any{"allowances": map[string]any{"store_manager": 4_999}}).Is(200)
		pay := h.StaffPath("/payments")
		var paid bill
		w.Post(t, boss, pay, map[string]any{"amount_fen": 10_00, "kind": "stage", "paid_at": w.Clock.Now(), "coupon_codes": []string{hers.Code}}, "Idempotency-Key", "p").Is(201).Into(&paid)
		refunds, theirs := apikit.Path("/v1/staff/payments/%s/refunds", paid.ID), apikit.Path("/v1/staff/customers/%s/coupons", anna.ID)
		before := kept(t, w)
		money := func(change map[string]any) map[string]any {
			b := map[string]any{"amount_fen": 100_00, "kind": "stage", "paid_at": w.Clock.Now()}
			maps.Copy(b, change)
			return b
		}
		back := func(n any) map[string]any { return map[string]any{"amount_fen": n, "reason": "减项"} }
		give := func(campaign string) map[string]any { return map[string]any{"campaign": campaign, "reason": "延误"} }
		for name, c := range map[string]struct {
			path   string
			body   any
			status int
			fault  string
		}{
			"a bill of nothing":            {pay, money(map[string]any{"amount_fen": 0}), 422, "input.invalid"},
			"a bill below nothing":         {pay, money(map[string]any{"amount_fen": -1}), 422, "input.invalid"},
			"a bill without end":           {pay, money(map[string]any{"amount_fen": endless}), 422, "input.invalid"},
			"fund below nothing":           {pay, money(map[string]any{"fund_fen": -1}), 422, "input.invalid"},
			"fund without end":             {pay, money(map[string]any{"fund_fen": endless}), 422, "input.invalid"},
			"fund that is not there":       {pay, money(map[string]any{"fund_fen": 1}), 409, "fund.insufficient"},
			"received below nothing":       {pay, money(map[string]any{"received_fen": -1}), 422, "input.invalid"},
			"a part of nothing":            {pay, money(map[string]any{"parts": []map[string]any{{"scope": "kitchen", "amount_fen": 0}}}), 422, "input.invalid"},
			"another's coupon":             {pay, money(map[string]any{"coupon_codes": []string{his.Code}}), 404, "coupon.not_found"},
			"a coupon that was used":       {pay, money(map[string]any{"coupon_codes": []string{hers.Code}}), 409, "coupon.used"},
			"a service for money":          {pay, money(map[string]any{"coupon_codes": []string{gift.Code}}), 409, "coupon.not_money"},
			"a refund of nothing":          {refunds, back(0), 422, "input.invalid"},
			"a refund below nothing":       {refunds, back(-1), 422, "input.invalid"},
			"a refund of some of a coupon": {refunds, back(1), 409, "payment.over_refunded"},
			"a refund above the bill":      {refunds, back(10_01), 409, "payment.over_refunded"},
			"a refund of a billion":        {refunds, back(billion), 409, "payment.over_refunded"},
			"a refund without end":         {refunds, back(endless), 422, "input.invalid"},
			"a refund of no payment":       {apikit.Path("/v1/staff/payments/%s/refunds", id.New()), back(1), 404, "not_found"},
			"a campaign of nobody":         {theirs, give("nothing"), 404, "not_found"},
			"a campaign for claims":        {theirs, give("tenoff"), 409, "coupon_campaign.other_event"},
			"more than the month's":        {theirs, give("goodwill_50"), 409, "coupon.over_allowance"},
			"for nobody":                   {apikit.Path("/v1/staff/customers/%s/coupons", id.New()), give("goodwill_50"), 404, "not_found"},
			"money without a bill":         {"/v1/staff/coupons/" + his.Code + "/use", nil, 409, "coupon.at_payment_only"},
			"a code of nobody":             {"/v1/staff/coupons/Y0000000000000/use", nil, 404, "coupon.not_found"},
			"a code that is none":          {"/v1/staff/coupons/1/use", nil, 404, "coupon.not_found"},
			"a void without a reason":      {"/v1/staff/coupons/" + gift.Code + "/void", map[string]any{"reason": " "}, 422, "input.invalid"},
			"an incident without a name":   {"/v1/staff/coupon-requests", map[string]any{"customer_id": anna.ID, "campaign": "win_back_20", "incident": "", "reason": "致歉"}, 422, "input.invalid"},
			"a request for a gift":         {"/v1/staff/coupon-requests", map[string]any{"customer_id": anna.ID, "campaign": "goodwill_50", "incident": "TS-9", "reason": "致歉"}, 409, "coupon_campaign.other_event"},
		} {
			w.Post(t, boss, c.path, c.body, "Idempotency-Key", "x-"+strings.ReplaceAll(name, " ", "-")).Fails(c.status, c.fault)
		}
		require.Equal(t, before, kept(t, w))
		w.Clock.Advance(48 * time.Hour)
		late := w.SignIn(t, boss.Openid, apikit.Password)
		w.Post(t, late, "/v1/staff/coupons/"+gift.Code+"/use", nil, "Idempotency-Key", "late").Fails(409, "coupon.lapsed")
		w.Post(t, late, refunds, back(10_00), "Idempotency-Key", "back").Is(201)
		testkit.Books(t, w.App.DB)
	})
}
