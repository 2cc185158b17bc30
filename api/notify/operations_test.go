package notify_test

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

	api "guike/api/notify"
	"guike/internal/actor"
	"guike/internal/fault/problem"
	"guike/internal/id"
	"guike/internal/wechat"
	"guike/model/db"
	"guike/model/identity"
	model "guike/model/notify"
	"guike/model/outbox"
	"guike/service/notify"
	"guike/testkit"
)

// desk serves the operations to whoever is named in the header As; who may do what is the router's.
type desk struct {
	*testkit.Kit
	handler http.Handler
	actors  map[string]actor.Actor
	message id.ID // one of two in the owner's inbox
}

func newDesk(t *testing.T, k *testkit.Kit) *desk {
	t.Helper()
	c, err := wechat.New(wechat.Config{AppID: "wxtest", Secret: "secret", Clock: k.Clock})
	require.NoError(t, err)
	s := notify.New(notify.Deps{DB: k.DB, Zone: testkit.Zone, WeChat: c, Live: live{}, Log: slog.New(slog.DiscardHandler)})
	d := &desk{Kit: k, actors: map[string]actor.Actor{
		"owner": {Kind: actor.Customer, ID: id.New()}, "other": {Kind: actor.Customer, ID: id.New()},
		"admin": {Kind: actor.Staff, ID: id.New(), Role: actor.Admin, Scope: actor.All},
	}}
	k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
		for range 2 {
			m := model.Message{OwnerKind: actor.Customer, OwnerID: d.actors["owner"].ID, EventID: id.New(), Kind: "daily_log", Title: "今日施工日志", Body: "水电", RefKind: "timeline_entry"}
			if _, err := model.AddMessageTx(ctx, tx, &m); err != nil {
				return err
			}
			d.message = m.ID
		}
		w := identity.WechatIdentity{OpenID: "o_owner", CustomerID: d.actors["owner"].ID, LastVisitAt: tx.Now, CreatedAt: tx.Now, Version: 1}
		if err := db.Insert(ctx, tx, &w); err != nil {
			return err
		}
		return notify.SeedDemoTemplates(ctx, tx)
	})
	d.serve(api.New(s))
	return d
}

func (d *desk) serve(a *api.API) {
	gin.SetMode(gin.TestMode)
	problem.Install()
	engine := gin.New()
	config := huma.DefaultConfig("test", "1")
	config.CreateHooks = nil
	h := humagin.New(engine, config)
	serve(h, d, "GET /me/inbox", a.Inbox)
	serve(h, d, "POST /me/inbox/{id}/read", a.Read)
	serve(h, d, "POST /me/inbox/read-all", a.ReadAll)
	serve(h, d, "GET /staff/inbox", a.StaffInbox)
	serve(h, d, "POST /staff/inbox/{id}/read", a.StaffRead)
	serve(h, d, "POST /staff/inbox/read-all", a.StaffReadAll)
	serve(h, d, "GET /me/subscription-templates", a.Templates)
	serve(h, d, "POST /me/subscription-grants", a.Grant)
	serve(h, d, "GET /staff/outbox/dead", a.DeadLetters)
	serve(h, d, "POST /staff/outbox/dead/{id}/requeue", a.Requeue)
	serve(h, d, "GET /staff/subscription-templates", a.StaffTemplates)
	serve(h, d, "PUT /staff/subscription-templates/{key}", a.ChangeTemplate)
	d.handler = engine
}

func serve[I, O any](h huma.API, d *desk, route string, fn func(context.Context, *I) (*O, error)) {
	method, path, _ := strings.Cut(route, " ")
	huma.Register(h, huma.Operation{
		Method: method, Path: path, OperationID: route,
		Middlewares: huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
			next(huma.WithContext(ctx, actor.With(ctx.Context(), d.actors[ctx.Header("As")])))
		}},
	}, fn)
}

// ask sends a request as somebody, with further headers written "Name: value".
func (d *desk) ask(t *testing.T, who, route, body string, headers ...string) (int, map[string]any, http.Header) {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("As", who)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	var decoded map[string]any
	if w.Body.Len() > 0 {
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &decoded), w.Body.String())
	}
	return w.Code, decoded, w.Header()
}

func TestInboxOperations(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		d := newDesk(t, k)
		code, body, header := d.ask(t, "owner", "GET /me/inbox?limit=1", "")
		require.Equal(t, http.StatusOK, code)
		require.Len(t, body["items"], 1)
		require.EqualValues(t, 2, body["unread"])
		require.NotEmpty(t, body["next_cursor"])
		code, _, _ = d.ask(t, "owner", "GET /me/inbox?limit=1", "", "If-None-Match: "+header.Get("ETag"))
		require.Equal(t, http.StatusNotModified, code)
		code, body, _ = d.ask(t, "owner", "GET /me/inbox?limit=1&cursor="+body["next_cursor"].(string), "")
		require.Equal(t, http.StatusOK, code)
		require.Empty(t, body["next_cursor"])

		read := "POST /me/inbox/" + d.message.String() + "/read"
		for _, c := range []struct {
			who, route, body string
			status           int
		}{
			{"other", read, "", http.StatusNotFound},
			{"admin", "POST /staff/inbox/" + d.message.String() + "/read", "", http.StatusNotFound},
			{"owner", read, "", http.StatusNoContent},
			{"owner", read, "{}", http.StatusNoContent},
			{"owner", "POST /me/inbox/" + id.New().String() + "/read", "", http.StatusNotFound},
			{"owner", "POST /me/inbox/x/read", "", http.StatusNotFound},
			{"owner", "GET /me/inbox?limit=101", "", http.StatusUnprocessableEntity},
			{"owner", "GET /me/inbox?cursor=x", "", http.StatusUnprocessableEntity},
			{"admin", "GET /staff/inbox", "", http.StatusOK},
			{"admin", "POST /staff/inbox/read-all", "", http.StatusNoContent},
		} {
			code, _, _ := d.ask(t, c.who, c.route, c.body)
			require.Equal(t, c.status, code, c.route)
		}
		code, body, _ = d.ask(t, "owner", "GET /me/inbox?unread=true", "", "If-None-Match: "+header.Get("ETag"))
		require.Equal(t, http.StatusOK, code, "what was read changes the tag")
		require.Len(t, body["items"], 1)
		code, _, _ = d.ask(t, "owner", "POST /me/inbox/read-all", "{}")
		require.Equal(t, http.StatusNoContent, code)
		_, body, _ = d.ask(t, "owner", "GET /me/inbox", "")
		require.EqualValues(t, 0, body["unread"])
	})
}

func TestGrantOperations(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		d := newDesk(t, k)
		const grants = "POST /me/subscription-grants"
		accept := `{"results":{"demo-daily_log":"accept","demo-stage":"reject"}}`
		for i := range 2 {
			code, body, header := d.ask(t, "owner", grants, accept, "Idempotency-Key: one")
			require.Equal(t, http.StatusOK, code)
			require.Equal(t, true, body["counted"])
			require.Equal(t, i == 1, header.Get("Idempotency-Replayed") == "true")
		}
		_, body, _ := d.ask(t, "owner", "GET /me/subscription-templates", "")
		for _, item := range body["items"].([]any) {
			offer := item.(map[string]any)
			require.Equal(t, offer["event"] == "daily_log", offer["remaining"] == 1.0, offer["event"])
		}
		for _, c := range []struct {
			body   string
			status int
		}{
			{`{"results":{"demo-stage":"reject"}}`, http.StatusConflict},
			{`{"results":{"demo-stage":"maybe"}}`, http.StatusUnprocessableEntity},
			{`{"results":{"模板":"accept"}}`, http.StatusUnprocessableEntity},
			{`{"results":{}}`, http.StatusUnprocessableEntity},
			{`{"results":{"demo-stage":1}}`, http.StatusUnprocessableEntity},
			{`{}`, http.StatusUnprocessableEntity},
		} {
			code, _, _ := d.ask(t, "owner", grants, c.body, "Idempotency-Key: one")
			require.Equal(t, c.status, code, c.body)
		}
	})
}

func TestStaffOperations(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		d := newDesk(t, k)
		worker := outbox.NewWorker(k.DB, nil, slog.New(slog.DiscardHandler))
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return outbox.AddTx(ctx, tx, "no.such_topic", map[string]int{"n": 1})
		})
		_, err := worker.Drain(t.Context())
		require.NoError(t, err)
		_, body, _ := d.ask(t, "admin", "GET /staff/outbox/dead", "")
		require.Len(t, body["items"], 1)
		dead := body["items"].([]any)[0].(map[string]any)
		require.Equal(t, "no.such_topic", dead["topic"])
		requeue := "POST /staff/outbox/dead/" + dead["id"].(string) + "/requeue"
		code, _, _ := d.ask(t, "admin", requeue, "")
		require.Equal(t, http.StatusNoContent, code)
		code, _, _ = d.ask(t, "admin", requeue, "")
		require.Equal(t, http.StatusNotFound, code)

		code, body, _ = d.ask(t, "admin", "GET /staff/subscription-templates", "")
		require.Equal(t, http.StatusOK, code)
		require.Len(t, body["items"], 4)
		const put = "PUT /staff/subscription-templates/"
		change := `{"template_id":"abc","event":"daily_log","title":"日志","page":"pages/a?id={project_id}","fields":{"thing1":"done_today"},"resendable":false,"active":true,"version":1}`
		for _, c := range []struct {
			route, body string
			status      int
		}{
			{put + "daily_log", change, http.StatusOK},
			{put + "daily_log", change, http.StatusConflict},
			{put + "another", strings.Replace(change, `"version":1`, `"version":0`, 1), http.StatusConflict},
			{put + "another", strings.Replace(strings.Replace(change, `"version":1`, `"version":0`, 1), `"active":true`, `"active":false`, 1), http.StatusOK},
			{put + "daily_log", strings.Replace(change, "done_today", "phone", 1), http.StatusUnprocessableEntity},
			{put + "daily_log", strings.Replace(change, "daily_log", "birthday", 1), http.StatusUnprocessableEntity},
			{put + "daily_log", `{"more":1}`, http.StatusUnprocessableEntity},
			{put + "A%20B", strings.Replace(change, `"version":1`, `"version":0`, 1), http.StatusUnprocessableEntity},
		} {
			code, body, _ := d.ask(t, "admin", c.route, c.body)
			require.Equal(t, c.status, code, "%s %v", c.body, body)
		}
	})
}
