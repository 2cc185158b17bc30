package delivery_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/audit"
	"guike/model/db"
	"guike/model/identity"
	"guike/testkit/apikit"
)

// site is a project of the home.
type site struct {
	*apikit.Home
	admin apikit.Person
}

func newSite(t *testing.T, w *apikit.World) site {
	t.Helper()
	home, _ := w.Home(t, "custom_furniture", actor.StoreManager)
	return site{Home: home, admin: w.Staff(t, actor.Admin, identity.Store{})}
}

func (s site) mine() string { return s.MyPath("/deliveries") }

func (s site) erp(rest string) string { return "/v1/open/erp/orders/" + s.No + rest }

// issued is a key as it is shown once, and as the bearer of requests.
type issued struct {
	ID     id.ID
	Secret string
	apikit.Person
}

func (s site) key(t *testing.T, form map[string]any) issued {
	t.Helper()
	var k issued
	s.Post(t, s.admin, "/v1/staff/api-keys", form).Is(201).Into(&k)
	k.Token = k.Secret
	return k
}

type deliveries struct {
	Production *struct {
		Status  string
		Percent *int
	}
	Batches []struct {
		ID         id.ID
		State      string
		PromisedOn string `json:"promised_on"`
		DaysLate   int    `json:"days_late"`
		ReceivedBy string `json:"received_by"`
		Items      []struct{ Missing int }
		Shipments  []struct {
			State  string
			Events []struct {
				ExternalID string `json:"external_id"`
			}
		}
		Reschedules []struct{ Reason string }
	}
	Shipments []struct{ State string }
}

func TestStoryOfADelivery(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		k := s.key(t, map[string]any{"name": "工厂 ERP", "scopes": []string{"erp.status", "erp.shipments"}})
		batch := map[string]any{"name": "衣柜与书柜", "promised_on": "2026-12-20", "priority": 1, "items": []any{map[string]any{"name": "主卧衣柜", "quantity": 2, "room": "主卧"}}}
		var made struct{ ID id.ID }
		w.Post(t, s.Boss, s.StaffPath("/delivery-batches"), batch, "Idempotency-Key", "b1").Is(201).Into(&made)
		again := w.Post(t, s.Boss, s.StaffPath("/delivery-batches"), batch, "Idempotency-Key", "b1").Is(201)
		require.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))
		batch["name"] = "配件"
		w.Post(t, s.Boss, s.StaffPath("/delivery-batches"), batch, "Idempotency-Key", "b1").Fails(409, "idempotency.mismatch")
		w.Post(t, s.Boss, s.StaffPath("/delivery-batches"), batch).Is(201)
		one := "/v1/staff/delivery-batches/" + made.ID.String()
		w.Do(t, s.Boss, "PUT", one, map[string]any{"promised_on": "2026-12-27", "reason": "五金晚到"}).Is(200)

		status := map[string]any{"event_id": "M1", "at": w.Clock.Now().Add(-time.Hour), "status": "in_production", "progress_percent": 45}
		first := w.Post(t, k.Person, s.erp("/status"), status).Is(200)
		replay := w.Post(t, k.Person, s.erp("/status"), status).Is(200)
		require.Equal(t, "true", replay.Header.Get("Idempotency-Replayed"))
		require.JSONEq(t, string(first.Body), string(replay.Body))
		status["status"] = "packed"
		w.Post(t, k.Person, s.erp("/status"), status).Fails(409, "erp.event_mismatch")
		w.Post(t, k.Person, s.erp("/shipments"), map[string]any{
			"event_id": "W1", "at": w.Clock.Now(), "batch": "1", "carrier": "顺丰", "tracking_no": "SF1001", "events": []any{
				map[string]any{"external_id": "a2", "at": w.Clock.Now().Add(-time.Minute), "status": "in_transit", "place": "佛山"},
				map[string]any{"external_id": "a1", "at": w.Clock.Now().Add(-time.Hour), "status": "picked_up"},
			},
		}).Is(200)

		var d deliveries
		seen := w.Get(t, s.Owner, s.mine()).Is(200).Into(&d)
		require.Equal(t, "in_production", d.Production.Status)
		require.Equal(t, 45, *d.Production.Percent)
		require.Len(t, d.Batches, 2)
		require.Equal(t, "shipped", d.Batches[1].State, "promised a week later than the other one")
		require.Equal(t, "五金晚到", d.Batches[1].Reschedules[0].Reason)
		require.Equal(t, "in_transit", d.Batches[1].Shipments[0].State)
		require.Equal(t, "a2", d.Batches[1].Shipments[0].Events[0].ExternalID, "newest first")
		w.Get(t, s.Owner, s.mine(), "If-None-Match", seen.Header.Get("ETag")).Is(304)

		photo := w.Upload(t, s.Owner, "/v1/me/files", apikit.Photo(t, 1))
		receive := apikit.Path("/v1/me/projects/%s/delivery-batches/%s/receive", s.Project, made.ID)
		receipt := map[string]any{"note": "一件磕碰", "file_ids": []id.ID{photo}, "shortages": []any{map[string]any{"item": 1, "missing": 1, "note": "门板磕碰"}}}
		w.Post(t, s.Outsider, receive, receipt).Fails(404, "not_found")
		w.Post(t, s.Owner, receive, receipt).Is(200)
		w.Post(t, s.Owner, receive, map[string]any{}).Fails(409, "delivery.state")
		w.Get(t, s.Owner, s.mine(), "If-None-Match", seen.Header.Get("ETag")).Is(200).Into(&d)
		require.Equal(t, "received", d.Batches[1].State)
		require.Equal(t, "customer", d.Batches[1].ReceivedBy)

		w.Settle(t)
		var inbox struct{ Items []struct{ Kind string } }
		w.Get(t, s.Owner, "/v1/me/inbox?limit=100").Is(200).Into(&inbox)
		kinds := map[string]int{}
		for _, i := range inbox.Items {
			kinds[i.Kind]++
		}
		require.Equal(t, 1, kinds["production"])
		require.Equal(t, 1, kinds["delivery"])
		require.Equal(t, 1, kinds["delivery_rescheduled"])
		require.Zero(t, kinds["delivery_planned"], "a promise is seen, not announced")
		var tasks struct{ Items []struct{ Kind string } }
		w.Get(t, s.Boss, "/v1/staff/tasks?kind=delivery_shortage").Is(200).Into(&tasks)
		require.Len(t, tasks.Items, 1)
		var told struct{ Items []struct{ Kind string } }
		w.Get(t, s.Boss, s.StaffPath("/erp-messages")).Is(200).Into(&told)
		require.Len(t, told.Items, 2)

		rows, _, err := audit.Of(t.Context(), w.App.DB, "project", s.Project, db.Page{Limit: 100})
		require.NoError(t, err)
		byKey := 0
		for _, r := range rows {
			if r.ActorKind == actor.Key && r.ActorID == k.ID {
				byKey++
			}
		}
		require.Equal(t, 3, byKey, "the status, the shipment, and the batch that it moved")
	})
}

// A pause moves what was promised, and what is owed ends with the stage or the project.
func TestDeliveriesFollowTheirProject(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		k := s.key(t, map[string]any{"name": "工厂 ERP", "scopes": []string{"erp.status"}})
		days := func(n int) {
			w.Clock.Advance(time.Duration(n) * 24 * time.Hour)
			s.Boss, s.Owner = w.SignIn(t, s.Boss.Openid, apikit.Password), w.Customer(t, s.Owner.Openid)
		}
		w.Post(t, s.Boss, s.StaffPath("/delivery-batches"), map[string]any{"name": "衣柜", "promised_on": "2026-11-25", "items": []any{map[string]any{"name": "衣柜", "quantity": 1}}}).Is(201)
		w.Post(t, s.Boss, s.StaffPath("/pause"), map[string]any{"reason": "客户出国"}).Is(200)
		days(5)
		w.Post(t, s.Boss, s.StaffPath("/resume"), nil).Is(200)
		var d deliveries
		w.Get(t, s.Owner, s.mine()).Is(200).Into(&d)
		require.Equal(t, "2026-11-30", d.Batches[0].PromisedOn)
		require.Zero(t, d.Batches[0].DaysLate, "the pause does not count as late")

		w.Post(t, k.Person, s.erp("/status"), map[string]any{"event_id": "M1", "at": w.Clock.Now(), "status": "ready"}).Is(200)
		w.Post(t, s.Boss, s.StaffPath("/phases"), map[string]any{"name": "书房", "amount_fen": 100, "deferred_until": "2026-12-05"}).Is(201)
		days(3)
		require.NoError(t, w.App.CatchUp(t.Context()))
		kinds := func() (open []string) {
			var tasks struct{ Items []struct{ Kind string } }
			w.Get(t, s.Boss, "/v1/staff/tasks?limit=100").Is(200).Into(&tasks)
			for _, task := range tasks.Items {
				if task.Kind == "erp_made" || task.Kind == "delivery_late" || task.Kind == "phase_due" {
					open = append(open, task.Kind)
				}
			}
			return open
		}
		require.ElementsMatch(t, []string{"erp_made", "delivery_late", "phase_due"}, kinds())
		w.Post(t, s.Boss, s.StaffPath("/cancel"), map[string]any{"reason": "客户退单"}).Is(200)
		require.Empty(t, kinds(), "nothing is owed to a cancelled project")
	})
}

func TestWhoMayReportToTheERPOperations(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		second := w.Second(t)
		body := func(event string) map[string]any {
			return map[string]any{"event_id": event, "at": w.Clock.Now(), "status": "accepted"}
		}
		w.Post(t, apikit.Person{}, s.erp("/status"), body("1")).Fails(401, "apikey.invalid")
		w.Post(t, s.Boss, s.erp("/status"), body("1")).Fails(401, "apikey.invalid")
		w.Post(t, s.Owner, s.erp("/status"), body("1")).Fails(401, "apikey.invalid")
		w.Get(t, apikit.Person{}, "/v1/open/nothing").Fails(401, "apikey.invalid")

		only := s.key(t, map[string]any{"name": "MES", "scopes": []string{"erp.status"}, "source": "mes", "expires_at": w.Clock.Now().Add(time.Hour)})
		w.Post(t, only.Person, s.erp("/shipments"), map[string]any{"event_id": "1", "at": w.Clock.Now(), "carrier": "顺丰", "tracking_no": "SF1001"}).Fails(403, "apikey.scope")
		w.Post(t, only.Person, s.erp("/status"), body("1")).Is(200)
		w.Post(t, only.Person, "/v1/open/erp/orders/G2026-0000000/status", body("2")).Fails(404, "not_found")
		w.Get(t, only.Person, "/v1/staff/projects").Fails(401, "token.invalid")
		w.Get(t, only.Person, "/v1/me/projects").Fails(401, "token.invalid")

		elsewhere := s.key(t, map[string]any{"name": "他店 ERP", "scopes": []string{"erp.status"}, "store_id": s.Store(t).ID})
		w.Post(t, elsewhere.Person, s.erp("/status"), body("3")).Fails(404, "not_found")
		here := s.key(t, map[string]any{"name": "本店 ERP", "scopes": []string{"erp.status"}, "store_id": s.Shop.ID})
		w.Post(t, here.Person, s.erp("/status"), body("4")).Is(200)
		second.Post(t, here.Person, s.erp("/status"), body("4")).Is(200)
		w.Post(t, s.admin, "/v1/staff/api-keys/"+here.ID.String()+"/revoke", nil).Is(200)
		second.Post(t, here.Person, s.erp("/status"), body("4")).Fails(401, "apikey.invalid")

		w.Clock.Advance(time.Hour)
		w.Post(t, only.Person, s.erp("/status"), body("5")).Fails(401, "apikey.invalid")
	})
}

func TestGuessedKeysEndForAWhile(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s, guess := newSite(t, w), apikit.Person{Token: "gk_guess"}
		for range 9 {
			w.Get(t, guess, "/v1/open/nothing").Fails(401, "apikey.invalid")
		}
		refused := w.Get(t, guess, s.erp("/status")).Fails(429, "apikey.locked")
		require.Equal(t, "900", refused.Header.Get("Retry-After"))
		w.Second(t).Get(t, guess, s.erp("/status")).Fails(429, "apikey.locked")
		good := s.key(t, map[string]any{"name": "ERP", "scopes": []string{"erp.status"}})
		w.Post(t, good.Person, s.erp("/status"), map[string]any{"event_id": "1", "at": w.Clock.Now(), "status": "accepted"}).Is(200)
		w.Clock.Advance(15 * time.Minute)
		w.Get(t, guess, "/v1/open/nothing").Fails(401, "apikey.invalid")
	})
}

func TestOnlyAdministratorsIssueKeys(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		form := map[string]any{"name": "ERP", "scopes": []string{"erp.status"}}
		w.Post(t, s.Boss, "/v1/staff/api-keys", form).Fails(403, "permission.denied")
		w.Get(t, s.Boss, "/v1/staff/api-keys").Fails(403, "permission.denied")
		first := w.Post(t, s.admin, "/v1/staff/api-keys", form, "Idempotency-Key", "k").Is(201)
		require.Contains(t, string(first.Body), `"secret":"gk_`)
		again := w.Post(t, s.admin, "/v1/staff/api-keys", form, "Idempotency-Key", "k").Is(201)
		require.NotContains(t, string(again.Body), "gk_", "shown once")
		list := w.Get(t, s.admin, "/v1/staff/api-keys").Is(200)
		require.NotContains(t, string(list.Body), "secret")
		form["scopes"] = []string{"everything"}
		w.Post(t, s.admin, "/v1/staff/api-keys", form).Fails(422, "input.invalid")
		form["scopes"] = []string{}
		w.Post(t, s.admin, "/v1/staff/api-keys", form).Fails(422, "input.invalid")
	})
}

func TestWhoMayDeliver(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		item := map[string]any{"name": "衣柜", "quantity": 1}
		batch := func(change func(map[string]any)) map[string]any {
			b := map[string]any{"name": "衣柜", "promised_on": "2026-12-20", "items": []any{item}}
			change(b)
			return b
		}
		same := func(map[string]any) {}
		w.Post(t, s.Stranger, s.StaffPath("/delivery-batches"), batch(same)).Fails(404, "not_found")
		w.Post(t, s.Owner, s.StaffPath("/delivery-batches"), batch(same)).Fails(401, "token.invalid")
		w.Get(t, s.Outsider, s.mine()).Fails(404, "not_found")
		w.Get(t, s.Stranger, s.StaffPath("/deliveries")).Fails(404, "not_found")
		for name, change := range map[string]func(map[string]any){
			"none of a thing":  func(b map[string]any) { b["items"] = []any{map[string]any{"name": "衣柜", "quantity": 0}} },
			"nothing":          func(b map[string]any) { b["items"] = []any{} },
			"before the order": func(b map[string]any) { b["promised_on"] = "2026-11-01" },
			"no day":           func(b map[string]any) { b["promised_on"] = "2026-13-01" },
			"half a wardrobe":  func(b map[string]any) { b["items"] = []any{map[string]any{"name": "衣柜", "quantity": 0.5}} },
			"a field too many": func(b map[string]any) { b["colour"] = "red" },
		} {
			a := w.Post(t, s.Boss, s.StaffPath("/delivery-batches"), batch(change))
			require.Equal(t, 422, a.Status, name)
		}
		var made struct{ ID id.ID }
		w.Post(t, s.Boss, s.StaffPath("/delivery-batches"), batch(same)).Is(201).Into(&made)
		w.Post(t, s.Boss, s.StaffPath("/delivery-batches"), batch(same)).Fails(409, "delivery.name_taken")
		one := "/v1/staff/delivery-batches/" + made.ID.String()
		w.Post(t, s.Boss, one+"/advance", map[string]any{"state": "planned"}).Fails(422, "input.invalid")
		w.Post(t, s.Boss, one+"/advance", map[string]any{"state": "in_production"}).Is(200)
		w.Post(t, s.Boss, one+"/receive", map[string]any{}).Fails(409, "delivery.state")
		var sent struct{ ID id.ID }
		w.Post(t, s.Boss, s.StaffPath("/shipments"), map[string]any{"carrier": "自有车辆", "tracking_no": "A-2026-0001"}).Is(201).Into(&sent)
		event := map[string]any{"at": w.Clock.Now(), "status": "delivered"}
		w.Post(t, s.Boss, "/v1/staff/shipments/"+sent.ID.String()+"/events", event, "Idempotency-Key", "e").Is(201)
		w.Post(t, s.Boss, "/v1/staff/shipments/"+sent.ID.String()+"/events", event, "Idempotency-Key", "e").Is(201)
		w.Post(t, s.Boss, "/v1/staff/shipments/"+sent.ID.String()+"/place", map[string]any{"batch_id": made.ID}).Is(200)
		w.Post(t, s.Stranger, "/v1/staff/shipments/"+sent.ID.String()+"/events", event).Fails(404, "not_found")
		var d deliveries
		w.Get(t, s.Boss, s.StaffPath("/deliveries")).Is(200).Into(&d)
		require.Equal(t, "arrived", d.Batches[0].State)
		require.Len(t, d.Batches[0].Shipments[0].Events, 1, "sent twice, entered once")
		w.Post(t, s.Boss, one+"/cancel", map[string]any{"reason": "x"}).Fails(409, "delivery.state")
		w.Post(t, s.Boss, one+"/receive", map[string]any{}).Is(200)
	})
}
