package identity_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	api "guike/api/identity"
	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault/problem"
	"guike/internal/id"
	"guike/model/cache"
	"guike/model/once"
	service "guike/service/identity"
	"guike/testkit"
)

// desk serves the staff half of the domain with the token's actor in the context and every scope
// open; who may do what is the router's.
type desk struct {
	handler  http.Handler
	sessions *service.Sessions
	staff    *service.Staff
}

func newDesk(t *testing.T, k *testkit.Kit) *desk {
	t.Helper()
	c, err := cache.Open(t.Context(), cache.Options{URL: k.Redis, Clock: k.Clock, Prefix: "test:" + id.New().String() + ":", Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	sessions, err := service.NewSessions(k.DB, c, []service.SigningKey{{ID: "k", Secret: make([]byte, 32)}}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	box, err := crypt.NewBox([]crypt.Key{{ID: "b", Secret: make([]byte, 32)}})
	require.NoError(t, err)
	blind, err := crypt.NewBlind(make([]byte, 32))
	require.NoError(t, err)
	d := &desk{sessions: sessions, staff: service.NewStaff(k.DB, sessions, box, blind)}
	d.handler = d.serve(service.NewStores(k.DB))
	return d
}

func (d *desk) serve(stores *service.Stores) http.Handler {
	gin.SetMode(gin.TestMode)
	problem.Install()
	engine := gin.New()
	config := huma.DefaultConfig("test", "1")
	config.CreateHooks = nil
	h := humagin.New(engine, config)
	s, p, st := api.NewSessionAPI(d.sessions), api.NewStaffAPI(d.staff), api.NewStoreAPI(stores)
	serve(h, d, "POST /auth/refresh", s.RefreshCustomer)
	serve(h, d, "POST /staff/auth/refresh", s.RefreshStaff)
	serve(h, d, "POST /auth/logout", s.LogoutCustomer)
	serve(h, d, "POST /staff/auth/logout", s.LogoutStaff)
	serve(h, d, "POST /staff/auth/password", p.SignInByPassword)
	serve(h, d, "GET /staff/me", p.StaffMe)
	serve(h, d, "PUT /staff/me/password", p.ChangeMyPassword)
	serve(h, d, "GET /staff/staff", p.ListStaff)
	serve(h, d, "POST /staff/staff", p.CreateStaff)
	serve(h, d, "GET /staff/staff/{id}", p.GetStaff)
	serve(h, d, "PUT /staff/staff/{id}", p.UpdateStaff)
	serve(h, d, "POST /staff/staff/{id}/disable", p.DisableStaff)
	serve(h, d, "POST /staff/staff/{id}/enable", p.EnableStaff)
	serve(h, d, "POST /staff/staff/{id}/reset-password", p.ResetStaffPassword)
	serve(h, d, "GET /public/stores", st.ListStores)
	serve(h, d, "POST /staff/stores", st.CreateStore)
	serve(h, d, "PUT /staff/stores/{id}", st.UpdateStore)
	serve(h, d, "GET /staff/regions", st.ListRegions)
	serve(h, d, "POST /staff/regions", st.CreateRegion)
	return engine
}

func serve[I, O any](h huma.API, d *desk, route string, fn func(context.Context, *I) (*O, error)) {
	method, path, _ := strings.Cut(route, " ")
	huma.Register(h, huma.Operation{
		Method: method, Path: path, OperationID: route,
		Middlewares: huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
			token := strings.TrimPrefix(ctx.Header("Authorization"), "Bearer ")
			if token == "" {
				next(ctx)
				return
			}
			who, err := d.sessions.Verify(ctx.Context(), token)
			if err != nil {
				_ = huma.WriteErr(h, ctx, 0, "", err)
				return
			}
			who.Scope = actor.All
			next(huma.WithContext(ctx, actor.With(ctx.Context(), who)))
		}},
	}, fn)
}

// call sends a request and decodes the answer.
func (d *desk) call(t *testing.T, token, route, body string, headers ...string) (int, map[string]any, http.Header) {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	answer := map[string]any{}
	if w.Body.Len() > 0 {
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer), w.Body.String())
	}
	return w.Code, answer, w.Header()
}

func TestStaffOperations(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		d := newDesk(t, k)
		_, _, err := d.staff.Create(t.Context(), actor.Machine(), once.Key{}, service.StaffForm{Username: "boss", Name: "老板", Role: actor.Admin, Password: "correct horse"})
		require.NoError(t, err)
		status, in, _ := d.call(t, "", "POST /staff/auth/password", `{"username":"Boss","password":"correct horse"}`)
		require.Equal(t, 200, status, in)
		require.Subset(t, keys(in), []string{"access_token", "expires_in", "refresh_token", "staff"})
		require.Equal(t, "老板", in["staff"].(map[string]any)["name"])
		token := in["access_token"].(string)

		status, region, _ := d.call(t, token, "POST /staff/regions", `{"name":"华东"}`)
		require.Equal(t, 200, status, region)
		status, store, _ := d.call(t, token, "POST /staff/stores", `{"name":"一店","city":"杭州","region_id":"`+region["id"].(string)+`","address":"文三路","phone":"0571-1"}`)
		require.Equal(t, 200, status, store)
		require.Equal(t, true, store["open"])
		shop := store["id"].(string)

		body := `{"username":"sam","name":"山姆","role":"sales","store_id":"` + shop + `","phone":"138 0013 8000"}`
		status, made, header := d.call(t, token, "POST /staff/staff", body, "Idempotency-Key", "k1")
		require.Equal(t, 200, status, made)
		require.NotEmpty(t, made["first_password"])
		require.Equal(t, "一店", made["store_name"])
		require.Equal(t, "13800138000", made["phone"])
		require.Empty(t, header.Get("Idempotency-Replayed"))
		status, again, header := d.call(t, token, "POST /staff/staff", body, "Idempotency-Key", "k1")
		require.Equal(t, 200, status)
		require.Equal(t, made["id"], again["id"])
		require.NotContains(t, again, "first_password")
		require.Equal(t, "true", header.Get("Idempotency-Replayed"))
		sam := "/staff/staff/" + made["id"].(string)

		first, _ := json.Marshal(made["first_password"])
		status, in, _ = d.call(t, "", "POST /staff/auth/password", `{"username":"sam","password":`+string(first)+`}`)
		require.Equal(t, 200, status)
		require.Equal(t, true, in["password_change_required"])
		hers := in["access_token"].(string)
		status, _, _ = d.call(t, hers, "PUT /staff/me/password", `{"old_password":`+string(first)+`,"new_password":"quite another horse"}`)
		require.Equal(t, 204, status)
		status, me, _ := d.call(t, hers, "GET /staff/me", "")
		require.Equal(t, 200, status)
		require.Equal(t, false, me["password_change_required"])

		status, pair, _ := d.call(t, "", "POST /staff/auth/refresh", `{"refresh_token":"`+in["refresh_token"].(string)+`"}`)
		require.Equal(t, 200, status, pair)
		require.Len(t, keys(pair), 3)
		status, problem, _ := d.call(t, "", "POST /auth/refresh", `{"refresh_token":"`+pair["refresh_token"].(string)+`"}`)
		require.Equal(t, 401, status)
		require.Equal(t, "token.invalid", problem["code"])

		status, list, _ := d.call(t, token, "GET /staff/staff?role=sales&state=active&q=sa&store_id="+shop, "")
		require.Equal(t, 200, status, list)
		require.Len(t, list["items"], 1)
		status, got, _ := d.call(t, token, "GET "+sam, "")
		require.Equal(t, 200, status)
		status, put, _ := d.call(t, token, "PUT "+sam, `{"name":"山姆","role":"supervisor","store_id":"`+shop+`"}`)
		require.Equal(t, 200, status, put)
		require.NotContains(t, put, "phone")
		require.Greater(t, put["version"], got["version"])
		status, off, _ := d.call(t, token, "POST "+sam+"/disable", "")
		require.Equal(t, 200, status, off)
		require.NotNil(t, off["disabled_at"])
		status, problem, _ = d.call(t, pair["access_token"].(string), "GET /staff/me", "")
		require.Equal(t, 401, status)
		require.Equal(t, "session.revoked", problem["code"])
		status, on, _ := d.call(t, token, "POST "+sam+"/enable", "{}")
		require.Equal(t, 200, status, on)
		status, reset, _ := d.call(t, token, "POST "+sam+"/reset-password", "")
		require.Equal(t, 200, status)
		require.Len(t, reset, 1)

		status, store, _ = d.call(t, token, "PUT /staff/stores/"+shop, `{"name":"一店","city":"杭州","address":"文三路","phone":"","open":false}`)
		require.Equal(t, 200, status, store)
		_, list, _ = d.call(t, "", "GET /public/stores", "")
		require.Empty(t, list["items"])
		_, list, _ = d.call(t, "", "GET /public/stores?include_closed=true", "")
		require.Len(t, list["items"], 1)
		_, list, _ = d.call(t, token, "GET /staff/regions", "")
		require.Len(t, list["items"], 1)

		status, _, _ = d.call(t, token, "POST /staff/auth/logout", "")
		require.Equal(t, 204, status)
		status, _, _ = d.call(t, token, "GET /staff/me", "")
		require.Equal(t, 401, status)
	})
}

func TestStaffOperationsRefuse(t *testing.T) {
	t.Parallel()
	k := testkit.SQLite(t)
	d := newDesk(t, k)
	_, _, err := d.staff.Create(t.Context(), actor.Machine(), once.Key{}, service.StaffForm{Username: "boss", Name: "老板", Role: actor.Admin, Password: "correct horse"})
	require.NoError(t, err)
	_, in, _ := d.call(t, "", "POST /staff/auth/password", `{"username":"boss","password":"correct horse"}`)
	token := in["access_token"].(string)
	boss := in["staff"].(map[string]any)["id"].(string)
	nobody := id.New().String()
	tests := []struct {
		name, route, body string
		status            int
		code, location    string
	}{
		{"wrong password", "POST /staff/auth/password", `{"username":"boss","password":"wrong"}`, 401, "auth.failed", ""},
		{"no user name", "POST /staff/auth/password", `{"password":"wrong"}`, 422, "input.invalid", "body.username"},
		{"no refresh token", "POST /staff/auth/refresh", `{"refresh_token":"x"}`, 401, "token.invalid", ""},
		{"wrong old password", "PUT /staff/me/password", `{"old_password":"x","new_password":"a good new horse"}`, 422, "input.invalid", "body.old_password"},
		{"short password", "PUT /staff/me/password", `{"old_password":"correct horse","new_password":"x"}`, 422, "input.invalid", "body.new_password"},
		{"unknown role", "POST /staff/staff", `{"username":"abc","name":"A","role":"king"}`, 422, "input.invalid", "body.role"},
		{"role without its store", "POST /staff/staff", `{"username":"abc","name":"A","role":"sales"}`, 422, "input.invalid", "body.store_id"},
		{"store that is none", "POST /staff/staff", `{"username":"abc","name":"A","role":"sales","store_id":"` + nobody + `"}`, 422, "input.invalid", "body.store_id"},
		{"admin with a store", "POST /staff/staff", `{"username":"abc","name":"A","role":"admin","store_id":"` + nobody + `"}`, 422, "input.invalid", "body.store_id"},
		{"head without a region", "POST /staff/staff", `{"username":"abc","name":"A","role":"regional_head"}`, 422, "input.invalid", "body.region_id"},
		{"region that is none", "POST /staff/staff", `{"username":"abc","name":"A","role":"regional_head","region_id":"` + nobody + `"}`, 422, "input.invalid", "body.region_id"},
		{"region of an admin", "POST /staff/staff", `{"username":"abc","name":"A","role":"admin","region_id":"` + nobody + `"}`, 422, "input.invalid", "body.region_id"},
		{"bad user name", "POST /staff/staff", `{"username":"a b c","name":"A","role":"admin"}`, 422, "input.invalid", "body.username"},
		{"blank name", "POST /staff/staff", `{"username":"abc","name":" ","role":"admin"}`, 422, "input.invalid", "body.name"},
		{"bad phone", "POST /staff/staff", `{"username":"abc","name":"A","role":"admin","phone":"12"}`, 422, "input.invalid", "body.phone"},
		{"user name taken", "POST /staff/staff", `{"username":"BOSS","name":"A","role":"admin"}`, 409, "staff.username_taken", ""},
		{"nobody", "GET /staff/staff/" + nobody, "", 404, "not_found", ""},
		{"own account", "POST /staff/staff/" + boss + "/disable", "", 409, "staff.own_account", ""},
		{"last admin", "PUT /staff/staff/" + boss, `{"name":"A","role":"management"}`, 409, "staff.last_admin", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			status, answer, _ := d.call(t, token, tt.route, tt.body)
			require.Equal(t, tt.status, status, answer)
			require.Equal(t, tt.code, answer["code"])
			if tt.location != "" {
				first := answer["errors"].([]any)[0].(map[string]any)
				require.Equal(t, tt.location, first["location"])
			}
		})
	}
}

func keys(m map[string]any) []string {
	var names []string
	for k := range m {
		names = append(names, k)
	}
	return names
}
