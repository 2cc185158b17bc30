package app_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/testkit/apikit"
)

// home is the making of one home, from the measuring to the hand-over, with everybody who takes part.
type home struct {
	*apikit.World
	owner                                                    apikit.Person
	boss, pm, designer, installer, supervisor, sales, centre apikit.Person
	project                                                  id.ID
	photos                                                   uint64
}

func newHome(t *testing.T, w *apikit.World) *home {
	t.Helper()
	h := &home{World: w}
	store := w.Store(t)
	for role, p := range map[actor.Role]*apikit.Person{
		actor.StoreManager: &h.boss, actor.ProjectManager: &h.pm, actor.Designer: &h.designer, actor.Installer: &h.installer,
		actor.Supervisor: &h.supervisor, actor.Sales: &h.sales, actor.ExperienceCentre: &h.centre,
	} {
		*p = w.Staff(t, role, store)
	}
	h.owner = w.Customer(t, "oOwner")
	var made struct{ ID id.ID }
	w.Post(t, h.sales, "/v1/staff/projects", map[string]any{
		"kind": "custom_furniture", "title": "滨江花园 全屋定制", "customer_id": h.owner.ID, "contract_amount_fen": 12_800_000, "planned_start": "2026-11-23",
		"home": map[string]any{"name": "滨江花园", "city": "杭州", "address": "江南大道 1 号 3-501", "area_m2": 98.5},
	}).Is(201).Into(&made)
	h.project = made.ID
	for _, p := range []apikit.Person{h.pm, h.designer, h.installer, h.supervisor} {
		w.Post(t, h.boss, h.staff("/people"), map[string]any{"staff_id": p.ID}).Is(201)
	}
	return h
}

func (h *home) staff(rest string) string { return "/v1/staff/projects/" + h.project.String() + rest }

func (h *home) mine(rest string) string { return "/v1/me/projects/" + h.project.String() + rest }

// pass lets time go by, lets everything happen that falls due, and signs everybody in again.
func (h *home) pass(t *testing.T, d time.Duration) {
	t.Helper()
	h.Clock.Advance(d)
	h.Settle(t)
	for _, p := range []*apikit.Person{&h.boss, &h.pm, &h.designer, &h.installer, &h.supervisor, &h.sales, &h.centre} {
		*p = h.SignIn(t, p.Openid, apikit.Password)
	}
	h.owner = h.Customer(t, h.owner.Openid)
}

func (h *home) stage(t *testing.T, key, action string) apikit.Answer {
	t.Helper()
	return h.Post(t, h.boss, h.staff("/stages/"+key+"/"+action), nil)
}

func (h *home) photo(t *testing.T, by apikit.Person) []id.ID {
	t.Helper()
	h.photos++
	return []id.ID{h.Upload(t, by, "/v1/staff/files", apikit.Photo(t, h.photos))}
}

func (h *home) log(t *testing.T, done string) {
	t.Helper()
	h.Post(t, h.pm, h.staff("/daily-logs"), map[string]any{
		"done_today": done, "plan_tomorrow": "继续施工", "weather": "晴", "hands": 4, "file_ids": h.photo(t, h.pm),
	}).Is(201)
}

// screen is what the customer's one screen shows.
type screen struct {
	Project struct {
		State             string
		Percent           int
		DaysLate          int    `json:"days_late"`
		ContractAmountFen int64  `json:"contract_amount_fen"`
		PlannedEnd        string `json:"planned_end"`
		BaselineEnd       string `json:"baseline_end"`
	}
	Delay *struct {
		Reason string
		NewEnd string `json:"new_end"`
	}
	Waiting []struct {
		Kind    string
		ID      id.ID
		Version int64
	}
	Cost *struct {
		SignedFen   int64 `json:"signed_fen"`
		ChangesFen  int64 `json:"changes_fen"`
		ContractFen int64 `json:"contract_fen"`
		PaidFen     int64 `json:"paid_fen"`
		OpenFen     int64 `json:"open_fen"`
	}
	Trust struct {
		ChecksPassed int `json:"checks_passed"`
		PromisesKept int `json:"promises_kept"`
		SignedStages int `json:"signed_stages"`
		Installed    int `json:"materials_installed"`
		Recalled     int `json:"materials_recalled"`
	}
}

func (h *home) screen(t *testing.T) screen {
	t.Helper()
	var s screen
	h.Get(t, h.owner, h.mine("/overview")).Is(200).Into(&s)
	return s
}

// waiting finds the one thing of a kind that waits for the owner.
func (h *home) waiting(t *testing.T, kind string) (thing id.ID, version int64) {
	t.Helper()
	for _, w := range h.screen(t).Waiting {
		if w.Kind == kind {
			return w.ID, w.Version
		}
	}
	require.Fail(t, "nothing waits", kind)
	return thing, 0
}

func TestStoryOfAHome(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		h := newHome(t, w)
		material := h.catalogue(t)
		h.design(t, material)
		h.delayed(t)
		h.changed(t)
		h.checked(t)
		h.delivered(t)
		h.recalled(t, material)
		h.handedOver(t)
		h.told(t)
	})
}

type batch struct {
	Material, ID id.ID
	Code         string
}

func (h *home) catalogue(t *testing.T) batch {
	t.Helper()
	var m, b struct {
		ID   id.ID
		Code string
	}
	h.Post(t, h.centre, "/v1/staff/materials", map[string]any{"name": "铰链", "brand": "某牌", "category": "五金"}).Is(201).Into(&m)
	h.Post(t, h.centre, apikit.Path("/v1/staff/materials/%s/batches", m.ID), map[string]any{"batch_no": "A3"}).Is(201).Into(&b)
	return batch{m.ID, b.ID, b.Code}
}

// design measures, designs, promises and signs.
func (h *home) design(t *testing.T, m batch) {
	t.Helper()
	h.stage(t, "design", "start").Fails(409, "stage.conditions_unmet")
	h.stage(t, "measure", "start").Is(200)
	h.stage(t, "measure", "complete").Is(200)
	h.stage(t, "design", "start").Is(200)
	var d struct{ ID id.ID }
	h.Post(t, h.designer, h.staff("/designs"), map[string]any{"title": "全屋方案", "style": "现代简约"}).Is(201).Into(&d)
	h.Post(t, h.designer, apikit.Path("/v1/staff/designs/%s/versions", d.ID), map[string]any{
		"file_ids": h.photo(t, h.designer), "links": []map[string]any{{"kind": "vr", "url": "https://vr.example.com/a", "title": "走进新家"}},
	}).Is(201)
	h.stage(t, "design", "complete").Fails(409, "stage.conditions_unmet")
	waits, version := h.waiting(t, "design")
	decision := apikit.Path("/v1/me/designs/%s/decision", waits)
	h.Post(t, h.owner, decision, map[string]any{"version": version + 1, "decision": "approve"}).Fails(409, "design.changed")
	h.Post(t, h.owner, decision, map[string]any{"version": version, "decision": "approve"}).Is(200)
	h.stage(t, "design", "complete").Is(200)

	h.Post(t, h.sales, h.staff("/promises"), map[string]any{"text": "全屋使用 ENF 级板材", "category": "material"}).Is(201)
	h.Do(t, h.designer, "PUT", h.staff("/specification"), map[string]any{"revision": 0, "lines": []map[string]any{{"place": "主卧衣柜", "material_id": m.Material}}}).Is(200)
	h.stage(t, "sign", "start").Is(200)
	h.stage(t, "sign", "complete").Is(200)
	h.stage(t, "production", "start").Is(200)
	h.log(t, "开料完成")
}

// delayed comes to the fifth day after the production was to end: four working days late.
func (h *home) delayed(t *testing.T) {
	t.Helper()
	for range 4 {
		h.pass(t, 7*24*time.Hour)
		h.log(t, "生产中")
	}
	require.Zero(t, h.screen(t).Project.DaysLate)
	h.pass(t, 5*24*time.Hour) // Saturday 2026-12-26; the production was planned until the 22nd
	require.Equal(t, 4, h.screen(t).Project.DaysLate)

	var alerts struct {
		Items []struct {
			Kind, State string
			Level       int
		}
	}
	h.Get(t, h.centre, "/v1/staff/alerts?kind=plan_delay").Is(200).Into(&alerts)
	require.Len(t, alerts.Items, 1, "more than three days late is one alert")
	require.Equal(t, 2, alerts.Items[0].Level)

	var delays struct {
		Items []struct {
			ID    id.ID
			State string
		}
	}
	h.Get(t, h.pm, h.staff("/delays")).Is(200).Into(&delays)
	require.Len(t, delays.Items, 1)
	confirm := "/v1/staff/delays/" + delays.Items[0].ID.String() + "/confirm"
	h.Post(t, h.pm, confirm, map[string]any{"reason": "板材供应商停产", "new_end": "2026-12-01"}).Fails(422, "input.invalid")
	h.Post(t, h.pm, confirm, map[string]any{"reason": "板材供应商停产", "new_end": "2026-12-30"}).Is(200)
	s := h.screen(t)
	require.Zero(t, s.Project.DaysLate)
	require.NotNil(t, s.Delay)
	require.Equal(t, "板材供应商停产", s.Delay.Reason)
	require.Equal(t, "2026-12-30", s.Delay.NewEnd)
	require.Greater(t, s.Project.PlannedEnd, s.Project.BaselineEnd, "the plan moves, the baseline stays")
}

// changed has the customer ask for more, and approve what it costs in money and days.
func (h *home) changed(t *testing.T) {
	t.Helper()
	var order struct{ ID id.ID }
	h.Post(t, h.owner, h.mine("/change-orders"), map[string]any{"title": "增加鞋柜", "text": "玄关加一组鞋柜"}).Is(201).Into(&order)
	quote := apikit.Path("/v1/staff/change-orders/%s/quote", order.ID)
	offer := map[string]any{"lines": []map[string]any{{"text": "鞋柜", "amount_fen": 350_000}}, "days": 2, "valid_until": h.Clock.Now().Add(48 * time.Hour)}
	h.Post(t, h.sales, quote, offer).Is(201)
	before := h.screen(t)
	require.Equal(t, int64(12_800_000), before.Cost.ContractFen, "nothing follows before the approval")
	waits, version := h.waiting(t, "change_order")
	h.Post(t, h.owner, apikit.Path("/v1/me/change-orders/%s/decision", waits), map[string]any{"version": version, "decision": "approve"}).Is(200)
	after := h.screen(t)
	require.Equal(t, int64(13_150_000), after.Cost.ContractFen)
	require.Equal(t, int64(12_800_000), after.Cost.SignedFen)
	require.Equal(t, int64(350_000), after.Cost.ChangesFen)
	require.Greater(t, after.Project.PlannedEnd, before.Project.PlannedEnd)

	h.Post(t, h.sales, h.staff("/payments"), map[string]any{"amount_fen": 6_000_000, "kind": "deposit", "paid_at": h.Clock.Now(), "external_no": "P-1"}, "Idempotency-Key", "pay").Is(201)
	require.Equal(t, int64(7_150_000), h.screen(t).Cost.OpenFen)
}

// checked passes the quality stage by three people.
func (h *home) checked(t *testing.T) {
	t.Helper()
	h.stage(t, "production", "complete").Is(200)
	h.stage(t, "quality_check", "start").Is(200)
	refusal := h.stage(t, "quality_check", "complete").Fails(409, "stage.conditions_unmet")
	for _, missing := range []string{"check_self_missing", "check_mutual_missing", "check_special_missing"} {
		require.Contains(t, string(refusal.Body), missing)
	}
	check := func(who apikit.Person, kind string) apikit.Answer {
		return h.Post(t, who, h.staff("/stages/quality_check/checks"), map[string]any{"kind": kind, "passed": true})
	}
	check(h.installer, "self").Is(201)
	check(h.installer, "mutual").Fails(409, "check.same_person")
	check(h.pm, "mutual").Is(201)
	check(h.supervisor, "special").Is(201)
	h.stage(t, "quality_check", "complete").Is(200)
	require.Equal(t, 3, h.screen(t).Trust.ChecksPassed)
}

// delivered brings two batches, told of by a carrier whose events come in the wrong order.
func (h *home) delivered(t *testing.T) {
	t.Helper()
	h.stage(t, "delivery", "start").Is(200)
	for i, name := range []string{"衣柜", "五金与台面"} {
		var b struct{ ID id.ID }
		h.Post(t, h.sales, h.staff("/delivery-batches"), map[string]any{
			"name": name, "promised_on": fmt.Sprintf("2026-12-3%d", i), "items": []map[string]any{{"name": name, "quantity": 2}},
		}).Is(201).Into(&b)
		at := h.Clock.Now()
		h.Post(t, h.sales, h.staff("/shipments"), map[string]any{
			"carrier": "德邦", "tracking_no": fmt.Sprintf("DPK00%d", i), "batch_id": b.ID,
			"events": []map[string]any{
				{"external_id": "2", "at": at.Add(-time.Hour), "status": "delivered", "place": "杭州"},
				{"external_id": "1", "at": at.Add(-2 * time.Hour), "status": "picked_up", "place": "佛山"},
			},
		}).Is(201)
		h.Post(t, h.installer, apikit.Path("/v1/staff/delivery-batches/%s/receive", b.ID), map[string]any{"note": "齐全"}).Is(200)
	}
	var seen struct {
		Batches []struct{ State string }
	}
	h.Get(t, h.owner, h.mine("/deliveries")).Is(200).Into(&seen)
	require.Len(t, seen.Batches, 2)
	for _, b := range seen.Batches {
		require.Equal(t, "received", b.State)
	}
	h.stage(t, "delivery", "complete").Is(200)
}

// recalled installs what is then called back.
func (h *home) recalled(t *testing.T, m batch) {
	t.Helper()
	h.stage(t, "installation", "start").Is(200)
	h.Post(t, h.installer, h.staff("/installs"), map[string]any{"batch_code": m.Code, "place": "主卧衣柜", "quantity": 12}).Is(201)
	h.Post(t, h.centre, apikit.Path("/v1/staff/material-batches/%s/recall", m.ID), map[string]any{"reason": "弹片断裂", "instruction": "上门免费更换"}).Is(201)
	h.pass(t, time.Hour)
	s := h.screen(t)
	require.Equal(t, 1, s.Trust.Installed)
	require.Equal(t, 1, s.Trust.Recalled)
	require.Equal(t, 1, h.tasks(t, "material_recall"), "the recall is a task for this home")
	h.stage(t, "installation", "complete").Is(200)
}

// tasks counts the open tasks of a kind for this project.
func (h *home) tasks(t *testing.T, kind string) int {
	t.Helper()
	var list struct{ Items []struct{ ID id.ID } }
	h.Get(t, h.centre, apikit.Path("/v1/staff/tasks?limit=100&kind=%s&project_id=%s", kind, h.project)).Is(200).Into(&list)
	return len(list.Items)
}

// handedOver accepts: the promise is settled, the sheet signed in the version that was read.
func (h *home) handedOver(t *testing.T) {
	t.Helper()
	h.stage(t, "acceptance", "start").Is(200)
	refusal := h.stage(t, "acceptance", "complete").Fails(409, "stage.conditions_unmet")
	require.Contains(t, string(refusal.Body), "sign_off_missing")
	require.Contains(t, string(refusal.Body), "promise_open")
	var promises struct{ Items []struct{ ID id.ID } }
	h.Get(t, h.owner, h.mine("/promises")).Is(200).Into(&promises)
	require.Len(t, promises.Items, 1)
	h.Post(t, h.pm, apikit.Path("/v1/staff/promises/%s/settle", promises.Items[0].ID), map[string]any{"kept": true, "word": "检测报告已交客户"}).Is(200)

	var list struct {
		Items []struct{ Key string }
	}
	h.Get(t, h.pm, h.staff("/stages/acceptance/checklist")).Is(200).Into(&list)
	items := make([]map[string]any, 0, len(list.Items))
	for _, i := range list.Items {
		items = append(items, map[string]any{"key": i.Key, "result": "ok"})
	}
	open := h.staff("/stages/acceptance/acceptance")
	sheet := map[string]any{"items": items, "care_given": true, "care_text": "柜门用微湿软布擦拭"}
	h.Post(t, h.pm, open, sheet).Is(201)
	sheet["note"] = "补充:右侧柜门已调平"
	h.Post(t, h.pm, open, sheet).Is(201)
	waits, version := h.waiting(t, "acceptance")
	sign := apikit.Path("/v1/me/acceptances/%s/sign", waits)
	h.Post(t, h.owner, sign, map[string]any{"version": version - 1, "name": "王小明"}).Fails(409, "acceptance.changed")
	h.Post(t, h.owner, sign, map[string]any{"version": version, "name": "王小明"}).Is(200)
	h.stage(t, "acceptance", "complete").Is(200)
	s := h.screen(t)
	require.Equal(t, "completed", s.Project.State)
	require.Equal(t, 100, s.Project.Percent)
	require.Equal(t, 1, s.Trust.SignedStages)
	require.Equal(t, 1, s.Trust.PromisesKept)
	require.Empty(t, s.Waiting)
}

// told looks at what everybody was told: each thing once.
func (h *home) told(t *testing.T) {
	t.Helper()
	h.pass(t, time.Hour)
	require.Equal(t, 1, h.tasks(t, "care_start"), "the hand-over starts the care plan")

	var reports struct{ Items []struct{ Week string } }
	h.Get(t, h.owner, h.mine("/weekly-reports?limit=100")).Is(200).Into(&reports)
	weeks := make([]string, 0, len(reports.Items))
	for _, r := range reports.Items {
		weeks = append(weeks, r.Week)
	}
	slices.Sort(weeks)
	require.Equal(t, slices.Compact(slices.Clone(weeks)), weeks, "one report a week")
	require.GreaterOrEqual(t, len(weeks), 4)

	kinds := map[string]int{}
	for cursor := ""; ; {
		var page struct {
			Items      []struct{ Kind string }
			NextCursor string `json:"next_cursor"`
		}
		h.Get(t, h.owner, h.mine("/timeline?limit=100&cursor="+cursor)).Is(200).Into(&page)
		for _, e := range page.Items {
			kinds[e.Kind]++
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	for kind, n := range map[string]int{
		"delay": 1, "change_order_approved": 1, "design_approved": 1, "material_recalled": 1, "acceptance_signed": 1,
		"delivery_received": 2, "check": 3, "promise_settled": 1, "stage_completed": 8, "report": len(weeks),
	} {
		require.Equal(t, n, kinds[kind], kind)
	}
}
