package supervisor_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/identity"
	"guike/testkit/apikit"
)

// site is a project under way with its people in charge.
type site struct {
	*apikit.Home
	manager, supervisor, admin apikit.Person
	other                      id.ID // a project of the same shop, of another home
}

func newSite(t *testing.T, w *apikit.World) *site {
	t.Helper()
	home, boss := w.Home(t, "renovation", actor.StoreManager)
	s := &site{Home: home, manager: w.Staff(t, actor.ProjectManager, home.Shop), supervisor: w.Staff(t, actor.Supervisor, home.Shop)}
	s.admin = w.Staff(t, actor.Admin, identity.Store{})
	var made struct{ ID id.ID }
	w.Post(t, boss, "/v1/staff/projects", (&apikit.Home{Owner: s.Owner}).Order("renovation")).Is(201).Into(&made)
	s.other = made.ID
	s.Assign(t, s.manager)
	s.Assign(t, s.supervisor)
	w.Post(t, boss, s.StaffPath("/stages/measure/start"), nil).Is(200)
	return s
}

type page[T any] struct{ Items []T }

func TestStoryOfAChosenSupervisor(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		var directory page[struct {
			Phone string
		}]
		who, entry := s.ThirdParty(t)
		w.Get(t, s.Guest, "/v1/me/supervisors?city=杭州市").Is(200).Into(&directory)
		require.Equal(t, "138******00", directory.Items[0].Phone, "masked to customers")
		w.Get(t, s.Guest, "/v1/me/supervisors?city=北京市").Is(200).Into(&directory)
		require.Empty(t, directory.Items)
		w.Post(t, s.Family, s.MyPath("/supervisor"), map[string]any{"supervisor_id": entry}).Fails(403, "home.owner_only")
		w.Post(t, s.Owner, s.MyPath("/supervisor"), map[string]any{"supervisor_id": entry}).Fails(409, "supervisor.chosen")
		type choice struct {
			State       string
			FeeFen      *int64 `json:"fee_fen"`
			CompanyFen  *int64 `json:"company_fen"`
			CustomerFen *int64 `json:"customer_fen"`
		}
		var c, seen choice
		w.Get(t, s.Owner, s.MyPath("/supervisor")).Is(200).Into(&c)
		require.Equal(t, "confirmed", c.State)
		require.Equal(t, []int64{300_001, 150_001, 150_000}, []int64{*c.FeeFen, *c.CompanyFen, *c.CustomerFen})
		w.Get(t, s.Guest, s.MyPath("/supervisor")).Is(200).Into(&seen)
		require.Nil(t, seen.FeeFen, "guests see no money")
		w.Get(t, s.Outsider, s.MyPath("/supervisor")).Fails(404, "not_found")
		w.Get(t, s.Stranger, s.StaffPath("/supervisor")).Fails(404, "not_found")

		t.Run("works on the project", func(t *testing.T) {
			w.Post(t, who, s.StaffPath("/inspections"), map[string]any{"kind": "weekly", "summary": "到场。", "photos": []id.ID{s.Snap(t, who)}}).Is(201)
			w.Post(t, who, s.StaffPath("/stages/measure/checks"), map[string]any{"kind": "special", "passed": true}).Is(201)
			w.Post(t, who, s.StaffPath("/defects"), map[string]any{"part": "门", "detail": "划痕", "photos": []id.ID{s.Snap(t, who)}, "replacement_needed": false}).Is(201)
			w.Get(t, who, "/v1/staff/me").Is(200)
			w.Get(t, who, "/v1/staff/tasks").Is(200)
			var list page[struct{ ID id.ID }]
			w.Get(t, who, "/v1/staff/projects").Is(200).Into(&list)
			require.Len(t, list.Items, 1)
			require.Equal(t, s.Project, list.Items[0].ID)
		})
		t.Run("sees neither contact data nor money", func(t *testing.T) {
			body := string(w.Get(t, who, s.StaffPath("")).Is(200).Body)
			require.NotContains(t, body, "江南大道")
			require.NotContains(t, body, "contract_amount_fen")
			require.Contains(t, body, `"full":false`)
			w.Get(t, who, s.StaffPath("/supervisor")).Is(200).Into(&seen)
			require.Nil(t, seen.FeeFen)
		})
		t.Run("reads what the duty needs", func(t *testing.T) { s.readsTheirDuty(t, who) })
		t.Run("is refused every other operation of staff", func(t *testing.T) { s.refused(t, who) })
		t.Run("finds no other project", func(t *testing.T) { s.notThere(t, who) })
		t.Run("loses it at once when the customer ends it", func(t *testing.T) {
			w.Post(t, s.Guest, s.MyPath("/supervisor/end"), map[string]any{"reason": "不再需要"}).Fails(403, "home.owner_only")
			w.Post(t, s.Owner, s.MyPath("/supervisor/end"), map[string]any{"reason": "不再需要"}).Is(200)
			w.Post(t, s.Owner, s.MyPath("/supervisor/end"), map[string]any{"reason": "不再需要"}).Fails(404, "not_found")
			w.Get(t, who, s.StaffPath("")).Fails(401, "session.revoked")
			w.Post(t, apikit.Person{}, "/v1/staff/auth/password", map[string]any{"username": who.Openid, "password": apikit.Password}).Fails(401, "auth.failed")
		})
	})
}

// allowed is every operation of staff that people of other companies may call; what is not named here is
// refused to them. A line more is a decision: what duty needs it, and what else does it show?
var allowed = []string{
	"GET /v1/staff/hazards/{id}",
	"GET /v1/staff/inbox",
	"GET /v1/staff/me",
	"GET /v1/staff/projects",
	"GET /v1/staff/projects/{id}",
	"GET /v1/staff/projects/{id}/checks",
	"GET /v1/staff/projects/{id}/daily-logs/{log_id}/history",
	"GET /v1/staff/projects/{id}/defects",
	"GET /v1/staff/projects/{id}/diary",
	"GET /v1/staff/projects/{id}/diary/print",
	"GET /v1/staff/projects/{id}/hazards",
	"GET /v1/staff/projects/{id}/inspections",
	"GET /v1/staff/projects/{id}/inspections/{inspection_id}",
	"GET /v1/staff/projects/{id}/materials",
	"GET /v1/staff/projects/{id}/people",
	"GET /v1/staff/projects/{id}/plan",
	"GET /v1/staff/projects/{id}/stages/{key}/checklist",
	"GET /v1/staff/projects/{id}/supervisor",
	"GET /v1/staff/projects/{id}/timeline",
	"GET /v1/staff/site-calendar",
	"GET /v1/staff/tasks",
	"GET /v1/staff/tasks/{id}",
	"POST /v1/staff/auth/logout",
	"POST /v1/staff/files",
	"POST /v1/staff/hazards/{id}/fix",
	"POST /v1/staff/hazards/{id}/recheck",
	"POST /v1/staff/inbox/read-all",
	"POST /v1/staff/inbox/{id}/read",
	"POST /v1/staff/projects/{id}/defects",
	"POST /v1/staff/projects/{id}/diary/print-link",
	"POST /v1/staff/projects/{id}/inspections",
	"POST /v1/staff/projects/{id}/stages/{key}/checks",
	"POST /v1/staff/tasks/{id}/complete",
	"PUT /v1/staff/defects/{id}",
	"PUT /v1/staff/me/password",
}

type operation struct {
	Security     []map[string][]string
	ThirdParties bool `json:"x-third-parties"`
}

// operations reads every operation of staff from the description.
func (s *site) operations(t *testing.T) map[string]operation {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	s.Get(t, apikit.Person{}, "/openapi.json").Is(200).Into(&doc)
	all := map[string]operation{}
	for path, methods := range doc.Paths {
		for method, raw := range methods {
			var op operation
			if json.Unmarshal(raw, &op) != nil || !slices.ContainsFunc(op.Security, func(m map[string][]string) bool { return m["staff"] != nil }) {
				continue
			}
			all[strings.ToUpper(method)+" "+path] = op
		}
	}
	require.Greater(t, len(all), 60)
	return all
}

var gap = regexp.MustCompile(`\{[^}]+\}`)

// refused calls every operation of staff: what is not allowed is refused, and nothing that is.
func (s *site) refused(t *testing.T, who apikit.Person) {
	t.Helper()
	var open []string
	refused := 0
	for route, op := range s.operations(t) {
		if op.ThirdParties {
			open = append(open, route)
		}
		method, path, _ := strings.Cut(route, " ")
		if strings.HasSuffix(path, "/logout") || strings.HasSuffix(path, "/password") {
			continue // they would end the session
		}
		var body any
		if method != http.MethodGet && method != http.MethodDelete {
			body = map[string]any{}
		}
		a := s.Do(t, who, method, gap.ReplaceAllString(path, s.Project.String()), body)
		if slices.Contains(allowed, route) {
			require.NotEqual(t, 403, a.Status, "%s: %s", route, a.Body)
			continue
		}
		require.Equal(t, 403, a.Status, "%s: %s", route, a.Body)
		a.Fails(403, "permission.denied")
		refused++
	}
	slices.Sort(open)
	require.Equal(t, allowed, open, "the description marks what they may call")
	require.Greater(t, refused, 80)
	for _, path := range []string{"/v1/staff/reports/on-time", "/v1/staff/reports/promises", "/v1/staff/reports/log-completeness", "/v1/staff/reports/budget"} {
		s.Get(t, who, path+"?from=2026-11-01&to=2026-11-30").Fails(403, "permission.denied")
	}
}

// secrets writes down, of the project, what a third party has no duty to read: each text holds 密语 or the
// amount 7654321.
func (s *site) secrets(t *testing.T) {
	t.Helper()
	designer := s.Staff(t, actor.Designer, s.Shop)
	s.Post(t, s.Boss, s.StaffPath("/people"), map[string]any{"staff_id": designer.ID, "note": "交接密语:客户对价格敏感"}).Is(201)
	var d, order struct{ ID id.ID }
	s.Post(t, designer, s.StaffPath("/designs"), map[string]any{"title": "全屋方案密语", "note": "设计密语", "style": "现代简约"}).Is(201).Into(&d)
	s.Post(t, designer, apikit.Path("/v1/staff/designs/%s/versions", d.ID), map[string]any{"file_ids": []id.ID{s.Snap(t, designer)}, "difference_note": "版本密语"}).Is(201)
	s.Post(t, designer, s.StaffPath("/design-notes"), map[string]any{"kind": "need", "text": "需求密语"}).Is(201)
	s.Post(t, s.Boss, s.StaffPath("/service-visits"), map[string]any{"text": "回访密语", "answered": "答复密语"}).Is(201)
	s.Post(t, s.Boss, s.StaffPath("/promises"), map[string]any{"text": "承诺密语", "category": "material"}).Is(201)
	s.Post(t, s.Boss, s.StaffPath("/site-notes"), map[string]any{"text": "现场密语"}).Is(201)
	s.Post(t, s.Owner, s.MyPath("/change-orders"), map[string]any{"title": "变更密语", "text": "变更密语"}).Is(201).Into(&order)
	s.Post(t, s.Boss, apikit.Path("/v1/staff/change-orders/%s/quote", order.ID), map[string]any{
		"lines": []map[string]any{{"text": "报价密语", "amount_fen": 7_654_321}}, "days": 2, "valid_until": s.Clock.Now().Add(48 * time.Hour),
	}).Is(201)
	s.Post(t, s.Boss, s.StaffPath("/payments"), map[string]any{"amount_fen": 7_654_321, "kind": "deposit", "paid_at": s.Clock.Now(), "method": "转账密语"}, "Idempotency-Key", "pay").Is(201)
}

// readsTheirDuty reads everything that is allowed: what the duty needs is there, what the project's other
// rooms hold is not, and neither is how the customer is reached.
func (s *site) readsTheirDuty(t *testing.T, who apikit.Person) {
	t.Helper()
	s.secrets(t)
	var log struct{ ID id.ID }
	s.Post(t, s.manager, s.StaffPath("/daily-logs"), map[string]any{"done_today": "今日量尺完毕", "plan_tomorrow": "明日出图", "stage": "measure", "file_ids": []id.ID{s.Snap(t, s.manager)}}).Is(201).Into(&log)
	var whole strings.Builder
	for _, route := range allowed {
		method, path, _ := strings.Cut(route, " ")
		if method != http.MethodGet || strings.Contains(path, "/tasks/{id}") || strings.Contains(path, "/hazards/{id}") || strings.Contains(path, "{inspection_id}") {
			continue
		}
		path = strings.NewReplacer("{id}", s.Project.String(), "{key}", "acceptance", "{log_id}", log.ID.String()).Replace(path)
		if strings.Contains(path, "/diary") || strings.Contains(path, "/site-calendar") {
			path += "?from=2026-11-20&to=2026-11-30"
		}
		a := s.Get(t, who, path).Is(200)
		for _, secret := range []string{"密语", "7654321", "76,543.21", "76543.21", "12800000", "contract_amount", "江南大道", "回访", "承诺", "变更"} {
			require.NotContains(t, string(a.Body), secret, route)
		}
		whole.Write(a.Body)
	}
	for _, duty := range []string{"今日量尺完毕", `"stages"`, `"planned_end"`, `"daily_log"`, `"inspection"`, `"check"`, `"defect"`, `"installs"`, `"stage_started"`} {
		require.Contains(t, whole.String(), duty)
	}
	require.Contains(t, string(s.Get(t, s.manager, s.StaffPath("/timeline")).Is(200).Body), "密语", "those of the house read on")
}

// notThere reads everything of another project that a supervisor may read of the own one.
func (s *site) notThere(t *testing.T, who apikit.Person) {
	t.Helper()
	looked := 0
	for route, op := range s.operations(t) {
		method, path, _ := strings.Cut(route, " ")
		if method != http.MethodGet || !op.ThirdParties || !strings.HasPrefix(path, "/v1/staff/projects/{id}") {
			continue
		}
		path = strings.Replace(path, "{id}", s.other.String(), 1)
		path = strings.NewReplacer("{week}", "2026-W47", "{key}", "measure").Replace(path)
		a := s.Get(t, who, gap.ReplaceAllString(path, id.New().String()))
		require.Contains(t, []int{404, 422}, a.Status, "%s: %s", route, a.Body)
		looked++
	}
	require.Greater(t, looked, 8)
	at := "/v1/staff/projects/" + s.other.String()
	s.Post(t, who, at+"/inspections", map[string]any{"kind": "weekly", "summary": "到场。"}).Fails(404, "not_found")
	s.Post(t, who, at+"/stages/measure/checks", map[string]any{"kind": "special", "passed": true}).Fails(404, "not_found")
	s.Post(t, who, at+"/defects", map[string]any{"part": "门", "detail": "划痕", "photos": []id.ID{s.Snap(t, who)}, "replacement_needed": false}).Fails(404, "not_found")
}

func TestDirectoryOverTheAPI(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		s := newSite(t, w)
		form := map[string]any{
			"name": "陈志远", "company": "正衡监理", "certificate": "31008821", "phone": "13800138000", "cities": []string{"杭州市"},
			"fee_fen": 300_000, "fee_per": "month", "active": true,
		}
		var e struct {
			ID      id.ID
			Version int64
			Phone   string
		}
		w.Post(t, s.manager, "/v1/staff/supervisors", form).Fails(403, "permission.denied")
		w.Post(t, s.Boss, "/v1/staff/supervisors", form).Is(201).Into(&e)
		require.Equal(t, "13800138000", e.Phone)
		form["version"], form["active"] = 1, false
		w.Do(t, s.Stranger, http.MethodPut, "/v1/staff/supervisors/"+e.ID.String(), form).Fails(403, "supervisor.not_yours")
		w.Do(t, s.Boss, http.MethodPut, "/v1/staff/supervisors/"+e.ID.String(), form).Is(200)
		w.Do(t, s.Boss, http.MethodPut, "/v1/staff/supervisors/"+e.ID.String(), form).Fails(409, "supervisor.changed")
		w.Get(t, s.Boss, "/v1/staff/supervisors/"+e.ID.String()).Is(200)
		w.Post(t, s.Boss, "/v1/staff/supervisors/"+e.ID.String()+"/reset-password", nil).Fails(404, "not_found")
		var list page[struct{ ID id.ID }]
		w.Get(t, s.Boss, "/v1/staff/supervisors?active=true").Is(200).Into(&list)
		require.Empty(t, list.Items)
		w.Post(t, s.Owner, s.MyPath("/supervisor"), map[string]any{"supervisor_id": e.ID}).Fails(422, "input.invalid")

		var split struct {
			CompanyBP int `json:"company_bp"`
		}
		w.Get(t, s.Boss, "/v1/staff/supervisor-fee-split").Is(200).Into(&split)
		require.Equal(t, 5000, split.CompanyBP)
		w.Do(t, s.Boss, http.MethodPut, "/v1/staff/supervisor-fee-split", map[string]any{"company_bp": 6000}).Fails(403, "permission.denied")
		w.Do(t, s.admin, http.MethodPut, "/v1/staff/supervisor-fee-split", map[string]any{"company_bp": 10_001}).Fails(422, "input.invalid")
		w.Do(t, s.admin, http.MethodPut, "/v1/staff/supervisor-fee-split", map[string]any{"company_bp": 6000}).Is(200)

		form["version"], form["active"] = 2, true
		w.Do(t, s.Boss, http.MethodPut, "/v1/staff/supervisors/"+e.ID.String(), form).Is(200)
		w.Post(t, s.Owner, s.MyPath("/supervisor"), map[string]any{"supervisor_id": e.ID}).Is(201)
		w.Post(t, s.Stranger, s.StaffPath("/supervisor/decline"), map[string]any{"reason": "档期冲突"}).Fails(404, "not_found")
		w.Post(t, s.Boss, s.StaffPath("/supervisor/decline"), map[string]any{"reason": "档期冲突"}).Is(200)
		w.Post(t, s.Boss, s.StaffPath("/supervisor/confirm"), map[string]any{}).Fails(404, "not_found")
		w.Get(t, s.Boss, s.StaffPath("/supervisor")).Is(200)
	})
}
