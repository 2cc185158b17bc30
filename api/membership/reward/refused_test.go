package reward_test

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
func kept(t *testing.T, w *apikit.World) (n [3]int64) {
	t.Helper()
	for i, table := range []string{"ledger_transfers", "redemptions", "coupons"} {
		require.NoError(t, w.App.DB.Conn(t.Context()).Table(table).Count(&n[i]).Error)
	}
	return n
}

func TestRedemptionsThatAreRefused(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		chief, anna, bob := w.Staff(t, actor.Management, identity.Store{}), w.Customer(t, "oAnna"), w.Customer(t, "oBob")
		give(t, w, anna, 1000)
		give(t, w, bob, 1000)
		now := w.Clock.Now()
		add := func(change map[string]any, publish bool) id.ID {
			body := map[string]any{"kind": "product", "title": "羊毛毯", "title_en": "Blanket", "price": 10, "stock": 5, "use_days": 30}
			maps.Copy(body, change)
			var made struct{ ID id.ID }
			w.Post(t, chief, "/v1/staff/rewards", body, "Idempotency-Key", id.New().String()).Is(201).Into(&made)
			if publish {
				w.Post(t, chief, "/v1/staff/rewards/"+made.ID.String()+"/publish", nil).Is(200)
			}
			return made.ID
		}
		fine, once := add(nil, true), add(map[string]any{"limit_count": 1, "limit_per": "ever"}, true)
		redeem := func(reward id.ID, change map[string]any) map[string]any {
			b := map[string]any{"reward_id": reward, "quantity": 1}
			maps.Copy(b, change)
			return b
		}
		var his, hers redemption
		w.Post(t, bob, "/v1/me/redemptions", redeem(fine, nil), "Idempotency-Key", "b").Is(201).Into(&his)
		w.Post(t, anna, "/v1/me/redemptions", redeem(once, nil), "Idempotency-Key", "a").Is(201).Into(&hers)
		before, mine := kept(t, w), "/v1/me/redemptions"
		cases := map[string]struct {
			path   string
			body   any
			status int
			fault  string
		}{
			"nothing for it":         {mine, redeem(fine, map[string]any{"price": 0}), 409, "reward.price_changed"},
			"none":                   {mine, redeem(fine, map[string]any{"quantity": 0}), 422, "input.invalid"},
			"less than none":         {mine, redeem(fine, map[string]any{"quantity": -1}), 422, "input.invalid"},
			"a billion":              {mine, redeem(fine, map[string]any{"quantity": billion}), 422, "input.invalid"},
			"without end":            {mine, redeem(fine, map[string]any{"quantity": endless}), 422, "input.invalid"},
			"a price below nothing":  {mine, redeem(fine, map[string]any{"price": -1}), 422, "input.invalid"},
			"another price":          {mine, redeem(fine, map[string]any{"price": 9}), 409, "reward.price_changed"},
			"more than there is":     {mine, redeem(fine, map[string]any{"quantity": 5}), 409, "reward.sold_out"},
			"a reward of nobody":     {mine, redeem(id.New(), nil), 404, "not_found"},
			"over the limit":         {mine, redeem(once, nil), 409, "reward.limit_reached"},
			"unpublished":            {mine, redeem(add(nil, false), nil), 409, "reward.unpublished"},
			"wrong level":            {mine, redeem(add(map[string]any{"levels": []string{"gold"}}, true), nil), 403, "reward.level_required"},
			"wrong title":            {mine, redeem(add(map[string]any{"titles": []string{"co_creator"}}, true), nil), 403, "reward.level_required"},
			"not begun":              {mine, redeem(add(map[string]any{"opens_at": now.Add(time.Hour)}, true), nil), 409, "reward.not_open"},
			"over":                   {mine, redeem(add(map[string]any{"closes_at": now.Add(time.Second)}, true), nil), 409, "reward.ended"},
			"too dear":               {mine, redeem(add(map[string]any{"price": 991}, true), nil), 409, "points.insufficient"},
			"another's to cancel":    {mine + "/" + his.ID.String() + "/cancel", nil, 404, "not_found"},
			"nobody's to cancel":     {mine + "/" + id.New().String() + "/cancel", nil, 404, "not_found"},
			"another's to be opened": {mine + "/" + his.Code + "/cancel", nil, 404, "not_found"},
		}
		w.Post(t, chief, "/v1/staff/rewards", map[string]any{"kind": "product", "title": "羊毛毯", "title_en": "Blanket", "price": 10, "use_days": 30, "closes_at": now}, "Idempotency-Key", "late").Fails(422, "input.invalid")
		w.Clock.Advance(time.Second)
		for name, c := range cases {
			w.Post(t, anna, c.path, c.body, "Idempotency-Key", "x-"+strings.ReplaceAll(name, " ", "-")).Fails(c.status, c.fault)
		}
		stock := apikit.Path("/v1/staff/rewards/%s/restock", fine)
		for _, n := range []any{0, billion + 1, -billion - 1, endless, -endless, 1.5} {
			w.Post(t, chief, stock, map[string]any{"amount": n, "reason": "到货"}, "Idempotency-Key", id.New().String()).Fails(422, "input.invalid")
		}
		require.Equal(t, before, kept(t, w))
		w.Clock.Advance(32 * 24 * time.Hour)
		manager := w.Staff(t, actor.StoreManager, w.Store(t))
		w.Post(t, manager, "/v1/staff/redemptions/"+hers.Code+"/use", nil).Fails(409, "redemption.lapsed")
		w.Post(t, manager, "/v1/staff/redemptions/E0000000000000/use", nil).Fails(404, "not_found")
		testkit.Books(t, w.App.DB)
	})
}

func TestWhatIsNamedExistsWhenItIsWritten(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		anna, chief := w.Customer(t, "oAnna"), w.Staff(t, actor.Management, identity.Store{})
		gift := func(change map[string]any) map[string]any {
			body := map[string]any{"kind": "gift", "title": "礼物", "title_en": "A gift", "price": 10, "use_days": 30}
			maps.Copy(body, change)
			return body
		}
		coupon := func(change map[string]any) map[string]any {
			body := map[string]any{"key": "ten", "name": "十元券", "name_en": "Ten yuan", "event": "staff", "enabled": true, "kind": "amount", "amount_fen": 1000, "scope": "all", "days": 30}
			maps.Copy(body, change)
			return body
		}
		at := w.Clock.Now().Add(time.Hour)
		for _, c := range []struct {
			path        string
			body        any
			place, code string
			says        string
		}{
			{"rewards", gift(map[string]any{"levels": []string{"gold", "diamond"}}), "body.levels[1]", "unknown_level", "bronze、silver、gold"},
			{"rewards", gift(map[string]any{"titles": []string{"nobody"}}), "body.titles[0]", "unknown_title", "co_creator"},
			{"rewards", gift(map[string]any{"early_levels": []string{"vip"}, "early_at": at, "opens_at": at.Add(time.Hour)}), "body.early_levels[0]", "unknown_level", "gold"},
			{"coupon-campaigns", coupon(map[string]any{"levels": []string{"vip"}}), "body.levels[0]", "unknown_level", "gold"},
			{"coupon-campaigns", coupon(map[string]any{"titles": []string{"nobody"}}), "body.titles[0]", "unknown_title", "referrer"},
			{"coupon-campaigns", coupon(map[string]any{"store_ids": []id.ID{id.New()}}), "body.store_ids[0]", "unknown_store", "门店"},
		} {
			var p struct {
				Errors []struct{ Location, Code, Message string }
			}
			w.Post(t, chief, "/v1/staff/"+c.path, c.body, "Idempotency-Key", id.New().String()).Is(422).Into(&p)
			require.Len(t, p.Errors, 1)
			require.Equal(t, []string{c.place, c.code}, []string{p.Errors[0].Location, p.Errors[0].Code})
			require.Contains(t, p.Errors[0].Message, c.says)
		}

		var made struct {
			ID      id.ID
			Version int64
		}
		w.Post(t, chief, "/v1/staff/rewards", gift(map[string]any{"levels": []string{"gold"}})).Is(201).Into(&made)
		w.Post(t, chief, apikit.Path("/v1/staff/rewards/%s/publish", made.ID), nil).Is(200)
		w.Post(t, chief, "/v1/staff/coupon-campaigns", coupon(map[string]any{"levels": []string{"gold"}}), "Idempotency-Key", "ten").Is(201)
		rule := map[string]any{
			"key": "golden", "name": "金卡积分", "name_en": "Golden points", "enabled": true, "event": "payment", "book": "points", "levels": []string{"gold"},
			"amount": map[string]any{"kind": "fixed", "units": 5}, "vest": map[string]any{"kind": "at_once"}, "life": "24m",
		}
		w.Post(t, chief, "/v1/staff/earning-rules", rule, "Idempotency-Key", "golden").Is(201)
		var presets struct{ Items []map[string]any }
		w.Get(t, chief, "/v1/staff/ladder/presets").Is(200).Into(&presets)
		next := presets.Items[1]
		delete(next, "key")
		delete(next, "name")
		delete(next, "name_en")
		for _, s := range next["steps"].([]any) {
			for _, b := range s.(map[string]any)["benefits"].([]any) {
				delete(b.(map[string]any), "words")
				delete(b.(map[string]any), "words_en")
			}
		}
		next["version"] = 1
		w.Do(t, chief, "PUT", "/v1/staff/ladder", next).Is(200)
		w.Get(t, anna, apikit.Path("/v1/rewards/%s", made.ID)).Is(200)
		w.Post(t, anna, "/v1/me/redemptions", map[string]any{"reward_id": made.ID, "quantity": 1}, "Idempotency-Key", "gone").Fails(403, "reward.level_required")
		w.Get(t, chief, apikit.Path("/v1/staff/rewards/%s", made.ID)).Is(200)

		off := coupon(map[string]any{"enabled": false, "version": 1})
		rule["enabled"], rule["version"] = false, 1
		delete(off, "key")
		delete(rule, "key")
		for path, body := range map[string]map[string]any{
			apikit.Path("/v1/staff/rewards/%s", made.ID): gift(map[string]any{"price": 20, "version": made.Version + 1}),
			"/v1/staff/coupon-campaigns/ten":             off,
			"/v1/staff/earning-rules/golden":             rule,
		} {
			body["levels"] = []string{"gold", "diamond"}
			w.Do(t, chief, "PUT", path, body).Fails(422, "input.invalid")
			body["levels"] = []string{"gold"}
			w.Do(t, chief, "PUT", path, body).Is(200) // what named a level that went can be changed
		}
	})
}
