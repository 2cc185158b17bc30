package card_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/ledger"
	"guike/testkit"
	"guike/testkit/apikit"
)

type tillCode struct {
	Code      string
	ExpiresIn int64 `json:"expires_in"`
	QR        string
	Barcode   string
}

type memberCard struct {
	No        string
	NoGrouped string `json:"no_grouped"`
	Level     *struct{ Key, Name string }
	Titles    []struct{ Key string }
	Points    struct {
		Available, Pending int64
		NextExpiry         *struct{ Amount int64 } `json:"next_expiry"`
	}
	FundFen  struct{ Available int64 } `json:"fund_fen"`
	Benefits []struct{ Text, By string }
	Progress *struct {
		Percent int
		Text    string
	}
	Adviser *struct{ Name, Phone string }
}

func give(t *testing.T, w *apikit.World, who apikit.Person, points int64) {
	t.Helper()
	purse := ledger.Of(ledger.Points, who.ID)
	require.NoError(t, w.App.DB.Tx(t.Context(), func(tx *db.Tx) error {
		set, err := ledger.New(testkit.Zone).LockTx(t.Context(), tx, purse)
		if err != nil {
			return err
		}
		cause := ledger.Cause{Source: "gift:" + id.New().String(), Rule: "test", By: actor.Machine()}
		_, err = set.Award(t.Context(), ledger.Award{To: purse, Amount: points, Life: ledger.TwoYears, Cause: cause})
		return err
	}))
}

func TestStoryOfACard(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		shop := w.Store(t)
		anna, boss, sales := w.Customer(t, "oAnna"), w.Staff(t, actor.StoreManager, shop), w.Staff(t, actor.Sales, shop)
		give(t, w, anna, 120)
		var c memberCard
		first := w.Get(t, anna, "/v1/me/card").Is(200).Into(&c)
		require.Equal(t, c.No, strings.ReplaceAll(c.NoGrouped, " ", ""))
		require.EqualValues(t, 120, c.Points.Available)
		require.EqualValues(t, 120, c.Points.NextExpiry.Amount)
		require.Nil(t, c.Adviser)
		tag := first.Header.Get("ETag")
		w.Get(t, anna, "/v1/me/card", "If-None-Match", tag).Is(304)

		adviser := apikit.Path("/v1/staff/customers/%s/adviser", anna.ID)
		w.Do(t, sales, "PUT", adviser, map[string]any{"staff_id": sales.ID}).Fails(403, "permission.denied")
		w.Do(t, boss, "PUT", adviser, map[string]any{"staff_id": id.New()}).Fails(422, "input.invalid")
		w.Do(t, boss, "PUT", adviser, map[string]any{"staff_id": sales.ID}).Is(200)
		w.Get(t, sales, adviser).Is(200)
		w.Get(t, anna, "/v1/me/card", "If-None-Match", tag).Is(200).Into(&c)
		require.Equal(t, "王小明", c.Adviser.Name)
		w.Settle(t)
		require.Contains(t, string(w.Get(t, anna, "/v1/me/inbox").Is(200).Body), "专属顾问")
		require.Contains(t, string(w.Get(t, sales, "/v1/staff/inbox").Is(200).Body), "专属会员")

		var home struct{ ID id.ID }
		w.Post(t, sales, "/v1/staff/projects", map[string]any{
			"kind": "custom_furniture", "title": "滨江花园 全屋定制", "customer_id": anna.ID, "contract_amount_fen": 12_800_000, "planned_start": "2026-11-23",
			"home": map[string]any{"name": "滨江花园", "city": "杭州", "address": "江南大道 1 号 3-501", "area_m2": 98.5},
		}).Is(201).Into(&home)
		w.Post(t, boss, "/v1/staff/alerts", map[string]any{"level": 2, "reason": "供应商缺货", "project_id": home.ID}).Is(201)
		w.Post(t, sales, apikit.Path("/v1/staff/customers/%s/care-notes", anna.ID), map[string]any{"text": "喜欢靠窗的位置"}).Is(201)
		w.Do(t, anna, "PUT", "/v1/me/preferences", map[string]any{"preferences": []map[string]any{{"key": "style", "value": "原木"}}}).Is(200)

		var code tillCode
		w.Post(t, anna, "/v1/me/card/code", nil, "Idempotency-Key", "c1").Is(201).Into(&code)
		require.EqualValues(t, 60, code.ExpiresIn)
		require.Equal(t, code.Code, seen(t, code.QR))
		require.True(t, strings.HasPrefix(code.Barcode, "data:image/png;base64,"))
		var again tillCode
		replay := w.Post(t, anna, "/v1/me/card/code", nil, "Idempotency-Key", "c1").Is(201).Into(&again)
		require.Equal(t, "true", replay.Header.Get("Idempotency-Replayed"))
		require.Equal(t, code, again)

		w.Post(t, anna, "/v1/staff/cards/scan", map[string]any{"code": code.Code}).Fails(401, "token.invalid")
		w.Post(t, w.Staff(t, actor.Installer, shop), "/v1/staff/cards/scan", map[string]any{"code": code.Code}).Fails(403, "permission.denied")
		for _, body := range []map[string]any{{}, {"code": ""}, {"code": 7}, {"code": strings.Repeat("K", 65)}, {"code": code.Code, "more": 1}} {
			w.Post(t, sales, "/v1/staff/cards/scan", body).Fails(422, "input.invalid")
		}
		w.Post(t, sales, "/v1/staff/cards/scan", map[string]any{"code": "K0000000000000"}).Fails(404, "not_found")
		var v struct {
			Customer struct {
				ID     id.ID
				CardNo string `json:"card_no"`
			}
			Points      struct{ Available int64 }
			OpenCoupons *int `json:"open_coupons"`
			NeedsCare   bool `json:"needs_care"`
			Concerns    []struct{ Kind, Text string }
			Preferences []struct{ Value string }
			CareNotes   []struct{ Text, By string } `json:"care_notes"`
			Adviser     *struct{ Name string }
		}
		elsewhere := w.Staff(t, actor.Sales, w.Store(t))
		w.Post(t, elsewhere, "/v1/staff/cards/scan", map[string]any{"code": strings.ToLower(code.Code)}, "Idempotency-Key", "s1").Is(200).Into(&v)
		require.Equal(t, anna.ID, v.Customer.ID)
		require.Equal(t, c.No, v.Customer.CardNo)
		require.EqualValues(t, 120, v.Points.Available)
		require.NotNil(t, v.OpenCoupons)
		require.True(t, v.NeedsCare)
		require.Equal(t, "alert", v.Concerns[0].Kind)
		require.Equal(t, "原木", v.Preferences[0].Value)
		require.Equal(t, "喜欢靠窗的位置", v.CareNotes[0].Text)
		require.NotNil(t, v.Adviser)
		w.Post(t, elsewhere, "/v1/staff/cards/scan", map[string]any{"code": strings.ToLower(code.Code)}, "Idempotency-Key", "s1").Is(200)
		w.Post(t, sales, "/v1/staff/cards/scan", map[string]any{"code": code.Code}).Fails(409, "card_code.used")
		require.Equal(t, 1, strings.Count(string(w.Get(t, anna, "/v1/me/privacy/access-log").Is(200).Body), "customer.card_scanned"))

		w.Post(t, anna, "/v1/me/card/code", map[string]any{}).Is(201).Into(&code)
		w.Clock.Advance(time.Minute)
		w.Post(t, sales, "/v1/staff/cards/scan", map[string]any{"code": code.Code}).Fails(409, "card_code.expired")
		for range 10 {
			w.Post(t, anna, "/v1/me/card/code", nil).Is(201)
		}
		require.Equal(t, "60", w.Post(t, anna, "/v1/me/card/code", nil).Fails(429, "card_code.too_many").Header.Get("Retry-After"))

		var found struct{ Items []struct{ ID id.ID } }
		for _, no := range []string{c.No, strings.ReplaceAll(c.NoGrouped, " ", "%20")} {
			w.Get(t, sales, "/v1/staff/customers?card="+no).Is(200).Into(&found)
			require.Equal(t, anna.ID, found.Items[0].ID)
		}
		w.Get(t, sales, "/v1/staff/customers?card=6000000000000000").Is(200).Into(&found)
		require.Empty(t, found.Items)
		testkit.Books(t, w.App.DB)
	})
}

// seen is what a scanner reads off a data URI.
func seen(t *testing.T, uri string) string {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(uri, "data:image/png;base64,"))
	require.NoError(t, err)
	return testkit.ScanQR(t, raw)
}
