package budget_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	projects "guike/model/project"
	"guike/testkit/apikit"
)

// site is a project of somebody who sells at the shop.
type site struct {
	*apikit.Home
	sales, installer apikit.Person
}

func newSite(t *testing.T, w *apikit.World) site {
	t.Helper()
	home, sales := w.Home(t, "custom_furniture", actor.Sales)
	return site{Home: home, sales: sales, installer: w.Staff(t, actor.Installer, home.Shop)}
}

type order struct {
	ID          id.ID
	State       string
	Version     int64
	AmountFen   int64 `json:"amount_fen"`
	ContractFen int64 `json:"contract_fen"`
	Lines       []struct{ Text string }
	Offers      []struct{ Version int64 }
}

type costs struct {
	AtSigning int64 `json:"contract_at_signing_fen"`
	Contract  int64 `json:"contract_fen"`
	Paid      int64 `json:"paid_fen"`
	Open      int64 `json:"open_fen"`
	Changes   []struct {
		AmountFen int64 `json:"amount_fen"`
	}
	Instalments []struct{ State string }
	NextDue     *struct{ Name string } `json:"next_due"`
}

func (s site) offer(fen int64, days int) map[string]any {
	return map[string]any{
		"lines": []map[string]any{{"text": "智能窗帘", "amount_fen": fen}}, "days": days,
		"valid_until": s.Clock.Now().Add(48 * time.Hour).Format(time.RFC3339Nano),
	}
}

func (s site) payment(fen int64) map[string]any {
	return map[string]any{"amount_fen": fen, "kind": "stage", "paid_at": s.Clock.Now().Format(time.RFC3339Nano)}
}

func TestChangeOrderFromWishToBudget(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		photo := w.Upload(t, s.Owner, "/v1/me/files", apikit.Photo(t, 1))
		wish := map[string]any{"title": "增加全屋智能", "text": "客厅加装", "file_ids": []id.ID{photo}}
		var asked, quoted, decided order
		w.Post(t, s.Owner, s.MyPath("/change-orders"), wish, "Idempotency-Key", "ask").Is(201).Into(&asked)
		again := w.Post(t, s.Owner, s.MyPath("/change-orders"), wish, "Idempotency-Key", "ask").Is(201)
		require.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))
		require.Equal(t, "asked", asked.State)

		about := "/v1/staff/change-orders/" + asked.ID.String()
		w.Post(t, s.sales, about+"/quote", s.offer(860_000, 3)).Is(201).Into(&quoted)
		require.EqualValues(t, 1, quoted.Version)
		require.EqualValues(t, 13_660_000, quoted.ContractFen, "what it would cost")
		require.Len(t, quoted.Offers, 1)

		decision := "/v1/me/change-orders/" + asked.ID.String() + "/decision"
		approve := map[string]any{"version": 1, "decision": "approve", "word": "同意"}
		w.Post(t, s.Family, decision, approve).Fails(403, "home.owner_only")
		w.Post(t, s.Outsider, decision, approve).Fails(404, "not_found")
		w.Post(t, s.Owner, decision, map[string]any{"version": 2, "decision": "approve"}).Fails(409, "change_order.changed")
		w.Post(t, s.Owner, decision, map[string]any{"version": 1, "decision": "perhaps"}).Fails(422, "input.invalid")
		w.Post(t, s.Owner, decision, approve, "Idempotency-Key", "tap").Is(200).Into(&decided)
		require.Equal(t, "approved", decided.State)
		w.Post(t, s.Owner, decision, approve, "Idempotency-Key", "tap").Is(200)
		refused := w.Post(t, s.Owner, decision, approve).Fails(409, "change_order.decided")
		var problem struct {
			Errors []struct{ Location, Code string }
		}
		refused.Into(&problem)
		require.Equal(t, "approved", problem.Errors[0].Code, "the current state comes with the refusal")

		w.Post(t, s.sales, s.StaffPath("/payments"), s.payment(3_000_000), "Idempotency-Key", "pay").Is(201)
		var b costs
		got := w.Get(t, s.Family, s.MyPath("/budget")).Is(200).Into(&b)
		require.Equal(t, []int64{12_800_000, 13_660_000, 3_000_000, 10_660_000}, []int64{b.AtSigning, b.Contract, b.Paid, b.Open})
		require.Len(t, b.Changes, 1)
		w.Get(t, s.Family, s.MyPath("/budget"), "If-None-Match", got.Header.Get("ETag")).Is(304)

		w.Settle(t)
		var inbox struct {
			Items []struct{ Kind, Title string }
		}
		w.Get(t, s.Guest, "/v1/me/inbox").Is(200).Into(&inbox)
		for _, m := range inbox.Items {
			require.NotContains(t, m.Title, "8600", "no amounts for guests")
		}
		require.Contains(t, string(w.Get(t, s.Owner, "/v1/me/inbox").Is(200).Body), "变更报价待确认")
	})
}

func TestWhoSeesMoney(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		var asked order
		w.Post(t, s.Family, s.MyPath("/change-orders"), map[string]any{"title": "a", "text": "b"}).Is(201).Into(&asked)
		w.Post(t, s.Guest, s.MyPath("/change-orders"), map[string]any{"title": "a", "text": "b"}).Fails(403, "home.family_only")
		for _, path := range []string{s.MyPath("/change-orders"), s.MyPath("/budget"), s.MyPath("/payments"), "/v1/me/change-orders/" + asked.ID.String()} {
			w.Get(t, s.Owner, path).Is(200)
			w.Get(t, s.Family, path).Is(200)
			w.Get(t, s.Guest, path).Fails(403, "home.family_only")
			w.Get(t, s.Outsider, path).Fails(404, "not_found")
			w.Get(t, apikit.Person{}, path).Is(401)
		}
		for _, path := range []string{s.StaffPath("/change-orders"), s.StaffPath("/budget"), s.StaffPath("/payments"), "/v1/staff/change-orders/" + asked.ID.String()} {
			w.Get(t, s.sales, path).Is(200)
			w.Get(t, s.Stranger, path).Fails(404, "not_found")
			w.Get(t, s.installer, path).Fails(404, "not_found") // not of this project
			w.Get(t, s.Owner, path).Is(401)
		}
		w.Post(t, s.installer, s.StaffPath("/payments"), s.payment(1), "Idempotency-Key", "k").Fails(403, "permission.denied")
		w.Post(t, s.installer, "/v1/staff/change-orders/"+asked.ID.String()+"/quote", s.offer(1, 0)).Fails(403, "permission.denied")
		w.Post(t, s.Stranger, s.StaffPath("/payments"), s.payment(1), "Idempotency-Key", "k").Fails(404, "not_found")
		w.Post(t, s.Stranger, "/v1/staff/change-orders/"+asked.ID.String()+"/quote", s.offer(1, 0)).Fails(404, "not_found")
		w.Post(t, s.Stranger, "/v1/staff/change-orders/"+asked.ID.String()+"/withdraw", nil).Fails(404, "not_found")
		w.Post(t, s.sales, "/v1/staff/change-orders/"+asked.ID.String()+"/withdraw", nil).Is(200)
	})
}

// The contract party counts as an owner for the money of the project, in every room, though they be a
// guest of the home; of another project of the same home they stay one.
func TestContractPartySeesMoneyAsAGuest(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		w.Post(t, s.Boss, s.StaffPath("/phases"), map[string]any{"name": "后期", "amount_fen": 100}).Is(201)
		reads := []string{s.MyPath(""), s.MyPath("/overview"), s.MyPath("/phases")}
		money := func(who apikit.Person) (shown []bool) {
			for _, path := range reads {
				text := string(w.Get(t, who, path).Is(200).Body)
				shown = append(shown, strings.Contains(text, "_fen\":"))
			}
			return shown
		}
		require.Equal(t, []bool{true, true, true}, money(s.Owner))
		require.Equal(t, []bool{false, false, false}, money(s.Guest))
		w.Get(t, s.Guest, s.MyPath("/budget")).Fails(403, "home.family_only")

		require.NoError(t, w.App.DB.Tx(t.Context(), func(tx *db.Tx) error { return projects.ReassignCustomerTx(t.Context(), tx, s.Owner.ID, s.Guest.ID) }))
		require.Equal(t, []bool{true, true, true}, money(s.Guest))
		require.Equal(t, []bool{true, true, true}, money(s.Owner), "the owner of the home still does")
		var asked order
		w.Post(t, s.Guest, s.MyPath("/change-orders"), map[string]any{"title": "a", "text": "b"}).Is(201).Into(&asked)
		w.Post(t, s.sales, "/v1/staff/change-orders/"+asked.ID.String()+"/quote", s.offer(100, 0)).Is(201)
		for _, path := range []string{s.MyPath("/change-orders"), s.MyPath("/budget"), s.MyPath("/payments"), "/v1/me/change-orders/" + asked.ID.String()} {
			w.Get(t, s.Guest, path).Is(200)
		}
		w.Post(t, s.Guest, "/v1/me/change-orders/"+asked.ID.String()+"/decision", map[string]any{"version": 1, "decision": "approve"}).Is(200)
	})
}

func TestMoneyThatIsRecorded(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		pay := s.payment(3_000_000)
		pay["external_no"] = "SK-1"
		w.Post(t, s.sales, s.StaffPath("/payments"), pay).Fails(400, "idempotency.required")
		var made map[string]any
		w.Post(t, s.sales, s.StaffPath("/payments"), pay, "Idempotency-Key", "1").Is(201).Into(&made)
		require.EqualValues(t, 0, made["points_awarded"])
		require.EqualValues(t, 30_000, made["points_pending"])
		var known map[string]any
		w.Post(t, s.sales, s.StaffPath("/payments"), pay, "Idempotency-Key", "2").Is(201).Into(&known)
		require.Equal(t, made["id"], known["id"], "the same number is the same money")
		require.EqualValues(t, 30_000, known["points_pending"], "and gives nothing again")
		for field, wrong := range map[string]any{
			"amount_fen": -1, "kind": "gift", "paid_at": s.Clock.Now().Add(6 * time.Minute).Format(time.RFC3339Nano),
			"external_no": "SK 1", "coupon_codes": "C1", "fund_fen": 101, "note": 5,
		} {
			bad := s.payment(100)
			bad[field] = wrong
			w.Post(t, s.sales, s.StaffPath("/payments"), bad, "Idempotency-Key", "bad").Fails(422, "input.invalid")
		}
		pay["amount_fen"] = 1
		w.Post(t, s.sales, s.StaffPath("/payments"), pay, "Idempotency-Key", "3").Fails(409, "payment.external_no_taken")

		refunds := "/v1/staff/payments/" + made["id"].(string) + "/refunds"
		w.Post(t, s.sales, refunds, map[string]any{"amount_fen": 1_000_000, "reason": "减项"}).Fails(400, "idempotency.required")
		for range 2 {
			w.Post(t, s.sales, refunds, map[string]any{"amount_fen": 1_000_000, "reason": "减项"}, "Idempotency-Key", "r").Is(201)
		}
		w.Post(t, s.sales, refunds, map[string]any{"amount_fen": 2_000_001, "reason": "减项"}, "Idempotency-Key", "s").Fails(409, "payment.over_refunded")
		w.Post(t, s.Stranger, refunds, map[string]any{"amount_fen": 1, "reason": "减项"}, "Idempotency-Key", "t").Fails(404, "not_found")
		body := w.Get(t, s.Owner, s.MyPath("/payments")).Is(200).Body
		require.NotContains(t, string(body), `"note"`, "notes are for staff")
		require.Contains(t, string(body), `"refunded_fen":1000000`)
	})
}

func TestPaymentPlanOverTheAPI(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		plan := map[string]any{"instalments": []map[string]any{
			{"name": "定金", "amount_fen": 3_000_000, "due_on": "2026-11-25"}, {"name": "尾款", "amount_fen": 9_800_000, "due_stage": "acceptance"},
		}}
		var b costs
		w.Do(t, s.sales, "PUT", s.StaffPath("/payment-plan"), plan).Is(200).Into(&b)
		require.Equal(t, "定金", b.NextDue.Name)
		w.Post(t, s.sales, s.StaffPath("/payments"), s.payment(3_000_000), "Idempotency-Key", "1").Is(201)
		w.Get(t, s.Owner, s.MyPath("/budget")).Is(200).Into(&b)
		require.Equal(t, "paid", b.Instalments[0].State)
		require.Equal(t, "尾款", b.NextDue.Name)
		for name, bad := range map[string]any{
			"a sum that differs": []map[string]any{{"name": "全款", "amount_fen": 12_799_999, "due_on": "2026-11-25"}},
			"no such day":        []map[string]any{{"name": "全款", "amount_fen": 12_800_000, "due_on": "2026-02-30"}},
			"no such stage":      []map[string]any{{"name": "全款", "amount_fen": 12_800_000, "due_stage": "tiling"}},
			"nothing":            []map[string]any{},
		} {
			answer := w.Do(t, s.sales, "PUT", s.StaffPath("/payment-plan"), map[string]any{"instalments": bad})
			require.Equal(t, 422, answer.Status, "%s: %s", name, answer.Body)
			require.True(t, json.Valid(answer.Body))
		}
		w.Do(t, s.Stranger, "PUT", s.StaffPath("/payment-plan"), plan).Fails(404, "not_found")
		w.Do(t, s.installer, "PUT", s.StaffPath("/payment-plan"), plan).Fails(403, "permission.denied")
		w.Get(t, s.sales, "/v1/staff/reports/budget?from=2026-11-01&to=2026-12-31").Is(200)
		w.Get(t, s.sales, "/v1/staff/reports/budget?from=2026-11-01&to=2026-10-31").Fails(422, "input.invalid")
	})
}
