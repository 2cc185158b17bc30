package identity_test

import (
	"context"
	"encoding/json"
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
	"guike/internal/wechat"
	"guike/model/db"
	service "guike/service/identity"

	"guike/service/flow"
	"guike/testkit"
)

// platform stands for WeChat: a login code is the openid, a phone code is "<openid>:<phone>".
type platform struct{}

func (platform) Code2Session(_ context.Context, code string) (wechat.Session, error) {
	if code == "used" {
		return wechat.Session{}, &wechat.APIError{Class: wechat.ClassClientMustAct, Errcode: 40163}
	}
	return wechat.Session{OpenID: code, SessionKey: "very-secret-session-key"}, nil
}

func (platform) PhoneNumber(_ context.Context, code, openid string) (wechat.Phone, error) {
	phone, ok := strings.CutPrefix(code, openid+":")
	if !ok {
		return wechat.Phone{}, &wechat.APIError{Class: wechat.ClassClientMustAct}
	}
	return wechat.Phone{Pure: phone, CountryCode: "86"}, nil
}

type anySession struct{}

func (anySession) Open(_ context.Context, _ *db.Tx, _ actor.Kind, subject id.ID, _ service.Meta) (service.Tokens, error) {
	return service.Tokens{Access: "customer:" + subject.String(), ExpiresIn: 1800, Refresh: "refresh"}, nil
}

type anyFile struct{}

func (anyFile) AttachTx(context.Context, *db.Tx, actor.Actor, []id.ID, string, id.ID) error {
	return nil
}

// lobby serves the customer half of the domain. The bearer token is "<kind>:<id>".
type lobby struct{ handler http.Handler }

func newLobby(t *testing.T, k *testkit.Kit) *lobby {
	t.Helper()
	box, err := crypt.NewBox([]crypt.Key{{ID: "b", Secret: make([]byte, 32)}})
	require.NoError(t, err)
	blind, err := crypt.NewBlind(make([]byte, 32))
	require.NoError(t, err)
	customers := service.NewCustomers(service.CustomersDeps{
		DB: k.DB, Box: box, Blind: blind, Wechat: platform{}, Sessions: anySession{}, Zone: testkit.Zone,
	})
	consents, homes := service.NewConsents(k.DB), service.NewHomes(k.DB, box, blind)
	flows := flow.New(flow.Deps{DB: k.DB, Customers: customers, Homes: homes, Consents: consents, Phones: platform{}, Files: anyFile{}})
	k.Tx(t, service.SeedPolicies)
	a := api.NewCustomerAPI(api.CustomerDeps{
		Customers: customers, Homes: homes, Consents: consents, Flows: flows,
		Avatars: func(_ context.Context, files []id.ID) (map[id.ID]string, error) {
			return map[id.ID]string{files[0]: "https://x/" + files[0].String()}, nil
		},
	})
	return &lobby{customerRoutes(a)}
}

func customerRoutes(a *api.CustomerAPI) http.Handler {
	gin.SetMode(gin.TestMode)
	problem.Install()
	engine := gin.New()
	config := huma.DefaultConfig("test", "1")
	config.CreateHooks = nil
	h := humagin.New(engine, config)
	receive(h, "POST /auth/wechat", a.SignInWithWechat)
	receive(h, "GET /me", a.ReadProfile)
	receive(h, "PUT /me/profile", a.ChangeProfile)
	receive(h, "POST /me/phone", a.BindPhone)
	receive(h, "GET /me/privacy/access-log", a.ListAccesses)
	receive(h, "GET /me/homes", a.ListHomes)
	receive(h, "POST /me/homes", a.CreateHome)
	receive(h, "GET /me/homes/{id}", a.ReadHome)
	receive(h, "POST /me/homes/{id}/invitations", a.InviteToHome)
	receive(h, "POST /me/home-invitations/{code}/accept", a.AcceptHomeInvitation)
	receive(h, "DELETE /me/homes/{id}/members/{customer_id}", a.RemoveHomeMember)
	receive(h, "GET /public/policies", a.ListPolicies)
	receive(h, "GET /public/policies/{policy}/versions/{version}", a.ReadPolicy)
	receive(h, "POST /me/consents", a.RecordConsent)
	receive(h, "DELETE /me/consents/{purpose}", a.WithdrawConsent)
	receive(h, "GET /me/consents", a.ListConsents)
	receive(h, "GET /me/consents/history", a.ListConsentHistory)
	receive(h, "GET /staff/customers", a.ListCustomers)
	receive(h, "POST /staff/customers", a.EnterCustomer)
	receive(h, "GET /staff/customers/{id}", a.ReadCustomer)
	receive(h, "POST /staff/customers/{id}/reveal", a.RevealCustomer)
	return engine
}

func receive[I, O any](h huma.API, route string, fn func(context.Context, *I) (*O, error)) {
	method, path, _ := strings.Cut(route, " ")
	huma.Register(h, huma.Operation{
		Method: method, Path: path, OperationID: route,
		Middlewares: huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
			kind, subject, _ := strings.Cut(strings.TrimPrefix(ctx.Header("Authorization"), "Bearer "), ":")
			who, _ := id.Parse(subject)
			next(huma.WithContext(ctx, actor.With(ctx.Context(), actor.Actor{Kind: actor.Kind(kind), ID: who, Scope: actor.All})))
		}},
	}, fn)
}

type reply struct {
	status int
	header http.Header
	body   map[string]any
	text   string
}

// call sends a request; key is the idempotency key, empty for none.
func (l *lobby) call(t *testing.T, token, route, body, key string) reply {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := httptest.NewRecorder()
	l.handler.ServeHTTP(w, r)
	out := reply{status: w.Code, header: w.Header(), text: w.Body.String()}
	if out.text != "" {
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &out.body), out.text)
	}
	return out
}

func (l *lobby) signIn(t *testing.T, openid string) (token, customer string) {
	t.Helper()
	r := l.call(t, "", "POST /auth/wechat", `{"code":"`+openid+`","scene":"x=1"}`, "")
	require.Equal(t, 200, r.status, r.text)
	require.NotContains(t, r.text, "session")
	return r.body["access_token"].(string), r.body["customer"].(map[string]any)["id"].(string)
}

func TestCustomerOperations(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		l := newLobby(t, k)
		me, myID := l.signIn(t, "o1")
		steps := []struct {
			name, token, route, body, key string
			status                        int
			says                          string
		}{
			{"used code", "", "POST /auth/wechat", `{"code":"used"}`, "", 401, "wechat.code_invalid"},
			{"no code", "", "POST /auth/wechat", `{}`, "", 422, "body.code"},
			{"unknown field", "", "POST /auth/wechat", `{"code":"a","openid":"b"}`, "", 422, "body.openid"},
			{"me", me, "GET /me", "", "", 200, myID},
			{"staff have no profile here", "staff:" + id.New().String(), "GET /me", "", "", 404, "not_found"},
			{"profile", me, "PUT /me/profile", `{"nickname":"李先生","birthday":"1990-05-20","version":1}`, "", 200, `"birthday":"1990-05-20"`},
			{"profile of an old version", me, "PUT /me/profile", `{"nickname":"又","version":1}`, "", 409, "profile.changed"},
			{"profile takes away", me, "PUT /me/profile", `{"birthday":"","avatar_file_id":""}`, "", 200, `"birthday":""`},
			{"no day", me, "PUT /me/profile", `{"birthday":"1990-02-30"}`, "", 422, "body.birthday"},
			{"no id", me, "PUT /me/profile", `{"avatar_file_id":"zz"}`, "", 422, "body.avatar_file_id"},
			{"avatar", me, "PUT /me/profile", `{"avatar_file_id":"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"}`, "", 200, `"avatar_url":"https://x/01980f4e`},
			{"phone without consent", me, "POST /me/phone", `{"code":"o1:13800138001"}`, "p1", 403, "consent.required"},
			{"policies", "", "GET /public/policies", "", "", 200, `"purposes":["privacy","phone"`},
			{"policy text", "", "GET /public/policies/privacy/versions/1", "", "", 200, `"body":"`},
			{"no such version", "", "GET /public/policies/privacy/versions/9", "", "", 404, "not_found"},
			{"old version", me, "POST /me/consents", `{"policy":"privacy","version":9,"purpose":"phone","granted":true}`, "", 422, "body.version"},
			{"consent", me, "POST /me/consents", `{"policy":"privacy","version":1,"purpose":"phone","granted":true}`, "c1", 200, `"granted":true`},
			{"where I stand", me, "GET /me/consents", "", "", 200, `{"purpose":"phone","policy":"privacy","current_version":1,"granted":true`},
			{"history", me, "GET /me/consents/history", "", "", 200, `"next_cursor":""`},
			{"a code of nobody", me, "POST /me/phone", `{"code":"o9:13800138001"}`, "", 422, "phone.code_invalid"},
			{"phone", me, "POST /me/phone", `{"code":"o1:13800138001"}`, "p1", 200, `"phone":"13800138001"`},
			{"phone once more", me, "POST /me/phone", `{"code":"o1:13800138001"}`, "p1", 200, `"phone":"13800138001"`},
			{"another body under the key", me, "POST /me/phone", `{"code":"x"}`, "p1", 409, "idempotency.mismatch"},
			{"withdraw", me, "DELETE /me/consents/phone", "", "", 204, ""},
			{"nothing to withdraw", me, "DELETE /me/consents/phone", "", "", 204, ""},
			{"no such purpose", me, "DELETE /me/consents/nonsense", "", "", 404, "not_found"},
			{"nobody looked", me, "GET /me/privacy/access-log", "", "", 200, `"items":[]`},
			{"no homes", me, "GET /me/homes", "", "", 200, `"items":[]`},
			{"no area", me, "POST /me/homes", `{"name":"a","city":"b","address":"c","area_m2":0}`, "", 422, "body.area_m2"},
		}
		for _, s := range steps {
			r := l.call(t, s.token, s.route, s.body, s.key)
			require.Equal(t, s.status, r.status, s.name+": "+r.text)
			require.Contains(t, r.text, s.says, s.name)
		}
		r := l.call(t, me, "POST /me/phone", `{"code":"o1:13800138001"}`, "p1")
		require.Equal(t, "true", r.header.Get("Idempotency-Replayed"))
	})
}

func TestHomeOperations(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		l := newLobby(t, k)
		owner, ownerID := l.signIn(t, "owner")
		guest, guestID := l.signIn(t, "guest")
		const body = `{"name":"滨江花园","city":"上海市","district":"浦东新区","address":"世纪大道100号","area_m2":118.5}`
		made := l.call(t, owner, "POST /me/homes", body, "h1")
		require.Equal(t, 200, made.status, made.text)
		home := made.body["id"].(string)
		require.Equal(t, home, l.call(t, owner, "POST /me/homes", body, "h1").body["id"])
		require.Contains(t, made.text, `"area_m2":118.5`)

		require.Equal(t, 404, l.call(t, guest, "GET /me/homes/"+home, "", "").status)
		require.Equal(t, 404, l.call(t, guest, "GET /me/homes/nonsense", "", "").status)
		require.Equal(t, 422, l.call(t, owner, "POST /me/homes/"+home+"/invitations", `{"role":"king"}`, "").status)
		require.Equal(t, 422, l.call(t, owner, "POST /me/homes/"+home+"/invitations", `{"role":"guest","days":91}`, "").status)
		invited := l.call(t, owner, "POST /me/homes/"+home+"/invitations", `{"role":"guest","days":90}`, "i1")
		require.Equal(t, 200, invited.status, invited.text)
		require.Equal(t, invited.text, l.call(t, owner, "POST /me/homes/"+home+"/invitations", `{"role":"guest","days":90}`, "i1").text)

		accept := "POST /me/home-invitations/" + invited.body["code"].(string) + "/accept"
		seen := l.call(t, guest, accept, "", "")
		require.Equal(t, 200, seen.status, seen.text)
		require.Equal(t, "上海市浦东新区****", seen.body["address"])
		require.Len(t, seen.body["members"], 2)
		require.Equal(t, 200, l.call(t, guest, accept, "{}", "").status, "an action without fields takes {} too")
		require.Equal(t, 403, l.call(t, guest, "POST /me/homes/"+home+"/invitations", `{"role":"guest"}`, "").status)
		require.Equal(t, 409, l.call(t, owner, "DELETE /me/homes/"+home+"/members/"+ownerID, "", "").status)
		require.Equal(t, 204, l.call(t, owner, "DELETE /me/homes/"+home+"/members/"+guestID, "", "").status)
		require.Equal(t, 404, l.call(t, guest, "GET /me/homes/"+home, "", "").status)
	})
}

func TestStaffUponCustomers(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		l, staff := newLobby(t, k), "staff:"+id.New().String()
		made := l.call(t, staff, "POST /staff/customers", `{"name":"李小明","phone":"138-0013-8877","note":"周末到店"}`, "e1")
		require.Equal(t, 200, made.status, made.text)
		customer := made.body["id"].(string)
		require.Equal(t, "138******77", made.body["phone"])
		require.Equal(t, "李*明", made.body["name"])
		require.NotContains(t, made.text, "8877")
		exists := l.call(t, staff, "POST /staff/customers", `{"name":"李小明","phone":"13800138877"}`, "")
		require.Equal(t, 409, exists.status)
		require.Contains(t, exists.text, customer)

		for _, q := range []string{"phone_last4=8877", "q=13800138877", "q=李小明", "q=李*"} {
			found := l.call(t, staff, "GET /staff/customers?"+q, "", "")
			require.Equal(t, 200, found.status, found.text)
			require.Len(t, found.body["items"], 1, q)
			require.NotContains(t, found.text, "8877")
		}
		require.Equal(t, 422, l.call(t, staff, "GET /staff/customers?phone_last4=887", "", "").status)
		require.Equal(t, 422, l.call(t, staff, "POST /staff/customers", `{"name":"李","phone":"110"}`, "").status)

		path := "/staff/customers/" + customer
		require.Equal(t, 200, l.call(t, staff, "GET "+path, "", "").status)
		require.Equal(t, 404, l.call(t, staff, "GET /staff/customers/"+id.New().String(), "", "").status)
		for _, bad := range []string{`{"reason":"看看","fields":["phone"]}`, `{"reason":"确认上门时间","fields":["password"]}`, `{"reason":"确认上门时间","fields":[]}`, `{"reason":"确认上门时间"}`} {
			require.Equal(t, 422, l.call(t, staff, "POST "+path+"/reveal", bad, "").status, bad)
		}
		shown := l.call(t, staff, "POST "+path+"/reveal", `{"reason":"确认上门时间","fields":["phone"]}`, "")
		require.Equal(t, 200, shown.status, shown.text)
		require.Equal(t, "13800138877", shown.body["phone"])
		require.NotContains(t, shown.text, "李小明")
		for range revealsPerHour - 1 {
			require.Equal(t, 200, l.call(t, staff, "POST "+path+"/reveal", `{"reason":"确认上门时间","fields":["phone"]}`, "").status)
		}
		limited := l.call(t, staff, "POST "+path+"/reveal", `{"reason":"确认上门时间","fields":["phone"]}`, "")
		require.Equal(t, 429, limited.status)
		require.NotEmpty(t, limited.header.Get("Retry-After"))
	})
}

// revealsPerHour repeats the limit of row P7 in figures, so that a change of the constant shows.
const revealsPerHour = 20
