package e2e_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/id"
)

// refuseWithin is how long a refusal may take.
const refuseWithin = time.Second

// promptly asks again, twice at most, when the answer was late: the cores run other tests besides.
func promptly(t *testing.T, ask func() answer) answer {
	t.Helper()
	a := ask()
	for range 2 {
		if a.took < refuseWithin {
			break
		}
		a = ask()
	}
	require.NoError(t, a.err)
	require.Less(t, a.took, refuseWithin)
	return a
}

func TestBadInputIsRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		c := found(t, w, 1)
		t.Run("with the field named, within a second", func(t *testing.T) { badBodies(t, c) })
		t.Run("pictures that are none", func(t *testing.T) { badPictures(t, c) })
		t.Run("what belongs to others is not there", func(t *testing.T) { foreign(t, c) })
		c.manager.post("/v1/staff/projects/"+c.projects[0]+"/daily-logs", map[string]string{"done_today": "照常"}).want(201)
		status, states := c.server.readiness()
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, "ok", states[""])
		c.server.stop()
		require.NotContains(t, c.server.log.String(), `"level":"ERROR"`, "bad input is nobody's error but the sender's")
		d := w.store()
		require.Equal(t, 1, count(t, d, "SELECT COUNT(*) FROM daily_logs"), "L2: no refused request had an effect")
		require.Equal(t, 1, count(t, d, "SELECT COUNT(*) FROM projects"))
		require.Zero(t, count(t, d, "SELECT COUNT(*) FROM files"))
	})
}

func badBodies(t *testing.T, c *company) {
	logs := "/v1/staff/projects/" + c.projects[0] + "/daily-logs"
	project := func(name string, value any) []byte {
		b := map[string]any{
			"kind": "renovation", "title": "滨江花园", "customer_phone": "13900000000", "store_id": c.storeID,
			"home":                map[string]any{"name": "滨江花园", "city": "杭州", "address": "江南大道 1 号", "area_m2": 126.5},
			"contract_amount_fen": 1, "planned_start": "2026-01-05",
		}
		b[name] = value
		text, err := json.Marshal(b)
		require.NoError(t, err)
		return text
	}
	for _, tt := range []struct {
		name   string
		path   string
		body   []byte
		status int
		code   string
		field  string
	}{
		{"unknown field", logs, []byte(`{"done_today":"x","oops":1}`), 422, "input.invalid", "body.oops"},
		{"field in another case", logs, []byte(`{"Done_Today":"x"}`), 422, "input.invalid", "body.Done_Today"},
		{"wrong type", logs, []byte(`{"done_today":5}`), 422, "input.invalid", "body.done_today"},
		{"missing field", logs, []byte(`{}`), 422, "input.invalid", "body.done_today"},
		{"null", logs, []byte(`{"done_today":null}`), 422, "input.invalid", "body.done_today"},
		{"no object", logs, []byte(`[]`), 422, "input.invalid", "body"},
		{"text over its limit", logs, []byte(`{"done_today":"` + strings.Repeat("长", 2001) + `"}`), 422, "input.invalid", "body.done_today"},
		{"too many items", logs, []byte(`{"done_today":"x","file_ids":[` + strings.Repeat(`"`+id.New().String()+`",`, 9) + `"` + id.New().String() + `"]}`), 422, "input.invalid", "body.file_ids"},
		{"an id that is none", logs, []byte(`{"done_today":"x","file_ids":["1"]}`), 422, "input.invalid", "body.file_ids[0]"},
		{"a file of nobody", logs, []byte(`{"done_today":"x","file_ids":["` + id.New().String() + `"]}`), 404, "file.not_found", "body.file_ids[0]"},
		{"number below its range", "/v1/staff/projects", project("contract_amount_fen", -1), 422, "input.invalid", "body.contract_amount_fen"},
		{"number above its range", "/v1/staff/projects", project("contract_amount_fen", 1e15), 422, "input.invalid", "body.contract_amount_fen"},
		{"fraction for a whole number", "/v1/staff/projects", project("contract_amount_fen", 1.5), 422, "input.invalid", "body.contract_amount_fen"},
		{"a day that is none", "/v1/staff/projects", project("planned_start", "2026-02-30"), 422, "input.invalid", "body.planned_start"},
		{"not among the values", "/v1/staff/projects", project("kind", "castle"), 422, "input.invalid", "body.kind"},
		{"unknown field inside", "/v1/staff/projects", project("home", map[string]any{"name": "x", "city": "x", "address": "x", "area_m2": 1, "pool": true}), 422, "input.invalid", "body.home.pool"},
		{"invalid UTF-8", logs, []byte("{\"done_today\":\"\xff\xfe\"}"), 400, "input.unreadable", "body"},
		{"NUL, escaped", logs, []byte(`{"done_today":"a\u0000b"}`), 400, "input.unreadable", "body"},
		{"NUL, plain", logs, []byte("{\"done_today\":\"a\x00b\"}"), 400, "input.unreadable", "body"},
		{"lone surrogate", logs, []byte(`{"done_today":"\ud800"}`), 400, "input.unreadable", "body"},
		{"duplicate key", logs, []byte(`{"done_today":"x","done_today":"y"}`), 400, "input.unreadable", "body"},
		{"trailing JSON", logs, []byte(`{"done_today":"x"}{"done_today":"y"}`), 400, "input.unreadable", "body"},
		{"half of it", logs, []byte(`{"done_today":"x`), 400, "input.unreadable", "body"},
		{"nothing", logs, []byte(``), 400, "input.unreadable", "body"},
		{"100,000 deep", logs, []byte(strings.Repeat("[", 1e5) + strings.Repeat("]", 1e5)), 400, "input.unreadable", "body"},
		{"100,000 deep inside", logs, []byte(`{"done_today":` + strings.Repeat(`{"a":`, 4e4) + "1" + strings.Repeat("}", 4e4) + "}"), 400, "input.unreadable", "body"},
		{"20 MB", logs, []byte(`{"done_today":"` + strings.Repeat("x", 20<<20) + `"}`), 413, "input.too_large", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			who := c.manager
			if tt.path != logs {
				who = c.admin
			}
			refused(t, promptly(t, func() answer { return who.with(t).post(tt.path, tt.body) }), tt.status, tt.code, tt.field)
		})
	}
	for _, tt := range []struct {
		name  string
		ask   request
		code  string
		field string
	}{
		{"limit below", request{method: "GET", path: "/v1/staff/projects?limit=0"}, "input.invalid", "query.limit"},
		{"limit no number", request{method: "GET", path: "/v1/staff/projects?limit=many"}, "input.invalid", "query.limit"},
		{"cursor of ours not", request{method: "GET", path: "/v1/staff/projects?cursor=%00"}, "input.invalid", "query.cursor"},
		{"filter unknown", request{method: "GET", path: "/v1/staff/projects?state=lost"}, "input.invalid", "query.state"},
		{"id in a filter is none", request{method: "GET", path: "/v1/staff/projects?person=1"}, "input.invalid", "query.person"},
		{"key too long", request{method: "POST", path: logs, body: map[string]string{"done_today": "x"}, key: strings.Repeat("k", 256)}, "idempotency.malformed", ""},
		{"key with a space", request{method: "POST", path: logs, body: map[string]string{"done_today": "x"}, key: "a b"}, "idempotency.malformed", ""},
		{"another content type", request{method: "POST", path: logs, body: []byte(`done_today=x`), header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}, "input.content_type", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := promptly(t, func() answer { return c.manager.with(t).do(t.Context(), tt.ask) })
			refused(t, a, a.status, tt.code, tt.field)
		})
	}
}

// with lets a subtest own what a client reports.
func (c *client) with(t testing.TB) *client {
	t.Helper()
	own := *c
	own.t = t
	return &own
}

func refused(t *testing.T, a answer, status int, code, field string) {
	t.Helper()
	a.want(status)
	require.True(t, a.status >= 400 && a.status < 500, "%d", a.status)
	got, fields := a.problem()
	require.Equal(t, code, got, "%s", a.body)
	if field != "" {
		require.Contains(t, fields, field, "%s", a.body)
	}
}

func badPictures(t *testing.T, c *company) {
	for _, tt := range []struct {
		name, file, kind string
		bytes            []byte
		status           int
		code             string
	}{
		{"html named jpg", "photo.jpg", "image/jpeg", []byte("<!doctype html><script>alert(1)</script>"), 415, "file.type_unsupported"},
		{"svg named png", "photo.png", "image/png", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), 415, "file.type_unsupported"},
		{"48 KB that would be 20,000 by 20,000", "bomb.png", "image/png", bomb(t, 20000), 422, "file.dimensions"},
		{"nothing", "empty.jpg", "image/jpeg", nil, 415, "file.type_unsupported"},
		{"half a picture", "half.png", "image/png", bomb(t, 100)[:60], 422, "file.corrupt"},
		{"20 MB", "large.jpg", "image/jpeg", bytes.Repeat([]byte{0xff, 0xd8, 0xff, 0xe0}, 5<<20), 413, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := promptly(t, func() answer { return c.manager.with(t).upload("/v1/staff/files", tt.file, tt.kind, tt.bytes) })
			require.True(t, a.status >= 400 && a.status < 500, "%d %s", a.status, a.body)
			code, fields := a.problem()
			if tt.code != "" {
				require.Equal(t, tt.code, code, "%s", a.body)
			}
			require.Equal(t, tt.status, a.status, "%s", a.body)
			if a.status != http.StatusRequestEntityTooLarge {
				require.Contains(t, strings.Join(fields, " "), "file", "%s", a.body)
			}
		})
	}
}

// foreign asks for what belongs to others and for what never was: nobody can tell one from the other.
func foreign(t *testing.T, c *company) {
	one, _ := c.customer(newOpenID())
	stranger, _ := c.employ("stranger", "project_manager")
	home := one.post("/v1/me/homes", map[string]any{"name": "老家", "city": "杭州", "address": "路 1 号", "area_m2": 80}).want(201).text("id")
	other, _ := c.customer(newOpenID())
	for _, tt := range []struct {
		name   string
		who    *client
		method string
		before string
		theirs string
		after  string
		body   any
	}{
		{"project, customer", other, "GET", "/v1/me/projects/", c.projects[0], "", nil},
		{"timeline, customer", other, "GET", "/v1/me/projects/", c.projects[0], "/timeline", nil},
		{"home", other, "GET", "/v1/me/homes/", home, "", nil},
		{"invitation to a home", other, "POST", "/v1/me/homes/", home, "/invitations", map[string]string{"role": "family"}},
		{"project, staff", stranger, "GET", "/v1/staff/projects/", c.projects[0], "", nil},
		{"people, staff", stranger, "GET", "/v1/staff/projects/", c.projects[0], "/people", nil},
		{"daily log, staff", stranger, "POST", "/v1/staff/projects/", c.projects[0], "/daily-logs", map[string]string{"done_today": "x"}},
		{"stage, staff", stranger, "POST", "/v1/staff/projects/", c.projects[0], "/stages/measure/start", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ask := func(thing string) answer {
				return tt.who.with(t).do(t.Context(), request{
					method: tt.method, path: tt.before + thing + tt.after, body: tt.body,
				}).want(http.StatusNotFound)
			}
			theirs := anonymous(t, ask(tt.theirs))
			require.Equal(t, "not_found", theirs["code"])
			for _, nothing := range []string{id.New().String(), strings.Repeat("f", 8) + "-0000-7000-8000-000000000000", "no-id-at-all"} {
				require.Equal(t, theirs, anonymous(t, ask(nothing)), nothing)
			}
		})
	}
}

// anonymous is a problem without the number of its request.
func anonymous(t *testing.T, a answer) map[string]any {
	t.Helper()
	var p map[string]any
	require.NoError(t, json.Unmarshal(a.body, &p))
	require.NotEmpty(t, p["request_id"])
	delete(p, "request_id")
	return p
}

// bomb is a small PNG that decodes to side by side pixels.
func bomb(t testing.TB, side int) []byte {
	t.Helper()
	var packed bytes.Buffer
	z, err := zlib.NewWriterLevel(&packed, zlib.BestCompression)
	require.NoError(t, err)
	row := make([]byte, 1+(side+7)/8) // one bit a pixel
	for range side {
		_, err = z.Write(row)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(side)), uint32(side))
	header = append(header, 1, 0, 0, 0, 0)
	png := []byte("\x89PNG\r\n\x1a\n")
	for _, chunk := range []struct {
		kind string
		data []byte
	}{{"IHDR", header}, {"IDAT", packed.Bytes()}, {"IEND", nil}} {
		png = binary.BigEndian.AppendUint32(png, uint32(len(chunk.data)))
		body := append([]byte(chunk.kind), chunk.data...)
		png = append(png, body...)
		png = binary.BigEndian.AppendUint32(png, crc32.ChecksumIEEE(body))
	}
	return png
}
