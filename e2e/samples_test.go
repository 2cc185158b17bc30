package e2e_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/testkit"
)

// What a front end pastes works: every sample of docs/mini-program.md runs as it stands there, in Node,
// against a demo in which things wait for the customer, and has the effect that it is there for.
func TestSamplesOfTheMiniProgramRun(t *testing.T) {
	t.Parallel()
	if exec.Command("node", "-e", "process.exit(typeof fetch === 'function' ? 0 : 1)").Run() != nil {
		t.Skip("needs node, 18 or newer, on PATH")
	}
	h := newHousehold(t, startDemo(t, settings{}))
	ran := h.play(
		play{Sample: "The one screen", Fresh: "storage", Spell: "http2"},
		play{Sample: "The one screen", Fresh: "page", Spell: "http2"},
		play{Sample: "The one screen", Fresh: "storage"},
		play{Sample: "The one screen", Fresh: "page"},
	)
	for _, first := range []int{0, 2} {
		fresh, kept := ran[first].shown(t), ran[first+1].shown(t)
		require.Equal(t, http.StatusOK, ran[first].Calls[0].Status)
		require.Equal(t, http.StatusNotModified, ran[first+1].Calls[0].Status)
		require.Equal(t, h.project, fresh.text("o.project.id"))
		require.JSONEq(t, string(fresh.body), string(kept.body), "what was stored is shown")
	}
	waiting := h.waiting()
	require.Len(t, waiting, 3)

	steps := []play{
		{Sample: "Ask for a change", Lose: true}, // picture and wish arrive, the first answers do not
		{Sample: "The week"},
		{Sample: "The member card", Fresh: "page"},
		{Sample: "The member card", Fresh: "page"},
		{Sample: "The code for the till"},
	}
	for _, label := range []string{"service-codes/" + h.serviceCode, "materials/" + h.materialCode} {
		steps = append(steps, play{Sample: "Scan a label", Fresh: "page", Scan: testkit.ScanQR(t, h.customer.get("/v1/public/"+label+"/qr.png").want(200).body)})
	}
	for _, w := range waiting {
		steps = append(steps, tap(w))
	}
	ran = h.play(append(steps, tap(waiting[0]))...)
	h.requireAsked(ran[0])
	h.requireWeek(ran[1].shown(t))
	h.requireCard(ran[2:5])
	person, material := ran[5].shown(t), ran[6].shown(t)
	require.Equal(t, h.serviceCode, person.text("label.code"))
	require.NotEmpty(t, person.text("label.people.0.phone"))
	require.Equal(t, false, person.at("label.phones_masked"), "it was called with the token")
	require.Equal(t, h.materialCode, material.text("label.code"))
	require.NotEmpty(t, material.text("label.brand"))
	h.requireDecided(waiting)
	require.Contains(t, string(ran[len(ran)-1].Error), ".decided", "what is refused is thrown with its code")
	h.requireAllRan()
}

// household is a customer of the demo with a project in which things wait for a decision.
type household struct {
	*demo
	customer, manager         *client
	project                   string
	serviceCode, materialCode string
	picture                   string // a file on the phone
	common                    string // the sample that the others stand on
	samples                   map[string]string
	ran                       map[string]bool
}

func newHousehold(t *testing.T, d *demo) *household {
	t.Helper()
	h := &household{demo: d, samples: map[string]string{}, ran: map[string]bool{}, picture: filepath.Join(t.TempDir(), "客厅.jpg")}
	require.NoError(t, os.WriteFile(h.picture, photo(t), 0o600))
	h.readSamples()

	who := newOpenID()
	h.customer, _ = d.customer(who)
	h.customer.agree("phone")
	phone := d.sim.post("/_sim/phone-code", map[string]string{"openid": who, "phone": "13922220011"}).want(200).text("code")
	h.customer.post("/v1/me/phone", map[string]string{"code": phone}).want(200)
	now := d.advance(time.Second)
	admin, _ := d.first("admin")
	manager, in := d.first("project_manager")
	h.project = admin.post("/v1/staff/projects", map[string]any{
		"kind": "renovation", "title": "样例之家", "customer_phone": "13922220011", "store_id": in.text("staff.store_id"),
		"home":                map[string]any{"name": "样例之家", "city": "杭州", "address": "江南大道 1 号", "area_m2": 126.5},
		"contract_amount_fen": 12_800_000, "planned_start": now.In(shanghai).Format(time.DateOnly),
	}).want(201).text("id")
	admin.post("/v1/staff/projects/"+h.project+"/people", map[string]any{"staff_id": in.text("staff.id"), "note": "请接手"}).want(201)
	manager.post("/v1/staff/projects/"+h.project+"/stages/measure/start", nil).want(200)

	now = d.advance(sundayEvening(now).Sub(now)) // access tokens expire
	h.customer, _ = d.customer(who)
	h.manager, _ = d.first("project_manager")
	admin, _ = d.first("admin")
	h.offer(admin, now)
	h.serviceCode = h.customer.get("/v1/me/projects/" + h.project).want(200).text("service_code")
	h.materialCode = admin.get("/v1/staff/materials").want(200).text("items.0.code")
	return h
}

// advance lets time pass in the demo and returns what time it is.
func (d *demo) advance(by time.Duration) time.Time {
	d.t.Helper()
	text := d.sim.post("/_sim/clock", map[string]string{"advance": by.Truncate(time.Second).String()}).want(200).text("now")
	now, err := time.Parse(time.RFC3339, text)
	require.NoError(d.t, err)
	return now
}

// sundayEvening is ten minutes after the next time at which home reports are written.
func sundayEvening(now time.Time) time.Time {
	day := now.In(shanghai)
	at := time.Date(day.Year(), day.Month(), day.Day(), 20, 0, 0, 0, shanghai)
	for at.Weekday() != time.Sunday || at.Sub(now) < time.Minute {
		at = at.AddDate(0, 0, 1)
	}
	return at.Add(10 * time.Minute)
}

// offer lets three things wait for the customer, and something be on its way.
func (h *household) offer(admin *client, now time.Time) {
	h.t.Helper()
	staff := "/v1/staff/projects/" + h.project
	design := admin.post(staff+"/designs", map[string]any{"title": "主卧衣柜"}).want(201).text("id")
	admin.post("/v1/staff/designs/"+design+"/versions", map[string]any{
		"links": []map[string]any{{"kind": "vr", "url": "https://vr.example-cloud.com/tours/3f9a", "title": "主卧漫游"}},
	}).want(201)
	order := h.manager.post(staff+"/change-orders", map[string]any{"title": "玄关加感应灯", "text": "鞋柜底部加一条感应灯带。"}).want(201).text("id")
	h.manager.post("/v1/staff/change-orders/"+order+"/quote", map[string]any{
		"lines": []map[string]any{{"text": "灯带与线路", "amount_fen": 68_000}}, "days": 2, "valid_until": now.Add(72 * time.Hour).UTC().Format(time.RFC3339),
	}).want(201)
	h.manager.post(staff+"/stages/measure/acceptance", map[string]any{
		"items": []map[string]any{{"key": "size", "text": "尺寸复核", "result": "ok"}}, "care_given": true, "care_text": "台面避免高温直接接触。",
	}).want(201)
	h.manager.post(staff+"/delivery-batches", map[string]any{
		"name": "主卧衣柜", "promised_on": now.In(shanghai).AddDate(0, 0, 20).Format(time.DateOnly), "items": []map[string]any{{"name": "柜体", "quantity": 4}},
	}).want(201)
}

var sampleForm = regexp.MustCompile("(?ms)^```js\n(// ([^\n]*)\n.*?)^```")

// readSamples finds the samples on the page; the first one stands before every other.
func (h *household) readSamples() {
	h.t.Helper()
	page, err := os.ReadFile("../docs/mini-program.md")
	require.NoError(h.t, err)
	found := sampleForm.FindAllStringSubmatch(string(page), -1)
	require.Len(h.t, found, strings.Count(string(page), "```js\n"), "a sample begins with a comment")
	require.NotEmpty(h.t, found)
	h.common = found[0][1]
	for _, sample := range found[1:] {
		h.samples[sample[2]] = sample[1]
	}
}

// play is one run of a sample; testdata/miniprogram.js says what the rest is.
type play struct {
	Sample string         `json:"sample"` // how its comment begins
	Code   string         `json:"code"`
	Args   map[string]any `json:"args,omitempty"`
	Fresh  string         `json:"fresh,omitempty"`
	Spell  string         `json:"spell,omitempty"`
	Scan   string         `json:"scan,omitempty"`
	Lose   bool           `json:"lose,omitempty"`
}

// tap is the customer's finger on something that waits.
func tap(w map[string]any) play {
	event := map[string]any{"currentTarget": map[string]any{"dataset": map[string]any{"w": w}}}
	return play{Sample: "Decide what waits", Args: map[string]any{"e": event}}
}

// played is what a run came to.
type played struct {
	Data, Error json.RawMessage
	Calls       []struct {
		Method, Path   string
		Status         int
		Replayed, Lost bool
	}
}

// shown is what the page got.
func (p played) shown(t *testing.T) answer {
	t.Helper()
	require.Empty(t, string(p.Error))
	return answer{t: t, body: p.Data}
}

// play runs samples one after the other, in one app of the customer's.
func (h *household) play(steps ...play) []played {
	t := h.t
	t.Helper()
	for i, s := range steps {
		for first, code := range h.samples {
			if strings.HasPrefix(first, s.Sample) {
				steps[i].Code, h.ran[first] = code, true
			}
		}
		require.NotEmpty(t, steps[i].Code, "the page has no sample %q", s.Sample)
	}
	in, err := json.Marshal(map[string]any{"steps": steps, "common": h.common, "given": map[string]any{
		"api": h.API, "token": h.customer.token, "id": h.project, "name": "王小明", "filePath": h.picture,
	}})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	node := exec.CommandContext(ctx, "node", "testdata/miniprogram.js")
	var out, said bytes.Buffer
	node.Stdin, node.Stdout, node.Stderr = bytes.NewReader(in), &out, &said
	require.NoError(t, node.Run(), "%s", &said)
	var ran []played
	require.NoError(t, json.Unmarshal(out.Bytes(), &ran), "%s", &out)
	require.Len(t, ran, len(steps))
	return ran
}

// requireAllRan holds that no sample stands on the page untried.
func (h *household) requireAllRan() {
	h.t.Helper()
	for first := range h.samples {
		require.True(h.t, h.ran[first], "nobody runs the sample %q", first)
	}
}

func (h *household) waiting() (list []map[string]any) {
	h.t.Helper()
	for _, w := range h.customer.get("/v1/me/projects/" + h.project + "/overview").want(200).items("waiting") {
		list = append(list, w.(map[string]any))
	}
	return list
}

// requireDecided holds that the customer's word about each thing that waited stands.
func (h *household) requireDecided(waited []map[string]any) {
	t := h.t
	t.Helper()
	where := map[string]string{"design": "designs", "change_order": "change-orders", "acceptance": "acceptances"}
	state := map[string]string{"design": "approved", "change_order": "approved", "acceptance": "signed"}
	for _, w := range waited {
		kind := w["kind"].(string)
		now := h.customer.get("/v1/me/" + where[kind] + "/" + w["id"].(string)).want(200)
		require.Equal(t, state[kind], now.text("state"), kind)
		if kind == "acceptance" {
			require.Equal(t, "王小明", now.text("decision.name"))
		}
		delete(where, kind)
	}
	require.Empty(t, where, "one of each kind")
	require.Empty(t, h.waiting())
	require.InDelta(t, 12_868_000, h.customer.get("/v1/me/projects/"+h.project+"/budget").want(200).at("contract_fen"), 0)
}

// requireAsked holds that a wish whose answers were lost was written down once, with its picture.
func (h *household) requireAsked(p played) {
	t := h.t
	t.Helper()
	asked := p.shown(t)
	require.Len(t, p.Calls, 4, "the picture, the wish, and each again")
	for i, c := range p.Calls {
		require.Equal(t, http.StatusCreated, c.Status)
		require.Equal(t, [2]bool{i%2 == 0, i%2 == 1}, [2]bool{c.Lost, c.Replayed})
	}
	orders := h.customer.get("/v1/me/projects/" + h.project + "/change-orders").want(200)
	require.Len(t, orders.items("items"), 2, "the wish, once, and what staff had asked for")
	order := h.customer.get("/v1/me/change-orders/" + asked.text("order.id")).want(200)
	require.Equal(t, "增加全屋智能", order.text("title"))
	require.Equal(t, "customer", order.text("asked_by.kind"))
	require.Len(t, order.items("photos"), 1)
	seen(t, order.text("photos.0.url"))
}

// requireWeek holds that the page shows the report of the week that ended, whole, and what is to arrive.
func (h *household) requireWeek(page answer) {
	t := h.t
	t.Helper()
	newest := h.customer.get("/v1/me/projects/" + h.project + "/weekly-reports").want(200).text("items.0.week")
	require.Equal(t, newest, page.text("week.week"))
	require.NotEmpty(t, page.items("week.stages"), "the page, not the line in the list")
	require.Len(t, page.items("coming"), 1)
	require.Equal(t, "主卧衣柜", page.text("coming.0.name"))
}

// requireCard holds that the page shows the customer's card, whole from its storage, and a code that staff can
// scan after it was renewed.
func (h *household) requireCard(ran []played) {
	t := h.t
	t.Helper()
	fresh, kept, till := ran[0].shown(t), ran[1].shown(t), ran[2].shown(t)
	require.Equal(t, http.StatusNotModified, ran[1].Calls[0].Status)
	require.Equal(t, fresh.text("card.no"), kept.text("card.no"))
	require.NotEmpty(t, kept.text("card.progress.text"))
	require.NotEmpty(t, kept.items("card.benefits"))
	require.Len(t, ran[2].Calls, 2, "drawn, and renewed")
	picture, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(till.text("code.qr"), "data:image/png;base64,"))
	require.NoError(t, err)
	sales, _ := h.first("sales")
	seen := sales.post("/v1/staff/cards/scan", map[string]string{"code": testkit.ScanQR(t, picture)}).want(200)
	require.Equal(t, fresh.text("card.no"), seen.text("customer.card_no"))
}
