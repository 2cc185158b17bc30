package project_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	api "guike/api/project"
	"guike/internal/actor"
	"guike/internal/crypt"
	"guike/internal/fault/problem"
	"guike/internal/id"
	"guike/model/db"
	filemodel "guike/model/files"
	"guike/model/identity"
	"guike/service/files"
	"guike/service/flow"
	service "guike/service/identity"
	"guike/service/project"
	"guike/testkit"
)

// desk serves the domain's operations to whoever is named in the header As; who may do what is the
// router's.
type desk struct {
	*testkit.Kit
	handler http.Handler
	actors  map[string]actor.Actor
}

type silence struct{}

func (silence) Publish(context.Context, string, []byte) {}

type links struct{}

func (links) Links(_ context.Context, _ db.Reader, ids []id.ID) (map[id.ID]project.Picture, error) {
	signed := map[id.ID]project.Picture{}
	for _, f := range ids {
		signed[f] = project.Picture{URL: "/f/" + f.String(), ThumbURL: "/t/" + f.String()}
	}
	return signed, nil
}

func newDesk(t *testing.T, k *testkit.Kit) *desk {
	t.Helper()
	box, err := crypt.NewBox([]crypt.Key{{ID: "k", Secret: make([]byte, crypt.KeyBytes)}})
	require.NoError(t, err)
	blind, err := crypt.NewBlind(make([]byte, crypt.KeyBytes))
	require.NoError(t, err)
	projects := project.New(project.Deps{Journal: &project.Journal{DB: k.DB, Zone: testkit.Zone, Live: silence{}, Links: links{}}, Box: box, Entropy: rand.Reader})
	flows := flow.New(flow.Deps{
		DB: k.DB, Customers: service.NewCustomers(service.CustomersDeps{DB: k.DB, Box: box, Blind: blind, Zone: testkit.Zone}),
		Homes: service.NewHomes(k.DB, box, blind), Projects: projects, Files: files.New(files.Deps{DB: k.DB}),
	})
	store := k.Store(t)
	d := &desk{Kit: k, actors: map[string]actor.Actor{
		"manager":  k.Staff(t, actor.StoreManager, store, actor.Store),
		"other":    k.Staff(t, actor.Installer, store, actor.Own),
		"stranger": k.Staff(t, actor.StoreManager, k.Store(t), actor.Store),
		"outsider": {Kind: actor.Customer, ID: id.New()},
	}}
	d.serve(api.New(projects, flows, nil))
	k.Tx(t, project.SeedTemplates)
	return d
}

func (d *desk) serve(a *api.API) {
	gin.SetMode(gin.TestMode)
	problem.Install()
	engine := gin.New()
	config := huma.DefaultConfig("test", "1")
	config.CreateHooks = nil
	h := humagin.New(engine, config)
	serve(h, d, 201, "POST /staff/projects", a.Create)
	serve(h, d, 200, "GET /staff/projects", a.List)
	serve(h, d, 200, "GET /staff/projects/{id}", a.Get)
	serve(h, d, 200, "GET /staff/projects/{id}/timeline", a.Timeline)
	serve(h, d, 200, "POST /staff/projects/{id}/stages/{key}/start", a.StartStage)
	serve(h, d, 200, "POST /staff/projects/{id}/stages/{key}/complete", a.CompleteStage)
	serve(h, d, 200, "POST /staff/projects/{id}/stages/{key}/reopen", a.ReopenStage)
	serve(h, d, 201, "POST /staff/projects/{id}/daily-logs", a.PostDailyLog)
	serve(h, d, 200, "GET /staff/projects/{id}/daily-logs/{log_id}/history", a.LogHistory)
	serve(h, d, 200, "GET /staff/projects/{id}/people", a.People)
	serve(h, d, 201, "POST /staff/projects/{id}/people", a.Assign)
	serve(h, d, 200, "POST /staff/projects/{id}/cancel", a.Cancel)
	serve(h, d, 200, "GET /staff/projects/{id}/service-code.png", a.StaffServiceCodePNG)
	serve(h, d, 200, "GET /me/projects", a.MyProjects)
	serve(h, d, 200, "GET /me/projects/{id}", a.MyProject)
	serve(h, d, 200, "GET /me/projects/{id}/timeline", a.MyTimeline)
	serve(h, d, 200, "GET /public/service-codes/{code}", a.ServiceCode)
	serve(h, d, 200, "GET /public/service-codes/{code}/qr.png", a.ServiceCodePNG)
	d.handler = engine
}

func serve[I, O any](h huma.API, d *desk, status int, route string, fn func(context.Context, *I) (*O, error)) {
	method, path, _ := strings.Cut(route, " ")
	huma.Register(h, huma.Operation{
		Method: method, Path: path, OperationID: route, DefaultStatus: status,
		Middlewares: huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
			next(huma.WithContext(ctx, actor.With(ctx.Context(), d.actors[ctx.Header("As")])))
		}},
	}, fn)
}

type answer struct {
	code   int
	body   map[string]any
	raw    string
	header http.Header
}

// call sends a request and decodes the answer.
func (d *desk) call(t *testing.T, as, route, body string, headers ...string) answer {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("As", as)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	a := answer{code: w.Code, raw: w.Body.String(), header: w.Header()}
	if strings.Contains(w.Header().Get("Content-Type"), "json") && w.Body.Len() > 0 {
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &a.body), a.raw)
	}
	return a
}

const creation = `{"kind":"custom_furniture","title":"滨江花园","customer_phone":"13800138000","customer_name":"王小明",
"home":{"name":"滨江花园","city":"上海市","district":"浦东新区","address":"世纪大道 100 号","area_m2":126.5},
"contract_amount_fen":12800000,"planned_start":"2026-11-23"}`

// begin creates a project and signs its owner in.
func (d *desk) begin(t *testing.T) (project map[string]any, path string) {
	t.Helper()
	made := d.call(t, "manager", "POST /staff/projects", creation, "Idempotency-Key", id.New().String())
	require.Equal(t, 201, made.code, made.raw)
	customer, err := id.Parse(made.body["customer_id"].(string))
	require.NoError(t, err)
	d.actors["owner"] = actor.Actor{Kind: actor.Customer, ID: customer}
	return made.body, "/projects/" + made.body["id"].(string)
}

func (d *desk) upload(t *testing.T, as string) string {
	t.Helper()
	who := d.actors[as]
	f := filemodel.File{
		ID: id.New(), Kind: filemodel.Picture, OwnerKind: who.Kind, OwnerID: who.ID, StoreID: who.StoreID, ContentType: "image/jpeg",
		Bytes: 10, Width: 1, Height: 1, SHA256: make([]byte, 32), State: filemodel.Uploaded, CheckState: filemodel.CheckNone,
	}
	d.Tx(t, func(ctx context.Context, tx *db.Tx) error { return filemodel.InsertTx(ctx, tx, &f) })
	return f.ID.String()
}

func TestOneHomeFollowed(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		d := newDesk(t, k)
		made, path := d.begin(t)
		require.Regexp(t, `^S[0-9A-Z]{13}$`, made["service_code"])
		require.Len(t, made["stages"], 9)
		require.Equal(t, "measure", made["stages"].([]any)[0].(map[string]any)["key"])

		for _, body := range []string{"", "{}"} {
			d.call(t, "manager", "POST /staff"+path+"/stages/measure/start", body)
		}
		refused := d.call(t, "manager", "POST /staff"+path+"/stages/sign/start", "")
		require.Equal(t, 409, refused.code, refused.raw)
		require.Equal(t, "stage.conditions_unmet", refused.body["code"])
		require.Len(t, refused.body["errors"], 2)
		ended := d.call(t, "manager", "POST /staff"+path+"/stages/measure/complete", "{}")
		require.Equal(t, 200, ended.code, ended.raw)
		require.Equal(t, "completed", ended.body["state"])
		require.EqualValues(t, 5, ended.body["project_percent"])

		file := d.upload(t, "manager")
		posted := d.call(t, "manager", "POST /staff"+path+"/daily-logs", `{"done_today":"今日完成水电开槽","plan_tomorrow":"明日进场线管","file_ids":["`+file+`"]}`, "Idempotency-Key", "k1")
		require.Equal(t, 201, posted.code, posted.raw)
		require.EqualValues(t, 1, posted.body["revision"])
		require.Equal(t, "2026-11-23", posted.body["day"])
		replayed := d.call(t, "manager", "POST /staff"+path+"/daily-logs", `{"file_ids":["`+file+`"],"plan_tomorrow":"明日进场线管","done_today":"今日完成水电开槽"}`, "Idempotency-Key", "k1")
		require.Equal(t, "true", replayed.header.Get("Idempotency-Replayed"))
		require.Equal(t, posted.raw, replayed.raw)
		mismatch := d.call(t, "manager", "POST /staff"+path+"/daily-logs", `{"done_today":"另一个"}`, "Idempotency-Key", "k1")
		require.Equal(t, "idempotency.mismatch", mismatch.body["code"])

		line := d.call(t, "owner", "GET /me"+path+"/timeline", "")
		require.Equal(t, 200, line.code, line.raw)
		first := line.body["items"].([]any)[0].(map[string]any)
		require.Equal(t, "daily_log", first["kind"])
		require.Equal(t, "/f/"+file, first["photos"].([]any)[0].(map[string]any)["url"])
		require.Equal(t, "store_manager", first["author"].(map[string]any)["role"])
		require.Contains(t, first["body"], "今日完成水电开槽")

		mine := d.call(t, "owner", "GET /me"+path, "")
		require.Equal(t, 200, mine.code, mine.raw)
		require.EqualValues(t, 5, mine.body["percent"])
		require.Equal(t, "design", mine.body["next_step"].(map[string]any)["stage"])
		require.Equal(t, "owner", mine.body["role"])
		require.EqualValues(t, 12800000, mine.body["contract_amount_fen"])
		require.NotNil(t, mine.body["responsible"])
		require.NotContains(t, mine.raw, "contact")
		list := d.call(t, "owner", "GET /me/projects?limit=5", "")
		require.Len(t, list.body["items"], 1)

		history := d.call(t, "manager", "GET /staff"+path+"/daily-logs/"+posted.body["id"].(string)+"/history", "")
		require.Len(t, history.body["items"], 1)
	})
}

func TestTagsSpareTheBody(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		d := newDesk(t, k)
		_, path := d.begin(t)
		for as, routes := range map[string][]string{
			"owner":   {"GET /me" + path, "GET /me" + path + "/timeline"},
			"manager": {"GET /staff" + path, "GET /staff" + path + "/timeline"},
		} {
			for _, route := range routes {
				full := d.call(t, as, route, "")
				require.Equal(t, 200, full.code, full.raw)
				tag := full.header.Get("ETag")
				require.Regexp(t, `^"[0-9a-f]+"$`, tag)
				same := d.call(t, as, route, "", "If-None-Match", `"x", W/`+tag)
				require.Equal(t, 304, same.code, route)
				require.Empty(t, same.raw)
				require.Equal(t, tag, same.header.Get("ETag"))
				require.Equal(t, 200, d.call(t, as, route, "", "If-None-Match", `"x"`).code)
			}
		}
	})
}

func TestAnothersProjectIsNoProject(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		d := newDesk(t, k)
		_, path := d.begin(t)
		staffID := d.actors["other"].ID.String()
		nothing := "/projects/" + id.New().String()
		for _, tt := range []struct{ as, route, body string }{
			{"stranger", "GET /staff%", ""},
			{"stranger", "GET /staff%/timeline", ""},
			{"stranger", "POST /staff%/stages/measure/start", ""},
			{"stranger", "POST /staff%/stages/measure/complete", ""},
			{"stranger", "POST /staff%/stages/measure/reopen", `{"reason":"误点完成"}`},
			{"stranger", "POST /staff%/daily-logs", `{"done_today":"x"}`},
			{"stranger", "GET /staff%/daily-logs/" + staffID + "/history", ""},
			{"stranger", "GET /staff%/people", ""},
			{"stranger", "POST /staff%/people", `{"staff_id":"` + staffID + `"}`},
			{"stranger", "POST /staff%/cancel", `{"reason":"x"}`},
			{"stranger", "GET /staff%/service-code.png", ""},
			{"other", "GET /staff%", ""},
			{"outsider", "GET /me%", ""},
			{"outsider", "GET /me%/timeline", ""},
		} {
			theirs := d.call(t, tt.as, strings.Replace(tt.route, "%", path, 1), tt.body)
			none := d.call(t, tt.as, strings.Replace(tt.route, "%", nothing, 1), tt.body)
			require.Equal(t, 404, theirs.code, tt.route+theirs.raw)
			require.Equal(t, none.raw, theirs.raw, tt.route)
		}
	})
}

func TestPeopleCodesAndCancelling(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		d := newDesk(t, k)
		made, path := d.begin(t)
		named := d.call(t, "manager", "POST /staff"+path+"/people", `{"staff_id":"`+d.actors["other"].ID.String()+`","note":"交接"}`)
		require.Equal(t, 201, named.code, named.raw)
		require.Equal(t, "installer", named.body["role"])
		require.Len(t, d.call(t, "other", "GET /staff"+path+"/people", "").body["items"], 2, "who is named sees the project")

		code := made["service_code"].(string)
		card := d.call(t, "", "GET /public/service-codes/"+code, "")
		require.Equal(t, 200, card.code, card.raw)
		require.Len(t, card.body["people"], 2)
		require.Equal(t, true, card.body["phones_masked"])
		require.NotContains(t, card.raw, "note")
		require.NotContains(t, card.raw, "滨江花园", "what the project is called is for its people")
		require.Equal(t, false, d.call(t, "owner", "GET /public/service-codes/"+code, "").body["phones_masked"])
		for _, bad := range []string{"S0000000000000", "x", "S000000000000U"} {
			require.Equal(t, 404, d.call(t, "", "GET /public/service-codes/"+bad, "").code)
			require.Equal(t, 404, d.call(t, "", "GET /public/service-codes/"+bad+"/qr.png", "").code)
		}
		for as, route := range map[string]string{"": "GET /public/service-codes/" + code + "/qr.png", "manager": "GET /staff" + path + "/service-code.png"} {
			picture := d.call(t, as, route, "")
			require.Equal(t, "image/png", picture.header.Get("Content-Type"))
			require.True(t, strings.HasPrefix(picture.raw, "\x89PNG"))
		}

		require.Equal(t, 422, d.call(t, "manager", "POST /staff"+path+"/cancel", `{"reason":""}`).code)
		gone := d.call(t, "manager", "POST /staff"+path+"/cancel", `{"reason":"客户暂停装修计划"}`)
		require.Equal(t, 200, gone.code, gone.raw)
		require.Equal(t, "cancelled", gone.body["state"])
		require.NotContains(t, d.call(t, "owner", "GET /me"+path+"/timeline", "").raw, "暂停", "the reason is for staff")
	})
}

func TestBadInputNamesTheField(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		d := newDesk(t, k)
		_, path := d.begin(t)
		long := strings.Repeat("长", 2001)
		for _, tt := range []struct{ route, body, field string }{
			{"/projects", strings.Replace(creation, "custom_furniture", "boat", 1), "body.kind"},
			{"/projects", strings.Replace(creation, "12800000", "-1", 1), "body.contract_amount_fen"},
			{"/projects", strings.Replace(creation, "2026-11-23", "2026-02-30", 1), "body.planned_start"},
			{"/projects", strings.Replace(creation, "13800138000", "12", 1), "body.customer_phone"},
			{"/projects", strings.Replace(creation, `"area_m2":126.5`, `"area_m2":0`, 1), "body.home.area_m2"},
			{path + "/daily-logs", `{"done_today":""}`, "body.done_today"},
			{path + "/daily-logs", `{"done_today":"   "}`, "body.done_today"},
			{path + "/daily-logs", `{"done_today":"` + long + `"}`, "body.done_today"},
			{path + "/daily-logs", `{"done_today":"x","plan_tomorrow":"` + long + `"}`, "body.plan_tomorrow"},
			{path + "/daily-logs", `{"done_today":"x","stage":"tiling"}`, "body.stage"},
			{path + "/daily-logs", `{"done_today":"x","file_ids":["` + id.New().String() + `"]}`, "body.file_ids[0]"},
			{path + "/daily-logs", `{"done_today":"x","colour":"red"}`, "body.colour"},
			{path + "/people", `{"staff_id":"` + id.New().String() + `"}`, "body.staff_id"},
		} {
			a := d.call(t, "manager", "POST /staff"+tt.route, tt.body)
			require.GreaterOrEqual(t, a.code, 400, tt.field)
			require.Less(t, a.code, 500, tt.field+a.raw)
			require.Contains(t, a.raw, `"`+tt.field+`"`, tt.body)
		}
		require.Len(t, d.call(t, "manager", "GET /staff/projects?state=planned&person="+d.actors["manager"].ID.String(), "").body["items"], 1)
		require.Equal(t, 422, d.call(t, "manager", "GET /staff/projects?state=none", "").code)
		require.Equal(t, 422, d.call(t, "manager", "GET /staff/projects?cursor=zz", "").code)
	})
}

func TestGuestsDoNotSeeTheAmount(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		d := newDesk(t, k)
		made, path := d.begin(t)
		home, err := id.Parse(made["home_id"].(string))
		require.NoError(t, err)
		k.Tx(t, func(ctx context.Context, tx *db.Tx) error {
			return identity.SetMemberTx(ctx, tx, identity.HomeMember{CustomerID: d.actors["outsider"].ID, HomeID: home, Role: identity.HomeGuest, Since: tx.Now})
		})
		seen := d.call(t, "outsider", "GET /me"+path, "")
		require.Equal(t, 200, seen.code)
		require.Equal(t, "guest", seen.body["role"])
		require.NotContains(t, seen.raw, "contract_amount_fen")
	})
}
