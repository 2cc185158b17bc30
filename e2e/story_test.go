package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/testkit"
)

// demo is a running demo as demo.json describes it.
type demo struct {
	*server
	t      *testing.T
	folder string
	ready  time.Duration // from the start of the process
	sim    *client

	API, Sim, Ops string
	Staff         []struct {
		Username, Password, Role string
		StoreID                  string `json:"store_id"`
	}
	Customers []struct{ OpenID, Nickname string }
}

// startDemo runs the demo in a fresh folder on the given stores and reads what it wrote before it said
// that it is ready.
func startDemo(t *testing.T, stores settings) *demo {
	t.Helper()
	d := &demo{t: t, folder: t.TempDir()}
	s := stores.with(settings{"SIM_ADDR": freeAddr(t), "WECHAT_APPID": "wx" + randomHex(8)})
	began := time.Now()
	d.server = start(t, s, "demo", "--data", d.folder, "--customers", "60")
	d.ready = time.Since(began)
	d.read()
	return d
}

func (d *demo) read() {
	d.t.Helper()
	text, err := os.ReadFile(filepath.Join(d.folder, "demo.json"))
	require.NoError(d.t, err)
	require.NoError(d.t, json.Unmarshal(text, d))
	require.Equal(d.t, d.api, d.API)
	require.Equal(d.t, d.ops, d.Ops)
	d.sim = newClient(d.t, d.Sim, "")
}

// customer signs in through the simulator.
func (d *demo) customer(openID string) (*client, answer) {
	d.t.Helper()
	code := d.sim.post("/_sim/code", map[string]string{"openid": openID}).want(200).text("code")
	return customerAt(d.t, d.api, code)
}

// first signs the first member of staff of a role in, with the listed password.
func (d *demo) first(role string) (*client, answer) {
	d.t.Helper()
	for _, s := range d.Staff {
		if s.Role == role {
			p := newClient(d.t, d.api, "")
			a := p.post("/v1/staff/auth/password", map[string]string{"username": s.Username, "password": s.Password}).want(200)
			p.token = a.text("access_token")
			return p, a
		}
	}
	d.t.Fatalf("demo.json lists no %s", role)
	return nil, answer{}
}

// sharedProject finds a project under way of the customer's of which the manager is in charge.
func sharedProject(t *testing.T, customer, manager *client, managerID string) string {
	t.Helper()
	theirs := map[string]bool{}
	for _, p := range customer.get("/v1/me/projects?limit=100").want(200).items("items") {
		theirs[p.(map[string]any)["id"].(string)] = true
	}
	cursor := ""
	for {
		page := manager.get("/v1/staff/projects?limit=100&state=active&person=" + managerID + "&cursor=" + cursor).want(200)
		for _, p := range page.items("items") {
			if id := p.(map[string]any)["id"].(string); theirs[id] {
				return id
			}
		}
		if cursor = page.text("next_cursor"); cursor == "" {
			t.Fatal("the first project manager is in charge of no project of the first customer's")
		}
	}
}

// effects are the messages that the platform delivered to a user.
func (d *demo) effects(openID string) []any {
	d.t.Helper()
	return d.sim.get("/_sim/effects?openid=" + openID).want(200).items("items")
}

// offer is the template for daily logs, and how many messages of it the customer will take.
func offer(t *testing.T, customer *client) (template string, remaining float64) {
	t.Helper()
	offers := customer.get("/v1/me/subscription-templates").want(200)
	for i := range offers.items("items") {
		at := fmt.Sprintf("items.%d.", i)
		if offers.text(at+"event") == "daily_log" {
			return offers.text(at + "template_id"), offers.at(at + "remaining").(float64)
		}
	}
	t.Fatal("no template for daily logs")
	return "", 0
}

// The story of issue 2: a newcomer starts the demo, posts today's log with a photo as the manager, and
// sees it as the customer: in the timeline, in the inbox, on the open app, and as a delivered message.
func TestOneHomeFollowed(t *testing.T) {
	t.Parallel()
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		d := startDemo(t, settings{})
		t.Logf("ready %s after its start, %d MB resident", d.ready.Round(time.Millisecond), d.resident()>>20)
		require.Less(t, d.resident(), int64(150<<20), "idle memory")
		d.follow(d.server)
		d.outlive()
		d.reuse(d.server)
		d.stop()
	})
	if !testkit.HasMySQL() {
		return
	}
	t.Run("mysql_redis, two instances", func(t *testing.T) {
		t.Parallel()
		d := startDemo(t, settings{"MYSQL_DSN": testkit.FreshSchema(t, false), "REDIS_URL": os.Getenv("GUIKE_TEST_REDIS_URL")})
		join := d.settings.with(settings{"HTTP_ADDR": freeAddr(t), "OPS_ADDR": freeAddr(t)})
		second := start(t, join, "demo", "--join", "--data", d.folder)
		d.follow(second)
		d.reuse(second)
		second.stop()
		d.stop()
	})
}

// follow is the story itself. The customer's app speaks to the instance named, the manager to the first.
func (d *demo) follow(there *server) {
	t := d.t
	t.Helper()
	for _, role := range actor.Roles() {
		d.first(string(role))
	}
	require.NotEmpty(t, d.Customers)
	who := d.Customers[0].OpenID
	customer, in := d.customer(who)
	require.Equal(t, false, in.at("created"))
	customer = customer.at(there)
	manager, signedIn := d.first("project_manager")
	project := sharedProject(t, customer, manager, signedIn.text("staff.id"))

	template, before := offer(t, customer)
	d.sim.post("/_sim/accept", map[string]string{"openid": who, "template_id": template, "result": "accept"}).want(200)
	eventually(t, 10*time.Second, "an accept that is counted", func() bool { _, n := offer(t, customer); return n == before+1 })
	delivered, unread := len(d.effects(who)), customer.get("/v1/me/inbox").want(200).at("unread").(float64)
	socket := customer.live("/v1/me/live")

	file := manager.upload("/v1/staff/files", "今天.jpg", "image/jpeg", photo(t)).want(201)
	words := "今日完成水电开槽,明日进场线管。" + strconv.Itoa(int(time.Now().UnixNano()))
	log := manager.post("/v1/staff/projects/"+project+"/daily-logs", map[string]any{
		"done_today": words, "plan_tomorrow": "线管进场", "file_ids": []string{file.text("id")},
	}).want(201)
	began := time.Now()

	for hint := socket.next(5 * time.Second); hint["kind"] != "daily_log"; hint = socket.next(5 * time.Second) {
	}
	line := customer.get("/v1/me/projects/" + project + "/timeline").want(200)
	entry := findItem(t, line, "id", log.text("entry_id"))
	require.Equal(t, "daily_log", entry["kind"])
	require.Contains(t, entry["body"], words)
	photos := entry["photos"].([]any)
	require.Len(t, photos, 1)
	for _, form := range []string{"url", "thumb_url"} {
		seen(t, photos[0].(map[string]any)[form].(string))
	}
	eventually(t, 10*time.Second, "a delivered subscription message", func() bool { return len(d.effects(who)) > delivered })
	_, left := offer(t, customer)
	require.InDelta(t, before, left, 0, "one accept, one message")
	effects := d.effects(who)
	require.Len(t, effects, delivered+1)
	effect, err := json.Marshal(effects[delivered])
	require.NoError(t, err)
	require.Contains(t, string(effect), template)
	require.Contains(t, string(effect), project, "the message opens the project")

	inbox := customer.get("/v1/me/inbox").want(200)
	require.InDelta(t, unread+1, inbox.at("unread"), 0)
	require.Equal(t, project, inbox.text("items.0.project_id"))
	require.Contains(t, inbox.text("items.0.body"), words[:30])
	customer.post("/v1/me/inbox/"+inbox.text("items.0.id")+"/read", nil)
	require.InDelta(t, unread, customer.get("/v1/me/inbox").want(200).at("unread"), 0)
	t.Logf("the customer has seen it all %s after the manager's post", time.Since(began).Round(time.Millisecond))
	oneScreen(t, customer, project, log.text("entry_id"))
	d.scan(there, customer, project)
}

// oneScreen reads what is happening in a home, who answers for it, what comes next, what waits for the
// owner and what it costs, and asks again with the tag.
func oneScreen(t *testing.T, customer *client, project, lastLog string) {
	t.Helper()
	path := "/v1/me/projects/" + project + "/overview"
	o := customer.get(path).want(200)
	require.Equal(t, lastLog, o.text("last_log.id"))
	require.NotEmpty(t, o.text("project.responsible.phone"))
	require.NotEmpty(t, o.text("project.next_step.name"))
	require.NotEmpty(t, o.items("changed"))
	require.Equal(t, "change_order", o.text("waiting.0.kind"))
	require.InDelta(t, o.at("cost.signed_fen").(float64)+o.at("cost.changes_fen").(float64), o.at("cost.contract_fen"), 0)
	require.InDelta(t, o.at("cost.contract_fen").(float64)-o.at("cost.paid_fen").(float64), o.at("cost.open_fen"), 0)
	require.Positive(t, o.at("trust.inspections"))
	again := customer.do(t.Context(), request{method: http.MethodGet, path: path, header: map[string]string{"If-None-Match": o.header.Get("ETag")}})
	again.want(http.StatusNotModified)
}

// scan reads the label of a project, as a stranger and as a member of the home.
func (d *demo) scan(there *server, customer *client, project string) {
	d.t.Helper()
	code := customer.get("/v1/me/projects/" + project).want(200).text("service_code")
	stranger := newClient(d.t, there.api, "")
	for _, tt := range []struct {
		who    *client
		masked bool
	}{{stranger, true}, {customer, false}} {
		card := tt.who.get("/v1/public/service-codes/" + code).want(200)
		require.Equal(d.t, tt.masked, card.at("phones_masked"))
		people := card.items("people")
		require.NotEmpty(d.t, people)
		for _, p := range people {
			phone, _ := p.(map[string]any)["phone"].(string)
			require.Equal(d.t, tt.masked, strings.Contains(phone, "*"), phone)
			require.NotEmpty(d.t, p.(map[string]any)["name"])
			require.NotEmpty(d.t, p.(map[string]any)["role"])
		}
	}
	qr := stranger.get("/v1/public/service-codes/" + code + "/qr.png").want(200)
	_, kind, err := image.Decode(bytes.NewReader(qr.body))
	require.NoError(d.t, err)
	require.Equal(d.t, "png", kind)
}

// outlive kills the demo and continues it: the company is the same, and what was posted is there.
func (d *demo) outlive() {
	t := d.t
	t.Helper()
	customer, _ := d.customer(d.Customers[0].OpenID)
	projects := customer.get("/v1/me/projects?limit=100").want(200)
	lines := customer.get("/v1/me/projects/" + projects.text("items.0.id") + "/timeline?limit=100").want(200)
	people := len(d.Customers)
	d.kill()
	d.run()
	d.awaitReady(20 * time.Second)
	d.read()
	require.Len(t, d.Customers, people)
	again := customer.get("/v1/me/projects?limit=100").want(200)
	require.Len(t, again.items("items"), len(projects.items("items")))
	after := customer.get("/v1/me/projects/" + projects.text("items.0.id") + "/timeline?limit=100").want(200)
	require.Len(t, after.items("items"), len(lines.items("items")))
	d.first("admin")
	d.customer(d.Customers[0].OpenID)
}

// reuse presents a replaced refresh token, within the grace and after it.
func (d *demo) reuse(there *server) {
	t := d.t
	t.Helper()
	customer, in := d.customer(newOpenID())
	first := map[string]string{"refresh_token": in.text("refresh_token")}
	second := customer.post("/v1/auth/refresh", first).want(200)
	customer.at(there).post("/v1/auth/refresh", first).want(200) // a network may repeat
	d.sim.post("/_sim/clock", map[string]string{"advance": "11s"}).want(200)
	var late answer
	eventually(t, 5*time.Second, "a refusal, once the shared clock has reached every instance", func() bool {
		late = customer.at(there).post("/v1/auth/refresh", first)
		return late.status != http.StatusOK
	})
	code, _ := late.want(401).problem()
	require.Equal(t, "session.reused", code)
	for _, s := range []*server{d.server, there} {
		eventually(t, cutWithin, "a refusal", func() bool { return customer.at(s).get("/v1/me").status == http.StatusUnauthorized })
		code, _ = customer.at(s).post("/v1/auth/refresh", map[string]string{"refresh_token": second.text("refresh_token")}).want(401).problem()
		require.Equal(t, "session.revoked", code, "the whole family ends")
	}
}

func findItem(t *testing.T, a answer, key, value string) map[string]any {
	t.Helper()
	for _, item := range a.items("items") {
		if m := item.(map[string]any); m[key] == value {
			return m
		}
	}
	t.Fatalf("no item with %s %s in %s", key, value, a.body)
	return nil
}

// seen fetches a picture as a phone does: without a session.
func seen(t *testing.T, link string) {
	t.Helper()
	res, err := http.Get(link)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode, "%s", body)
	require.Equal(t, "image/jpeg", res.Header.Get("Content-Type"))
	shown, err := jpeg.Decode(bytes.NewReader(body))
	require.NoError(t, err)
	require.Positive(t, shown.Bounds().Dx())
}

// photo is a small picture.
func photo(t testing.TB) []byte {
	t.Helper()
	p := image.NewRGBA(image.Rect(0, 0, 640, 480))
	for x := range 640 {
		for y := range 480 {
			p.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(x + y), 255})
		}
	}
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, p, nil))
	return b.Bytes()
}

// resident is how much memory the process has, in bytes.
func (p *server) resident() int64 {
	p.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	require.NoError(p.t, err)
	for line := range strings.SplitSeq(string(status), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			require.NoError(p.t, err)
			return kb << 10
		}
	}
	p.t.Fatal("the process tells nothing of its memory")
	return 0
}
