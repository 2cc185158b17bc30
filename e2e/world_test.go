package e2e_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/id"
	"guike/internal/wechat/sim"
	"guike/model/db"
	kept "guike/model/settings"
	"guike/service/project"
	"guike/testkit"
)

// world is one deployment: its stores, its secrets, and the platform that it speaks to.
type world struct {
	t        testing.TB
	settings settings
	platform *sim.Server
}

// each runs fn on the embedded stores, and on MySQL and Redis where they are at hand.
func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		fn(t, newWorld(t, settings{}))
	})
	if !testkit.HasMySQL() {
		return
	}
	t.Run("mysql_redis", func(t *testing.T) {
		t.Parallel()
		fn(t, newWorld(t, settings{"MYSQL_DSN": testkit.FreshSchema(t, false), "REDIS_URL": os.Getenv("GUIKE_TEST_REDIS_URL")}))
	})
}

// newWorld makes a deployment with secrets of its own on the given stores, and a platform for it.
func newWorld(t testing.TB, stores settings) *world {
	t.Helper()
	w := &world{t: t}
	appID, secret, token, aesKey := "wx"+randomHex(8), randomHex(16), randomHex(8), randomHex(22)[:43]
	platform, err := sim.New(sim.Config{
		Clock: clock.System{}, AppID: appID, AppSecret: secret, PushToken: token, PushAESKey: aesKey, Seed: 1,
	})
	require.NoError(t, err)
	at := httptest.NewServer(platform)
	t.Cleanup(func() {
		platform.Close()
		at.Close()
	})
	w.platform = platform
	w.settings = settings{
		"DATA_DIR": t.TempDir(), "LIMITS_SCALE": "1000",
		"JWT_KEYS": "k1:" + randomKey(), "FIELD_KEYS": "f1:" + randomKey(), "INDEX_KEY": randomKey(), "LINK_KEY": randomKey(),
		"WECHAT_API_BASE": at.URL, "WECHAT_APPID": appID, "WECHAT_SECRET": secret,
		"WECHAT_PUSH_TOKEN": token, "WECHAT_PUSH_AES_KEY": aesKey,
	}.with(stores)
	return w
}

// serve starts a server of this deployment and waits until it is ready; the platform pushes to it.
func (w *world) serve() *server {
	w.t.Helper()
	s := start(w.t, w.settings, "serve")
	w.platform.SetPushURL(s.api + "/v1/wechat/push")
	return s
}

func randomKey() string {
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails
	return base64.StdEncoding.EncodeToString(key[:])
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

// store opens the deployment's store, for counting. On SQLite no server may run then.
func (w *world) store() *db.DB {
	w.t.Helper()
	d, err := db.Open(db.Options{DSN: w.settings["MYSQL_DSN"], Folder: w.settings["DATA_DIR"], Clock: clock.System{}})
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = d.Close() })
	return d
}

// count is the one number that a query yields.
func count(t testing.TB, d *db.DB, query string, args ...any) int {
	t.Helper()
	var n int
	require.NoError(t, d.Conn(t.Context()).Raw(query, args...).Scan(&n).Error)
	return n
}

// firstPassword is what the command that creates an administrator prints.
var firstPassword = regexp.MustCompile(`works once\): (\S+)`)

// install brings the schema up, loads the defaults and creates the first administrator, by the
// commands that an operator types.
func (w *world) install() (adminPassword string) {
	w.t.Helper()
	must(w.t, w.settings, "migrate", "up")
	must(w.t, w.settings, "seed")
	w.waivePhotos()
	found := firstPassword.FindStringSubmatch(must(w.t, w.settings, "staff", "create", "--username", "root.admin", "--name", "总管"))
	require.NotNil(w.t, found)
	return found[1]
}

// waivePhotos lets daily logs be posted without photos, as a company may choose: a load of thousands of
// logs would upload thousands of pictures otherwise.
func (w *world) waivePhotos() {
	d, err := db.Open(db.Options{DSN: w.settings["MYSQL_DSN"], Folder: w.settings["DATA_DIR"], Clock: clock.System{}})
	require.NoError(w.t, err)
	ctx := w.t.Context()
	err = d.Tx(ctx, func(tx *db.Tx) error { return kept.PutTx(ctx, tx, project.MinPhotosSetting, "0") })
	require.NoError(w.t, errors.Join(err, d.Close()))
}

// company is a deployment at work: a store, people, projects.
type company struct {
	w       *world
	server  *server
	admin   *client
	manager *client // project manager, in charge of every project
	storeID string
	// managerID is the member of staff behind manager.
	managerID string
	projects  []string
}

const password = "korrekt-Pferd-Batterie-7"

// found installs a deployment, starts it, and founds a company with so many projects in it.
func found(t testing.TB, w *world, projects int) *company {
	t.Helper()
	first := w.install()
	c := &company{w: w, server: w.serve()}
	c.admin = c.signIn("root.admin", first)
	c.storeID = c.admin.post("/v1/staff/stores", map[string]any{"name": "西湖店", "city": "杭州", "address": "文三路 100 号", "phone": "0571-88880000"}).want(201).text("id")
	c.manager, c.managerID = c.employ("li.jianguo", "project_manager")
	for i := range projects {
		c.projects = append(c.projects, c.project(fmt.Sprintf("139%08d", i)))
	}
	return c
}

// signIn signs a member of staff in with a first password and gives them a lasting one.
func (c *company) signIn(username, first string) *client {
	t := c.w.t
	t.Helper()
	staff := newClient(t, c.server.api, "")
	in := staff.post("/v1/staff/auth/password", map[string]string{"username": username, "password": first}).want(200)
	staff.token = in.text("access_token")
	staff.put("/v1/staff/me/password", map[string]string{"old_password": first, "new_password": password})
	return c.enter(username)
}

// enter signs a member of staff in with the lasting password.
func (c *company) enter(username string) *client {
	c.w.t.Helper()
	staff := newClient(c.w.t, c.server.api, "")
	staff.token = staff.post("/v1/staff/auth/password", map[string]string{"username": username, "password": password}).want(200).text("access_token")
	return staff
}

// employ creates a member of staff at the store and signs them in.
func (c *company) employ(username, role string) (*client, string) {
	c.w.t.Helper()
	made := c.admin.post("/v1/staff/staff", map[string]any{"username": username, "name": "李建国", "role": role, "store_id": c.storeID}).want(201)
	return c.signIn(username, made.text("first_password")), made.text("id")
}

// project begins a project of a customer known by a phone, with the manager in charge.
func (c *company) project(phone string) string {
	c.w.t.Helper()
	p := c.admin.post("/v1/staff/projects", map[string]any{
		"kind": "renovation", "title": "滨江花园 " + phone, "customer_phone": phone, "store_id": c.storeID,
		"home":                map[string]any{"name": "滨江花园", "city": "杭州", "address": "江南大道 1 号", "area_m2": 126.5},
		"contract_amount_fen": 12800000, "planned_start": "2026-01-05",
	}).want(201).text("id")
	c.admin.post("/v1/staff/projects/"+p+"/people", map[string]any{"staff_id": c.managerID, "note": "请接手"}).want(201)
	return p
}

// customer signs a user of the platform in; an openid that it never saw is created.
func (c *company) customer(openid string) (*client, answer) {
	return customerAt(c.w.t, c.server.api, c.w.platform.Code(openid))
}

func customerAt(t testing.TB, api, code string) (*client, answer) {
	t.Helper()
	p := newClient(t, api, "")
	a := p.post("/v1/auth/wechat", map[string]string{"code": code}).want(200)
	p.token = a.text("access_token")
	return p, a
}

func newOpenID() string { return "o" + strings.ReplaceAll(id.New().String(), "-", "")[:27] }

// homeowner is a customer who bound a phone, and whose home has a project.
type homeowner struct {
	*client
	openID, refresh, project string
}

// homeowner lets somebody sign in, agree, bind the phone by the platform's button, and get a project.
func (c *company) homeowner(phone string) homeowner {
	t := c.w.t
	t.Helper()
	h := homeowner{openID: newOpenID()}
	var in answer
	h.client, in = c.customer(h.openID)
	h.refresh = in.text("refresh_token")
	h.agree("phone")
	h.post("/v1/me/phone", map[string]string{"code": c.w.platform.PhoneCode(h.openID, phone)}).want(200)
	h.project = c.project(phone)
	require.Equal(t, h.project, h.get("/v1/me/projects").want(200).text("items.0.id"))
	return h
}

// agree records the customer's consent to a purpose, in the version of the policy that stands.
func (c *client) agree(purpose string) {
	c.t.Helper()
	policies := c.get("/v1/public/policies").want(200)
	for i := range policies.items("items") {
		at := fmt.Sprintf("items.%d.", i)
		if purposes, _ := policies.at(at + "purposes").([]any); slices.Contains(purposes, any(purpose)) {
			c.post("/v1/me/consents", map[string]any{
				"policy": policies.text(at + "policy"), "version": policies.at(at + "version"), "purpose": purpose, "granted": true,
			}).want(201)
			return
		}
	}
	c.t.Fatalf("no policy covers %s: %s", purpose, policies.body)
}
