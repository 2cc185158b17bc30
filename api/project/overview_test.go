package project_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/testkit/apikit"
)

// screen is the overview as a mini-program reads it.
type screen struct {
	Project struct {
		ID                id.ID
		Percent           int
		Stages            []map[string]any
		People            []map[string]any
		ContractAmountFen *int64         `json:"contract_amount_fen"`
		NextStep          map[string]any `json:"next_step"`
	}
	LastLog      *struct{ Body string } `json:"last_log"`
	NextDelivery *struct {
		Name, State string
		PromisedOn  string `json:"promised_on"`
	} `json:"next_delivery"`
	Changed []struct {
		Kind, Title string
		RefID       id.ID `json:"ref_id"`
	}
	Waiting []struct {
		Kind, Title string
		ID          id.ID
		Version     int64
		Until       string
	}
	Cost *struct {
		SignedFen int64 `json:"signed_fen"`
		PaidFen   int64 `json:"paid_fen"`
		OpenFen   int64 `json:"open_fen"`
	}
	Trust map[string]any
}

func TestOverviewAtTheAPI(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		store := w.Store(t)
		boss := w.Staff(t, actor.StoreManager, store)
		members := map[string]apikit.Person{"owner": w.Customer(t, "oOwner"), "family": w.Customer(t, "oFamily"), "guest": w.Customer(t, "oGuest")}
		var made struct {
			ID     id.ID
			HomeID id.ID `json:"home_id"`
		}
		w.Post(t, boss, "/v1/staff/projects", map[string]any{
			"kind": "custom_furniture", "title": "滨江花园 3 栋", "customer_id": members["owner"].ID, "contract_amount_fen": 12_800_000, "planned_start": "2026-11-23",
			"home": map[string]any{"name": "滨江花园", "city": "杭州", "address": "江南大道 1 号", "area_m2": 98.5},
		}).Is(201).Into(&made)
		require.NoError(t, w.App.DB.Tx(t.Context(), func(tx *db.Tx) error {
			for name, role := range map[string]identity.HomeRole{"family": identity.HomeFamily, "guest": identity.HomeGuest} {
				if err := identity.SetMemberTx(t.Context(), tx, identity.HomeMember{CustomerID: members[name].ID, HomeID: made.HomeID, Role: role, Since: tx.Now}); err != nil {
					return err
				}
			}
			return nil
		}))
		staff, mine := "/v1/staff/projects/"+made.ID.String(), "/v1/me/projects/"+made.ID.String()+"/overview"

		var empty map[string]any
		w.Get(t, members["owner"], mine).Is(200).Into(&empty)
		for _, absent := range []string{"last_log", "delay", "next_delivery"} {
			require.NotContains(t, empty, absent)
		}
		for _, list := range []string{"changed", "waiting"} {
			require.Equal(t, []any{}, empty[list], "an empty list is a list")
		}

		w.Post(t, boss, staff+"/stages/measure/start", nil).Is(200)
		photo := w.Upload(t, boss, "/v1/staff/files", apikit.Photo(t, 7))
		w.Post(t, boss, staff+"/daily-logs", map[string]any{"done_today": "复尺完成", "plan_tomorrow": "出图", "file_ids": []id.ID{photo}}).Is(201)
		w.Post(t, boss, staff+"/delivery-batches", map[string]any{"name": "衣柜", "promised_on": "2026-12-18", "items": []map[string]any{{"name": "衣柜", "quantity": 1}}}).Is(201)
		w.Post(t, boss, staff+"/payments", map[string]any{"amount_fen": 5_000_000, "kind": "deposit", "paid_at": w.Clock.Now()}, "Idempotency-Key", "p1").Is(201)
		var order struct{ ID id.ID }
		w.Post(t, members["family"], "/v1/me/projects/"+made.ID.String()+"/change-orders", map[string]any{"title": "加窗帘", "text": "客厅"}).Is(201).Into(&order)
		w.Post(t, boss, apikit.Path("/v1/staff/change-orders/%s/quote", order.ID), map[string]any{
			"lines": []map[string]any{{"text": "窗帘", "amount_fen": 100_000}}, "days": 0, "valid_until": "2026-11-30T00:00:00.000Z",
		}).Is(201)

		for name, who := range members {
			var o screen
			answer := w.Get(t, who, mine).Is(200).Into(&o)
			require.Equal(t, made.ID, o.Project.ID)
			require.Len(t, o.Project.Stages, 9)
			require.NotEmpty(t, o.Project.People)
			require.Contains(t, o.LastLog.Body, "复尺完成")
			require.Equal(t, "衣柜", o.NextDelivery.Name)
			require.Equal(t, "2026-12-18", o.NextDelivery.PromisedOn)
			require.Equal(t, "change_order_quoted", o.Changed[0].Kind)
			require.Equal(t, order.ID, o.Changed[0].RefID)
			require.Len(t, o.Waiting, 1)
			require.Equal(t, order.ID, o.Waiting[0].ID)
			require.EqualValues(t, 1, o.Waiting[0].Version)
			require.Equal(t, "2026-11-30T00:00:00Z", o.Waiting[0].Until[:19]+"Z")
			require.Len(t, o.Trust, 12)
			if name == "guest" {
				require.Nil(t, o.Cost)
				require.Nil(t, o.Project.ContractAmountFen)
				require.NotContains(t, string(answer.Body), "_fen")
			} else {
				require.EqualValues(t, 7_800_000, o.Cost.OpenFen)
			}
			tag := answer.Header.Get("ETag")
			require.NotEmpty(t, tag)
			same := w.Get(t, who, mine, "If-None-Match", tag).Is(304)
			require.Empty(t, same.Body)
		}

		before := w.Get(t, members["owner"], mine).Header.Get("ETag")
		w.Post(t, members["owner"], apikit.Path("/v1/me/change-orders/%s/decision", order.ID), map[string]any{"version": 1, "decision": "approve"}).Is(200)
		w.Get(t, members["owner"], mine, "If-None-Match", before).Is(200)

		w.Get(t, w.Customer(t, "oOutsider"), mine).Fails(404, "not_found")
		w.Get(t, members["owner"], "/v1/me/projects/"+id.New().String()+"/overview").Fails(404, "not_found")
		w.Get(t, apikit.Person{}, mine).Is(401)
		w.Get(t, boss, mine).Is(401)
	})
}
