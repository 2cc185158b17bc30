package reward_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/ledger"
	"guike/testkit"
	"guike/testkit/apikit"
)

type offer struct {
	ID         id.ID
	Kind       string
	Price      int64
	Stock      *int64
	Redeemable bool
	Photos     []struct{ URL string }
	Why        *struct {
		Code   string
		Text   string
		TextEN string `json:"text_en"`
	}
}

type redemption struct {
	ID     id.ID
	Code   string
	State  string
	Points int64
	Reason string
	UsedBy string `json:"used_by"`
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
		_, err = set.Award(context.WithoutCancel(t.Context()), ledger.Award{To: purse, Amount: points, Life: ledger.TwoYears, Cause: cause})
		return err
	}))
}

// catalogue reads it as somebody sees it, by price.
func catalogue(t *testing.T, w *apikit.World, who apikit.Person) (map[int64]offer, string) {
	t.Helper()
	var list struct{ Items []offer }
	answer := w.Get(t, who, "/v1/rewards").Is(200).Into(&list)
	by := map[int64]offer{}
	for _, o := range list.Items {
		by[o.Price] = o
	}
	return by, answer.Header.Get("ETag")
}

func TestStoryOfARedemption(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		anna, bob, shop := w.Customer(t, "oAnna"), w.Customer(t, "oBob"), w.Store(t)
		sales := w.Staff(t, actor.Sales, shop)
		seeded, tag := catalogue(t, w, anna)
		require.Equal(t, []string{"gift", "coupon", "product"}, []string{seeded[50].Kind, seeded[100].Kind, seeded[200].Kind})
		require.Equal(t, "points.insufficient", seeded[50].Why.Code)
		w.Get(t, anna, "/v1/rewards", "If-None-Match", tag).Is(304)
		give(t, w, anna, 120)
		w.Get(t, anna, "/v1/rewards", "If-None-Match", tag).Is(200)
		seen, _ := catalogue(t, w, anna)
		require.True(t, seen[50].Redeemable)
		require.Equal(t, "积分不足,还差 80 积分。", seen[200].Why.Text)

		body := map[string]any{"reward_id": seeded[50].ID, "quantity": 1, "price": 50}
		w.Post(t, anna, "/v1/me/redemptions", body).Fails(400, "idempotency.required")
		var made, again redemption
		w.Post(t, anna, "/v1/me/redemptions", body, "Idempotency-Key", "r1").Is(201).Into(&made)
		replay := w.Post(t, anna, "/v1/me/redemptions", body, "Idempotency-Key", "r1").Is(201).Into(&again)
		require.Equal(t, "true", replay.Header.Get("Idempotency-Replayed"))
		require.Equal(t, made, again)
		body["quantity"] = 2
		w.Post(t, anna, "/v1/me/redemptions", body, "Idempotency-Key", "r1").Fails(409, "idempotency.mismatch")
		for i, quantity := range []any{0, -1, 1_000_000_000, 1.5, "1", nil} {
			body["quantity"] = quantity
			w.Post(t, anna, "/v1/me/redemptions", body, "Idempotency-Key", apikit.Path("q%d", i)).Fails(422, "input.invalid")
		}
		w.Post(t, anna, "/v1/me/redemptions", map[string]any{"reward_id": seeded[100].ID, "quantity": 1}, "Idempotency-Key", "r2").Fails(409, "points.insufficient")

		one, code := "/v1/me/redemptions/"+made.ID.String(), "/v1/staff/redemptions/"+made.Code
		answer := w.Get(t, anna, one).Is(200)
		w.Get(t, anna, one, "If-None-Match", answer.Header.Get("ETag")).Is(304)
		require.Equal(t, "image/png", w.Get(t, anna, one+"/qr.png").Is(200).Header.Get("Content-Type"))
		for _, path := range []string{one, one + "/qr.png", "/v1/me/redemptions/" + id.New().String()} {
			w.Get(t, bob, path).Fails(404, "not_found")
		}
		w.Post(t, bob, one+"/cancel", nil, "Idempotency-Key", "c").Fails(404, "not_found")
		w.Get(t, bob, code).Fails(401, "token.invalid")

		w.Get(t, sales, "/v1/staff/redemptions/D0000000000000").Fails(404, "not_found")
		var look redemption
		w.Get(t, sales, code).Is(200).Into(&look)
		require.Equal(t, "open", look.State)
		w.Post(t, w.Staff(t, actor.Installer, shop), code+"/use", nil).Fails(403, "permission.denied")
		w.Post(t, sales, code+"/use", nil, "Idempotency-Key", "u1").Is(200).Into(&look)
		require.Equal(t, []string{"used", "王小明"}, []string{look.State, look.UsedBy})
		w.Post(t, sales, code+"/use", nil, "Idempotency-Key", "u1").Is(200)
		w.Post(t, sales, code+"/use", nil).Fails(409, "redemption.used")
		w.Post(t, anna, one+"/cancel", nil, "Idempotency-Key", "c1").Fails(409, "redemption.used")
		w.Get(t, anna, one, "If-None-Match", answer.Header.Get("ETag")).Is(200)

		w.Post(t, anna, "/v1/me/redemptions", map[string]any{"reward_id": seeded[50].ID, "quantity": 1}, "Idempotency-Key", "r3").Is(201).Into(&made)
		w.Post(t, sales, "/v1/staff/redemptions/"+made.Code+"/cancel", map[string]any{"reason": "缺货"}, "Idempotency-Key", "c").Fails(403, "permission.denied")
		boss := w.Staff(t, actor.StoreManager, shop)
		w.Post(t, boss, "/v1/staff/redemptions/"+made.Code+"/cancel", map[string]any{"reason": "门店缺货"}, "Idempotency-Key", "c").Is(200).Into(&look)
		require.Equal(t, []string{"cancelled", "门店缺货"}, []string{look.State, look.Reason})
		w.Post(t, boss, "/v1/staff/redemptions/"+made.Code+"/use", nil).Fails(409, "redemption.cancelled")
		now, _ := catalogue(t, w, anna)
		require.Equal(t, *seeded[50].Stock-1, *now[50].Stock)

		w.Settle(t)
		var inbox struct {
			Items []struct{ Kind, Title, Body string }
		}
		w.Get(t, anna, "/v1/me/inbox").Is(200).Into(&inbox)
		kinds := map[string]string{}
		for _, m := range inbox.Items {
			kinds[m.Kind] = m.Body
		}
		require.Contains(t, kinds, "redemption_open")
		require.Contains(t, kinds, "redemption_used")
		require.Equal(t, "“精美小礼品”×1已取消:门店缺货。50 积分已退回原批次。", kinds["redemption_cancelled"])
		testkit.Books(t, w.App.DB)
	})
}

func TestCatalogueOfStaff(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		anna, shop := w.Customer(t, "oAnna"), w.Store(t)
		chief, boss := w.Staff(t, actor.Management, identity.Store{}), w.Staff(t, actor.StoreManager, shop)
		photo := w.Upload(t, chief, "/v1/staff/files", apikit.Photo(t, 1))
		body := map[string]any{
			"kind": "product", "title": "羊毛毯", "title_en": "Blanket", "price": 300, "stock": 5, "use_days": 30, "limit_count": 1, "limit_per": "ever", "file_ids": []id.ID{photo},
		}
		var made struct {
			ID       id.ID
			Version  int64
			State    string
			Stock    int64
			Price    int64
			Restocks []struct {
				Amount int64
				Reason string
			}
		}
		w.Post(t, boss, "/v1/staff/rewards", body).Fails(403, "permission.denied")
		for field, wrong := range map[string]any{
			"price": 0, "stock": -1, "use_days": 0, "kind": "cash", "title": " ", "limit_per": "day", "worth_fen": 100, "levels": []string{"Gold!"}, "file_ids": []id.ID{photo, photo},
			"title_en": "\u202e05 yuan", "early_at": w.Clock.Now(), "closes_at": "2500-01-01T00:00:00Z",
		} {
			bad := maps.Clone(body)
			bad[field] = wrong
			w.Post(t, chief, "/v1/staff/rewards", bad).Fails(422, "input.invalid")
		}
		w.Post(t, chief, "/v1/staff/rewards", body, "Idempotency-Key", "a1").Is(201).Into(&made)
		require.Equal(t, "draft", made.State)
		one := "/v1/staff/rewards/" + made.ID.String()
		mine := "/v1/rewards/" + made.ID.String()
		w.Get(t, anna, mine).Fails(404, "not_found")
		w.Post(t, anna, "/v1/me/redemptions", map[string]any{"reward_id": made.ID, "quantity": 1}, "Idempotency-Key", "r0").Fails(409, "reward.unpublished")
		w.Post(t, chief, one+"/publish", nil).Is(200)
		var o offer
		w.Get(t, anna, mine).Is(200).Into(&o)
		require.Len(t, o.Photos, 1)

		delete(body, "stock")
		body["price"], body["version"] = 350, made.Version
		w.Do(t, chief, "PUT", one, body).Fails(409, "reward.changed")
		body["version"] = made.Version + 1
		w.Do(t, chief, "PUT", one, body).Is(200).Into(&made)
		require.Equal(t, []int64{350, 5}, []int64{made.Price, made.Stock})

		w.Post(t, chief, one+"/restock", map[string]any{"amount": 10, "reason": "到货"}).Fails(400, "idempotency.required")
		for range 2 {
			w.Post(t, chief, one+"/restock", map[string]any{"amount": 10, "reason": "到货"}, "Idempotency-Key", "s1").Is(201).Into(&made)
		}
		require.EqualValues(t, 15, made.Stock)
		w.Post(t, chief, one+"/restock", map[string]any{"amount": -16, "reason": "盘点"}, "Idempotency-Key", "s2").Fails(409, "reward.stock_short")
		w.Post(t, chief, one+"/restock", map[string]any{"amount": 0, "reason": "盘点"}, "Idempotency-Key", "s3").Fails(422, "input.invalid")
		w.Post(t, chief, one+"/restock", map[string]any{"amount": -1, "reason": "破损"}, "Idempotency-Key", "s4").Is(201)
		w.Get(t, boss, one).Is(200).Into(&made)
		require.EqualValues(t, 14, made.Stock)
		require.Equal(t, "破损", made.Restocks[0].Reason)
		seeds, _ := catalogue(t, w, anna)
		w.Post(t, chief, apikit.Path("/v1/staff/rewards/%s/restock", seeds[100].ID), map[string]any{"amount": 1, "reason": "到货"}, "Idempotency-Key", "s5").Fails(409, "reward.unlimited")

		w.Post(t, chief, one+"/withdraw", nil).Is(200)
		w.Get(t, anna, mine).Fails(404, "not_found")
		var list struct{ Items []struct{ ID id.ID } }
		w.Get(t, boss, "/v1/staff/rewards?state=withdrawn").Is(200).Into(&list)
		require.Len(t, list.Items, 1)
		w.Get(t, boss, "/v1/staff/rewards").Is(200).Into(&list)
		require.Len(t, list.Items, 4)
		w.Get(t, boss, "/v1/staff/rewards/"+id.New().String()).Fails(404, "not_found")
		testkit.Books(t, w.App.DB)
	})
}

// What nobody used lapses by the job, beside another instance that runs it too.
func TestJobsOfTwoInstancesLapseARedemptionOnce(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		other := w.Second(t)
		anna := w.Customer(t, "oAnna")
		give(t, w, anna, 50)
		gift, _ := catalogue(t, w, anna)
		var made redemption
		w.Post(t, anna, "/v1/me/redemptions", map[string]any{"reward_id": gift[50].ID, "quantity": 1}, "Idempotency-Key", "r").Is(201).Into(&made)
		w.Clock.Advance(61 * 24 * time.Hour)
		for _, err := range testkit.Together(
			func() error { return w.App.CatchUp(t.Context()) },
			func() error { return other.App.CatchUp(t.Context()) },
		) {
			require.NoError(t, err)
		}
		w.Settle(t)
		anna = w.Customer(t, "oAnna")
		w.Get(t, anna, "/v1/me/redemptions/"+made.ID.String()).Is(200).Into(&made)
		require.Equal(t, "lapsed", made.State)
		var inbox struct{ Items []struct{ Kind string } }
		w.Get(t, anna, "/v1/me/inbox").Is(200).Into(&inbox)
		var kinds []string
		for _, m := range inbox.Items {
			kinds = append(kinds, m.Kind)
		}
		require.ElementsMatch(t, []string{"redemption_open", "redemption_lapsed"}, kinds)
		testkit.Books(t, w.App.DB)
	})
}
