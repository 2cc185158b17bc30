package sim_test

import (
	"context"
	"encoding/json"
	"errors"
	"image"
	_ "image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/stretchr/testify/require"

	"guike/internal/clock"
	"guike/internal/wechat/sim"
)

const (
	appID  = "wx0123456789abcdef"
	secret = "very-secret-app-secret"
	openid = "o_customer_1"
)

type rig struct {
	t   *testing.T
	clk *clock.Manual
	sim *sim.Server
	url string
}

func setup(t *testing.T, change ...func(*sim.Config)) *rig {
	t.Helper()
	r := &rig{t: t, clk: clock.NewManual(time.Date(2026, 11, 3, 1, 2, 3, 0, time.UTC))}
	cfg := sim.Config{Clock: r.clk, AppID: appID, AppSecret: secret, Secrets: []string{"other-secret"}, Seed: 7}
	for _, f := range change {
		f(&cfg)
	}
	var err error
	r.sim, err = sim.New(cfg)
	require.NoError(t, err)
	srv := httptest.NewServer(r.sim)
	t.Cleanup(func() { srv.Close(); r.sim.Close() })
	r.url = srv.URL
	return r
}

// ask sends body (JSON, or a string as it is; nil for a GET) and returns status, type and answer.
func (r *rig) ask(path string, body any) (int, string, string) {
	r.t.Helper()
	var req *http.Request
	var err error
	if body == nil {
		req, err = http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.url+path, nil)
	} else {
		raw, isText := body.(string)
		if !isText {
			b, err := json.Marshal(body)
			require.NoError(r.t, err)
			raw = string(b)
		}
		req, err = http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url+path, strings.NewReader(raw))
	}
	require.NoError(r.t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(r.t, err)
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	require.NoError(r.t, err)
	return res.StatusCode, res.Header.Get("Content-Type"), string(got)
}

func (r *rig) json(path string, body any) map[string]any {
	r.t.Helper()
	_, _, text := r.ask(path, body)
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var out map[string]any
	require.NoError(r.t, dec.Decode(&out), text)
	return out
}

func (r *rig) token() string {
	r.t.Helper()
	out := r.json("/cgi-bin/stable_token", map[string]any{"grant_type": "client_credential", "appid": appID, "secret": secret})
	token, _ := out["access_token"].(string)
	require.NotEmpty(r.t, token, out)
	return token
}

func (r *rig) login(code string) string {
	return "/sns/jscode2session?appid=" + appID + "&secret=" + secret + "&grant_type=authorization_code&js_code=" + code
}

func errcode(out map[string]any) string {
	n, _ := out["errcode"].(json.Number)
	return n.String()
}

func TestProtocolQuirks(t *testing.T) { //nolint:tparallel // its steps share one server, in order
	t.Parallel()
	r := setup(t)
	token := r.token()
	t.Run("errors come with HTTP 200 and a rid", func(t *testing.T) {
		status, _, body := r.ask(r.login("nope"), nil)
		require.Equal(t, 200, status)
		require.Regexp(t, `^\{"errcode":40029,"errmsg":"invalid code rid: [0-9a-f]+-[0-9a-f]{8}-[0-9a-f]{8}"\}$`, body)
	})
	t.Run("sign-in answers as text without an errcode, slashes escaped", func(t *testing.T) {
		escaped := false
		for range 20 {
			_, kind, body := r.ask(r.login(r.sim.Code(openid)), nil)
			require.Equal(t, "text/plain", kind)
			require.NotContains(t, body, "errcode")
			escaped = escaped || strings.Contains(body, `\/`)
		}
		require.True(t, escaped)
	})
	t.Run("the stable token stays and tells what is left", func(t *testing.T) {
		r := setup(t)
		first := r.token()
		r.clk.Advance(7200*time.Second - 345*time.Second)
		out := r.json("/cgi-bin/stable_token", map[string]any{"grant_type": "client_credential", "appid": appID, "secret": secret})
		require.Equal(t, first, out["access_token"])
		require.Equal(t, json.Number("345"), out["expires_in"])
		require.NotContains(t, out, "errcode")
		r.clk.Advance(45 * time.Second)
		require.NotEqual(t, first, r.token(), "renewed five minutes early")
	})
	t.Run("vaild is misspelled and so is unoin_id", func(t *testing.T) {
		require.Equal(t, true, r.json("/wxa/business/checkencryptedmsg?access_token="+token,
			map[string]string{"encrypted_msg_hash": strings.Repeat("a", 64)})["vaild"])
		require.Contains(t, r.json("/wxa/getuserriskrank?access_token="+token,
			map[string]any{"appid": appID, "openid": openid, "scene": 1}), "unoin_id")
	})
	t.Run("a QR is a picture, its error is JSON", func(t *testing.T) {
		_, kind, _ := r.ask("/wxa/getwxacodeunlimit?access_token="+token, map[string]any{"scene": "x"})
		require.Equal(t, "image/jpeg", kind)
		status, kind, _ := r.ask("/wxa/getwxacodeunlimit?access_token="+token, map[string]any{"scene": "x%"})
		require.Equal(t, 200, status)
		require.Equal(t, "application/json; encoding=utf-8", kind)
	})
	t.Run("links", func(t *testing.T) {
		require.Contains(t, r.json("/wxa/generatescheme?access_token="+token, map[string]any{})["openlink"], "weixin://")
		require.Contains(t, r.json("/wxa/generate_urllink?access_token="+token, map[string]any{})["url_link"], "https://")
		require.Equal(t, "40212", errcode(r.json("/wxa/generate_urllink?access_token="+token,
			map[string]any{"query": strings.Repeat("a", 1025)})))
	})
}

func TestErrcodes(t *testing.T) { //nolint:tparallel // its steps share one server, in order
	t.Parallel()
	r := setup(t)
	token := "?access_token=" + r.token()
	send, qr, check := "/cgi-bin/message/subscribe/send", "/wxa/getwxacodeunlimit", "/wxa/msg_sec_check"
	stable := func(grant, id, key string) any {
		return map[string]any{"grant_type": grant, "appid": id, "secret": key}
	}
	for name, tc := range map[string]struct {
		path string
		body any
		want string
	}{
		"wrong case in the path":    {"/sns/jsCode2Session", nil, "40066"},
		"GET where POST is asked":   {send + token, nil, "43002"},
		"no token":                  {send, "{}", "41001"},
		"malformed token":           {send + "?access_token=short", "{}", "40014"},
		"unknown token":             {send + "?access_token=0123456789abcdef0", "{}", "40001"},
		"empty body":                {send + token, "", "44002"},
		"form instead of JSON":      {send + token, "a=b", "47001"},
		"login without appid":       {"/sns/jscode2session", nil, "41002"},
		"login with another secret": {"/sns/jscode2session?appid=" + appID + "&secret=x", nil, "40125"},
		"token for another app":     {"/cgi-bin/stable_token", stable("client_credential", "x", "x"), "40013"},
		"token without secret":      {"/cgi-bin/stable_token", stable("client_credential", appID, ""), "41004"},
		"token, wrong grant":        {"/cgi-bin/stable_token", stable("x", appID, secret), "40002"},
		"send to no openid":         {send + token, map[string]any{"touser": "a b"}, "40003"},
		"send without template":     {send + token, map[string]any{"touser": openid}, "40037"},
		"QR without scene":          {qr + token, "{}", "40169"},
		"QR with a long scene":      {qr + token, map[string]any{"scene": strings.Repeat("a", 33)}, "40169"},
		"QR with Han":               {qr + token, map[string]any{"scene": "漢"}, "40129"},
		"QR with a slash":           {qr + token, map[string]any{"scene": "a", "page": "/p"}, "41030"},
		"check without content":     {check + token, map[string]any{"openid": openid, "version": 2, "scene": 1}, "44002"},
		"check of version 1":        {check + token, map[string]any{"openid": openid, "content": "x", "scene": 1}, "40129"},
		"check of too much": {
			check + token,
			map[string]any{"openid": openid, "content": strings.Repeat("字", 2501), "scene": 1, "version": 2},
			"45002",
		},
		"a phone code that never was": {"/wxa/business/getuserphonenumber" + token, map[string]any{"code": "x"}, "40029"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, errcode(r.json(tc.path, tc.body)))
		})
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	force := map[string]any{"grant_type": "client_credential", "appid": appID, "secret": secret, "force_refresh": true}
	probe := func(r *rig, token string) string {
		return errcode(r.json("/wxa/generatescheme?access_token="+token, map[string]any{}))
	}
	t.Run("force kills the former at once and is rationed", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		old := r.token()
		fresh := r.json("/cgi-bin/stable_token", force)["access_token"].(string)
		require.Equal(t, "40001", probe(r, old))
		require.Equal(t, "0", probe(r, fresh))
		require.Equal(t, "45011", errcode(r.json("/cgi-bin/stable_token", force)))
		for range 19 {
			r.clk.Advance(30 * time.Second)
			require.Contains(t, r.json("/cgi-bin/stable_token", force), "access_token")
		}
		r.clk.Advance(30 * time.Second)
		require.Equal(t, "45009", errcode(r.json("/cgi-bin/stable_token", force)))
	})
	t.Run("an old token expires", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		old := r.token()
		r.clk.Advance(2 * time.Hour)
		require.Equal(t, "42001", probe(r, old))
	})
	t.Run("the plain token replaces its own kind only", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		stable := r.token()
		plain := "/cgi-bin/token?grant_type=client_credential&appid=" + appID + "&secret=" + secret
		first := r.json(plain, nil)["access_token"].(string)
		second := r.json(plain, nil)["access_token"].(string)
		require.Equal(t, "0", probe(r, first), "for five more minutes")
		r.clk.Advance(5 * time.Minute)
		require.Equal(t, "42001", probe(r, first))
		require.Equal(t, "0", probe(r, second))
		require.Equal(t, "0", probe(r, stable))
	})
}

func TestTemplateValues(t *testing.T) {
	t.Parallel()
	r := setup(t, func(c *sim.Config) { c.Templates = map[string][]string{"t": nil, "two": {"thing1", "time2"}} })
	path := "/cgi-bin/message/subscribe/send?access_token=" + r.token()
	send := func(template string, data map[string]string) map[string]any {
		values := map[string]any{}
		for k, v := range data {
			values[k] = map[string]string{"value": v}
		}
		r.sim.Accept(openid, map[string]string{template: "accept"})
		return r.json(path, map[string]any{"touser": openid, "template_id": template, "data": values})
	}
	good := map[string][]string{
		"thing1": {"今天完成 tiling!", strings.Repeat("字", 20)}, "number2": {"12", "12.5", strings.Repeat("1", 32)},
		"letter3": {"abcXYZ"}, "symbol4": {"!?"}, "character_string5": {"GK-2026/11", strings.Repeat("a", 32)},
		"time6":   {"15:01", "2019年10月1日 15:01", "2019-10-01 15:01~2019-10-01 16:01"},
		"date7":   {"2019年10月1日", "2019-10-01", "2019年10月1日 15:01", "2019.10.01~2019.10.02"},
		"amount8": {"¥100", "100.50元", "1234567890"}, "phone_number9": {"+86-0766-66888866"}, "car_number10": {"粤A8Z888挂"},
		"name1": {"王小明", strings.Repeat("a", 20)}, "phrase2": {"已完成"}, "enum3": {"A"},
	}
	for key, values := range good {
		for _, v := range values {
			require.Equal(t, "0", errcode(send("t", map[string]string{key: v})), "%s=%s", key, v)
		}
	}
	bad := map[string][]string{
		"thing1": {strings.Repeat("字", 21), "a\nb", "a\x01"}, "number2": {"12a", strings.Repeat("1", 33)},
		"letter3": {"abc1"}, "symbol4": {"!!!!!!", "a"}, "character_string5": {"漢", strings.Repeat("a", 33)},
		"time6": {"25:00", "tomorrow", "2019年10月1日"}, "date7": {"15:01", "soon"}, "amount8": {"¥¥1", "12345678901", "abc"},
		"phone_number9": {strings.Repeat("1", 18), "phone"}, "car_number10": {"粤A8Z888挂啊"},
		"name1": {strings.Repeat("王", 11), strings.Repeat("a", 21)}, "phrase2": {"已完成了的事", "done"},
		"thing": {"no number"}, "odd1": {"unknown type"},
	}
	for key, values := range bad {
		for _, v := range values {
			out := send("t", map[string]string{key: v})
			require.Equal(t, "47003", errcode(out), "%s=%s", key, v)
			require.Contains(t, out["errmsg"], "argument invalid! data."+key+".value invalid rid:")
		}
	}
	require.Contains(t, send("t", map[string]string{"thing1": ""})["errmsg"], "data.thing1.value is emtpy rid:") //nolint:misspell // as the platform writes it
	require.Contains(t, send("two", map[string]string{"thing1": "x"})["errmsg"], "data.time2.value is emtpy")    //nolint:misspell // as the platform writes it
	require.Equal(t, "40037", errcode(send("three", map[string]string{"thing1": "x"})))
	require.Equal(t, "45168", errcode(send("t", map[string]string{"thing1": "sim-risky"})))
	require.Equal(t, "47003", errcode(send("t", nil)))
}

func TestAccepts_AreCountedAndConsumed(t *testing.T) {
	t.Parallel()
	r := setup(t)
	path := "/cgi-bin/message/subscribe/send?access_token=" + r.token()
	message := map[string]any{"touser": openid, "template_id": "t", "data": map[string]any{"thing1": map[string]string{"value": "x"}}}
	for _, result := range []string{"accept", "accept", "reject"} {
		require.Equal(t, true, r.json("/_sim/accept", map[string]any{"openid": openid, "template_id": "t", "result": result})["ok"])
	}
	var got []string
	for range 3 {
		got = append(got, errcode(r.json(path, message)))
	}
	require.Equal(t, []string{"0", "0", "43101"}, got)
	effects := r.json("/_sim/effects?openid="+openid, nil)["items"].([]any)
	require.Len(t, effects, 2)
	require.NotEqual(t, effects[0].(map[string]any)["msgid"], effects[1].(map[string]any)["msgid"])
	require.Empty(t, r.json("/_sim/effects?openid=o_other", nil)["items"])
}

func TestControl(t *testing.T) { //nolint:tparallel // its steps share one server, in order
	t.Parallel()
	moved := errors.New("not called")
	var r *rig
	r = setup(t, func(c *sim.Config) {
		c.Advance = func(_ context.Context, d time.Duration) error { r.clk.Advance(d); moved = nil; return nil }
	})
	t.Run("users and codes", func(t *testing.T) {
		u := r.json("/_sim/users", map[string]any{"nickname": "小明", "unionid": "u_1"})
		require.Len(t, u["openid"], 28)
		code := r.json("/_sim/code", map[string]any{"openid": u["openid"]})["code"].(string)
		session := r.json(r.login(code), nil)
		require.Equal(t, u["openid"], session["openid"])
		require.Equal(t, "u_1", session["unionid"])
		fresh := r.json("/_sim/code", "")
		require.Len(t, fresh["openid"], 28, "nobody named: a new person")
		require.NotEmpty(t, r.json("/_sim/code", map[string]any{"openid": "o_from_before"})["code"], "unknown: created")
	})
	t.Run("the clock moves all", func(t *testing.T) {
		before := r.clk.Now()
		out := r.json("/_sim/clock", map[string]any{"advance": "168h"})
		require.NoError(t, moved)
		require.Equal(t, before.Add(168*time.Hour).Format(time.RFC3339), out["now"])
	})
	t.Run("mistakes are told", func(t *testing.T) {
		for path, body := range map[string]any{
			"/_sim/users":      map[string]any{"openid": "a b"},
			"/_sim/code":       map[string]any{"open_id": "typo"},
			"/_sim/phone-code": map[string]any{"openid": openid},
			"/_sim/accept":     map[string]any{"openid": openid, "template_id": "t", "result": "maybe"},
			"/_sim/fault":      map[string]any{"path": "/x", "mode": "explode"},
			"/_sim/push":       map[string]any{"event": map[string]any{}},
			"/_sim/clock":      map[string]any{"advance": "a week"},
			"/_sim/nothing":    "{}",
		} {
			status, _, text := r.ask(path, body)
			require.Equal(t, 400, status, path)
			require.Contains(t, text, `"error"`)
		}
		for _, no := range []string{"0s", "-1h", "8784h1s", ""} {
			status, _, text := r.ask("/_sim/clock", map[string]any{"advance": no})
			require.Equal(t, 400, status, no)
			require.Contains(t, text, "above zero")
		}
	})
	t.Run("usage", func(t *testing.T) {
		_, _, text := r.ask("/_sim", nil)
		require.Contains(t, text, "POST /_sim/accept")
	})
}

func TestJournal_HoldsEveryRequestAndNoSecret(t *testing.T) {
	t.Parallel()
	r := setup(t)
	token := r.token()
	r.ask(r.login(r.sim.Code(openid)), nil)
	r.ask("/wxa/generatescheme?access_token="+token, map[string]any{"query": "other-secret"})
	r.ask("/nothing", nil)
	_, _, text := r.ask("/_sim/journal", nil)
	require.NotContains(t, text, secret)
	require.NotContains(t, text, "other-secret")
	entries := r.sim.Journal()
	require.Len(t, entries, 4)
	require.Equal(t, "/cgi-bin/stable_token", entries[0].Path)
	require.Equal(t, "***", entries[1].Query["secret"])
	require.Equal(t, token, entries[2].Token)
	require.Equal(t, 40066, entries[3].Errcode)
	require.Equal(t, "error", entries[3].Outcome)
	require.Len(t, r.json("/_sim/journal?path=/nothing", nil)["items"], 1)
}

func TestFaults_EndAndCount(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.json("/_sim/fault", map[string]any{"path": "*", "mode": "errcode", "errcode": 45011, "count": 2})
	got := []string{}
	for range 3 {
		got = append(got, errcode(r.json("/wxa/generatescheme", "{}")))
	}
	require.Equal(t, []string{"45011", "45011", "41001"}, got)
	r.json("/_sim/fault", map[string]any{"path": "*", "mode": "errcode", "errcode": 45011, "count": -1, "p": 0.5})
	hits := 0
	for range 200 {
		if errcode(r.json("/wxa/generatescheme", "{}")) == "45011" {
			hits++
		}
	}
	require.InDelta(t, 100, hits, 40)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, r.url+"/_sim/fault", nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, "41001", errcode(r.json("/wxa/generatescheme", "{}")))
}

func TestSameSeedAndClock_SameWorld(t *testing.T) {
	t.Parallel()
	a, b := setup(t), setup(t)
	other := setup(t, func(c *sim.Config) { c.Seed = 8 })
	require.Equal(t, a.sim.AddUser(sim.User{}), b.sim.AddUser(sim.User{}))
	require.Equal(t, a.sim.Code(openid), b.sim.Code(openid))
	require.Equal(t, a.token(), b.token())
	require.NotEqual(t, a.sim.Code(openid), other.sim.Code(openid))
}

func TestLimits(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for range 100 {
		require.Empty(t, errcode(r.json(r.login(r.sim.Code(openid)), nil)))
	}
	require.Equal(t, "45011", errcode(r.json(r.login(r.sim.Code(openid)), nil)), "a hundred sign-ins a minute")
	require.Empty(t, errcode(r.json(r.login(r.sim.Code("o_other")), nil)))
	r.clk.Advance(time.Minute)
	require.Empty(t, errcode(r.json(r.login(r.sim.Code(openid)), nil)))
	token := r.token()
	for range 2000 {
		r.sim.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/wxa/media_check_async?access_token="+token, strings.NewReader("{}")))
	}
	require.Equal(t, "44991", errcode(r.json("/wxa/media_check_async?access_token="+token, "{}")))
}

func TestQR_ScansBackToPageAndScene(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for _, width := range []int{280, 430, 1280} {
		_, _, body := r.ask("/wxa/getwxacodeunlimit?access_token="+r.token(),
			map[string]any{"scene": "R7KQ2M4P0X9AB", "page": "pages/invite", "width": width})
		img, _, err := image.Decode(strings.NewReader(body))
		require.NoError(t, err)
		require.Equal(t, width, img.Bounds().Dx())
		bmp, err := gozxing.NewBinaryBitmapFromImage(img)
		require.NoError(t, err)
		got, err := qrcode.NewQRCodeReader().Decode(bmp, nil)
		require.NoError(t, err)
		require.Equal(t, "pages/invite?scene=R7KQ2M4P0X9AB", got.GetText())
	}
}
