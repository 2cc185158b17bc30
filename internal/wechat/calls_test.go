package wechat_test

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"guike/internal/wechat"
	"guike/internal/wechat/sim"
)

func TestCode2Session(t *testing.T) {
	t.Parallel()
	t.Run("a fresh code signs in", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		r.sim.AddUser(sim.User{OpenID: openid, UnionID: "u_1"})
		s, err := r.client.Code2Session(t.Context(), r.sim.Code(openid))
		require.NoError(t, err)
		require.Equal(t, openid, s.OpenID)
		require.Equal(t, "u_1", s.UnionID)
		require.Len(t, s.SessionKey, 24)
		require.NotContains(t, s.SessionKey, `\`)
		require.NotContains(t, fmt.Sprintf("%v %+v", s, s), s.SessionKey)
		require.Equal(t, http.MethodGet, r.sim.Journal()[0].Method)
		require.Empty(t, r.sim.Journal()[0].Body)
	})
	t.Run("a code works once and for five minutes", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		code, stale := r.sim.Code(openid), r.sim.Code(openid)
		_, err := r.client.Code2Session(t.Context(), code)
		require.NoError(t, err)
		_, err = r.client.Code2Session(t.Context(), code)
		requireErrcode(t, err, 40163, wechat.ClassClientMustAct)
		r.clk.Advance(5 * time.Minute)
		_, err = r.client.Code2Session(t.Context(), stale)
		requireErrcode(t, err, 40029, wechat.ClassClientMustAct)
	})
	t.Run("no code is not asked for", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		for _, code := range []string{"", "a b", "漢", strings.Repeat("x", 513), "a\x00"} {
			_, err := r.client.Code2Session(t.Context(), code)
			requireErrcode(t, err, 40029, wechat.ClassClientMustAct)
		}
		require.Zero(t, r.sim.Calls("/sns/jscode2session"))
	})
	t.Run("a blocked user is a risk", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		r.sim.AddUser(sim.User{OpenID: openid, Blocked: true})
		_, err := r.client.Code2Session(t.Context(), r.sim.Code(openid))
		requireErrcode(t, err, 40226, wechat.ClassRisk)
	})
}

func requireErrcode(t *testing.T, err error, errcode int, class wechat.Class) {
	t.Helper()
	var e *wechat.APIError
	require.ErrorAs(t, err, &e)
	require.Equal(t, errcode, e.Errcode)
	require.Equal(t, class, e.Class)
}

func TestPhoneNumber(t *testing.T) {
	t.Parallel()
	t.Run("the button's code gives the number", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		for range 20 { // the country code is a number now and then
			p, err := r.client.PhoneNumber(t.Context(), r.sim.PhoneCode(openid, "13800001111"), openid)
			require.NoError(t, err)
			require.Equal(t, wechat.Phone{Number: "13800001111", Pure: "13800001111", CountryCode: "86"}, p)
			require.NotContains(t, fmt.Sprint(p), "1111")
		}
		for _, e := range r.sim.Journal() {
			if e.Path == "/wxa/business/getuserphonenumber" {
				require.Contains(t, e.Body, openid, "the openid always goes along")
			}
		}
	})
	t.Run("somebody else's code is refused", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		_, err := r.client.PhoneNumber(t.Context(), r.sim.PhoneCode("o_friend", "13800001111"), openid)
		requireErrcode(t, err, 40029, wechat.ClassClientMustAct)
	})
	t.Run("a code works once", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		code := r.sim.PhoneCode(openid, "13800001111")
		_, err := r.client.PhoneNumber(t.Context(), code, openid)
		require.NoError(t, err)
		_, err = r.client.PhoneNumber(t.Context(), code, openid)
		requireErrcode(t, err, 40163, wechat.ClassClientMustAct)
	})
}

func TestPhoneNumber_Watermark(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		appid string
		off   time.Duration
		ok    bool
	}{
		"own and fresh":       {appID, 0, true},
		"just in time":        {appID, -299 * time.Second, true},
		"too old":             {appID, -5 * time.Minute, false},
		"from the future":     {appID, 5 * time.Minute, false},
		"of another app":      {"wxother", 0, false},
		"without a watermark": {"", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			at := r.clk.Now().Add(tc.off).Unix()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				if req.URL.Path == tokenPath {
					fmt.Fprint(w, `{"access_token":"token-token-token","expires_in":7200}`)
					return
				}
				fmt.Fprintf(w, `{"errcode":0,"errmsg":"ok","phone_info":{"phoneNumber":"13800001111",
					"purePhoneNumber":"13800001111","countryCode":86,"watermark":{"timestamp":%d,"appid":%q}}}`, at, tc.appid)
			}))
			t.Cleanup(srv.Close)
			c := r.newClient(func(c *wechat.Config) { c.APIBase = srv.URL })
			p, err := c.PhoneNumber(t.Context(), "code", openid)
			if tc.ok {
				require.NoError(t, err)
				require.Equal(t, "86", p.CountryCode)
				return
			}
			require.Equal(t, wechat.ClassClientMustAct, wechat.ClassOf(err))
			require.NotContains(t, err.Error(), "13800001111")
		})
	}
}

func TestSendSubscribe(t *testing.T) {
	t.Parallel()
	t.Run("one accept is one message", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		r.sim.Accept(openid, map[string]string{tmpl: "accept"})
		sent, err := r.client.SendSubscribe(t.Context(), r.message())
		require.NoError(t, err)
		effects := r.sim.Effects()
		require.Len(t, effects, 1)
		require.Equal(t, effects[0].MsgID, sent.MsgID, "not a digit lost above 2^53")
		id, err := strconv.ParseInt(sent.MsgID, 10, 64)
		require.NoError(t, err)
		require.Greater(t, id, int64(1)<<53)
		require.Equal(t, r.message().Data, effects[0].Data)
		_, err = r.client.SendSubscribe(t.Context(), r.message())
		requireErrcode(t, err, 43101, wechat.ClassTerminal)
	})
	t.Run("a lost answer is unknown and one effect", func(t *testing.T) {
		t.Parallel()
		for _, mode := range []string{"close_after", "truncate"} {
			r := setup(t)
			r.sim.Accept(openid, map[string]string{tmpl: "accept", "other": "accept"})
			r.fault(sim.Fault{Path: "/cgi-bin/message/subscribe/send", Mode: mode, Count: -1})
			_, err := r.client.SendSubscribe(t.Context(), r.message())
			require.Equal(t, wechat.ClassUnknown, wechat.ClassOf(err))
			require.Len(t, r.sim.Effects(), 1)
		}
	})
	t.Run("a bad value names its field", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		m := r.message()
		m.Data["thing1"] = strings.Repeat("长", 21)
		_, err := r.client.SendSubscribe(t.Context(), m)
		requireErrcode(t, err, 47003, wechat.ClassTerminal)
		var e *wechat.APIError
		require.ErrorAs(t, err, &e)
		require.Equal(t, "thing1", e.Field)
	})
	t.Run("nonsense is not sent", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		for _, m := range []wechat.Message{{}, {OpenID: openid}, {OpenID: "not an openid", TemplateID: "t"}} {
			_, err := r.client.SendSubscribe(t.Context(), m)
			require.Equal(t, wechat.ClassInvalid, wechat.ClassOf(err))
		}
		require.Empty(t, r.sim.Journal())
	})
}

func TestSendSubscribe_OneAtATimePerUser(t *testing.T) {
	t.Parallel()
	t.Run("sends to one user queue up", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		r.sim.Accept(openid, map[string]string{tmpl: "accept"})
		r.sim.Accept(openid, map[string]string{tmpl: "accept"})
		r.sim.Accept(openid, map[string]string{tmpl: "accept"})
		r.fault(sim.Fault{Path: "/cgi-bin/message/subscribe/send", Mode: "delay", DelayMS: 30, Count: -1})
		inParallel(3, func(int) {
			_, err := r.client.SendSubscribe(t.Context(), r.message())
			assert.NoError(t, err)
		})
		require.Len(t, r.sim.Effects(), 3)
	})
	t.Run("a send that collides elsewhere is serialised", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		other := r.newClient()
		r.sim.Accept(openid, map[string]string{tmpl: "accept"})
		r.sim.Accept(openid, map[string]string{tmpl: "accept"})
		r.fault(sim.Fault{Path: "/cgi-bin/message/subscribe/send", Mode: "delay", DelayMS: 400, Count: -1})
		errs := make([]error, 2)
		inParallel(2, func(i int) {
			_, errs[i] = []*wechat.Client{r.client, other}[i].SendSubscribe(t.Context(), r.message())
		})
		failed := errs[0]
		if failed == nil {
			failed = errs[1]
		}
		var e *wechat.APIError
		require.ErrorAs(t, failed, &e)
		require.Equal(t, wechat.ClassSerialise, e.Class)
		require.WithinRange(t, e.RetryAt, r.clk.Now().Add(time.Second), r.clk.Now().Add(3*time.Second))
		require.Len(t, r.sim.Effects(), 1)
	})
}

func TestUnlimitedQR(t *testing.T) {
	t.Parallel()
	t.Run("a picture", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		for kind, qr := range map[string]wechat.QR{
			"image/jpeg": {Scene: "R7KQ2M4P0X9AB", Page: "pages/invite", Width: 300},
			"image/png":  {Scene: "R7KQ2M4P0X9AB", Width: 300, Transparent: true, SkipPageTest: true, EnvVersion: "trial"},
		} {
			img, err := r.client.UnlimitedQR(t.Context(), qr)
			require.NoError(t, err)
			require.Equal(t, kind, img.ContentType)
			pic, _, err := image.Decode(bytes.NewReader(img.Bytes))
			require.NoError(t, err)
			require.Equal(t, 300, pic.Bounds().Dx())
		}
	})
	t.Run("an error in JSON is no picture", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		r.fault(sim.Fault{Path: "/wxa/getwxacodeunlimit", Mode: "errcode", Errcode: 41030})
		_, err := r.client.UnlimitedQR(t.Context(), wechat.QR{Scene: "x"})
		requireErrcode(t, err, 41030, wechat.ClassTerminal)
	})
	t.Run("a bad scene or page is not sent", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		for _, qr := range []wechat.QR{
			{},
			{Scene: strings.Repeat("a", 33)},
			{Scene: "a%20"},
			{Scene: "漢字"},
			{Scene: "a b"},
			{Scene: "a\n"},
			{Scene: "a", Page: "/pages/x"},
			{Scene: "a", Page: "p?x=1"},
			{Scene: "a", Width: 10},
		} {
			_, err := r.client.UnlimitedQR(t.Context(), qr)
			require.Equal(t, wechat.ClassInvalid, wechat.ClassOf(err), "%+v", qr)
		}
		require.Empty(t, r.sim.Journal())
		_, err := r.client.UnlimitedQR(t.Context(), wechat.QR{Scene: "!#$&'()*+,/:;=?@-._~09azAZ"})
		require.NoError(t, err)
	})
}

func TestCheckText(t *testing.T) {
	t.Parallel()
	check := func(r *rig, content string) (wechat.Verdict, error) {
		r.sim.Code(openid)
		return r.client.CheckText(r.t.Context(), wechat.TextCheck{
			OpenID: openid, Scene: wechat.SceneForum, Content: content, Title: "t", Nickname: "n",
		})
	}
	path := "/wxa/msg_sec_check"
	long := strings.Repeat("好", 2500)
	for name, tc := range map[string]struct {
		content string
		want    wechat.Suggest
		calls   int
	}{
		"harmless passes":           {"很好", wechat.SuggestPass, 1},
		"blank is not asked":        {" \n", wechat.SuggestPass, 0},
		"exactly one part":          {long, wechat.SuggestPass, 1},
		"one more is two parts":     {long + "好", wechat.SuggestPass, 2},
		"the worst part counts":     {long + "sim-review", wechat.SuggestReview, 2},
		"a risky part ends it":      {"sim-risky" + long + long, wechat.SuggestRisky, 1},
		"risky outweighs in review": {"sim-review" + long + "sim-risky", wechat.SuggestRisky, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			v, err := check(r, tc.content)
			require.NoError(t, err)
			require.Equal(t, tc.want, v.Suggest)
			require.Len(t, v.TraceIDs, tc.calls)
			require.Equal(t, tc.calls, r.sim.Calls(path))
		})
	}
	t.Run("a user away for two hours is a risk", func(t *testing.T) {
		t.Parallel()
		r := setup(t)
		r.sim.Code(openid)
		r.clk.Advance(2 * time.Hour)
		_, err := r.client.CheckText(t.Context(), wechat.TextCheck{OpenID: openid, Scene: 2, Content: "x"})
		requireErrcode(t, err, 61010, wechat.ClassRisk)
	})
}

func TestWrongTypesAndTooMuch_AreNoAnswers(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]string{
		"wrong types": `{"errcode":0,"openid":7,"session_key":[],"phone_info":3,"msgid":{},"result":"x","trace_id":9}`,
		"array":       `[]`,
		"null":        `null`,
		"endless":     strings.Repeat(" ", 3<<20) + "{}",
		"deep":        strings.Repeat(`{"a":`, 200000),
		"json twice":  `{"openid":"o","session_key":"k"}{}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				if req.URL.Path == tokenPath {
					fmt.Fprint(w, `{"access_token":"token-token-token","expires_in":7200}`)
					return
				}
				fmt.Fprint(w, reply)
			}))
			t.Cleanup(srv.Close)
			r := setup(t, func(c *wechat.Config) { c.APIBase = srv.URL })
			for _, u := range upstreams() {
				want := wechat.ClassTransient
				if u.once {
					want = wechat.ClassUnknown
				}
				require.Equal(t, want, wechat.ClassOf(u.call(t.Context(), r)), u.name)
			}
		})
	}
}
